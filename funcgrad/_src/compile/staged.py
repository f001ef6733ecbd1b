"""The primitive of a compiled call, and the programs derived from its jaxpr.

``jit_p`` runs a jaxpr as one program. Its derivatives are programs too: its jvp, its forward pass with
residuals, its backward pass and its batched form are jaxprs derived once and cached on the original.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..base import config
from ..base.late import late
from ..core.primitive import Primitive
from ..core.trace import under
from ..ir.jaxpr import Jaxpr
from ..ir.passes.silence import silence

if TYPE_CHECKING:
    from . import compiler
else:
    compiler = late("funcgrad._src.compile.compiler")


def _run(
    xp: Any, *args: Any, jaxpr: Jaxpr, name: str, donated: tuple[int, ...], engine: str | None = None
) -> tuple[Any, ...]:
    program = compiler.program_for(jaxpr, xp, args, donated, name, engine=engine)
    with under(None):
        return program.run(*(_as_said(jaxpr, args) if xp is np else args))


def _as_said(jaxpr: Jaxpr, args: Sequence[Any]) -> Sequence[Any]:
    """The arguments, single numbers in objects of the kind of their avals: machine code reads these.

    A cotangent of a 0-d array may be a scalar, for one.
    """
    single = jaxpr.cache.get("single")
    if single is None:
        avals = [var.aval for var in jaxpr.in_vars]
        single = [(i, a) for i, a in enumerate(avals) if a.ndim == 0 and a.kind != "python"]
        jaxpr.cache["single"] = single
    for i, aval in single:
        x = args[i]
        if (type(x) is np.ndarray) != (aval.kind == "array") or type(x) in (float, complex, int, bool):
            found = np.asarray(x, aval.dtype)
            args = [*args[:i], found if aval.kind == "array" else found[()], *args[i + 1 :]]
    return args


jit_p = Primitive("jit", _run, multiple=True)
jit_p.aval = lambda *avals, jaxpr, name, donated, engine=None: jaxpr.out_avals


def _stage(avals: Any, params: dict[str, Any]) -> dict[str, Any]:
    return {**params, "jaxpr": silence(params["jaxpr"])} if config.recomputing.get() else params


jit_p.stage = _stage


def bind_jit(
    args: Any, closed: Jaxpr, name: str, donated: tuple[int, ...] = (), engine: str | None = None
) -> Any:
    """The outputs of a closed jaxpr, run as one program; the engine is a param only where one was chosen."""
    if engine is None:
        return jit_p.bind(*args, jaxpr=closed, name=name, donated=donated)
    return jit_p.bind(*args, jaxpr=closed, name=name, donated=donated, engine=engine)


def call_jaxpr(jaxpr: Jaxpr, args: Any, name: str = "jit", engine: str | None = None) -> list[Any]:
    """The outputs of a jaxpr, run as one program under the current trace; hidden inputs included."""
    closed = jaxpr.cache.get("closed")
    if closed is None:
        closed = jaxpr.cache["closed"] = jaxpr.closed()
    return list(bind_jit([*jaxpr.hidden, *args], closed, name, engine=engine))
