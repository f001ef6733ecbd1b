"""What a plan costs, counted from its shapes: operations, bytes, memory, launches."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..base.record import Record
from ..ir.jaxpr import Equation, Var
from .buffers import VIEWS, View
from .loops import Loop
from .plan import Plan, Step


class Cost(Record):
    """The cost of one call of a compiled program.

    Attributes
    ----------
    flops : int
        Floating-point operations: one for each element of an elementwise result, whatever its function; two
        for each product in a contraction; the leading term for decompositions. One of complex numbers counts
        as one. ``uncounted`` names primitives for which there is no formula: they count as none.
    bytes : int
        Bytes that steps read and write, if none stays in a cache between two steps. A group that runs in
        blocks reads and writes its operands and results once, views move nothing.
    peak_memory : int
        Bytes of arrays at the worst moment, arguments excluded: the workspace (on one thread), and what is
        allocated, results included. What NumPy and LAPACK allocate within one step is not counted.
    launches : int
        Steps that compute or move something: calls of NumPy, or kernels on a device.
    """

    flops: int
    bytes: int
    peak_memory: int
    launches: int
    uncounted: tuple[str, ...] = ()


Formula = Callable[[Equation], int]


def cost_of(plan: Plan) -> Cost:
    """Count over the steps of a plan."""
    flops, moved, launches = 0, 0, 0
    uncounted: dict[str, None] = {}
    for step in plan.steps:
        for eqn in step.eqns:
            found = flops_of(eqn)
            flops += found or 0
            if found is None:
                uncounted[eqn.primitive.name] = None
        if not _is_view(step, plan):
            launches += 1
            moved += _bytes(step)
    return Cost(flops, moved, _peak(plan), launches, tuple(uncounted))


def _is_view(step: Step, plan: Plan) -> bool:
    if _loop(step) is not None or len(step.eqn.outs) != 1:
        return False
    return isinstance(plan.places.get(step.eqn.outs[0]), View) or step.eqn.primitive.name in VIEWS


def _loop(step: Step) -> Loop | None:
    """The loop program of a step that is one, in blocks or in machine code."""
    return step.loop if step.blocks is None else step.blocks.loop


def _bytes(step: Step) -> int:
    loop = _loop(step)
    if loop is not None:
        return sum([x.var.aval.nbytes for x in loop.loads]) + sum([x.var.aval.nbytes for x in loop.stores])
    atoms = [atom for atom in (*step.eqn.ins, *step.eqn.outs) if isinstance(atom, Var)]
    return sum([atom.aval.nbytes for atom in atoms])


def _peak(plan: Plan) -> int:
    """The workspace, and the allocated results that live at one time."""
    live = most = sum(plan.slots) + sum([_scratch(step, plan) for step in plan.steps])
    owner: dict[Var, Var] = {}  # whose allocated memory a variable shows
    shown: dict[Var, int] = {}  # of allocated memory by how many variables it is shown
    for step in plan.steps:
        for var in _results(step):
            own = _owner(step, var, plan, owner)
            if own is None:
                continue
            owner[var] = own
            shown[own] = shown.get(own, 0) + 1
            live += own.aval.nbytes if own is var else 0
        most = max(most, live)
        for var in step.dead:
            if (own := owner.get(var)) is not None:
                shown[own] -= 1
                live -= 0 if shown[own] else own.aval.nbytes
    return most


def _owner(step: Step, var: Var, plan: Plan, owner: dict[Var, Var]) -> Var | None:
    """The variable in whose allocated memory a result lies; None in the workspace or an argument's."""
    place = plan.places.get(var)
    if isinstance(place, Var):
        return owner.get(place)
    if place is not None:
        return None
    if _is_view(step, plan):
        base = step.eqn.ins[0]
        return owner.get(base) if isinstance(base, Var) else None
    return var


def _results(step: Step) -> list[Var]:
    loop = _loop(step)
    return list(step.eqn.outs) if loop is None else [store.var for store in loop.stores]


def _scratch(step: Step, plan: Plan) -> int:
    """What the blocks of a loop work in: results that they write at their end are there, too."""
    if step.blocks is None:
        return 0
    blocks = step.blocks
    late = [store.var.aval.nbytes for store in blocks.loop.stores if store.var in plan.deferred]
    return sum(blocks.scratch) + sum(blocks.partials) + sum(late) * blocks.rows // blocks.loop.sizes[0]


# --- operations ------------------------------------------------------------------------------------
#
# Leading terms, for real numbers. Decompositions: Golub and Van Loan, Matrix Computations, 4th edition, and
# for the LAPACK routines LAPACK Working Note 41, appendix C. Fourier transforms: 5 N log2 N for N complex
# numbers, half of it for real ones (Van Loan, Computational Frameworks for the Fast Fourier Transform, 1.4).


def flops_of(eqn: Equation) -> int | None:
    """The floating-point operations of an equation; None where nobody has written a formula."""
    name = eqn.primitive.name
    if name in _NONE or not any([var.aval.inexact for var in eqn.outs]):
        return 0
    formula = _FORMULAS.get(name)
    if formula is not None:
        return formula(eqn)
    if eqn.primitive.kernel is not None:
        return sum([var.aval.size for var in eqn.outs])
    return None


def _contraction(eqn: Equation) -> int:
    """Two operations for each product: every element of the result is a sum over the inner axis."""
    a, out = eqn.ins[0].aval, eqn.outs[0].aval
    if eqn.primitive.name == "vdot":
        return 2 * int(a.size)
    if not a.shape or not eqn.ins[1].aval.shape:
        return out.size
    return 2 * int(a.shape[0 if eqn.params.get("transpose_a") else -1]) * out.size


def _tensordot(eqn: Equation) -> int:
    """Both operands have the contracted axes, the result has the others: so many terms has each sum."""
    a, b, out = (atom.aval.size for atom in (*eqn.ins, *eqn.outs))
    return 2 * out * math.isqrt(a * b // out) if out else 0


def _gemm(eqn: Equation) -> int:
    a, out = eqn.ins[1].aval, eqn.outs[0].aval
    inner = a.shape[0] if eqn.params["transpose_a"] else a.shape[1]
    return 2 * int(inner) * out.size + 2 * out.size


def _each(count: int, position: int = 0) -> Formula:
    """So many operations for each element of an operand."""
    return lambda eqn: count * int(eqn.ins[position].aval.size)


def _per_result(count: int) -> Formula:
    return lambda eqn: count * eqn.outs[0].aval.size


def _matrix(count: Callable[[int, int], float]) -> Formula:
    """For each matrix of a stack, of its longer and its shorter side."""

    def formula(eqn: Equation) -> int:
        *stack, rows, columns = eqn.ins[0].aval.shape
        each: float = count(max(rows, columns), min(rows, columns))
        return round(each * int(math.prod(stack)))

    return formula


def _cubic(factor: float) -> Formula:
    return _matrix(lambda m, n: factor * n**3)


def _solve(eqn: Equation) -> int:
    """A factorisation, and two triangular solutions for each right-hand side."""
    return _cubic(2 / 3)(eqn) + 2 * _triangular(eqn)


def _triangular(eqn: Equation) -> int:
    return int(eqn.ins[0].aval.shape[-1] * eqn.outs[0].aval.size)


def _fourier(eqn: Equation) -> int:
    """Over all transforms of the stack; the lengths are in ``s``."""
    real = eqn.primitive.name in ("rfft", "irfft")
    points: int = math.prod(eqn.params["s"])
    larger = eqn.ins[0].aval if eqn.primitive.name == "rfft" else eqn.outs[0].aval
    stack: int = math.prod([n for d, n in enumerate(larger.shape) if d not in eqn.params["axes"]])
    return round((2.5 if real else 5.0) * stack * points * math.log2(max(points, 2)))


_NONE = frozenset(
    {"broadcast_to", "concatenate", "convert", "copy", "diagonal", "embed", "embed_diagonal", "fence", "flip"}
    | {"full", "getitem", "imag", "index_set", "iota", "pad", "permute", "real", "repeat", "reshape", "roll"}
    | {"slice", "stack", "stop_gradient", "take", "to_place", "transpose", "tril", "triu", "unpermute"}
    | {
        "debug_callback",
        "guard",
        "interleave",
        "keep",
        "set_diagonals",
        "where",
        "write_order",
        "write_slice",
    }
)
_FORMULAS: dict[str, Formula] = {
    **dict.fromkeys(
        ("dot", "inner", "matmul", "matvec", "product", "vdot", "vecdot", "vecmat"), _contraction
    ),
    **dict.fromkeys(("sum", "prod", "max", "min", "mean", "cumsum", "cumprod", "nanmax", "nanmin"), _each(1)),
    **dict.fromkeys(("norm", "logsumexp", "special_logsumexp"), _each(3)),
    **dict.fromkeys(("index_add", "index_multiply", "index_divide", "index_min", "index_max"), _each(1, 1)),
    **dict.fromkeys(("softmax", "log_softmax", "special_softmax", "special_log_softmax"), _per_result(4)),
    **dict.fromkeys(("std", "var"), _each(4)),
    **dict.fromkeys(("kron", "outer", "strong_mul"), _per_result(1)),
    **dict.fromkeys(("fft", "ifft", "rfft", "irfft"), _fourier),
    **dict.fromkeys(("det", "slogdet", "lu", "lu_factor"), _cubic(2 / 3)),
    **dict.fromkeys(("cholesky", "scipy_cholesky"), _cubic(1 / 3)),
    **dict.fromkeys(("inv", "scipy_inv"), _cubic(2)),
    "cholesky_change": _cubic(1),
    "eigh": _cubic(9),
    "eigvalsh": _cubic(4 / 3),
    "gemm": _gemm,
    "integer_pow": _per_result(1),
    "qr": _matrix(lambda m, n: 4 * m * n**2 - 4 / 3 * n**3),
    "solve": _solve,
    "solve_triangular": _triangular,
    "svd": _matrix(lambda m, n: 14 * m * n**2 + 8 * n**3),
    "svdvals": _matrix(lambda m, n: 4 * m * n**2 - 4 / 3 * n**3),
    "tensordot": _tensordot,
}
