"""Bessel functions scaled by exponentials, for where the others over- or underflow.

``ive = iv exp(-|Re z|)``, ``jve = jv exp(-|Im z|)``, ``yve = yv exp(-|Im z|)``: for complex z these are
not holomorphic, and have a derivative as functions of the real and the imaginary part. ``kve = kv exp(z)``,
``hankel1e = hankel1 exp(-iz)`` and ``hankel2e = hankel2 exp(iz)`` are. Far out their derivatives are small
differences of large terms; those of order 0 and 1 are computed without.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.aval import aval_of
from .declare import Partials
from .special import function_of, no_slope, scipy_special, special
from .special_bessel import I1_SERIES, half_difference, half_sum, rising
from .special_kit import Refusing, order, over, polynomial
from .strong import strong_mul
from .ufunc import Ufunc, pointwise, ufunc_aval

# --- orders 0 and 1 --------------------------------------------------------------------------------

# D(x) = i0e(x) - i1e(|x|) = 1F1(3/2; 2; -2|x|), by Kummer's integral with t = sin²(θ/2) in
# (1/π) ∫ exp(-|x|(1 - cos θ)) (1 - cos θ) dθ. i0e' = -sign(x) D, i1e' = D - i1e/x, D' = sign(x) (i1e/x - 2D).


def _i_gap_host(x: Any) -> Any:
    return scipy_special.hyp1f1(1.5, 2.0, -2.0 * np.minimum(np.abs(x), 1e30))


def _i_gap(xp: Any, x: Any) -> Any:
    return function_of(xp, "i0e")(x) - function_of(xp, "i1e")(xp.absolute(x))


def _i1e_over(i1e_x: Any, x: Any) -> Any:
    return over(i1e_x, x, I1_SERIES, factor=np.exp(-np.abs(x)))


i_gap_p = pointwise(
    "i0e_less_i1e",
    _i_gap,
    Partials(lambda out, x: np.sign(x) * (_i1e_over(i1e(x), x) - 2 * out)),
    ufunc_aval(scipy_special.i0e),
    host=_i_gap_host,
)
i_gap_p.kernel = None
i0e: Ufunc = special(
    "i0e",
    Partials(lambda out, x: -np.sign(x) * i_gap_p.bind(x)),
    doc="``exp(-|x|) i0(x)``; at 0, a kink, its derivative is 0.",
)
i1e: Ufunc = special(
    "i1e", Partials(lambda out, x: i_gap_p.bind(x) - _i1e_over(out, x)), doc="``exp(-|x|) i1(x)``."
)

# D(x) = k1e(x) - k0e(x) = 2 ∫ exp(-2xs) (s / (1 + s))^½ ds, which times x^(3/2) is a Stieltjes function of
# 1/x: for x >= 1 a quotient of two polynomials with positive coefficients, fitted to 4e-18 of it.
# k0e' = -D, k1e' = D - k1e/x, D' = 2D - k1e/x.
_ABOVE = [
    0.6266570686577502, 12.674218364540193, 98.05472935469938, 373.16588413326446, 749.2376792961287,
    792.5017216186021, 417.55003360175, 96.37349202495244, 7.356539633921319, 0.07691809748885725,
]  # fmt: skip
_BELOW = [
    1.0, 20.60012630662152, 163.8461941966221, 650.1993813677707, 1391.3851630525262,
    1623.541728232658, 997.9761776159015, 296.23709023846385, 35.45639717924321, 1.103238369321626,
]  # fmt: skip


def _k_gap(xp: Any, x: Any) -> Any:
    s = 1 / xp.maximum(x, 1.0)
    far = s * xp.sqrt(s) * (polynomial(s, _ABOVE) / polynomial(s, _BELOW))
    return xp.where(x >= 1, far, function_of(xp, "k1e")(x) - function_of(xp, "k0e")(x))


def _falling(x: Any, slope: Any) -> Any:
    """A slope that at 0 is -inf: there it is a difference of infinities."""
    return np.where(x == 0, -1 / (x * x), slope)


k_gap_p = pointwise(
    "k1e_less_k0e",
    _k_gap,
    Partials(lambda out, x: _falling(x, 2 * out - k1e(x) / x)),
    ufunc_aval(scipy_special.k0e),
)
k_gap_p.kernel = None
k0e: Ufunc = special("k0e", Partials(lambda out, x: _falling(x, -k_gap_p.bind(x))), doc="``exp(x) k0(x)``.")
k1e: Ufunc = special(
    "k1e", Partials(lambda out, x: _falling(x, k_gap_p.bind(x) - out / x)), doc="``exp(x) k1(x)``."
)


# --- any order -------------------------------------------------------------------------------------


def _scaled(name: str, part: Callable[[Any], Any], slope: Callable[[Any, Any], Any]) -> Refusing:
    """The rule of ``F(z) exp(-|part(z)|)``, where ``slope(v, z)`` is ``F'(z) exp(-|part(z)|)``.

    For complex z, with σ the part's sign: the tangent is t·slope - out·σ·part(t). The cotangent c is the
    transpose for the pairing Re(c·t): g·slope - σ·Re(g·out), or + iσ·Re(g·out) for the imaginary part.
    """
    unit = -1.0 if part is np.real else 1j

    def plain(out: Any, v: Any, x: Any) -> Any:
        return slope(v, x) - np.sign(x) * out if part is np.real else slope(v, x)

    def jvp(tangents: Sequence[Any], out: Any, v: Any, z: Any) -> Any:
        if tangents[0] is not None:
            rule.check(0)
        t = tangents[1]
        if aval_of(z).dtype.kind != "c":
            return strong_mul(t, plain(out, v, z))
        return strong_mul(t, slope(v, z)) - strong_mul(part(t) * np.sign(part(z)), out)

    def vjp(g: Any, out: Any, v: Any, z: Any) -> list[Any]:
        if aval_of(z).dtype.kind != "c":
            return [None, strong_mul(g, plain(out, v, z))]
        shrink = np.sign(part(z)) * np.real(strong_mul(g, out))
        return [None, strong_mul(g, slope(v, z)) + unit * shrink]

    rule = Refusing(name, jvp=jvp, vjp=vjp, keep=(-1, 0, 1), refused={0: "v"})
    return rule


_NOTE = "Far out the derivative is exact relative to the value only. There is none by the order."

ive: Ufunc = special(
    "ive",
    _scaled("ive", np.real, lambda v, z: half_sum(ive, v, z)),
    doc=f"``iv(v, z) exp(-|Re z|)``. {_NOTE}",
)
jve: Ufunc = special(
    "jve",
    _scaled("jve", np.imag, lambda v, z: half_difference(jve, v, z)),
    doc=f"``jv(v, z) exp(-|Im z|)``. {_NOTE}",
)
yve: Ufunc = special(
    "yve",
    _scaled("yve", np.imag, lambda v, z: rising(yve(order(v), z), z, half_difference(yve, v, z))),
    doc=f"``yv(v, z) exp(-|Im z|)``; at 0 its derivative is infinite. {_NOTE}",
)
kve: Ufunc = special(
    "kve",
    Partials(no_slope("kve", "v z", "v"), lambda out, v, z: rising(-out, z, out - half_sum(kve, v, z))),
    doc=f"``kv(v, z) exp(z)``. {_NOTE}",
)
hankel1e: Ufunc = special(
    "hankel1e",
    Partials(
        no_slope("hankel1e", "v z", "v"),
        lambda out, v, z: half_difference(hankel1e, v, z) - 1j * out,
    ),
    doc=f"``hankel1(v, z) exp(-iz)``. {_NOTE}",
)
hankel2e: Ufunc = special(
    "hankel2e",
    Partials(
        no_slope("hankel2e", "v z", "v"),
        lambda out, v, z: half_difference(hankel2e, v, z) + 1j * out,
    ),
    doc=f"``hankel2(v, z) exp(iz)``. {_NOTE}",
)
