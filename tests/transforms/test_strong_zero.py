"""Strong zero: a zero cotangent times inf or NaN is zero, in every mode, order and precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jacfwd, jit, jvp, vmap

Function = Callable[[Any], Any]


def safe_log(x: Any) -> Any:
    return np.where(x > 0, np.log(x), 0.0)


def safe_sqrt(x: Any) -> Any:
    return np.where(x > 0, np.sqrt(x), 0.0)


def safe_exp(x: Any) -> Any:
    return np.where(x < 100, x * np.exp(x), 0.0)


# function, points where the masked branch is singular, points where it is used
CASES: dict[str, tuple[Function, tuple[float, ...], float, float, float]] = {
    "where/log": (safe_log, (0.0, -1.0), 2.0, 0.5, -0.25),
    "where/sqrt": (safe_sqrt, (0.0, -1.0), 4.0, 0.25, -1 / 32),
    "where/x·exp x": (safe_exp, (1000.0, 100.0), 0.0, 1.0, 2.0),
}


def first(mode: str, f: Function) -> Function:
    """The derivative of an elementwise function, by the named route."""
    if mode == "reverse":
        return grad(lambda x: np.sum(f(x)))
    if mode == "forward":
        return lambda x: jvp(f, (x,), (np.ones_like(x),))[1]
    if mode == "jit reverse":
        return jit(first("reverse", f))
    if mode == "jit forward":
        return jit(lambda x: jvp(f, (x,), (np.ones_like(x),))[1])
    if mode == "reverse of jit":
        return grad(lambda x: np.sum(jit(f)(x)))
    return vmap(grad(f))


MODES = ["reverse", "forward", "jit reverse", "jit forward", "reverse of jit", "vmap"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", CASES)
def test_first_order(name: str, mode: str, dtype: Any) -> None:
    f, masked, used, slope, _ = CASES[name]
    x = np.array([*masked, used], dtype)
    with np.errstate(all="ignore"):
        derivative = first(mode, f)(x)
    assert derivative.dtype == dtype
    np.testing.assert_allclose(derivative, [0.0] * len(masked) + [slope], rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("outer", ["reverse", "forward"])
@pytest.mark.parametrize("inner", MODES)
@pytest.mark.parametrize("name", CASES)
def test_second_order(name: str, inner: str, outer: str, dtype: Any) -> None:
    f, masked, used, _, curvature = CASES[name]
    x = np.array([*masked, used], dtype)
    with np.errstate(all="ignore"):
        derivative = first(outer, first(inner, f))(x)
    assert derivative.dtype == dtype
    np.testing.assert_allclose(derivative, [0.0] * len(masked) + [curvature], rtol=1e-5)


@pytest.mark.parametrize("make", [float, np.float64, np.float32])
@pytest.mark.parametrize("name", CASES)
def test_scalars_of_every_kind(name: str, make: Any) -> None:
    f, masked, used, slope, curvature = CASES[name]
    with np.errstate(all="ignore"):
        for point, d1, d2 in [*((p, 0.0, 0.0) for p in masked), (used, slope, curvature)]:
            for order, expected in ((grad(f), d1), (grad(grad(f)), d2), (grad(jit(grad(f))), d2)):
                found = order(make(point))
                assert type(found) is make
                assert found == pytest.approx(expected, rel=1e-5)
            assert jvp(f, (make(point),), (make(1.0),))[1] == pytest.approx(d1, rel=1e-5)
            assert jacfwd(jacfwd(f))(make(point)) == pytest.approx(d2, rel=1e-5)


def test_a_nan_that_is_really_there_stays() -> None:
    """Only zeros are strong: a cotangent that is not zero meets NaN and shows it."""
    with np.errstate(all="ignore"):
        gradient = grad(lambda x: np.sum(np.sqrt(x) * np.array([1.0, 0.0, 1.0])))(np.array([-1.0, -1.0, 4.0]))
    np.testing.assert_array_equal(gradient, [np.nan, 0.0, 0.25])


def test_the_documented_price() -> None:
    """√x·√x at 0 gives 0, not the limit 1."""
    with np.errstate(all="ignore"):
        assert grad(lambda x: np.sqrt(x) * np.sqrt(x))(0.0) == 0.0
