"""Rows of the accuracy table: error functions and the normal distribution's."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import scipy.special as sp

from tests.ops.accuracy import Accuracy, decades, spread


def density(x: Any) -> Any:
    return mp.npdf(x)


def survival(x: Any) -> Any:
    return mp.erfc(x / mp.sqrt(2)) / 2


def mills(x: Any) -> Any:
    """(1 - Φ)/φ."""
    return survival(x) / density(x)


def quantile(p: Any) -> Any:
    """The place where the normal distribution function is p."""
    start = mp.mpf(float(sp.ndtri(float(p))))
    return mp.findroot(lambda x: mp.log(survival(-x) / p), start)


def erfinv_slope(x: Any) -> Any:
    y = quantile((1 + x) / 2) / mp.sqrt(2)
    return mp.sqrt(mp.pi) / 2 * mp.exp(y * y)


def erfcinv_slope(x: Any) -> Any:
    y = quantile(x / 2) / mp.sqrt(2)
    return -mp.sqrt(mp.pi) / 2 * mp.exp(y * y)


def ndtri_exp_slope(y: Any) -> Any:
    if y < -1:
        start = mp.mpf(float(sp.ndtri_exp(float(y))))
        x = mp.findroot(lambda x: mp.log(survival(-x)) - y, start)
    else:
        x = -quantile(-mp.expm1(y))
    return survival(-x) / density(x)


def slope(x: Any) -> Any:
    """The derivative of erf."""
    return 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)


def erfcx_slope(x: Any) -> Any:
    return 2 * x * mp.exp(x * x) * mp.erfc(x) - 2 / mp.sqrt(mp.pi)


def dawsn_slope(x: Any) -> Any:
    return 1 - x * mp.sqrt(mp.pi) * mp.exp(-x * x) * mp.erfi(x)


def wofz_slope(z: Any) -> Any:
    return 2j / mp.sqrt(mp.pi) - 2 * z * mp.exp(-z * z) * mp.erfc(-1j * z)


def owens_slope(h: Any) -> Any:
    return -density(h) * mp.erf(mp.mpf(0.7) * h / mp.sqrt(2)) / 2


def owens_by_slope(a: Any) -> Any:
    h = mp.mpf(1.5)
    return mp.exp(-h * h * (1 + a * a) / 2) / (2 * mp.pi * (1 + a * a))


NEAR_ONE = [1.0 - 2.0**-k for k in range(2, 53, 5)]
TAIL = decades(1e-300, 0.49)
PLANE = [complex(x, y) for x in (-3.1, 0.2, 2.7) for y in (-1.3, 0.1, 3.3)]

ROWS: list[Accuracy] = [
    Accuracy("erf", sp.erf, slope, spread(-26.5, 26.5)),
    Accuracy("erfc", sp.erfc, lambda x: -slope(x), spread(-26.5, 26.5)),
    Accuracy("erfi", sp.erfi, lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(x * x), spread(-26.5, 26.5)),
    Accuracy("erfcx", sp.erfcx, erfcx_slope, [*spread(-26.0, 3.0, 30), *decades(3.0, 1e12)]),
    Accuracy("dawsn", sp.dawsn, dawsn_slope, [*spread(-3.0, 8.0, 30), *decades(8.0, 30.0), 0.924139]),
    Accuracy(
        "wofz",
        sp.wofz,
        wofz_slope,
        PLANE,
        2e3,
        "SciPy gives w to 13 digits, and 2·z·w(z) cancels as |z|² grows",
    ),
    Accuracy("erfinv", sp.erfinv, erfinv_slope, [*spread(-0.9, 0.9), *NEAR_ONE, -1.0 + 2.0**-50]),
    Accuracy("erfcinv", sp.erfcinv, erfcinv_slope, [*TAIL, *spread(0.5, 1.5), *[1 + x for x in NEAR_ONE]]),
    Accuracy("ndtr", sp.ndtr, density, spread(-37.5, 37.5)),
    Accuracy("log_ndtr", sp.log_ndtr, lambda x: 1 / mills(-x), [*spread(-30.0, 37.0, 20), -1e3]),
    Accuracy("ndtri", sp.ndtri, lambda p: 1 / density(quantile(p)), [*TAIL, *spread(0.4, 0.9), *NEAR_ONE]),
    Accuracy("ndtri_exp", sp.ndtri_exp, ndtri_exp_slope, [*decades(-1e-15, -1e-2), *decades(-1e-2, -1e3)]),
    Accuracy("owens_t by h", lambda h: sp.owens_t(h, 0.7), owens_slope, spread(-20.0, 20.0)),
    Accuracy(
        "owens_t by a",
        lambda a: sp.owens_t(1.5, a),
        owens_by_slope,
        spread(-20.0, 20.0),
        500.0,
        "the product a·h is rounded before it is squared",
    ),
]
