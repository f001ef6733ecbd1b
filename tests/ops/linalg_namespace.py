"""scipy.linalg for a row: SciPy's functions on plain arrays, ours on traced values."""

from __future__ import annotations

from typing import Any

import numpy
import scipy.linalg

import funcgrad.scipy.linalg as ours
from funcgrad._src.ops.scipy_linalg import plain


class _Unchanged:
    """SciPy's functions, which are written in Python: traced values go to ours."""

    def __getattr__(self, name: str) -> Any:
        def function(*args: Any, **kwargs: Any) -> Any:
            space = scipy.linalg if plain(args) and plain(kwargs) else ours
            return getattr(space, name)(*args, **kwargs)

        return function


_unchanged = _Unchanged()


def linalg(np: Any) -> Any:
    """The functions of matrices that belong to a row's namespace."""
    return _unchanged if np is numpy else ours
