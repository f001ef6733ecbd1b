"""The long way from a jaxpr to a program: passes, plan, engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backends.door import is_installed
from ..base.late import late
from ..ir.jaxpr import Jaxpr
from ..ir.passes.pipeline import optimise
from .plan import make_plan
from .program import Program

if TYPE_CHECKING:
    from .engines import numpy as by_numpy
    from .engines import python as by_python
    from .engines.llvm import ability, machine
    from .engines.llvm import engine as by_llvm
else:
    ability = late("funcgrad._src.compile.engines.llvm.ability")
    by_llvm = late("funcgrad._src.compile.engines.llvm.engine")
    machine = late("funcgrad._src.compile.engines.llvm.machine")
    by_numpy = late("funcgrad._src.compile.engines.numpy")
    by_python = late("funcgrad._src.compile.engines.python")

Inner = Callable[[Jaxpr], Callable[..., tuple[Any, ...]]]


def make(
    engine: str,
    jaxpr: Jaxpr,
    xp: Any,
    donated: tuple[int, ...],
    codes: Sequence[int] | None,
    threads: int,
    inner: Inner,
) -> Program:
    """The program of a closed jaxpr by an engine; ``inner`` makes those within it.

    ``codes`` tell how the inputs lie (see codes.py).
    """
    small, reports = optimise(jaxpr, blas=xp is np and is_installed("scipy"), fused=engine == "llvm")
    given = codes if codes is not None else (False,) * len(jaxpr.in_vars)
    return ENGINES[engine](small, xp, donated, given, reports, threads, inner)


def _llvm(
    jaxpr: Jaxpr, xp: Any, donated: Any, codes: Sequence[int], reports: Any, threads: int, inner: Inner
) -> Program:
    plan = make_plan(jaxpr, donated, contiguous=codes, reports=reports, ability=ability.ability)
    return by_llvm.print_llvm(plan, inner, threads, machine.host_machine())


def _numpy(
    jaxpr: Jaxpr, xp: Any, donated: Any, codes: Sequence[int], reports: Any, threads: int, inner: Inner
) -> Program:
    plan = make_plan(jaxpr, donated, contiguous=codes, reports=reports)
    return by_numpy.print_numpy(plan, inner, threads)


def _python(
    jaxpr: Jaxpr, xp: Any, donated: Any, codes: Sequence[int], reports: Any, threads: int, inner: Inner
) -> Program:
    return by_python.print_python(make_plan(jaxpr, donated, reports=reports), xp, inner)


ENGINES = {"llvm": _llvm, "numpy": _numpy, "python": _python}
