"""Methods of ufuncs: what rows of the table do not say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import funcgrad._src.ops.ufunc_scans as ufunc_scans
import funcgrad.numpy as fnp
from funcgrad import grad, jacrev, jit, jvp, vjp, vmap
from funcgrad.errors import ConcretizationError, MutationError, UnsupportedError
from funcgrad.testing import check_grads
from tests.mock_device import counting, to_mock

X = np.linspace(0.5, 2.0, 12).reshape(3, 4)
MASK = np.array([True, False, True, True])
NAN = np.nan

pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")

# --- errors ----------------------------------------------------------------------------------------

WRONG: list[Callable[[Any], Any]] = [
    lambda x: np.subtract.reduce(x, axis=None),
    lambda x: np.divide.reduce(x, axis=(0, 1)),
    lambda x: np.subtract.reduce(x, axis=2),
    lambda x: np.logaddexp.reduce(x, axis=(0, 0)),
    lambda x: np.subtract.reduce(x[:0]),
    lambda x: np.fmax.reduce(x[:, :0], axis=1),
    lambda x: np.subtract.reduce(x, axis=1, where=MASK),
    lambda x: np.hypot.reduce(x, axis=1, where=MASK, initial=None),
    lambda x: np.hypot.reduce(x, axis=1, where=np.arange(4)),
    lambda x: np.fmin.reduce(x, where=np.True_),
    lambda x: np.bitwise_or.reduce(x),
    lambda x: np.logaddexp.reduce(x * 1j),
    lambda x: np.exp.reduce(x),
    lambda x: np.divmod.reduce(x),
    lambda x: np.matmul.reduce(x),
    lambda x: np.subtract.accumulate(x, axis=None),
    lambda x: np.add.accumulate(x, axis=None),
    lambda x: np.subtract.accumulate(x, axis=(0, 1)),
    lambda x: np.maximum.accumulate(x[0, 0]),
    lambda x: np.sin.accumulate(x),
    lambda x: np.add.reduceat(x, [0, 3]),
    lambda x: np.add.reduceat(x, [-1]),
    lambda x: np.add.reduceat(x, [[0]]),
    lambda x: np.add.reduceat(x, 0),
    lambda x: np.multiply.reduceat(x, [0], axis=None),
    lambda x: np.exp.outer(x, x),
    lambda x: np.matmul.outer(x, x),
    lambda x: np.subtract.reduce(x, out=np.zeros_like(x, shape=(1, 4))),
]


@pytest.mark.parametrize("call", WRONG)
def test_errors_are_numpys(call: Callable[[Any], Any]) -> None:
    with pytest.raises(Exception) as theirs:
        call(X)
    expected = TypeError if issubclass(theirs.type, TypeError) else theirs.type  # NumPy's are private classes
    for transform in (lambda: vjp(call, X), lambda: jit(call)(X)):
        with pytest.raises(expected):
            transform()


def test_a_reduction_that_numpy_gets_wrong_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ufunc_scans, "_folds", lambda name, dtype: name != "float_power")
    with pytest.raises(UnsupportedError) as caught:
        grad(lambda x: np.float_power.reduce(x, axis=1).sum())(X)
    assert "np.float_power.reduce: this NumPy computes it wrongly on this machine." in str(caught.value)
    with pytest.raises(UnsupportedError, match=r"float_power\.reduceat"):
        grad(lambda x: np.float_power.reduceat(x, [0]).sum())(X)


def test_what_numpy_gets_wrong_is_noticed() -> None:
    """A ufunc without vector loops folds everywhere; the check itself is tried on both answers."""
    assert ufunc_scans._folds("divide", np.dtype(float))
    wrong = {name for name in ("power", "arctan2") if not ufunc_scans._folds(name, np.dtype(float))}
    x = np.linspace(0.5, 1.5, 9)
    assert wrong == {
        name
        for name in ("power", "arctan2")
        if not np.isclose(getattr(np, name).reduce(x), getattr(np, name).accumulate(x)[-1], rtol=1e-2)
    }


# --- out=, where=, initial= ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda np_, x, out: np_.subtract.reduce(x, out=out),
        lambda np_, x, out: np_.logaddexp.reduce(x, 0, None, out, initial=1.0),
        lambda np_, x, out: np_.maximum.reduceat(x, [0], out=out[None])[0],
        lambda np_, x, out: np_.divide.accumulate(x, out=np_.broadcast_to(out, x.shape).copy())[-1],
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "complex128", "float32"])
def test_results_are_written_into_out(call: Any, dtype: str) -> None:
    target = np.zeros(4, dtype)
    try:
        expected = call(np, X, target)
    except TypeError:
        return
    got = vjp(lambda x: call(np, x, np.zeros_like(x, shape=4, dtype=dtype)), X)[0]
    assert got.dtype == expected.dtype
    assert np.array_equal(got, expected)


def test_a_plain_target_takes_no_traced_result() -> None:
    for call in (np.subtract.reduce, np.subtract.accumulate):
        with pytest.raises(MutationError):
            vjp(lambda x, call=call: call(x, axis=0, out=np.zeros(call(X, axis=0).shape)), X)


@pytest.mark.parametrize("name", ["subtract", "divide", "logaddexp", "hypot", "fmax", "maximum", "multiply"])
@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize("axis", [1, 0])
def test_an_initial_for_each_example(name: str, mask: Any, axis: int) -> None:
    method = getattr(fnp, name).reduce
    stack, starts = np.stack([X, X + 0.3, 2.6 - X]), np.array([1.5, 2.0, 3.0])
    options = {} if mask is None else {"where": mask}

    def call(x: Any, i: Any) -> Any:
        return method(x, axis=axis, initial=i, **options)

    expected = [call(x, i) for x, i in zip(stack, starts, strict=True)]
    np.testing.assert_allclose(vmap(call)(stack, starts), expected, 1e-14)
    np.testing.assert_allclose(vmap(call, (None, 0))(X, starts), [call(X, i) for i in starts], 1e-14)
    check_grads(call, (X, 1.7), order=2)


def test_several_axes_and_an_initial_for_each_example() -> None:
    got = vmap(lambda i: fnp.fmin.reduce(X, axis=(1, 0), initial=i, keepdims=True))(np.array([0.1, 5.0]))
    assert got.tolist() == [[[0.1]], [[0.5]]]
    got = vmap(lambda i: fnp.logical_xor.reduce(X > 1, axis=None, initial=i))(np.array([True, False]))
    assert got.tolist() == [np.logical_xor.reduce(X > 1, axis=None, initial=i) for i in (True, False)]


# --- kinks and zeros -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "x", "expected"),
    [
        (
            np.maximum.accumulate,
            [1.0, 3.0, 3.0, 2.0, 3.0],
            [1, 1 + 1 / 2 + 1 / 2 + 1 / 3, 1 / 2 + 1 / 2 + 1 / 3, 0, 1 / 3],
        ),
        (np.minimum.accumulate, [2.0, 2.0, 1.0], [1.5, 0.5, 1]),
        (np.maximum.accumulate, [1.0, NAN, 5.0], [1, 2, 0]),
        (np.fmax.accumulate, [NAN, 1.0, NAN, 2.0], [1, 2, 0, 1]),
        (np.fmin.reduce, [2.0, NAN, 2.0, 3.0], [0.5, 0, 0.5, 0]),
        (np.fmax.reduce, [NAN, NAN], [0.5, 0.5]),
        (lambda x: np.fmax.reduce(x, initial=4.0), [4.0, 4.0, 1.0], [1 / 3, 1 / 3, 0]),
        (lambda x: np.maximum.reduceat(x, [0, 2]), [1.0, 1.0, 3.0, 3.0, 2.0], [0.5, 0.5, 0.5, 0.5, 0]),
        (np.hypot.reduce, [0.0, 0.0], [0, 0]),
        (np.hypot.reduce, [-2.0], [-1]),
        (np.logaddexp.reduce, [-np.inf, 0.0], [0, 1]),
        (np.logaddexp.reduce, [-np.inf, -np.inf], [0, 0]),
        (np.floor_divide.accumulate, [7.5, 2.0], [1, 0]),
        # the quotient of one slice is infinite, those of the others are not concerned
        (lambda x: np.divide.reduceat(x, [0, 2])[1:], [1.0, 0.0, 3.0, 2.0], [0, 0, 0.5, -0.75]),
        (lambda x: np.divide.accumulate(x)[:1], [1.0, 0.0, 0.0], [1, 0, 0]),
    ],
)
def test_ties_zeros_and_nan(call: Any, x: list[float], expected: list[float]) -> None:
    np.testing.assert_allclose(grad(lambda x: call(x).sum())(np.array(x)), expected, 1e-15)
    directions = np.eye(len(x))
    forward = [jvp(lambda x: call(x).sum(), (np.array(x),), (d,))[1] for d in directions]
    np.testing.assert_allclose(forward, expected, 1e-15)


def test_products_of_slices_with_zeros_are_exact() -> None:
    x = np.array([2.0, 0.0, 3.0, 0.0, 0.0])
    got = jacrev(lambda x: np.multiply.reduceat(x, [0, 3]))(x)
    assert got.tolist() == [[0, 6, 0, 0, 0], [0, 0, 0, 0, 0]]


# --- indices, late families, devices ---------------------------------------------------------------


def test_indices_may_be_arguments_by_which_nothing_is_differentiated() -> None:
    got = grad(lambda x, i: (np.add.reduceat(x, i) ** 2).sum())(np.ones(3), np.array([0, 2]))
    assert got.tolist() == [4.0, 4.0, 2.0]
    with pytest.raises(ConcretizationError):
        vmap(lambda i: fnp.add.reduceat(np.ones(3), i))(np.array([[0], [1]]))


@pytest.mark.parametrize(
    ("use", "family"),
    [
        ("np.subtract.reduce(x)", "ufunc_reduce"),
        ("np.add.reduceat(x, [0])", "ufunc_reduceat"),
        ("np.maximum.accumulate(x)", "ufunc_scans"),
    ],
)
def test_methods_are_read_when_they_are_needed(use: str, family: str) -> None:
    code = f"""
import sys, numpy as np, funcgrad.numpy as fnp
from funcgrad import grad
module = "funcgrad._src.ops.{family}"
x = np.ones(3)
{use.replace("np.", "fnp.")}
assert module not in sys.modules
grad(lambda x: {use}.sum())(x)
assert module in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("call", "launches"),
    [
        (lambda x: fnp.logaddexp.reduce(x), 12),
        (lambda x: fnp.fmax.accumulate(x), 14),
        (lambda x: fnp.divide.reduce(x), 18),
    ],
)
def test_launches_on_a_device(call: Any, launches: int) -> None:
    x = np.linspace(0.5, 2.0, 16)
    with counting() as counted:
        out = call(to_mock(x))
    np.testing.assert_allclose(out.get(), call(x), 1e-14)
    assert counted["launches"] <= launches
    assert counted["to_host"] == counted["to_device"] == counted["syncs"] == 0
