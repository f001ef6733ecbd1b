"""Substitution: a triangular system solved row after row.

``x[i] = (b[i] - sum of t[i, j] * x[j]) / t[i, i]`` over the ``j`` that are known, which begin at the top of a
lower triangle and at the bottom of an upper one. Of several right sides a vector holds some; of one it holds
terms of the sum, if those of a row of the triangle lie one after another.

NOTE (accuracy of substitution): every row is a sum in some order and one division. So the solution is that
of a triangle whose elements are off by at most k·u, for k terms in a row, whatever the order: Higham,
Accuracy and Stability of Numerical Algorithms, theorem 8.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ....base.record import Record
from .access import Dtype, read, write
from .areas import Area, times
from .builder import Value
from .code import Code
from .complex_numbers import divide
from .conversions import convert
from .fused import added, halves, joined, multiplied
from .registers import Complex, Register, number, part

TOGETHER = 4  # vectors of right sides that are computed at once
Index = Value | int


class Triangle(Record):
    """One triangle of a matrix; ``unit``: its diagonal is taken to be 1. Elements are had in ``dtype``."""

    area: Area
    dtype: Dtype
    lower: bool
    unit: bool
    conjugate: bool

    @property
    def size(self) -> int:
        return self.area.shape[0]

    def turned(self, *, conjugate: bool) -> Triangle:
        """The transpose; or its conjugate, if this was none."""
        area = self.area.transposed((1, 0))
        return Triangle(area, self.dtype, not self.lower, self.unit, self.conjugate ^ conjugate)

    def get(self, i: Index, j: Index, lanes: int = 0) -> Register:
        """An element, or a vector of a row from there on."""
        code, area = self.area.code, self.area
        base = area.row(0, i).row(0, j).base
        x = convert(code, read(code, base, area.dtype, area.steps[1], None, lanes), area.dtype, self.dtype)
        return Complex(x.re, -x.im) if self.conjugate and isinstance(x, Complex) else x

    def rows(self, row: Callable[[Index, Index, Index], None]) -> None:
        """Emit ``row(i, begin, end)`` for each ``i`` in the order in which they can be computed.

        The other unknowns of that row are those from ``begin`` to ``end``; none if both are 0.
        """
        last = self.size - 1
        row(0 if self.lower else last, 0, 0)
        if last:
            with self.area.code.loop(1, self.size) as k:
                if self.lower:
                    row(k, 0, k)
                else:
                    row(last - k, self.size - k, self.size)


class Substitution:
    """One triangular system, whose right sides ``x`` become the solution.

    The rows of ``x`` lie one after another, and of each a number of elements that the lanes divide; or they
    are single numbers.
    """

    def __init__(self, code: Code, t: Triangle, x: Area) -> None:
        self.code, self.t, self.x, self.dtype = code, t, x, t.dtype
        self.lanes = lanes_for(code, x.shape[1], t.dtype)

    def run(self) -> None:
        """Emit everything."""
        if self.x.shape[1] == 1:
            by_terms = self.t.area.steps[1] == self.t.area.dtype.itemsize
            self.t.rows(self.by_terms if by_terms else lambda *bounds: self.row(self.x.base, 1, *bounds))
            return
        pieces, rest = divmod(self.x.shape[1] // self.lanes, TOGETHER)
        wide = TOGETHER * self.lanes * self.dtype.itemsize
        if pieces == 1:
            self.t.rows(lambda *bounds: self.row(self.x.base, TOGETHER, *bounds))
        elif pieces:
            with self.code.loop(0, pieces * wide, wide) as offset:
                base = self.code.offset(self.x.base, offset)
                self.t.rows(lambda *bounds: self.row(base, TOGETHER, *bounds))
        if rest:
            base = self.code.offset(self.x.base, pieces * wide)
            self.t.rows(lambda *bounds: self.row(base, rest, *bounds))

    # --- elements of ``x`` ---

    def place(self, base: Value, i: Index, piece: int = 0) -> Value:
        """Where a vector of a row begins."""
        row = self.code.offset(base, times(self.code, self.x.steps[0], i))
        return self.code.offset(row, piece * self.lanes * self.dtype.itemsize)

    def get(self, place: Value, lanes: int) -> Register:
        return read(self.code, place, self.dtype, self.dtype.itemsize, None, lanes)

    def divided(self, x: Register, i: Index) -> Register:
        """A row's sum divided by what stands on the diagonal."""
        if self.t.unit:
            return x
        y = self.t.get(i, i)
        if isinstance(x, Complex):
            assert isinstance(y, Complex)
            lanes = x.re.lanes
            return divide(self.code, x, Complex(self.code.spread(y.re, lanes), self.code.spread(y.im, lanes)))
        assert isinstance(y, Value)
        return x / y

    # --- rows ---

    def row(self, base: Value, count: int, i: Index, begin: Index, end: Index) -> None:
        """Some neighbouring vectors of a row; or a number."""
        code, lanes = self.code, self.lanes
        places = [self.place(base, i, k) for k in range(count)]
        sums = [Held(code, self.get(place, lanes)) for place in places]
        with self.terms(begin, end) as j:
            if j is not None:
                left = wide(code, negative(self.t.get(i, j)), lanes)
                for k, held in enumerate(sums):
                    right = self.get(self.place(base, j, k), lanes)
                    held.set(multiplied(code, self.dtype, left, right, held.get()))
        for place, held in zip(places, sums, strict=True):
            write(code, place, self.dtype, self.divided(held.get(), i), self.dtype.itemsize, None, lanes)

    @contextmanager
    def terms(self, begin: Index, end: Index) -> Iterator[Value | None]:
        """The loop over the known unknowns of a row, if there are any."""
        if isinstance(end, int) and end == 0:
            yield None
        else:
            with self.code.loop(begin, end) as j:
                yield j

    def by_terms(self, i: Index, begin: Index, end: Index) -> None:
        """The one number of a row, with vectors of terms and the rest one by one."""
        code, x, dtype = self.code, self.x, self.dtype
        total = Held(code, self.get(self.place(x.base, i), 0))
        if not isinstance(end, int) or end:
            lanes = code.vector_bytes // part(dtype).itemsize
            first = begin if isinstance(begin, Value) else code.integer(begin)
            stop = end if isinstance(end, Value) else code.integer(end)
            middle = first + ((stop - first) & -lanes)
            with code.when(first.lt(middle)):
                sums = Held(code, wide(code, number(code, 0, dtype), lanes))
                with code.loop(first, middle, lanes) as j:
                    right = self.get(self.place(x.base, j), lanes)
                    sums.set(multiplied(code, dtype, self.t.get(i, j, lanes), right, sums.get()))
                found = [code.fold(v, lambda a, b: a + b) for v in halves(sums.get())]
                total.set(added(total.get(), negative(joined(found))))
            with code.when(middle.lt(stop)), code.loop(middle, stop) as j:
                left, right = negative(self.t.get(i, j)), self.get(self.place(x.base, j), 0)
                total.set(multiplied(code, dtype, left, right, total.get()))
        write(code, self.place(x.base, i), dtype, self.divided(total.get(), i))


class Held:
    """A register that changes."""

    def __init__(self, code: Code, x: Register) -> None:
        self.code = code
        self.kinds = [(v.type, v.lanes) for v in halves(x)]
        self.places = [code.local(*kind) for kind in self.kinds]
        self.set(x)

    def get(self) -> Register:
        pairs = zip(self.places, self.kinds, strict=True)
        return joined([self.code.load(place, *kind, 64) for place, kind in pairs])

    def set(self, x: Register) -> None:
        for place, v in zip(self.places, halves(x), strict=True):
            self.code.store(place, v, 64)


def negative(x: Register) -> Register:
    return joined([-v for v in halves(x)])


def wide(code: Code, x: Register, lanes: int) -> Register:
    """A number in all lanes."""
    return joined([code.spread(v, lanes) for v in halves(x)])


def lanes_for(code: Code, columns: int, dtype: Dtype) -> int:
    """The lanes of vectors of right sides; 0 for one right side."""
    most = code.vector_bytes // part(dtype).itemsize
    return 0 if columns == 1 else min(most, 1 << (columns - 1).bit_length())
