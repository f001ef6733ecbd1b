"""Static data by type and value: what treedefs compare and hash beside their children.

``1 == True == 1.0`` and ``0.0 == -0.0`` in Python, yet a program specialised on one of them is wrong
for another.  `static_key` turns a value into one that is equal exactly when type and value are.
"""

from __future__ import annotations

from enum import Enum
from types import BuiltinFunctionType, FunctionType
from typing import Any

_PLAIN = frozenset({str, int, bool, bytes, float, complex, type(None), BuiltinFunctionType})


def static_key(value: Any) -> Any:
    """A key that equals another one exactly when both values agree in type and value.

    A tuple of strings is its own key, so that the keys of ordinary dicts cost nothing.

    Examples
    --------
    >>> static_key((1, "a")) == static_key((True, "a")), static_key(0.0) == static_key(-0.0)
    (False, False)
    """
    cls = type(value)
    if value is None or cls is str:
        return value
    if cls is tuple:
        if all(type(item) is str for item in value):
            return value
        return (tuple, *map(static_key, value))
    if cls is float:
        return (cls, float.hex(value))
    if cls is complex:
        return (cls, float.hex(value.real), float.hex(value.imag))
    if hasattr(cls, "tobytes") and hasattr(cls, "dtype"):  # a NumPy scalar; arrays have no hash
        return (cls, value.dtype, value.tobytes()) if getattr(cls, "__hash__", None) else (cls, value)
    if cls is frozenset:
        return (cls, frozenset(map(static_key, value)))
    return (cls, value)


def is_plain(value: Any) -> bool:
    """Whether a cache may hold ``value``: it keeps no array and no closure alive."""
    cls = type(value)
    if cls in _PLAIN or isinstance(value, type | Enum):
        return True
    if cls is tuple or cls is frozenset:
        return all(map(is_plain, value))
    if isinstance(value, FunctionType):
        return not (value.__closure__ or value.__defaults__ or value.__kwdefaults__)
    return False


def agree(a: Any, b: Any) -> bool:
    """Whether two values have the same `static_key`."""
    return a is b or bool(static_key(a) == static_key(b))
