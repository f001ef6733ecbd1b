"""grad, value_and_grad, vjp, jvp: arguments, results, kinds, ownership."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest

from funcgrad import (
    grad,
    hessian,
    hvp,
    jacfwd,
    jacrev,
    jit,
    jvp,
    linear_transpose,
    linearize,
    value_and_grad,
    vjp,
    vmap,
)
from funcgrad.errors import ArgumentError, CutGradientError


def energy(x: Any, y: Any, *, scale: Any = 1.0) -> Any:
    return np.sum(x * x * y) * scale


X, Y = np.array([1.0, 2.0]), np.array([3.0, 4.0])


def test_argnums_and_argnames_select_and_shape_the_result() -> None:
    dx, dy = 2 * X * Y, X * X
    assert_same(grad(energy)(X, Y), dx)
    assert_same(grad(energy, 1)(X, Y), dy)
    assert_same(grad(energy, -1)(X, Y), dy)
    assert_same(grad(energy, (0, 1))(X, Y), (dx, dy))
    assert_same(grad(energy, (1,))(X, Y), (dy,))
    assert_same(grad(energy, argnames="y")(X, Y), dy)
    assert_same(grad(energy, argnames="y")(X, y=Y), dy)
    assert_same(grad(energy, argnames=("x", "scale"))(X, Y, scale=2.0), {"x": 2 * dx, "scale": 19.0})
    assert_same(grad(energy, 0, argnames="scale")(X, Y, scale=2.0), (2 * dx, 19.0))


def assert_same(got: Any, expected: Any) -> None:
    if isinstance(expected, (tuple, dict)):
        assert type(got) is type(expected)
        assert len(got) == len(expected)
        pairs = (
            zip(got, expected, strict=True)
            if isinstance(expected, tuple)
            else [(got[k], expected[k]) for k in expected]
        )
        for a, b in pairs:
            assert_same(a, b)
    else:
        np.testing.assert_allclose(got, expected, rtol=1e-13)


def test_aux_comes_back_as_it_is() -> None:
    def f(x: Any) -> Any:
        y = x * x
        return np.sum(y), {"y": y, "note": "text", "n": 3}

    gradient, aux = grad(f, has_aux=True)(X)
    assert_same(gradient, 2 * X)
    assert_same(aux["y"], X * X)
    assert (aux["note"], aux["n"]) == ("text", 3)
    (value, _), again = value_and_grad(f, has_aux=True)(X)
    assert value == 5.0
    assert_same(again, gradient)
    assert vjp(f, X, has_aux=True)[2]["n"] == 3
    assert jvp(f, (X,), (X,), has_aux=True)[2]["note"] == "text"
    assert linearize(f, X, has_aux=True)[2]["n"] == 3


@pytest.mark.parametrize(
    "x",
    [2.0, np.float64(2), np.float32(2), np.float16(2), np.array(2.0), np.array(2, np.float32),
     np.ones((2, 0)), np.ones((2, 3), np.float32), np.arange(6.0)[::-2], np.asfortranarray(np.ones((2, 3))),
     np.broadcast_to(np.float64(2), (3, 2)), np.complex64(1 + 2j), 1 + 2j, np.ones(2, complex)],
    ids=lambda x: f"{type(x).__name__}-{getattr(x, 'dtype', '')}-{np.shape(x)}",
)  # fmt: skip
def test_a_gradient_has_its_inputs_dtype_shape_and_kind(x: Any) -> None:
    gradient = grad(lambda v: (v * v.conjugate()).real.sum() if np.ndim(v) else (v * v.conjugate()).real)(x)
    assert type(gradient) is type(x)
    assert np.shape(gradient) == np.shape(x)
    assert np.asarray(gradient).dtype == np.asarray(x).dtype
    np.testing.assert_allclose(gradient, 2 * np.conj(x))


def test_read_only_input_and_writable_result() -> None:
    x = np.ones(3)
    x.flags.writeable = False
    gradient = grad(lambda v: (v * v).sum())(x)
    gradient[0] = 7.0


def test_what_you_get_is_yours() -> None:
    """Results share memory with no input, no other output and no residual."""
    x, y = np.ones(3), np.ones(3)
    gx, gy = grad(lambda a, b: (a + b).sum(), (0, 1))(x, y)
    gx[:] = 9.0
    assert gy[0] == 1.0
    out, pullback = vjp(lambda a: (a, a.T, np.exp(a)), x)
    for item in out:
        item[...] = -1.0
    assert_same(x, np.ones(3))
    ct = (np.ones(3), np.zeros(3), np.ones(3))
    first = pullback(ct)[0]
    assert_same(first, np.ones(3) * (1 + np.e))
    first[:] = 0.0
    assert_same(pullback(ct)[0], np.ones(3) * (1 + np.e))
    assert_same(ct[0], np.ones(3))
    value, tangent = jvp(lambda a: (a, a), (x,), (y,))
    tangent[0][:] = 5.0
    assert_same(tangent[1], y)
    assert_same(y, np.ones(3))
    assert_same(value, (x, x))


@pytest.mark.parametrize("n", [3, 20_000])
def test_writing_into_an_input_after_vjp_changes_nothing(n: int) -> None:
    """Small arrays are copied when they are kept, large ones when the pullback outlives the call."""
    for transform in (vjp, linearize):
        x, w = np.full(n, 2.0), np.full(n, 3.0)
        _, linear = transform(lambda a, w=w: a * a * w, x)
        x[:], w[:] = 100.0, 100.0
        result = linear(np.ones(n))
        assert_same(result[0] if transform is vjp else result, np.full(n, 12.0))


def test_reusing_a_small_buffer_inside_the_function() -> None:
    def f(x: Any) -> Any:
        buf = np.ones(3)
        y = x * buf
        buf[:] = 0.0
        return y.sum()

    assert_same(grad(f)(np.ones(3)), np.ones(3))


def test_a_pullback_frees_its_residuals_when_asked_to() -> None:
    _, pullback = vjp(lambda x: x * x, 3.0, once=True)
    assert pullback(1.0) == (6.0,)
    with pytest.raises(TypeError) as caught:
        pullback(1.0)
    assert "once=True" in str(caught.value)


def test_value_is_numpys_to_the_last_bit() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 7)).astype(np.float32)

    def f(v: Any) -> Any:
        return np.sum(np.tanh(v) @ v.T) / 3

    value, _ = value_and_grad(f)(x)
    assert type(value) is type(f(x))
    assert value == f(x)


def test_a_constant_output_has_zero_gradient() -> None:
    gradient = grad(lambda x: 1.0)(X)
    assert_same(gradient, np.zeros(2))
    gradient[0] = 1.0


def test_trees_of_every_sort() -> None:
    params = {"b": [np.ones(2), None], "a": (1.0, np.float32(2))}
    gradient = grad(lambda p: p["b"][0].sum() * p["a"][0] * p["a"][1])(params)
    assert list(gradient) == ["b", "a"]
    assert gradient["b"][1] is None
    assert type(gradient["a"][0]) is float
    assert type(gradient["a"][1]) is np.float32


def test_whole_derivatives() -> None:
    def f(p: Any) -> Any:
        return {"u": p["x"] * p["y"], "v": np.sum(p["x"])}

    p = {"x": np.array([1.0, 2.0]), "y": 3.0}
    for jacobian in (jacfwd, jacrev):
        j = jacobian(f)(p)
        assert_same(j["u"]["x"], 3.0 * np.eye(2))
        assert_same(j["u"]["y"], p["x"])
        assert_same(j["v"]["x"], np.ones(2))
        assert_same(j["v"]["y"], 0.0)
    assert_same(hessian(lambda x: np.sum(x**3))(X), np.diag(6 * X))
    assert_same(hvp(lambda x: np.sum(x**3), (X,), (Y,)), (3 * X**2, 6 * X * Y))
    assert_same(hvp(lambda a, b: a * a * b, (2.0, 3.0), (1.0, 0.0)), ((12.0, 4.0), (6.0, 4.0)))


def test_linear_transpose() -> None:
    a = np.arange(6.0).reshape(2, 3)
    assert_same(linear_transpose(lambda x: a @ x, np.zeros(3))(np.ones(2)), (a.sum(0),))


def test_complex_convention() -> None:
    z = 1.0 + 2.0j
    assert grad(lambda w: (w * w).real)(z) == 2 * z
    assert grad(lambda w: w * w * w, holomorphic=True)(z) == pytest.approx(3 * z * z)


@pytest.mark.parametrize("make", [grad, value_and_grad, jacfwd, jacrev, hessian])
def test_a_transformed_module_level_function_pickles(make: Any) -> None:
    f = make(total)
    again = pickle.loads(pickle.dumps(f))
    assert_same(again(X), f(X))


def total(x: Any) -> Any:
    return np.sum(x * x)


def test_a_transformed_function_keeps_name_and_binds_as_a_method() -> None:
    class Model:
        w = 3.0

        derivative = grad(lambda self, x: self.w * x * x, 1)

    assert grad(total).__name__ == "total"
    assert Model().derivative(2.0) == 12.0


# --- array arguments that are not differentiated -----------------------------------------------------


def network(w1: Any, w2: Any, x: Any, y: Any) -> Any:
    return np.square(y - np.maximum(x.dot(w1), 0).dot(w2)).sum()


def test_the_tutorials_forward_pass_differentiates_unchanged() -> None:
    """``x.dot(w)`` of a plain array never asks ``w``: data arguments are constants of the trace."""
    rng = np.random.default_rng(0)
    w1, w2, x, y = (rng.normal(size=s) for s in ((4, 5), (5, 2), (6, 4), (6, 2)))
    h = x @ w1
    d = 2 * (np.maximum(h, 0) @ w2 - y)
    expected = (x.T @ ((d @ w2.T) * (h > 0)), np.maximum(h, 0).T @ d)
    assert_same(grad(network, (0, 1))(w1, w2, x, y), expected)
    assert_same(grad(network, (0, 1))(w1, w2, y=y, x=x), expected)
    assert_same(jacfwd(network)(w1, w2, x, y), expected[0])
    assert_same(jacrev(network)(w1, w2, x, y), expected[0])
    assert_same(vmap(network, (0, None, None, None))(w1[None], w2, x, y), np.array([network(w1, w2, x, y)]))
    assert_same(jit(grad(network))(w1, w2, x, y), expected[0])


def test_constants_may_leave_the_trace_and_meet_any_function() -> None:
    """No gradient is cut by looking at data."""

    def f(w: Any, x: Any) -> Any:
        order = np.argsort(np.asarray(x) * float(x.sum()))
        return w * np.interp(0.5, x, x) * np.median(x) * order[-1] * math.erf(0.0 * x[0] + 1.0)

    x = np.array([0.0, 1.0, 2.0])
    assert grad(f)(3.0, x) == 0.5 * 1.0 * 2 * math.erf(1.0)


def test_containers_of_data_stay_the_callers_own_objects() -> None:
    cache: dict[str, Any] = {}

    def f(w: Any, store: dict[str, Any], items: list[Any]) -> Any:
        store["seen"] = True
        items.append(1)
        return w * w

    items: list[Any] = []
    grad(f)(1.0, cache, items)
    assert (cache, items) == ({"seen": True}, [1])


def test_returned_data_is_a_copy() -> None:
    x = np.ones(3)
    _, aux = grad(lambda w, x: (w * 2.0, (x, x.T)), has_aux=True)(1.0, x)
    aux[0][:], aux[1][:] = 5.0, 6.0
    assert_same(x, np.ones(3))
    assert_same(aux[0], np.full(3, 5.0))
    out, _ = vjp(lambda w: x, 1.0)
    out[:] = 7.0
    mapped = vmap(lambda w: x, out_axes=None, axis_size=2)(np.ones(2))
    mapped[:] = 7.0
    assert_same(x, np.ones(3))


@pytest.mark.parametrize("transform", [grad, value_and_grad, jacfwd, jacrev, hessian])
def test_has_aux_needs_a_pair(transform: Any) -> None:
    """An array of two elements is no pair."""
    with pytest.raises(ArgumentError) as caught:
        transform(lambda x: x * x, has_aux=True)(X)
    assert "must return a pair (output, aux)" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("jacrev", lambda f: jacrev(f)(X)),
        ("jacfwd", lambda f: jacfwd(f)(X)),
        ("linearize", lambda f: linearize(f, X)),
        ("vjp", lambda f: vjp(f, X)),
        ("jvp", lambda f: jvp(f, (X,), (X,))),
    ],
)
def test_errors_name_the_function_that_was_called(name: str, call: Any) -> None:
    with pytest.raises(CutGradientError) as caught:
        call(lambda x: float(x[0]) * x)
    assert f"`{name}`" in str(caught.value)


def test_lists_among_operands_in_every_mode() -> None:
    x = np.array([1.0, 2.0])
    for f in (lambda v: np.divide(v, [1.0, 2.0]), lambda v: v / [1.0, 2.0], lambda v: [3.0, 4.0] * v):
        assert_same(jvp(f, (x,), (np.ones(2),))[0], f(x))
        assert_same(grad(lambda v, f=f: np.sum(f(v)))(x), jvp(f, (x,), (np.ones(2),))[1])
        assert_same(vmap(f)(np.stack([x, x])), np.stack([f(x), f(x)]))
        assert_same(jit(f)(x), f(x))


def test_copies_keep_the_layout() -> None:
    x = np.asfortranarray(np.ones((2, 3)))
    assert vjp(lambda v: (v, np.floor(v)), x)[0][0].flags.f_contiguous
