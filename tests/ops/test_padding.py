"""Borders: traced values in them, ties, NumPy's complaints, and memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import grad, jit, vjp
from funcgrad._src.base.errors import DtypeError
from funcgrad.testing import check_grads

X = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]])
ENDS = np.array([[1.0, -2.0], [0.25, 3.0]])
WIDTHS = ((2, 1), (0, 3))


@pytest.mark.parametrize(("mode", "name"), [("constant", "constant_values"), ("linear_ramp", "end_values")])
@pytest.mark.parametrize("values", [ENDS, ENDS[0], ENDS[:, :1], np.array(0.5), np.float64(2.0)], ids=str)
def test_the_border_may_be_traced(mode: str, name: str, values: Any) -> None:
    def padded(x: Any, values: Any) -> Any:
        return fnp.pad(x, WIDTHS, mode, **{name: values})

    expected = np.pad(X, WIDTHS, mode, **{name: values})  # type: ignore[call-overload]
    assert np.array_equal(vjp(padded, X, values)[0], expected)
    assert np.array_equal(vjp(lambda values: padded(X, values), values)[0], expected)
    assert np.array_equal(jit(padded)(X, values), expected)
    check_grads(padded, (X, values), order=2)


def test_a_traced_border_does_not_become_integers() -> None:
    with pytest.raises(DtypeError, match="cannot write float64 values into an array of int64"):
        grad(lambda v: fnp.pad(np.arange(3), 1, constant_values=v)[0])(1.0)


def test_ties_share_evenly() -> None:
    x = np.array([1.0, 3.0, 3.0, 0.0])
    by_maximum = grad(lambda x: np.pad(x, (1, 0), "maximum")[0])(x)
    assert by_maximum.tolist() == [0.0, 0.5, 0.5, 0.0]
    by_median = grad(lambda x: np.pad(x, (0, 2), "median")[-1])(np.array([1.0, 2.0, 2.0, 5.0, 2.0]))
    assert by_median.tolist() == [0.0, 0.0, 1.0, 0.0, 0.0]  # as of np.median


Call = Callable[[Any], Any]


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.pad(x, 1, "nothing"),
        lambda x: np.pad(x, 1, "edge", constant_values=1),
        lambda x: np.pad(x, -1),
        lambda x: np.pad(x, 1.5),
        lambda x: np.pad(x, ((1, 1), (1, 1), (1, 1))),
        lambda x: np.pad(x[:0], 1, "edge"),
        lambda x: np.pad(x, 1, "maximum", stat_length=0),
        lambda x: np.pad(x, 1, "mean", stat_length=-1),
    ],
)
def test_numpy_complaints(call: Call) -> None:
    with pytest.raises((ValueError, TypeError)) as plain:
        call(X)
    with pytest.raises(plain.type) as traced:
        vjp(call, X)
    assert str(traced.value) == str(plain.value) or "broadcast" in str(plain.value)


def test_an_empty_axis_may_stay_empty() -> None:
    call = lambda x: np.pad(x, ((0, 0), (1, 2)), "reflect")  # noqa: E731  (the same call three times)
    x = np.zeros((0, 3))
    assert vjp(call, x)[0].shape == jit(call)(x).shape == call(x).shape == (0, 6)


@pytest.mark.parametrize("mode", ["constant", "edge", "mean", "wrap", "empty"])
def test_a_border_of_no_width_is_a_copy_in_the_same_layout(mode: str) -> None:
    x = np.asfortranarray(X)
    out = vjp(lambda x: np.pad(x, 0, mode), x)[0]
    assert not np.shares_memory(out, x)
    assert out.strides == np.pad(x, 0, mode).strides  # type: ignore[call-overload]


def test_a_function_of_the_users_writes_into_a_traced_border() -> None:
    def frame(row: Any, width: Any, axis: int, kwargs: Any) -> None:
        row[: width[0]] = kwargs["value"]
        row[row.size - width[1] :] = row[width[0]] * 2

    def framed(x: Any, value: Any) -> Any:
        return fnp.pad(x, WIDTHS, frame, value=value)

    assert np.array_equal(vjp(framed, X, 3.0)[0], np.pad(X, WIDTHS, frame, value=3.0))
    assert np.array_equal(jit(framed)(X, 3.0), framed(X, 3.0))
    check_grads(framed, (X, 3.0), order=2)
