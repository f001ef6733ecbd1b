"""Linear maps: ``linearize`` and ``linear_transpose``.

``linearize`` runs the function once in forward mode while the tangents are staged: what depends on the
primals alone is computed there and then, what depends on the tangents is recorded as a jaxpr whose
hidden inputs are the coefficients. ``linear_transpose`` traces a linear function backwards at zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar, overload

import numpy as np

from ..backends import is_array
from ..base.source import function_location, function_name
from ..core.aval import Aval, aval_of
from ..core.flat import check_function, own
from ..core.inplace import ARGUMENT
from ..core.primitive import Primitive
from ..core.trace import Tracer, rereader, tracing
from ..ir.jaxpr import Atom, Jaxpr, Var
from ..ir.staging import StagingTrace
from ..ops.structural import as_kind, fit, full_like_aval, spread
from ..tree import TreeDef, flatten, flatten_like, unflatten
from .debugging.choice import evaluate_checked, watched
from .driver import (
    call_user,
    check_inputs,
    finish,
    match_cotangents,
    not_traced,
    output_avals,
    positional,
    split_aux,
)
from .jvp import LocatedForward, check_tangents
from .transpose import Linear, pull_linear, reverse_of_linear

R = TypeVar("R")
X = TypeVar("X")


class LinearTrace(StagingTrace):
    """Stages tangents. Coefficients are captured by value: the map outlives the call."""

    __slots__ = ()
    rereads = False

    def atom(self, value: Any) -> Atom:
        outer = type(value) is Tracer and value.trace in self._outer()
        if outer or (type(value) is not Tracer and is_array(value)):
            value = Tracer(value.trace, value.value, value.data) if outer else self._captured(value)
            var = Var(aval_of(value))
            self.hidden[id(value)] = (var, value)
            return var
        return super().atom(value)

    def _concerned(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> bool:
        """Whether a tangent takes part: all else is computed, or printed, now and once."""
        return any(type(arg) is Tracer and arg.trace is self for arg in args)

    def _captured(self, value: Any) -> Any:
        program = rereader(self.parent)
        return value.copy() if program is None else program.lift(value)


class LinearMap:
    """A linear function given by a jaxpr: tangents of the primals to the tangent of the output."""

    def __init__(self, jaxpr: Jaxpr, tree: TreeDef, out_tree: TreeDef, out_avals: Sequence[Aval]) -> None:
        self.jaxpr = jaxpr
        self._tree = tree
        self._out_tree = out_tree
        self._like = unflatten(tree, list(jaxpr.in_avals))
        self._out_avals = tuple(out_avals)

    def __call__(self, *tangents: Any) -> Any:
        """The tangent of the output for these tangents of the primals."""
        what = "linearize: tangents do not match primals"
        leaves = flatten_like(self._tree, tangents, what=what, root="tangents")
        like = flatten(self._like)[0]
        directions = check_tangents("linearize", like, leaves, positional(self._like))
        with np.errstate(all="ignore"):
            outs = evaluate_checked(self.jaxpr, directions)
        full = [as_kind(spread(o, a), a) for o, a in zip(outs, self._out_avals, strict=True)]
        return unflatten(self._out_tree, own(full, [*directions, *self.jaxpr.hidden]))


def linear_map(name: str, fun: Callable[..., Any], primals: tuple[Any, ...], has_aux: bool = False) -> Any:
    """``linearize`` under the name of the function that the user called."""
    check_function(name, fun)
    selection = positional(primals)
    leaves, tree = flatten(primals)
    check_inputs(name, leaves, selection)
    stager = LinearTrace(name)
    aux = None
    with tracing(stager):
        moving = [stager.new_input(aval_of(leaf)) for leaf in leaves]
        trace = watched(LocatedForward)(name)
        with tracing(trace):
            tracers = [Tracer(trace, leaf, t, ARGUMENT) for leaf, t in zip(leaves, moving, strict=True)]
            out = call_user(fun, unflatten(tree, tracers), {})
            if has_aux:
                out, aux = split_aux(name, fun, out)
        flat, out_tree = flatten(out)
        pairs = [trace.split(o) for o in flat]
        values = [value for value, _ in pairs]
        avals = output_avals(name, fun, out, values)
        tangents = [full_like_aval(a) if t is None else t for (_, t), a in zip(pairs, avals, strict=True)]
        jaxpr = stager.finish([t.data for t in moving], tangents)
    result = unflatten(out_tree, own(values, [*leaves, *not_traced(trace, flat)]))
    linear = LinearMap(jaxpr, tree, out_tree, avals)
    if not has_aux:
        return result, linear
    aux_leaves, aux_tree = flatten(aux)
    held = [*leaves, *values, *not_traced(trace, aux_leaves)]
    return result, linear, unflatten(aux_tree, own([trace.split(a)[0] for a in aux_leaves], held))


@overload
def linearize(
    fun: Callable[..., R], *primals: Any, has_aux: Literal[False] = False
) -> tuple[R, Callable[..., R]]: ...
@overload
def linearize(
    fun: Callable[..., tuple[R, X]], *primals: Any, has_aux: Literal[True]
) -> tuple[R, Callable[..., R], X]: ...
def linearize(fun: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of ``fun`` and its derivative there, as a function of tangents that may be called often.

    Parameters
    ----------
    fun : callable
        A function of positional arguments, each a pytree of floating or complex arrays.
    *primals
        The point.
    has_aux : bool
        Whether ``fun`` returns ``(output, aux)``.

    Returns
    -------
    tuple
        ``(output, f_jvp)``, or ``(output, f_jvp, aux)``; ``f_jvp(*tangents)`` computes its coefficients
        no second time.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import linearize
    >>> y, f_jvp = linearize(np.square, 3.0)
    >>> f_jvp(1.0), f_jvp(2.0)
    (np.float64(6.0), np.float64(12.0))
    """
    return linear_map("linearize", fun, primals, has_aux)


def linear_transpose(fun: Callable[..., Any], *primals: Any) -> Callable[[Any], Any]:
    """The transpose of a linear function.

    Parameters
    ----------
    fun : callable
        A linear function of positional arguments.
    *primals
        Arrays (or anything with shape and dtype) like its arguments; their values are not used.

    Returns
    -------
    callable
        ``transposed(ct)`` takes a cotangent of the output and returns a tuple with one cotangent
        for each argument.

    Raises
    ------
    NonLinearError
        When the function applies a non-linear operation to its arguments.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import linear_transpose
    >>> linear_transpose(lambda x: 3.0 * x, 1.0)(2.0)
    (6.0,)
    """
    check_function("linear_transpose", fun)
    leaves, tree = flatten(primals)
    avals = [aval_of(leaf) for leaf in leaves]
    trees: list[TreeDef] = []

    def flat_fun(*tracers: Any) -> list[Any]:
        outs, out_tree = flatten(call_user(fun, unflatten(tree, list(tracers)), {}))
        trees.append(out_tree)
        return list(outs)

    what = Linear(
        "linear_transpose",
        f"linear_transpose: `{function_name(fun)}`",
        function_location(fun),
        "linearize(f, *primals) returns the linear map of f at a point",
    )
    tape, inputs, values, numbers = reverse_of_linear(what, flat_fun, avals)
    tape.secure()
    out_avals = output_avals("linear_transpose", fun, unflatten(trees[0], values), values)

    def transposed(cotangent: Any) -> Any:
        gs = match_cotangents("linear_transpose", trees[0], out_avals, cotangent)
        seeds = [fit(g, aval) for g, aval in zip(gs, out_avals, strict=True)]
        shares = pull_linear(tape, inputs, numbers, seeds)
        return unflatten(tree, finish(shares, avals, seeds))

    return transposed
