"""The test functions of Moré, Garbow and Hillstrom: gradients and Hessians beside mpmath's, to ten digits.

J. J. Moré, B. S. Garbow, K. E. Hillstrom (1981), "Testing unconstrained optimization software", ACM TOMS 7,
17-41. The numbers of the functions are the paper's. Each is written once, in terms of a namespace ``m`` with
``exp`` and its like, and evaluated on traced arrays and on mpmath's numbers with 40 digits, which mpmath
differentiates by differences of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.optimize

from funcgrad import grad, hessian, hvp, jit

Residuals = Callable[[Any, Any], list[Any]]
CASES: dict[str, tuple[Residuals, list[float]]] = {}


def case(*start: float) -> Callable[[Residuals], Residuals]:
    """Enter a function with its standard starting point."""

    def enter(residuals: Residuals) -> Residuals:
        CASES[residuals.__name__] = (residuals, list(start))
        return residuals

    return enter


@case(-1.2, 1.0)
def f01_rosenbrock(m: Any, x: Any) -> list[Any]:
    return [10 * (x[1] - x[0] ** 2), 1 - x[0]]


@case(0.5, -2.0)
def f02_freudenstein_roth(m: Any, x: Any) -> list[Any]:
    a, b = x[0], x[1]
    return [-13 + a + ((5 - b) * b - 2) * b, -29 + a + ((b + 1) * b - 14) * b]


@case(0.0, 1.0)
def f03_powell_badly_scaled(m: Any, x: Any) -> list[Any]:
    return [1e4 * x[0] * x[1] - 1, m.exp(-x[0]) + m.exp(-x[1]) - 1.0001]


@case(1.0, 1.0)
def f04_brown_badly_scaled(m: Any, x: Any) -> list[Any]:
    return [x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2]


@case(1.0, 1.0)
def f05_beale(m: Any, x: Any) -> list[Any]:
    return [y - x[0] * (1 - x[1] ** i) for i, y in enumerate((1.5, 2.25, 2.625), 1)]


@case(0.3, 0.4)
def f06_jennrich_sampson(m: Any, x: Any) -> list[Any]:
    return [2 + 2 * i - (m.exp(i * x[0]) + m.exp(i * x[1])) for i in range(1, 11)]


@case(-1.0, 0.3, 0.1)
def f07_helical_valley(m: Any, x: Any) -> list[Any]:
    """Not from the standard point (-1, 0, 0), on the edge of the branch that the difference would cross."""
    angle = m.atan(x[1] / x[0]) / (2 * m.pi) + 0.5
    return [10 * (x[2] - 10 * angle), 10 * (m.sqrt(x[0] ** 2 + x[1] ** 2) - 1), x[2]]


@case(1.0, 1.0, 1.0)
def f08_bard(m: Any, x: Any) -> list[Any]:
    y = (0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39)
    return [v - (x[0] + i / ((16 - i) * x[1] + min(i, 16 - i) * x[2])) for i, v in enumerate(y, 1)]


@case(0.4, 1.0, 0.0)
def f09_gaussian(m: Any, x: Any) -> list[Any]:
    y = (0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989)
    y = (*y, *y[-2::-1])
    return [x[0] * m.exp(-x[1] * ((8 - i) / 2 - x[2]) ** 2 / 2) - v for i, v in enumerate(y, 1)]


@case(0.02, 4000.0, 250.0)
def f10_meyer(m: Any, x: Any) -> list[Any]:
    y = (
        34780,
        28610,
        23650,
        19630,
        16370,
        13720,
        11540,
        9744,
        8261,
        7030,
        6005,
        5147,
        4427,
        3820,
        3307,
        2872,
    )
    return [x[0] * m.exp(x[1] / (45 + 5 * i + x[2])) - v for i, v in enumerate(y, 1)]


@case(5.0, 2.5, 0.15)
def f11_gulf(m: Any, x: Any) -> list[Any]:
    found = []
    for i in range(1, 11):
        y = 25 + (-50 * math.log(i / 100)) ** (2 / 3)
        found.append(m.exp(-(abs(y - x[1]) ** x[2]) / x[0]) - i / 100)
    return found


@case(0.0, 10.0, 20.0)
def f12_box(m: Any, x: Any) -> list[Any]:
    times = [i / 10 for i in range(1, 11)]
    return [m.exp(-t * x[0]) - m.exp(-t * x[1]) - x[2] * (math.exp(-t) - math.exp(-10 * t)) for t in times]


@case(3.0, -1.0, 0.0, 1.0)
def f13_powell_singular(m: Any, x: Any) -> list[Any]:
    a, b, c, d = x[0], x[1], x[2], x[3]
    return [a + 10 * b, math.sqrt(5) * (c - d), (b - 2 * c) ** 2, math.sqrt(10) * (a - d) ** 2]


@case(-3.0, -1.0, -3.0, -1.0)
def f14_wood(m: Any, x: Any) -> list[Any]:
    a, b, c, d = x[0], x[1], x[2], x[3]
    return [
        10 * (b - a**2),
        1 - a,
        math.sqrt(90) * (d - c**2),
        1 - c,
        math.sqrt(10) * (b + d - 2),
        (b - d) / math.sqrt(10),
    ]


@case(0.25, 0.39, 0.415, 0.39)
def f15_kowalik_osborne(m: Any, x: Any) -> list[Any]:
    y = (0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246)
    u = (4.0, 2.0, 1.0, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625)
    return [v - x[0] * (t**2 + t * x[1]) / (t**2 + t * x[2] + x[3]) for v, t in zip(y, u, strict=True)]


@case(25.0, 5.0, -5.0, -1.0)
def f16_brown_dennis(m: Any, x: Any) -> list[Any]:
    times = [i / 5 for i in range(1, 21)]
    return [
        (x[0] + t * x[1] - math.exp(t)) ** 2 + (x[2] + x[3] * math.sin(t) - math.cos(t)) ** 2 for t in times
    ]


@case(0.5, 1.5, -1.0, 0.01, 0.02)
def f17_osborne_1(m: Any, x: Any) -> list[Any]:
    y = (0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658)
    y = (*y, 0.628, 0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431)
    y = (*y, 0.424, 0.420, 0.414, 0.411, 0.406)
    return [v - (x[0] + x[1] * m.exp(-10 * i * x[3]) + x[2] * m.exp(-10 * i * x[4])) for i, v in enumerate(y)]


@case(1.0, 2.0, 1.0, 1.0, 1.0, 1.0)
def f18_biggs(m: Any, x: Any) -> list[Any]:
    found = []
    for t in (i / 10 for i in range(1, 14)):
        y = math.exp(-t) - 5 * math.exp(-10 * t) + 3 * math.exp(-4 * t)
        found.append(x[2] * m.exp(-t * x[0]) - x[3] * m.exp(-t * x[1]) + x[5] * m.exp(-t * x[4]) - y)
    return found


@case(*[0.1] * 6)
def f20_watson(m: Any, x: Any) -> list[Any]:
    found = [x[0], x[1] - x[0] ** 2 - 1]
    for t in (i / 29 for i in range(1, 30)):
        slope = sum(j * x[j] * t ** (j - 1) for j in range(1, len(x)))
        found.append(slope - sum(x[j] * t**j for j in range(len(x))) ** 2 - 1)
    return found


@case(*[-1.2, 1.0] * 4)
def f21_extended_rosenbrock(m: Any, x: Any) -> list[Any]:
    pairs = range(0, len(x), 2)
    return [10 * (x[i + 1] - x[i] ** 2) for i in pairs] + [1 - x[i] for i in pairs]


@case(*[3.0, -1.0, 0.0, 1.0] * 2)
def f22_extended_powell(m: Any, x: Any) -> list[Any]:
    return [r for i in range(0, len(x), 4) for r in f13_powell_singular(m, [x[i + k] for k in range(4)])]


@case(1.0, 2.0, 3.0, 4.0)
def f23_penalty_1(m: Any, x: Any) -> list[Any]:
    n = len(x)
    return [*(math.sqrt(1e-5) * (x[i] - 1) for i in range(n)), sum(x[i] ** 2 for i in range(n)) - 0.25]


@case(0.5, 0.5, 0.5, 0.5)
def f24_penalty_2(m: Any, x: Any) -> list[Any]:
    n, root = len(x), math.sqrt(1e-5)
    found = [x[0] - 0.2]
    for i in range(1, n):
        y = math.exp((i + 1) / 10) + math.exp(i / 10)
        found.append(root * (m.exp(x[i] / 10) + m.exp(x[i - 1] / 10) - y))
        found.append(root * (m.exp(x[i] / 10) - math.exp(-0.1)))
    return [*found, sum((n - j) * x[j] ** 2 for j in range(n)) - 1]


@case(*[1 - j / 6 for j in range(1, 7)])
def f25_variably_dimensioned(m: Any, x: Any) -> list[Any]:
    total = sum((j + 1) * (x[j] - 1) for j in range(len(x)))
    return [*(x[j] - 1 for j in range(len(x))), total, total**2]


@case(*[0.2] * 5)
def f26_trigonometric(m: Any, x: Any) -> list[Any]:
    n = len(x)
    total = sum(m.cos(x[j]) for j in range(n))
    return [n - total + (i + 1) * (1 - m.cos(x[i])) - m.sin(x[i]) for i in range(n)]


@case(*[0.5] * 5)
def f27_brown_almost_linear(m: Any, x: Any) -> list[Any]:
    n = len(x)
    total, product = sum(x[j] for j in range(n)), 1
    for j in range(n):
        product = product * x[j]
    return [*(x[i] + total - (n + 1) for i in range(n - 1)), product - 1]


def grid(n: int) -> list[float]:
    return [i / (n + 1) for i in range(1, n + 1)]


@case(*[t * (t - 1) for t in grid(6)])
def f28_discrete_boundary_value(m: Any, x: Any) -> list[Any]:
    n, h = len(x), 1 / (len(x) + 1)
    around = [0, *(x[i] for i in range(n)), 0]
    return [
        2 * x[i] - around[i] - around[i + 2] + h**2 * (x[i] + t + 1) ** 3 / 2 for i, t in enumerate(grid(n))
    ]


@case(*[t * (t - 1) for t in grid(5)])
def f29_discrete_integral(m: Any, x: Any) -> list[Any]:
    n, times = len(x), grid(len(x))
    cubes = [(x[j] + t + 1) ** 3 for j, t in enumerate(times)]
    found = []
    for i, t in enumerate(times):
        before = sum(times[j] * cubes[j] for j in range(i + 1))
        after = sum((1 - times[j]) * cubes[j] for j in range(i + 1, n))
        found.append(x[i] + ((1 - t) * before + t * after) / (2 * (n + 1)))
    return found


@case(*[-1.0] * 6)
def f30_broyden_tridiagonal(m: Any, x: Any) -> list[Any]:
    n = len(x)
    around = [0, *(x[i] for i in range(n)), 0]
    return [(3 - 2 * x[i]) * x[i] - around[i] - 2 * around[i + 2] + 1 for i in range(n)]


@case(*[-1.0] * 8)
def f31_broyden_banded(m: Any, x: Any) -> list[Any]:
    n = len(x)
    found = []
    for i in range(n):
        band = [j for j in range(max(0, i - 5), min(n, i + 2)) if j != i]
        found.append(x[i] * (2 + 5 * x[i] ** 2) + 1 - sum(x[j] * (1 + x[j]) for j in band))
    return found


@case(*[1.0] * 4)
def f32_linear_full_rank(m: Any, x: Any) -> list[Any]:
    n, rows = len(x), 7
    total = 2 * sum(x[j] for j in range(n)) / rows
    return [x[i] - total - 1 for i in range(n)] + [-total - 1] * (rows - n)


@case(*[1.0] * 4)
def f33_linear_rank_1(m: Any, x: Any) -> list[Any]:
    total = sum((j + 1) * x[j] for j in range(len(x)))
    return [i * total - 1 for i in range(1, 8)]


@case(*[j / 6 for j in range(1, 6)])
def f35_chebyquad(m: Any, x: Any) -> list[Any]:
    n = len(x)
    now = [2 * x[j] - 1 for j in range(n)]
    before: list[Any] = [1] * n
    found = []
    for i in range(1, n + 1):
        integral = 0 if i % 2 else -1 / (i * i - 1)
        found.append(sum(now) / n - integral)
        before, now = now, [2 * (2 * x[j] - 1) * now[j] - before[j] for j in range(n)]
    return found


class OfNumPy:
    """NumPy's functions under mpmath's names."""

    exp, sqrt, cos, sin, atan, pi = np.exp, np.sqrt, np.cos, np.sin, np.arctan, np.pi


def objective(residuals: Residuals) -> Callable[[Any], Any]:
    return lambda x: sum(r * r for r in residuals(OfNumPy, x))


def by_mpmath(residuals: Residuals, start: list[float]) -> tuple[Any, Any]:
    """Gradient and Hessian by differences of numbers with 40 digits."""
    n = len(start)
    with mpmath.workdps(40):
        point = [mpmath.mpf(v) for v in start]

        def f(*x: Any) -> Any:
            return sum(r * r for r in residuals(mpmath, list(x)))

        def partial(*which: int) -> float:
            return float(mpmath.diff(f, point, tuple(which.count(k) for k in range(n))))

        gradient = [partial(i) for i in range(n)]
        upper = {(i, j): partial(i, j) for i in range(n) for j in range(i, n)}
    return np.array(gradient), np.array([[upper[min(i, j), max(i, j)] for j in range(n)] for i in range(n)])


@pytest.mark.parametrize("name", CASES)
def test_gradient_and_hessian(name: str) -> None:
    residuals, start = CASES[name]
    f, x = objective(residuals), np.array(start)
    gradient, curvature = by_mpmath(residuals, start)
    for got, expected in (
        (grad(f)(x), gradient),
        (jit(grad(f))(x), gradient),
        (hessian(f)(x), curvature),
        (hvp(f, (x,), (np.ones_like(x),))[1], curvature.sum(axis=1)),
    ):
        scale = max(np.abs(expected).max(), 1e-10)
        assert np.abs(got - expected).max() <= 1e-10 * scale


def test_there_are_thirty_and_more() -> None:
    assert len(CASES) >= 32


def rosen(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


@pytest.mark.parametrize("n", [2, 5, 40])
def test_scipys_rosen(n: int) -> None:
    x, p = np.random.default_rng(n).normal(size=(2, n))
    assert rosen(x) == pytest.approx(scipy.optimize.rosen(x), rel=1e-13)
    np.testing.assert_allclose(grad(rosen)(x), scipy.optimize.rosen_der(x), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(hessian(rosen)(x), scipy.optimize.rosen_hess(x), rtol=1e-10, atol=1e-10)
    expected = scipy.optimize.rosen_hess_prod(x, p)
    np.testing.assert_allclose(hvp(rosen, (x,), (p,))[1], expected, rtol=1e-10, atol=1e-10)
