"""What a plan costs, counted from its shapes: operations, bytes, memory, launches."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..base.record import Record
from ..ir.jaxpr import Equation, Var
from .buffers import VIEWS, View
from .plan import Plan, Step


class Cost(Record):
    """The cost of one call of a compiled program.

    Attributes
    ----------
    flops : int
        Floating-point operations: one for each element of an elementwise result, whatever its function; two
        for each product in a contraction; the leading term for decompositions. ``uncounted`` names primitives
        for which there is no formula: they count as none.
    bytes : int
        Bytes that steps read and write, if none stays in a cache between two steps. A group that runs in
        blocks reads and writes its operands and results once, views move nothing.
    peak_memory : int
        Bytes of arrays at the worst moment, arguments excluded: the workspace, and what is allocated.
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
    if step.blocks is not None or len(step.eqn.outs) != 1:
        return False
    return isinstance(plan.places.get(step.eqn.outs[0]), View) or step.eqn.primitive.name in VIEWS


def _bytes(step: Step) -> int:
    if step.blocks is not None:
        loop = step.blocks.loop
        return sum([x.var.aval.nbytes for x in loop.loads]) + sum([x.var.aval.nbytes for x in loop.stores])
    atoms = [atom for atom in (*step.eqn.ins, *step.eqn.outs) if isinstance(atom, Var)]
    return sum([atom.aval.nbytes for atom in atoms])


def _peak(plan: Plan) -> int:
    """The workspace, and the allocated results that live at one time."""
    live = sum(plan.slots)
    live += sum([_scratch(step) for step in plan.steps])
    most, held = live, dict[Var, int]()
    for step in plan.steps:
        for var in _results(step):
            if var not in plan.places and not _is_view(step, plan):
                held[var] = var.aval.nbytes
                live += var.aval.nbytes
        most = max(most, live)
        live -= sum([held.pop(var, 0) for var in step.dead])
    return most


def _results(step: Step) -> list[Var]:
    if step.blocks is None:
        return list(step.eqn.outs)
    return [store.var for store in step.blocks.loop.stores]


def _scratch(step: Step) -> int:
    return 0 if step.blocks is None else sum(step.blocks.scratch) + sum(step.blocks.partials)


# --- operations ------------------------------------------------------------------------------------


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
    inner = a.shape[0 if eqn.params.get("transpose_a") else -1] if a.shape else 1
    return 2 * int(inner) * out.size


def _gemm(eqn: Equation) -> int:
    a, out = eqn.ins[1].aval, eqn.outs[0].aval
    inner = a.shape[0] if eqn.params["transpose_a"] else a.shape[1]
    return 2 * int(inner) * out.size + 2 * out.size


def _elements(eqn: Equation) -> int:
    return int(eqn.ins[0].aval.size)


def _square(power: float, divisor: float) -> Formula:
    def formula(eqn: Equation) -> int:
        shape = eqn.ins[0].aval.shape
        count: float = math.prod(shape[:-2]) * float(shape[-1]) ** power
        return round(count / divisor)

    return formula


def _solve(eqn: Equation) -> int:
    """A factorisation, and two triangular solutions for each right-hand side."""
    n, out = eqn.ins[0].aval.shape[-1], eqn.outs[0].aval
    return _square(3, 1.5)(eqn) + 2 * int(n) * out.size


def _triangular(eqn: Equation) -> int:
    return int(eqn.ins[0].aval.shape[-1] * eqn.outs[0].aval.size)


def _fourier(eqn: Equation) -> int:
    n = max(eqn.outs[0].aval.shape, default=1)
    return round(5.0 * eqn.outs[0].aval.size * math.log2(max(n, 2)))


_NONE = frozenset(
    {"broadcast_to", "concatenate", "convert", "copy", "diagonal", "embed", "embed_diagonal", "flip", "full"}
    | {"getitem", "imag", "index_set", "iota", "pad", "permute", "real", "repeat", "reshape", "roll", "slice"}
    | {"stack", "stop_gradient", "take", "to_place", "transpose", "tril", "triu", "unpermute", "write_slice"}
    | {"debug_callback", "guard", "keep", "interleave", "where"}
)
_FORMULAS: dict[str, Formula] = {
    **dict.fromkeys(
        ("dot", "inner", "matmul", "matvec", "product", "vdot", "vecdot", "vecmat"), _contraction
    ),
    **dict.fromkeys(
        ("sum", "prod", "max", "min", "mean", "cumsum", "cumprod", "logsumexp", "norm"), _elements
    ),
    **dict.fromkeys(("fft", "ifft", "rfft", "irfft"), _fourier),
    "cholesky": _square(3, 3),
    "cholesky_change": _square(3, 1),
    "det": _square(3, 1.5),
    "eigh": _square(3, 1 / 9),
    "eigvalsh": _square(3, 0.75),
    "gemm": _gemm,
    "index_add": lambda eqn: eqn.ins[1].aval.size,
    "inv": _square(3, 0.5),
    "outer": lambda eqn: eqn.outs[0].aval.size,
    "slogdet": _square(3, 1.5),
    "softmax": lambda eqn: 4 * eqn.outs[0].aval.size,
    "solve": _solve,
    "solve_triangular": _triangular,
    "std": lambda eqn: 4 * eqn.ins[0].aval.size,
    "strong_mul": lambda eqn: eqn.outs[0].aval.size,
    "svd": _square(3, 1 / 22),
    "var": lambda eqn: 4 * eqn.ins[0].aval.size,
}
