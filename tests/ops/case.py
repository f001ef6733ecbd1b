"""A row of the op table: how to call an op, on what, and what is known to be special about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Arg:
    """How to draw one operand: uniform in [low, high], at least ``margin`` away from ``avoid``.

    ``kind`` is "array", "scalar" (NumPy) or "python". ``make`` overrides: ``make(rng) -> value``.
    """

    shape: tuple[int, ...] = (3, 4)
    low: float = -2.0
    high: float = 2.0
    dtype: str = "float64"
    kind: str = "array"
    avoid: tuple[float, ...] = ()
    margin: float = 0.05
    make: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Case:
    """One op in one argument form.

    ``call(np, *args)`` is given the namespace to use: NumPy itself (unchanged code) or funcgrad.numpy.
    ``primitives`` are the names of the primitives it exercises, the first being its subject. ``diff``
    are the positions differentiated by (empty for an op without derivative).
    """

    primitives: str
    call: Callable[..., Any]
    args: tuple[Arg, ...] = (Arg(),)
    diff: tuple[int, ...] | None = None  # None: all of them
    order: int = 2
    complex: bool = False  # run with complex128 operands too
    float32: bool = True
    vmap: bool = True
    jit: bool = True
    device: bool = True  # run on the mock device too
    known: bool = False  # asks traced values for their numbers: for no batch and no compiled program
    bits: bool = True  # compiled and mapped values keep NumPy's bits; False: within rounding
    rtol: float = 1e-8
    numpy: str = "2.0"  # the oldest NumPy that knows this form
    label: str = ""

    def __post_init__(self) -> None:
        if self.known:
            object.__setattr__(self, "vmap", False)
            object.__setattr__(self, "jit", False)

    @property
    def name(self) -> str:
        """The row's name in test reports."""
        return f"{self.primitives}{':' + self.label if self.label else ''}"
