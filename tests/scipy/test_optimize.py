"""Minimizers that are given derivatives; roots and fixed points that have them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.optimize
from scipy.optimize import BFGS, Bounds, LinearConstraint, NonlinearConstraint

from funcgrad import grad, hessian, jacfwd, jacrev, jit, jvp, vjp, vmap
from funcgrad.errors import ArgumentError, NotDifferentiableInputError, UnsupportedError
from funcgrad.scipy import optimize
from funcgrad.scipy.optimize import brentq, fixed_point, minimize, newton, root
from funcgrad.testing import check_grads
from tests.mock_device import MockArray, to_mock

# --- minimize ----------------------------------------------------------------------------------------

START = np.array([-1.2, 1.0, 0.5])
METHODS = {
    "BFGS": 1e-5,
    "CG": 1e-4,
    "L-BFGS-B": 1e-4,
    "TNC": 1e-4,
    "SLSQP": 1e-2,
    "Newton-CG": 1e-5,
    "trust-ncg": 1e-5,
    "trust-krylov": 1e-5,
    "trust-exact": 1e-5,
    "trust-constr": 1e-4,
    "dogleg": 1e-5,
    "Nelder-Mead": 1e-2,
    "Powell": 1e-2,
    "COBYLA": 1e-1,
}


def rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def bowl(x: Any) -> Any:
    return np.sum((x - 1.0) ** 2 + (x - 1.0) ** 4)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_the_minimum(method: str) -> None:
    """Each with the derivatives that it takes, which are no differences: fun is called as often as jac."""
    start = np.array([1.2, 1.3, 1.4]) if method == "dogleg" else START
    slow = method in ("Nelder-Mead", "Powell", "COBYLA", "TNC")
    found = minimize(bowl if slow else rosenbrock, start, method=method)
    np.testing.assert_allclose(found.x, np.ones(3), atol=METHODS[method])
    if method in ("BFGS", "CG", "L-BFGS-B", "Newton-CG"):
        assert found.nfev == found.njev


def loss(params: Any, target: Any) -> Any:
    return np.sum((params["w"] - target) ** 2) + (params["b"] + 2.0) ** 4


@pytest.mark.parametrize("compiled", [False, True])
def test_trees(compiled: bool) -> None:
    """Parameters come back in their tree, dtypes and kinds; so does the gradient."""
    x0 = {"w": np.zeros((2, 2), np.float32), "b": 0.0}
    found = minimize(loss, x0, np.arange(4.0).reshape(2, 2), method="BFGS", jit=compiled)
    np.testing.assert_allclose(found.x["w"], [[0, 1], [2, 3]], atol=1e-4)
    assert found.x["b"] == pytest.approx(-2.0, abs=2e-2)
    assert (found.x["w"].dtype, type(found.x["b"])) == (np.dtype(np.float32), float)
    assert found.jac["w"].shape == (2, 2)


def test_numbers_and_lists() -> None:
    assert minimize(lambda x: (x - 2.0) ** 2, 0.0).x == pytest.approx(2.0)
    np.testing.assert_allclose(minimize(lambda x: np.sum((x - 2.0) ** 2), [0.0, 1]).x, [2.0, 2.0])
    found = minimize(lambda p: (p[0] - 1.0) ** 2 + np.sum(p[1] ** 2), (0.0, np.ones(2)))
    assert found.x[0] == pytest.approx(1.0)


def test_bounds() -> None:
    x0 = {"w": np.zeros(2), "b": -3.0}
    found = minimize(
        loss,
        x0,
        5.0,
        method="L-BFGS-B",
        bounds=({"w": 0.0, "b": -3.0}, {"w": np.array([1.0, 9.0]), "b": -2.5}),
    )
    np.testing.assert_allclose(found.x["w"], [1.0, 5.0], rtol=1e-5)
    assert found.x["b"] == pytest.approx(-2.5)
    for bounds in ([(0, 0.5), (0, 9)], Bounds([0, 0], [0.5, 9])):
        found = minimize(lambda x: np.sum((x - 2.0) ** 2), np.zeros(2), bounds=bounds)
        np.testing.assert_allclose(found.x, [0.5, 2.0], rtol=1e-6)


CONSTRAINTS: list[tuple[str, Any]] = [
    ("SLSQP", {"type": "ineq", "fun": lambda p: 1.0 - np.sum(p["x"] ** 2)}),
    ("SLSQP", [{"type": "ineq", "fun": lambda p, r: r - np.sum(p["x"] ** 2), "args": (1.0,)}]),
    ("trust-constr", NonlinearConstraint(lambda p: np.sum(p["x"] ** 2), -np.inf, 1.0, hess=BFGS())),
]


@pytest.mark.parametrize(("method", "constraint"), CONSTRAINTS)
def test_constraints(method: str, constraint: Any) -> None:
    """Their functions take the parameters and get a Jacobian."""
    found = minimize(
        lambda p: -np.sum(p["x"]), {"x": np.array([0.1, 0.2])}, method=method, constraints=constraint
    )
    np.testing.assert_allclose(found.x["x"], np.full(2, 0.5**0.5), atol=1e-4)


def test_linear_constraint() -> None:
    constraint = LinearConstraint(np.ones((1, 2)), -np.inf, 1.0)
    found = minimize(lambda x: np.sum((x - 2.0) ** 2), np.zeros(2), method="SLSQP", constraints=constraint)
    np.testing.assert_allclose(found.x, [0.5, 0.5], atol=1e-6)


def test_callback() -> None:
    """It gets the parameters, by either of SciPy's signatures."""
    seen: list[Any] = []
    minimize(loss, {"w": np.zeros(1), "b": 0.0}, 1.0, method="BFGS", callback=lambda p: seen.append(p["w"]))

    def with_result(*, intermediate_result: Any) -> None:
        seen.append(intermediate_result.x["w"])

    minimize(loss, {"w": np.zeros(1), "b": 0.0}, 1.0, method="BFGS", callback=with_result)
    assert len(seen) > 2
    assert all(w.shape == (1,) for w in seen)


def test_strategy_for_the_hessian() -> None:
    found = minimize(rosenbrock, START, method="trust-constr", hess=BFGS())
    np.testing.assert_allclose(found.x, np.ones(3), atol=1e-4)


def test_on_a_device() -> None:
    """The function sees parameters of the device, and the result is there."""

    def far(params: Any) -> Any:
        assert not isinstance(params["w"], np.ndarray)
        return ((params["w"] - 2.0) ** 2).sum()

    found = minimize(far, {"w": to_mock(np.zeros(2))})
    assert isinstance(found.x["w"], MockArray)
    np.testing.assert_allclose(found.x["w"].get(), [2.0, 2.0])


def test_minimize_errors() -> None:
    with pytest.raises(NotDifferentiableInputError) as wrong:
        minimize(loss, {"w": np.zeros(2, int), "b": 0.0}, 1.0)
    assert str(wrong.value).startswith("minimize: `x0['w']` is not a real floating point array.")
    with pytest.raises(UnsupportedError) as traced:
        grad(lambda a: minimize(lambda x: (x - a) ** 2, 0.0).x)(1.0)
    assert str(traced.value).startswith("minimize is not differentiable, and cannot be called")
    with pytest.raises(ArgumentError, match="the Hessian is computed here"):
        minimize(rosenbrock, START, method="trust-exact", hess=scipy.optimize.rosen_hess)
    for call in (
        lambda: optimize.least_squares(rosenbrock, START, jac="2-point"),
        lambda: optimize.curve_fit(lambda t, a: a * t, np.ones(3), np.ones(3), jac="2-point"),
        lambda: root(lambda x: x, START, jac=True),  # type: ignore[arg-type]
    ):
        with pytest.raises(ArgumentError, match="the Jacobian is computed here"):
            call()


# --- fits --------------------------------------------------------------------------------------------

T = np.linspace(0.0, 2.0, 9)


def model(t: Any, a: Any, k: Any) -> Any:
    return a * np.exp(-k * t)


def test_least_squares() -> None:
    data = model(T, 2.0, 0.7)
    x0 = {"k": np.ones(1), "a": 1.0}
    found = optimize.least_squares(lambda p, d: {"r": model(T, p["a"], p["k"]) - d}, x0, args=(data,))
    assert found.x["a"] == pytest.approx(2.0)
    np.testing.assert_allclose(found.x["k"], [0.7], rtol=1e-6)
    assert found.jac.shape == (9, 2)


def test_curve_fit() -> None:
    """SciPy's numbers, with an exact Jacobian."""
    data = model(T, 2.0, 0.7) + 0.01 * np.cos(9 * T)
    for options in ({}, {"sigma": 0.1 + T, "absolute_sigma": True}, {"bounds": (0, 5)}):
        have = optimize.curve_fit(model, T, data, **options)
        want = scipy.optimize.curve_fit(model, T, data, **options)
        np.testing.assert_allclose(have[0], want[0], rtol=1e-6)
        np.testing.assert_allclose(have[1], want[1], rtol=1e-4)


# --- roots -------------------------------------------------------------------------------------------


def circles(x: Any, r: Any, shift: Any) -> Any:
    """Where a circle meets a shifted parabola."""
    return [x[0] ** 2 + x[1] ** 2 - r, x[1] - x[0] ** 2 - shift]


def solution(r: Any, shift: Any) -> Any:
    """The root of ``circles``: y + y**2 = r + shift."""
    y = -0.5 + np.sqrt(0.25 + r + shift)
    return np.stack([np.sqrt(y - shift), y])


POINT = (3.0, 0.2)
NEAR = np.array([1.0, 1.0])
TIGHT: dict[str, Any] = {"tol": 1e-12}


@pytest.mark.parametrize("method", ["hybr", "lm", "krylov", "broyden1"])
def test_root_values(method: str) -> None:
    found = root(circles, NEAR, POINT, method=method)
    assert found.success
    np.testing.assert_allclose(found.x, solution(*POINT), rtol=1e-4)
    have = vjp(lambda r: root(circles, NEAR, (r, 0.2), method=method).x, 3.0)[0]
    np.testing.assert_array_equal(have, found.x, strict=True)


def test_root_derivatives() -> None:
    """Both modes, both arguments, second order."""

    def solve(r: Any, shift: Any) -> Any:
        return root(circles, NEAR, (r, shift), **TIGHT).x

    for of in (jacfwd, jacrev, hessian):
        for argument in (0, 1):
            have, want = of(solve, argument)(*POINT), of(solution, argument)(*POINT)
            np.testing.assert_allclose(have, want, rtol=1e-9, atol=1e-12)
    check_grads(solve, POINT, order=2)


def test_root_of_a_tree() -> None:
    def equations(x: Any, p: Any) -> Any:
        return {"a": x["a"] ** 2 - p["c"], "b": x["b"] - x["a"] * p["d"][0]}

    def solve(p: Any) -> Any:
        return root(equations, {"a": np.ones((1, 2)), "b": np.ones((1, 2))}, (p,), **TIGHT).x["b"]

    p = {"c": np.array([[2.0, 3.0]]), "d": [0.5], "name": "text"}
    np.testing.assert_allclose(solve(p), 0.5 * np.sqrt(p["c"]), rtol=1e-12)
    found = grad(lambda c: solve({**p, "c": c}).sum())(p["c"])
    np.testing.assert_allclose(found, 0.25 / np.sqrt(p["c"]), rtol=1e-10)


def test_root_batched_and_compiled() -> None:
    r = np.array([2.0, 3.0, 4.0])

    def solve(r: Any) -> Any:
        return root(circles, NEAR, (r, 0.2), **TIGHT).x

    np.testing.assert_array_equal(vmap(solve)(r), np.stack([solve(x) for x in r]))
    want = np.stack([jacfwd(solution)(x, 0.2) for x in r])
    np.testing.assert_allclose(vmap(jacrev(solve))(r), want, rtol=1e-9)
    np.testing.assert_allclose(jit(jacfwd(solve))(3.0), want[1], rtol=1e-9)
    np.testing.assert_array_equal(jit(solve)(3.0), solve(3.0))


def heron(x: Any, a: Any) -> Any:
    return 0.5 * (x + a / x)


@pytest.mark.parametrize("x0", [1.0, np.array([1.0, 2.0]), [1.0, 1.5]])
@pytest.mark.parametrize("method", ["del2", "iteration"])
def test_fixed_points(x0: Any, method: str) -> None:
    a = 2.0 if type(x0) is float else np.array([2.0, 3.0])

    def solve(a: Any) -> Any:
        return fixed_point(heron, x0, (a,), xtol=1e-12, method=method)

    want = scipy.optimize.fixed_point(heron, x0, (a,), xtol=1e-12, method=method)
    np.testing.assert_array_equal(vjp(solve, a)[0], want)
    check_grads(solve, (a,), order=2)
    np.testing.assert_allclose(jvp(solve, (a,), (np.ones_like(a),))[1], 0.5 / np.sqrt(a), rtol=1e-10)


def test_fixed_point_of_a_tree() -> None:
    def half(x: Any, a: Any) -> Any:
        return {"x": heron(x["x"], a)}

    found = fixed_point(half, {"x": np.ones((1, 2))}, (np.array([2.0, 3.0]),))
    np.testing.assert_allclose(found["x"], np.sqrt([[2.0, 3.0]]))
    back = grad(lambda a: fixed_point(half, {"x": np.ones((1, 2))}, (a,))["x"].sum())(np.array([2.0, 3.0]))
    np.testing.assert_allclose(back, 0.5 / np.sqrt([2.0, 3.0]))


def kepler(E: Any, e: Any, m: Any) -> Any:
    return E - e * np.sin(E) - m


@pytest.mark.parametrize("compiled", [False, True])
def test_roots_of_one_number(compiled: bool) -> None:
    """Values are SciPy's; derivatives are those of Kepler's equation."""
    solvers = {
        "brentq": lambda e, m: brentq(kepler, 0.0, 4.0, (e, m)),
        "secant": lambda e, m: newton(kepler, 1.0, args=(e, m)),
        "newton": lambda e, m: newton(kepler, 1.0, lambda E, e, m: 1.0 - e * np.cos(E), (e, m), tol=1e-14),
    }
    for solve in solvers.values():
        E, (by_e, by_m) = solve(0.3, 1.0), grad(jit(solve) if compiled else solve, argnums=(0, 1))(0.3, 1.0)
        assert vjp(solve, 0.3, 1.0)[0] == E
        assert by_e == pytest.approx(np.sin(E) / (1 - 0.3 * np.cos(E)), rel=1e-12)
        assert by_m == pytest.approx(1 / (1 - 0.3 * np.cos(E)), rel=1e-12)
        check_grads(solve, (0.3, 1.0), order=2, rtol=1e-6)


def test_newton_of_an_array() -> None:
    a = np.array([2.0, 3.0])

    def solve(a: Any) -> Any:
        return newton(lambda x, a: x**2 - a, np.ones(2), lambda x, a: 2.0 * x, (a,))

    np.testing.assert_array_equal(vjp(solve, a)[0], solve(a))
    np.testing.assert_allclose(jacrev(solve)(a), np.diag(0.5 / np.sqrt(a)), rtol=1e-10, atol=1e-14)


def test_root_errors() -> None:
    with pytest.raises(ArgumentError) as nowhere:
        grad(lambda a: root(lambda x, a: x**2 + a, np.ones(1), (a,)).x[0])(1.0)
    assert str(nowhere.value).startswith(
        "root: no solution was found, and there is no derivative at what was."
    )
    with pytest.raises(np.linalg.LinAlgError):
        grad(lambda a: root(lambda x, a: (x - a) ** 2 * np.zeros(1), np.ones(1), (a,)).x[0])(1.0)
    for call, text in (
        (
            lambda a: optimize.root_scalar(kepler, (a, 1.0), bracket=(0, 4)).root,
            "root_scalar: it does not work",
        ),
        (lambda a: brentq(kepler, 0.0, 4.0 * a, (a, 1.0)), "brentq: a traced bound does not work"),
        (lambda a: brentq(kepler, 0.0, 4.0, (a, 1.0), full_output=True)[0], "brentq: full_output=True"),
    ):
        with pytest.raises(UnsupportedError) as refused:
            grad(call)(0.3)
        assert str(refused.value).startswith(text)


def test_plain_values_are_scipys() -> None:
    assert brentq(kepler, 0.0, 4.0, (0.3, 1.0)) == scipy.optimize.brentq(kepler, 0.0, 4.0, (0.3, 1.0))
    assert newton(kepler, 1.0, None, (0.3, 1.0)) == scipy.optimize.newton(kepler, 1.0, None, (0.3, 1.0))
    have = optimize.root_scalar(kepler, (0.3, 1.0), bracket=(0, 4))
    assert have.root == scipy.optimize.root_scalar(kepler, (0.3, 1.0), bracket=(0, 4)).root
