"""What the drivers of the transformations share: calling the user's function, checking its inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backends import is_array
from ..base.errors import ArgumentError, NotDifferentiableInputError
from ..base.source import function_location, function_name
from ..core.aval import Aval, aval_of
from ..core.flat import Selection, leaf_paths
from ..core.inplace import ARGUMENT
from ..core.trace import Trace, Tracer


def call_user(fun: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Call the user's function; an error of ours that NumPy has wrapped is raised again as ours."""
    try:
        return fun(*args, **kwargs)
    except ValueError as error:
        cause = error.__cause__
        if cause is not None and type(error) is ValueError and hasattr(cause, "headline"):
            raise cause from None
        raise


def split_aux(name: str, fun: Callable[..., Any], out: Any) -> tuple[Any, Any]:
    """The pair that a function returns under ``has_aux=True``."""
    if not isinstance(out, tuple) or len(out) != 2:
        raise ArgumentError(
            f"{name}: with has_aux=True `{function_name(fun)}` must return a pair (output, aux).",
            expected="a tuple of length 2",
            got=f"a tuple of length {len(out)}" if isinstance(out, tuple) else type(out).__name__,
            at=function_location(fun),
        )
    return out


def check_inputs(name: str, leaves: Sequence[Any], selection: Selection, holomorphic: bool = False) -> None:
    """Raise unless every leaf is a floating number or array (complex if holomorphic)."""
    for i, leaf in enumerate(leaves):
        aval = _input_aval(name, leaf, i, selection)
        if not aval.inexact or (holomorphic and aval.dtype.kind != "c"):
            path = leaf_paths(selection.roots, selection.chosen)[i]
            need = "complex (holomorphic=True)" if holomorphic else "floating point"
            kind = "complex" if holomorphic else "float"
            raise NotDifferentiableInputError(
                f"{name}: cannot differentiate with respect to `{path}`, which is not {need}.",
                expected="a complex dtype" if holomorphic else "a floating or complex dtype",
                got=str(aval),
                hint=f"convert it: np.asarray({path}, dtype={kind}), or leave it out with argnums / argnames",
            )


def _input_aval(name: str, leaf: Any, i: int, selection: Selection) -> Aval:
    try:
        return aval_of(leaf)
    except TypeError:
        path = leaf_paths(selection.roots, selection.chosen)[i]
        got = f"dtype {leaf.dtype}" if isinstance(leaf, np.ndarray) else type(leaf).__name__
        raise NotDifferentiableInputError(
            f"{name}: cannot differentiate with respect to `{path}`, which is no array of numbers.",
            expected="a floating or complex number or array",
            got=got,
            hint="leave it out with argnums / argnames, or close over it",
        ) from None


def lift_data(
    trace: Trace, args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments with their floating arrays as constants of the trace, so that ``x.dot(w)`` dispatches.

    NumPy's C methods (and all of CuPy's) never ask the operand ``w`` about ``x.dot(w)``; a constant
    tracer in place of the data ``x`` does. Only arrays that are arguments, or in tuples, are lifted:
    other containers are the caller's own objects.
    """
    return tuple(_lift(trace, a) for a in args), {key: _lift(trace, a) for key, a in kwargs.items()}


def _lift(trace: Trace, value: Any) -> Any:
    if type(value) is tuple:
        return tuple(_lift(trace, v) for v in value)
    if is_array(value) and value.ndim and aval_of(value).inexact:
        tracer = trace.lift(value)
        tracer.links = ARGUMENT
        return tracer
    return value


def not_traced(trace: Trace, leaves: Sequence[Any]) -> list[Any]:
    """The arrays among outputs that the trace did not make: somebody else may hold them."""
    found = []
    for leaf in leaves:
        if type(leaf) is not Tracer or leaf.trace is not trace:
            found.append(leaf)
        elif leaf.data is None:
            found.append(leaf.value)
    return found


def positional(primals: tuple[Any, ...]) -> Selection:
    """The selection of all positional arguments."""
    roots = tuple(f"primals[{i}]" for i in range(len(primals)))
    return Selection(primals, roots, lambda new: (tuple(new), {}), tuple)
