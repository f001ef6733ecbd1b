"""``make_jaxpr`` and ``eval_shape``: trace a function on types alone.

The idea: every array, NumPy scalar and Python float among the arguments becomes a tracer that knows its
aval and no number; what the function does with them is recorded. Nothing is computed. Python bools and
ints are constants. Invariant: the inputs of the program are the traced leaves of the arguments in order,
positional ones first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backends import HOST, backend_of
from ..base.errors import ArgumentError, DtypeError
from ..base.record import Record
from ..base.source import function_name
from ..core.aval import Aval, Kind, aval_of, make_aval
from ..core.flat import (
    Transformation,
    argument_name,
    check_function,
    count_positional,
    describe_value,
    ints,
)
from ..ir.jaxpr import Jaxpr
from ..ir.staging import stage
from ..tree import flatten, flatten_with_path, path_str, unflatten
from .driver import call_user, check_outputs


class ShapeDtype:
    """The shape and dtype of an array that need not exist.

    Parameters
    ----------
    shape : tuple of int
    dtype : dtype-like
    kind : {"array", "scalar", "python"}
        What carries the numbers: an array, a NumPy scalar or a Python number.
    place : str
        ``"host"``, or a device such as ``"cupy:0"``.

    Examples
    --------
    >>> import numpy as np
    >>> ShapeDtype((3,), np.float32)
    ShapeDtype((3,), float32)
    """

    __slots__ = ("_aval",)

    def __init__(self, shape: Sequence[int], dtype: Any, *, kind: Kind = "array", place: str = HOST) -> None:
        self._aval = make_aval(tuple(int(n) for n in shape), np.dtype(dtype), kind, place)

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._aval.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the elements."""
        return self._aval.dtype

    @property
    def kind(self) -> Kind:
        """``"array"``, ``"scalar"`` (NumPy's) or ``"python"``."""
        return self._aval.kind

    @property
    def place(self) -> str:
        """Where the array would be."""
        return self._aval.place

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._aval.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._aval.size

    def __funcgrad_aval__(self) -> Aval:
        return self._aval

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ShapeDtype) and self._aval == other._aval

    def __hash__(self) -> int:
        return hash((ShapeDtype, self._aval))

    def __repr__(self) -> str:
        extra = f", kind={self.kind!r}" if self.kind != "array" else ""
        extra += f", place={self.place!r}" if self.place != HOST else ""
        return f"ShapeDtype({self.shape}, {self.dtype}{extra})"


def _shape_dtype(aval: Aval) -> ShapeDtype:
    return ShapeDtype(aval.shape, aval.dtype, kind=aval.kind, place=aval.place)


class Traced(Record):
    """A program and the tree of its results' types."""

    jaxpr: Jaxpr
    shapes: Any


def trace_abstractly(
    name: str, fun: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], static: frozenset[int]
) -> Traced:
    """Trace ``fun`` on the types of its arguments, but for those at the positions ``static``."""
    roots = [argument_name(fun, i) for i in range(len(args)) if i not in static]
    moving = [arg for i, arg in enumerate(args) if i not in static]
    leaves, tree = flatten((moving, kwargs))
    avals = [_leaf_aval(name, leaf, (roots, moving, kwargs), i) for i, leaf in enumerate(leaves)]
    trees: list[Any] = []

    def flat(*tracers: Any) -> list[Any]:
        rest = iter(tracers)
        given, named = unflatten(
            tree, [leaf if aval is None else next(rest) for leaf, aval in zip(leaves, avals, strict=True)]
        )
        positional = iter(given)
        out = call_user(fun, [args[i] if i in static else next(positional) for i in range(len(args))], named)
        outs, out_tree = flatten(out)
        check_outputs(name, fun, out)
        trees.append(out_tree)
        return outs

    jaxpr = stage(flat, [aval for aval in avals if aval is not None], name=name)
    return Traced(jaxpr, unflatten(trees[0], [_shape_dtype(aval) for aval in jaxpr.out_avals]))


def _leaf_aval(name: str, leaf: Any, arguments: tuple[Any, ...], index: int) -> Aval | None:
    """The aval of an argument's leaf; None for a Python bool or int, which is a constant."""
    if type(leaf) is bool or type(leaf) is int:
        return None
    try:
        if _is_shape_and_dtype(leaf):
            return make_aval(tuple(leaf.shape), np.dtype(leaf.dtype))
        return aval_of(leaf)
    except TypeError:
        roots, moving, kwargs = arguments
        paths = [
            path_str(path, root)
            for root, value in [*zip(roots, moving, strict=True), *kwargs.items()]
            for path, _ in flatten_with_path(value)[0]
        ]
        raise DtypeError(
            f"{name}: `{paths[index]}` is no array of numbers.",
            expected="an array, a number, or anything with shape and dtype",
            got=describe_value(leaf),
            hint="static_argnums passes an argument to the function as it is"
            if name == "make_jaxpr"
            else None,
        ) from None


def _is_shape_and_dtype(leaf: Any) -> bool:
    """Whether ``leaf`` is nothing that funcgrad knows, but says its shape and dtype."""
    if hasattr(leaf, "__funcgrad_aval__") or isinstance(leaf, (Aval, np.generic, np.ndarray)):
        return False
    return hasattr(leaf, "shape") and hasattr(leaf, "dtype") and backend_of(leaf) is None


class MakeJaxpr(Transformation):
    """``make_jaxpr`` of a function."""

    transform = "make_jaxpr"

    def __init__(self, fun: Callable[..., Any], static_argnums: Any, return_shape: bool) -> None:
        super().__init__(fun)
        self.static = ints("make_jaxpr", "static_argnums", static_argnums)
        self.return_shape = return_shape

    def __reduce__(self) -> tuple[Any, ...]:
        return MakeJaxpr, (self.fun, self.static, self.return_shape)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for n in self.static:
            if not -len(args) <= n < len(args):
                raise ArgumentError(
                    f"make_jaxpr: static_argnums={n} of `{function_name(self.fun)}` is out of range.",
                    expected=f"an index into {count_positional(args)}",
                    got=str(n),
                )
        static = frozenset(n % len(args) for n in self.static)
        traced = trace_abstractly("make_jaxpr", self.fun, args, kwargs, static)
        return (traced.jaxpr, traced.shapes) if self.return_shape else traced.jaxpr


def make_jaxpr(
    fun: Callable[..., Any], static_argnums: int | Sequence[int] = (), return_shape: bool = False
) -> Callable[..., Any]:
    """The function that returns the program of ``fun`` on arguments of given types; it computes nothing.

    Parameters
    ----------
    fun : callable
        A function of pytrees. It may use ``grad`` and every other transformation.
    static_argnums : int or sequence of int
        Positional arguments that ``fun`` gets as they are.
    return_shape : bool
        Return ``(jaxpr, shapes)``, the second being ``fun``'s result with a `ShapeDtype` for each array.

    Returns
    -------
    callable
        It takes the arguments of ``fun``: arrays, numbers, `ShapeDtype`, or anything with shape and dtype.
        The inputs of the jaxpr are the leaves in order. Python bools and ints are constants in it;
        arrays that ``fun`` closes over are hidden inputs.

    Raises
    ------
    ConcretizationError
        If ``fun`` needs the value of an array, as in ``if x > 0``.
    DtypeError
        If an argument or a result is no array of numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import make_jaxpr
    >>> make_jaxpr(lambda x: 2.0 * x + 1.0)(np.ones(3))
    funcgrad.jaxpr 1
    { lambda ; a:float64[3] .
      let
        b:float64[3] = multiply 2.0:float a
        c:float64[3] = add b 1.0:float
      in (c,) }
    """
    return MakeJaxpr(fun, static_argnums, return_shape)


def eval_shape(fun: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The shapes and dtypes that ``fun(*args, **kwargs)`` would return, without computing anything.

    Parameters
    ----------
    fun : callable
    *args, **kwargs
        As for `make_jaxpr`: arrays, numbers, `ShapeDtype`, or anything with shape and dtype.

    Returns
    -------
    pytree
        The result of ``fun`` with a `ShapeDtype` in the place of each array and number.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import eval_shape
    >>> eval_shape(lambda x: {"twice": 2 * x}, ShapeDtype((1000, 1000), np.float32))
    {'twice': ShapeDtype((1000, 1000), float32)}
    """
    check_function("eval_shape", fun)
    return trace_abstractly("eval_shape", fun, args, kwargs, frozenset()).shapes
