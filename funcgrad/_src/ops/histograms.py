"""Histograms: counts are discrete in the data, linear in the weights; edges follow the data's ends.

Without ``range`` the first and the last edge are the smallest and the largest of the data, and have their
derivative; so has a density, which is divided by the widths of the bins.
"""

from __future__ import annotations

import operator
import warnings
from typing import Any

import numpy as np

from ..backends import HOST
from ..base.errors import UnsupportedError
from ..core.aval import Aval, array_aval, aval_of
from ..core.primitive import Primitive
from .beside import beside
from .counting import bin_number_p, tally
from .creation import linspace_p
from .declare import Linear
from .extremes import max, min
from .given import array_of, known
from .index_form import known_value
from .indexing import zeros_beside
from .join import concatenate_p, stack
from .plain import is_plain, plainly
from .reductions import sum
from .select import promote
from .select import where as choose
from .shape import atleast_2d, operand, ravel, reshape, shape_of
from .slices import in_front
from .structural import convert, transpose
from .tables import implements
from .taking import take_p

FAMILY = "histograms"
_BINS = "give the number of bins"
_MOST = 64  # operands
_FLOAT = np.dtype(float)


# --- counts ----------------------------------------------------------------------------------------
#
# The first operand are the weights, or True for ones. They are the only one by which there is a
# derivative: each weight goes into one cell, whose cotangent it gets back.


def _unweighted(weights: Any) -> bool:
    return type(weights) is np.bool_


def _cells(columns: Any, edges: Any) -> tuple[Any, int]:
    """The cell of each example, in C order, of all cells; that many for those that fall into none."""
    number: Any = 0
    inside: Any = True
    total = 1
    for column, edge in zip(columns, edges, strict=True):
        bins = shape_of(edge)[-1] - 1
        places = bin_number_p.bind(column, edge)
        number, inside, total = number * bins + places, inside & (places < bins), total * bins
    return choose(inside, number, total), total


def _cells_back(g: Any, columns: Any, edges: Any) -> Any:
    """The cotangent of the weights; 0 for those that were left out."""
    cells, _ = _cells(columns, edges)
    blank = zeros_beside(g, (1,), aval_of(g).dtype)
    return take_p.bind(concatenate_p.bind(reshape(g, (-1,)), blank, axis=0, dtype=None), cells, axis=0)


def _counted(weights: Any, columns: Any, edges: Any, dtype: Any) -> Any:
    """Counts of a batch of examples that lie along the last axis of each column."""
    cells, total = _cells(columns, edges)
    found = convert(tally(cells, None if _unweighted(weights) else weights, total), dtype)
    return reshape(found, (shape_of(found)[0], *(shape_of(edge)[-1] - 1 for edge in edges)))


def _alone(weights: Any, columns: Any, edges: Any, dtype: Any) -> Any:
    """The same without a batch."""
    row = weights if _unweighted(weights) else weights[None]
    return _counted(row, [column[None] for column in columns], edges, dtype)[0]


def _weights_in_front(size: int, values: Any, at: Any) -> tuple[Any, ...]:
    """The first two operands with their batch axis in front."""
    if _unweighted(values[0]):
        return values[0], in_front(size, values[1:2], at[1:2])[0]
    return tuple(in_front(size, values[:2], at[:2]))


def _edges_in_front(size: int, values: Any, at: Any) -> list[Any]:
    """Edges as they are, if they are the same for all."""
    return [v if b is None else in_front(size, (v,), (b,))[0] for v, b in zip(values, at, strict=True)]


def _kind(weights: Aval) -> np.dtype[Any]:
    """The dtype of counts, or of sums of weights."""
    return np.dtype(np.intp) if weights.kind == "scalar" and weights.dtype.kind == "b" else weights.dtype


# --- one axis --------------------------------------------------------------------------------------


def _given(weights: Any) -> Any:
    return None if _unweighted(weights) else weights


def _histogram_batch(size: int, values: Any, at: Any) -> Any:
    weights, x = _weights_in_front(size, values, at)
    edges = _edges_in_front(size, values[2:], at[2:])
    return _counted(weights, [x], edges, _kind(aval_of(values[0]))), 0


histogram_p = Primitive(
    "histogram",
    lambda xp, weights, x, edges: _alone(weights, [x], [edges], _kind(aval_of(weights))),
    host=lambda weights, x, edges: np.histogram(x, edges, weights=_given(weights))[0],
    family=FAMILY,
)
histogram_p.aval = lambda weights, x, edges: array_aval(x, (edges.shape[0] - 1,), _kind(weights))
histogram_p.rule = Linear(lambda g, weights, x, edges: _cells_back(g, [x], [edges]))
histogram_p.batch = _histogram_batch


def equal_edges(first: Any, last: Any, bins: int, dtype: Any) -> Any:
    """The edges of bins of the same width, along a last axis."""
    return linspace_p.bind(first, last, num=bins + 1, endpoint=True, dtype=dtype, axis=aval_of(first).ndim)


def _edge_dtype(x: Any, first: Any, last: Any) -> Any:
    """The dtype of NumPy's edges."""
    dtype = promote(*map(aval_of, (first, last, x)))
    return np.result_type(dtype, float) if dtype.kind in "iub" else dtype


def _equal_host(weights: Any, x: Any, first: Any, last: Any, *, bins: int) -> Any:
    return np.histogram(x, bins, (first, last), weights=_given(weights))[0]


def _equal_on_device(xp: Any, weights: Any, x: Any, first: Any, last: Any, *, bins: int) -> Any:
    edges = equal_edges(first, last, bins, _edge_dtype(x, first, last))
    return _alone(weights, [x], [edges], _kind(aval_of(weights)))


def _equal_back(g: Any, weights: Any, x: Any, first: Any, last: Any, *, bins: int) -> Any:
    return _cells_back(g, [x], [equal_edges(first, last, bins, _edge_dtype(x, first, last))])


def _equal_batch(size: int, values: Any, at: Any, *, bins: int) -> Any:
    weights, x = _weights_in_front(size, values, at)
    shared = at[2] is None and at[3] is None
    first, last = values[2:] if shared else in_front(size, values[2:], at[2:])
    edges = equal_edges(first, last, bins, _edge_dtype(x, *values[2:]))
    return _counted(weights, [x], [edges], _kind(aval_of(values[0]))), 0


equal_bins_p = Primitive("equal_bins", _equal_on_device, host=_equal_host, family=FAMILY)
equal_bins_p.aval = lambda weights, x, first, last, *, bins: array_aval(x, (bins,), _kind(weights))
equal_bins_p.rule = Linear(_equal_back)
equal_bins_p.batch = _equal_batch


# --- edges -----------------------------------------------------------------------------------------


def _ends(x: Any, limits: Any) -> tuple[Any, Any]:
    """The first and the last edge: the limits given, or those of the data, a unit apart at least."""
    if limits is not None:
        first, last = beside([x, *map(operand, limits)])[1:]
    elif not aval_of(x).size:
        first, last = 0, 1
    else:
        first, last = min(x), max(x)
    seen = known(first), known(last)
    if seen[0] is None or seen[1] is None:
        one = first == last
        return choose(one, first - 0.5, first), choose(one, last + 0.5, last)
    if limits is not None:
        np.histogram_bin_edges(np.zeros(0), 1, seen)  # NumPy's own errors
    elif not (np.isfinite(seen[0]) and np.isfinite(seen[1])):
        raise ValueError(f"autodetected range of [{seen[0]}, {seen[1]}] is not finite")
    return (first - 0.5, last + 0.5) if seen[0] == seen[1] else (first, last)


def _estimated(x: Any, rule: str, limits: Any, weights: Any) -> int:
    """The number of bins that one of NumPy's rules finds good for the data."""
    if aval_of(x).place != HOST:
        raise UnsupportedError(f"histogram: bins={rule!r} is not supported on a device.", hint=_BINS)
    limits = (
        None if limits is None else tuple(known_value(v, "np.histogram(range=...)", _BINS) for v in limits)
    )
    data = known_value(x, f"np.histogram(bins={rule!r})", _BINS)
    return len(np.histogram_bin_edges(data, rule, limits, None if weights is None else data)) - 1


def _edges(x: Any, bins: Any, limits: Any, weights: Any) -> tuple[Any, Any]:
    """The edges, and first edge, last edge and number of bins if these are of the same width."""
    if not isinstance(bins, str) and np.ndim(bins):
        edges = array_of(bins, x)
        seen = known(edges)
        np.histogram_bin_edges(np.zeros(0), np.zeros(shape_of(edges)) if seen is None else seen)
        return edges, None
    if isinstance(bins, str):
        number = _estimated(x, bins, limits, weights)
    else:
        np.histogram_bin_edges(np.zeros(0), bins)  # NumPy's own errors
        number = operator.index(bins)
    first, last = _ends(x, limits)
    edges = equal_edges(first, last, number, _edge_dtype(x, first, last))
    seen = known(edges)
    if seen is not None and np.any(seen[:-1] >= seen[1:]):
        raise ValueError(f"Too many bins for data range. Cannot create {number} finite-sized bins.")
    return edges, (first, last, number)


def _data(a: Any, weights: Any) -> tuple[Any, Any]:
    """Data and weights as rows."""
    a = array_of(a)
    if aval_of(a).dtype.kind == "b":
        text = f"Converting input from bool to {np.uint8} for compatibility."
        warnings.warn(text, RuntimeWarning, stacklevel=3)
        a = convert(a, np.dtype(np.uint8))
    if weights is not None:
        weights = array_of(weights, a)
        if shape_of(weights) != shape_of(a):
            raise ValueError("weights should have the same shape as a.")
        weights = ravel(weights)
    return ravel(a), weights


@implements(np.histogram_bin_edges)
@plainly(np.histogram_bin_edges)
def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    """The edges of the bins of ``histogram``; without ``range`` they follow the ends of the data."""
    return _edges(*_data(a, weights)[:1], bins, range, weights)[0]


@implements(np.histogram)
@plainly(np.histogram)
def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> Any:
    """How many of the data, or how much of their weight, fall into each bin; and the edges.

    Counts have derivative 0 by the data, also where one lies on an edge, and are linear in the weights.
    Edges taken from the data have their derivative, and a density has that of its bins' widths.
    """
    a, weights = _data(a, weights)
    edges, equal = _edges(a, bins, range, weights)
    mark = np.True_ if weights is None else weights
    if equal is None:
        n = histogram_p.bind(mark, a, edges)
    else:
        n = equal_bins_p.bind(mark, a, *equal[:2], bins=equal[2])
    if density:
        return n / convert(edges[1:] - edges[:-1], _FLOAT) / sum(n), edges
    return n, edges


# --- several axes ----------------------------------------------------------------------------------


def _columns(sample: Any, number: int) -> list[Any]:
    return [sample[..., i] for i in range(number)]


def _grid_host(weights: Any, sample: Any, *edges: Any) -> Any:
    return np.histogramdd(sample, edges, weights=_given(weights))[0]


def _grid_on_device(xp: Any, weights: Any, sample: Any, *edges: Any) -> Any:
    return _alone(weights, _columns(sample, len(edges)), edges, _FLOAT)


def _grid_aval(weights: Aval, sample: Aval, *edges: Aval) -> Aval:
    return array_aval(sample, tuple(edge.shape[0] - 1 for edge in edges), _FLOAT)


def _grid_back(g: Any, weights: Any, sample: Any, *edges: Any) -> Any:
    return _cells_back(g, _columns(sample, len(edges)), edges)


def _grid_batch(size: int, values: Any, at: Any) -> Any:
    weights, sample = _weights_in_front(size, values, at)
    edges = _edges_in_front(size, values[2:], at[2:])
    return _counted(weights, _columns(sample, len(edges)), edges, _FLOAT), 0


histogramdd_p = Primitive("histogramdd", _grid_on_device, host=_grid_host, family=FAMILY)
histogramdd_p.aval = _grid_aval
histogramdd_p.rule = Linear(_grid_back, keep=range(1, _MOST))
histogramdd_p.batch = _grid_batch


def _sample(sample: Any) -> Any:
    """The sample as a table of examples; a sequence of columns otherwise."""
    if isinstance(sample, (list, tuple)):
        sample = array_of(sample) if is_plain(sample) else stack([array_of(column) for column in sample])
    elif aval_of(sample).ndim == 2:
        return sample
    return transpose(atleast_2d(sample))


def _per_axis(bins: Any, limits: Any, axes: int) -> tuple[list[Any], list[Any]]:
    """Bins and limits for each axis."""
    try:
        each = list(bins)
        if len(each) != axes:
            raise ValueError("The dimension of bins must be equal to the dimension of the sample x.")
    except TypeError:
        each = [bins] * axes
    if limits is not None and len(limits) != axes:
        raise ValueError("range argument must have one entry per dimension")
    return each, [None] * axes if limits is None else list(limits)


def _grid_edges(x: Any, bins: Any, limits: Any, axis: int) -> Any:
    """The edges along one axis."""
    if np.ndim(bins):
        edges = array_of(bins, x)
        if (seen := known(edges)) is not None and (seen.ndim != 1 or np.any(seen[:-1] > seen[1:])):
            np.histogramdd(np.zeros((0, axis + 1)), [1] * axis + [seen])  # NumPy's own errors
        return edges
    if bins < 1:
        raise ValueError(f"`bins[{axis}]` must be positive, when an integer")
    first, last = _ends(x, limits)
    return equal_edges(first, last, operator.index(bins), None)


@implements(np.histogramdd)
@plainly(np.histogramdd)
def histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> Any:
    """How many examples, or how much of their weight, fall into each cell of a grid; and its edges.

    Differentiable as ``histogram``.
    """
    sample = _sample(sample)
    axes = shape_of(sample)[1]
    each, limits = _per_axis(bins, range, axes)
    columns = enumerate(_columns(sample, axes))
    edges = [_grid_edges(x, each[i], limits[i], i) for i, x in columns]
    mark = np.True_ if weights is None else array_of(weights, sample)
    hist = histogramdd_p.bind(mark, sample, *edges)
    if density:
        total = sum(hist)
        for i, edge in enumerate(edges):
            widths = edge[1:] - edge[:-1]
            hist = hist / reshape(widths, tuple(-1 if k == i else 1 for k, _ in enumerate(edges)))
        hist = hist / total
    return hist, edges


@implements(np.histogram2d)
@plainly(np.histogram2d)
def histogram2d(
    x: Any,
    y: Any,
    bins: Any = 10,
    range: Any = None,
    density: bool | None = None,
    weights: Any = None,
) -> Any:
    """How many points, or how much of their weight, fall into each cell; and the edges of both axes.

    Differentiable as ``histogram``.
    """
    if len(x) != len(y):
        raise ValueError("x and y must have the same length.")
    several = np.ndim(bins) if not isinstance(bins, (list, tuple)) else 1
    if several and len(bins) not in (1, 2):
        edges = array_of(bins, x)
        bins = [edges, edges]
    hist, (rows, columns) = histogramdd([x, y], bins, range, density, weights)
    return hist, rows, columns
