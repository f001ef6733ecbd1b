"""What a compiled function closes over: a change of it is a reason to trace again."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..tree import static_key

IMMUTABLE = (int, float, complex, bool, str, bytes, np.generic)
MISSING = object()


class Closure:
    """The free variables and globals that a function's own code names, as they are now."""

    def __init__(self, fun: Callable[..., Any]) -> None:
        while isinstance(getattr(fun, "func", None), types.FunctionType):
            fun = fun.func  # type: ignore[attr-defined]
        inner = inspect.unwrap(fun) if not inspect.ismethod(fun) else fun.__func__
        self.instance = getattr(fun, "__self__", None)
        self.cells = tuple(getattr(inner, "__closure__", None) or ())
        self.globals: dict[str, Any] = getattr(inner, "__globals__", {})
        code = getattr(inner, "__code__", None)
        self.free_names: tuple[str, ...] = code.co_freevars if code is not None else ()
        names = _global_names(code) if code is not None else set()
        self.names = tuple(sorted(name for name in names if name in self.globals))

    def now(self) -> tuple[Any, ...]:
        """The objects themselves, in a fixed order."""
        cells = [_contents(cell) for cell in self.cells]
        return (self.instance, *cells, *[self.globals.get(name, MISSING) for name in self.names])


def _global_names(code: types.CodeType) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _global_names(constant)
    return names


def _contents(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def same_object(a: Any, b: Any) -> bool:
    """Whether a program that was specialised on ``a`` is right for ``b``."""
    return a is b or (type(a) is type(b) and isinstance(a, IMMUTABLE) and static_key(a) == static_key(b))
