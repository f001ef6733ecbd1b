"""The plan of a jaxpr: fusion groups and calls in order, what dies where, and where each result is written.

An engine prints a plan. Steps of one group stand together; a large group is one step, which an engine runs
block by block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ..base.record import Record
from ..ir.jaxpr import Equation, Jaxpr, Var
from ..ir.passes.pipeline import Report
from .blocks import Scratch, in_blocks, merged
from .buffers import Buffers, Place, View
from .finite import finite_results
from .fusion import Fusion
from .layout import Known, layouts
from .loops import Loop, print_loop
from .memory import Memory
from .native import Native
from .schedule import early_readers


class Step(Record):
    """One equation, or the equations of a loop in blocks; the variables that die after it.

    ``target`` is the variable whose memory the result of an equation takes, ``group`` numbers the fusion
    group that the step belongs to. ``loop`` is what machine code computes in one step, ``native`` whether it
    computes the step at all; a ``view`` is a native step that needs no code.
    """

    eqns: tuple[Equation, ...]
    dead: list[Var]
    target: Var | None = None
    group: int | None = None
    blocks: Scratch | None = None
    loop: Loop | None = None
    native: bool = False
    view: bool = False

    @property
    def eqn(self) -> Equation:
        """The equation, or the last one of a loop."""
        return self.eqns[-1]


class Plan(Record):
    """A jaxpr (without hidden inputs), its steps, and the memory that they need.

    ``places`` tells of results where they lie: in a slot of the workspace (its number), in the memory of
    another variable, or as a view of either. Others are allocated by the step that makes them.
    ``slots`` are the sizes of the slots in bytes, ``groups`` the loop programs of the fusion groups,
    ``reports`` what the passes did to the jaxpr before it was planned, ``finite`` the variables that hold
    no inf and no NaN, ``deferred`` the results that a block writes when all of it is computed.
    """

    jaxpr: Jaxpr
    steps: list[Step]
    donated: tuple[int, ...]
    places: dict[Var, Place]
    slots: tuple[int, ...] = ()
    groups: tuple[Loop, ...] = ()
    known: Known | None = None
    reports: tuple[Report, ...] = ()
    finite: frozenset[Var] = frozenset()
    deferred: frozenset[Var] = frozenset()

    def family(self, var: Var) -> Var:
        """The variable in whose memory ``var`` lies, through all the steps that wrote over it."""
        while isinstance(place := self.places.get(var), Var):
            var = place
        return var

    def __str__(self) -> str:
        return _Printer(self).text()


def make_plan(
    jaxpr: Jaxpr,
    donated: Iterable[int] = (),
    *,
    contiguous: Sequence[int] | None = None,
    reports: tuple[Report, ...] = (),
    ability: Callable[[Known], Native] | None = None,
) -> Plan:
    """The plan of a closed jaxpr.

    ``contiguous`` tells how the axes of each input lie, by the codes of layout.py. Without it there is no
    fusion and no workspace: each equation is a step, and updates are made in place where that is safe.
    ``ability`` tells what becomes machine code.
    """
    donated = tuple(donated)
    if contiguous is not None:
        jaxpr = early_readers(jaxpr)
    known = None if contiguous is None else layouts(jaxpr, contiguous)
    native = None if ability is None or known is None else ability(known)
    rows, groups = _rows(jaxpr, known, native)
    memory = Memory(jaxpr, [row.eqns for row in rows], [jaxpr.in_vars[i] for i in donated])
    finite = frozenset() if known is None else finite_results(jaxpr)
    buffers = Buffers(memory, known, finite)
    loops = [row.loop if row.native else None for row in rows]
    alone = {var for row in rows if row.native and row.loop is None and not row.view for var in row.eqn.outs}
    buffers.foresee([row.eqns for row in rows], loops, alone)
    for i, row in enumerate(rows):
        _place(buffers, row, i)
    steps = _steps(rows, buffers, _dead(rows, memory))
    return Plan(
        jaxpr,
        steps,
        donated,
        buffers.places,
        tuple(buffers.sizes),
        groups,
        known,
        reports,
        finite,
        frozenset(buffers.deferred),
    )


def _place(buffers: Buffers, row: _Row, i: int) -> None:
    """Decide where the results of a step lie."""
    if row.view:
        buffers.view(row.eqn)
        buffers.release(i)
    elif row.loop is None:
        buffers.equation(row.eqn, i, native=row.native)
    else:
        buffers.loop(row.loop, i, native=row.native)
        buffers.release(i)


def _steps(rows: Sequence[_Row], buffers: Buffers, dead: Sequence[list[Var]]) -> list[Step]:
    steps = []
    for row, gone in zip(rows, dead, strict=True):
        place = buffers.places.get(row.eqn.outs[0]) if len(row.eqn.outs) == 1 else None
        target = place if isinstance(place, Var) and row.loop is None else None
        loop = row.loop if row.native else None
        steps.append(Step(row.eqns, gone, target, row.group, row.blocks, loop, row.native, row.view))
    return steps


class _Row(Record):
    eqns: tuple[Equation, ...]
    group: int | None = None
    blocks: Scratch | None = None
    loop: Loop | None = None
    native: bool = False
    view: bool = False

    @property
    def eqn(self) -> Equation:
        return self.eqns[-1]


def _rows(jaxpr: Jaxpr, known: Known | None, native: Native | None) -> tuple[list[_Row], tuple[Loop, ...]]:
    """The equations in the order of execution, large groups in one row; with machine code all groups."""
    if known is None:
        return [_Row((eqn,)) for eqn in jaxpr.eqns], ()
    fusion = Fusion(jaxpr, known, native)
    rows: list[_Row] = []
    groups: list[Loop] = []
    for item in fusion.items:
        if isinstance(item, Equation):
            shows = native is not None and native.view(item)
            rows.append(_Row((item,), native=shows or (native is not None and native.step(item)), view=shows))
            continue
        eqns = tuple([row.eqn for row in item.body])
        if native is not None:
            loop = item.loop(fusion.read_outside(item))
            rows.append(_Row(eqns, len(groups), loop=merged(loop, known), native=True))
            groups.append(loop)
            continue
        if len(eqns) == 1:
            rows.append(_Row(eqns))
            continue
        loop = item.loop(fusion.read_outside(item))
        blocks = in_blocks(loop, known)
        if blocks is not None:
            rows.append(_Row(eqns, len(groups), blocks, blocks.loop))
        else:
            rows += [_Row((eqn,), len(groups)) for eqn in eqns]
        groups.append(loop)
    return rows, tuple(groups)


def _dead(rows: Sequence[_Row], memory: Memory) -> list[list[Var]]:
    """For each row the variables that are needed no more after it."""
    dead: list[list[Var]] = [[] for _ in rows]
    for i, row in enumerate(rows):
        inner = {var for eqn in row.eqns[:-1] for var in eqn.outs} if row.loop is not None else frozenset()
        seen = dict.fromkeys([a for eqn in row.eqns for a in (*eqn.ins, *eqn.outs) if isinstance(a, Var)])
        dead[i] = [var for var in seen if memory.last_read(var) == i and var not in inner]
    return dead


class _Printer:
    """A plan as text: one line a step, the loop programs of large groups below theirs."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.names: dict[Var, str] = {}
        for var in plan.jaxpr.in_vars:
            self.name(var)

    def name(self, var: Var) -> str:
        return self.names.setdefault(var, f"v{len(self.names)}")

    def atom(self, atom: object) -> str:
        return self.name(atom) if isinstance(atom, Var) else repr(getattr(atom, "value", atom))

    def place(self, var: Var) -> str:
        place = self.plan.places.get(var)
        if isinstance(place, int):
            return f"slot {place}"
        return (
            ""
            if place is None
            else f"view of {self.name(place.base)}"
            if isinstance(place, View)
            else f"into {self.name(place)}"
        )

    def text(self) -> str:
        lines: list[str] = []
        for step in self.plan.steps:
            mark = "" if step.group is None else f"group {step.group}: "
            lines.append(f"{mark}{self.text_of(step)}")
        if self.plan.slots:
            lines.append(
                f"workspace: {', '.join(f'slot {k} {n} bytes' for k, n in enumerate(self.plan.slots))}"
            )
        return "\n".join(lines)

    def equation(self, step: Step) -> str:
        ins = ", ".join(map(self.atom, step.eqn.ins))
        outs = ", ".join(map(self.atom, step.eqn.outs))
        place = self.place(step.eqn.outs[0]) if step.eqn.outs else ""
        return f"{outs} = {step.eqn.primitive}({ins})" + (f"  {place}" if place else "") + self.free(step)

    def text_of(self, step: Step) -> str:
        if step.blocks is not None:
            return self.loop(
                step, step.blocks.loop, f"{step.blocks.count} blocks of {step.blocks.rows} along i0"
            )
        if step.loop is not None:
            return self.loop(step, step.loop, "native")
        return ("native " if step.native else "") + self.equation(step)

    def loop(self, step: Step, loop: Loop, head: str) -> str:
        places = [f"{self.name(s.var)} {found}" for s in loop.stores if (found := self.place(s.var))]
        head += f"; {', '.join(places)}" if places else ""
        return head + self.free(step) + "\n" + print_loop(loop, self.name)

    def free(self, step: Step) -> str:
        return f"  free {', '.join(map(self.name, step.dead))}" if step.dead else ""
