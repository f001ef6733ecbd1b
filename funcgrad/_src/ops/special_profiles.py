"""Voigt's profile: a normal distribution's line, convolved with Cauchy's.

V = Re w(z) / (σ √(2π)) with z = (x + iγ) / (σ√2) and the Faddeeva function w, w' = 2i/√π - 2zw. In the wings
these terms cancel; there w = L + g with g = exp(-z²), which counts near the real axis only, and Laplace's
continued fraction L = i/√π / (z - q), q = ½ / (z - r), r = 1 / (z - (3/2) / (z - 2 / …)). So w' = -2zg - 2Lq
and w + z w' = g - 2z²g - 2Lqr, in which real and imaginary parts keep their digits separately.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .declare import Partials
from .special import special
from .special_error import wofz
from .ufunc import Ufunc

_FAR = 7.0
_DEPTH = 24


def _wofz_slopes(z: Any) -> tuple[Any, Any]:
    """``w'(z)`` and ``w(z) + z w'(z)``."""
    w = wofz(z)
    far = np.abs(z) > _FAR
    straight = (2j / math.sqrt(math.pi)) - 2 * z * w
    away = np.where(far, z, _FAR)
    low = np.abs(np.imag(away)) < 1
    g = np.where(low, np.exp(-(np.where(low, away, _FAR) ** 2)), 0.0)
    rest = w - g
    fraction: Any = away
    for k in range(_DEPTH, 2, -1):
        fraction = away - (k / 2) / fraction
    r = 1 / fraction
    slope = rest / (away - r)
    return (
        np.where(far, -2 * away * g - slope, straight),
        np.where(far, g - 2 * away * away * g - slope * r, w + z * straight),
    )


def _voigt_slopes(x: Any, sigma: Any, gamma: Any) -> tuple[Any, Any, Any]:
    """The derivatives by x, σ and γ.

    For σ = 0 the profile is Cauchy's, ``C(x) = Re i/(π(x + iγ))``, and dV/dσ begins as ``σ C''(x)``.
    """
    narrow = sigma == 0
    width = np.where(narrow, 1.0, sigma)
    point = x + 1j * gamma
    slope, radial = _wofz_slopes(point / (width * math.sqrt(2)))
    scale = 1 / (width * width)
    slope = np.where(narrow, -1j / (math.pi * point * point), slope * (scale / (2 * math.sqrt(math.pi))))
    curve = np.where(narrow, sigma * np.real(2j / (math.pi * point**3)), 0.0)
    by_sigma = np.where(narrow, curve, np.real(radial) * (scale / -math.sqrt(2 * math.pi)))
    return np.real(slope), by_sigma, -np.imag(slope)


voigt_profile: Ufunc = special(
    "voigt_profile",
    Partials(
        lambda out, x, sigma, gamma: _voigt_slopes(x, sigma, gamma)[0],
        lambda out, x, sigma, gamma: _voigt_slopes(x, sigma, gamma)[1],
        lambda out, x, sigma, gamma: _voigt_slopes(x, sigma, gamma)[2],
    ),
    doc="Voigt's profile: a normal line, of σ, convolved with Cauchy's, of γ.",
)
