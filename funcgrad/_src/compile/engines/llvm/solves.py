"""Which systems with triangular matrices are native, and how their equations become code."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ....ir.jaxpr import Equation
from ...layout import Known
from .access import read
from .areas import Area, axes_of, long_lanes, operand, over, over_stack
from .builder import Value
from .code import Code
from .fused import halves
from .movement import lies, put, result
from .refusals import Refusal, refuse
from .registers import part, type_of
from .substitution import Substitution, Triangle, lanes_for
from .surroundings import NativeStep, Surroundings

MOST = 96  # the longest side of a triangle, and the most right sides: behind it LAPACK soon costs as much

# SciPy's words.
_SINGULAR = Refusal("singular", "LinAlgError", "singular matrix: resolution failed at diagonal %zd")
_NOT_FINITE = Refusal("not_finite", "PyExc_ValueError", "array must not contain infs or NaNs")


def _solves(eqn: Equation, known: Known) -> bool:
    """Whether a system is small."""
    if not lies(eqn, known) or not eqn.outs[0].aval.size:
        return False
    rows, columns = eqn.outs[0].aval.shape[-2:]
    return bool(max(rows, columns) <= MOST)


def _solve(code: Code, eqn: Equation, around: Surroundings) -> None:
    """One triangle."""
    trans, lower, unit = [eqn.params[name] for name in ("trans", "lower", "unit")]

    def each(a: Area, x: Area) -> None:
        t = Triangle(a, x.dtype, lower, unit, False)
        if not unit:
            _refuse_zeros(code, t)
        Substitution(code, t.turned(conjugate=trans == 2) if trans else t, x).run()

    _systems(code, eqn, around, each)


def _cho_solve(code: Code, eqn: Equation, around: Surroundings) -> None:
    """A factor and its adjoint; LAPACK looks for no zeros here."""
    lower = eqn.params["lower"]

    def each(a: Area, x: Area) -> None:
        t = Triangle(a, x.dtype, lower, False, False)
        turned = t.turned(conjugate=True)
        for factor in (t, turned) if lower else (turned, t):
            Substitution(code, factor, x).run()

    _systems(code, eqn, around, each)


def _systems(code: Code, eqn: Equation, around: Surroundings, each: Callable[[Area, Area], None]) -> None:
    """Solve the systems of a stack: ``each(a, x)`` turns the right sides of one, row after row, into it."""
    a, b = [operand(code, around, atom) for atom in eqn.ins]
    out = result(code, eqn, around)
    assert isinstance(a, Area)
    assert isinstance(b, Area)
    if eqn.params["check"]:
        _refuse_infinite(code, a)
        _refuse_infinite(code, b)
    rows, columns = out.shape[-2:]
    size = out.dtype.itemsize
    lanes = max(1, lanes_for(code, columns, out.dtype))
    padded = -(-columns // lanes) * lanes
    held = None
    if columns > 1:
        slot, offset = around.scratch(rows * padded * size)
        base = code.offset(code.pointer(slot), offset)
        held = Area(code, base, (rows, padded), (padded * size, size), out.dtype)

    def one(a: Area, b: Area, out: Area) -> None:
        x = out if held is None else held
        put(code, x.cut(1, 0, columns), b, b.dtype)
        each(a, x)
        if x is not out:
            put(code, out, x.cut(1, 0, columns), out.dtype)

    stack = out.shape[:-2]
    over_stack(code, [a.broadcast((*stack, rows, rows)), b.broadcast(out.shape), out], one)


# --- what is refused -----------------------------------------------------------------------------------


def _refuse_zeros(code: Code, t: Triangle) -> None:
    """Raise SciPy's error of the first zero on the diagonal."""
    with code.loop(0, t.size) as i:
        zeros = [x.eq(0) for x in halves(t.get(i, i))]
        with code.when(zeros[0] & zeros[-1]):
            refuse(code, _SINGULAR, i)


def _refuse_infinite(code: Code, x: Area) -> None:
    """Raise SciPy's error if there is a number that is not finite: zero times it is NaN."""
    if x.dtype.kind not in "fc":
        return
    axes = axes_of([x])
    lanes = long_lanes(axes, x.dtype, code.vector_bytes // part(x.dtype).itemsize)
    bad = code.local(type_of(x.dtype), lanes)
    code.store(bad, code.number(type_of(x.dtype), 0, lanes), 64)

    def look(bases: Sequence[Value], mask: Value | None, lanes: int) -> None:
        step = axes[-1].steps[0] if axes else 0
        for v in halves(read(code, bases[0], x.dtype, step, mask, lanes)):
            code.store(bad, code.load(bad, v.type, lanes, 64) + v * 0, 64)

    over(code, axes, [x.base], lanes, look)
    with code.when(code.any_lane(code.load(bad, type_of(x.dtype), lanes, 64).is_nan())):
        refuse(code, _NOT_FINITE)


SOLVES: dict[str, NativeStep] = {
    "solve_triangular": NativeStep(_solves, _solve),
    "cho_solve": NativeStep(_solves, _cho_solve),
}
