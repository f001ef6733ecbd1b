"""Trigonometric and special functions by the kernel's name of their primitive."""

from __future__ import annotations

from collections.abc import Callable

from ..builder import Value
from . import (
    entropy,
    error_functions,
    gamma,
    gamma_function,
    inverse_error,
    inverse_trigonometric,
    trigonometric,
)

FUNCTIONS: dict[str, Callable[..., Value]] = {
    "arccos": inverse_trigonometric.arccos,
    "arcsin": inverse_trigonometric.arcsin,
    "arctan": inverse_trigonometric.arctan,
    "arctan2": inverse_trigonometric.arctan2,
    "cos": trigonometric.cos,
    "deg2rad": trigonometric.radians,
    "degrees": trigonometric.degrees,
    "entr": entropy.entr,
    "erf": error_functions.erf,
    "erfc": error_functions.erfc,
    "erfcinv": inverse_error.erfcinv,
    "erfcx": error_functions.erfcx,
    "erfinv": inverse_error.erfinv,
    "gamma": gamma_function.gamma,
    "gammaln": gamma.gammaln,
    "log_ndtr": error_functions.log_ndtr,
    "logit": entropy.logit,
    "ndtr": error_functions.ndtr,
    "ndtri": inverse_error.ndtri,
    "psi": gamma.digamma,
    "rad2deg": trigonometric.degrees,
    "radians": trigonometric.radians,
    "rel_entr": entropy.rel_entr,
    "sin": trigonometric.sin,
    "sinc": trigonometric.sinc,
    "tan": trigonometric.tan,
    "xlog1py": entropy.xlog1py,
    "xlogy": entropy.xlogy,
}
