"""Static values as plain ones: numbers, strings and tuples of them, which `marshal` writes and reads.

Two values have the same plain form only if no program could tell them apart: 1, 1.0 and True differ, 0.0 and
-0.0, and two NaN of other bits. What is not known here has none; nothing is pickled.
"""

from __future__ import annotations

import marshal
from typing import Any

import numpy as np

LARGEST = 1 << 16  # bytes of an array
_SAME = frozenset({type(None), bool, int, float, complex, str, bytes})
_PYTHON: dict[str, type] = {"float": float, "complex": complex, "int": int, "bool": bool}


class NotPlainError(Exception):
    """A value has no plain form."""


def plain(value: Any) -> Any:
    """The plain form of a value; NotPlainError if it has none."""
    cls = type(value)
    if cls in _SAME:
        return value
    if cls is tuple:
        return "tuple", *map(plain, value)
    if isinstance(value, np.dtype):
        return "dtype", *_dtype(value)
    if isinstance(value, np.generic):
        return "number", *_dtype(value.dtype), value.tobytes()
    other = _OTHER.get(cls)
    if other is None:
        raise NotPlainError(f"{cls.__name__} {value!r:.80}")
    return other(value)


def _dtype(dtype: np.dtype[Any]) -> tuple[str, str]:
    """Byte order and character; those of the same size differ by the latter."""
    if dtype.kind not in "biufc" or dtype.char in "gG" or dtype.metadata:
        raise NotPlainError(repr(dtype))
    return dtype.str[0], dtype.char


def _slice(value: slice) -> Any:
    return "slice", plain(value.start), plain(value.stop), plain(value.step)


def _set(value: frozenset[Any]) -> Any:
    return "set", *sorted([plain(item) for item in value], key=written)


def _class(value: type) -> Any:
    if _PYTHON.get(value.__name__) is value:
        return "class", value.__name__
    if issubclass(value, np.generic) and value not in (np.generic, np.void):
        try:
            dtype = np.dtype(value)
        except TypeError:
            raise NotPlainError(repr(value)) from None
        if dtype.type is value:
            return "type", *_dtype(dtype)
    raise NotPlainError(repr(value))


def _ufunc(value: np.ufunc) -> Any:
    if getattr(np, value.__name__, None) is value:
        return "ufunc", value.__name__
    raise NotPlainError(repr(value))


def _array(value: Any) -> Any:
    """A constant: what could be changed is none."""
    if value.flags.writeable or value.nbytes > LARGEST or not value.flags.c_contiguous:
        raise NotPlainError("an array")
    return "array", *_dtype(value.dtype), value.shape, value.tobytes()


_OTHER: dict[type, Any] = {
    slice: _slice,
    frozenset: _set,
    type: _class,
    np.ndarray: _array,
    np.ufunc: _ufunc,
    type(Ellipsis): lambda value: ("ellipsis",),
}


def written(form: Any) -> bytes:
    """A plain form as bytes: the same in every process, since version 2 of the format shares nothing."""
    return marshal.dumps(form, 2)


def value_of(form: Any) -> Any:
    """The inverse of `plain`."""
    return _READERS[form[0]](*form[1:]) if type(form) is tuple else form


def _read_dtype(order: str, char: str) -> Any:
    found: Any = np.dtype(char)
    return found if order in "|=" or found.str[0] == order else found.newbyteorder(order)


def _read_number(order: str, char: str, data: bytes) -> Any:
    return np.frombuffer(data, _read_dtype(order, char), 1)[0]


def _read_array(order: str, char: str, shape: tuple[int, ...], data: bytes) -> Any:
    return np.frombuffer(data, _read_dtype(order, char)).reshape(shape)  # of bytes: nobody can write to it


_READERS: dict[str, Any] = {
    "tuple": lambda *items: tuple(map(value_of, items)),
    "dtype": _read_dtype,
    "number": _read_number,
    "slice": lambda *parts: slice(*map(value_of, parts)),
    "set": lambda *items: frozenset(map(value_of, items)),
    "class": _PYTHON.__getitem__,
    "type": lambda order, char: _read_dtype(order, char).type,
    "array": _read_array,
    "ufunc": lambda name: getattr(np, name),
    "ellipsis": lambda: Ellipsis,
}
