"""``ufunc.outer``: an elementwise function of every pair."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.aval import aval_of
from .shape import operand, shape_of
from .structural import as_numpy, reshape
from .ufunc import Ufunc


def outer(ufunc: Ufunc, A: Any, B: Any, **kwargs: Any) -> Any:
    """``ufunc(a, b)`` for each element of ``A`` (leading axes) and of ``B``; Python numbers are not weak."""
    if ufunc.nin != 2 or ufunc.ufunc.signature is not None:
        ufunc.ufunc.outer(np.ones(1), np.ones(1))  # NumPy's own error
    A, B = as_numpy(operand(A)), as_numpy(operand(B))
    return ufunc(reshape(A, (*shape_of(A), *(1,) * aval_of(B).ndim)) if aval_of(B).ndim else A, B, **kwargs)


Ufunc.METHODS["outer", "*"] = outer
