"""From object code to functions in memory."""

from __future__ import annotations

import ctypes
import itertools
import os
import threading
from typing import Any

# What machine code may ask of the interpreter. None is found by its identity; the functions by ctypes, which
# knows the interpreter where it is a program without a shared library, too.
_FUNCTIONS = ("Py_IncRef", "Py_DecRef", "PyEval_SaveThread", "PyEval_RestoreThread")

# A linker keeps some kilobytes of each library, even of those that are freed, and looks through all of them
# for the name of a new one. So there is a new linker after so many.
LIBRARIES_OF_ONE = 256


def symbols() -> dict[str, int]:
    """The addresses of what machine code may use by name."""
    found = {"_Py_NoneStruct": id(None)}
    for name in _FUNCTIONS:
        found[name] = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value or 0
    return found


class Library:
    """Machine code in memory: it is freed with this object, the last of its functions gone."""

    __slots__ = ("_names", "_tracker")

    def __init__(self, tracker: Any, names: frozenset[str]) -> None:
        self._tracker = tracker
        self._names = names

    def address(self, name: str) -> int:
        """Where a function begins; KeyError if there is none of this name."""
        if name not in self._names:
            raise KeyError(name)
        return self._tracker[name]  # type: ignore[no-any-return]


class Linker:
    """Links object code of this processor into the process; for all threads."""

    def __init__(self, llvm: Any, machine: Any) -> None:
        self._llvm, self._machine = llvm, machine
        self._symbols = [(name, name.encode(), address) for name, address in symbols().items()]
        self._lock = threading.Lock()
        self._count = itertools.count()
        self._jit: Any = None

    def _next(self) -> tuple[Any, int]:
        with self._lock:
            number = next(self._count)
            if number % LIBRARIES_OF_ONE == 0:
                # The old one goes with the last of its libraries.
                self._jit = self._llvm.create_lljit_compiler(self._machine, use_jit_link=os.name != "nt")
            return self._jit, number

    def link(self, code: bytes, names: list[str]) -> Library:
        """The functions ``names`` of an object file."""
        jit, number = self._next()
        builder = self._llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
        for name, encoded, address in self._symbols:
            if encoded in code:
                builder.import_symbol(name, address)
        for name in names:
            builder.export_symbol(name)
        return Library(builder.link(jit, f"funcgrad{number}"), frozenset(names))
