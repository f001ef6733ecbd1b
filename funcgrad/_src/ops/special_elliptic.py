"""Legendre's elliptic integrals and Jacobi's elliptic functions, of parameter m.

All derivatives by m are Carlson's R_D, in which nothing cancels at m = 0 or near 1:
K'(m) = R_D(0, 1, 1-m) / 6 and E'(m) = -R_D(0, 1-m, 1) / 6; with s = sin φ, c = cos φ and Δ² = 1 - m s²,
dF/dm = s³ R_D(c², 1, Δ²) / 6 and dE/dm = -s³ R_D(c², Δ², 1) / 6 for |φ| <= π/2 (from DLMF 19.25); every half
turn more adds twice the complete integral's. Δ² is taken as c² + (1-m) s².
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .declare import Partials
from .special import special
from .special_carlson import elliprd
from .special_kit import several
from .strong import strong_mul
from .ufunc import Ufunc

# --- complete --------------------------------------------------------------------------------------


def _k_by_m(rest: Any) -> Any:
    """dK/dm, where ``rest`` is 1 - m."""
    return elliprd(0.0, 1.0, rest) / 6


def _e_by_m(m: Any) -> Any:
    return elliprd(0.0, 1 - m, 1.0) / -6


ellipk: Ufunc = special(
    "ellipk",
    Partials(lambda out, m: _k_by_m(1 - m)),
    doc="The complete elliptic integral K(m); at 1 its derivative is infinite.",
)
ellipkm1: Ufunc = special(
    "ellipkm1",
    Partials(lambda out, p: -_k_by_m(p)),
    doc="The complete elliptic integral K(1 - p); at 0 its derivative is infinite.",
)
ellipe: Ufunc = special(
    "ellipe",
    Partials(lambda out, m: _e_by_m(m)),
    doc="The complete elliptic integral E(m); at 1 its derivative is infinite.",
)

# --- incomplete ------------------------------------------------------------------------------------


def _delta_squared(phi: Any, m: Any) -> Any:
    s, c = np.sin(phi), np.cos(phi)
    return c * c + (1 - m) * (s * s)


def _turns(phi: Any) -> tuple[Any, Any, Any]:
    """How many half turns, and sine and squared cosine of the rest."""
    turns = np.rint(phi * (1 / math.pi))
    c = np.cos(phi)
    return turns, np.sin(phi) * (1 - 2 * (turns % 2)), c * c


def _f_by_m(phi: Any, m: Any) -> Any:
    turns, s, c2 = _turns(phi)
    part = s**3 * elliprd(c2, 1.0, c2 + (1 - m) * (s * s)) / 6
    return part + strong_mul(2 * turns, _k_by_m(1 - m))


def _e_part_by_m(phi: Any, m: Any) -> Any:
    turns, s, c2 = _turns(phi)
    part = s**3 * elliprd(c2, c2 + (1 - m) * (s * s), 1.0) / -6
    return part + strong_mul(2 * turns, _e_by_m(m))


ellipkinc: Ufunc = special(
    "ellipkinc",
    Partials(lambda out, phi, m: 1 / np.sqrt(_delta_squared(phi, m)), lambda out, phi, m: _f_by_m(phi, m)),
    doc="The incomplete elliptic integral F(φ, m).",
)
ellipeinc: Ufunc = special(
    "ellipeinc",
    Partials(lambda out, phi, m: np.sqrt(_delta_squared(phi, m)), lambda out, phi, m: _e_part_by_m(phi, m)),
    doc="The incomplete elliptic integral E(φ, m).",
)

# --- Jacobi's functions ----------------------------------------------------------------------------

# F(φ, m) = u, φ = am(u, m) and dn² = 1 - m sn²: dφ/du = dn and dφ/dm = -dn dF/dm(φ, m).


def _jacobi_by_u(out: Any, u: Any, m: Any) -> tuple[Any, ...]:
    sn, cn, dn, _ = out
    return cn * dn, -sn * dn, -m * sn * cn, dn


def _jacobi_by_m(out: Any, u: Any, m: Any) -> tuple[Any, ...]:
    sn, cn, dn, phi = out
    turn = -dn * _f_by_m(phi, m)
    return cn * turn, -sn * turn, -sn * (sn / 2 + m * cn * turn) / dn, turn


ellipj: Ufunc = special(
    "ellipj",
    several("ellipj", _jacobi_by_u, _jacobi_by_m),
    doc="Jacobi's elliptic functions sn, cn, dn of u, and the amplitude φ.",
)
