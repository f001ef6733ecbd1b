"""The short way into a compiled function: code generated for the arguments of one program.

The general way flattens the arguments, makes their avals, looks the key up, compares the closure. What
that comes to for one program is known once it exists: so many arguments of these classes, these keys,
these shapes and dtypes, these objects in the closure. `make_match` prints it as straight-line code, and
`make_call` prints the whole call.

Invariant: generated code accepts only calls for which the general way would find this program. Whatever
it declines goes the general way, which also finds the words for every error. It may decline too often,
never too rarely, and runs no code of the user's but ``flatten`` of registered classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backends import HOST
from ..base.late import late
from ..base.record import Record
from ..base.writer import Writer
from ..compile.donation import write_donation, write_own
from ..core.aval import SCALAR_AVALS, Aval, aval_of
from ..ir.jaxpr import Jaxpr
from ..tree import TreeDef
from ..tree.generated import (
    FEW,
    LIMIT,
    MISMATCH,
    UndecidableError,
    differs,
    write_close,
    write_items,
    write_open,
)
from ..tree.static import is_plain
from .closure import IMMUTABLE, MISSING, Closure, same_object

if TYPE_CHECKING:
    from ..compile import compiler
else:
    compiler = late("funcgrad._src.compile.compiler")

RECENT = 4  # programs of a function that are asked, the one used last first, before the general way
Generated = Callable[[tuple[Any, ...], dict[str, Any]], Any]


class _Declined:
    """The answer of a generated call that leaves the arguments to the general way."""

    def __repr__(self) -> str:
        return "DECLINED"


DECLINED = _Declined()


class Pattern(Record):
    """What a program was made for.

    ``args`` and ``kwargs`` are one call that it serves; ``tree`` and ``leaves`` are those of the arguments
    that are not static, as a pair of positional and keyword arguments; ``seen`` is what ``closure.now()``
    was. ``hidden`` are the closed-over arrays with the avals they must have. The operands of the program
    are the hidden arrays, then the leaves without Python ints and bools; ``donated`` are positions of them.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    static_nums: frozenset[int]
    static_names: frozenset[str]
    tree: TreeDef
    leaves: Sequence[Any]
    closure: Closure
    seen: tuple[Any, ...]
    hidden: tuple[tuple[Any, Aval], ...] = ()
    donated: tuple[int, ...] = ()


def make_match(pattern: Pattern, layouts: bool = False) -> Generated | None:
    """``match(args, kwargs)``: the operands of the program, or None for a call that it may not serve.

    With ``layouts`` the result is a pair of the operands and an int, in which bit ``i`` is set if operand
    ``i`` is a C-contiguous array. There is no ``match`` (None) for arrays of another place than the host,
    for keys, static arguments and static data that only code of the user's can compare, and for very
    large trees.
    """
    writer = Writer()
    try:
        operands, mask = _write_match(writer, pattern, layouts)
    except UndecidableError:
        return None
    found = f"({', '.join(operands)}{',' * (len(operands) == 1)})"
    writer.lines.append(f"return {found}, {mask}" if layouts else f"return {found}")
    return writer.function("match", "args, kwargs")


def make_call(
    pattern: Pattern,
    run: Callable[..., Sequence[Any]],
    out_tree: TreeDef,
    layouts: bool = False,
    own: bool = True,
) -> Generated | None:
    """``call(args, kwargs)``: the result of the program, or `DECLINED`; None as for `make_match`.

    ``run(*operands)``, with ``layouts`` ``run(mask, *operands)``, gives the leaves of the result. Where it
    promises that they are the caller's own (see `core.flat.own`), say ``own=False``.
    """
    writer = Writer(DECLINED)
    try:
        operands, mask = _write_match(writer, pattern, layouts)
    except UndecidableError:
        return None
    if out_tree.num_nodes > LIMIT:
        return None
    given = [mask, *operands] if layouts else operands
    writer.lines.append(f"outs = {writer.constant(run)}({', '.join(given)})")
    outs = writer.unpack("outs", out_tree.num_leaves)
    if own:
        kept = [name for i, name in enumerate(operands) if i not in pattern.donated]
        write_own(writer, outs, kept)
    writer.lines.append(f"return {write_close(writer, out_tree, outs)}")
    return writer.function("call", "args, kwargs")


def hidden_of(jaxpr: Jaxpr) -> tuple[tuple[Any, Aval], ...]:
    """The closed-over arrays of a program, and the avals they must have."""
    return tuple([(value, var.aval) for value, var in zip(jaxpr.hidden, jaxpr.hidden_vars, strict=True)])


def prefer(
    calls: tuple[Generated, ...],
    pattern: Callable[[], Pattern],
    program: Jaxpr,
    out_tree: TreeDef,
    engine: str | None = None,
) -> tuple[Generated, ...]:
    """``calls`` with that of this closed program in front, if it has one; made once, when first asked for.

    A program that is called a second time may be worth the time that generated code takes to compile.
    """
    if "fast" not in program.cache:
        made = None
        if all([var.aval.place == HOST for var in program.in_vars]):
            known = pattern()
            run = compiler.by_layout(program, known.donated, engine=engine)
            made = make_call(known, run, out_tree, layouts=True, own=False)
        program.cache["fast"] = made
    call = program.cache["fast"]
    return calls if call is None else (call, *[other for other in calls if other is not call][: RECENT - 1])


def _write_match(writer: Writer, pattern: Pattern, layouts: bool) -> tuple[list[str], str]:
    """Print the comparison of a call with the pattern; the names of the operands, and of the mask."""
    if pattern.tree.num_nodes > LIMIT:
        raise UndecidableError
    names = _write_arguments(writer, pattern)
    dynamic = _write_leaves(writer, names, pattern.leaves)
    _write_closure(writer, pattern.closure, pattern.seen)
    operands = {**_write_hidden(writer, pattern.hidden), **dynamic}
    order = list(operands)
    arrays = {name: aval for name, aval in operands.items() if aval.kind == "array"}
    flags = write_donation(writer, arrays, [order[i] for i in pattern.donated if order[i] in arrays])
    mask = _write_layouts(writer, order, arrays, flags) if layouts else ""
    writer.decline_on(MISMATCH)
    return order, mask


def _write_arguments(writer: Writer, pattern: Pattern) -> list[str]:
    """Print the way from the arguments to the leaves; the leaves' names."""
    positional = writer.unpack("args", len(pattern.args))
    by_name = write_items(writer, "kwargs", tuple(pattern.kwargs))
    moving = []
    for i, (name, value) in enumerate(zip(positional, pattern.args, strict=True)):
        if i in pattern.static_nums:
            writer.decline_if(_other_static(writer, name, value))
        else:
            moving.append(name)
    for name, (key, value) in zip(by_name, pattern.kwargs.items(), strict=True):
        if key in pattern.static_names:
            writer.decline_if(_other_static(writer, name, value))
        else:
            moving.append(name)
    kids = [kid for part in pattern.tree.children() for kid in part.children()]
    return [leaf for name, kid in zip(moving, kids, strict=True) for leaf in write_open(writer, kid, name)]


def _other_static(writer: Writer, name: str, value: Any) -> str:
    """The condition that an argument is another one; not for what has an equality of its own."""
    cls: Any = type(value)
    if is_plain(value) or isinstance(value, np.generic | np.dtype):
        return differs(writer, name, value)
    if cls.__eq__ is not object.__eq__ or cls.__hash__ is not object.__hash__:
        raise UndecidableError
    return f"{name} is not {writer.constant(value)}"


def _write_leaves(writer: Writer, names: Sequence[str], leaves: Sequence[Any]) -> dict[str, Aval]:
    """Print the check of every leaf; names and avals of those that are not static by value."""
    dynamic: dict[str, Aval] = {}
    for name, leaf in zip(names, leaves, strict=True):
        aval = aval_of(leaf)
        if aval.place != HOST:
            raise UndecidableError
        if type(leaf) is int or type(leaf) is bool:
            writer.decline_if(differs(writer, name, leaf))
            continue
        dynamic[name] = aval
    groups: dict[Aval, list[str]] = {}
    for name, aval in dynamic.items():
        groups.setdefault(aval, []).append(name)
    for aval, alike in groups.items():
        if len(alike) > FEW:
            writer.lines.append(f"for x in ({', '.join(alike)}):")
            writer.decline_if(*_other_kind(writer, "x", aval), indent="    ")
        else:
            for name in alike:
                writer.decline_if(*_other_kind(writer, name, aval))
    return dynamic


def _other_kind(writer: Writer, name: str, aval: Aval) -> list[str]:
    """The conditions that a value has another aval."""
    if aval.kind == "array":
        return [f"type({name}) is not {writer.constant(np.ndarray)}", *_other_array(writer, name, aval)]
    classes = [writer.constant(cls) for cls, known in SCALAR_AVALS.items() if known == aval]
    return [" and ".join(f"type({name}) is not {cls}" for cls in classes)]


def _other_array(writer: Writer, name: str, aval: Aval) -> list[str]:
    """The conditions that an array has another shape or dtype.

    NOTE (shape by length and size): ``x.shape`` makes a tuple. Of a matrix that has rows, the number of
    axes, the length and the size are enough, and all three together cost half as much.
    """
    shape, dtype = aval.shape, writer.constant(aval.dtype)
    if aval.ndim == 0:
        reshaped = [f"{name}.ndim != 0"]
    elif aval.ndim == 1:
        reshaped = [f"{name}.ndim != 1", f"len({name}) != {shape[0]}"]
    elif aval.ndim == 2 and shape[0]:
        reshaped = [f"{name}.ndim != 2", f"len({name}) != {shape[0]}", f"{name}.size != {aval.size}"]
    else:
        reshaped = [f"{name}.shape != {shape!r}"]
    return [*reshaped, f"{name}.dtype is not {dtype} and {name}.dtype != {dtype}"]


def _write_closure(writer: Writer, closure: Closure, seen: Sequence[Any]) -> None:
    """Print the comparison of the closure with what it was."""
    space = writer.constant(closure.globals)
    reads = [writer.cell(cell) for cell in closure.cells]
    reads += [f"{space}[{writer.constant(name)}]" for name in closure.names]
    for read, value in zip(reads, seen[1:], strict=True):  # the instance is bound for good
        if value is MISSING:
            raise UndecidableError
        known = writer.constant(value)
        changed = f"{read} is not {known}"
        if isinstance(value, IMMUTABLE):
            changed += f" and not {writer.constant(same_object)}({known}, {read})"
        writer.decline_if(changed)


def _write_hidden(writer: Writer, hidden: Sequence[tuple[Any, Aval]]) -> dict[str, Aval]:
    """Print the check of the closed-over arrays; their names and avals."""
    names = writer.fresh(len(hidden))
    for name, (value, aval) in zip(names, hidden, strict=True):
        if type(value) is not np.ndarray:
            raise UndecidableError
        writer.lines.append(f"{name} = {writer.constant(value)}")
        writer.decline_if(*_other_array(writer, name, aval))
    return dict(zip(names, [aval for _, aval in hidden], strict=True))


def _write_layouts(
    writer: Writer, order: Sequence[str], arrays: dict[str, Aval], flags: dict[str, str]
) -> str:
    """Print which arrays are C-contiguous; the name of the mask."""
    (mask,) = writer.fresh(1)
    asked = {name: i for i, name in enumerate(order) if name in arrays}
    if len(asked) > FEW:
        bits = writer.constant(tuple(1 << i for i in asked.values()))
        writer.lines.append(f"{mask} = 0")
        writer.lines.append(f"for x, bit in zip(({', '.join(asked)}), {bits}):")
        writer.lines.append(f"    if x.flags.c_contiguous: {mask} |= bit")
        return mask
    writer.lines.append(f"{mask} = {sum(1 << i for i in asked.values())}")
    for name, i in asked.items():
        question = f"{flags[name]} & 1" if name in flags else f"{name}.flags.c_contiguous"
        writer.lines.append(f"if not {question}: {mask} -= {1 << i}")
    return mask
