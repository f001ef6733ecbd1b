"""SciPy's own elementary functions: exponentials, logarithms, angles in degrees, the logistic functions.

SciPy has ufuncs of its own for some that NumPy has; their primitives are called ``special_exp2`` and so on.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .declare import NONDIFF, Partials
from .exponential import logaddexp, sigmoid
from .special import special
from .special_stable import moment
from .strong import strong_mul
from .tables import implements
from .ufunc import Ufunc

_DEGREE = math.pi / 180
_LN2, _LN10 = math.log(2.0), math.log(10.0)

# --- exponentials and powers -----------------------------------------------------------------------

exp2 = special(
    "exp2", Partials(lambda out, x: _LN2 * out), doc="``2**x``, elementwise.", primitive="special_exp2"
)
exp10 = special("exp10", Partials(lambda out, x: _LN10 * out), doc="``10**x``, elementwise.")
expm1 = special(
    "expm1",
    Partials(lambda out, x: np.exp(x)),
    doc="``exp(x) - 1``, accurate near 0.",
    primitive="special_expm1",
)
log1p = special(
    "log1p",
    Partials(lambda out, x: 1.0 / (1.0 + x)),
    doc="``log(1 + x)``, accurate near 0.",
    primitive="special_log1p",
)
cbrt = special(
    "cbrt",
    Partials(lambda out, x: (1 / 3) / (out * out)),
    doc="Cube root; at 0 its derivative is infinite.",
    primitive="special_cbrt",
)
exprel = special("exprel", Partials(lambda out, x: moment(x, 1)), doc="``(exp(x) - 1)/x``, and 1 at 0.")


def _powm1_by_exponent(out: Any, x: Any, y: Any) -> Any:
    nought = np.logical_and(x == 0, y >= 0)
    return np.where(nought, 0.0, np.power(x, y) * np.log(np.where(nought, 1.0, x)))


powm1 = special(
    "powm1",
    Partials(lambda out, x, y: strong_mul(y, np.power(x, y - 1.0)), _powm1_by_exponent),
    doc="``x**y - 1``, accurate near 0.",
)
around = special(
    "round", NONDIFF, doc="The nearest whole number, the even one of two.", primitive="special_round"
)

# --- angles ----------------------------------------------------------------------------------------

cosm1 = special("cosm1", Partials(lambda out, x: -np.sin(x)), doc="``cos(x) - 1``, accurate near 0.")
sindg: Ufunc = special(
    "sindg", Partials(lambda out, x: _DEGREE * cosdg(x)), doc="Sine of an angle in degrees."
)
cosdg: Ufunc = special(
    "cosdg", Partials(lambda out, x: -_DEGREE * sindg(x)), doc="Cosine of an angle in degrees."
)
tandg = special(
    "tandg", Partials(lambda out, x: _DEGREE * (1.0 + out * out)), doc="Tangent of an angle in degrees."
)
cotdg = special(
    "cotdg", Partials(lambda out, x: -_DEGREE * (1.0 + out * out)), doc="Cotangent of an angle in degrees."
)
radian = special(
    "radian",
    Partials(
        lambda out, d, m, s: _DEGREE, lambda out, d, m, s: _DEGREE / 60, lambda out, d, m, s: _DEGREE / 3600
    ),
    doc="An angle in degrees, minutes and seconds in radians.",
)

# --- logistic --------------------------------------------------------------------------------------

expit = special(
    "expit",
    Partials(lambda out, x: sigmoid(x) * sigmoid(-x)),
    doc="The logistic sigmoid ``1/(1 + exp(-x))``; its derivative is accurate in both tails.",
)
logit = special(
    "logit",
    Partials(lambda out, p: 1.0 / (p * (1.0 - p))),
    doc="``log(p/(1-p))``; at 0 and 1 its derivative is infinite.",
)
log_expit = special(
    "log_expit", Partials(lambda out, x: sigmoid(-x)), doc="``log(expit(x))``, accurate in both tails."
)


@implements("scipy.special.softplus")
def softplus(x: Any, **kwargs: Any) -> Any:
    """``log(1 + exp(x))``, stable on both sides; the keyword arguments are those of ufuncs."""
    return logaddexp(0, x, **kwargs)
