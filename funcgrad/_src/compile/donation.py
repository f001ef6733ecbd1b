"""Which donated arrays may be overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backends import is_array


def not_donatable(values: Sequence[Any], position: int) -> str | None:
    """Why the array at ``position`` may not be overwritten; None if it may."""
    array = values[position]
    if isinstance(array, np.ndarray) and not array.flags.writeable:
        return "is read-only"
    if array.base is not None:
        return "does not own its memory"
    for i, other in enumerate(values):
        if i != position and is_array(other) and (other is array or _overlap(other, array)):
            return "shares memory with another argument or a closed-over array"
    return None


def _overlap(other: Any, array: Any) -> bool:
    if other.base is None:
        return False
    if isinstance(other, np.ndarray) and isinstance(array, np.ndarray):
        return bool(np.may_share_memory(other, array))
    return other.base is array
