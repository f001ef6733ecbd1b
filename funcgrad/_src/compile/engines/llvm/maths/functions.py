"""All functions by the name of their kernel: of one or two floating-point values of one type."""

from __future__ import annotations

from collections.abc import Callable

from ..builder import Value
from .exponentials import exp
from .trigonometric import cos, sin

FUNCTIONS: dict[str, Callable[..., Value]] = {"exp": exp, "sin": sin, "cos": cos}
