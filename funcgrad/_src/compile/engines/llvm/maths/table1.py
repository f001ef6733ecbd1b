"""Exponentials, logarithms, hyperbolic functions and powers, by the names of their kernels."""

from __future__ import annotations

from collections.abc import Callable

from ..builder import Value
from . import exponentials, hyperbolics, logarithms, powers

FUNCTIONS: dict[str, Callable[..., Value]] = {
    "arccosh": hyperbolics.arccosh,
    "arcsinh": hyperbolics.arcsinh,
    "arctanh": hyperbolics.arctanh,
    "cbrt": powers.cbrt,
    "cosh": hyperbolics.cosh,
    "exp": exponentials.exp,
    "exp2": exponentials.exp2,
    "exp_difference": exponentials.exp_difference,
    "expm1": exponentials.expm1,
    "float_power": powers.power,
    "hypot": powers.hypot,
    "log": logarithms.log,
    "log10": logarithms.log10,
    "log1p": logarithms.log1p,
    "log2": logarithms.log2,
    "log_expit": logarithms.log_expit,
    "logaddexp": logarithms.logaddexp,
    "logaddexp2": logarithms.logaddexp2,
    "pow_operator": powers.power,
    "power": powers.power,
    "sigmoid": exponentials.sigmoid,
    "sinh": hyperbolics.sinh,
    "softplus": logarithms.softplus,
    "tanh": hyperbolics.tanh,
}
