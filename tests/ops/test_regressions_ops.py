"""Mistakes that were found in ops: each row is a call whose value or gradient was wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit, jvp, vjp
from funcgrad._src.ops.structural import copy_p
from funcgrad.testing import check_grads
from tests.ops.rows import assert_same, version

Z = np.complex64(0.49 - 0.68j)
W = np.complex128(1.13 + 0.98j)
HALF = np.ones(3, np.float16)

AS_NUMPY: dict[str, tuple[Callable[..., Any], Any]] = {
    "product of complex scalars": (lambda z: np.multiply(z, W), Z),
    "operator of a plain complex scalar": (lambda z: Z * z, W),
    "modulus of a complex scalar": (np.absolute, Z),
    "sum of a Python complex number": (lambda z: np.add(z, np.float64(2.0)), 0.3 + 0.2j),
    "quotient of a Python complex number": (lambda z: np.divide(z, np.float64(0.7)), 0.3 + 0.2j),
    "equality of a Python complex number": (lambda z: np.equal(z, np.float64(2.0)), 0.3 + 0.2j),
    "weak beside a complex scalar": (lambda z: np.multiply(z, Z), 0.3 + 0.2j),
    "conjugate of a Python complex number": (lambda z: z.conjugate() * Z, 0.3 + 0.2j),
    "Python's round": (lambda x: round(x, 2), 2.675),
    "NumPy's round": (lambda x: round(x, 2), np.float64(2.675)),
    "outer with a Python number": (lambda x: np.add.outer(2.0, x), HALF),
    "outer with a traced Python number": (lambda x: np.multiply.outer(HALF, x), 0.7),
    "memory order of a broadcast array": (
        lambda x: x.ravel("K") * 2,
        np.broadcast_to(np.arange(4.0), (2, 4)),
    ),
}
if version(np.__version__) >= (2, 4):  # widths by axis
    AS_NUMPY["pad with an axis named twice"] = (lambda x: np.pad(x, {0: 1, -1: (0, 2)}), np.ones(3))


@pytest.mark.parametrize("name", AS_NUMPY)
def test_values_are_numpys(name: str) -> None:
    call, x = AS_NUMPY[name]
    assert_same(vjp(call, x)[0], call(x), "vjp")
    assert_same(jvp(call, (x,), (x,))[0], call(x), "jvp")
    if "memory order" not in name:  # of which compiled code knows nothing
        assert_same(jit(call)(x), call(x), "jit")


@pytest.mark.parametrize("function", [np.max, np.min, np.maximum.reduce, lambda x: x.max()])
def test_an_extreme_of_a_python_number_has_a_gradient(function: Callable[..., Any]) -> None:
    found = grad(function)(0.37)
    assert type(found) is float
    assert found == 1.0


@pytest.mark.parametrize("function", [np.var, np.std])
def test_a_variance_in_a_complex_dtype_is_real(function: Callable[..., Any]) -> None:
    z = np.array([1 + 2j, 3 - 1j, 0.5])
    (plain,) = vjp(function, z)[1](np.float64(0.3))
    (found,) = vjp(lambda z: function(z, dtype=complex), z)[1](np.complex128(0.3 + 0.7j))
    np.testing.assert_allclose(found, plain, 1e-15)


def test_options_of_reduce_are_honoured() -> None:
    x = np.array([1.0, 3.0, 2.0])
    np.testing.assert_array_equal(grad(lambda x: np.maximum.reduce(x, dtype="f4"))(x), [0.0, 1.0, 0.0])
    found = grad(lambda x: x.sum() * np.logical_and.reduce(x, initial=False))(x)
    np.testing.assert_array_equal(found, np.zeros(3))


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
def test_a_python_divisor_of_zero_gives_infinity() -> None:
    x = np.array([1.0, 2.0])
    found = jit(grad(lambda x, y: np.sum(x / y)))(x, 0.0)
    np.testing.assert_array_equal(found, [np.inf, np.inf])
    found = jvp(lambda y: grad(lambda x: np.sum(x / y))(x), (0.0,), (1.0,))[0]
    np.testing.assert_array_equal(found, [np.inf, np.inf])


def _write_one(x: Any) -> Any:
    y = x * 1.0
    y.T.flat[1] = 7.0 * x[0, 0]
    return y


def _write_all(x: Any) -> Any:
    y = x * 1.0
    y[:, ::-1].T.flat = 2.0 * x
    return y


@pytest.mark.parametrize("call", [_write_one, _write_all])
def test_flat_writes_through_a_view_of_any_layout(call: Callable[..., Any]) -> None:
    x = np.arange(6.0).reshape(2, 3) + 1.0
    out, tangent = jvp(call, (x,), (x,))
    assert_same(out, call(x), "jvp")
    assert_same(tangent, call(x), "it is linear")
    assert_same(vjp(call, x)[0], call(x), "vjp")
    assert_same(jit(call)(x), call(x), "jit")


def writes_to_a_transpose(x: Any) -> Any:
    y = x.copy()
    t = y.T
    t += np.arange(t.size).reshape(t.shape) * x[0, 0]
    return y.sum(), y.ravel("K")


def row_of_an_array_written_through_its_flip(x: Any) -> Any:
    y = x.copy()
    flipped = np.flip(y, 0)
    flipped += 1.0
    row = y.ravel()
    row[0] = 7.0
    return y


def row_of_a_written_column(x: Any) -> Any:
    y = x.copy()
    column = y[:, 0]
    column += 1.0
    row = column.ravel()
    row[0] = 7.0
    return y, row


def row_of_a_flipped_column(x: Any) -> Any:
    y = x[:, :1].copy()
    row = np.flip(y, 0).ravel()
    y.sort(axis=0)
    return row


def block_in_fortran_order(x: Any) -> Any:
    y = x.T.copy("K")
    y[...] = np.exp(y.copy())
    y *= np.ones(y.shape)
    return y.ravel("K"), y.sum()


@pytest.mark.parametrize(
    "call",
    [
        writes_to_a_transpose,
        row_of_an_array_written_through_its_flip,
        row_of_a_written_column,
        row_of_a_flipped_column,
        block_in_fortran_order,
    ],
)
def test_a_write_leaves_the_memory_layout_as_it_is(call: Callable[..., Any]) -> None:
    x = np.random.default_rng(0).normal(size=(5, 7))
    for found in (vjp(call, x)[0], jvp(call, (x,), (x,))[0]):
        assert_same(found, call(x), "layout")
    check_grads(call, (x,), order=1)


@pytest.mark.parametrize("layout", [np.s_[:, :], np.s_[::-1], np.s_[:, ::2], np.s_[1:2, ::-3]])
def test_a_copy_with_given_strides(layout: Any) -> None:
    for x in (
        np.arange(30.0).reshape(5, 6)[layout],
        np.asfortranarray(np.arange(30.0).reshape(5, 6))[layout],
    ):
        strides = tuple(step if n > 1 else 0 for step, n in zip(x.strides, x.shape, strict=True))
        found = copy_p.bind(x, order=strides)
        np.testing.assert_array_equal(found, x)
        assert tuple(step if n > 1 else 0 for step, n in zip(found.strides, x.shape, strict=True)) == strides
