"""Rows of the op table: error functions, and the normal distribution's."""

from __future__ import annotations

from tests.ops.case import Case
from tests.ops.special_namespace import special

CASES: list[Case] = [
    Case("erf", lambda np, x: special(np).erf(x), complex=True),
    Case("erfc", lambda np, x: special(np).erfc(x), complex=True),
]
