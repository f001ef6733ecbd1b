"""Hypergeometric functions by their last argument; Wright's, Lambert's W and Wright's ω.

A derivative raises every parameter by one: d/dz ₚF_q(a; b; z) = (Πa / Πb) ₚF_q(a+1; b+1; z). By the
parameters none is known here. They are as accurate as SciPy's functions, whose last digits may be wrong.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backends import require
from ..core.trace import Tracer
from .declare import Partials
from .exponential import exp
from .plain import plainly
from .special import no_slope, scipy_special, special
from .special_kit import order
from .tables import implements
from .ufunc import Ufunc

_NOTE = "there is no derivative by the others"

# --- hypergeometric functions ----------------------------------------------------------------------


def _hyp0f1_slope(out: Any, v: Any, z: Any) -> Any:
    v = order(v)
    return hyp0f1(v + 1, z) / v


def _hyp1f1_slope(out: Any, a: Any, b: Any, z: Any) -> Any:
    a, b = order(a), order(b)
    return (a / b) * hyp1f1(a + 1, b + 1, z)


def _hyp2f1_slope(out: Any, a: Any, b: Any, c: Any, z: Any) -> Any:
    a, b, c = order(a), order(b), order(c)
    return (a * b / c) * hyp2f1(a + 1, b + 1, c + 1, z)


def _hyperu_slope(out: Any, a: Any, b: Any, x: Any) -> Any:
    a, b = order(a), order(b)
    return -a * hyperu(a + 1, b + 1, x)


hyp0f1: Ufunc = special(
    "hyp0f1",
    Partials(no_slope("hyp0f1", "v z", "v"), _hyp0f1_slope),
    doc=f"The confluent hypergeometric limit function ₀F₁, by z; {_NOTE}.",
)
hyp1f1: Ufunc = special(
    "hyp1f1",
    Partials(no_slope("hyp1f1", "a b z", "a"), no_slope("hyp1f1", "a b z", "b"), _hyp1f1_slope),
    doc=f"The confluent hypergeometric function ₁F₁, by z; {_NOTE}.",
)
hyp2f1: Ufunc = special(
    "hyp2f1",
    Partials(
        no_slope("hyp2f1", "a b c z", "a"),
        no_slope("hyp2f1", "a b c z", "b"),
        no_slope("hyp2f1", "a b c z", "c"),
        _hyp2f1_slope,
    ),
    doc=f"Gauss's hypergeometric function ₂F₁, by z; {_NOTE}.",
)
hyperu: Ufunc = special(
    "hyperu",
    Partials(no_slope("hyperu", "a b x", "a"), no_slope("hyperu", "a b x", "b"), _hyperu_slope),
    doc=f"The confluent hypergeometric function U, by x; {_NOTE}.",
)

# --- Wright's generalized Bessel function: Σ x^k / (k! Γ(ak + b)) --------------------------------------


def _wright_slope(out: Any, a: Any, b: Any, x: Any) -> Any:
    a, b = order(a), order(b)
    return wright_bessel(a, a + b, x)


def _log_wright_slope(out: Any, a: Any, b: Any, x: Any) -> Any:
    a, b = order(a), order(b)
    return exp(log_wright_bessel(a, a + b, x) - out)


wright_bessel: Ufunc = special(
    "wright_bessel",
    Partials(no_slope("wright_bessel", "a b x", "a"), no_slope("wright_bessel", "a b x", "b"), _wright_slope),
    doc=f"Wright's generalized Bessel function, by x; {_NOTE}.",
)
if hasattr(scipy_special, "log_wright_bessel"):  # since SciPy 1.14
    log_wright_bessel: Ufunc = special(
        "log_wright_bessel",
        Partials(
            no_slope("log_wright_bessel", "a b x", "a"),
            no_slope("log_wright_bessel", "a b x", "b"),
            _log_wright_slope,
        ),
        doc=f"The logarithm of Wright's generalized Bessel function, by x; {_NOTE}.",
    )

# --- Lambert's W: W e^W = z, W' = W / (z (1 + W)) = e^-W / (1 + W) --------------------------------------


def _lambert_slope(out: Any, z: Any, k: Any, tol: Any) -> Any:
    """The second form where W is small, as at 0; the first has less rounding where it is large."""
    small = np.abs(out) < 1
    return np.where(small, np.exp(-out), out / np.where(small, 1.0, z)) / (1 + out)


_lambert: Ufunc = special(
    "_lambertw",
    Partials(_lambert_slope, None, None),
    doc="The ufunc behind lambertw.",
    ufunc=require("scipy.special._lambertw", "scipy")._lambertw,
)


@implements("scipy.special.lambertw")
@plainly(scipy_special.lambertw)
def lambertw(z: Any, k: Any = 0, tol: float = 1e-8) -> Any:
    """Lambert's W function, its branch ``k``; at ``-1/e`` branches 0 and -1 have an infinite derivative."""
    return _lambert(z, k if type(k) is Tracer else np.asarray(k, dtype=np.dtype("long")), tol)


wrightomega: Ufunc = special(
    "wrightomega", Partials(lambda out, z: out / (1 + out)), doc="Wright's ω function, ω + log ω = z."
)
