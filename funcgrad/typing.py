"""Types for annotations: what funcgrad's functions take and return.

Examples
--------
>>> import numpy as np
>>> from funcgrad.typing import Array, ArrayLike
>>> def loss(w: Array, x: ArrayLike) -> Array:
...     return np.sum(np.square(np.dot(x, w)))
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "ArrayLike", "PyTree", "Scalar"]

Array: TypeAlias = npt.NDArray[Any]
"""An array of numbers: what operations return. Traced values stand in for it."""

ArrayLike: TypeAlias = npt.ArrayLike
"""What stands for an array in an operation: an array, a number, nested lists of numbers."""

Scalar: TypeAlias = bool | int | float | complex | np.number[Any] | np.bool_
"""One number, Python's or NumPy's."""

PyTree: TypeAlias = Any
"""Nested tuples, lists, dicts, dataclasses and other registered containers of arrays."""
