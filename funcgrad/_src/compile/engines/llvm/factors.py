"""Cholesky factors of small matrices.

The upper factor is made row after row, in scratch memory: a row is divided by the root of its pivot, and
taken off the rows below it. A vector begins where the memory is aligned: what it holds left of the diagonal,
or behind the end of a row, changes nothing that counts. The lower factor of a matrix is the transpose of the
upper factor of its transpose, complex or not.

Reference for the errors: Higham, Accuracy and Stability of Numerical Algorithms, theorem 10.3.
"""

from __future__ import annotations

from ....ir.jaxpr import Equation
from ...layout import Known
from .access import read, write
from .areas import Area, operand, over_stack
from .arrangements import put_triangle
from .builder import Value
from .code import Code
from .fused import halves, joined, multiplied
from .movement import lies, put, result
from .refusals import Refusal, refuse
from .registers import Complex, Register, part
from .surroundings import NativeStep, Surroundings

MOST = 64  # the longest side

_REFUSAL = Refusal("not_positive", "LinAlgError", "Matrix is not positive definite")  # NumPy's words


def _factors(eqn: Equation, known: Known) -> bool:
    return lies(eqn, known) and 0 < eqn.outs[0].aval.shape[-1] <= MOST and bool(eqn.outs[0].aval.size)


def _cholesky(code: Code, eqn: Equation, around: Surroundings) -> None:
    a, out, upper = operand(code, around, eqn.ins[0]), result(code, eqn, around), eqn.params["upper"]
    assert isinstance(a, Area)
    n, dtype = out.shape[-1], out.dtype
    lanes = min(code.vector_bytes // part(dtype).itemsize, 1 << (n - 1).bit_length())
    wide = -(-n // lanes) * lanes * dtype.itemsize
    slot, offset = around.scratch(n * wide)
    held = Area(code, code.offset(code.pointer(slot), offset), (n, n), (wide, dtype.itemsize), dtype)

    def one(a: Area, out: Area) -> None:
        if not upper:
            a, out = a.transposed((1, 0)), out.transposed((1, 0))
        put(code, held, a, a.dtype)
        _Factor(code, held, lanes).run()
        put_triangle(code, out, held, lower=False)

    over_stack(code, [a, out], one)


class _Factor:
    """The upper factor of what lies in memory whose rows the lanes divide."""

    def __init__(self, code: Code, x: Area, lanes: int) -> None:
        self.code, self.x, self.lanes = code, x, lanes
        self.end = -(-x.shape[0] // lanes) * lanes

    def run(self) -> None:
        n = self.x.shape[0]
        with self.code.loop(0, n) as k:
            self.divide(k)
            with self.code.when(k.lt(n - 1)), self.code.loop(k + 1, n) as i:
                factor = self.get(k, i, 0)
                scale = Complex(-factor.re, factor.im) if isinstance(factor, Complex) else -factor
                self.take_off(i, k, joined([self.code.spread(v, self.lanes) for v in halves(scale)]))

    def get(self, i: Value, j: Value, lanes: int) -> Register:
        return read(self.code, self.place(i, j), self.x.dtype, self.x.dtype.itemsize, None, lanes)

    def place(self, i: Value, j: Value) -> Value:
        return self.x.row(0, i).row(0, j).base

    def put(self, i: Value, j: Value, x: Register) -> None:
        write(self.code, self.place(i, j), self.x.dtype, x, self.x.dtype.itemsize, None, self.lanes)

    def divide(self, k: Value) -> None:
        """A row by the root of its pivot."""
        code, size = self.code, self.x.dtype.itemsize
        pivot = halves(self.get(k, k, 0))[0]
        with code.when(pivot.le(0)):
            refuse(code, _REFUSAL)
        root = code.sqrt(pivot)
        with code.loop(k & -self.lanes, self.end, self.lanes) as j:
            self.put(k, j, joined([v / root for v in halves(self.get(k, j, self.lanes))]))
        zero = code.number(root.type, 0)
        x = Complex(root, zero) if self.x.dtype.kind == "c" else root
        write(code, self.place(k, k), self.x.dtype, x, size)

    def take_off(self, i: Value, k: Value, scale: Register) -> None:
        """Some times row ``k`` added to row ``i``, from its diagonal on."""
        with self.code.loop(i & -self.lanes, self.end, self.lanes) as j:
            total = multiplied(
                self.code, self.x.dtype, scale, self.get(k, j, self.lanes), self.get(i, j, self.lanes)
            )
            self.put(i, j, total)


FACTORS: dict[str, NativeStep] = {"cholesky": NativeStep(_factors, _cholesky)}
