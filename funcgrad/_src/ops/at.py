"""``x.at[index]``: writing as a function. ``x`` stays as it is, the result is a new array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..backends import is_array
from ..core.aval import aval_of
from ..core.trace import Tracer
from .index_form import encode
from .indexing import cast_values, getitem_p
from .scatter import (
    index_add,
    index_divide,
    index_max,
    index_min,
    index_multiply,
    index_set,
    index_subtract,
)
from .tables import UFUNCS
from .turns import index_apply


class AtIndexer:
    """``x.at``: take an index to say where to write."""

    __slots__ = ("_x",)

    def __init__(self, x: Any) -> None:
        self._x = x

    def __getitem__(self, index: Any) -> AtIndex:
        return AtIndex(self._x, index)

    def __repr__(self) -> str:
        return f"<at of {aval_of(self._x)}>"


class AtIndex:
    """``x.at[index]``: the methods return a copy of ``x`` that is changed at ``index``.

    Values are cast to the dtype of ``x``; floating values into an integer array are an error. Where an
    index array addresses an element several times, every method but ``set`` and ``apply`` acts each
    time; ``set`` keeps the last value in C order.
    """

    __slots__ = ("_index", "_x")

    def __init__(self, x: Any, index: Any) -> None:
        self._x = x
        self._index = index

    def get(self) -> Any:
        """``x[index]``, as a copy."""
        template, arrays = encode(self._index, aval_of(self._x))
        out = getitem_p.bind(self._x, *arrays, index=template)
        return out.copy(order="K") if type(out) is not Tracer and is_array(out) else out

    def set(self, values: Any) -> Any:
        """Replace the elements by ``values``."""
        return index_set(self._x, self._index, values)

    def add(self, values: Any) -> Any:
        """Add ``values`` to the elements."""
        return index_add(self._x, self._index, values)

    def subtract(self, values: Any) -> Any:
        """Subtract ``values`` from the elements."""
        return index_subtract(self._x, self._index, values)

    def multiply(self, values: Any) -> Any:
        """Multiply the elements by ``values``."""
        return index_multiply(self._x, self._index, values)

    def divide(self, values: Any) -> Any:
        """Divide the elements by ``values``."""
        return index_divide(self._x, self._index, values)

    def power(self, values: Any) -> Any:
        """Raise the elements to the power ``values``; index arrays must be known and on the host."""
        values = cast_values(values, aval_of(self._x), "x.at[...].power")
        return index_apply(UFUNCS[np.power], self._x, self._index, values, what="x.at[...].power")

    def min(self, values: Any) -> Any:
        """The smaller of the elements and ``values``; ties share the derivative evenly."""
        return index_min(self._x, self._index, values)

    def max(self, values: Any) -> Any:
        """The larger of the elements and ``values``; ties share the derivative evenly."""
        return index_max(self._x, self._index, values)

    def apply(self, function: Callable[[Any], Any]) -> Any:
        """Replace the elements by ``function(elements)``, once however often they are addressed."""
        return index_set(self._x, self._index, function(self.get()))

    def __repr__(self) -> str:
        return f"<at {self._index!r} of {aval_of(self._x)}>"


def at(x: Any) -> AtIndexer:
    """``at(x)[index].set(values)`` and the like on any array: the same as ``x.at`` of a traced one.

    Examples
    --------
    >>> import numpy as np
    >>> at(np.zeros(3))[1].set(5.0)
    array([0., 5., 0.])
    """
    return AtIndexer(x if type(x) is Tracer or is_array(x) else np.asarray(x))
