"""Trigonometric and special functions by the kernel's name of their primitive."""

from __future__ import annotations

from collections.abc import Callable

from ..builder import Value
from . import error_functions, inverse_trigonometric, trigonometric

FUNCTIONS: dict[str, Callable[..., Value]] = {
    "arccos": inverse_trigonometric.arccos,
    "arcsin": inverse_trigonometric.arcsin,
    "arctan": inverse_trigonometric.arctan,
    "arctan2": inverse_trigonometric.arctan2,
    "cos": trigonometric.cos,
    "deg2rad": trigonometric.radians,
    "degrees": trigonometric.degrees,
    "erf": error_functions.erf,
    "erfc": error_functions.erfc,
    "rad2deg": trigonometric.degrees,
    "radians": trigonometric.radians,
    "sin": trigonometric.sin,
    "sinc": trigonometric.sinc,
    "tan": trigonometric.tan,
}
