"""The passes in order: from the program of a function to the program that is planned."""

from __future__ import annotations

from collections.abc import Callable

from ...base import config
from ...base.record import Record
from ..check import check_jaxpr
from ..jaxpr import Atom, Equation, Jaxpr
from .contractions import contract, contract_matrices
from .cse import cse
from .dce import dce
from .expand import expand
from .factors import expand_factors
from .fold import fold
from .gemm import form_gemm
from .inline import CALLS, inline
from .simplify import simplify
from .sink import sink_broadcasts
from .strong import plain_products
from .sweep import Found, Sweep
from .transposes import fold_transposes
from .triangular import solve_triangles

Pass = Callable[[Jaxpr], Found]


class Report(Record):
    """What a pass did: how many equations there were before and after, and its changes in words."""

    name: str
    before: int
    after: int
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        notes = f": {'; '.join(self.notes)}" if self.notes else ""
        return f"{self.name}: {self.before} to {self.after} equations{notes}"


def _inline(jaxpr: Jaxpr) -> Found:
    return _counted(jaxpr, inline(jaxpr))


def _hoist(jaxpr: Jaxpr) -> Found:
    return _counted(jaxpr, inline(jaxpr, hoist=True))


def _counted(jaxpr: Jaxpr, flat: Jaxpr) -> Found:
    count = sum([eqn.primitive.name in CALLS for eqn in jaxpr.eqns])
    return flat, () if flat is jaxpr else (f"calls in the program: {count}",)


def _dce(jaxpr: Jaxpr) -> Found:
    small = dce(jaxpr)
    count = len(jaxpr.eqns) - len(small.eqns)
    return (small, (f"equations that nothing needs: {count}",)) if count else (jaxpr, ())


def _open_fences(jaxpr: Jaxpr) -> Found:
    """Once nothing is shared any more, a fenced value is the value."""
    return Sweep(jaxpr, {"fence": _within}).run()


def _within(sweep: Sweep, eqn: Equation) -> Atom:
    sweep.note("fences around what is computed again")
    found: Atom = eqn.ins[0]
    return found


_FIRST: dict[str, Pass] = {"inline": _inline, "dce": _dce, "cse": cse}
_HOIST: dict[str, Pass] = {"inline": _hoist}
_ROUND: dict[str, Pass] = {
    "fold": fold,
    "strong": plain_products,
    "simplify": simplify,
    "sink": sink_broadcasts,
}
_AGAIN: dict[str, Pass] = {"cse": cse, "dce": _dce}
_LAST: dict[str, Pass] = {"fences": _open_fences, "contract": contract, "transposes": fold_transposes}
_FUSED: dict[str, Pass] = {**_LAST, "expand": expand, "contract": contract_matrices}
_BLAS: dict[str, Pass] = {"triangular": solve_triangles, "gemm": form_gemm}
_FUSED_BLAS: dict[str, Pass] = {**_BLAS, "factors": expand_factors}
_END: dict[str, Pass] = {"dce": _dce}
_ROUNDS = 3  # at most; a round that changes nothing is the last


def optimise(
    jaxpr: Jaxpr, *, blas: bool = False, hoist: bool = False, fused: bool = False
) -> tuple[Jaxpr, tuple[Report, ...]]:
    """The program with less to do, and what each pass did to it; remembered on the program.

    Results are those of the given program, bit for bit, save that products of matrices and sums of products
    may add in another order. The program is meant to be run: derivatives are taken of the given one.

    Parameters
    ----------
    jaxpr : Jaxpr
    blas : bool
        Whether ``c + alpha · a @ b`` may become the one primitive ``gemm``, for an engine that calls BLAS.
    hoist : bool
        Whether the arrays that a call's program closes over may become hidden inputs of the result. Otherwise
        such a call stays.
    fused : bool
        For an engine that makes loops of neighbouring equations: operations of several passes are taken
        apart, and sums stay beside what they sum, save where they are products of two matrices.
    """
    key = ("optimised", blas, hoist, fused)
    found: tuple[Jaxpr, tuple[Report, ...]] | None = jaxpr.cache.get(key)
    if found is None:
        found = jaxpr.cache[key] = _optimised(jaxpr, blas, hoist, fused)
    return found


def _optimised(jaxpr: Jaxpr, blas: bool, hoist: bool, fused: bool) -> tuple[Jaxpr, tuple[Report, ...]]:
    reports: list[Report] = []
    first = jaxpr = _run(jaxpr, _FIRST | _HOIST if hoist else _FIRST, reports)
    for _ in range(_ROUNDS):
        before = jaxpr
        jaxpr = _run(jaxpr, _ROUND, reports)
        if jaxpr is before:
            break
    if jaxpr is not first:
        jaxpr = _run(jaxpr, _AGAIN, reports)
    before = jaxpr
    last = _FUSED if fused else _LAST
    more = _FUSED_BLAS if fused else _BLAS
    jaxpr = _run(jaxpr, last | more if blas else last, reports)
    return jaxpr if jaxpr is before else _run(jaxpr, _END, reports), tuple(reports)


def _run(jaxpr: Jaxpr, passes: dict[str, Pass], reports: list[Report]) -> Jaxpr:
    for name, change in passes.items():
        after, notes = change(jaxpr)
        if config.check_jaxprs and after is not jaxpr:
            check_jaxpr(after)
        reports.append(Report(name, len(jaxpr.eqns), len(after.eqns), notes))
        jaxpr = after
    return jaxpr
