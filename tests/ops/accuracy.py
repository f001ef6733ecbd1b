"""A row of the accuracy table: a special function, where to ask, and its derivative at 50 digits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np

DIGITS = 50
ALLOWED = 8.0  # units in the last place


@dataclass(frozen=True)
class Accuracy:
    """The derivative of ``fun`` by its one argument, which ``reference`` computes with mpmath's numbers.

    ``reference`` is given the points as they are in double precision, as mpmath's numbers. Complex points
    are differentiated holomorphically; their errors are relative to the modulus. ``ulps`` may exceed eight
    only with a ``reason``. ``scale``, also with a reason, gives another size that errors are relative to: the
    amplitude of an oscillation, the value of a function of which the derivative is a small part.
    """

    name: str
    fun: Callable[[Any], Any]
    reference: Callable[[Any], Any]
    points: Sequence[float] | Sequence[complex]
    ulps: float = ALLOWED
    reason: str = ""
    scale: Callable[[Any], Any] | None = None

    @property
    def array(self) -> np.ndarray:
        """The points, float64 or complex128."""
        return np.asarray(self.points, complex if np.iscomplexobj(self.points) else float)


def spread(low: float, high: float, count: int = 12) -> list[float]:
    """Points of either sign from low to high, evenly, off the round numbers."""
    return [low + (high - low) * _place(i, count) for i in range(count)]


def decades(low: float, high: float, count: int = 12) -> list[float]:
    """Points from low to high (both of one sign), evenly in the logarithm."""
    sign = math.copysign(1.0, low)
    a, b = math.log(abs(low)), math.log(abs(high))
    return [sign * math.exp(a + (b - a) * _place(i, count)) for i in range(count)]


def _place(i: int, count: int) -> float:
    """The ends, and between them numbers that are no simple fractions."""
    return i / (count - 1) if i in (0, count - 1) else (i + 0.3 * math.sin(7.0 * i)) / (count - 1)


def exact(point: Any) -> Any:
    """A double as mpmath's number."""
    if isinstance(point, complex):
        return mpmath.mpc(point.real, point.imag)
    return mpmath.mpf(float(point))


def references(row: Accuracy) -> list[Any]:
    """The derivative at each of a row's points, to 50 digits."""
    with mpmath.workdps(DIGITS):
        return [mpmath.mpmathify(row.reference(exact(p))) for p in row.array.tolist()]


def errors(row: Accuracy, got: np.ndarray, wanted: Sequence[Any]) -> list[float]:
    """How many units in the last place of the reference (or the row's scale) each value is off."""
    sizes = wanted if row.scale is None else sizes_of(row, row.scale)
    found = zip(got.tolist(), wanted, sizes, strict=True)
    return [_error(value, reference, size) for value, reference, size in found]


def sizes_of(row: Accuracy, scale: Callable[[Any], Any]) -> list[Any]:
    """What the errors at each point are relative to."""
    with mpmath.workdps(DIGITS):
        return [mpmath.mpmathify(scale(exact(p))) for p in row.array.tolist()]


def _error(value: complex, reference: Any, size: Any) -> float:
    with mpmath.workdps(DIGITS):
        nearest = complex(reference) if isinstance(reference, mpmath.mpc) else float(reference)
        if value == nearest:
            return 0.0
        off = float(abs(exact(value) - reference)) / float(np.spacing(float(abs(size))))
    return off if math.isfinite(off) else math.inf
