"""From a jaxpr to a program: passes, plan, engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from ..backends.door import is_installed
from ..base import config
from ..ir.jaxpr import Jaxpr
from ..ir.passes.pipeline import optimise
from .engines.llvm.ability import ability
from .engines.llvm.engine import print_llvm
from .engines.llvm.machine import host_machine
from .engines.numpy import print_numpy
from .engines.python import print_python
from .engines.source import Program
from .layout import code_of
from .plan import make_plan


def c_contiguous(values: Sequence[Any]) -> tuple[int, ...]:
    """How the axes of these lie: see `layout.code_of`."""
    return tuple(map(code_of, values))


def threads_now() -> int:
    """How many threads a large loop may use: as configured, or one for each core that the process may use."""
    if config.threads is not None:
        return config.threads
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def engine_for(xp: Any, asked: str | None) -> str:
    """The engine for a namespace: what was asked for, by this function or for the process, or the best there is."""
    if xp is not np:
        return "python"
    wanted = asked or config.engine
    if wanted is not None:
        return wanted
    return "llvm" if is_installed("llvmlite") else "numpy"


def compile_program(
    jaxpr: Jaxpr,
    xp: Any,
    donated: tuple[int, ...] = (),
    *,
    contiguous: Sequence[int] | None = None,
    threads: int = 1,
    name: str = "a program",
    engine: str | None = None,
) -> Program:
    """The program of a closed jaxpr for the namespace ``xp``; cached on the jaxpr.

    ``contiguous`` tells of each input whether it lies in C order without gaps, ``threads`` how many may
    share a large loop; both matter to NumPy alone. ``name`` is for the log.
    """
    shape = None if contiguous is None else tuple(contiguous)
    engine = engine_for(xp, engine)
    key = ("program", engine, xp.__name__, donated, shape, threads)
    found: Program | None = jaxpr.cache.get(key)
    if found is None:
        began = perf_counter()
        small, reports = optimise(jaxpr, blas=xp is np and is_installed("scipy"), fused=engine == "llvm")
        if engine == "llvm":
            flags = shape if shape is not None else (False,) * len(jaxpr.in_vars)
            plan = make_plan(small, donated, contiguous=flags, reports=reports, ability=ability)
            found = print_llvm(plan, lambda body: inner_program(body, xp, threads), threads, host_machine())
        elif xp is np:
            flags = shape if shape is not None else (False,) * len(jaxpr.in_vars)
            plan = make_plan(small, donated, contiguous=flags, reports=reports)
            found = print_numpy(plan, lambda body: inner_program(body, xp, threads), threads)
        else:
            plan = make_plan(small, donated, reports=reports)
            found = print_python(plan, xp, lambda body: inner_program(body, xp, 1))
        jaxpr.cache[key] = found
        config.log_compile(f"{name} compiled for {xp.__name__}", len(jaxpr.eqns), perf_counter() - began)
    return found


def by_layout(
    jaxpr: Jaxpr, donated: tuple[int, ...] = (), name: str = "a program"
) -> Callable[..., tuple[Any, ...]]:
    """``run(mask, *operands)``: bit ``i`` of the mask says that operand ``i`` is a contiguous array."""
    programs: dict[Any, Callable[..., tuple[Any, ...]]] = {}
    arrays = sum([1 << i for i, var in enumerate(jaxpr.in_vars) if var.aval.kind == "array"])

    def run(mask: int, *operands: Any) -> tuple[Any, ...]:
        key: Any = mask if config.threads is None else (mask, config.threads)
        if mask & arrays != arrays:
            key = (key, *[code_of(x) for i, x in enumerate(operands) if (arrays & ~mask) >> i & 1])
        program = programs.get(key)
        if program is None:
            program = program_for(jaxpr, np, operands, donated, name).run
            programs[key] = program
        return program(*operands)

    return run


def program_for(
    jaxpr: Jaxpr, xp: Any, args: Sequence[Any], donated: tuple[int, ...] = (), name: str = "a program"
) -> Program:
    """The program of a closed jaxpr for arguments like these."""
    flags = c_contiguous(args) if xp is np else None
    return compile_program(jaxpr, xp, donated, contiguous=flags, threads=threads_now(), name=name)


def inner_program(jaxpr: Jaxpr, xp: Any, threads: int) -> Callable[..., tuple[Any, ...]]:
    """The function that runs a program within a program."""
    run = compile_program(jaxpr.closed(), xp, threads=threads).run
    hidden = jaxpr.hidden
    return (lambda *args: run(*hidden, *args)) if hidden else run
