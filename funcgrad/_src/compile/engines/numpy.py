"""The NumPy engine: a plan as Python that calls ufuncs and BLAS on buffers made beforehand.

A result in the workspace has the name of its array there (``b3``), which is unpacked at the beginning of a
call; views of it were made together with it, and cost nothing. Other results are registers (``v3``), as in
the Python engine. A large group is a function of its own, called for each block.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...core.flat import own
from ...ir.jaxpr import Jaxpr, Var
from ..memory import is_fresh
from ..plan import Plan
from ..program import Program, Sources
from .numpy_blocks import print_blocks
from .numpy_source import Printer
from .source import is_quiet, of_all, with_quiet


def print_numpy(plan: Plan, inner: Callable[[Jaxpr], Any], threads: int) -> Program:
    """The program of a plan; ``inner`` compiles the programs within it."""
    printer = Printer(plan, inner, threads)
    inputs = {plan.jaxpr.in_vars[i] for i in plan.donated}
    printer.pinned = inputs & {p for p in plan.places.values() if isinstance(p, Var)}
    args = [printer.name(var) for var in plan.jaxpr.in_vars]
    runs: list[tuple[bool | None, list[str]]] = []
    for step in plan.steps:
        if step.blocks is not None:
            print_blocks(printer, step)
        else:
            printer.equation(step)
        printer.forget(step.dead)
        runs.append((of_all([is_quiet(eqn) for eqn in step.eqns]), printer.lines))
        printer.lines = []
    return finish(printer, args, runs)


def finish(
    printer: Printer,
    args: list[str],
    runs: list[tuple[bool | None, list[str]]],
    native: str = "",
    engine: str = "numpy",
) -> Program:
    """The program of these lines; ``native`` is the source of the kernels that they call."""
    plan = printer.plan
    printer.space["errstate"] = np.errstate
    printer.lines = with_quiet(runs)
    outs = [printer.read(atom) for atom in plan.jaxpr.outs]
    result = f"({', '.join(outs)}{',' if outs else ''})"
    first: list[str] = []
    if not all_new(plan):
        printer.space["own"] = own
        kept = [name for i, name in enumerate(args) if i not in plan.donated]
        first.append(f"given = ({', '.join(kept)}{',' if kept else ''})")
        result = f"own({result}, given)"
    first += _workspace(printer, f"return {result}")
    unpack = "".join([f"    {line}\n" for line in first])
    head = "".join(printer.functions) + f"def program({', '.join(args)}):\n" + unpack
    run, code = printer.build(head, "program")
    sources = Sources(code, plan, native)
    return Program(run, lambda: sources, engine)


def all_new(plan: Plan) -> bool:
    """Whether every result is known to be the caller's own: new memory, or donated, and shown once."""
    made = {var for step in plan.steps for eqn in step.eqns if is_fresh(eqn) for var in eqn.outs}
    loops = [step.loop if step.blocks is None else step.blocks.loop for step in plan.steps]
    turned = {store.var for loop in loops if loop is not None for store in loop.stores}
    made -= {var for var in turned if (layout := (plan.known or {}).get(var)) is None or not layout.is_c}
    arrays = [atom for atom in plan.jaxpr.outs if isinstance(atom, Var) and atom.aval.kind == "array"]
    families = [plan.family(var) for var in arrays]
    return all([var in made for var in arrays]) and len(set(families)) == len(families)


def _workspace(printer: Printer, result: str) -> list[str]:
    """The lines that take a workspace; those that give it back are added at the end."""
    if not printer.used:
        printer.lines.append(result)
        return []
    workspace = printer.workspace
    printer.space["take"] = workspace.take
    printer.space["give"] = workspace.pool.append
    names = [f"b{k}" if k in printer.used else "_" for k in range(len(workspace.rows))]
    printer.lines += ["give(w)", result]
    return ["w = take()", f"{', '.join(names)}, = w"]
