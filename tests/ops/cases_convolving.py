"""Rows of the op table: convolution and correlation of rows, in every mode."""

from __future__ import annotations

from typing import Any

from .case import Arg, Case

FIVE, THREE, FOUR, TWO = Arg((5,)), Arg((3,)), Arg((4,)), Arg((2,))
COMPLEX = Arg((3,), dtype="complex128")
ROUNDED: dict[str, Any] = {"bits": False}

CASES: list[Case] = [
    Case(
        "convolve", lambda np, a, v: np.convolve(a, v), (FIVE, THREE), label="full", complex=True, **ROUNDED
    ),
    Case("convolve", lambda np, a, v: np.convolve(a, v, "same"), (TWO, FIVE), label="same", **ROUNDED),
    Case("convolve", lambda np, a, v: np.convolve(a, v, "same"), (FIVE, FOUR), label="same-even", **ROUNDED),
    Case("convolve", lambda np, a, v: np.convolve(a, v, "valid"), (FIVE, COMPLEX), label="valid", **ROUNDED),
    Case("convolve", lambda np, a: np.convolve(a, [1, 2]), (FOUR,), label="list", **ROUNDED),
    Case("convolve", lambda np, a: np.convolve(2.0, a), (FOUR,), label="number", **ROUNDED),
    Case(
        "correlate",
        lambda np, a, v: np.correlate(a, v),
        (FIVE, THREE),
        label="valid",
        complex=True,
        **ROUNDED,
    ),
    Case(
        "correlate",
        lambda np, a, v: np.correlate(a, v, "same"),
        (FIVE, FOUR),
        label="same",
        complex=True,
        **ROUNDED,
    ),
    Case(
        "correlate", lambda np, a, v: np.correlate(a, v, "same"), (FOUR, FIVE), label="same-longer", **ROUNDED
    ),
    Case(
        "correlate",
        lambda np, a, v: np.correlate(a, v, "same"),
        (TWO, FIVE),
        label="same-exchanged",
        **ROUNDED,
    ),
    Case("correlate", lambda np, a, v: np.correlate(a, v, "full"), (COMPLEX, FIVE), label="full", **ROUNDED),
    Case(
        "correlate", lambda np, a, v: np.correlate(a, v, "valid"), (TWO, FIVE), label="exchanged", **ROUNDED
    ),
]
