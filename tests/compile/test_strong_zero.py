"""Strong zero in compiled programs: what is singular somewhere in a large array stays where it is.

Compiled code may multiply plainly first and look for NaN afterwards, block by block; nothing of that shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit, jvp, value_and_grad, vjp, vmap
from funcgrad.tree import leaves
from tests.compile.exactness import bits_are_numpys
from tests.compile.ownership import same_bits

Function = Callable[..., Any]
LARGE = 100_003  # elements: several blocks, and a last one that is not whole
PLACES = {"small": (5, (0, 3)), "large": (LARGE, (0, 7, 32_767, 32_768, 50_000, 65_535, LARGE - 1))}


def where_log(x: Any) -> Any:
    return np.where(x > 0, np.log(x), 0)


def where_exp(x: Any) -> Any:
    return np.where(x < 100, x * np.exp(x), 0)


def where_quotient(x: Any) -> Any:
    return np.where(x != 0, np.sin(x) / x, 1.0)


def where_power(x: Any) -> Any:
    return np.where(x > 0, x**-1.5 * np.log(x), 0.0) * 2.0


def guarded_by_product(x: Any) -> Any:
    return np.sqrt(x) * (x > 0)


def maximum_of_log(x: Any) -> Any:
    return np.maximum(np.log(x), -3.0)


def minimum_of_inverse(x: Any) -> Any:
    return np.minimum(1 / x, 10.0) + np.minimum(np.sqrt(x), 5.0) * (x > 0)


def clipped(x: Any) -> Any:
    return np.clip(np.log(x) * 3.0, -5.0, 5.0)


def nested(x: Any) -> Any:
    inner = np.where(x > 0, np.sqrt(x), 0.0)
    return np.where(inner > 0, np.log(inner) / inner, 0.0)


def in_place(x: Any) -> Any:
    y = np.log(x)
    y[x <= 0] = 0.0
    y *= 2.0
    return y


def stabilised(x: Any) -> Any:
    """Elementwise but for the sum, whose cotangent comes back to all."""
    y = np.where(x > 0, np.log(x), 0.0)
    return y * (1.0 + 0.0 * np.sum(y))


# function, where its unused branch is singular
CASES: dict[Function, float] = {
    where_log: 0.0,
    where_exp: 1000.0,
    where_quotient: 0.0,
    where_power: 0.0,
    guarded_by_product: 0.0,
    maximum_of_log: 0.0,
    minimum_of_inverse: 0.0,
    clipped: 0.0,
    nested: 0.0,
    in_place: 0.0,
    stabilised: 0.0,
}


# Forward mode meets an infinite tangent with a coefficient of zero: only zero tangents are strong.
BY_A_COEFFICIENT = (guarded_by_product, minimum_of_inverse)


def loss_of(f: Function) -> Function:
    return lambda x: np.sum(f(x))


def second(f: Function) -> Function:
    first = grad(loss_of(f))
    return grad(lambda x: np.sum(first(x)))


def by_pullback(f: Function) -> Function:
    return lambda x: vjp(f, x)[1](np.ones_like(x))


def tangent(f: Function) -> Function:
    return lambda x: jvp(f, (x,), (np.ones_like(x),))[1]


# name: the derivative, and its compiled form
ROUTES: dict[str, tuple[Function, Function]] = {
    "gradient": (lambda f: grad(loss_of(f)), lambda f: jit(grad(loss_of(f)))),
    "value and gradient": (lambda f: value_and_grad(loss_of(f)), lambda f: jit(value_and_grad(loss_of(f)))),
    "gradient of compiled": (lambda f: grad(loss_of(f)), lambda f: grad(jit(loss_of(f)))),
    "pullback": (by_pullback, lambda f: jit(by_pullback(f))),
    "pullback of compiled": (by_pullback, lambda f: by_pullback(jit(f))),
    "tangent": (tangent, lambda f: jit(tangent(f))),
    "second": (second, lambda f: jit(second(f))),
    "second of compiled": (second, lambda f: second(jit(f))),
    "compiled twice": (second, lambda f: jit(second(jit(f)))),
    "map": (lambda f: vmap(grad(loss_of(f))), lambda f: jit(vmap(grad(loss_of(f))))),
}
SECOND = ("second", "second of compiled", "compiled twice")  # cotangents are added in another order


def agrees(found: Any, expected: Any, exact: bool) -> bool:
    """The same bits, zeros of either sign; or the same NaN and infinities, and numbers within some ulps."""
    if exact and bits_are_numpys():
        return same_bits(found, expected, zeros=False)
    unit = float(np.finfo(expected.dtype).eps)
    return bool(np.allclose(found, expected, rtol=64 * unit, atol=64 * unit, equal_nan=True))


def points(size: str, dtype: Any, singular: float) -> tuple[np.ndarray, list[int]]:
    """Ordinary numbers with singular ones among them, and where those are."""
    count, places = PLACES[size]
    x = np.random.default_rng(3).uniform(0.5, 1.5, count).astype(dtype)
    x[list(places)] = singular
    return x, list(places)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", PLACES)
@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_what_is_masked_has_no_part(f: Function, route: str, size: str, dtype: Any) -> None:
    """Zero at the singular elements; all else as without `jit`, to the bit where nothing is summed."""
    x, places = points(size, dtype, CASES[f])
    eager, compiled = ROUTES[route]
    if route == "map":
        x = x.reshape(-1, 1) if size == "small" else np.stack([x, x + dtype(0.25)])
        x[1, 0] = CASES[f]
    with np.errstate(all="ignore"):
        expected, function = eager(f)(x), compiled(f)
        first, again = function(x), function(x)
    assert all(map(same_bits, leaves(first), leaves(again)))
    wanted, found = leaves(expected)[-1], leaves(first)[-1]
    assert found.dtype == dtype
    if route == "tangent" and f in BY_A_COEFFICIENT:
        assert np.all(np.isnan(found[places]))
    elif route == "map":
        assert np.all(np.isfinite(found))
    else:
        assert np.all(found[places] == 0)
        assert np.all(np.isfinite(found))
    assert agrees(found, wanted, f is not stabilised and route not in SECOND)


# --- NaN that is there --------------------------------------------------------------------------------

HONEST: dict[str, tuple[Function, float]] = {
    "nan in": (lambda x: np.sin(x) * x, np.nan),
    "log of a negative": (lambda x: np.log(x) * x, -1.0),
    "root of a negative": (lambda x: np.exp(np.sqrt(x)), -2.0),
    "inf - inf": (lambda x: np.exp(x) * x - x**3, np.inf),
    "nan in the branch that is used": (lambda x: np.where(x > 0, np.log(x), np.sqrt(x) * x), -1.0),
    "nan under maximum": (lambda x: np.maximum(np.log(x), 0.3) * x, -1.0),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", PLACES)
@pytest.mark.parametrize("route", [r for r in ROUTES if r != "map"])
@pytest.mark.parametrize("name", HONEST)
def test_a_nan_that_is_there_stays_where_it_is(name: str, route: str, size: str, dtype: Any) -> None:
    f, singular = HONEST[name]
    x, places = points(size, dtype, singular)
    eager, compiled = ROUTES[route]
    with np.errstate(all="ignore"):
        value = jit(f)(x)
        expected, found = eager(f)(x), compiled(f)(x)
        assert agrees(value, f(x), True)
    expected, found = leaves(expected)[-1], leaves(found)[-1]
    assert agrees(found, expected, route not in SECOND)
    rest = np.delete(found, places)
    assert np.all(np.isfinite(rest))
    if route in ("gradient", "pullback", "tangent") and name != "nan under maximum":
        assert np.all(np.isnan(found[places]))


# --- cotangents that are zero, norms, several arguments ------------------------------------------------


def weighted(x: Any, w: Any) -> Any:
    return np.sum(np.sqrt(x) * w + np.log(x) * w * 2.0)


def norms(x: Any) -> Any:
    return np.sum(np.linalg.norm(x.reshape(-1, 2), axis=-1))


def lengths(x: Any, y: Any) -> Any:
    return np.sum(np.hypot(x, y) + np.arctan2(y, x))


def quotients(x: Any, y: Any) -> Any:
    return np.sum(np.where(y != 0, x / y, 0.0) * x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", PLACES)
@pytest.mark.parametrize("compiled", ["jit(grad)", "grad(jit)"])
@pytest.mark.parametrize("f", [weighted, lengths, quotients], ids=lambda f: f.__name__)
def test_two_arguments(f: Function, compiled: str, size: str, dtype: Any) -> None:
    """Weights that are zero, both zero, zero denominators: in the first block, in the middle, in the last."""
    x, places = points(size, dtype, 0.0)
    y = np.random.default_rng(4).uniform(0.5, 1.5, x.size).astype(dtype)
    y[places] = 0.0
    only_first = f is weighted
    argnums = 0 if only_first else (0, 1)
    with np.errstate(all="ignore"):
        expected = leaves(grad(f, argnums)(x, y))
        function = jit(grad(f, argnums)) if compiled == "jit(grad)" else grad(jit(f), argnums)
        found = leaves(function(x, y))
    for a, b in zip(found, expected, strict=True):
        assert np.all(a[places] == 0)
        assert agrees(a, b, True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("count", [6, LARGE + 1])
def test_norms_of_zero(count: int, dtype: Any) -> None:
    x = np.random.default_rng(5).uniform(0.5, 1.5, count).astype(dtype)
    zero = np.array([0, 1, count - 2, count - 1])
    x[zero] = 0.0
    expected, found = grad(norms)(x), jit(grad(norms))(x)
    assert np.all(found[zero] == 0)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    everything = np.zeros(count, dtype)
    assert not jit(grad(norms))(everything).any()
    assert not jit(grad(np.linalg.norm))(everything).any()


def test_one_compiled_function_for_both_kinds_of_points() -> None:
    """A call without NaN, one with it, and one without: each has its own right answer."""
    function = jit(grad(loss_of(where_log)))
    ordinary, masked = points("large", np.float64, 2.0)[0], points("large", np.float64, 0.0)[0]
    with np.errstate(all="ignore"):
        wanted = [grad(loss_of(where_log))(x) for x in (ordinary, masked)]
        for i in (0, 1, 0, 1, 1, 0):
            assert same_bits(function((ordinary, masked)[i]), wanted[i], zeros=False)
    assert function.trace_count == 1
