"""``r_`` and ``c_``: arrays, numbers and slices joined by indexing."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.errors import UnsupportedError
from ..core.aval import aval_of
from .join import concatenate
from .refused import holds_tracer
from .shape import operand, reshape, transpose
from .structural import convert
from .tables import NAMES, SUPPORT


class Concatenator:
    """NumPy's ``r_`` or ``c_``; pieces may be traced.

    A string in front, as in ``r_["0,2", x, y]``, says by which axis pieces are joined, how many dimensions
    they are given, and where their own axes come then.
    """

    def __init__(self, name: str, axis: int, ndmin: int, first: int) -> None:
        self.__name__ = self.__qualname__ = name
        self.plain = getattr(np, name)
        self.form = (axis, ndmin, first)

    def __getitem__(self, key: Any) -> Any:
        if not holds_tracer(key):
            return self.plain[key]
        pieces = list(key) if isinstance(key, tuple) else [key]
        axis, ndmin, first = self.form
        if isinstance(pieces[0], str):
            axis, ndmin, first = self._directive(pieces.pop(0))
        numbers = [
            i for i, piece in enumerate(pieces) if not isinstance(piece, slice) and np.ndim(piece) == 0
        ]
        dtype = np.result_type(*[_weak(piece) for piece in pieces])
        found = [
            _shaped(_made(piece), ndmin, -1 if i in numbers else first) for i, piece in enumerate(pieces)
        ]
        return concatenate([convert(piece, dtype, "array") for piece in found], axis=axis)

    def _directive(self, text: str) -> tuple[int, int, int]:
        try:
            given = [int(part) for part in text.split(",")]
        except ValueError:
            raise UnsupportedError(
                f"{self.__name__}: the directive {text!r} is not supported on traced values.",
                expected="one to three integers, as in '0,2,-1'",
                got=repr(text),
                hint="use two-dimensional arrays",
            ) from None
        return (*given, *(self.form[len(given) :] if len(given) < 3 else ()))[:3]  # type: ignore[return-value]

    def __len__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return f"<funcgrad {self.__name__}>"

    def __reduce__(self) -> str:
        return self.__name__


def _weak(piece: Any) -> Any:
    """What a piece counts for in promotion: a dtype, or a Python number itself."""
    if isinstance(piece, slice):
        return np.r_[piece].dtype
    if isinstance(piece, (bool, int, float, complex)):
        return piece
    aval = aval_of(_made(piece))
    return aval.dtype.type(0).item() if aval.kind == "python" else aval.dtype


def _made(piece: Any) -> Any:
    return np.r_[piece] if isinstance(piece, slice) else operand(piece)


def _shaped(piece: Any, ndmin: int, first: int) -> Any:
    """A piece with at least ``ndmin`` dimensions, its own ones from axis ``first`` on (-1: at the end)."""
    shape = aval_of(piece).shape
    missing = ndmin - len(shape)
    if missing <= 0:
        return piece
    piece = reshape(piece, (1,) * missing + shape)
    if first == -1:
        return piece
    start = first + missing + 1 if first < 0 else first
    order = list(range(ndmin))
    return transpose(piece, [*order[:start], *order[missing:], *order[start:missing]])


r_ = Concatenator("r_", 0, 1, -1)
c_ = Concatenator("c_", -1, 2, 0)
for _op in (r_, c_):
    NAMES[f"numpy.{_op.__name__}"] = _op  # type: ignore[assignment]
    SUPPORT[_op] = "differentiable"
