"""Avals: what is known of a value without its numbers: shape, dtype, kind and place.

``kind`` says what Python object carries the numbers: ``"python"`` (float, complex, int, bool: weak in
NEP 50's sense), ``"scalar"`` (a NumPy scalar, immutable) or ``"array"`` (0-d arrays included).

NOTE (interned avals): equal avals are nearly always the same object, so drivers compare with ``is``
first and fall back to ``==``. The tables are bounded; dropping them is safe because of the fallback.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy import ndarray

from ..backends import HOST, backend_of
from ..backends.places import check_type
from ..base.errors import DtypeError

Kind = Literal["python", "scalar", "array"]
Shape = tuple[int, ...]

_LIMIT = 20_000


class Aval:
    """Shape, dtype, kind and place of a value; immutable, hashable and interned."""

    __slots__ = ("dtype", "inexact", "kind", "nbytes", "ndim", "place", "shape", "size")

    shape: Shape
    dtype: np.dtype[Any]
    kind: Kind
    place: str
    ndim: int
    size: int
    nbytes: int
    inexact: bool  # real or complex floating point: only such values can have a derivative

    def __init__(self, shape: Shape, dtype: np.dtype[Any], kind: Kind, place: str) -> None:
        self.shape = shape
        self.dtype = dtype
        self.kind = kind
        self.place = place
        self.ndim = len(shape)
        self.size = math.prod(shape)
        self.nbytes = self.size * dtype.itemsize
        self.inexact = dtype.kind in "fcV"

    def _key(self) -> tuple[Any, ...]:
        return self.shape, self.dtype, self.kind, self.place

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Aval) and self._key() == other._key())

    def __hash__(self) -> int:
        return hash(self._key())

    def __reduce__(self) -> tuple[Any, ...]:
        return make_aval, self._key()

    def with_shape(self, shape: Shape) -> Aval:
        """The array aval of this dtype and place with another shape."""
        return make_aval(shape, self.dtype, "array", self.place)

    def __repr__(self) -> str:
        """``float64[2,3]`` (array), ``float64`` (NumPy scalar) or ``float`` (Python), with ``@place``."""
        if self.kind == "python":
            text = {"f": "float", "c": "complex", "i": "int", "b": "bool"}[self.dtype.kind]
        elif self.kind == "scalar":
            text = dtype_name(self.dtype)
        else:
            name = "bool" if self.dtype.kind == "b" else dtype_name(self.dtype)
            text = f"{name}[{','.join(map(str, self.shape))}]"
        return text if self.place == HOST else f"{text}@{self.place}"


def dtype_name(dtype: np.dtype[Any]) -> str:
    """The name of a dtype; NumPy's bool is ``bool_``, and a foreign byte order is in quotes: ``'>f8'``."""
    if dtype.kind == "b":
        return "bool_"
    return dtype.name if dtype.isnative else repr(dtype.str)


_avals: dict[tuple[Any, ...], Aval] = {}
ARRAY_AVALS: dict[tuple[Shape, np.dtype[Any]], Aval] = {}


def make_aval(shape: Shape, dtype: Any, kind: Kind = "array", place: str = HOST) -> Aval:
    """The interned aval of these four."""
    key = (shape, dtype, kind, place)
    found = _avals.get(key)
    if found is None:
        dtype = np.dtype(dtype)
        if dtype.kind not in "biufc" and not _is_extension_float(dtype):
            raise DtypeError(
                f"funcgrad computes on numbers, not on dtype {dtype}.",
                expected="bool, integer, floating or complex",
                got=str(dtype),
                hint="convert with x.astype(float), or keep this array out of the traced function",
            )
        if len(_avals) > _LIMIT:
            _avals.clear()
        found = _avals.setdefault((shape, dtype, kind, place), Aval(shape, dtype, kind, place))
    return found


def _is_extension_float(dtype: np.dtype[Any]) -> bool:
    """Floating dtypes that other packages add (bfloat16): kind 'V' with a scalar type of their own."""
    return dtype.kind == "V" and dtype.names is None and dtype.type is not np.void


SCALAR_AVALS: dict[type, Aval] = {
    float: make_aval((), np.dtype(float), "python"),
    complex: make_aval((), np.dtype(complex), "python"),
    bool: make_aval((), np.dtype(bool), "python"),
    int: make_aval((), np.dtype(np.int64), "python"),
}
for _code in "?bBhHiIlLqQpPefdgFDG":
    SCALAR_AVALS.setdefault(np.dtype(_code).type, make_aval((), np.dtype(_code), "scalar"))


def aval_of(value: Any) -> Aval:
    """The aval of a concrete value or tracer; DtypeError for what is no number or array of numbers."""
    found = SCALAR_AVALS.get(type(value))
    if found is not None:
        return found
    if type(value) is ndarray:
        key = (value.shape, value.dtype)
        found = ARRAY_AVALS.get(key)
        if found is None:
            if len(ARRAY_AVALS) > _LIMIT:
                ARRAY_AVALS.clear()
            found = ARRAY_AVALS[key] = make_aval(value.shape, value.dtype)
        return found
    if type(value) is Aval:
        return value
    own = getattr(value, "__funcgrad_aval__", None)
    if own is not None:
        return own()  # type: ignore[no-any-return]
    backend = backend_of(value)
    if backend is None:
        check_type(value)
    assert backend is not None
    return make_aval(value.shape, value.dtype, "array", backend.place_of(value))


def abstract_place(avals: Sequence[Aval]) -> str:
    """The one place of these avals' arrays; the host when there are none."""
    for aval in avals:
        if aval.kind == "array":
            return aval.place
    return HOST


def result_kind(avals: Sequence[Aval], shape: tuple[int, ...]) -> Any:
    """The kind NumPy's ufuncs give for operands of these avals: 0-d results on the host are scalars."""
    if shape or abstract_place(avals) != HOST:
        return "array"
    return "python" if all(a.kind == "python" for a in avals) else "scalar"


def array_aval(like: Aval, shape: tuple[int, ...], dtype: Any) -> Aval:
    """An array aval at the place of ``like``."""
    return make_aval(shape, dtype, "array", like.place)


def scalar_or_array(shape: Shape, dtype: Any, place: str) -> Aval:
    """The aval of what NumPy makes a scalar if it has no axes left; devices have 0-d arrays."""
    return make_aval(shape, dtype, "array" if shape or place != HOST else "scalar", place)
