"""NumPy's names that need no op: what is handed on as it is, and what is refused on traced values by name.

A refused function works on plain arrays as ever. On a traced value it raises, with the reason and what to
write instead, whether it is called as ``np.save`` or as ``funcgrad.numpy.save``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from ..base.errors import UnsupportedError
from ..core.trace import Tracer
from .tables import FUNCTIONS

# Classes and constants, and functions about dtypes, shapes and settings, which take no values of arrays.
PLAIN = (
    "False_", "ScalarType", "True_", "__array_namespace_info__", "bartlett", "base_repr", "binary_repr",
    "blackman", "bool", "bool_", "broadcast", "broadcast_shapes", "busdaycalendar", "byte", "bytes_",
    "cdouble", "character", "clongdouble", "complex128", "complex64", "complexfloating", "csingle",
    "datetime64", "datetime_data", "double", "dtype", "e", "errstate", "euler_gamma", "finfo", "flatiter",
    "flexible", "float16", "float32", "float64", "floating", "generic", "get_include", "get_printoptions",
    "getbufsize", "geterr", "geterrcall", "half", "hamming", "hanning", "iinfo", "index_exp", "inexact",
    "inf", "info", "int16", "int32", "int64", "int8", "int_", "intc", "integer", "intp", "isdtype",
    "issubdtype", "iterable", "little_endian", "long", "longdouble", "longlong", "matrix", "memmap",
    "mgrid", "min_scalar_type", "mintypecode", "nan", "ndarray", "ndenumerate", "ndindex", "nditer",
    "newaxis", "number", "object_", "ogrid", "pi", "poly1d", "printoptions", "promote_types", "recarray",
    "record", "s_", "sctypeDict", "set_printoptions", "setbufsize", "seterr", "seterrcall", "short",
    "show_config", "show_runtime", "signedinteger", "single", "str_", "test", "timedelta64", "typecodes",
    "typename", "ubyte", "ufunc", "uint", "uint16", "uint32", "uint64", "uint8", "uintc", "uintp", "ulong",
    "ulonglong", "unsignedinteger", "ushort", "void",
)  # fmt: skip

_FILES = ("a traced value has no number to write.", "return it, and write it outside of the traced function")
_READS = ("it reads a file or a buffer, which no traced value is.", "read before, and pass the array")
_TEXT = ("a traced value has no number to show.", "return it, or print it with print(x)")
_DATES = ("dates are never traced.", "pass them as arguments that are not differentiated by")
_BYTES = ("it reads the memory of an array, which a traced value does not have.", "call it on plain arrays")
_OBJECTS = (
    "it makes arrays of Python objects, which have no derivative.",
    "write the function with array operations",
)
_MATRIX = (
    "the class matrix has rules of its own, which NumPy advises against.",
    "use two-dimensional arrays and @",
)

# Name -> why, and what to write instead.
REFUSED: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("save", "savetxt", "savez", "savez_compressed"), _FILES),
    **dict.fromkeys(
        ("from_dlpack", "frombuffer", "fromfile", "fromiter", "fromregex", "fromstring", "genfromtxt", "load",
         "loadtxt"), _READS
    ),
    **dict.fromkeys(("format_float_positional", "format_float_scientific"), _TEXT),
    **dict.fromkeys(("busday_count", "busday_offset", "datetime_as_string", "is_busday", "isnat"), _DATES),
    **dict.fromkeys(("nested_iters", "packbits", "unpackbits"), _BYTES),
    **dict.fromkeys(("frompyfunc",), _OBJECTS),
    **dict.fromkeys(("asmatrix", "bmat"), _MATRIX),
}  # fmt: skip


def refusal(name: str) -> UnsupportedError:
    """The error for a refused function that was called on a traced value."""
    reason, instead = REFUSED[name]
    return UnsupportedError(f"{name}: {reason}", expected="plain arrays", got="a traced value", hint=instead)


def refuse(
    name: str, module: ModuleType = np, error: Callable[[str], UnsupportedError] = refusal
) -> Callable[..., Any]:
    """The function of that name of NumPy or SciPy, for plain arrays only."""
    function = getattr(module, name)

    @functools.wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        if holds_tracer((args, kwargs)):
            raise error(name)
        return function(*args, **kwargs)

    return plain


def holds_tracer(value: Any) -> bool:
    """Whether there is a traced value in a tree of lists, tuples and dicts."""
    if isinstance(value, dict):
        return any(map(holds_tracer, value.values()))
    return type(value) is Tracer or (isinstance(value, (tuple, list)) and any(map(holds_tracer, value)))


for _name in REFUSED:
    _function = getattr(np, _name, None)
    if _function is not None and not isinstance(_function, np.ufunc):  # isnat is an op, which refuses itself
        FUNCTIONS[_function] = refuse(_name)
