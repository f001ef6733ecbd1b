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
from ..ir.jaxpr import Equation
from ..ir.staging import stagers
from .sweep import Sweep
from .tape import ReverseTrace


class LocatedTape(ReverseTrace):
    """Records beside each row the user's line that made it: ``lines``, by the row's index."""

    __slots__ = ("lines", "stagers")
    sweep: type[Sweep]

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.lines: dict[int, Location | None] = {}
        self.stagers = stagers(self.parent)

    def process(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
        eqns: Sequence[Equation] = self.stagers[0].eqns if self.stagers else ()
        index, staged = len(self.rows), len(eqns)
        out = super().process(primitive, args, params)
        if len(self.rows) > index:
            self.lines[index] = eqns[-1].source if len(eqns) > staged else user_location()
        return out

    def place(self, index: int) -> Location | None:
        """The line of a row, as that of the derivative of its operation."""
        line, row = self.lines.get(index), self.rows[index]
        if line is None or row is None or line.derivative_of:
            return line
        return Location(line.file, line.line, line.function, row[0].name)


class LocatedSweep(Sweep):
    """Walks row by row, so that whoever asks for the user's line gets the one of the forward operation."""

    tape: LocatedTape

    def _segment(self, start: int, last: int = -1) -> int:
        stagers = self.tape.stagers
        before = [stager.place for stager in stagers]
        try:
            for index in range(start, last, -1):
                place = self.tape.place(index)
                staged = None if self._calls(index) else place
                for stager in stagers:
                    stager.place = staged
                self._row(index, place)
        finally:
            for stager, staged in zip(stagers, before, strict=True):
                stager.place = staged
        return last

    def _calls(self, index: int) -> bool:
        """Whether a row runs code of the user's, which has lines of its own."""
        row = self.rows[index]
        return row is not None and row[0].rule.kind == "call"

    @placing
    def _row(self, index: int, place: Location | None) -> None:
        """Pull back through one row; ``user_location`` finds the place."""
        Sweep._segment(self, index, index - 1)


LocatedTape.sweep = LocatedSweep


def new_sweep(tape: ReverseTrace, *, free: bool) -> Sweep:
    """The sweep that goes with a tape."""
    kind = tape.sweep if isinstance(tape, LocatedTape) else Sweep
    return kind(tape, free=free)
