"""The names of scipy.special that need no op: what is handed on as it is, and what is refused by name.

What is handed on makes tables from whole numbers, or is about errors; nothing of it depends on a traced
value. A polynomial such as ``legendre(3)`` may be called on traced values: it evaluates by a ufunc.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.errors import UnsupportedError
from .refused import refuse
from .special import scipy_special
from .tables import NAMES, SUPPORT

PLAIN = (
    "SpecialFunctionError", "SpecialFunctionWarning", "ai_zeros", "bei_zeros", "beip_zeros", "ber_zeros",
    "bernoulli", "berp_zeros", "bi_zeros", "c_roots", "chebyc", "chebys", "chebyt", "chebyu", "erf_zeros",
    "errstate", "euler", "fresnel_zeros", "fresnelc_zeros", "fresnels_zeros", "geterr", "h_roots",
    "he_roots", "hermite", "hermitenorm", "jn_zeros", "jnjnp_zeros", "jnp_zeros", "jnyn_zeros", "kei_zeros",
    "keip_zeros", "kelvin_zeros", "ker_zeros", "kerp_zeros", "l_roots", "laguerre", "legendre", "p_roots",
    "ps_roots", "roots_chebyc", "roots_chebys", "roots_chebyt", "roots_chebyu", "roots_hermite",
    "roots_hermitenorm", "roots_laguerre", "roots_legendre", "roots_sh_chebyt", "roots_sh_chebyu",
    "roots_sh_legendre", "s_roots", "seterr", "sh_chebyt", "sh_chebyu", "sh_legendre", "stirling2",
    "t_roots", "test", "ts_roots", "u_roots", "us_roots", "y0_zeros", "y1_zeros", "y1p_zeros", "yn_zeros",
    "ynp_zeros",
)  # fmt: skip

_INVERSE = (
    "it inverts a distribution function by a parameter, by which that has no derivative.",
    "solve the equation itself, and differentiate it by the implicit function theorem with custom_jvp",
)
_NONCENTRAL = (
    "SciPy does not say the density of this noncentral distribution.",
    "give the derivative with custom_jvp",
)
_MATHIEU = (
    "the derivatives of Mathieu functions by their parameter are not known to SciPy.",
    "give the derivative with custom_jvp; each of these functions returns its slope by x as well",
)
_SPHEROIDAL = (
    "the derivatives of spheroidal wave functions by their parameters are not known to SciPy.",
    "give the derivative with custom_jvp; each of these functions returns its slope by x as well",
)
_COUNTS = (
    "it counts with whole numbers.",
    "use special.gamma(n + 1)",
)
_SMIRNOV = (
    "SciPy has no density of the Kolmogorov and Smirnov statistics.",
    "give the derivative with custom_jvp",
)
_SEQUENCE = (
    "it fills tables one number at a time.",
    "use the function of one order: special.spherical_jn, special.jv, special.pbdv, special.lpmv",
)
_MANY = (
    "it returns tables of values and slopes, which no ufunc of NumPy's kind does.",
    "use special.eval_legendre(n, x) or special.lpmv(m, n, x)",
)
_NODES = (
    "the roots of a polynomial are not differentiated by its parameters.",
    "pass plain parameters, or use the special.eval_ function",
)
_ELLIPSOID = ("it computes one number at a time.", "give the derivative with custom_jvp")

# Name -> why, and what to write instead.
REFUSED: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("bdtrik", "bdtrin", "btdtria", "btdtrib", "chdtriv", "fdtridfd", "gdtrib", "nbdtrik", "nbdtrin",
         "pdtrik", "stdtridf"), _INVERSE
    ),
    **dict.fromkeys(
        ("chndtr", "chndtridf", "chndtrinc", "chndtrix", "ncfdtr", "ncfdtri", "ncfdtridfd", "ncfdtridfn",
         "ncfdtrinc", "nctdtr", "nctdtridf", "nctdtrinc", "nctdtrit"), _NONCENTRAL
    ),
    **dict.fromkeys(
        ("mathieu_a", "mathieu_b", "mathieu_cem", "mathieu_even_coef", "mathieu_modcem1", "mathieu_modcem2",
         "mathieu_modsem1", "mathieu_modsem2", "mathieu_odd_coef", "mathieu_sem"), _MATHIEU
    ),
    **dict.fromkeys(
        ("obl_ang1", "obl_ang1_cv", "obl_cv", "obl_cv_seq", "obl_rad1", "obl_rad1_cv", "obl_rad2",
         "obl_rad2_cv", "pro_ang1", "pro_ang1_cv", "pro_cv", "pro_cv_seq", "pro_rad1", "pro_rad1_cv",
         "pro_rad2", "pro_rad2_cv"), _SPHEROIDAL
    ),
    **dict.fromkeys(("factorial", "factorial2", "factorialk"), _COUNTS),
    **dict.fromkeys(("kolmogi", "kolmogorov", "smirnov", "smirnovi"), _SMIRNOV),
    **dict.fromkeys(
        ("clpmn", "lmbda", "lpmn", "lpn", "lqmn", "lqn", "pbdn_seq", "pbdv_seq", "pbvv_seq", "riccati_jn",
         "riccati_yn"), _SEQUENCE
    ),
    **dict.fromkeys(
        ("assoc_legendre_p", "assoc_legendre_p_all", "legendre_p", "legendre_p_all", "sph_harm",
         "sph_harm_y_all", "sph_legendre_p", "sph_legendre_p_all"), _MANY
    ),
    **dict.fromkeys(
        ("cg_roots", "gegenbauer", "genlaguerre", "j_roots", "jacobi", "js_roots", "la_roots",
         "roots_gegenbauer", "roots_genlaguerre", "roots_jacobi", "roots_sh_jacobi", "sh_jacobi"), _NODES
    ),
    **dict.fromkeys(("ellip_harm", "ellip_harm_2", "ellip_normal"), _ELLIPSOID),
    "diric": ("it writes into a plain array.", "write np.sin(n * x / 2) / (n * np.sin(x / 2))"),
    "besselpoly": ("the derivative of this integral is not known.", "give it with custom_jvp"),
}  # fmt: skip


def refusal(name: str) -> UnsupportedError:
    """The error for a refused function that was called on a traced value."""
    reason, instead = REFUSED[name]
    return UnsupportedError(
        f"scipy.special.{name}: {reason}", expected="plain arrays", got="a traced value", hint=instead
    )


def refusal_of(ufunc: np.ufunc) -> UnsupportedError | None:
    """The same for a ufunc of SciPy's; None for another."""
    name = ufunc.__name__
    return refusal(name) if name in REFUSED and getattr(scipy_special, name, None) is ufunc else None


def _hand_on() -> None:
    for name in PLAIN:
        if (function := getattr(scipy_special, name, None)) is not None:
            NAMES[f"scipy.special.{name}"] = function
            SUPPORT[function] = "metadata"


_hand_on()


def refused_here() -> dict[str, Any]:
    """The refused functions that the installed SciPy has, for plain arrays only."""
    found = {name: refuse(name, scipy_special, refusal) for name in REFUSED if hasattr(scipy_special, name)}
    for function in found.values():
        function.__module__ = scipy_special.__name__
    return found
