"""From the user's function of trees to a function of leaves, and back.

Every transformation is a ``Transformation`` object, so that it pickles when its function does,
keeps the function's name and signature, and binds like a method.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from types import MethodType
from typing import Any

import numpy as np

from ..backends import HOST_TYPES, backend_of
from ..base.errors import ArgumentError
from ..base.record import Record
from ..base.source import function_name
from ..tree import flatten_with_path, path_str
from ..tree.keys import counted
from .aval import aval_of
from .trace import Tracer


class Transformation:
    """A transformed function: the original, the options, and a ``__call__`` given by the subclass."""

    transform = "transform"

    def __init__(self, fun: Callable[..., Any]) -> None:
        check_function(self.transform, fun)
        functools.update_wrapper(self, fun, updated=())
        self.fun = fun

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    def __repr__(self) -> str:
        inner = repr(self.fun) if isinstance(self.fun, Transformation) else function_name(self.fun)
        return f"{self.transform}({inner})"


def check_function(transform: str, fun: Any) -> None:
    """Raise ArgumentError unless ``fun`` can be called."""
    if not callable(fun):
        raise ArgumentError(
            f"{transform}: the first argument must be a function.",
            expected="a callable",
            got=describe_value(fun),
            hint="pass the function itself, f, instead of its result f(x)",
        )


def describe_value(value: Any) -> str:
    """What a value is, for the row ``got``: its aval, or the length of a tuple or list, or its class."""
    if value is None:
        return "None"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of length {len(value)}"
    try:
        return str(aval_of(value))
    except TypeError:
        return f"dtype {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__


@functools.lru_cache(maxsize=1024)
def _parameters(fun: Any) -> tuple[inspect.Parameter, ...]:
    try:
        return tuple(inspect.signature(fun).parameters.values())
    except (TypeError, ValueError):
        return ()


def parameters(fun: Any) -> tuple[inspect.Parameter, ...]:
    """The parameters of ``fun``; none when they cannot be known."""
    try:
        return _parameters(fun)
    except TypeError:  # unhashable callable
        return ()


def count_positional(args: Sequence[Any]) -> str:
    """How many positional arguments were given, in words."""
    return counted(len(args), "positional argument", "positional arguments")


def argument_name(fun: Any, index: int) -> str:
    """The name of the positional argument at ``index``, as error messages show it."""
    names = parameters(fun)
    if index < len(names) and names[index].kind in (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    ):
        return names[index].name
    return f"args[{index}]"


class Selection(Record):
    """The arguments chosen by argnums and argnames, and how to give others in their place.

    ``roots`` are their names for error messages, ``result`` maps a list of results, one for each
    chosen argument, to the structure the public function returns.
    """

    chosen: tuple[Any, ...]
    roots: tuple[str, ...]
    replace: Callable[[Sequence[Any]], tuple[tuple[Any, ...], dict[str, Any]]]
    result: Callable[[Sequence[Any]], Any]


def _first(values: Sequence[Any]) -> Any:
    return values[0]


class Arguments:
    """What ``argnums`` and ``argnames`` of a transformation select.

    ``argnums``: an int, or a tuple of ints (negative ones count from the end). ``argnames``: a name
    or a tuple of names, of keyword or positional arguments. Results follow the form: one result for
    an int or a name, a tuple for a tuple of ints, a dict for a tuple of names, and a pair of the two
    when both are given.
    """

    def __init__(self, transform: str, fun: Any, argnums: Any, argnames: Any) -> None:
        self.transform = transform
        self.fun = fun
        if argnums is None and argnames is None:
            argnums = 0
        self.argnums = ints(transform, "argnums", argnums)
        self.argnames = strings(transform, "argnames", argnames)
        self.single = argnames is None and not isinstance(argnums, (tuple, list))
        self.forms = (argnums, argnames)

    def select(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Selection:
        """Choose from the arguments of one call."""
        if self.single and len(self.argnums) == 1:
            i = self._position(self.argnums[0], args)
            return Selection(
                (args[i],),
                (argument_name(self.fun, i),),
                lambda new: ((*args[:i], new[0], *args[i + 1 :]), kwargs),
                _first,
            )
        keys: list[int | str] = [self._position(n, args) for n in self.argnums]
        keys += [self._named(name, args, kwargs) for name in self.argnames]
        if len(set(keys)) != len(keys):
            raise ArgumentError(
                f"{self.transform}: an argument of `{function_name(self.fun)}` is selected twice.",
                expected="different arguments",
                got=f"argnums={self.forms[0]!r}, argnames={self.forms[1]!r}",
            )
        chosen = tuple(args[k] if isinstance(k, int) else kwargs[k] for k in keys)
        roots = tuple(argument_name(self.fun, k) if isinstance(k, int) else k for k in keys)

        def replace(new: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
            changed, named = list(args), dict(kwargs)
            for key, value in zip(keys, new, strict=True):
                if isinstance(key, int):
                    changed[key] = value
                else:
                    named[key] = value
            return tuple(changed), named

        return Selection(chosen, roots, replace, self._result)

    def _position(self, index: int, args: tuple[Any, ...]) -> int:
        if not -len(args) <= index < len(args):
            raise ArgumentError(
                f"{self.transform}: argnums={index} of `{function_name(self.fun)}` is out of range.",
                expected=f"an index into {count_positional(args)}",
                got=str(index),
                hint="pass the argument by position, or select it with argnames",
            )
        return index % len(args)

    def _named(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int | str:
        if name in kwargs:
            return name
        for i, parameter in enumerate(parameters(self.fun)):
            if parameter.name == name and i < len(args):
                return i
        raise ArgumentError(
            f"{self.transform}: `{function_name(self.fun)}` was called without the argument {name!r}.",
            expected=f"an argument named {name!r}",
            got=", ".join([argument_name(self.fun, i) for i in range(len(args))] + list(kwargs)) or "none",
        )

    def _result(self, values: Sequence[Any]) -> Any:
        argnums, argnames = self.forms
        n = len(self.argnums)
        by_number: Any = (
            tuple(values[:n]) if isinstance(argnums, (tuple, list)) else (values[0] if n else None)
        )
        if argnames is None:
            return by_number
        by_name = (
            values[n] if isinstance(argnames, str) else dict(zip(self.argnames, values[n:], strict=True))
        )
        return by_name if argnums is None else (by_number, by_name)


def ints(transform: str, word: str, given: Any) -> tuple[int, ...]:
    """The argument ``word`` of a transform: an int or a sequence of ints, as a tuple; None is none."""
    if given is None:
        return ()
    items = tuple(given) if isinstance(given, (tuple, list, set, frozenset)) else (given,)
    if not all(isinstance(n, (int, np.integer)) and not isinstance(n, bool) for n in items):
        raise ArgumentError(
            f"{transform}: {word} must be an int or a tuple of ints.",
            expected="an int or a tuple of ints",
            got=repr(given),
            hint=f"{word.replace('argnums', 'argnames')} selects arguments by name"
            if "argnums" in word and not word.startswith("nondiff")
            else None,
        )
    return tuple(int(n) for n in items)


def strings(transform: str, word: str, given: Any) -> tuple[str, ...]:
    """The argument ``word`` of a transform: a str or a sequence of strs, as a tuple; None is none."""
    if given is None:
        return ()
    items = tuple(given) if isinstance(given, (tuple, list, set, frozenset)) else (given,)
    if not all(isinstance(n, str) for n in items):
        raise ArgumentError(
            f"{transform}: {word} must be a str or a tuple of strs.",
            expected="a str or a tuple of strs",
            got=repr(given),
        )
    return items


def positions(transform: str, word: str, fun: Any, given: Any) -> frozenset[int]:
    """Positions of arguments, counted from the front; ArgumentError for one that ``fun`` does not have.

    Negative positions count from the end, for functions without ``*args``.
    """
    numbers = ints(transform, word, given)
    known = parameters(fun)
    count = len(known)
    open_ended = not known or any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in known)
    bad = [n for n in numbers if (n < 0 if open_ended else not -count <= n < count)]
    if bad:
        raise ArgumentError(
            f"{transform}: {word}={bad[0]} is out of range for `{function_name(fun)}`.",
            expected="positions from the front" if open_ended else f"an index into {count} arguments",
            got=repr(given),
        )
    return frozenset(n % count if n < 0 else n for n in numbers)


class ByArguments(Transformation):
    """A transformation with respect to the arguments that ``argnums`` and ``argnames`` choose.

    A class serves two public functions, whose ``names`` it has; ``second`` says which one this is, and
    ``name`` replaces it in errors when a third one (``hessian``, ``hvp``) is made of it.
    """

    names = ("transform", "transform")

    def __init__(
        self,
        fun: Callable[..., Any],
        argnums: Any,
        argnames: Any,
        has_aux: bool,
        holomorphic: bool,
        second: bool,
        name: str | None = None,
    ) -> None:
        self.transform = name or self.names[second]
        super().__init__(fun)
        self.arguments = Arguments(self.transform, fun, argnums, argnames)
        self.has_aux = has_aux
        self.holomorphic = holomorphic
        self.second = second

    def __reduce__(self) -> tuple[Any, ...]:
        options = (self.has_aux, self.holomorphic, self.second, self.transform)
        return type(self), (self.fun, *self.arguments.forms, *options)


def leaf_paths(roots: Sequence[str], trees: Sequence[Any]) -> list[str]:
    """The path of every leaf, as the user would write it, for trees with these names."""
    return [
        path_str(path, root)
        for root, tree in zip(roots, trees, strict=True)
        for path, _ in flatten_with_path(tree)[0]
    ]


def own(values: Iterable[Any], others: Iterable[Any] = ()) -> list[Any]:
    """``values`` as the caller may have them: writable arrays that share memory with nothing else.

    NOTE (what you get is yours): an array is copied when it is a view, read-only, one of ``others``
    (inputs, residuals, caches), or appears twice; a fresh array passes as it is.
    """
    seen = {id(other) for other in others}
    result = []
    for value in values:
        if type(value) is Tracer:
            value = Tracer(value.trace, value.value, value.data)
        elif type(value) not in HOST_TYPES or type(value) is np.ndarray:
            value = _own_array(value, seen)
            seen.add(id(value))
        result.append(value)
    return result


def _own_array(value: Any, seen: set[int]) -> Any:
    backend = backend_of(value)
    if backend is None:
        return value
    shared = id(value) in seen or value.base is not None
    if shared or (backend.xp is np and not value.flags.writeable):
        return value.copy(order="K")
    return value
