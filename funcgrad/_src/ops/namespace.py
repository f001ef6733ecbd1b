"""The public namespaces (funcgrad.numpy, funcgrad.scipy.special …): who has which name."""

from __future__ import annotations

from collections.abc import Collection
from types import ModuleType
from typing import Any

import numpy as np

from ..backends import loaded
from .families import find_named, later_names
from .tables import FUNCTIONS, NAMES, UFUNCS


def public_ops(module: ModuleType) -> dict[str, Any]:
    """The op for every name in a namespace of NumPy's that has one and has been read."""
    found: dict[str, Any] = {}
    for name, function in vars(module).items():
        if not name.startswith("_") and callable(function):
            op = UFUNCS.get(function) if isinstance(function, np.ufunc) else FUNCTIONS.get(function)
            if op is not None:
                found[name] = op
    for path, op in NAMES.items():
        space, _, name = path.rpartition(".")
        if space == module.__name__ and not name.startswith("_"):
            found[name] = op
    return found


class Namespace:
    """A public namespace that stands for one of NumPy's: ``__getattr__`` and ``__dir__`` of the module.

    ``names`` are what is there at once. What is asked for later: the ops of families that have not been read,
    and the names that are ``handed_on`` as they are. A module that NumPy itself imports late is given by its
    name, and stays unread until then.
    """

    def __init__(
        self, public: str, module: ModuleType | str, plain: dict[str, Any], handed_on: Collection[str] = ()
    ) -> None:
        self.public = public
        self.path = module if isinstance(module, str) else module.__name__
        found = loaded(self.path)
        self.names = plain | ({} if found is None else public_ops(found))
        self.later = frozenset(later_names(self.path))
        self.handed_on = frozenset(name for name in handed_on if hasattr(found, name)) - self.names.keys()
        self.all = sorted({*self.names, *self.later, *self.handed_on})

    def dir(self) -> list[str]:
        """The public names."""
        return self.all

    def get(self, name: str) -> Any:
        """A name that is not there at once, or AttributeError."""
        if name in self.later:
            value = find_named(f"{self.path}.{name}")
            if value is None:
                text = f"{self.public} has no {name!r}: it needs a newer {self.path.partition('.')[0]}"
                raise AttributeError(text, name=name)
        elif name in self.handed_on:
            value = getattr(loaded(self.path), name)
        else:
            raise AttributeError(f"module {self.public!r} has no attribute {name!r}", name=name)
        setattr(loaded(self.public), name, value)
        return value
