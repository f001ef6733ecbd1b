"""Rows of the op table: products of vectors with three components (those with two: test_crossing.py)."""

from __future__ import annotations

from typing import Any

from .case import Arg, Case

PAIR = (Arg((2, 3)), Arg((2, 3)))


def row(label: str, call: Any, args: tuple[Arg, ...] = PAIR, **options: Any) -> Case:
    """A row of the primitive ``cross``."""
    return Case("cross", call, args, label=label, complex=True, **options)


CASES: list[Case] = [
    row("vectors", lambda np, x, y: np.cross(x, y), (Arg((3,)), Arg((3,)))),
    row("broadcast", lambda np, x, y: np.cross(x, y), (Arg((2, 1, 3)), Arg((4, 3)))),
    row("axes", lambda np, x, y: np.cross(x, y, axisa=0, axisb=1, axisc=0), (Arg((3, 2)), Arg((2, 3)))),
    row("axis", lambda np, x, y: np.cross(x, y, axis=0), (Arg((3, 2)), Arg((3, 2)))),
    row("list", lambda np, x: np.cross(x, [1.0, 2.0, -1.0]), (Arg((2, 3)),)),
    row("linalg", lambda np, x, y: np.linalg.cross(x, y)),
]
