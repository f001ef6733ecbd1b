"""Batching: ``vmap``.

The idea: a traced value carries a whole batch and the axis along which it lies; every primitive has a
rule that says how to work on batches of its operands. Values without an axis are the same for every
example. Invariant: the result equals the loop over the mapped axis, stacked.
"""

from __future__ import annotations

from _thread import get_ident
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from ..base.errors import ArgumentError, DtypeError
from ..base.source import function_name
from ..core.aval import Aval, aval_of, make_aval
from ..core.flat import Transformation, argument_name, count_positional, leaf_paths, own
from ..core.inplace import ARGUMENT
from ..core.primitive import Primitive, as_operand, missing_rule
from ..core.trace import Trace, Tracer, tracing, under, unknown
from ..ops.structural import broadcast_to, move_axis
from ..tree import broadcast_prefix, flatten, unflatten
from ..tree.keys import counted
from .debugging.choice import watched
from .driver import call_user, check_outputs, leaf_error, lift_data, not_traced

P = ParamSpec("P")
R = TypeVar("R")


class BatchTrace(Trace):
    """Applies batching rules under the parent. A tracer's ``data`` is its batch axis or None."""

    __slots__ = ("axis_name", "size")
    withholds = "batch"

    def __init__(self, name: str, size: int, axis_name: str | None = None) -> None:
        super().__init__(name)
        self.size = size
        self.axis_name = axis_name

    def aval(self, tracer: Tracer) -> Aval:
        aval, axis = aval_of(tracer.value), tracer.data
        if axis is None:
            return aval
        shape = aval.shape[:axis] + aval.shape[axis + 1 :]
        kind = "array" if shape or aval.place != "host" else "scalar"
        return make_aval(shape, aval.dtype, kind, aval.place)  # type: ignore[arg-type]

    def concrete(self, tracer: Tracer) -> Any:
        return unknown if tracer.data is not None else super().concrete(tracer)

    def known(self, tracer: Tracer) -> Any:
        return unknown if tracer.data is not None else super().known(tracer)

    def split(self, value: Any) -> tuple[Any, int | None]:
        """The batch and its axis."""
        return super().split(as_operand(value) if isinstance(value, (list, tuple)) else value)

    def process(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
        if self.thread != get_ident():
            return self.elsewhere(primitive, args, params)
        pairs = [self.split(arg) for arg in args]
        values = tuple(pair[0] for pair in pairs)
        axes = tuple(pair[1] for pair in pairs)
        parent = self.parent
        if all(axis is None for axis in axes):
            if parent is None:
                out = primitive.evaluate(values, params)
            else:
                out = parent.process(primitive, values, params)
            return self.constant(out) if any(type(a) is Tracer and a.trace is self for a in args) else out
        if primitive.batch is None:
            raise missing_rule(primitive, "batching")
        with under(parent):
            out, out_axes = primitive.batch(self.size, values, axes, **params)
        if primitive.multiple:
            return tuple(self._wrap(o, axis) for o, axis in zip(out, out_axes, strict=True))
        return self._wrap(out, out_axes)

    def _wrap(self, value: Any, axis: int | None) -> Any:
        return value if axis is None else Tracer(self, value, axis)


class Vmap(Transformation):
    """A vectorised function."""

    transform = "vmap"

    def __init__(
        self,
        fun: Callable[..., Any],
        in_axes: Any,
        out_axes: Any,
        axis_size: int | None,
        axis_name: str | None,
    ) -> None:
        super().__init__(fun)
        if isinstance(in_axes, list):
            in_axes = tuple(in_axes)
        if not (in_axes is None or isinstance(in_axes, (int, tuple))):
            raise ArgumentError(
                "vmap: in_axes must be an int, None or a tuple with one entry for each argument.",
                expected="int, None or tuple",
                got=type(in_axes).__name__,
            )
        self.options = (in_axes, out_axes, axis_size, axis_name)

    def __reduce__(self) -> tuple[Any, ...]:
        return Vmap, (self.fun, *self.options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        in_axes, out_axes, axis_size, axis_name = self.options
        leaves, tree = flatten((args, kwargs))
        axes = self._in_axes(in_axes, args, kwargs)
        size = self._size(args, kwargs, leaves, axes, axis_size)
        trace = watched(BatchTrace)("vmap", size, axis_name)
        with tracing(trace):
            tracers = [
                leaf if axis is None else Tracer(trace, leaf, axis % aval_of(leaf).ndim, ARGUMENT)
                for leaf, axis in zip(leaves, axes, strict=True)
            ]
            new_args, new_kwargs = lift_data(trace, *unflatten(tree, tracers))
            out = call_user(self.fun, new_args, new_kwargs)
        flat, out_tree = flatten(out)
        targets = self._out_axes(out_axes, out)
        try:
            placed = [_place(*trace.split(o), axis, size) for o, axis in zip(flat, targets, strict=True)]
        except DtypeError:
            check_outputs("vmap", self.fun, out)
            raise
        return unflatten(out_tree, own(placed, [*leaves, *not_traced(trace, flat)]))

    def _in_axes(self, in_axes: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[int | None]:
        named = [0] * len(flatten(kwargs)[0])
        if isinstance(in_axes, tuple) and len(in_axes) != len(args):
            raise ArgumentError(
                f"vmap: in_axes has {counted(len(in_axes), 'entry', 'entries')}, but "
                f"`{function_name(self.fun)}` was called with {count_positional(args)}.",
                expected=f"a tuple of length {len(args)}",
                got=repr(in_axes),
            )
        return [*self._prefix(in_axes, args, "in_axes", "args"), *named]

    def _prefix(self, axes: Any, tree: Any, what: str, root: str) -> list[int | None]:
        headline = f"vmap: {what} does not fit what it maps"
        found = broadcast_prefix(axes, tree, lambda part: part is None, headline, root)
        for axis in found:
            if axis is not None and (not isinstance(axis, int) or isinstance(axis, bool)):
                raise ArgumentError(
                    f"vmap: {what} must hold ints and None.", expected="an int or None", got=repr(axis)
                )
        return found

    def _out_axes(self, out_axes: Any, out: Any) -> list[int | None]:
        return self._prefix(out_axes, out, "out_axes", "output")

    def _size(
        self,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        leaves: list[Any],
        axes: list[int | None],
        given: int | None,
    ) -> int:
        sizes: dict[int, int] = {}
        for i, (leaf, axis) in enumerate(zip(leaves, axes, strict=True)):
            if axis is None:
                continue
            shape = self._shape(leaf, args, kwargs)
            if not -len(shape) <= axis < len(shape):
                raise ArgumentError(
                    f"vmap: `{self._paths(args, kwargs)[i]}` has no axis {axis} to map over.",
                    expected=f"an array with an axis {axis}",
                    got=str(aval_of(leaf)),
                    hint="in_axes=None for an argument that is the same for every example",
                )
            sizes[i] = shape[axis]
        found = set(sizes.values()) | ({given} if given is not None else set())
        if len(found) == 1:
            return found.pop()
        if not found:
            raise ArgumentError(
                "vmap: nothing is mapped, so the size of the axis is unknown.",
                expected="at least one axis in in_axes, or axis_size",
                got=f"in_axes={self.options[0]!r}",
                hint="map at least one argument, or give axis_size",
            )
        paths = self._paths(args, kwargs)
        got = ", ".join(f"{paths[i]}: {size}" for i, size in sizes.items())
        raise ArgumentError(
            "vmap: the mapped axes have different sizes.",
            expected="one size" if given is None else f"axis_size={given}",
            got=got,
        )

    def _shape(self, leaf: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[int, ...]:
        try:
            return aval_of(leaf).shape
        except TypeError:
            hint = "in_axes=None passes an argument as it is to every example"
            raise leaf_error("vmap", self.fun, args, kwargs, hint) from None

    def _paths(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[str]:
        roots = [argument_name(self.fun, i) for i in range(len(args))] + list(kwargs)
        return leaf_paths(roots, [*args, *kwargs.values()])


def _place(value: Any, have: int | None, want: int | None, size: int) -> Any:
    """An output with its batch axis where ``out_axes`` says; repeated if it is the same for all."""
    if want is None:
        if have is None:
            return value
        raise ArgumentError(
            "vmap: an output with out_axes=None differs between examples.",
            expected="an output that does not depend on mapped arguments",
            got=f"a batch of {size}",
            hint="give it an axis in out_axes",
        )
    aval = aval_of(value)
    ndim = aval.ndim + (have is None)
    if not -ndim <= want < ndim:
        raise ArgumentError(
            f"vmap: out_axes={want} is out of range for an output of {ndim} axes, the mapped one included.",
            expected=f"an axis from {-ndim} to {ndim - 1}",
            got=str(want),
        )
    if have is None:
        return move_axis(broadcast_to(value, (size, *aval.shape)), 0, want % ndim)
    return move_axis(value, have, want % ndim)


def vmap(
    fun: Callable[P, R],
    in_axes: Any = 0,
    out_axes: Any = 0,
    axis_name: str | None = None,
    axis_size: int | None = None,
) -> Callable[P, R]:
    """``fun`` on a whole batch at once: the loop over an axis, vectorised.

    Parameters
    ----------
    fun : callable
        A function of one example.
    in_axes : int, None, or tuple of trees of these
        The axis to map of each positional argument; None for one that every example shares. Trees
        may be prefixes of the arguments. Keyword arguments are mapped along axis 0.
    out_axes : int, None, or tree of these
        Where the mapped axis goes in each output; None for an output that is the same for all.
    axis_name : str, optional
        A name for the axis.
    axis_size : int, optional
        Its length, needed only if nothing is mapped.

    Returns
    -------
    callable
        The batched function, with the same arguments.

    Raises
    ------
    ArgumentError
        When axes do not exist or differ in size.
    ConcretizationError
        When the function asks for the truth of a batched value.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import grad, vmap
    >>> vmap(grad(lambda x: x**3))(np.array([1.0, 2.0, 3.0]))
    array([ 3., 12., 27.])
    """
    return Vmap(fun, in_axes, out_axes, axis_size, axis_name)
