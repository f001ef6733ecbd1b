"""Reverse mode: ``vjp``, and what ``grad`` (grad.py) shares with it.

The idea: run the function once on tracers of a ``ReverseTrace`` (tape.py), then walk the tape backwards
(sweep.py). The pullback may be called again and keeps its residuals. Invariant: what comes back has the
dtype, shape, kind, place and tree of the input, and shares memory with nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar, overload

from ..base.errors import ArgumentError
from ..base.record import Record
from ..core.aval import Aval
from ..core.flat import check_function, own
from ..core.trace import tracing
from ..ops.structural import fit
from ..tree import TreeDef, flatten, unflatten
from .debugging.choice import new_tape
from .driver import (
    call_user,
    check_inputs,
    finish,
    lift_data,
    match_cotangents,
    not_traced,
    output_avals,
    positional,
    split_aux,
    strip,
)
from .located import new_sweep
from .tape import ReverseTrace

R = TypeVar("R")
X = TypeVar("X")


class Run(Record):
    """One traced call: its tape, the variables of its inputs, and its outputs as leaves."""

    trace: ReverseTrace
    numbers: list[int]
    out_numbers: list[int | None]
    outs: list[Any]
    held: list[Any]  # what the outputs must not share memory with
    out_tree: TreeDef
    aux: Any


def run_reverse(
    name: str, fun: Callable[..., Any], leaves: Sequence[Any], build: Callable[[Any], Any], has_aux: bool
) -> Run:
    """Call ``fun`` on tracers for ``leaves``; ``build`` makes its arguments of them."""
    trace = new_tape(name)
    with tracing(trace):
        tracers = [trace.new_input(leaf) for leaf in leaves]
        numbers = [tracer.data for tracer in tracers]
        args, kwargs = lift_data(trace, *build(tracers))
        out = call_user(fun, args, kwargs)
        aux = None
        if has_aux:
            out, aux = split_aux(name, fun, out)
        flat, out_tree = flatten(out)
        outs, out_numbers = strip(trace, flat)
        if has_aux:
            aux_leaves, aux_tree = flatten(aux)
            aux = unflatten(
                aux_tree, own(strip(trace, aux_leaves)[0], [*leaves, *outs, *not_traced(trace, aux_leaves)])
            )
    return Run(trace, numbers, out_numbers, outs, [*leaves, *not_traced(trace, flat)], out_tree, aux)


class Pullback:
    """The linear map from cotangents of the outputs to cotangents of the primals."""

    def __init__(self, run: Run, avals: list[Aval], tree: TreeDef, once: bool) -> None:
        self._tape: ReverseTrace | None = run.trace
        self._numbers = run.numbers
        self._in_avals = run.trace.avals[: len(run.numbers)]
        self._out_numbers = run.out_numbers
        self._out_avals = avals
        self._out_tree = run.out_tree
        self._tree = tree
        self._once = once

    def __call__(self, cotangent: Any) -> Any:
        """A tuple with one cotangent tree for each primal."""
        tape = self._tape
        if tape is None:
            raise ArgumentError(
                "vjp: this pullback was made with once=True and has been called already.",
                expected="one call",
                got="a second call",
                hint="leave once=True away to call it several times",
            )
        seeds = self._seeds(cotangent)
        if self._once:
            self._tape = None
        sweep = new_sweep(tape, free=self._once)
        grads = sweep.run(list(zip(self._out_numbers, seeds, strict=True)), self._numbers)
        return unflatten(self._tree, finish(grads, self._in_avals, seeds))

    def _seeds(self, cotangent: Any) -> list[Any]:
        gs = match_cotangents("vjp", self._out_tree, self._out_avals, cotangent)
        return [fit(g, aval) for g, aval in zip(gs, self._out_avals, strict=True)]


def pull_back(
    name: str, fun: Callable[..., Any], primals: tuple[Any, ...], has_aux: bool = False, once: bool = False
) -> Any:
    """``vjp`` under the name of the function that the user called."""
    check_function(name, fun)
    selection = positional(primals)
    leaves, tree = flatten(primals)
    check_inputs(name, leaves, selection)
    run = run_reverse(name, fun, leaves, lambda tracers: selection.replace(unflatten(tree, tracers)), has_aux)
    run.trace.secure()
    residuals = run.trace.residuals()
    out = unflatten(run.out_tree, own(run.outs, [*run.held, *residuals]))
    pullback = Pullback(run, output_avals(name, fun, out, run.outs), tree, once)
    if not has_aux:
        return out, pullback
    aux_leaves, aux_tree = flatten(run.aux)
    return out, pullback, unflatten(aux_tree, own(aux_leaves, residuals))


@overload
def vjp(
    fun: Callable[..., R], *primals: Any, has_aux: Literal[False] = False, once: bool = False
) -> tuple[R, Callable[[Any], tuple[Any, ...]]]: ...
@overload
def vjp(
    fun: Callable[..., tuple[R, X]], *primals: Any, has_aux: Literal[True], once: bool = False
) -> tuple[R, Callable[[Any], tuple[Any, ...]], X]: ...
def vjp(fun: Callable[..., Any], *primals: Any, has_aux: bool = False, once: bool = False) -> Any:
    """The value of ``fun`` and its pullback, by reverse mode.

    Parameters
    ----------
    fun : callable
        A function of positional arguments, each a pytree of floating or complex arrays.
    *primals
        The point.
    has_aux : bool
        Whether ``fun`` returns ``(output, aux)``.
    once : bool
        Whether the pullback will be called one time only; it then frees residuals as it goes.

    Returns
    -------
    tuple
        ``(output, pullback)``, or ``(output, pullback, aux)``. ``pullback(ct)`` takes a cotangent of the
        output's tree, shapes and dtypes, and returns a tuple with one cotangent tree for each primal.

    Raises
    ------
    NotDifferentiableInputError
        When a leaf is not floating or complex.
    TreeError
        When a cotangent does not match the output.

    Notes
    -----
    Complex convention: the plain transpose, as in JAX and HIPS autograd. The result does not depend on
    later writes into the primals or into the output.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import vjp
    >>> y, pullback = vjp(np.square, 3.0)
    >>> pullback(np.float64(1.0))
    (6.0,)
    """
    return pull_back("vjp", fun, primals, has_aux, once)
