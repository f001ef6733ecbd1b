"""All functions by the name of their kernel: of one or two floating-point values of one type."""

from __future__ import annotations

from collections.abc import Callable

from ..builder import Value
from .table1 import FUNCTIONS as ELEMENTARY
from .table2 import FUNCTIONS as OTHERS

FUNCTIONS: dict[str, Callable[..., Value]] = {**ELEMENTARY, **OTHERS}
