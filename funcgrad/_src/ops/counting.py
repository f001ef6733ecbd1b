"""Counts: in which bin a number falls, and how many (or how much weight) fell into each.

A number's place among the edges is discrete: it has no derivative. Sums of weights are linear in the
weights, and have the derivative of sums.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..backends import HOST
from ..core.aval import Aval, array_aval, aval_of, scalar_or_array
from ..core.primitive import Primitive
from .decisions import READERS, decided, demand
from .declare import NONDIFF, Linear
from .given import array_of
from .index_form import listed
from .indexing import iota
from .plain import plainly
from .shape import operand, shape_of
from .slices import in_front
from .structural import convert, move_axis, reshape
from .tables import implements
from .taking import take_p

FAMILY = "counting"
_FIXED = "(x[:, None] == np.arange(n)).sum(axis=0) counts n numbers, whatever they are"
_INTP = np.dtype(np.intp)


# --- digitize --------------------------------------------------------------------------------------


def _rank(xp: Any, edges: Any, x: Any, side: str) -> Any:
    """How many of the rising ``edges`` lie below each number, or do not lie above it.

    ``edges`` may be many rows, one for each row of ``x``: then the place is found by bisection.
    """
    if edges.ndim == 1:
        return xp.searchsorted(edges, x, side=side)
    number = edges.shape[-1]
    rows = xp.arange(len(edges))[:, None]
    low, high = xp.zeros(x.shape, _INTP), xp.full(x.shape, number, _INTP)
    for _ in range(number.bit_length()):
        middle = (low + high) // 2
        edge = edges[rows, xp.minimum(middle, number - 1)]
        up = ((edge <= x) if side == "right" else (edge < x)) & (low < high)
        low, high = xp.where(up, middle + 1, low), xp.where(up, high, middle)
    return xp.where(x == x, low, number)  # NaN sorts last


def _digitize(xp: Any, x: Any, bins: Any, *, right: bool) -> Any:
    if bins.ndim == 1:
        return xp.digitize(x, bins, right)
    side = "left" if right else "right"
    falling = bins[:, :1] > bins[:, -1:]
    rank = _rank(xp, xp.where(falling, bins[:, ::-1], bins), x, side)
    return xp.where(falling, bins.shape[-1] - rank, rank)


def _rows(x: Any, edges: Any) -> list[Any]:
    """Batches of batches as one: a row of numbers for each row of edges."""
    size = math.prod(shape_of(edges)[:-1])
    return [reshape(x, (size, aval_of(x).size // max(size, 1))), reshape(edges, (size, shape_of(edges)[-1]))]


def _edges_batch(primitive: Primitive) -> Any:
    """The batching rule of what looks for ``x`` among edges; each example may have edges of its own."""

    def batch(size: int, values: Any, at: Any, **params: Any) -> Any:
        if at[1] is None and aval_of(values[1]).ndim == 1:
            return primitive.bind(move_axis(values[0], at[0], 0), values[1], **params), 0
        x, edges = in_front(size, values, at)
        return reshape(primitive.bind(*_rows(x, edges), **params), shape_of(x)), 0

    return batch


digitize_p = Primitive("digitize", _digitize, family=FAMILY)
digitize_p.aval = lambda x, bins, *, right: scalar_or_array(x.shape, _INTP, x.place)
digitize_p.rule = NONDIFF
digitize_p.batch = _edges_batch(digitize_p)


@implements(np.digitize, support="discrete")
@plainly(np.digitize)
def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """The number of the bin in which each element falls."""
    x = operand(x)
    bins = array_of(bins, x)
    if aval_of(x).dtype.kind == "c" or aval_of(bins).ndim != 1:
        np.digitize(np.zeros(1, aval_of(x).dtype), np.zeros(shape_of(bins)))  # NumPy's own error
    return digitize_p.bind(x, bins, right=bool(right))


# --- bin_number: in which bin of a histogram ---------------------------------------------------------


def _bin_number(xp: Any, x: Any, edges: Any) -> Any:
    """Bins hold their lower edge, and the last one both; the number behind the last is for all the rest."""
    bins = edges.shape[-1] - 1
    rank = _rank(xp, edges, x, "right")
    inside = (rank > 0) & (rank <= bins)
    return xp.where(inside, rank - 1, xp.where(x == edges[..., -1:], bins - 1, bins))


bin_number_p = Primitive("bin_number", _bin_number, family=FAMILY)
bin_number_p.aval = lambda x, edges: array_aval(x, x.shape, _INTP)
bin_number_p.rule = NONDIFF
bin_number_p.batch = _edges_batch(bin_number_p)


# --- bincount --------------------------------------------------------------------------------------


def _bincount(xp: Any, x: Any, weights: Any = None, *, length: int) -> Any:
    return xp.bincount(x, weights, length)


def _bincount_aval(x: Aval, weights: Aval | None = None, *, length: int) -> Aval:
    return array_aval(x, (length,), _INTP if weights is None else np.dtype(float))


def _bincount_batch(size: int, values: Any, at: Any, *, length: int) -> Any:
    """The examples count into places of their own."""
    x, *weights = in_front(size, values, at)
    x = x + iota(size, 2, aval_of(x).place) * length
    row = bincount_p.bind(*(reshape(v, (-1,)) for v in (x, *weights)), length=size * length)
    return reshape(row, (size, length)), 0


bincount_p = Primitive("bincount", _bincount, family=FAMILY)
bincount_p.aval = _bincount_aval
bincount_p.rule = Linear(None, lambda g, x, weights, *, length: take_p.bind(g, x, axis=0))
bincount_p.batch = _bincount_batch


READERS["bincount"] = lambda numbers, minlength: len(np.bincount(numbers, minlength=minlength))


@implements(np.bincount)
@plainly(np.bincount)
def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """How often each whole number occurs in ``x``, or how much weight it has together.

    Linear in the weights. The length of the result is decided by the values of ``x``.
    """
    place = HOST if weights is None or isinstance(weights, (list, tuple)) else aval_of(weights).place
    numbers = operand(listed(x, place))
    demand(numbers, "np.bincount", _FIXED)
    length = decided("bincount", numbers, minlength=minlength)
    if weights is None:
        return bincount_p.bind(numbers, length=length)
    weights = array_of(weights, numbers)
    if shape_of(weights) != shape_of(numbers) or aval_of(weights).dtype.kind == "c":
        np.bincount(np.zeros(shape_of(numbers), _INTP), np.zeros(shape_of(weights), aval_of(weights).dtype))
    return bincount_p.bind(numbers, weights, length=length)


def tally(number: Any, weights: Any, bins: int) -> Any:
    """How much weight each bin got, of shape ``(batch, bins)``; None for ones.

    Weights may be complex. Numbers of bins beyond the last are left out.
    """
    size, each = shape_of(number)[0], bins + 1
    places = reshape(number + iota(size, 2, aval_of(number).place) * each, (-1,))
    parts = [None] if weights is None else [weights]
    if weights is not None and aval_of(weights).dtype.kind == "c":
        parts = [weights.real, weights.imag]
    found = []
    for part in parts:
        operands = [places] if part is None else [places, reshape(convert(part, np.dtype(float)), (-1,))]
        counted = bincount_p.bind(*operands, length=size * each)
        found.append(reshape(counted, (size, each))[:, :bins])
    return found[0] if len(found) == 1 else found[0] + 1j * found[1]
