"""Arguments as they were given: lists as arrays beside the others, and numbers that Python may look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..backends import HOST, HOST_TYPES
from ..core.aval import aval_of
from ..core.trace import is_known
from .beside import beside
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


def lists_beside(values: Sequence[Any]) -> list[Any]:
    """The values, nested lists of numbers (traced ones among them) as arrays where the others are."""
    found = [v if isinstance(v, (list, tuple)) else operand(v) for v in values]
    here = [v for v in found if not isinstance(v, (list, tuple)) and aval_of(v).place != HOST]
    like = here[0] if here else None
    return [asarray(v, like=like) if isinstance(v, (list, tuple)) else v for v in found]


def arrays_of(*values: Any) -> list[Any]:
    """``np.asarray`` of each, numbers and lists where the arrays are."""
    return [as_array(v) for v in beside(lists_beside(values))]
