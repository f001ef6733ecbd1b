"""All functions by the name of their kernel: of one or two floating-point values of one type."""

from __future__ import annotations

from collections.abc import Callable

from ..builder import Value
from .error_functions import erf
from .exponentials import exp, exp2, exp_difference, expm1, sigmoid
from .hyperbolics import arccosh, arcsinh, arctanh, cosh, sinh, tanh
from .inverse_trigonometric import arccos, arcsin, arctan, arctan2
from .logarithms import log, log10, log1p, log2, logaddexp, logaddexp2, softplus
from .trigonometric import cos, degrees, radians, sin, sinc, tan

_ALL: tuple[Callable[..., Value], ...] = (
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    cos,
    cosh,
    degrees,
    erf,
    exp,
    exp2,
    exp_difference,
    expm1,
    log,
    log10,
    log1p,
    log2,
    logaddexp,
    logaddexp2,
    radians,
    sigmoid,
    sin,
    sinc,
    sinh,
    softplus,
    tan,
    tanh,
)
FUNCTIONS: dict[str, Callable[..., Value]] = {
    **{function.__name__: function for function in _ALL},
    "deg2rad": radians,
    "rad2deg": degrees,
}
