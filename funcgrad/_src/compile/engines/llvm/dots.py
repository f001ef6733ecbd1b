"""The sum of the products of the elements of two arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from .access import Dtype, read
from .areas import TURNS, Area, axes_of, lanes_of, on, times
from .builder import Value
from .code import Code
from .conversions import convert
from .fused import multiplied
from .registers import Complex, Register, number
from .totals import BLOCK, Total


def dotted(code: Code, x: Area, y: Area, dtype: Dtype, *, conjugate: bool) -> Register:
    """The sum of the products of the elements of two areas of one shape."""
    if not x.size:
        return number(code, 0, dtype)
    axes = axes_of([x, y])
    lanes = lanes_of(code, axes, [x.dtype, y.dtype])
    turns = TURNS if lanes else 1
    size = axes[-1].size if axes else 1
    total = Total(code, "sum", dtype, lanes, turns, len(axes) > 1 or size > BLOCK * max(1, lanes) * turns)
    total.open()

    def add(bases: Sequence[Value], i: Value | int, turn: int, mask: Value | None) -> None:
        pair = []
        for base, source, step in zip(bases, (x, y), axes[-1].steps if axes else (0, 0), strict=True):
            place = code.offset(base, times(code, step, i))
            pair.append(
                convert(code, read(code, place, source.dtype, step, mask, lanes), source.dtype, dtype)
            )
        left, right = pair
        if conjugate and isinstance(left, Complex):
            left = Complex(left.re, -left.im)
        total.add(multiplied(code, dtype, left, right, None), turn, mask)

    with ExitStack() as stack:
        bases = [x.base, y.base]
        for axis in axes[:-1]:
            bases = on(code, bases, axis.steps, stack.enter_context(code.loop(0, axis.size)))
        _along(code, size, lanes, turns, total, lambda i, turn, mask: add(bases, i, turn, mask))
        total.flush()
    return total.close()


def _along(
    code: Code,
    size: int,
    lanes: int,
    turns: int,
    total: Total,
    add: Callable[[Value | int, int, Value | None], None],
) -> None:
    """All elements of an axis, with the total brought to safety after every block."""
    one = max(1, lanes)
    wide = one * turns
    main = size - size % wide
    if main:
        with code.loop(0, main, BLOCK * wide) as first:
            with code.loop(first, code.least(first + BLOCK * wide, main), wide) as i:
                for turn in range(turns):
                    add(i + turn * one if turn else i, turn, None)
            total.flush()
    for turn, start in enumerate(range(main, size - size % one, one)):
        add(start, turn, None)
    if size % one:
        add(size - size % one, 0, code.first_lanes(size % one, lanes))
