"""Memory for large results of programs: that of former results which nobody holds any more.

The C library gives large blocks back to the system as soon as they are freed, and the next result pays for
every page again. So large results have a memory handler of their own (NEP 49), whose native functions keep
some freed blocks; all else they leave to NumPy's own handler. The arrays own their memory as any others do.

NOTE (for ever): an array may be freed after all modules are gone. So the machine code, the store and the
handler are never freed.

NOTE (the handler of others): while a user has a handler of their own, results are made by that. Where NumPy
is not as expected, they are made as ever.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ....backends.door import loaded
from ....base import config
from ..idle import KEEPERS
from .machine import host_machine
from .recycling import LEAST, Store, source

NAME = b"funcgrad_results"
CAPSULE = b"mem_handler"  # the name that NumPy asks for
# In NumPy's table of functions, of NumPy 2: the version of the interface, the setter of handlers, and the
# place of NumPy's own handler.
ABI, _GET_ABI, _SET_HANDLER, _DEFAULT_HANDLER = 0x2000000, 0, 304, 306


class _Allocator(ctypes.Structure):
    _fields_ = tuple([(name, ctypes.c_void_p) for name in ("context", "malloc", "calloc", "realloc", "free")])


class Handler(ctypes.Structure):
    """A memory handler as NumPy has it."""

    _fields_ = (("name", ctypes.c_char * 127), ("version", ctypes.c_uint8), ("allocator", _Allocator))


def _python(name: str, result: Any, *arguments: Any) -> Any:
    """A function of the interpreter."""
    return ctypes.PYFUNCTYPE(result, *arguments)((name, ctypes.pythonapi))


_pointer = _python("PyCapsule_GetPointer", ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)
_capsule = _python("PyCapsule_New", ctypes.py_object, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
_keep = _python("Py_IncRef", None, ctypes.py_object)


def capsule_of(handler: Handler) -> Any:
    """What NumPy takes for a handler; neither is ever freed."""
    name = ctypes.create_string_buffer(CAPSULE)
    capsule = _capsule(ctypes.addressof(handler), ctypes.addressof(name), None)
    for lasting in (handler, name, capsule):
        _keep(lasting)
    return capsule


class Numpys:
    """What is used of NumPy: its setter of handlers, and its own one; an error if it is not as expected."""

    def __init__(self) -> None:
        module: Any = loaded("numpy._core._multiarray_umath")
        table = _pointer(module._ARRAY_API, None)
        words = (ctypes.c_size_t * (_DEFAULT_HANDLER + 1)).from_address(table)
        if ctypes.PYFUNCTYPE(ctypes.c_uint)(words[_GET_ABI])() != ABI:
            raise ValueError("another version of NumPy's binary interface")
        setter = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)
        self.swap: Callable[[Any], Any] = setter(words[_SET_HANDLER])  # gives what was set before
        self.default: Any = ctypes.py_object.from_address(words[_DEFAULT_HANDLER]).value
        self.handler = Handler.from_address(_pointer(self.default, CAPSULE))
        if (self.handler.name, self.handler.version) != (b"default_allocator", 1):
            raise ValueError("another handler than NumPy's")


class Results:
    """The store of freed memory, and the handler that uses it."""

    def __init__(self) -> None:
        numpys = Numpys()
        library = host_machine().compile(source())
        own = numpys.handler.allocator
        functions = {name: getattr(own, name) or 0 for name, _ in own._fields_}
        self.store = Store(limit=config.idle_memory, **functions)
        native = [library.address(f"results_{name}") for name in ("malloc", "calloc", "realloc", "free")]
        self.capsule = capsule_of(Handler(NAME, 1, _Allocator(ctypes.addressof(self.store), *native)))
        _keep(library)
        _keep(self.store)
        trim = ctypes.PYFUNCTYPE(None, ctypes.c_void_p, ctypes.c_size_t)
        self._trim = trim(library.address("results_trim"))
        self._swap, self._default = numpys.swap, numpys.default

    def trim(self, most: int) -> None:
        """Take up the limit, and give back blocks until no more than so many bytes are held."""
        self.store.limit = config.idle_memory
        self._trim(ctypes.addressof(self.store), most)

    def empty(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
        """A new array, in memory of a former result if there is some of this size."""
        swap, default, ours = self._swap, self._default, self.capsule
        before = swap(ours)
        if before is ours:  # an interrupt once came before the handler was set back
            before = default
        try:
            if before is default:
                return np.empty(shape, dtype)
        finally:
            swap(before)
        return np.empty(shape, dtype)


_making = threading.Lock()


@cache
def _results() -> Results | None:
    try:
        found = Results()
    except (AttributeError, OSError, TypeError, ValueError):
        return None
    KEEPERS.append(found.trim)
    return found


def results() -> Results | None:
    """The store of this process, made once; None where there can be none."""
    with _making:
        return _results()


def maker(nbytes: int) -> Callable[..., np.ndarray[Any, Any]]:
    """What makes an array for a result of this size."""
    found = results() if nbytes >= LEAST else None
    return np.empty if found is None else found.empty
