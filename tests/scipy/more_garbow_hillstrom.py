"""The test functions of Moré, Garbow and Hillstrom, for floats and for numbers of many digits.

J. J. Moré, B. S. Garbow and K. E. Hillstrom, "Testing Unconstrained Optimization Software", ACM Transactions
on Mathematical Software 7 (1981), 17-41. A function takes the point, and the namespace of its elementary
functions: NumPy, or one whose functions work on arrays of objects. Constants are floats, the same for both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Function = Callable[[Any, Any], Any]
Start = tuple[float, ...]


def numbers(text: str) -> Any:
    return np.array([float(word) for word in text.split()])


def squares(*residuals: Any) -> Any:
    """The sum of the squares of numbers and vectors."""
    total = 0.0
    for r in residuals:
        total = total + np.sum(r * r)
    return total


BARD = numbers("0.14 0.18 0.22 0.25 0.29 0.32 0.35 0.39 0.37 0.58 0.73 0.96 1.34 2.10 4.39")
GAUSS = numbers("0.0009 0.0044 0.0175 0.0540 0.1295 0.2420 0.3521 0.3989")
GAUSS = np.concatenate([GAUSS, GAUSS[-2::-1]])
MEYER = numbers(
    "34780 28610 23650 19630 16370 13720 11540 9744 8261 7030 6005 5147 4427 3820 3307 2872",
)
KOWALIK = numbers("0.1957 0.1947 0.1735 0.16 0.0844 0.0627 0.0456 0.0342 0.0323 0.0235 0.0246")
KOWALIK_U = numbers("4 2 1 0.5 0.25 0.167 0.125 0.1 0.0833 0.0714 0.0625")
OSBORNE_1 = numbers(
    ".844 .908 .932 .936 .925 .908 .881 .850 .818 .784 .751 .718 .685 .658 .628 .603 .580 .558 .538 .522 "
    ".506 .490 .478 .467 .457 .448 .438 .431 .424 .420 .414 .411 .406"
)
OSBORNE_2 = numbers(
    "1.366 1.191 1.112 1.013 .991 .885 .831 .847 .786 .725 .746 .679 .608 .655 .616 .606 .602 .626 .651 "
    ".724 .649 .649 .694 .644 .624 .661 .612 .558 .533 .495 .500 .423 .395 .375 .372 .391 .396 .405 .428 "
    ".429 .523 .562 .607 .653 .672 .708 .633 .668 .645 .632 .591 .559 .597 .625 .739 .710 .729 .720 .636 "
    ".581 .428 .292 .162 .098 .054"
)


def freudenstein_roth(x: Any, m: Any) -> Any:
    a, b = x
    return squares(-13.0 + a + ((5.0 - b) * b - 2.0) * b, -29.0 + a + ((b + 1.0) * b - 14.0) * b)


def powell_badly_scaled(x: Any, m: Any) -> Any:
    return squares(1e4 * x[0] * x[1] - 1.0, m.exp(-x[0]) + m.exp(-x[1]) - 1.0001)


def beale(x: Any, m: Any) -> Any:
    return squares(*[y - x[0] * (1.0 - x[1] ** i) for i, y in ((1, 1.5), (2, 2.25), (3, 2.625))])


def jennrich_sampson(x: Any, m: Any) -> Any:
    i = np.arange(1.0, 11.0)
    return squares(2.0 + 2.0 * i - (m.exp(i * x[0]) + m.exp(i * x[1])))


def helical_valley(x: Any, m: Any) -> Any:
    theta = m.arctan(x[1] / x[0]) / (2.0 * math.pi) + (0.5 if x[0] < 0 else 0.0)
    radius = m.sqrt(x[0] ** 2 + x[1] ** 2)
    return squares(10.0 * (x[2] - 10.0 * theta), 10.0 * (radius - 1.0), x[2])


def bard(x: Any, m: Any) -> Any:
    u = np.arange(1.0, 16.0)
    v = 16.0 - u
    return squares(BARD - (x[0] + u / (v * x[1] + np.minimum(u, v) * x[2])))


def gaussian(x: Any, m: Any) -> Any:
    t = (8.0 - np.arange(1.0, 16.0)) / 2.0
    return squares(x[0] * m.exp(-x[1] * (t - x[2]) ** 2 / 2.0) - GAUSS)


def meyer(x: Any, m: Any) -> Any:
    t = 45.0 + 5.0 * np.arange(1.0, 17.0)
    return squares(x[0] * m.exp(x[1] / (t + x[2])) - MEYER)


def gulf(x: Any, m: Any) -> Any:
    t = np.arange(1.0, 11.0) / 100.0
    y = 25.0 + (-50.0 * np.log(t)) ** (2.0 / 3.0)
    return squares(m.exp(-(abs(y - x[1]) ** x[2]) / x[0]) - t)


def box(x: Any, m: Any) -> Any:
    t = 0.1 * np.arange(1.0, 11.0)
    return squares(m.exp(-t * x[0]) - m.exp(-t * x[1]) - x[2] * (np.exp(-t) - np.exp(-10.0 * t)))


def powell_singular(x: Any, m: Any) -> Any:
    a, b, c, d = x[::4], x[1::4], x[2::4], x[3::4]
    return squares(a + 10.0 * b, 5.0**0.5 * (c - d), (b - 2.0 * c) ** 2, 10.0**0.5 * (a - d) ** 2)


def wood(x: Any, m: Any) -> Any:
    a, b, c, d = x
    first = squares(10.0 * (b - a**2), 1.0 - a, 90.0**0.5 * (d - c**2), 1.0 - c)
    return first + squares(10.0**0.5 * (b + d - 2.0), 0.1**0.5 * (b - d))


def kowalik_osborne(x: Any, m: Any) -> Any:
    u = KOWALIK_U
    return squares(KOWALIK - x[0] * (u**2 + u * x[1]) / (u**2 + u * x[2] + x[3]))


def brown_dennis(x: Any, m: Any) -> Any:
    t = np.arange(1.0, 21.0) / 5.0
    return squares((x[0] + t * x[1] - np.exp(t)) ** 2 + (x[2] + x[3] * np.sin(t) - np.cos(t)) ** 2)


def osborne_1(x: Any, m: Any) -> Any:
    t = 10.0 * np.arange(33.0)
    return squares(OSBORNE_1 - (x[0] + x[1] * m.exp(-t * x[3]) + x[2] * m.exp(-t * x[4])))


def biggs(x: Any, m: Any) -> Any:
    t = 0.1 * np.arange(1.0, 14.0)
    y = np.exp(-t) - 5.0 * np.exp(-10.0 * t) + 3.0 * np.exp(-4.0 * t)
    return squares(x[2] * m.exp(-t * x[0]) - x[3] * m.exp(-t * x[1]) + x[5] * m.exp(-t * x[4]) - y)


def osborne_2(x: Any, m: Any) -> Any:
    t = np.arange(65.0) / 10.0
    r = OSBORNE_2 - x[0] * m.exp(-t * x[4])
    for i in (1, 2, 3):
        r = r - x[i] * m.exp(-((t - x[7 + i]) ** 2) * x[4 + i])
    return squares(r)


def watson(x: Any, m: Any) -> Any:
    t = np.arange(1.0, 30.0)[:, None] / 29.0
    j = np.arange(len(x))
    slope = np.sum(j[1:] * x[1:] * t ** j[:-1], axis=1)
    value = np.sum(x * t**j, axis=1)
    return squares(slope - value**2 - 1.0, x[0], x[1] - x[0] ** 2 - 1.0)


def rosenbrock(x: Any, m: Any) -> Any:
    return squares(10.0 * (x[1::2] - x[::2] ** 2), 1.0 - x[::2])


def penalty_1(x: Any, m: Any) -> Any:
    return squares(1e-5**0.5 * (x - 1.0), np.sum(x * x) - 0.25)


def penalty_2(x: Any, m: Any) -> Any:
    n, root = len(x), 1e-5**0.5
    i = np.arange(2.0, n + 1.0)
    e = m.exp(x / 10.0)
    y = np.exp(i / 10.0) + np.exp((i - 1.0) / 10.0)
    last = np.sum((n - np.arange(float(n))) * x * x) - 1.0
    return squares(x[0] - 0.2, root * (e[1:] + e[:-1] - y), root * (e[1:] - math.exp(-0.1)), last)


def variably_dimensioned(x: Any, m: Any) -> Any:
    total = np.sum(np.arange(1.0, len(x) + 1.0) * (x - 1.0))
    return squares(x - 1.0, total, total**2)


def trigonometric(x: Any, m: Any) -> Any:
    n = len(x)
    i = np.arange(1.0, n + 1.0)
    return squares(n - np.sum(m.cos(x)) + i * (1.0 - m.cos(x)) - m.sin(x))


def brown_almost_linear(x: Any, m: Any) -> Any:
    return squares(x[:-1] + np.sum(x) - (len(x) + 1.0), np.prod(x) - 1.0)


def beside(x: Any) -> tuple[Any, Any]:
    """The neighbours before and behind, zero at the ends."""
    zero = np.zeros(1)
    return np.concatenate([zero, x[:-1]]), np.concatenate([x[1:], zero])


def discrete_boundary_value(x: Any, m: Any) -> Any:
    h = 1.0 / (len(x) + 1)
    t = h * np.arange(1.0, len(x) + 1.0)
    before, behind = beside(x)
    return squares(2.0 * x - before - behind + h**2 * (x + t + 1.0) ** 3 / 2.0)


def discrete_integral(x: Any, m: Any) -> Any:
    h = 1.0 / (len(x) + 1)
    t = h * np.arange(1.0, len(x) + 1.0)
    cubes = (x + t + 1.0) ** 3
    kernel = np.where(t <= t[:, None], (1.0 - t[:, None]) * t, t[:, None] * (1.0 - t))
    return squares(x + h * np.sum(kernel * cubes, axis=1) / 2.0)


def broyden_tridiagonal(x: Any, m: Any) -> Any:
    before, behind = beside(x)
    return squares((3.0 - 2.0 * x) * x - before - 2.0 * behind + 1.0)


def broyden_banded(x: Any, m: Any) -> Any:
    i = np.arange(len(x))
    band = (i[:, None] - i <= 5) & (i - i[:, None] <= 1) & (i != i[:, None])
    return squares(x * (2.0 + 5.0 * x**2) + 1.0 - np.sum(np.where(band, x * (1.0 + x), 0.0), axis=1))


def linear_full_rank(x: Any, m: Any) -> Any:
    mean = 2.0 / 10 * np.sum(x)
    return squares(x - mean - 1.0, np.ones(10 - len(x)) * (-mean - 1.0))


def linear_rank_1(x: Any, m: Any) -> Any:
    i = np.arange(1.0, 11.0)
    return squares(i * np.sum(np.arange(1.0, len(x) + 1.0) * x) - 1.0)


def linear_rank_1_with_zeros(x: Any, m: Any) -> Any:
    i = np.arange(1.0, 9.0)
    return squares(-1.0, i * np.sum(np.arange(2.0, len(x)) * x[1:-1]) - 1.0, -1.0)


def chebyquad(x: Any, m: Any) -> Any:
    z = 2.0 * x - 1.0
    before, now = 1.0 + 0.0 * z, z
    residuals = []
    for i in range(1, len(x) + 1):
        integral = 0.0 if i % 2 else -1.0 / (i * i - 1.0)
        residuals.append(np.sum(now) / len(x) - integral)
        before, now = now, 2.0 * z * now - before
    return squares(*residuals)


def brown_badly_scaled(x: Any, m: Any) -> Any:
    return squares(x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2.0)


FUNCTIONS: dict[str, tuple[Function, Start]] = {
    "Rosenbrock": (rosenbrock, (-1.2, 1.0)),
    "Freudenstein and Roth": (freudenstein_roth, (0.5, -2.0)),
    "Powell badly scaled": (powell_badly_scaled, (0.0, 1.0)),
    "Brown badly scaled": (brown_badly_scaled, (1.0, 1.0)),
    "Beale": (beale, (1.0, 1.0)),
    "Jennrich and Sampson": (jennrich_sampson, (0.3, 0.4)),
    "helical valley": (helical_valley, (-1.0, 0.0, 0.0)),
    "Bard": (bard, (1.0, 1.0, 1.0)),
    "Gaussian": (gaussian, (0.4, 1.0, 0.0)),
    "Meyer": (meyer, (0.02, 4000.0, 250.0)),
    "Gulf": (gulf, (5.0, 2.5, 0.15)),
    "Box": (box, (0.0, 10.0, 20.0)),
    "Powell singular": (powell_singular, (3.0, -1.0, 0.0, 1.0)),
    "Wood": (wood, (-3.0, -1.0, -3.0, -1.0)),
    "Kowalik and Osborne": (kowalik_osborne, (0.25, 0.39, 0.415, 0.39)),
    "Brown and Dennis": (brown_dennis, (25.0, 5.0, -5.0, -1.0)),
    "Osborne 1": (osborne_1, (0.5, 1.5, -1.0, 0.01, 0.02)),
    "Biggs EXP6": (biggs, (1.0, 2.0, 1.0, 1.0, 1.0, 1.0)),
    "Osborne 2": (osborne_2, (1.3, 0.65, 0.65, 0.7, 0.6, 3.0, 5.0, 7.0, 2.0, 4.5, 5.5)),
    "Watson": (watson, (0.0,) * 6),
    "extended Rosenbrock": (rosenbrock, (-1.2, 1.0) * 4),
    "extended Powell": (powell_singular, (3.0, -1.0, 0.0, 1.0) * 2),
    "penalty I": (penalty_1, (1.0, 2.0, 3.0, 4.0)),
    "penalty II": (penalty_2, (0.5,) * 4),
    "variably dimensioned": (variably_dimensioned, tuple(1.0 - j / 6 for j in range(1, 7))),
    "trigonometric": (trigonometric, (0.2,) * 5),
    "Brown almost linear": (brown_almost_linear, (0.5,) * 5),
    "discrete boundary value": (discrete_boundary_value, tuple(j / 7 * (j / 7 - 1.0) for j in range(1, 7))),
    "discrete integral": (discrete_integral, tuple(j / 7 * (j / 7 - 1.0) for j in range(1, 7))),
    "Broyden tridiagonal": (broyden_tridiagonal, (-1.0,) * 6),
    "Broyden banded": (broyden_banded, (-1.0,) * 8),
    "linear, full rank": (linear_full_rank, (1.0,) * 5),
    "linear, rank 1": (linear_rank_1, (1.0,) * 5),
    "linear, rank 1, zero columns and rows": (linear_rank_1_with_zeros, (1.0,) * 5),
    "Chebyquad": (chebyquad, tuple(j / 7 for j in range(1, 7))),
}
