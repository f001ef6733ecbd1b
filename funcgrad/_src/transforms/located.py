"""A tape that knows the user's lines, and the sweep that passes them on.

The eager tape records no lines (docs/decisions/0006). Under a trace that stages a program it does: each
equation that the sweep makes then belongs to the line of the operation whose derivative it is part of.
``debug.debug_nans()`` uses the same tape eagerly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..base.source import Location, placing, user_location
from ..core.primitive import Primitive
from .sweep import Sweep
from .tape import ReverseTrace


class LocatedTape(ReverseTrace):
    """Records beside each row the user's line that made it: ``places``, by the row's index."""

    __slots__ = ("places",)
    sweep: type[Sweep]

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.places: dict[int, Location] = {}

    def process(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
        index = len(self.rows)
        out = super().process(primitive, args, params)
        if len(self.rows) > index:
            at = user_location()
            if at is not None:
                self.places[index] = at._replace(derivative_of=at.derivative_of or primitive.name)
        return out


class LocatedSweep(Sweep):
    """Walks row by row, so that whoever asks for the user's line gets the one of the forward operation."""

    tape: LocatedTape

    def _segment(self, start: int, last: int = -1) -> int:
        for index in range(start, last, -1):
            self._row(index)
        return last

    @placing
    def _row(self, index: int) -> None:
        """Pull back through one row."""
        place = self.tape.places.get(index)  # noqa: F841  (found by user_location)
        super()._segment(index, index - 1)


LocatedTape.sweep = LocatedSweep


def new_sweep(tape: ReverseTrace, *, free: bool) -> Sweep:
    """The sweep that goes with a tape."""
    kind = tape.sweep if isinstance(tape, LocatedTape) else Sweep
    return kind(tape, free=free)
