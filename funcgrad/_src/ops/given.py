"""Arguments as they were given: lists as arrays beside the others, and numbers that Python may look at."""

from __future__ import annotations

from typing import Any

from ..backends import HOST, HOST_TYPES
from ..core.aval import aval_of
from ..core.trace import is_known
from .creation import asarray
from .shape import as_array, concrete, operand


def known(value: Any) -> Any:
    """What Python may branch by: a value on the host of which nothing but a derivative is taken; or None."""
    value = concrete(value) if is_known(value) else None
    return value if type(value) in HOST_TYPES else None


def array_of(value: Any, like: Any = None) -> Any:
    """``np.asarray``; a list, in which there may be traced numbers, becomes an array beside ``like``."""
    if not isinstance(value, (list, tuple)):
        return as_array(operand(value))
    on_host = isinstance(like, (list, tuple)) or like is None or aval_of(like).place == HOST
    return as_array(asarray(value) if on_host else asarray(value, like=like))
