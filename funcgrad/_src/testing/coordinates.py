"""Leaves as one vector of real coordinates, and back.

A complex number has two real coordinates, so that a derivative is always a real matrix. The pairing of
a cotangent with a tangent is the real part of their plain product, without conjugation: a cotangent
``a + ib`` therefore has the coordinates ``(a, -b)``.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backends import HOST, to_host
from ..backends.places import backend_at
from ..core.aval import Aval, aval_of

Vector = np.ndarray[Any, np.dtype[np.float64]]


def host_values(leaf: Any) -> np.ndarray[Any, Any]:
    """The numbers of a leaf on the host, as float64 or complex128."""
    array = np.asarray(to_host(leaf))
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def like_aval(values: Any, aval: Aval) -> Any:
    """``values`` with dtype, shape, kind and place of an aval."""
    array = np.asarray(values)
    if aval.kind == "python":
        return array.item()
    array = array.astype(aval.dtype).reshape(aval.shape)
    if aval.kind == "scalar":
        return array[()]
    if aval.place == HOST:
        return array
    backend = backend_at(aval.place)
    with backend.scope(aval.place):
        return backend.xp.asarray(array)


class Coordinates:
    """The real coordinates of leaves with these paths."""

    def __init__(self, leaves: Sequence[Any], paths: Sequence[str]) -> None:
        self.avals = [aval_of(leaf) for leaf in leaves]
        self.paths = list(paths)
        self._widths = [aval.size * (2 if aval.dtype.kind == "c" else 1) for aval in self.avals]
        self._starts = np.cumsum([0, *self._widths])
        self.size = int(self._starts[-1])

    def vector(self, leaves: Sequence[Any], *, conjugate: bool = False) -> Vector:
        """Coordinates of tangents, or (``conjugate``) of cotangents."""
        parts = []
        for leaf, aval in zip(leaves, self.avals, strict=True):
            values = host_values(leaf)
            if aval.dtype.kind == "c":
                values = np.ascontiguousarray(values.astype(np.complex128))
                values = (values.conj() if conjugate else values).reshape(-1).view(np.float64)
            parts.append(values.real.reshape(-1))
        return np.concatenate(parts) if parts else np.zeros(0)

    def leaves(self, vector: Vector, *, conjugate: bool = False) -> list[Any]:
        """Leaves of these avals with the given coordinates."""
        found = []
        for start, width, aval in zip(self._starts, self._widths, self.avals, strict=False):
            values: Any = np.ascontiguousarray(vector[start : start + width], np.float64)
            if aval.dtype.kind == "c":
                values = values.view(np.complex128)
                values = values.conj() if conjugate else values
            found.append(like_aval(values.reshape(aval.shape), aval))
        return found

    def unit(self, position: int) -> Vector:
        """The unit vector of one coordinate."""
        vector = np.zeros(self.size)
        vector[position] = 1.0
        return vector

    def spans(self) -> list[tuple[int, int]]:
        """First coordinate, and the one after the last, of every leaf that has any."""
        starts = self._starts.tolist()
        return [(a, b) for a, b in itertools.pairwise(starts) if b > a]

    def where(self, position: int) -> str:
        """A coordinate in words: ``args[0]['w'] at index (2, 1)``."""
        number = int(np.searchsorted(self._starts, position, side="right")) - 1
        aval, offset = self.avals[number], position - int(self._starts[number])
        part = ""
        if aval.dtype.kind == "c":
            offset, imaginary = divmod(offset, 2)
            part = " (imaginary part)" if imaginary else " (real part)"
        if not aval.shape:
            return self.paths[number] + part
        index = tuple(int(i) for i in np.unravel_index(offset, aval.shape))
        return f"{self.paths[number]} at index {index}{part}"
