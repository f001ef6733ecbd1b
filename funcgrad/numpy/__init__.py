"""NumPy's functions, differentiable: on arrays and traced values, of NumPy and of CuPy.

``np.sin(x)`` already finds funcgrad's op when ``x`` is traced. This namespace has the same functions under
the same names, with types, and beside them what NumPy cannot hand over: ``array([x, y])``, ``asarray(x)``,
``full(3, x)`` of traced values. On plain arrays every function returns what NumPy's returns. A name that
NumPy has and that is missing here has no derivative yet.

Examples
--------
>>> import numpy as np
>>> from funcgrad import grad
>>> import funcgrad.numpy as fnp
>>> grad(lambda x: fnp.sum(fnp.array([x, 2 * x]) ** 2))(3.0)
30.0
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as _np

from .._src.ops import protocol as _protocol
from . import linalg as linalg

__array_api_version__ = "2024.12"

# What has no derivative and needs none: constants, dtypes, questions about dtypes.
_PLAIN = (
    "bool", "bool_", "broadcast_shapes", "complex128", "complex64", "complexfloating",
    "dtype", "e", "euler_gamma", "finfo", "float16", "float32", "float64", "floating", "generic", "iinfo",
    "inexact", "inf", "int16", "int32", "int64", "int8", "integer", "intp", "isdtype", "issubdtype",
    "longdouble", "min_scalar_type", "nan", "ndarray", "newaxis", "number", "pi", "promote_types",
    "signedinteger", "uint16", "uint32", "uint64", "uint8", "unsignedinteger",
)  # fmt: skip


def __getattr__(name: str) -> NoReturn:
    raise _protocol.missing_name("funcgrad.numpy", name, _np)


_names: dict[str, Any] = {name: getattr(_np, name) for name in _PLAIN} | _protocol.public_ops(_np)
globals().update(_names)
__all__ = sorted([*_names, "linalg"])  # noqa: PLE0605 (the stub beside this file lists them)
