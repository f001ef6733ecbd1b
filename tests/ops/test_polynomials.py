"""Functions of polynomials whose results are as long, or as complex, as the values say; poly1d; warnings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import grad, jit, jvp, vjp, vmap
from funcgrad._src.base.errors import ConcretizationError, UnsupportedError
from funcgrad.testing import check_grads
from tests.mock_device import to_mock
from tests.ops.rows import assert_same

Row = tuple[Callable[..., Any], tuple[Any, ...]]
RNG = np.random.default_rng(3)
REAL, OTHER = RNG.uniform(0.5, 2.0, 5), RNG.uniform(0.5, 2.0, 3)
COMPLEX = REAL + 1j * RNG.uniform(-1.0, 1.0, 5)
PAIRS = np.array([0.5 + 1.0j, 2.0 - 0.3j])

ROWS: dict[str, Row] = {
    "polymul": (np.polymul, (REAL, OTHER)),
    "polymul complex": (np.polymul, (COMPLEX, OTHER)),
    "polydiv": (np.polydiv, (REAL, OTHER)),
    "polydiv complex": (np.polydiv, (REAL, COMPLEX[:3])),
    "polydiv short": (np.polydiv, (OTHER, REAL)),
    "roots": (np.roots, (np.array([1.0, -0.5, 2.0, 1.5, -2.0]),)),
    "roots real": (np.roots, (np.poly([1.0, 2.5, -3.0]),)),
    "roots complex": (np.roots, (COMPLEX,)),
    "poly complex": (np.poly, (PAIRS,)),
    "poly of a matrix": (np.poly, (RNG.normal(size=(3, 3)),)),
    "real_if_close": (np.real_if_close, (PAIRS,)),
}
# Here the values at hand decide, and the neighbours that differences ask would decide otherwise.
DECIDED: dict[str, Row] = {
    "polymul with leading zeros": (np.polymul, (np.array([0.0, 0.0, 1.5, 2.0]), OTHER)),
    "polymul with zero": (np.polymul, (np.zeros(3), OTHER)),
    "polydiv exactly": (np.polydiv, (np.array([1.0, -3.0, 2.0]), np.array([1.0, -1.0]))),
    "poly of conjugates": (np.poly, (np.array([1.0 + 2.0j, 1.0 - 2.0j, 3.0]),)),
    "roots with zeros around": (np.roots, (np.array([0.0, 1.0, 3.0, 1.0, 0.0, 0.0]),)),
    "roots of nothing": (np.roots, (np.zeros(3),)),
    "real_if_close of real": (np.real_if_close, (np.array([1.0 + 1e-16j, 2.0]),)),
}


def named(rows: dict[str, Row]) -> Any:
    return pytest.mark.parametrize(("function", "args"), rows.values(), ids=rows)


@named(ROWS | DECIDED)
def test_the_value_is_numpys_bit_for_bit(function: Any, args: Any) -> None:
    expected = function(*args)
    assert_same(vjp(function, *args)[0], expected, "vjp")
    assert_same(jvp(function, args, args)[0], expected, "jvp")


@named(ROWS)
def test_derivatives_agree_with_differences(function: Any, args: Any) -> None:
    check_grads(function, args, order=2, rtol=1e-7)


@named({name: row for name, row in ROWS.items() if name != "poly of a matrix"})
def test_unknown_values_are_an_error_by_name(function: Any, args: Any) -> None:
    with pytest.raises(ConcretizationError, match="on a traced value, but under `jit` it has no value"):
        jit(function, guards=False)(*args)
    with pytest.raises(ConcretizationError, match="under `vmap` it has another value for each example"):
        vmap(function)(*[np.stack([arg, arg]) for arg in args])


def test_the_error_says_what_to_write() -> None:
    with pytest.raises(ConcretizationError) as caught:
        jit(np.polymul, guards=False)(REAL, OTHER)
    text = str(caught.value).split("\n")
    assert text[0] == (
        "np.polymul: the shape depends on a traced value, but under `jit` it has no value while it is traced."
    )
    assert text[1] == "  expected  known values, or a result of a fixed shape"
    assert text[2] == "  got       a tracer of float64[5]"
    assert text[-1] == "  try       np.convolve(a1, a2), which keeps leading zeros"


def test_coefficients_that_polymul_drops_keep_their_derivative() -> None:
    def by_convolve(a: Any, b: Any) -> Any:
        return np.convolve(a, b)[2:]

    a = np.array([0.0, 0.0, 1.5, 2.0])
    primals, tangents = (a, OTHER), (a + 1, OTHER)
    out, pull = vjp(np.polymul, *primals)
    assert_same(pull(out), vjp(by_convolve, *primals)[1](out), "cotangents")
    assert_same(jvp(np.polymul, primals, tangents)[1], jvp(by_convolve, primals, tangents)[1], "tangent")


def test_roots_at_zero_and_leading_zeros_have_derivatives() -> None:
    """By the constant c of x^2 - x + c: dr = -dc / (2 r - 1). By a of a x^2 + b x + c at a = 0: -r^2 / b."""
    pull = vjp(np.roots, np.array([1.0, -1.0, 0.0]))[1]
    np.testing.assert_allclose([pull(g)[0][2] for g in np.eye(2)], [-1.0, 1.0])
    slopes = grad(lambda p: np.roots(p).sum())(np.array([0.0, 1.0, -2.0]))
    np.testing.assert_allclose(slopes, [-4.0, -2.0, -1.0])


def test_a_multiple_root_has_an_infinite_derivative() -> None:
    tangent = jvp(np.roots, (np.array([1.0, 0.0, 0.0]),), (np.array([0.0, 0.0, 1.0]),))[1]
    assert np.isinf(tangent).all()


def test_a_polynomial_of_traced_values_computes() -> None:
    def integral(c: Any) -> Any:
        p = np.poly1d(c)
        return (p * p + 1.0).integ()(2.0) - p.deriv()(0.5)

    check_grads(integral, (OTHER,), order=2)
    assert vjp(integral, OTHER)[0] == integral(OTHER)


def test_a_polynomial_among_traced_values_makes_a_polynomial() -> None:
    p = np.poly1d(OTHER)
    for function in (np.polyadd, np.polysub, np.polymul):
        got = vjp(lambda c, f=function: f(c, p).coeffs, REAL)[0]
        assert_same(got, function(REAL, p).coeffs, function.__name__)
    with pytest.raises(UnsupportedError, match="a polynomial of a polynomial"):
        grad(lambda c: np.polyval(c, p)(1.0))(REAL)


def test_coefficients_with_two_axes_are_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match="polydiv: coefficients of more than one axis"):
        grad(lambda u: np.polydiv(u, u)[0].sum())(np.ones((2, 2)))


def test_roots_on_a_device_are_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match="roots: the eigenvalues that it needs"):
        fnp.roots(to_mock(REAL))


def test_a_fit_that_is_not_determined_warns_as_numpys() -> None:
    x, y = np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])
    with pytest.warns(np.exceptions.RankWarning, match="poorly conditioned"):
        expected = np.polyfit(x, y, 2)
    with pytest.warns(np.exceptions.RankWarning, match="poorly conditioned"):
        assert_same(vjp(lambda y: np.polyfit(x, y, 2), y)[0], expected, "value")


def test_kaisers_window_of_a_traced_shape() -> None:
    for points in (0, 1, 2, 6):
        got = jvp(lambda b, n=points: fnp.kaiser(n, b), (5.0,), (1.0,))[0]
        assert_same(got, np.kaiser(points, 5.0), f"{points} points")


def test_i0_refuses_complex_numbers_as_numpy_does() -> None:
    with pytest.raises(TypeError, match="i0 not supported for complex values"):
        vjp(np.i0, PAIRS)
