"""Sums, products and extremes over the axes of a loop.

NOTE (accuracy of sums): each lane of a few vectors adds up to ``BLOCK`` terms; these go into a total, in
float64 for float32, with the error of every addition kept (Knuth's TwoSum) for float64. So the error hardly
grows with the number of terms, and is less than that of NumPy's pairwise sums. Where inf or NaN made the
error itself NaN, the plain total counts. Reference: Knuth, The Art of Computer Programming 2, 4.2.2; Higham,
Accuracy and Stability of Numerical Algorithms, 4.3.
"""

from __future__ import annotations

import numpy as np

from .access import Dtype
from .builder import F32, F64, Type, Value
from .code import Code
from .combine import combine
from .registers import Complex, Register, part, type_of

BLOCK = 16  # terms that a lane adds without care
ZERO = float(np.add.reduce(np.array([-0.0])))  # with which NumPy's sums begin: of one sign or the other


def identity(name: str, dtype: Dtype) -> float:
    """The number with which a reduction begins, and which changes no result of one."""
    if name in ("sum", "prod"):
        return (ZERO if name == "sum" else 1.0) if dtype.kind in "fc" else int(name == "prod")
    if dtype.kind == "f":
        return -np.inf if name == "max" else np.inf
    if dtype.kind == "b":
        return int(name == "min")
    limits = np.iinfo(dtype)
    return int(limits.min if name == "max" else limits.max)


def wide(name: str, dtype: Dtype) -> Dtype:
    """The dtype of a partial result: sums of floats are kept in double precision."""
    if name == "sum" and dtype.kind in "fc":
        return np.dtype(np.float64 if dtype.kind == "f" else np.complex128)
    return dtype


class Total:
    """One reduction to a number for each round of the loops outside it.

    ``lanes`` are those of what is added, ``width`` tells how many vectors take turns. ``careful``: there may
    be more than ``BLOCK`` additions to a lane, so that `flush` is called in between.
    """

    def __init__(self, code: Code, name: str, dtype: Dtype, lanes: int, width: int, careful: bool) -> None:
        self.code, self.name, self.dtype, self.lanes, self.width = code, name, dtype, lanes, width
        type = type_of(dtype)
        self.careful = careful and name == "sum" and type.floating
        self.start = identity(name, dtype)
        make = _Careful if self.careful else _Plain
        count = 2 if dtype.kind == "c" else 1
        self.parts = [make(self, type) for _ in range(count)]
        self.is_product = dtype.kind == "c" and name == "prod"

    def open(self) -> None:
        """Begin with nothing."""
        for k, one in enumerate(self.parts):
            one.open(0.0 if self.is_product and k else self.start)

    def add(self, x: Register, turn: int, mask: Value | None) -> None:
        """Take in a vector, but for the lanes where the mask is false; or a scalar."""
        code = self.code
        if isinstance(x, Complex):
            values = [x.re, x.im]
        else:
            values = [x]
        starts = [self.start, 0.0 if self.is_product else self.start]
        values = [code.spread(v, self.lanes) for v in values]
        if mask is not None:
            values = [code.select(mask, v, s) for v, s in zip(values, starts, strict=False)]
        if self.is_product:
            held = Complex(*[one.held(turn) for one in self.parts])
            found = combine(code, "prod", self.dtype, held, Complex(*values))
            assert isinstance(found, Complex)
            self.parts[0].hold(found.re, turn)
            self.parts[1].hold(found.im, turn)
            return
        for one, value in zip(self.parts, values, strict=True):
            one.add(value, turn)

    def flush(self) -> None:
        """Bring the lanes' sums to safety."""
        for one in self.parts:
            one.flush()

    def close(self, *, wide: bool = False) -> Register:
        """The result, a scalar; ``wide``: sums of floats in double precision, to be added to others."""
        if self.is_product:
            return self._product()
        found = [one.close() for one in self.parts]
        if self.name == "sum" and type_of(self.dtype) is F32:
            found = [self.code.cast("fpext", x, F64) if x.type is F32 else x for x in found]
            if not wide:
                found = [self.code.cast("fptrunc", x, F32) for x in found]
        return Complex(*found) if len(found) == 2 else found[0]

    def _product(self) -> Register:
        """Products of complex numbers join both parts, lane by lane."""
        code = self.code
        total: Register | None = None
        for turn in range(self.width):
            held = [one.held(turn) for one in self.parts]
            for lane in range(max(1, self.lanes)):
                pair = Complex(*[code.lane(x, lane) for x in held])
                total = pair if total is None else combine(code, "prod", self.dtype, total, pair)
        assert total is not None
        return total


class _Plain:
    """Vectors that take turns; at the end they are combined."""

    def __init__(self, total: Total, type: Type) -> None:
        self.code, self.total, self.type = total.code, total, type
        self.places = [self.code.local(type, total.lanes) for _ in range(total.width)]

    def combine(self, x: Value, y: Value) -> Value:
        dtype = part(self.total.dtype)
        found = combine(self.code, self.total.name, dtype, x, y)
        assert isinstance(found, Value)
        return found

    def open(self, start: float) -> None:
        for place in self.places:
            self.code.store(place, self.code.number(self.type, start, self.total.lanes), 64)

    def held(self, turn: int) -> Value:
        return self.code.load(self.places[turn], self.type, self.total.lanes, 64)

    def hold(self, x: Value, turn: int) -> None:
        self.code.store(self.places[turn], x, 64)

    def add(self, x: Value, turn: int) -> None:
        self.hold(self.combine(self.held(turn), x), turn)

    def flush(self) -> None:
        pass

    def _all(self) -> Value:
        """The vectors combined."""
        values = [self.held(turn) for turn in range(self.total.width)]
        while len(values) > 1:
            pairs = zip(values[::2], values[1::2], strict=False)
            values = [*[self.combine(x, y) for x, y in pairs], *values[len(values) // 2 * 2 :]]
        return values[0]

    def close(self) -> Value:
        return self.code.fold(self._all(), self.combine)


class _Careful(_Plain):
    """Sums of floats, with a total that hardly rounds: see NOTE accuracy of sums."""

    def __init__(self, total: Total, type: Type) -> None:
        super().__init__(total, type)
        self.sum = self.code.local(F64, total.lanes)
        self.error = self.code.local(F64, total.lanes) if type is F64 else None

    def open(self, start: float) -> None:
        super().open(start)
        zero = self.code.number(F64, start, self.total.lanes)
        self.code.store(self.sum, zero, 64)
        if self.error is not None:
            self.code.store(self.error, self.code.number(F64, 0.0, self.total.lanes), 64)

    def flush(self) -> None:
        code, lanes = self.code, self.total.lanes
        new, old = self._all(), code.load(self.sum, F64, lanes, 64)
        if self.error is None:
            code.store(self.sum, old + code.cast("fpext", new, F64), 64)
        else:
            total, error = two_sum(old, new)
            code.store(self.sum, total, 64)
            code.store(self.error, code.load(self.error, F64, lanes, 64) + error, 64)
        super().open(self.total.start)

    def close(self) -> Value:
        code, lanes = self.code, self.total.lanes
        found = code.fold(code.load(self.sum, F64, lanes, 64), lambda x, y: x + y)
        if self.error is None:
            return found
        error = code.fold(code.load(self.error, F64, lanes, 64), lambda x, y: x + y)
        return corrected(code, found, error)


def two_sum(x: Value, y: Value) -> tuple[Value, Value]:
    """The rounded sum, and what it lacks."""
    total = x + y
    taken = total - x
    return total, (x - (total - taken)) + (y - taken)


def corrected(code: Code, total: Value, error: Value) -> Value:
    """A total with its errors added, unless they are NaN."""
    return code.select(error.is_nan(), total, total + error)
