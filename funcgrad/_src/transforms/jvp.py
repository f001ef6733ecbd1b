"""Forward mode: ``jvp``.

The idea: every traced value carries its tangent. An operation computes its primal under the parent
trace, and its tangent there too, from the declared derivative. ``None`` is the symbolic zero tangent;
it is instantiated only where a rule or the caller needs an array. Invariant: a tangent has the shape
and dtype of its primal, and zero times anything is zero (strong zero).
"""

from __future__ import annotations

from _thread import get_ident
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, Literal, TypeVar, overload

import numpy as np

from ..base.errors import ArgumentError
from ..base.source import Location, function_name, user_location
from ..core.aval import Aval, aval_of
from ..core.flat import Selection, check_function, describe_value, leaf_paths, own
from ..core.inplace import ARGUMENT
from ..core.primitive import Primitive, as_operand, missing_rule
from ..core.trace import Trace, Tracer, find_current, tracing, under
from ..ir.staging import stagers
from ..ops.declare import NONDIFF, typed_number
from ..ops.strong import strong_mul
from ..ops.structural import as_kind, full_like_aval, spread
from ..tree import flatten, flatten_like, unflatten
from .debugging.choice import watched
from .driver import call_user, check_inputs, is_like, misfit, not_traced, output_avals, positional, split_aux

R = TypeVar("R")
X = TypeVar("X")


class ForwardTrace(Trace):
    """Computes primal and tangent under the parent. A tracer's ``data`` is its tangent or None."""

    __slots__ = ()

    def split(self, value: Any) -> tuple[Any, Any]:
        """Primal and tangent of a value."""
        return super().split(as_operand(value) if isinstance(value, (list, tuple)) else value)

    def process(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
        if self.thread != get_ident():
            return self.elsewhere(primitive, args, params)
        pairs = [self.split(arg) for arg in args]
        primals = [pair[0] for pair in pairs]
        tangents = [pair[1] for pair in pairs]
        active = any(t is not None for t in tangents)
        rule = primitive.rule
        if active and rule is not None and rule.kind == "call":
            with under(self.parent):
                return self._wrap_all(*rule.jvp(primals, tangents, params))
        parent = self.parent
        if parent is None:
            out = primitive.evaluate(primals, params)
        else:
            out = parent.process(primitive, primals, params)
        if rule is NONDIFF:
            return out
        if not active:
            return self.constant(out) if any(type(a) is Tracer and a.trace is self for a in args) else out
        if rule is None:
            raise missing_rule(primitive, "derivative")
        quiet = np.errstate(all="ignore") if parent is None else nullcontext()
        with under(parent), quiet:
            tangent = self.push(primitive, tangents, out, primals, params)
        if primitive.multiple:
            return self._wrap_all(out, tangent or [None] * len(out))
        return out if tangent is None else Tracer(self, out, tangent)

    def push(self, primitive: Primitive, tangents: Any, out: Any, primals: Any, params: Any) -> Any:
        """The tangent of an output."""
        return push(primitive, tangents, out, primals, params)

    def _wrap_all(self, outs: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(
            out if tangent is None else Tracer(self, out, tangent)
            for out, tangent in zip(outs, tangents, strict=True)
        )


class LocatedForward(ForwardTrace):
    """Under a trace that stages: the equations of a tangent belong to the derivative of their operation."""

    __slots__ = ("stagers",)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.stagers = stagers(self.parent)

    def push(self, primitive: Primitive, tangents: Any, out: Any, primals: Any, params: Any) -> Any:
        before = [stager.place for stager in self.stagers]
        at = before[0] or user_location()
        if at is not None and not at.derivative_of:
            at = Location(at.file, at.line, at.function, primitive.name)
        for stager in self.stagers:
            stager.place = at
        try:
            return super().push(primitive, tangents, out, primals, params)
        finally:
            for stager, place in zip(self.stagers, before, strict=True):
                stager.place = place


def push(
    primitive: Primitive, tangents: list[Any], out: Any, primals: list[Any], params: dict[str, Any]
) -> Any:
    """The tangent of an output (a list of them for several), by the declared derivative."""
    rule = primitive.rule
    tangents = [t if rule.active(i) else None for i, t in enumerate(tangents)]
    if all(t is None for t in tangents):
        return None
    if primitive.multiple:
        return _push_multiple(primitive, tangents, out, primals, params)
    aval = aval_of(out)
    if not aval.inexact:
        return None
    if rule.kind == "partials":
        return _settle(_push_partials(rule, tangents, out, primals, params, aval), aval)
    if rule.kind == "explicit":
        typed = [typed_number(p, aval) for p in primals]
        return _settle(rule.jvp(tangents, out, *typed, **params), aval)
    if rule.linear:
        return _settle(primitive.bind(*_linear_operands(rule, tangents, primals), **params), aval)
    return _settle(_push_products(primitive, tangents, primals, params), aval)


def _push_products(primitive: Primitive, tangents: Any, primals: Any, params: Any) -> Any:
    total = None
    for i, t in enumerate(tangents):
        if t is not None:
            share = primitive.bind(*primals[:i], t, *primals[i + 1 :], **params)
            total = share if total is None else total + share
    return total


def _push_multiple(primitive: Primitive, tangents: Any, out: Any, primals: Any, params: Any) -> list[Any]:
    if primitive.rule.kind == "transposes":
        given = primitive.bind(*_linear_operands(primitive.rule, tangents, primals), **params)
    else:
        given = primitive.rule.jvp(tangents, out, *primals, **params)
    return [_settle(t, aval_of(o)) for t, o in zip(given, out, strict=True)]


def _push_partials(rule: Any, tangents: Any, out: Any, primals: Any, params: Any, aval: Aval) -> Any:
    typed = [typed_number(p, aval) for p in primals]
    total = None
    for t, partial in zip(tangents, rule.partials, strict=True):
        if t is not None:
            if isinstance(partial, int):
                share = t if partial == 1 else -t
            else:
                share = strong_mul(t, partial(out, *typed, **params), (True, rule.selects))
            total = share if total is None else total + share
    return total


def _linear_operands(rule: Any, tangents: list[Any], primals: list[Any]) -> list[Any]:
    """Tangents in place of the operands that carry a derivative, zeros where there is none."""
    operands = []
    for i, (t, primal) in enumerate(zip(tangents, primals, strict=True)):
        if t is not None or not rule.active(i):
            operands.append(primal if t is None else t)
        else:
            operands.append(0.0 if rule.elementwise else full_like_aval(aval_of(primal)))
    return operands


def _settle(tangent: Any, aval: Aval) -> Any:
    if tangent is None or not aval.inexact:
        return None
    return spread(tangent, aval)


def check_tangents(
    name: str, leaves: Sequence[Any], tangents: Sequence[Any], selection: Selection
) -> list[Any]:
    """Tangents in the dtype of their primals; TreeError naming the argument if a shape differs."""
    avals = [aval_of(leaf) for leaf in leaves]
    for i, (aval, tangent) in enumerate(zip(avals, tangents, strict=True)):
        if not is_like(tangent, aval):
            path = leaf_paths(selection.roots, selection.chosen)[i]
            raise misfit(f"{name}: the tangent of `{path}` does not fit it.", tangent, aval)
    return [spread(tangent, aval) for tangent, aval in zip(tangents, avals, strict=True)]


@overload
def jvp(
    fun: Callable[..., R], primals: Sequence[Any], tangents: Sequence[Any], has_aux: Literal[False] = False
) -> tuple[R, R]: ...
@overload
def jvp(
    fun: Callable[..., tuple[R, X]], primals: Sequence[Any], tangents: Sequence[Any], has_aux: Literal[True]
) -> tuple[R, R, X]: ...
def jvp(
    fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> Any:
    """The value of ``fun`` and its directional derivative, by forward mode.

    Parameters
    ----------
    fun : callable
        A function of positional arguments, each a pytree of floating or complex arrays.
    primals, tangents : tuple or list
        The point and the direction: equal trees, shapes and dtypes.
    has_aux : bool
        Whether ``fun`` returns ``(output, aux)``.

    Returns
    -------
    tuple
        ``(output, tangent_out)``, or ``(output, tangent_out, aux)``.

    Raises
    ------
    TreeError
        When primals and tangents differ in tree or shape.
    NotDifferentiableInputError
        When a leaf is not floating or complex.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import jvp
    >>> jvp(np.square, (3.0,), (1.0,))
    (np.float64(9.0), np.float64(6.0))
    """
    return run_forward("jvp", fun, primals, tangents, has_aux)


def check_tuples(name: str, fun: Callable[..., Any], primals: Any, tangents: Any) -> None:
    """Raise ArgumentError unless both are tuples or lists; ``fun`` must be a function."""
    check_function(name, fun)
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise ArgumentError(
                f"{name}: {what} must be a tuple with one entry for each argument of `{function_name(fun)}`.",
                expected="a tuple or list",
                got=describe_value(given),
                hint=f"for one argument, a tuple of one: ({what[:-1]},)",
            )


def new_forward(name: str) -> ForwardTrace:
    """The trace for a call of forward mode: with the user's lines where a program is staged."""
    return watched(LocatedForward if stagers(find_current()) else ForwardTrace)(name)


def run_forward(
    name: str, fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool
) -> Any:
    """``jvp`` under the name of the public function that was called."""
    check_tuples(name, fun, primals, tangents)
    primals = tuple(primals)
    selection = positional(primals)
    leaves, tree = flatten(primals)
    check_inputs(name, leaves, selection)
    directions = check_tangents(
        name,
        leaves,
        flatten_like(tree, tuple(tangents), what=f"{name}: tangents do not match primals", root="tangents"),
        selection,
    )
    trace = new_forward(name)
    aux = None
    with tracing(trace):
        tracers = [Tracer(trace, leaf, t, ARGUMENT) for leaf, t in zip(leaves, directions, strict=True)]
        out = call_user(fun, unflatten(tree, tracers), {})
        if has_aux:
            out, aux = split_aux(name, fun, out)
    flat, out_tree = flatten(out)
    values, out_tangents = zip(*map(trace.split, flat), strict=True) if flat else ((), ())
    avals = output_avals(name, fun, out, values)
    full = [
        full_like_aval(aval) if t is None else as_kind(t, aval)
        for aval, t in zip(avals, out_tangents, strict=True)
    ]
    owned = own([*values, *full], [*leaves, *directions, *not_traced(trace, flat)])
    result = (unflatten(out_tree, owned[: len(flat)]), unflatten(out_tree, owned[len(flat) :]))
    if not has_aux:
        return result
    aux_leaves, aux_tree = flatten(aux)
    held = [*leaves, *owned, *not_traced(trace, aux_leaves)]
    return (*result, unflatten(aux_tree, own([trace.split(a)[0] for a in aux_leaves], held)))
