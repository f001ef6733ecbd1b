"""Rematerialisation: ``checkpoint``, and ``stop_gradient``.

The idea: reverse mode keeps only the inputs of a checkpointed call and computes the function again
when the sweep arrives there. Traced values that the function closes over become arguments of its jaxpr.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from ..base.config import recomputing, switched
from ..base.source import function_name
from ..core.aval import aval_of
from ..core.flat import Transformation
from ..core.trace import Tracer, find_current, tracing
from ..ir.evaluate import eval_jaxpr
from ..ops.structural import fence, instantiate, stop_gradient_p
from ..tree import TreeDef, flatten, unflatten
from ..tree import map as tree_map
from .call import Call, Pull, call_p, integers
from .driver import call_user, lift_data
from .jvp import run_forward
from .transpose import Leaves
from .vjp import pull_back
from .watch import Watch

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class CheckpointCall(Call):
    """A call whose pullback runs it again, on fenced values: a compiler shall not see that it did before."""

    def __init__(self, fun: Callable[..., Any], name: str, leaves: Leaves = ()) -> None:
        self.fun = fun
        self.name = name
        self.constants = integers(leaves)

    def primal(self, *leaves: Any) -> list[Any]:
        return list(self.fun(*leaves))

    def reverse(self, leaves: Leaves, mask: int) -> tuple[list[Any], Pull]:
        outs = self.primal(*leaves)
        active = [i for i in range(len(leaves)) if mask >> i & 1]
        avals = [aval_of(out) for out in outs]

        def back(held: Leaves, gs: Leaves) -> list[Any]:
            held = [fence(value) if type(value) is Tracer else value for value in held]

            def again(*moving: Any) -> list[Any]:
                full = list(held)
                for i, value in zip(active, moving, strict=True):
                    full[i] = value
                return self.primal(*full)

            with switched(recomputing, True):
                _, pull = pull_back("checkpoint", again, tuple(held[i] for i in active), once=True)
            filled = instantiate(gs, avals)
            shares: list[Any] = [None] * len(held)
            for i, share in zip(active, pull(filled), strict=True):
                shares[i] = share
            return shares

        return outs, Pull(leaves, back)

    def forward(self, leaves: Leaves, tangents: Leaves) -> tuple[list[Any], list[Any]]:
        active = [i for i, t in enumerate(tangents) if t is not None]

        def moving(*given: Any) -> list[Any]:
            full = list(leaves)
            for i, value in zip(active, given, strict=True):
                full[i] = value
            return self.primal(*full)

        primals = [leaves[i] for i in active]
        outs, moved = run_forward("checkpoint", moving, primals, [tangents[i] for i in active], False)
        return outs, moved


class Checkpoint(Transformation):
    """A function that reverse mode computes twice instead of keeping its residuals."""

    transform = "checkpoint"

    def __reduce__(self) -> tuple[Any, ...]:
        return Checkpoint, (self.fun,)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if find_current() is None:
            return self.fun(*args, **kwargs)
        leaves, tree = flatten((args, kwargs))
        trees: list[TreeDef] = []

        def flat_fun(*given: Any) -> Sequence[Any]:
            new_args, new_kwargs = unflatten(tree, list(given))
            trace = find_current()
            if trace is not None:
                new_args, new_kwargs = lift_data(trace, new_args, new_kwargs)
            outs, out_tree = flatten(call_user(self.fun, new_args, new_kwargs))
            trees.append(out_tree)
            return outs

        name = f"checkpoint({function_name(self.fun)})"
        if _closes_over_tracers(self.fun):
            outs = _bind_staged(flat_fun, leaves, name)
        else:
            outs = call_p.bind(*leaves, call=CheckpointCall(flat_fun, name, leaves), jaxpr=None)
        return unflatten(trees[-1], list(outs))


def _bind_staged(fun: Callable[..., Any], leaves: list[Any], name: str) -> Any:
    """Stage the function, so that what it closes over becomes arguments."""
    constants = integers(leaves)
    trace = Watch("checkpoint")
    with tracing(trace):
        tracers = [trace.new_input(aval_of(leaf)) for leaf in leaves]
        given = [constants.get(i, tracer) for i, tracer in enumerate(tracers)]
        jaxpr = trace.finish([t.data for t in tracers], fun(*given))
    closed = jaxpr.closed()
    call = CheckpointCall(lambda *given: eval_jaxpr(closed, given), name)
    return call_p.bind(*jaxpr.hidden, *leaves, call=call, jaxpr=closed)


def _closes_over_tracers(fun: Any) -> bool:
    """Whether a tracer is among the function's closure, defaults, bound arguments or instance."""
    pending, seen = [fun], set()
    while pending:
        item = pending.pop()
        if type(item) is Tracer:
            return True
        if id(item) in seen:
            continue
        seen.add(id(item))
        if callable(item):
            cells = [c.cell_contents for c in getattr(item, "__closure__", None) or () if _filled(c)]
            extra = [
                getattr(item, a, None)
                for a in ("__defaults__", "__self__", "func", "args", "keywords", "fun")
            ]
            pending.extend(x for x in (*cells, *extra) if x is not None)
        elif isinstance(item, (tuple, list, dict)):
            pending.extend(flatten(item)[0])
    return False


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018  (an empty cell raises)
    except ValueError:
        return False
    return True


def checkpoint(fun: Callable[P, R]) -> Callable[P, R]:
    """``fun``, computed a second time by reverse mode instead of keeping its intermediate values.

    Values and derivatives are those of ``fun``; memory for the backward pass shrinks to the inputs.

    Parameters
    ----------
    fun : callable
        A function of pytrees. If it closes over traced values it is staged, and cannot branch on values.

    Returns
    -------
    callable
        The same function with another cost.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import checkpoint, grad
    >>> grad(checkpoint(np.sin))(0.0)
    1.0
    """
    return Checkpoint(fun)


def stop_gradient(x: T) -> T:
    """The value of ``x`` (a pytree), as a constant for every derivative.

    Examples
    --------
    >>> from funcgrad import grad, stop_gradient
    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    """
    return tree_map(stop_gradient_p.bind, x)  # type: ignore[no-any-return]
