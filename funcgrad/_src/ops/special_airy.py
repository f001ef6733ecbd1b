"""Functions with differential equations of second order: Airy's, Kelvin's, parabolic cylinder functions.

SciPy returns them together with their first derivatives, whose own derivatives the equation gives.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.aval import aval_of
from .declare import Partials
from .special import special
from .special_kit import Refusing, over, several
from .strong import strong_mul
from .ufunc import Ufunc

# --- Airy's: w'' = z w -----------------------------------------------------------------------------


def _airy_slopes(out: Any, z: Any) -> tuple[Any, ...]:
    ai, aip, bi, bip = out
    return aip, strong_mul(z, ai), bip, strong_mul(z, bi)


airy: Ufunc = special("airy", several("airy", _airy_slopes), doc="The Airy functions Ai, Ai', Bi, Bi'.")

# airye scales Ai and Ai' by e^ζ and Bi and Bi' by e^-|Re ζ|, where ζ = 2/3 z^(3/2) and dζ/dz = z^½. The
# second factor is not holomorphic: with σ the sign of Re ζ, d|Re ζ| = σ Re(z^½ t) for a tangent t, and the
# cotangent of w is σ z^½ Re(g w). For z < 0 it is 1 (and Ai is NaN).


def _airye_slopes(out: Any, z: Any) -> tuple[Any, ...]:
    """The slopes, but for that of the second factor."""
    ai, aip, bi, bip = out
    root = np.sqrt(z)
    return aip + root * ai, strong_mul(z, ai) + root * aip, bip, strong_mul(z, bi)


def _shrinking(z: Any) -> Any:
    """``σ z^½``."""
    if aval_of(z).dtype.kind == "c":
        root = np.sqrt(z)
        return np.sign(np.real(z * root)) * root
    return np.sqrt(np.where(z > 0, z, 0.0))


def _airye_jvp(tangents: Sequence[Any], out: Any, z: Any) -> list[Any]:
    (t,) = tangents
    found = [strong_mul(t, slope) for slope in _airye_slopes(out, z)]
    shrink = np.real(_shrinking(z) * t)
    return [*found[:2], *(f - strong_mul(shrink, w) for f, w in zip(found[2:], out[2:], strict=True))]


def _airye_vjp(g: Any, out: Any, z: Any) -> list[Any]:
    shares = [strong_mul(gk, slope) for gk, slope in zip(g, _airye_slopes(out, z), strict=True)]
    shrink = np.real(strong_mul(g[2], out[2]) + strong_mul(g[3], out[3]))
    return [sum(shares[1:], shares[0]) - _shrinking(z) * shrink]


airye: Ufunc = special(
    "airye",
    Refusing("airye", jvp=_airye_jvp, vjp=_airye_vjp, keep=(-1, 0)),
    doc="The Airy functions: Ai, Ai' times ``exp(ζ)``, and Bi, Bi' times ``exp(-|Re ζ|)``, ζ = 2/3 z^(3/2).",
)


def _itairy_slopes(out: Any, x: Any) -> tuple[Any, ...]:
    ahead, back = airy(x), airy(-x)
    return ahead[0], ahead[2], back[0], back[2]


itairy: Ufunc = special(
    "itairy",
    several("itairy", _itairy_slopes),
    doc="The integrals from 0 to x of Ai(t), Bi(t), Ai(-t), Bi(-t).",
)

# --- parabolic cylinder functions: w'' = (x²/4 - v - ½) w, and w'' = (a - x²/4) w ---------------------


def _cylinder_slopes(out: Any, v: Any, x: Any) -> tuple[Any, Any]:
    return out[1], strong_mul(x * x / 4 - v - 0.5, out[0])


def _weber_slopes(out: Any, a: Any, x: Any) -> tuple[Any, Any]:
    return out[1], strong_mul(a - x * x / 4, out[0])


pbdv: Ufunc = special(
    "pbdv",
    several("pbdv", "v", _cylinder_slopes),
    doc="The parabolic cylinder function D and its derivative; there is none by the order.",
)
pbvv: Ufunc = special(
    "pbvv",
    several("pbvv", "v", _cylinder_slopes),
    doc="The parabolic cylinder function V and its derivative; there is none by the order.",
)
pbwa: Ufunc = special(
    "pbwa",
    several("pbwa", "a", _weber_slopes),
    doc="The parabolic cylinder function W and its derivative; there is none by the parameter.",
)

# --- Kelvin's: w = ber + i bei and w = ker + i kei solve w'' = i w - w'/x ------------------------------

# ber'(x)/x and bei'(x)/x in powers of x⁴, the first times x²: ber = Σ (-1)^k (x/2)^4k / (2k)!² and
# bei = Σ (-1)^k (x/2)^(4k+2) / (2k+1)!².
_BER = [(-1) ** k * 4 * k / (16.0**k * math.factorial(2 * k) ** 2) for k in range(1, 8)]
_BEI = [(-1) ** k * (4 * k + 2) / (4 * 16.0**k * math.factorial(2 * k + 1) ** 2) for k in range(8)]


def _ber_over(out: Any, x: Any) -> Any:
    """``berp(x) / x``."""
    return over(out, x, _BER, step=4, factor=x * x)


def _bei_over(out: Any, x: Any) -> Any:
    """``beip(x) / x``."""
    return over(out, x, _BEI, step=4)


ber: Ufunc = special("ber", Partials(lambda out, x: berp(x)), doc="Kelvin's function ber.")
bei: Ufunc = special("bei", Partials(lambda out, x: beip(x)), doc="Kelvin's function bei.")
berp: Ufunc = special(
    "berp", Partials(lambda out, x: -bei(x) - _ber_over(out, x)), doc="The derivative of ber."
)
beip: Ufunc = special(
    "beip", Partials(lambda out, x: ber(x) - _bei_over(out, x)), doc="The derivative of bei."
)
ker: Ufunc = special(
    "ker", Partials(lambda out, x: kerp(x)), doc="Kelvin's function ker; at 0 its derivative is infinite."
)
kei: Ufunc = special("kei", Partials(lambda out, x: keip(x)), doc="Kelvin's function kei.")
kerp: Ufunc = special("kerp", Partials(lambda out, x: -kei(x) - out / x), doc="The derivative of ker.")
keip: Ufunc = special(
    "keip", Partials(lambda out, x: _kei_slope(ker(x), out / x, x)), doc="The derivative of kei."
)


def _kei_slope(ker_x: Any, over_x: Any, x: Any) -> Any:
    """``ker - kei'/x``, which at 0 is a difference of infinities, and infinite as ker."""
    return np.where(x == 0, ker_x, ker_x - over_x)


def _kelvin_slopes(out: Any, x: Any) -> tuple[Any, ...]:
    be, ke, bep, kep = out
    over_x = _ber_over(np.real(bep), x) + 1j * _bei_over(np.imag(bep), x)
    return bep, kep, 1j * be - over_x, np.where(x == 0, -kep, 1j * ke - kep / x)


kelvin: Ufunc = special(
    "kelvin",
    several("kelvin", _kelvin_slopes),
    doc="Kelvin's functions ``ber + i bei``, ``ker + i kei``, and their derivatives.",
)
