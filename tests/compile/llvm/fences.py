"""Memory with fences: what is written beside an array shows, and what nobody has written is NaN."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from funcgrad._src.compile.engines import workspace
from funcgrad._src.compile.engines.llvm import engine

WIDE, FENCE, FRESH = 64, 0xA5, 0xFF


class Fences:
    """Makes memory, and tells whether its fences still stand."""

    def __init__(self) -> None:
        self.made: list[Any] = []

    def memory(self, size: int) -> Any:
        """So many bytes, the first one at the beginning of a cache line."""
        whole = np.full(size + 3 * WIDE, FENCE, np.uint8)
        start = WIDE + -whole.ctypes.data % WIDE
        whole[start : start + size] = FRESH
        self.made.append((whole, start, size))
        return whole[start : start + size]

    def empty(self, shape: tuple[int, ...], dtype: Any) -> Any:
        """In the place of `numpy.empty`."""
        size = math.prod(shape) * np.dtype(dtype).itemsize
        return self.memory(size).view(dtype).reshape(shape) if size else np.empty(shape, dtype)

    def stand(self) -> bool:
        """Whether nobody has written beside the memory that was made; it is forgotten then."""
        made, self.made = self.made, []
        return all([
            (whole[:start] == FENCE).all() and (whole[start + size :] == FENCE).all()
            for whole, start, size in made
        ])  # fmt: skip


def put_up(monkeypatch: pytest.MonkeyPatch) -> Fences:
    """Fences around the workspaces and the results of all programs to come."""
    fences = Fences()
    monkeypatch.setattr(workspace, "_aligned", lambda size: (fences.memory(size), 0))
    monkeypatch.setattr(engine, "maker", lambda size: fences.empty)
    return fences
