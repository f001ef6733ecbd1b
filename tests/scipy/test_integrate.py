"""Integrals of samples, and solutions of differential equations, against SciPy and known solutions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.integrate

from funcgrad import grad, hessian, jacfwd, jacrev, jit, jvp, linearize, vjp, vmap
from funcgrad.errors import ClosedOverTracerError, UnsupportedError
from funcgrad.scipy import integrate
from funcgrad.scipy.integrate import odeint
from funcgrad.testing import check_grads, numerical_jacobian
from tests.mock_device import to_mock

RNG = np.random.default_rng(3)
TIMES = np.array([0.0, 0.3, 1.1, 2.0])


# --- samples -----------------------------------------------------------------------------------------

RULES = ("trapezoid", "simpson", "cumulative_trapezoid")
FORMS: list[tuple[Any, dict[str, Any]]] = [
    ((5,), {}),
    ((6,), {"dx": 0.5}),
    ((2,), {}),
    ((1,), {}),
    ((3, 4), {"axis": 0}),
    ((3, 4), {"x": np.array([0.0, 0.5, 0.7, 2.0])}),
    ((2, 5), {"x": np.array([0.0, 0.5, 0.7, 2.0, 2.5])}),
    ((4, 2), {"x": np.cumsum(RNG.uniform(0.5, 1.0, (4, 2)), axis=0), "axis": 0}),
]


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(("shape", "form"), FORMS)
def test_samples(name: str, shape: Any, form: Any) -> None:
    """SciPy's value, plain bit for bit and traced to rounding; derivatives by samples and points."""
    y = RNG.normal(size=shape)
    ours, theirs = getattr(integrate, name), getattr(scipy.integrate, name)
    want = theirs(y, **form)
    np.testing.assert_array_equal(ours(y, **form), want, strict=True)
    np.testing.assert_allclose(vjp(lambda y: ours(y, **form), y)[0], want, rtol=1e-13, atol=1e-15)
    check_grads(lambda y: ours(y, **form), (y,), order=2)
    if "x" in form:
        rest = {k: v for k, v in form.items() if k != "x"}
        check_grads(lambda x: ours(y, x=x, **rest), (form["x"],), order=2)


def test_initial_zero() -> None:
    y = RNG.normal(size=(2, 3))
    want = scipy.integrate.cumulative_trapezoid(y, axis=0, initial=0)
    np.testing.assert_allclose(
        vjp(lambda y: integrate.cumulative_trapezoid(y, axis=0, initial=0), y)[0], want, rtol=1e-14
    )


def test_samples_compiled_and_batched() -> None:
    y = RNG.normal(size=(3, 6))
    for name in RULES:
        rule = getattr(integrate, name)
        np.testing.assert_allclose(vmap(rule)(y), rule(y), rtol=1e-13)
        np.testing.assert_allclose(jit(rule)(y), rule(y), rtol=1e-13)


# --- differential equations ----------------------------------------------------------------------------


def decay(y: Any, t: Any, rate: Any) -> Any:
    return -rate * y


def decayed(y0: Any, t: Any, rate: Any) -> Any:
    """The solution of ``decay``."""
    return y0 * np.exp(-rate * (t - t[0]))[:, None]


def spring(state: Any, t: Any, stiffness: Any) -> Any:
    return [state[1], -stiffness * state[0]]


def oscillated(y0: Any, t: Any, stiffness: Any) -> Any:
    """The solution of ``spring``."""
    w, s = np.sqrt(stiffness), t - t[0]
    position = y0[0] * np.cos(w * s) + y0[1] / w * np.sin(w * s)
    velocity = y0[1] * np.cos(w * s) - y0[0] * w * np.sin(w * s)
    return np.stack([position, velocity], axis=1)


def heated(y: Any, t: Any, rate: Any) -> Any:
    """A right side that depends on time."""
    return rate * np.cos(t) + 0.0 * y


def warmed(y0: Any, t: Any, rate: Any) -> Any:
    """The solution of ``heated``."""
    return y0 + rate * (np.sin(t) - np.sin(t[0]))[:, None]


KNOWN = {"decay": (decay, decayed), "spring": (spring, oscillated), "heated": (heated, warmed)}
POINT = (np.array([1.0, -0.5]), TIMES, 1.7)
CLOSE = {"rtol": 1e-6, "atol": 1e-6}


def predators(state: Any, t: Any, a: Any, b: Any) -> Any:
    """Lotka and Volterra."""
    x, y = state
    return np.stack([a * x - b * x * y, b * x * y - y])


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("times", [TIMES, TIMES[::-1].copy()])
def test_value_is_scipys(name: str, times: Any) -> None:
    """Bit for bit, plain, traced and compiled, also backwards in time."""
    y0, _, p = POINT
    want = scipy.integrate.odeint(KNOWN[name][0], y0, times, (p,))

    def solve(y0: Any, p: Any) -> Any:
        return odeint(KNOWN[name][0], y0, times, (p,))

    np.testing.assert_array_equal(solve(y0, p), want, strict=True)
    np.testing.assert_array_equal(vjp(solve, y0, p)[0], want, strict=True)
    np.testing.assert_array_equal(jvp(solve, (y0, p), (y0, 1.0))[0], want, strict=True)
    np.testing.assert_array_equal(jit(solve)(y0, p), want, strict=True)


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("argument", [0, 1, 2])
def test_derivatives_of_known_solutions(name: str, argument: int) -> None:
    """By the initial value, by every time, and by the argument; both modes, to the tolerance."""
    func, solution = KNOWN[name]

    def solve(*point: Any) -> Any:
        return odeint(func, point[0], point[1], point[2:])

    want = jacfwd(solution, argument)(*POINT)
    np.testing.assert_allclose(jacrev(solve, argument)(*POINT), want, **CLOSE)
    np.testing.assert_allclose(jacfwd(solve, argument)(*POINT), want, **CLOSE)


def test_second_order() -> None:
    """Forward over reverse and reverse over reverse."""

    def last(solver: Any) -> Any:
        return lambda p: solver(p)[-1].sum()

    for func, solution in KNOWN.values():
        f = last(lambda p, func=func: odeint(func, POINT[0], TIMES, (p,)))
        g = last(lambda p, solution=solution: solution(POINT[0], TIMES, p))
        np.testing.assert_allclose(hessian(f)(1.7), hessian(g)(1.7), **CLOSE)
        np.testing.assert_allclose(grad(grad(f))(1.7), hessian(g)(1.7), **CLOSE)


def test_lotka_volterra_against_differences() -> None:
    def solve(y0: Any, a: Any, b: Any) -> Any:
        return odeint(predators, y0, TIMES, (a, b), rtol=1e-11, atol=1e-11)

    point = (np.array([1.0, 0.6]), 1.1, 0.8)
    check_grads(solve, point, order=1, rtol=1e-6, atol=1e-6)
    want = numerical_jacobian(lambda y: solve(y, 1.1, 0.8), point[0])
    np.testing.assert_allclose(jacrev(solve)(*point), want, rtol=1e-6, atol=1e-7)


def test_trees() -> None:
    """State and arguments are trees; the output has the times in front of every leaf."""

    def rhs(state: Any, t: Any, params: Any) -> Any:
        return {"w": -params["k"] * state["w"], "v": params["m"] @ state["w"]}

    y0 = {"w": np.ones((2, 1), np.float32), "v": np.zeros((2, 1))}
    params = {"k": 0.5, "m": np.array([[1.0, 2.0], [0.0, 1.0]]), "name": "text", "n": 3}

    def total(y0: Any, k: Any, m: Any) -> Any:
        out = odeint(rhs, y0, TIMES, ({**params, "k": k, "m": m},))
        assert out["w"].shape == (4, 2, 1)
        return out["v"][-1].sum()

    found = grad(total, argnums=(0, 1, 2))(y0, 0.5, params["m"])
    s = (1 - np.exp(-1.0)) / 0.5
    np.testing.assert_allclose(found[0]["w"], s * params["m"].sum(axis=0)[:, None], rtol=1e-6)
    np.testing.assert_allclose(found[2], np.full((2, 2), s), rtol=1e-6)
    assert found[0]["w"].dtype == np.float32
    assert type(found[1]) is float


def test_batched_is_the_loop() -> None:
    rates = np.array([[0.5, 1.0], [1.5, 2.0], [0.1, 0.2]])
    y0 = np.array([1.0, 2.0])

    def solve(rate: Any) -> Any:
        return odeint(decay, y0, TIMES, (rate,))

    want = np.stack([[solve(r) for r in row] for row in rates])
    np.testing.assert_array_equal(vmap(vmap(solve))(rates), want, strict=True)
    found = vmap(grad(lambda r: solve(r)[-1].sum()))(rates[:, 0])
    np.testing.assert_allclose(found, -2.0 * 3.0 * np.exp(-2.0 * rates[:, 0]), **CLOSE)


def test_linearized_and_compiled() -> None:
    _, push = linearize(lambda p: odeint(decay, POINT[0], TIMES, (p,)), 1.7)
    want = jvp(lambda p: decayed(POINT[0], TIMES, p), (1.7,), (2.0,))[1]
    np.testing.assert_allclose(push(2.0), want, **CLOSE)
    compiled = jit(grad(lambda p: odeint(decay, POINT[0], TIMES, (p,))[-1].sum()))
    np.testing.assert_allclose(compiled(1.7), -2.0 * 0.5 * np.exp(-3.4), **CLOSE)


def test_options() -> None:
    """``tfirst``, ``Dfun`` and tolerances for each component, also on traced values."""
    options: dict[str, Any] = {"rtol": np.full(2, 1e-9), "atol": np.full(2, 1e-9), "tfirst": True}
    options["Dfun"] = lambda t, y, p: -p * np.eye(2)

    def solve(p: Any) -> Any:
        return odeint(lambda t, y, p: -p * y, POINT[0], TIMES, p, **options)

    want = scipy.integrate.odeint(lambda t, y, p: -p * y, POINT[0], TIMES, (1.7,), **options)
    value, tangent = jvp(solve, (1.7,), (1.0,))
    np.testing.assert_array_equal(value, want, strict=True)
    np.testing.assert_allclose(
        tangent, jacfwd(lambda p: decayed(POINT[0], TIMES, p))(1.7), rtol=1e-7, atol=1e-8
    )


def test_errors() -> None:
    def refused(**options: Any) -> str:
        with pytest.raises(UnsupportedError) as error:
            grad(lambda p: odeint(decay, POINT[0], TIMES, (p,), **options).sum())(1.0)
        return str(error.value).splitlines()[0]

    for name in ("full_output", "tcrit"):
        assert refused(**{name: [1.0]}) == (
            f"odeint: `{name}` is for plain values, and for states that are vectors."
        )
    with pytest.raises(ClosedOverTracerError):
        grad(lambda p: odeint(lambda y, t: -p * y, POINT[0], TIMES).sum())(1.0)
    for y0 in (np.ones(2) * 1j, to_mock(np.ones(2))):
        with pytest.raises(UnsupportedError) as error:
            grad(lambda p, y0=y0: odeint(decay, {"y": y0}, TIMES, (p,))["y"].sum())(1.0)
        assert str(error.value).startswith("odeint: SciPy computes with real numbers, and on the host.")
    for refuse in (
        lambda y: integrate.cumulative_simpson(y),
        lambda y: integrate.solve_ivp(decay, (0, 1), y).y,
    ):
        with pytest.raises(UnsupportedError, match="does not work on traced values"):
            vjp(refuse, np.ones(3))
