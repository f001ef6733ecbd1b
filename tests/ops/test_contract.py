"""Products: how many calls of BLAS they make and on what, views of einsum, and NumPy's own errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, make_jaxpr, vjp
from funcgrad._src.core.primitive import find_primitive
from funcgrad.errors import MutationError, UnsupportedError

X = np.random.default_rng(0).normal(size=(8, 5))
W = np.random.default_rng(1).normal(size=(5, 3))


def calls_of(name: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Any]]:
    """The operands of every call that a primitive makes from now on."""
    primitive, seen = find_primitive(name), []
    host = primitive.host

    def logged(x: Any, y: Any) -> Any:
        seen.append((x, y))
        return host(x, y)

    monkeypatch.setattr(primitive, "host", logged)
    return seen


FORMS: list[tuple[str, Callable[[Any, Any], Any]]] = [
    ("dot", np.dot),
    ("matmul", lambda x, w: x @ w),
    ("matmul", np.matmul),
]


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_the_gradient_of_a_weight_is_one_product_on_views(
    name: str, form: Callable[[Any, Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = calls_of(name, monkeypatch)
    out, pull = vjp(lambda w: form(X, w), W)
    found = pull(np.ones_like(out))[0]
    (_, (left, right)) = calls
    assert left.base is not None
    assert left.strides == X.T.strides
    assert right.flags.c_contiguous
    assert np.array_equal(found, X.T @ np.ones_like(out))


def test_the_gradient_of_the_data_is_one_product_on_views(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = calls_of("dot", monkeypatch)
    out, pull = vjp(lambda x: x.dot(W), X)
    pull(np.ones_like(out))
    assert len(calls) == 2
    assert calls[1][1].strides == W.T.strides


def test_a_stack_of_products_with_one_matrix_has_one_product_as_gradient(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = calls_of("matmul", monkeypatch)
    stack = np.ones((4, 8, 5))
    out, pull = vjp(lambda w: stack @ w, W)
    pull(np.ones_like(out))
    assert [call[0].shape for call in calls[1:]] == [(5, 32)]


def test_a_large_einsum_is_differentiated_by_matrix_products(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = []
    host = find_primitive("einsum").host
    monkeypatch.setattr(
        find_primitive("einsum"), "host", lambda *xs, **kw: (paths.append(kw["optimize"]), host(*xs, **kw))[1]
    )
    a, b = np.ones((40, 30)), np.ones((30, 20))
    out, pull = vjp(lambda a, b: np.einsum("ij,jk->ik", a, b), a, b)
    pull(out)
    assert paths == [False, True, True]


def test_a_view_of_einsum_is_not_written_to() -> None:
    def write(x: Any) -> Any:
        y = x * 2.0
        diagonal = np.einsum("ii->i", y)
        diagonal[0] = 1.0
        return y[0, 0]

    with pytest.raises(MutationError):
        grad(write)(np.eye(2))


MISMATCHED: list[tuple[Callable[..., Any], tuple[int, ...], tuple[int, ...]]] = [
    (np.dot, (2, 3), (2, 3)),
    (np.matmul, (2, 3), (2, 3)),
    (np.matmul, (), (3,)),
    (np.vecdot, (2, 3), (2, 2)),
    (np.inner, (2, 3), (2, 2)),
    (np.vdot, (2, 3), (2, 2)),
    (lambda x, y: np.tensordot(x, y, 1), (2, 3), (2, 3)),
    (lambda x, y: np.einsum("ij,jk", x, y), (2, 3), (2, 3)),
    (np.linalg.outer, (2, 3), (2,)),
    (np.linalg.solve, (2, 3), (2,)),
    (np.linalg.solve, (3, 3), (2,)),
]


@pytest.mark.parametrize(("function", "left", "right"), MISMATCHED)
def test_shapes_that_do_not_match_raise_numpys_error_traced_or_not(
    function: Any, left: Any, right: Any
) -> None:
    x, y = np.zeros(left), np.zeros(right)
    with pytest.raises(ValueError) as expected:
        function(x, y)
    with pytest.raises(ValueError) as found:
        make_jaxpr(function)(x, y)
    assert str(found.value) == str(expected.value)


REFUSED: list[tuple[Callable[[Any], Any], type[Exception], str]] = [
    (lambda x: np.matmul(x, x, order="F"), UnsupportedError, "the argument order"),
    (
        lambda x: np.vecdot(x, x, axes=[0, 0, 0], keepdims=True),
        UnsupportedError,
        "axes= together with keepdims=True",
    ),
    (lambda x: np.linalg.qr(x, "economic"), UnsupportedError, "the deprecated mode 'economic'"),
    (lambda x: np.linalg.cond(x[:2, :2], x[0, 0]), UnsupportedError, "cond: the order must not be traced"),
    (lambda x: np.linalg.norm(x, x[0, 0]), UnsupportedError, "norm: the order must not be traced"),
    (lambda x: np.linalg.lstsq(x, x, x[0, 0]), UnsupportedError, "rcond must not be traced"),
]


@pytest.mark.parametrize(("fun", "error", "text"), REFUSED)
def test_what_is_not_supported_is_refused_by_name(fun: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        vjp(fun, np.ones((3, 4)))[1](1.0) if "full" in text else make_jaxpr(fun)(np.ones((3, 4)))
