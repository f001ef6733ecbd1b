"""From object code to functions in memory.

Two ways: a block that is copied into memory (flat.py), where that is possible, else LLVM's own linker.
"""

from __future__ import annotations

import ctypes
import itertools
import mmap
import os
import threading
from functools import cache
from typing import Any

import numpy as np

from . import flat

# What machine code may ask of the interpreter. None is found by its identity; the functions by ctypes, which
# knows the interpreter where it is a program without a shared library, too.
_FUNCTIONS = ("Py_IncRef", "Py_DecRef", "PyEval_SaveThread", "PyEval_RestoreThread", "PyErr_Format")
_ERRORS = ("PyExc_IndexError", "PyExc_ValueError")
_LINALG_ERROR = ctypes.py_object(np.linalg.LinAlgError)  # memory that holds the class, as in the others

# A linker keeps some kilobytes of each library, even of those that are freed, and looks through all of them
# for the name of a new one. So there is a new linker after so many.
LIBRARIES_OF_ONE = 256

_READ_AND_RUN = 5


@cache
def symbols() -> dict[str, int]:
    """The addresses of what machine code may use by name."""
    found = {"_Py_NoneStruct": id(None), "LinAlgError": ctypes.addressof(_LINALG_ERROR)}
    for name in _ERRORS:
        found[name] = ctypes.addressof(ctypes.c_void_p.in_dll(ctypes.pythonapi, name))
    for name in _FUNCTIONS:
        found[name] = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value or 0
    return found


class Library:
    """Machine code in memory: it is freed with this object, the last of its functions gone."""

    __slots__ = ("_addresses", "_memory")

    def __init__(self, memory: Any, addresses: dict[str, int]) -> None:
        self._memory = memory
        self._addresses = addresses

    def address(self, name: str) -> int:
        """Where a function begins; KeyError if there is none of this name."""
        return self._addresses[name]


@cache
def _protect() -> Any:
    function = ctypes.CDLL(None, use_errno=True).mprotect
    function.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    return function


def loaded(block: flat.Flat) -> Library:
    """A block in memory of its own, which nobody can write to any more."""
    memory = mmap.mmap(-1, len(block.image), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    base = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    memory.write(flat.resolved(block, base, symbols()))
    if _protect()(base, len(block.image), _READ_AND_RUN) != 0:
        raise OSError(ctypes.get_errno(), "the system does not let this process run code that it makes")
    return Library(memory, {name: base + place for name, place in block.exports.items()})


class Linker:
    """LLVM's linker of object code of this processor; for all threads."""

    def __init__(self, llvm: Any, machine: Any) -> None:
        self._llvm, self._machine = llvm, machine
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
        for name, address in symbols().items():
            if name.encode() in code:
                builder.import_symbol(name, address)
        for name in names:
            builder.export_symbol(name)
        tracker = builder.link(jit, f"funcgrad{number}")
        return Library(tracker, {name: tracker[name] for name in names})
