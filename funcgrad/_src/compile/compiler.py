"""From a jaxpr to a program: passes, plan, engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base import config
from ..base.late import late
from ..ir.jaxpr import Jaxpr
from .choice import UNUSABLE, check_usable, engine_for, give_up, is_asked
from .codes import code_of
from .program import Program

if TYPE_CHECKING:
    from . import making
    from .engines.llvm import kept
else:
    kept = late("funcgrad._src.compile.engines.llvm.kept")
    making = late("funcgrad._src.compile.making")


def c_contiguous(values: Sequence[Any]) -> tuple[int, ...]:
    """How the axes of these lie: see `codes.code_of`."""
    return tuple(map(code_of, values))


def threads_now() -> int:
    """How many threads a large loop may use: as configured, or one for each core that the process may use."""
    if config.threads is not None:
        return config.threads
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
    chosen = engine_for(xp, engine)
    key = ("program", chosen, xp.__name__, donated, shape, threads)
    found: Program | None = jaxpr.cache.get(key)
    if found is None:
        began = perf_counter()
        inside: dict[str, Any] = {"threads": threads, "engine": chosen} if xp is np else {"threads": 1}
        inner = partial(inner_program, xp=xp, **inside)

        def make() -> Program:
            return making.make(chosen, jaxpr, xp, donated, shape, threads, inner)

        try:
            if chosen == "llvm":
                check_usable()
                found = kept.program(jaxpr, donated, shape, threads, make)
            else:
                found = make()
        except UNUSABLE as error:
            if chosen != "llvm" or is_asked(engine):
                raise
            give_up(error)
            how: dict[str, Any] = {"contiguous": contiguous, "threads": threads, "name": name}
            return compile_program(jaxpr, xp, donated, **how, engine="numpy")
        jaxpr.cache[key] = found
        config.log_compile(f"{name} compiled for {xp.__name__}", len(jaxpr.eqns), perf_counter() - began)
    return found


def by_layout(
    jaxpr: Jaxpr, donated: tuple[int, ...] = (), name: str = "a program", *, engine: str | None = None
) -> Callable[..., tuple[Any, ...]]:
    """``run(mask, *operands)``: bit ``i`` of the mask says that operand ``i`` is a contiguous array."""
    programs: dict[Any, Callable[..., tuple[Any, ...]]] = {}
    arrays = sum([1 << i for i, var in enumerate(jaxpr.in_vars) if var.aval.kind == "array"])
    known: list[dict[Any, int]] = [{} for _ in jaxpr.in_vars]  # codes by steps: shapes and dtypes are given

    def code(i: int, x: Any) -> int:
        found = known[i].get(x.strides)
        if found is None:
            found = known[i][x.strides] = code_of(x)
        return found

    def run(mask: int, *operands: Any) -> tuple[Any, ...]:
        key: Any = mask
        if config.threads is not None or config.engine is not None:
            key = mask, config.threads, config.engine
        if others := arrays & ~mask:
            key = (key, *[code(i, x) for i, x in enumerate(operands) if others >> i & 1])
        program = programs.get(key)
        if program is None:
            program = program_for(jaxpr, np, operands, donated, name, engine=engine).run
            programs[key] = program
        return program(*operands)

    return run


def program_for(
    jaxpr: Jaxpr,
    xp: Any,
    args: Sequence[Any],
    donated: tuple[int, ...] = (),
    name: str = "a program",
    *,
    engine: str | None = None,
) -> Program:
    """The program of a closed jaxpr for arguments like these."""
    flags = c_contiguous(args) if xp is np else None
    threads = threads_now()
    return compile_program(jaxpr, xp, donated, contiguous=flags, threads=threads, name=name, engine=engine)


def inner_program(
    jaxpr: Jaxpr, xp: Any, threads: int, engine: str | None = None
) -> Callable[..., tuple[Any, ...]]:
    """The function that runs a program within a program."""
    run = compile_program(jaxpr.closed(), xp, threads=threads, engine=engine).run
    hidden = jaxpr.hidden
    return (lambda *args: run(*hidden, *args)) if hidden else run
