"""Effects: ``print``, ``breakpoint`` and ``callback``.

The idea: a primitive without results whose implementation calls Python with the numbers. Eagerly, and under
``grad`` and ``jvp``, that happens at once with the primal values; a program that is being staged gets an
equation, which every pass keeps, in its place. A batch is passed on whole, and taken apart when the call
is made: ``mapped`` holds, for each ``vmap`` from outside in, its size and the axis of every operand.
Invariant: one call for one execution, for each example under ``vmap``, in the order of the program; none
when a backward pass computes something again.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from string import Formatter
from typing import Any, NamedTuple

from ...backends import is_array
from ...base import config
from ...base.errors import ArgumentError, DtypeError
from ...base.source import user_location
from ...core.aval import aval_of
from ...core.flat import check_function, describe_value
from ...core.primitive import Primitive, as_operand
from ...core.trace import under
from ...ops.declare import NONDIFF
from ...tree import TreeDef, flatten, unflatten
from ...tree.keys import counted

Mapped = tuple[tuple[int, tuple[int | None, ...]], ...]
Fixed = tuple[tuple[int, Any], ...]


class Effect(Primitive):
    """A primitive done for its effect: it has no results, and is left out of what is computed again."""

    __slots__ = ()

    def __init__(self, name: str, impl: Callable[..., Any], effect: str) -> None:
        super().__init__(name, impl, multiple=True)
        self.effect = effect
        self.rule = NONDIFF
        self.aval = lambda *avals, **params: ()
        self.batch = partial(_batch, self)

    def bind(self, *args: Any, **params: Any) -> Any:
        """Apply under the current trace."""
        return () if config.recomputing.get() else super().bind(*args, **params)

    def evaluate(self, args: Sequence[Any], params: dict[str, Any]) -> Any:
        """Do it; the operands may be at several places, for nothing is computed with them."""
        return self.host(*map(as_operand, args), **params)


def _batch(primitive: Primitive, size: int, values: Any, axes: Any, *, mapped: Mapped, **params: Any) -> Any:
    return primitive.bind(*values, mapped=((size, tuple(axes)), *mapped), **params), ()


def _examples(leaves: Sequence[Any], mapped: Mapped) -> Iterator[Sequence[Any]]:
    """The operands of one example after the other."""
    if not mapped:
        yield leaves
        return
    (size, axes), *inner = mapped
    for i in range(size):
        yield from _examples(
            [
                x if axis is None else x[(slice(None),) * axis + (i,)]
                for x, axis in zip(leaves, axes, strict=True)
            ],
            tuple(inner),
        )


def _call(
    fun: Callable[..., Any], leaves: Sequence[Any], tree: TreeDef, fixed: Fixed, mapped: Mapped
) -> tuple[()]:
    """Call ``fun(*args, **kwargs)`` for every example."""
    if not config.recomputing.get():
        with under(None):
            for example in _examples(leaves, mapped):
                given = list(example)
                for position, value in fixed:
                    given.insert(position, value)
                args, kwargs = unflatten(tree, given)
                fun(*args, **kwargs)
    return ()


def _apply(primitive: Primitive, args: tuple[Any, ...], kwargs: dict[str, Any], **params: Any) -> None:
    """Bind with the numbers among the leaves as operands; text and the like is part of the program."""
    leaves, tree = flatten((args, kwargs))
    fixed = tuple((i, leaf) for i, leaf in enumerate(leaves) if not _is_number(leaf))
    for _, leaf in fixed:
        _check_hashable(primitive, leaf)
    positions = {i for i, _ in fixed}
    moving = [leaf for i, leaf in enumerate(leaves) if i not in positions]
    primitive.bind(*moving, tree=tree, fixed=fixed, mapped=(), **params)


def _is_number(leaf: Any) -> bool:
    try:
        aval_of(leaf)
    except TypeError:
        return False
    return True


def _check_hashable(primitive: Primitive, leaf: Any) -> None:
    try:
        hash(leaf)
    except TypeError:
        raise DtypeError(
            f"{_PUBLIC[primitive.name]}: an argument is neither a number nor a constant of the program.",
            expected="pytrees of arrays and numbers, text and other hashable values",
            got=describe_value(leaf),
            hint="pass str(value)",
        ) from None


# --- print -----------------------------------------------------------------------------------------


def _print(xp: Any, *leaves: Any, fmt: str, tree: TreeDef, fixed: Fixed, mapped: Mapped) -> tuple[()]:
    def show(*args: Any, **kwargs: Any) -> None:
        builtins.print(_Shown().vformat(fmt, args, kwargs))  # noqa: T201  (it is what was asked for)

    return _call(show, leaves, tree, fixed, mapped)


debug_print_p = Effect("debug_print", _print, "ordered")


class _Shown(Formatter):
    """Like ``str.format``, but a number without a format of its own is shown as ``print`` shows it."""

    def format_field(self, value: Any, spec: str) -> str:
        return format(value, spec) if spec else str(value)


class _Anything:
    """Has every attribute, item and format: what a field leads to is known when it is printed."""

    def __getattr__(self, name: str) -> _Anything:
        return self

    def __getitem__(self, key: Any) -> _Anything:
        return self

    def __format__(self, spec: str) -> str:
        return ""


class _Fields(Formatter):
    """Looks the fields of a format up without formatting anything."""

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Any) -> Any:
        if isinstance(key, int) and key >= len(args):
            given = counted(len(args), "positional argument", "positional arguments")
            raise LookupError(f"has a field {key}, but there is no such argument", given)
        if isinstance(key, str) and key not in kwargs:
            raise LookupError(
                f"has a field {key!r}, but no argument has that name", ", ".join(kwargs) or "none"
            )
        return _Anything()

    def convert_field(self, value: Any, conversion: Any) -> Any:
        return value


def _misfit(what: str, got: str) -> ArgumentError:
    return ArgumentError(
        f"debug.print: the format {what}.",
        expected="an argument for each field of the format",
        got=got,
        hint='debug.print("x = {}, y = {y}", x, y=y), and "{{" for a brace',
    )


def _check_format(fmt: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    if not isinstance(fmt, str):
        raise ArgumentError(
            "debug.print: the first argument must be a format string.",
            expected="a str, as str.format takes it",
            got=describe_value(fmt),
            hint='debug.print("{}", x)',
        )
    try:
        _Fields().vformat(fmt, args, kwargs)
    except LookupError as error:
        raise _misfit(*error.args) from None
    except ValueError as error:
        raise _misfit(f"is none that str.format takes: {error}", repr(fmt)) from None


def print(fmt: str, *args: Any, **kwargs: Any) -> None:
    """Print ``fmt.format(*args, **kwargs)`` when the numbers are there.

    In a function that is differentiated or mapped, and in compiled code, the line comes at every
    execution, in the order of the program; a backward pass prints nothing. Under ``vmap`` there is one line
    for each example if any of the values is mapped, in order, otherwise one for all. Derivatives are not
    affected; what is shown of a differentiated value is the value.

    Parameters
    ----------
    fmt : str
        As for ``str.format``. It is part of a compiled program.
    *args, **kwargs
        Pytrees of arrays and numbers, which are shown as NumPy shows them; text and other hashable objects
        are constants of a compiled program.

    Raises
    ------
    ArgumentError
        When a field of the format has no argument.

    Examples
    --------
    >>> from funcgrad import debug, grad, jit
    >>> @jit
    ... def square(x):
    ...     debug.print("x is {} here", x)
    ...     return x * x
    >>> square(3.0)
    x is 3.0 here
    9.0
    >>> grad(square)(4.0)
    x is 4.0 here
    8.0
    """
    _check_format(fmt, args, kwargs)
    _apply(debug_print_p, args, kwargs, fmt=fmt)


# --- callback --------------------------------------------------------------------------------------


def _callback(
    xp: Any, *leaves: Any, fun: Callable[..., Any], tree: TreeDef, fixed: Fixed, mapped: Mapped
) -> tuple[()]:
    own = [leaf.copy() if is_array(leaf) else leaf for leaf in leaves]
    return _call(fun, own, tree, fixed, mapped)


debug_callback_p = Effect("debug_callback", _callback, "ordered")
debug_callback_unordered_p = Effect("debug_callback_unordered", _callback, "unordered")
_PUBLIC = {
    "debug_print": "debug.print",
    "debug_callback": "debug.callback",
    "debug_callback_unordered": "debug.callback",
}


def callback(fun: Callable[..., Any], *args: Any, ordered: bool = True) -> None:
    """Call ``fun(*args)`` on the host with the numbers, for what it does: nothing comes back.

    It is called when and as often as `print` would print; under ``vmap`` once for each example.

    Parameters
    ----------
    fun : callable
        Gets NumPy or CuPy arrays and numbers, in the pytrees that ``args`` are; the arrays are its own.
        It is part of a compiled program, so it must be hashable, as all plain functions are.
    *args
        Pytrees of arrays and numbers; text and other hashable objects are constants of a compiled program.
    ordered : bool
        Whether it must keep its place among other effects in a compiled program.

    Examples
    --------
    >>> from funcgrad import debug, jit
    >>> seen = []
    >>> @jit
    ... def step(x):
    ...     debug.callback(seen.append, x)
    ...     return x / 2
    >>> step(step(8.0)), seen
    (2.0, [8.0, 4.0])
    """
    check_function("debug.callback", fun)
    try:
        hash(fun)
    except TypeError:
        raise ArgumentError(
            "debug.callback: the function is part of a compiled program, and must be hashable.",
            expected="a function",
            got=describe_value(fun),
            hint="lambda *args: fun(*args)",
        ) from None
    _apply(debug_callback_p if ordered else debug_callback_unordered_p, args, {}, fun=fun)


# --- breakpoint ------------------------------------------------------------------------------------


class Stop(NamedTuple):
    """Stops in the debugger, in a scope that holds the values; ``where`` is the user's line."""

    where: str

    def __call__(self, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        scope = {"args": args, **named, "__stop__": builtins.breakpoint}
        code = compile("__stop__()", f"<funcgrad breakpoint at {self.where}>", "exec")
        exec(code, scope)  # noqa: S102  (the line above: a scope of its own for the debugger)


def breakpoint(*args: Any, **named: Any) -> None:
    """Stop in Python's debugger with the numbers at hand, in compiled code too.

    It stops when and as often as `print` would print, by the builtin ``breakpoint()``: ``sys.breakpointhook``
    and ``PYTHONBREAKPOINT`` choose the debugger. In its scope each value has its name, and the positional
    ones are the tuple ``args``.

    Parameters
    ----------
    *args, **named
        Pytrees of arrays and numbers, as for `callback`.

    Examples
    --------
    >>> import sys
    >>> from funcgrad import debug, jit
    >>> seen = []
    >>> def pretend():
    ...     scope = sys._getframe(1).f_globals
    ...     seen.append((scope["x"], scope["y"]))
    >>> sys.breakpointhook, before = pretend, sys.breakpointhook
    >>> @jit
    ... def half(x):
    ...     y = x / 2
    ...     debug.breakpoint(x=x, y=y)
    ...     return y
    >>> half(3.0), seen
    (1.5, [(3.0, 1.5)])
    >>> sys.breakpointhook = before
    """
    _apply(debug_callback_p, (args, named), {}, fun=Stop(str(user_location())))
