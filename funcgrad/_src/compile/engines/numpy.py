"""The NumPy engine: a plan as Python that calls ufuncs and BLAS on buffers made beforehand.

A result in the workspace has the name of its array there (``b3``), which is unpacked at the beginning of a
call; views of it were made together with it, and cost nothing. Other results are registers (``v3``), as in
the Python engine. A large group is a function of its own, called for each block.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...ir.jaxpr import Jaxpr, Var
from ..plan import Plan
from .numpy_blocks import print_blocks
from .numpy_source import Printer
from .source import Program


def print_numpy(plan: Plan, inner: Callable[[Jaxpr], Any], threads: int) -> Program:
    """The program of a plan; ``inner`` compiles the programs within it."""
    printer = Printer(plan, inner, threads)
    inputs = {plan.jaxpr.in_vars[i] for i in plan.donated}
    printer.pinned = inputs & {p for p in plan.places.values() if isinstance(p, Var)}
    args = [printer.name(var) for var in plan.jaxpr.in_vars]
    for step in plan.steps:
        if step.blocks is not None:
            print_blocks(printer, step)
        else:
            printer.equation(step)
        printer.forget(step.dead)
    outs = [printer.read(atom) for atom in plan.jaxpr.outs]
    result = f"return ({', '.join(outs)}{',' if outs else ''})"
    unpack = "".join([f"    {line}\n" for line in _workspace(printer, result)])
    head = "".join(printer.functions) + f"def program({', '.join(args)}):\n" + unpack
    run, code = printer.build(head, "program")
    return Program(run, code, plan)


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
