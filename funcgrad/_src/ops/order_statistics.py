"""Which elements of a sorted row a quantile reads, and with what weight: for values, derivatives, batches.

A row is a last axis of length ``n``. At the probability ``q`` a quantile lies at a place ``v`` of the sorted
row, a number that grows in proportion to ``q``. The element before it and the one after it are read, and
weighed with the fraction of ``v``; or only one of them. Between equal elements the order is that of a
stable sort. A NaN sorts last: in a row that has one it is all that is read, unless NaN is left out.

Hyndman & Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996), gives the
places; ``_ENDS`` are its α and β, with v = n q + α + q (1 - α - β) - 1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..core.aval import aval_of
from .axes import inverse_permutation, normal_axes, reduced_shape
from .index_form import ARRAY
from .indexing import getitem_p, index_add_p, iota, zeros_beside
from .select import where as choose
from .sorting import argsort_p
from .structural import convert, reshape, transpose

_ENDS = {
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "linear": (1.0, 1.0),
    "median_unbiased": (1 / 3.0, 1 / 3.0),
    "normal_unbiased": (3 / 8.0, 3 / 8.0),
}
_INTP = np.dtype(np.intp)


# --- rows ------------------------------------------------------------------------------------------


def _order(ndim: int, axes: tuple[int, ...]) -> list[int]:
    return [i for i in range(ndim) if i not in axes] + sorted(axes)


def to_rows(x: Any, axis: Any) -> Any:
    """``x`` with the axes to be reduced as one, the last."""
    shape = aval_of(x).shape
    axes = normal_axes(axis, len(shape))
    moved = transpose(x, _order(len(shape), axes)) if shape else x
    rest = reduced_shape(shape, axes, False)
    return reshape(moved, (*rest, int(np.prod([shape[i] for i in axes], dtype=int))))


def from_rows(rows: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """The inverse of ``to_rows``."""
    order = _order(len(shape), normal_axes(axis, len(shape)))
    moved = reshape(rows, tuple(shape[i] for i in order))
    return transpose(moved, inverse_permutation(order)) if shape else moved


def _template(ndim: int) -> Any:
    return (ARRAY,) * ndim


def _index(shape: tuple[int, ...], at: Any, place: str) -> list[Any]:
    return [*(iota(n, len(shape) - i, place) for i, n in enumerate(shape[:-1])), at]


def pick(rows: Any, at: Any) -> Any:
    """The elements ``at`` of each row."""
    aval = aval_of(rows)
    return getitem_p.bind(rows, *_index(aval.shape, at, aval.place), index=_template(aval.ndim))


def put_back(values: Any, at: Any, rows: Any) -> Any:
    """Zeros like ``rows``, with ``values`` added to the elements ``at``: the transpose of ``pick``."""
    aval = aval_of(rows)
    blank = zeros_beside(values, aval.shape, aval_of(values).dtype)
    return index_add_p.bind(blank, values, *_index(aval.shape, at, aval.place), index=_template(aval.ndim))


# --- what is read ----------------------------------------------------------------------------------


class Reads(NamedTuple):
    """Numbers of elements in their rows, and the weight of the second; ``count`` elements have a say."""

    lower: Any
    upper: Any
    fraction: Any
    count: Any


def slope(count: Any, method: str) -> Any:
    """How much the place moves with ``q``; None if the quantile is constant between jumps."""
    if method not in _ENDS:
        return None
    alpha, beta = _ENDS[method]
    return count + (1.0 - alpha - beta)


def _place(count: Any, q: Any, method: str) -> Any:
    if method == "linear":
        return (count - 1) * q
    alpha, beta = _ENDS[method]
    return count * q + (alpha + q * (1 - alpha - beta)) - 1


def _around(count: Any, q: Any, method: str) -> tuple[Any, Any, Any]:
    """Both places and the fraction, for the methods that are continuous in ``q`` and their relatives."""
    if method == "midpoint":
        v = 0.5 * (np.floor((count - 1) * q) + np.ceil((count - 1) * q))
    elif method == "averaged_inverted_cdf":
        v = count * q - 1
    else:
        v = _place(count, q, method)
    lower = np.floor(v)
    fraction = v - lower
    if method == "midpoint":
        fraction = choose(fraction == 0, 0.0, 0.5)
    elif method == "averaged_inverted_cdf":
        fraction = choose(fraction == 0, 0.5, 1.0)
    upper = choose(v < 0, 0.0, choose(v >= count - 1, count - 1, lower + 1))
    return choose(v < 0, 0.0, choose(v >= count - 1, count - 1, lower)), upper, fraction


def _jumps(count: Any, q: Any, method: str) -> Any:
    """The one place that a discrete method reads, as a number."""
    if method in ("lower", "higher", "nearest"):
        rounding = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}[method]
        return rounding((count - 1) * q)
    v = count * q - 1 if method == "inverted_cdf" else count * q - 1 - 0.5
    before = np.floor(v)
    stay = v == before
    if method == "closest_observation":
        stay = stay & (np.remainder(before, 2) == 1)
    return np.maximum(choose(stay, before, before + 1), 0.0)


def _weighted(order: Any, rows: Any, q: Any, weights: Any, skip: Any) -> Any:
    """The first place at which the share of the weights reaches ``q``."""
    weights = pick(convert(weights, np.dtype(float)), order)
    if skip is not None:
        weights = choose(pick(skip, order), 0.0, weights)
    share = np.cumsum(weights, axis=-1)
    share = convert(share / share[..., -1:], aval_of(q).dtype)
    share = choose(share == 0, -1.0, share)  # even q = 0 asks for a weight
    below = share[..., None, :] < q[..., :, None]
    return np.minimum(np.sum(below, axis=-1), aval_of(rows).shape[-1] - 1)


def reads(rows: Any, q: Any, weights: Any, method: str, nan: bool) -> Reads:
    """What quantiles at ``q``, of shape ``(…, k)``, read of ``rows``, of shape ``(…, n)``.

    ``nan``: NaN is left out.
    """
    n: Any = aval_of(rows).shape[-1]
    missing = np.isnan(rows) if aval_of(rows).inexact else None
    order = argsort_p.bind(rows, axis=aval_of(rows).ndim - 1, kind="stable")
    count = n
    if nan and missing is not None:
        count = n - convert(np.sum(missing, axis=-1, keepdims=True), aval_of(q).dtype)
    fraction: Any = None
    if weights is not None:
        lower = upper = _weighted(order, rows, q, weights, missing if nan else None)
    elif method in _ENDS or method in ("midpoint", "averaged_inverted_cdf"):
        lower, upper, fraction = _around(count, q, method)
    else:
        lower = upper = _jumps(count, q, method)
    if missing is not None and not nan:
        spoiled = np.any(missing, axis=-1, keepdims=True)
        lower, upper = (choose(spoiled, n - 1, place) for place in (lower, upper))
    lower, upper = (np.maximum(convert(place, _INTP), 0) for place in (lower, upper))
    return Reads(pick(order, lower), pick(order, upper), fraction, count)


def value_at(rows: Any, read: Reads, dtype: np.dtype[Any]) -> Any:
    """The quantiles themselves, computed as NumPy does, in its dtype."""
    first = pick(rows, read.lower)
    if read.fraction is None:
        return convert(first, dtype)
    second = pick(rows, read.upper)
    gap = second - first
    fraction = convert(read.fraction, np.empty(0, dtype).real.dtype)
    mixed = choose(fraction >= 0.5, second - gap * (1 - fraction), first + gap * fraction)
    return convert(mixed, dtype)
