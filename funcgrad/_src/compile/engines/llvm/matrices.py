"""Small products of matrices and vectors.

All are ``out[i, j] = sum of a[i, k] * b[k, j]`` over ``k``. Where ``j`` runs along memory, the
vectors hold neighbours of a row of the result; where ``k`` does in both operands, they hold terms of the
sums, and several sums are added up together. Everything else is copied so that the first is the case.

NOTE (accuracy of products): sums of more than ``BLOCK`` terms are made of parts, each of so many terms, so
that a sum of k terms rounds less than 4·√k times for k up to 64.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from .access import Dtype, read, write
from .areas import Area, sweep
from .builder import Value
from .code import Code
from .conversions import convert
from .fused import added, folded, halves, joined, multiplied
from .movement import put
from .registers import Register, number, part
from .surroundings import Surroundings

BLOCK = 16  # terms that are added one after another
ROWS = 4  # rows of the result in registers at once

Finish = Callable[[Register, Value | int, Value | int, Value | None, int], Register]
Term = Callable[[Value | int, list[Register | None]], list[Register]]


class Product:
    """``out[i, j] = finish(sum of a[i, k] * b[k, j])``."""

    def __init__(
        self, code: Code, a: Area, b: Area, out: Area, dtype: Dtype, finish: Finish | None = None
    ) -> None:
        self.code, self.a, self.b, self.out, self.dtype = code, a, b, out, dtype
        self.finish = finish
        self.rows, self.depth, self.columns = a.shape[0], a.shape[1], b.shape[1]
        real = part(dtype).itemsize
        wanted = max(self.columns, self.depth) if self.by_terms else self.columns
        self.lanes = min(code.vector_bytes // real, 1 << (max(1, wanted) - 1).bit_length())

    @property
    def by_terms(self) -> bool:
        """Whether the terms of the sums lie one after another, and the results of a row do not."""
        size = self.b.dtype.itemsize
        return self.columns > 1 and self.b.steps[1] != size and self.b.steps[0] == size

    def get(
        self, source: Area, i: Value | int, j: Value | int, mask: Value | None = None, lanes: int = 0
    ) -> Register:
        """Elements of a row from one on."""
        base = source.row(0, i).row(0, j).base
        x = read(self.code, base, source.dtype, source.steps[1], mask, lanes)
        return convert(self.code, x, source.dtype, self.dtype)

    def put(self, x: Register, i: Value | int, j: Value | int, mask: Value | None, lanes: int) -> None:
        """Write results of a row."""
        if self.finish is not None:
            x = self.finish(x, i, j, mask, lanes)
        base = self.out.row(0, i).row(0, j).base
        write(self.code, base, self.out.dtype, x, self.out.steps[1], mask, lanes)

    def emit(self, over_rows: Callable[[Value | int, int], None]) -> None:
        """All rows, a few at a time."""
        main = self.rows - self.rows % ROWS
        if main == ROWS:
            over_rows(0, ROWS)
        elif main:
            with self.code.loop(0, main, ROWS) as i:
                over_rows(i, ROWS)
        if self.rows % ROWS:
            over_rows(main, self.rows % ROWS)

    def sums(self, count: int, term: Term, steps: int, jump: int = 1) -> list[Register]:
        """Sums of ``steps`` rounds: ``term(k, sums)`` adds to all; in parts of ``BLOCK``."""
        total: list[Register] | None = None
        for first in range(0, steps, BLOCK):
            last = min(first + BLOCK, steps)
            block = self.block(term, range(first * jump, last * jump, jump), count)
            total = block if total is None else [added(x, y) for x, y in zip(total, block, strict=True)]
        assert total is not None
        return total

    def block(self, term: Term, rounds: range, count: int) -> list[Register]:
        """The sums of a few rounds: the first one begins them, the others are a loop."""
        code = self.code
        found = term(rounds.start, [None] * count)
        if len(rounds) == 1:
            return found
        places = [[code.local(x.type, x.lanes) for x in halves(one)] for one in found]
        kinds = [[(x.type, x.lanes) for x in halves(one)] for one in found]

        def hold(values: list[Register]) -> None:
            for one, held in zip(values, places, strict=True):
                for x, place in zip(halves(one), held, strict=True):
                    code.store(place, x, 64)

        def held() -> list[Register]:
            return [
                joined([code.load(p, *kind, 64) for p, kind in zip(ps, ks, strict=True)])
                for ps, ks in zip(places, kinds, strict=True)
            ]

        hold(found)
        with code.loop(rounds.start + rounds.step, rounds.stop, rounds.step) as k:
            hold(term(k, [*held()]))
        return held()

    # --- vectors of results ---

    def along_rows(self) -> None:
        """Rows of results in vectors."""
        if self.lanes < 2:
            pieces: list[tuple[int, Value | None, int]] = [(j, None, 0) for j in range(self.columns)]
        else:
            whole = self.columns - self.columns % self.lanes
            pieces = [(j, None, self.lanes) for j in range(0, whole, self.lanes)]
            if whole < self.columns:
                pieces.append((whole, self.code.first_lanes(self.columns - whole, self.lanes), self.lanes))
        few = 2 if self.dtype.kind == "c" else 4
        for start in range(0, len(pieces), few):
            some = pieces[start : start + few]
            self.emit(functools.partial(self.tile, some))

    def tile(self, pieces: Sequence[tuple[int, Value | None, int]], i: Value | int, count: int) -> None:
        """Some rows of a few vectors."""

        def term(k: Value | int, sums: list[Register | None]) -> list[Register]:
            right = [self.get(self.b, k, j, mask, lanes) for j, mask, lanes in pieces]
            found, rest = [], iter(sums)
            for r in range(count):
                left = self.get(self.a, i + r if r else i, k)
                found += [multiplied(self.code, self.dtype, self.wide(left, y), y, next(rest)) for y in right]
            return found

        sums = iter(self.sums(count * len(pieces), term, self.depth))
        for r in range(count):
            for j, mask, lanes in pieces:
                self.put(next(sums), i + r if r else i, j, mask, lanes)

    def wide(self, x: Register, like: Register) -> Register:
        """A number in all lanes."""
        lanes = halves(like)[0].lanes
        return joined([self.code.spread(v, lanes) for v in halves(x)])

    # --- vectors of terms ---

    def along_terms(self) -> None:
        """Sums in vectors, of which as many as there are lanes are added up together."""
        lanes = self.lanes
        with self.code.loop(0, self.rows) as i:
            for j in range(0, self.columns, lanes):
                self.dots(i, j, min(lanes, self.columns - j))

    def dots(self, i: Value | int, j: int, count: int) -> None:
        """Neighbouring results of a row."""
        code, lanes = self.code, self.lanes
        turned = self.b.transposed((1, 0))

        def term(k: Value | int, sums: list[Register | None], mask: Value | None = None) -> list[Register]:
            left = self.get(self.a, i, k, mask, lanes)
            right = [self.get(turned, j + r, k, mask, lanes) for r in range(count)]
            return [multiplied(code, self.dtype, left, y, s) for y, s in zip(right, sums, strict=True)]

        whole, rest = divmod(self.depth, lanes)
        sums: list[Register | None] = [None] * count
        if whole:
            sums = [*self.sums(count, term, whole, lanes)]
        if rest:
            sums = [*term(whole * lanes, sums, code.first_lanes(rest, lanes))]
        mask = code.first_lanes(count, lanes) if count < lanes else None
        columns = zip(*[halves(x) for x in sums if x is not None], strict=True)
        self.put(joined([folded(code, list(x)) for x in columns]), i, j, mask, lanes)

    def run(self) -> None:
        """Emit everything."""
        if self.by_terms:
            self.along_terms()
        else:
            self.along_rows()


def multiply(
    code: Code, around: Surroundings, a: Area, b: Area, out: Area, dtype: Dtype, finish: Finish | None = None
) -> None:
    """A product of matrices, with its operands as the loops need them."""
    if not out.size:
        return
    if not a.shape[1]:
        zero = number(code, 0, dtype)
        sweep(code, out, [], lambda: zero)
        return
    if out.shape[1] == 1 and out.shape[0] > 1 and finish is None:
        turn = (1, 0)
        a, b, out = b.transposed(turn), a.transposed(turn), out.transposed(turn)
    columns, size = b.shape[1], b.dtype.itemsize
    by_terms = b.steps[0] == size and a.steps[1] == a.dtype.itemsize
    if columns > 1 and b.steps[1] != size and not by_terms:
        slot, offset = around.scratch(b.size * size)
        base = code.offset(code.pointer(slot), offset)
        held = Area(code, base, b.shape, (columns * size, size), b.dtype)
        put(code, held, b, b.dtype)
        b = held
    Product(code, a, b, out, dtype, finish).run()
