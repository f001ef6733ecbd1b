"""Static and donated arguments: which they are, and which arrays must be left alone in a call."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from ..backends import is_array
from ..base.errors import ArgumentError
from ..base.late import late
from ..base.source import function_name
from ..core.flat import argument_name, parameters, positions, strings
from ..tree import flatten, static_key

if TYPE_CHECKING:
    from ..compile import donation
else:
    donation = late("funcgrad._src.compile.donation")


def selected(
    fun: Callable[..., Any], word: str, nums: Any, names: Any
) -> tuple[frozenset[int], frozenset[str]]:
    """The arguments given by ``word`` + "argnums" and "argnames": positions, and their names."""
    found = positions("jit", f"{word}argnums", fun, nums)
    named = strings("jit", f"{word}argnames", names)
    known = parameters(fun)
    order = [p.name for p in known]
    unknown = [name for name in named if name not in order]
    if unknown and known and all(p.kind is not inspect.Parameter.VAR_KEYWORD for p in known):
        raise ArgumentError(
            f"jit: `{function_name(fun)}` has no argument {unknown[0]!r} to be {word}argnames.",
            expected=", ".join(order),
            got=", ".join(map(repr, unknown)),
        )
    found |= {order.index(name) for name in named if name in order}
    return found, frozenset(named) | frozenset(order[n] for n in found if n < len(order))


def hashable(fun: Callable[..., Any], place: int | str, value: Any) -> Any:
    """The key of a static argument, given by position or name."""
    try:
        hash(value)
    except TypeError:
        name = argument_name(fun, place) if isinstance(place, int) else place
        raise ArgumentError(
            f"jit: the static argument `{name}` of `{function_name(fun)}` is not hashable.",
            expected="a hashable value",
            got=type(value).__name__,
            hint="pass a tuple instead of a list or array, or make the argument an ordinary one",
        ) from None
    return static_key(value)


def donated_flags(
    args: Sequence[Any],
    kwargs: dict[str, Any],
    static: tuple[Collection[int], Collection[str]],
    donated: tuple[Collection[int], Collection[str]],
) -> list[bool]:
    """For each leaf of the arguments that are not static, whether it belongs to a donated one."""
    flags: list[bool] = []
    for i, a in enumerate(args):
        if i not in static[0]:
            flags += [i in donated[0]] * len(flatten(a)[0])
    for k, v in kwargs.items():
        if k not in static[1]:
            flags += [k in donated[1]] * len(flatten(v)[0])
    return flags


def overwritable(name: str, operands: Sequence[Any], positions: Sequence[int]) -> tuple[int, ...]:
    """The positions of donated arrays that may be overwritten; a warning for each that is left alone."""
    found: list[int] = []
    for position in positions:
        if is_array(operands[position]):  # with a number there is nothing to overwrite
            why = donation.not_donatable(operands, position)
            if why is None:
                found.append(position)
            else:
                text = f"jit: a donated argument of `{name}` {why}; it is left alone."
                warnings.warn(text, UserWarning, stacklevel=5)
    return tuple(found)
