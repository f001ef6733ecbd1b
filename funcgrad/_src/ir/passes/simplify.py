"""Algebraic simplification: the rules of algebra.py, movement.py and masks.py in one sweep."""

from __future__ import annotations

from ..jaxpr import Jaxpr
from . import algebra, masks, movement
from .sweep import Found, Sweep

_RULES = algebra.RULES | movement.RULES | masks.RULES


def simplify(jaxpr: Jaxpr) -> Found:
    """Rewrite what can be had for less, bit for bit: see NOTE (bits) and NOTE (layout)."""
    return Sweep(jaxpr, _RULES).run()
