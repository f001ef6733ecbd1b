"""The special functions for a row: SciPy's unchanged where it has ufuncs, funcgrad's where it has not."""

from __future__ import annotations

from typing import Any

import numpy
import scipy.special

import funcgrad.scipy.special as ours
from funcgrad._src.core.trace import Tracer
from tests.mock_device import MockArray


class _Unchanged:
    """SciPy's functions; those written in Python know NumPy's arrays alone: elsewhere, ours."""

    def __getattr__(self, name: str) -> Any:
        theirs = getattr(scipy.special, name, None)
        if isinstance(theirs, numpy.ufunc):
            return theirs

        def function(*args: Any, **kwargs: Any) -> Any:
            traced = any(type(value) in (Tracer, MockArray) for value in (*args, *kwargs.values()))
            return (
                getattr(ours, name)(*args, **kwargs) if traced or theirs is None else theirs(*args, **kwargs)
            )

        return function


_unchanged = _Unchanged()


def special(np: Any) -> Any:
    """The special functions that belong to a row's namespace."""
    return _unchanged if np is numpy else ours
