"""Modules that are read at first use: what many programs never need, such as the compiler.

    if TYPE_CHECKING:
        from ..compile import compiler
    else:
        compiler = late("funcgrad._src.compile.compiler")

So an import stays at the top of its file, where people, type checkers and the contract of the floors see it.
"""

from __future__ import annotations

import importlib
from typing import Any


class Late:
    """Stands for a module until one of its names is asked for; from then on it has them all."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        module = importlib.import_module(self._name)
        self.__dict__.update(vars(module))
        return getattr(module, name)

    def __repr__(self) -> str:
        return f"<{self._name}, read when needed>"


late = Late
