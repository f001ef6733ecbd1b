"""The convention at each kink and singular point: what the derivative is, in every mode."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special as sp

from funcgrad import grad, jit, jvp, vjp, vmap
from funcgrad._src.ops.exponential import relu, sigmoid, softplus

pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
INF, NAN, EULER = math.inf, math.nan, np.euler_gamma
Row = tuple[str, Callable[..., Any], Any, Any]

# name, function, point, derivative
ONE: list[Row] = [
    ("relu", relu, 0.0, 0.0),
    ("relu below", relu, -1.0, 0.0),
    ("relu of -0.0", relu, -0.0, 0.0),
    ("abs", np.abs, 0.0, 0.0),
    ("abs of -0.0", np.abs, -0.0, 0.0),
    ("abs operator", abs, 0.0, 0.0),
    ("fabs", np.fabs, 0.0, 0.0),
    ("sign", lambda x: np.sign(x) * x, 2.0, 1.0),
    ("sign at 0", lambda x: np.sign(x) + x, 0.0, 1.0),
    ("copysign", lambda x: np.copysign(x, 1.0), 0.0, 0.0),
    ("maximum of a constant", lambda x: np.maximum(x, 0), 0.0, 0.5),
    ("maximum, constant first", lambda x: np.maximum(0.0, x), 0.0, 0.5),
    ("maximum of itself", lambda x: np.maximum(x, x), 1.0, 1.0),
    ("maximum of infinities", lambda x: np.maximum(x, INF), INF, 0.5),
    ("maximum of NaN", lambda x: np.maximum(x, 1.0), NAN, 0.0),
    ("minimum of a constant", lambda x: np.minimum(x, 1.0), 1.0, 0.5),
    ("fmax of a constant", lambda x: np.fmax(x, 0.0), 0.0, 0.5),
    ("fmin of a constant", lambda x: np.fmin(0.0, x), 0.0, 0.5),
    ("fmax beside NaN", lambda x: np.fmax(x, NAN), 1.0, 1.0),
    ("fmin beside NaN", lambda x: np.fmin(NAN, x), 1.0, 1.0),
    ("fmax of NaN", lambda x: np.fmax(x, 1.0), NAN, 0.0),
    ("fmin of NaN", lambda x: np.fmin(x, 1.0), NAN, 0.0),
    ("clip at the lower bound", lambda x: np.clip(x, 0, None), 0.0, 1.0),
    ("clip at the upper bound", lambda x: np.clip(x, None, 1.0), 1.0, 1.0),
    ("clip at one of two bounds", lambda x: np.clip(x, 0.0, 1.0), 1.0, 1.0),
    ("clip outside", lambda x: np.clip(x, 0.0, 1.0), 2.0, 0.0),
    ("clip by a bound", lambda b: np.clip(0.0, b, 5.0), 1.0, 1.0),
    ("clip by a bound that is met", lambda b: np.clip(1.0, b, 5.0), 1.0, 0.0),
    ("clip by crossed bounds", lambda b: np.clip(0.0, 3.0, b), 1.0, 1.0),
    ("sqrt", np.sqrt, 0.0, INF),
    ("cbrt", np.cbrt, 0.0, INF),
    ("log", np.log, 0.0, INF),
    ("arcsin", np.arcsin, 1.0, INF),
    ("arccos", np.arccos, -1.0, -INF),
    ("arccosh", np.arccosh, 1.0, INF),
    ("arctanh", np.arctanh, 1.0, INF),
    ("reciprocal", np.reciprocal, np.float64(0.0), -INF),
    ("x**0", lambda x: x**0, 0.0, 0.0),
    ("x**0 of NaN", lambda x: x**0, NAN, 0.0),
    ("x**1", lambda x: x**1, 0.0, 1.0),
    ("x**2", lambda x: x**2, 0.0, 0.0),
    ("x**0.0", lambda x: x**0.0, 0.0, 0.0),
    ("x**1.0", lambda x: x**1.0, 0.0, 1.0),
    ("x**0.5", lambda x: x**0.5, 0.0, INF),
    ("x**-1", lambda x: x**-1, np.float64(0.0), -INF),
    ("power by 0", lambda x: np.power(x, np.zeros(())), 0.0, 0.0),
    ("0**y", lambda y: 0.0**y, 2.0, 0.0),
    ("0**0 by the exponent", lambda y: np.power(0.0, y), 0.0, 0.0),
    ("0**-1 by the exponent", lambda y: np.power(0.0, y), -1.0, -INF),
    ("(-2)**y", lambda y: np.power(-2.0, y), 2.0, NAN),
    ("(-2)**3 by the base", lambda x: np.power(x, 3.0), -2.0, 12.0),
    ("hypot", lambda x: np.hypot(x, 0.0), 0.0, 0.0),
    ("arctan2 by y", lambda y: np.arctan2(y, 0.0), 0.0, 0.0),
    ("arctan2 by x", lambda x: np.arctan2(0.0, x), 0.0, 0.0),
    ("tiny arctan2", lambda y: np.arctan2(y, 1e-200), 0.0, 1e200),
    ("sinc", np.sinc, 0.0, 0.0),
    ("logaddexp of nothing", lambda x: np.logaddexp(x, -INF), -INF, 0.0),
    ("logaddexp beside nothing", lambda x: np.logaddexp(x, -INF), 0.0, 1.0),
    ("logaddexp of infinity", lambda x: np.logaddexp(x, 0.0), INF, 1.0),
    ("logaddexp beside infinity", lambda x: np.logaddexp(x, INF), 0.0, 0.0),
    ("logaddexp far apart", lambda x: np.logaddexp(x, 0.0), -745.0, math.exp(-745.0)),
    ("sigmoid far below", sigmoid, -700.0, math.exp(-700.0)),
    ("sigmoid far above", sigmoid, 700.0, math.exp(-700.0)),
    ("softplus far below", softplus, -700.0, math.exp(-700.0)),
    ("softplus far above", softplus, 800.0, 1.0),
    ("nan_to_num", np.nan_to_num, NAN, 0.0),
    ("erfinv at 1", sp.erfinv, 1.0, INF),
    ("erfcinv at 0", sp.erfcinv, 0.0, -INF),
    ("ndtri at 0", sp.ndtri, 0.0, INF),
    ("log_ndtr far below", sp.log_ndtr, -1e10, 1e10),
    ("xlogy of nothing", lambda y: sp.xlogy(0.0, y), 0.0, 0.0),
    ("xlogy by x", lambda x: sp.xlogy(x, 2.0), 0.0, math.log(2.0)),
    ("xlog1py of nothing", lambda y: sp.xlog1py(0.0, y), -1.0, 0.0),
    ("entr", sp.entr, 0.0, INF),
    ("rel_entr by x", lambda x: sp.rel_entr(x, 1.0), 0.0, -INF),
    ("rel_entr of nothing", lambda y: sp.rel_entr(0.0, y), 1.0, 0.0),
    ("kl_div of nothing", lambda y: sp.kl_div(0.0, y), 2.0, 1.0),
    ("kl_div of equals", lambda x: sp.kl_div(x, 2.0), 2.0, 0.0),
    ("huber at the joint", lambda r: sp.huber(1.0, r), -1.0, -1.0),
    ("huber by delta", lambda d: sp.huber(d, -3.0), 1.0, 2.0),
    ("pseudo_huber at the corner", lambda r: sp.pseudo_huber(0.0, r), 0.0, 0.0),
    ("boxcox by a zero exponent", lambda m: sp.boxcox(math.e, m), 0.0, 0.5),
    ("inv_boxcox by a zero exponent", lambda m: sp.inv_boxcox(1.0, m), 0.0, -0.5 * math.e),
    ("exprel", sp.exprel, 0.0, 0.5),
    ("rgamma at a pole", sp.rgamma, -3.0, -6.0),
    ("rgamma at 0", sp.rgamma, 0.0, 1.0),
    ("logit at 0", sp.logit, 0.0, INF),
    ("expit far below", sp.expit, -740.0, math.exp(-740.0)),
    ("expit far above", sp.expit, 740.0, math.exp(-740.0)),
    ("gammainc at 0", lambda x: sp.gammainc(1.0, x), 0.0, 1.0),
    ("gammainc of a steep one at 0", lambda x: sp.gammainc(0.5, x), 0.0, INF),
    ("gammainc of a flat one at 0", lambda x: sp.gammainc(30.0, x), 0.0, 0.0),
    ("betainc at 0", lambda x: sp.betainc(1.0, 3.0, x), 0.0, 3.0),
    ("betainc at 1", lambda x: sp.betainc(3.0, 1.0, x), 1.0, 3.0),
    ("a count of pdtr", lambda k: sp.pdtr(k, 2.0) + k, 1.5, 1.0),
    ("special round", lambda x: sp.round(x) + x, 2.5, 1.0),
    ("special cbrt", sp.cbrt, 0.0, INF),
    ("interp at a point", lambda x: np.interp(x, [-1.0, 0.0, 1.0], [0.0, 1.0, 3.0]), 0.0, 1.0),
    ("interp at a peak", lambda x: np.interp(x, [-1.0, 0.0, 1.0], [0.0, 1.0, 0.0]), 0.0, 0.0),
    ("interp at its first point", lambda x: np.interp(x, [0.0, 1.0], [0.0, 2.0]), 0.0, 2.0),
    ("interp at its last point", lambda x: np.interp(x, [-1.0, 0.0], [0.0, 2.0]), 0.0, 2.0),
    ("interp outside", lambda x: np.interp(x, [0.0, 1.0], [0.0, 2.0]), 3.0, 0.0),
    ("interp at a jump", lambda x: np.interp(x, [-1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 3.0]), 0.0, 0.0),
    ("masked log", lambda x: np.where(x > 0, np.log(x), 0.0), 0.0, 0.0),
    ("masked log below", lambda x: np.where(x > 0, np.log(x), 0.0), -1.0, 0.0),
    ("masked exp", lambda x: np.where(x < 100, x * np.exp(x), 0.0), 1000.0, 0.0),
    ("masked sqrt", lambda x: np.where(x > 0, np.sqrt(x), x), 0.0, 1.0),
    ("nansum of NaN", lambda x: np.nansum(np.stack([x, 2.0 * x]), axis=0), NAN, 0.0),
    ("nanvar of NaN", lambda x: np.nanvar(np.stack([x, 2.0 * x]), axis=0), NAN, 0.0),
    ("nanmax of NaN", lambda x: np.nanmax(np.stack([x, 0 * x]), axis=0), NAN, 0.0),
    ("nanmax at a tie", lambda x: np.nanmax(np.stack([x, 0 * x + 1]), axis=0), 1.0, 0.5),
    ("median at a tie", lambda x: np.median(np.stack([x, 0 * x + 1, 0 * x + 2]), axis=0), 1.0, 0.0),
    ("median at a tie, constant first", lambda x: np.median(np.stack([0 * x, x, 1 + x]), axis=0), 0.0, 1.0),
    ("quantile at an element", lambda q: np.quantile(np.array([0.0, 1.0, 5.0]), q), 0.5, 8.0),
    ("quantile at the end", lambda q: np.quantile(np.array([0.0, 1.0, 5.0]), q), 1.0, 0.0),
    ("floor", lambda x: np.floor(x) + x, 1.0, 1.0),
    ("round", lambda x: np.round(x) * x, 2.5, 2.0),
    ("remainder at a jump", lambda x: x % 1.0, 2.0, 1.0),
    ("heaviside by the step", lambda x: np.heaviside(x, 0.5) + x, 0.0, 1.0),
    ("heaviside by its value", lambda h: np.heaviside(0.0, h), 0.5, 1.0),
    ("modf", lambda x: np.modf(x)[0], 2.0, 1.0),
]

# Zero cotangents that meet an infinite coefficient: in forward mode it is met first, and gives NaN.
STRONG: list[Row] = [
    ("sqrt under a zero", lambda x: 0.0 * np.sqrt(x), 0.0, 0.0),
    ("sqrt times sqrt", lambda x: np.sqrt(x) * np.sqrt(x), 0.0, 0.0),
]

# name, function of two, points, derivatives
TWO: list[Row] = [
    ("maximum", np.maximum, (1.0, 1.0), (0.5, 0.5)),
    ("minimum", np.minimum, (1.0, 1.0), (0.5, 0.5)),
    ("fmax", np.fmax, (1.0, 1.0), (0.5, 0.5)),
    ("fmin", np.fmin, (1.0, 1.0), (0.5, 0.5)),
    ("fmax with a NaN", np.fmax, (NAN, 1.0), (0.0, 1.0)),
    ("hypot", np.hypot, (0.0, 0.0), (0.0, 0.0)),
    ("arctan2", np.arctan2, (0.0, 0.0), (0.0, 0.0)),
    ("0**y", lambda x, y: x**y, (0.0, 2.0), (0.0, 0.0)),
    ("x**0", lambda x, y: x**y, (3.0, 0.0), (0.0, math.log(3.0))),
    ("0**0", np.power, (0.0, 0.0), (0.0, 0.0)),
    ("logaddexp of nothings", np.logaddexp, (-INF, -INF), (0.0, 0.0)),
    ("logaddexp at a tie", np.logaddexp, (2.0, 2.0), (0.5, 0.5)),
    ("sort at a tie", lambda x, y: np.sort(np.stack([x, y]), stable=True)[0], (2.0, 2.0), (1.0, 0.0)),
    ("the later of a tie", lambda x, y: np.sort(np.stack([x, y]), stable=True)[1], (2.0, 2.0), (0.0, 1.0)),
]

# Second derivatives that a rule with a wrong branch at the kink would get wrong.
SECOND: list[Row] = [
    ("x**2", lambda x: x**2, 0.0, 2.0),
    ("x**2.0", lambda x: x**2.0, 0.0, 2.0),
    ("x**1", lambda x: x**1, 0.0, 0.0),
    ("x**3", lambda x: x**3, 0.0, 0.0),
    ("sinc", np.sinc, 0.0, -(math.pi**2) / 3),
    ("0**y", lambda y: np.power(0.0, y), 2.0, 0.0),
    ("logaddexp at a tie", lambda x: np.logaddexp(x, 1.0), 1.0, 0.25),
    ("softplus", softplus, 0.0, 0.25),
    ("sigmoid", sigmoid, 0.0, 0.0),
    ("sqrt of a Python float", lambda x: x**0.5, 0.0, -INF),
    ("erfinv", sp.erfinv, 0.0, 0.0),
    ("erfcinv", sp.erfcinv, 1.0, 0.0),
    ("ndtri", sp.ndtri, 0.5, 0.0),
    ("log_ndtr", sp.log_ndtr, 0.0, -2 / math.pi),
    ("exprel", sp.exprel, 0.0, 1 / 3),
    ("rgamma at a pole", sp.rgamma, -1.0, 2 * (1 - EULER)),
    ("gammainc at 0", lambda x: sp.gammainc(2.0, x), 0.0, 1.0),
    ("betainc at 0", lambda x: sp.betainc(2.0, 3.0, x), 0.0, 12.0),
    ("xlogy", lambda x: sp.xlogy(x, x), 1.0, 1.0),
    ("boxcox by a zero exponent", lambda m: sp.boxcox(math.e, m), 0.0, 1 / 3),
    ("masked log", lambda x: np.where(x > 0, np.log(x), 0.0), 0.0, 0.0),
]


def each(rows: list[Row]) -> Any:
    return pytest.mark.parametrize(
        ("fun", "point", "expected"), [row[1:] for row in rows], ids=[row[0] for row in rows]
    )


def assert_is(got: Any, expected: Any) -> None:
    np.testing.assert_allclose(np.asarray(got), expected, rtol=1e-12, atol=0.0)


@each(ONE)
def test_the_derivative_at_a_kink(fun: Any, point: Any, expected: Any) -> None:
    assert_is(grad(fun)(point), expected)
    assert_is(jvp(fun, (point,), (1.0,))[1], expected)


@each(ONE)
def test_arrays_batches_and_programs_have_the_same_convention(fun: Any, point: Any, expected: Any) -> None:
    points = np.array([point, point])
    assert_is(vmap(grad(fun))(points), [expected, expected])
    assert_is(vjp(fun, points)[1](np.ones(2))[0], [expected, expected])
    assert_is(jit(grad(fun))(np.float64(point)), expected)


@each(STRONG)
def test_a_zero_cotangent_stays_zero(fun: Any, point: Any, expected: Any) -> None:
    assert_is(grad(fun)(point), expected)
    assert_is(vmap(grad(fun))(np.array([point, point])), [expected, expected])
    assert_is(jit(grad(fun))(np.float64(point)), expected)


@each(TWO)
def test_the_derivatives_by_both_operands(fun: Any, point: Any, expected: Any) -> None:
    assert_is(grad(fun, argnums=(0, 1))(*point), expected)
    forward = [jvp(fun, point, tangents)[1] for tangents in ((1.0, 0.0), (0.0, 1.0))]
    assert_is(forward, expected)


@each(SECOND)
def test_the_second_derivative_at_a_kink(fun: Any, point: Any, expected: Any) -> None:
    assert_is(grad(grad(fun))(point), expected)
    assert_is(jvp(grad(fun), (point,), (1.0,))[1], expected)
    assert_is(grad(lambda x: jvp(fun, (x,), (1.0,))[1])(point), expected)


def test_the_mixed_derivative_of_a_power_at_exponent_zero() -> None:
    def slope(x: Any, y: Any) -> Any:
        return grad(lambda x: np.power(x, y))(x)

    assert_is(grad(slope, argnums=1)(4.0, 0.0), 0.25)
    assert_is(grad(lambda x: grad(lambda y: np.power(x, y))(0.0))(4.0), 0.25)


@pytest.mark.parametrize(
    ("fun", "expected"),
    [
        (np.abs, 0.0),
        (lambda z: np.sign(z).real, 0.0),
        (np.angle, 0.0),
        (lambda z: np.abs(z) ** 2, 0.0),
    ],
    ids=["abs", "sign", "angle", "squared modulus"],
)
def test_complex_zero_has_derivative_zero(fun: Any, expected: float) -> None:
    assert_is(grad(fun)(np.complex128(0.0)), expected)
    assert_is(jvp(fun, (np.complex128(0.0),), (1.0 + 1.0j,))[1], expected)


def test_the_gradient_of_a_real_function_of_z_is_by_x_minus_i_by_y() -> None:
    assert_is(grad(np.abs)(np.complex128(3.0 + 4.0j)), 0.6 - 0.8j)
    assert_is(grad(np.angle)(np.complex128(3.0 + 4.0j)), (-4.0 - 3.0j) / 25.0)
    assert_is(grad(np.real)(np.complex128(3.0 + 4.0j)), 1.0)
    assert_is(grad(np.imag)(np.complex128(3.0 + 4.0j)), -1.0j)


@pytest.mark.parametrize(
    ("fun", "expected"),
    [
        (lambda x: np.maximum(np.sqrt(x), x + 1.0), 1.0),
        (lambda x: np.minimum(5.0 - np.sqrt(x), x), 1.0),
        (lambda x: np.fmax(np.sqrt(x), x + 1.0), 1.0),
        (lambda x: np.clip(np.sqrt(x), 1.0, 2.0), 0.0),
        (lambda x: np.clip(np.sqrt(x), 1.0, None), 0.0),
        (lambda x: np.max(np.stack([np.sqrt(x), x + 1.0])), 1.0),
        (lambda x: np.min(np.stack([5.0 - np.sqrt(x), x])), 1.0),
    ],
    ids=["maximum", "minimum", "fmax", "clip", "clip below", "max", "min"],
)
def test_what_is_not_chosen_has_no_part_in_either_mode(fun: Any, expected: float) -> None:
    """The square root has an infinite slope at 0, but another branch is taken there."""
    assert_is(grad(fun)(0.0), expected)
    assert_is(jvp(fun, (0.0,), (1.0,))[1], expected)
