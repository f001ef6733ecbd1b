"""Questions that NumPy answers in plain Python: shapes, dtypes, text, and whether arrays are equal.

Nothing here is traced. What depends on the numbers is a ConcretizationError where there are none.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.aval import Aval, aval_of
from ..core.primitive import as_operand
from ..core.trace import Tracer
from .logic import bitwise_and, bitwise_or, equal, isclose, isnan
from .reductions import all as all_of
from .structural import normal_axes
from .tables import implements

# --- shapes and dtypes -------------------------------------------------------------------------------


def _aval(a: Any) -> Aval:
    return aval_of(a if type(a) is Tracer else as_operand(a))


@implements(np.shape, support="metadata")
def shape(a: Any) -> tuple[int, ...]:
    """Lengths of the axes."""
    return _aval(a).shape


@implements(np.ndim, support="metadata")
def ndim(a: Any) -> int:
    """Number of axes."""
    return len(shape(a))


@implements(np.size, support="metadata")
def size(a: Any, axis: Any = None) -> int:
    """Number of elements, or the length of an axis (of several: their product)."""
    lengths = shape(a)
    return math.prod(lengths if axis is None else (lengths[i] for i in normal_axes(axis, len(lengths))))


def _dtype_of(value: Any) -> Any:
    """What NumPy's promotion needs to know of a value: Python numbers are weak."""
    if type(value) is not Tracer:
        return value
    aval = aval_of(value)
    return aval.dtype.type(0).item() if aval.kind == "python" else aval.dtype


@implements(np.result_type, support="metadata")
def result_type(*arrays_and_dtypes: Any) -> np.dtype[Any]:
    """The dtype that NumPy's promotion gives."""
    return np.result_type(*map(_dtype_of, arrays_and_dtypes))


@implements(np.iscomplexobj, support="metadata")
def iscomplexobj(x: Any) -> bool:
    """Whether the dtype is complex."""
    return aval_of(x).dtype.kind == "c" if type(x) is Tracer else bool(np.iscomplexobj(x))


@implements(np.isrealobj, support="metadata")
def isrealobj(x: Any) -> bool:
    """Whether the dtype is not complex."""
    return not iscomplexobj(x)


@implements(np.can_cast, support="metadata")
def can_cast(from_: Any, to: Any, casting: str = "safe") -> bool:
    """Whether one dtype can be cast to another by a rule."""
    return np.can_cast(_dtype_of(from_), to, casting)  # type: ignore[arg-type]


@implements(np.common_type, support="metadata")
def common_type(*arrays: Any) -> Any:
    """The floating or complex type that holds all arrays."""
    return np.common_type(*(np.empty(0, _aval(a).dtype) for a in arrays))


# --- text ------------------------------------------------------------------------------------------


# The options are about the numbers; a traced value shows them as Python does.


@implements(np.array_repr, support="metadata")
def array_repr(
    arr: Any, max_line_width: Any = None, precision: Any = None, suppress_small: Any = None
) -> str:
    """The text of an array; of a traced value, what ``repr`` shows."""
    if type(arr) is Tracer:
        return repr(arr)
    return np.array_repr(arr, max_line_width, precision, suppress_small)


@implements(np.array_str, support="metadata")
def array_str(a: Any, max_line_width: Any = None, precision: Any = None, suppress_small: Any = None) -> str:
    """The text of an array; of a traced value, what ``repr`` shows."""
    if type(a) is Tracer:
        return repr(a)
    return np.array_str(a, max_line_width, precision, suppress_small)


@implements(np.array2string, support="metadata")
def array2string(
    a: Any,
    max_line_width: Any = None,
    precision: Any = None,
    suppress_small: Any = None,
    separator: str = " ",
    prefix: str = "",
    *,
    formatter: Any = None,
    threshold: Any = None,
    edgeitems: Any = None,
    sign: Any = None,
    floatmode: Any = None,
    suffix: str = "",
    legacy: Any = None,
) -> str:
    """The text of an array; of a traced value, what ``repr`` shows."""
    if type(a) is Tracer:
        return repr(a)
    return np.array2string(
        a,
        max_line_width,
        precision,
        suppress_small,
        separator,
        prefix,
        formatter=formatter,
        threshold=threshold,
        edgeitems=edgeitems,
        sign=sign,
        floatmode=floatmode,
        suffix=suffix,
        legacy=legacy,
    )


# --- equality ----------------------------------------------------------------------------------------


@implements(np.allclose, support="discrete")
def allclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are equal within a tolerance."""
    return bool(all_of(isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)))


@implements(np.array_equal, support="discrete")
def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    """Whether two arrays have the same shape and elements."""
    if shape(a1) != shape(a2):
        return False
    same = equal(a1, a2)
    if equal_nan:
        same = bitwise_or(same, bitwise_and(isnan(a1), isnan(a2)))
    return bool(all_of(same))


@implements(np.array_equiv, support="discrete")
def array_equiv(a1: Any, a2: Any) -> bool:
    """Whether two arrays can be broadcast to one shape, with the same elements."""
    try:
        np.broadcast_shapes(shape(a1), shape(a2))
    except ValueError:
        return False
    return bool(all_of(equal(a1, a2)))
