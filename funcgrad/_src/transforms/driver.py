"""What the drivers of the transformations share: calling the user's function, checking its inputs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from ..backends import is_array
from ..backends.places import backend_at, mixed_places
from ..base.errors import ArgumentError, DtypeError, NotDifferentiableInputError, TreeError
from ..base.source import function_location, function_name
from ..core.aval import Aval, aval_of
from ..core.flat import Selection, argument_name, describe_value, leaf_paths, own
from ..core.inplace import ARGUMENT
from ..core.trace import Trace, Tracer
from ..ops.structural import as_kind, fit, full_like_aval
from ..tree import TreeDef, flatten, flatten_like, flatten_with_path, path_str, unflatten


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
            got=describe_value(out),
            at=function_location(fun),
            hint="return output, aux" if not isinstance(out, tuple) else "return output, (aux, more_aux)",
        )
    return out


def check_inputs(name: str, leaves: Sequence[Any], selection: Selection, holomorphic: bool = False) -> None:
    """Raise unless every leaf is a floating number or array (complex if holomorphic)."""
    for i, leaf in enumerate(leaves):
        aval = _input_aval(name, leaf, i, selection)
        if not aval.inexact or (holomorphic and aval.dtype.kind != "c"):
            path = leaf_paths(selection.roots, selection.chosen)[i]
            need = "complex (holomorphic=True)" if holomorphic else "floating point"
            raise NotDifferentiableInputError(
                f"{name}: cannot differentiate with respect to `{path}`, which is not {need}.",
                expected="a complex dtype" if holomorphic else "a floating or complex dtype",
                got=str(aval),
                hint=f"convert it: {_converted(path, aval, holomorphic)}, or {_left_out(name)}",
            )


def _converted(path: str, aval: Aval, holomorphic: bool) -> str:
    """How to write a leaf as a floating (or complex) one of its kind."""
    kind = "complex" if holomorphic else "float"
    if aval.kind == "array":
        return f"{path}.astype({kind})"
    return f"{kind}({path})" if aval.kind == "python" else f"np.{kind}{128 if holomorphic else 64}({path})"


def _left_out(name: str) -> str:
    """How not to differentiate by an argument."""
    selects = name not in ("vjp", "jvp", "linearize", "hvp")
    return "leave it out with argnums / argnames" if selects else "close over it"


def _input_aval(name: str, leaf: Any, i: int, selection: Selection) -> Aval:
    try:
        return aval_of(leaf)
    except TypeError:
        path = leaf_paths(selection.roots, selection.chosen)[i]
        objects = isinstance(leaf, np.ndarray) and leaf.dtype.kind == "O"
        raise NotDifferentiableInputError(
            f"{name}: cannot differentiate with respect to `{path}`, which is no array of numbers.",
            expected="a floating or complex number or array",
            got=describe_value(leaf),
            hint=(f"convert it: {path}.astype(float), or " if objects else "") + _left_out(name),
        ) from None


def leaf_error(
    name: str, fun: Any, args: Sequence[Any], kwargs: dict[str, Any], hint: str, static: Collection[int] = ()
) -> DtypeError:
    """The error for the first leaf of the arguments that is no array of numbers, by its path."""
    paths, leaves = moving_leaves(fun, args, kwargs, static)
    i = next(i for i, leaf in enumerate(leaves) if not _is_number(leaf))
    return DtypeError(
        f"{name}: `{paths[i]}` is no array of numbers.",
        expected="an array, a NumPy scalar or a Python number",
        got=describe_value(leaves[i]),
        hint=hint,
    )


def moving_leaves(
    fun: Any, args: Sequence[Any], kwargs: dict[str, Any], static: Collection[int]
) -> tuple[list[str], list[Any]]:
    """Paths and leaves of the arguments that are not static."""
    moving = [i for i in range(len(args)) if i not in static]
    trees = [*(args[i] for i in moving), *kwargs.values()]
    roots = [*(argument_name(fun, i) for i in moving), *kwargs]
    return leaf_paths(roots, trees), [leaf for tree in trees for leaf in flatten(tree)[0]]


def _is_number(leaf: Any) -> bool:
    try:
        aval_of(leaf)
    except TypeError:
        return False
    return True


def check_places(name: str, fun: Any, arguments: Any, avals: Sequence[Aval], hidden: Sequence[Any]) -> None:
    """Raise MixedPlacesError, by path, unless all arrays that a program reads are at one place.

    ``arguments`` are the positional ones, those by keyword, and the positions of the static ones.
    """
    everything = [*avals, *map(aval_of, hidden)]
    places = [aval.place for aval in everything if aval.kind == "array"]
    if not places or places.count(places[0]) == len(places):
        return
    what, place = f"{name}: `{function_name(fun)}`", places[0]
    named = [f"`{path}`" for path in moving_leaves(fun, *arguments)[0]] + ["a closed-over array"] * len(
        hidden
    )
    i = next(i for i, aval in enumerate(everything) if aval.kind == "array" and aval.place != place)
    other = everything[i].place
    error = mixed_places(what, backend_at(place), place, backend_at(other), other)
    error.got = f"{named[i]} on {other}"
    raise error


def output_avals(name: str, fun: Callable[..., Any], out: Any, leaves: Sequence[Any]) -> list[Aval]:
    """The avals of the leaves of an output; DtypeError for what is no array of numbers."""
    try:
        return [aval_of(leaf) for leaf in leaves]
    except TypeError:
        check_outputs(name, fun, out)
        raise


def check_outputs(name: str, fun: Callable[..., Any], out: Any) -> None:
    """Raise DtypeError, by its path, for an output that is no array of numbers."""
    for path, leaf in flatten_with_path(out)[0]:
        if not _is_number(leaf):
            raise DtypeError(
                f"{name}: `{function_name(fun)}` returned something that is no array of numbers: "
                f"`{path_str(path, 'output')}`.",
                expected="arrays and numbers, in any pytree",
                got=describe_value(leaf),
                at=function_location(fun),
            )


def is_like(value: Any, aval: Aval) -> bool:
    """Whether a tangent or cotangent has the shape of what it belongs to, and is real where that is."""
    try:
        have = aval_of(value)
    except TypeError:
        return False
    return have is aval or (have.shape == aval.shape and (have.dtype.kind == "c") <= (aval.dtype.kind == "c"))


def match_cotangents(name: str, tree: TreeDef, avals: Sequence[Aval], given: Any) -> list[Any]:
    """The leaves of a cotangent that must match an output; TreeError with the path of what does not."""
    what = f"{name}: the cotangent does not match the output"
    leaves = flatten_like(tree, given, what=what, root="cotangent")
    for i, (leaf, aval) in enumerate(zip(leaves, avals, strict=True)):
        if not is_like(leaf, aval):
            path = leaf_paths(["cotangent"], [unflatten(tree, list(range(len(avals))))])[i]
            raise misfit(f"{name}: `{path}` does not fit the output.", leaf, aval)
    return leaves


def misfit(headline: str, value: Any, aval: Aval) -> TreeError:
    """The error for a tangent or cotangent that does not fit."""
    is_complex = _is_number(value) and aval_of(value).dtype.kind == "c" and aval.dtype.kind != "c"
    return TreeError(
        headline,
        expected=str(aval),
        got=describe_value(value),
        hint="take the real part" if is_complex else None,
    )


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
    if type(value) is Tracer:
        return value
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


def finish(cotangents: Sequence[Any], avals: Sequence[Aval], others: Sequence[Any]) -> list[Any]:
    """Cotangents as the caller gets them: instantiated, in the inputs' kinds, sharing no memory."""
    full = [
        full_like_aval(aval) if g is None else as_kind(fit(g, aval), aval)
        for g, aval in zip(cotangents, avals, strict=True)
    ]
    return own(full, others)


def strip(trace: Trace, leaves: Sequence[Any]) -> tuple[list[Any], list[int | None]]:
    """Values and numbers of outputs; what is not of this trace has no number."""
    pairs = [trace.split(leaf) for leaf in leaves]
    return [value for value, _ in pairs], [number for _, number in pairs]
