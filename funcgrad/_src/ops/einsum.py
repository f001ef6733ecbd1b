"""``einsum`` and ``einsum_path``: sums of products in index notation.

The primitive keeps the subscripts as the user wrote them, since the order of NumPy's sums depends on
them; its rules work on the explicit form, in which an ellipsis has become letters. In it the cotangent
of an operand is again an einsum: of the cotangent and the other operands, onto the operand's letters.
A letter that stands twice in one operand (a diagonal) is written back by ``set_diagonals``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from operator import index
from typing import Any

import numpy as np

from ..backends import HOST
from ..base.errors import UnsupportedError
from ..core.aval import Aval, abstract_place, array_aval, aval_of, make_aval
from ..core.inplace import Links, link_view
from ..core.primitive import Primitive
from ..core.trace import Tracer
from .contract import operand, refuse, to_front
from .declare import Linear, Multilinear
from .structural import convert, fit, move_axis, reshape
from .tables import implements
from .ufunc import write_out

FAMILY = "einsum"
Options = tuple[tuple[str, Any], ...]
# From this many multiplications on, a cotangent is worth the search for a path through matrix products.
_WORTH_A_PATH = 1 << 13
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_UPPER = _LOWER.upper()


# --- subscripts ------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def explicit(subscripts: str, ndims: tuple[int, ...]) -> tuple[tuple[str, ...], str]:
    """The letters of each operand and of the result; an ellipsis becomes letters nobody uses.

    NumPy has accepted the subscripts for operands of so many axes.
    """
    given, arrow, out = subscripts.replace(" ", "").partition("->")
    terms = given.split(",")
    extra = [ndim - len(term.replace("...", "")) for term, ndim in zip(terms, ndims, strict=True)]
    unused = unused_letters(subscripts)
    if not arrow:
        counts = Counter(given.replace(".", "").replace(",", ""))
        out = "..." * ("..." in given) + "".join(sorted(letter for letter, n in counts.items() if n == 1))
    shared = unused[: max(extra, default=0)]
    named = tuple(
        term.replace("...", shared[len(shared) - n :]) for term, n in zip(terms, extra, strict=True)
    )
    return named, out.replace("...", shared)


def unused_letters(*terms: str) -> str:
    """The letters that are in none of ``terms``."""
    return "".join(letter for letter in _LOWER + _UPPER if not any(letter in term for term in terms))


def lengths(terms: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
    """The length of each letter; 1 gives way to any other."""
    found: dict[str, int] = {}
    for term, shape in zip(terms, shapes, strict=True):
        for letter, n in zip(term, shape, strict=True):
            have = found.get(letter, 1)
            if n != have and 1 not in (n, have):
                raise ValueError(f"operands could not be broadcast together: {letter!r} is {have} and {n}")
            found[letter] = n if have == 1 else have
    return found


# --- set_diagonals: the transpose of reading a diagonal --------------------------------------------


def _set_diagonals(xp: Any, x: Any, *, term: str, shape: tuple[int, ...]) -> Any:
    letters = list(dict.fromkeys(term))
    out = xp.zeros(shape, x.dtype)
    index = []
    for letter in term:
        i, n = letters.index(letter), shape[term.index(letter)]
        index.append(xp.arange(n).reshape((n,) + (1,) * (len(letters) - i - 1)))
    out[tuple(index)] = x
    return out


def _set_diagonals_batch(size: int, values: Any, axes: Any, *, term: str, shape: tuple[int, ...]) -> Any:
    x, letter = move_axis(values[0], axes[0], 0), unused_letters(term)[0]
    return set_diagonals(x, letter + term, (size, *shape)), 0


set_diagonals_p = Primitive("set_diagonals", _set_diagonals, family=FAMILY)
set_diagonals_p.aval = lambda x, *, term, shape: array_aval(x, shape, x.dtype)
set_diagonals_p.rule = Linear(lambda g, x, *, term, shape: _read_diagonals(g, term))
set_diagonals_p.batch = _set_diagonals_batch


def _read_diagonals(g: Any, term: str) -> Any:
    return _summed(f"{term}->{''.join(dict.fromkeys(term))}", g)


def set_diagonals(x: Any, term: str, shape: tuple[int, ...]) -> Any:
    """Zeros of this shape with ``x`` where indices with the same letter in ``term`` agree."""
    return set_diagonals_p.bind(x, term=term, shape=shape)


# --- einsum ----------------------------------------------------------------------------------------


# ``options`` are the arguments dtype, order and casting that were given. With dtype= the operands are cast
# first; the order is one of the result's memory.


def _einsum(xp: Any, *xs: Any, subscripts: str, optimize: Any, options: Options) -> Any:
    given = dict(options)
    if xp is not np and (given.pop("order", "K"), given.pop("casting", "safe")) != ("K", "safe"):
        raise UnsupportedError(
            "einsum: the arguments order and casting are not supported on devices.",
            hint="leave them out; convert the operands with astype first",
        )
    return xp.einsum(subscripts, *xs, optimize=optimize, **given)


def _einsum_aval(*avals: Aval, subscripts: str, optimize: Any, options: Options) -> Aval:
    ndims = tuple(a.ndim for a in avals)
    dtype = _checked(subscripts, ndims, tuple(a.dtype for a in avals), optimize, options)
    terms, out = explicit(subscripts, ndims)
    try:
        sizes = lengths(terms, [a.shape for a in avals])
    except ValueError:
        refuse(lambda *xs: np.einsum(subscripts, *xs), *avals)
    place = abstract_place(avals)
    kind: Any = "array"
    if not out and place == HOST:
        kind = _scalar_kind(subscripts, tuple(tuple(min(n, 2) for n in a.shape) for a in avals), optimize)
    return make_aval(tuple(sizes[letter] for letter in out), dtype, kind, place)


@lru_cache(maxsize=1024)
def _checked(
    subscripts: str,
    ndims: tuple[int, ...],
    dtypes: tuple[np.dtype[Any], ...],
    optimize: Any,
    options: Options,
) -> np.dtype[Any]:
    """The dtype of the result; NumPy's own error for subscripts that it does not take."""
    ones = [np.ones((1,) * ndim, dtype) for ndim, dtype in zip(ndims, dtypes, strict=True)]
    return np.asarray(np.einsum(subscripts, *ones, optimize=optimize, **dict(options))).dtype


@lru_cache(maxsize=256)
def _scalar_kind(subscripts: str, shapes: tuple[tuple[int, ...], ...], optimize: Any) -> str:
    """What NumPy returns for a full sum: a scalar, or a 0-d array where a path is taken.

    It depends on which lengths are 1, and on no other: a small example tells.
    """
    found = np.einsum(subscripts, *map(np.ones, shapes), optimize=optimize)
    return "array" if isinstance(found, np.ndarray) else "scalar"


def _einsum_pull(i: int, g: Any, *xs: Any, subscripts: str, optimize: Any, options: Options) -> Any:
    avals = [aval_of(x) for x in xs]
    if (dtype := dict(options).get("dtype")) is not None:
        xs = tuple(x if j == i else convert(x, dtype) for j, x in enumerate(xs))
    terms, out = explicit(subscripts, tuple(a.ndim for a in avals))
    sizes = lengths(terms, [a.shape for a in avals])
    others = [j for j in range(len(xs)) if j != i]
    reached = set(out).union(*(terms[j] for j in others))
    letters = "".join(dict.fromkeys(terms[i]))
    target = "".join(letter for letter in letters if letter in reached)
    value = _product(
        [out, *(terms[j] for j in others)], [g, *(xs[j] for j in others)], target, sizes, optimize
    )
    kept = aval_of(value).shape
    value = reshape(value, tuple(kept[target.index(c)] if c in target else 1 for c in letters))
    if letters == terms[i]:
        return value
    own = tuple(avals[i].shape[terms[i].index(letter)] for letter in letters)
    return set_diagonals(
        fit(value, array_aval(avals[i], own, aval_of(value).dtype)), terms[i], avals[i].shape
    )


def _product(terms: list[str], xs: list[Any], target: str, sizes: dict[str, int], optimize: Any) -> Any:
    """The einsum of these; a path is taken where that pays. A scalar cotangent is a factor in the end."""
    factor = None
    if not terms[0] and len(terms) > 1:
        factor, terms, xs = xs[0], terms[1:], xs[1:]
    if terms == [target]:
        value = xs[0]
    else:
        work = math.prod(sizes[letter] for letter in set("".join(terms)))
        uneven = any(
            n == 1 != sizes[c]
            for t, x in zip(terms, xs, strict=True)
            for c, n in zip(t, aval_of(x).shape, strict=True)
        )
        path = (optimize is not False or work >= _WORTH_A_PATH) and not uneven and len(xs) > 1
        value = _summed(",".join(terms) + "->" + target, *xs, optimize=path)
    return value if factor is None else factor * value


def _einsum_batch(
    size: int,
    values: tuple[Any, ...],
    axes: tuple[Any, ...],
    *,
    subscripts: str,
    optimize: Any,
    options: Options,
) -> Any:
    values = tuple(to_front(values, axes))
    ndims = tuple(aval_of(v).ndim - (axis is not None) for v, axis in zip(values, axes, strict=True))
    terms, out = explicit(subscripts, ndims)
    letter = unused_letters(*terms, out)[0]
    named = [term if axis is None else letter + term for term, axis in zip(terms, axes, strict=True)]
    optimize = optimize if isinstance(optimize, bool) or optimize[0] == "einsum_path" else True
    return _summed(",".join(named) + "->" + letter + out, *values, optimize=optimize, options=options), 0


einsum_p = Primitive("einsum", _einsum, family=FAMILY)
einsum_p.aval = _einsum_aval
einsum_p.rule = Multilinear(varargs=_einsum_pull)
einsum_p.batch = _einsum_batch


def _summed(subscripts: str, *xs: Any, optimize: Any = False, options: Options = ()) -> Any:
    """``einsum``, for rules."""
    return einsum_p.bind(*xs, subscripts=subscripts, optimize=optimize, options=options)


_PLAIN = (np.ndarray, np.generic, str, bytes, int, float, complex)


@implements(np.einsum)
def einsum(*operands: Any, out: Any = None, optimize: Any = False, **kwargs: Any) -> Any:
    """Sums of products in index notation, as a string or as lists of ints between the operands.

    A diagonal or permutation of one operand is a view in NumPy; a traced one cannot be written to.
    """
    if all(isinstance(x, _PLAIN) for x in operands):
        return np.einsum(*operands, out=out, optimize=optimize, **kwargs)
    subscripts, xs = _string_form(operands)
    options = _options(kwargs)
    result = einsum_p.bind(*xs, subscripts=subscripts, optimize=_hashable(optimize), options=options)
    if out is not None:
        _check_target(out, result, dict(options).get("casting", "safe"))
        return write_out(out, result, "einsum(out=...)")
    return _link(result, xs[0], subscripts) if len(xs) == 1 else result


def _options(kwargs: dict[str, Any]) -> Options:
    found = []
    for name, value in kwargs.items():
        if name not in ("dtype", "order", "casting"):
            raise TypeError(f"einsum() got an unexpected keyword argument {name!r}")
        if value is not None:
            found.append((name, np.dtype(value) if name == "dtype" else value))
    return tuple(sorted(found))


def _check_target(out: Any, result: Any, casting: Any) -> None:
    have, new = aval_of(out), aval_of(result)
    if not np.can_cast(new.dtype, have.dtype, casting):
        raise TypeError(
            f"einsum: the result of {new.dtype} cannot be cast to out= of {have.dtype} ({casting!r})"
        )
    if new.shape != have.shape:
        raise ValueError(f"einsum: out= has shape {have.shape}, the result {new.shape}")


@implements(np.einsum_path, support="metadata")
def einsum_path(*operands: Any, optimize: Any = "greedy", einsum_call: bool = False) -> Any:
    """The order of contractions that ``einsum`` would take, and its cost as text: shapes decide."""
    if einsum_call or not any(type(x) is Tracer for x in operands):
        return np.einsum_path(*operands, optimize=optimize, einsum_call=einsum_call)  # type: ignore[arg-type]
    subscripts, xs = _string_form(operands)
    shapes = [np.broadcast_to(np.zeros((), aval.dtype), aval.shape) for aval in map(aval_of, xs)]
    return np.einsum_path(subscripts, *shapes, optimize=optimize)


def _string_form(operands: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    if len(operands) < 2:
        raise ValueError("must provide at least an operand and a subscripts list to einsum")
    first = operands[0].decode() if isinstance(operands[0], bytes) else operands[0]
    subscripts, xs = (first, operands[1:]) if isinstance(first, str) else _from_lists(operands)
    return subscripts, tuple(map(operand, xs))


def _link(result: Any, x: Any, subscripts: str) -> Any:
    """A view may have been made: writing to it, or to what it shows, is refused."""
    if type(result) is Tracer and result is not x:
        link_view(
            result, x, einsum_p, {"subscripts": subscripts, "optimize": False, "options": ()}, sure=False
        )
        if isinstance(result.links, Links):
            result.links.opaque = True
    return result


def _hashable(optimize: Any) -> Any:
    """A path as tuples."""
    return tuple(map(_hashable, optimize)) if isinstance(optimize, (list, tuple)) else optimize


def _from_lists(operands: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The string for ``einsum(x, [0, 1], y, [1, 2], [0, 2])``."""
    count = len(operands) // 2
    terms = ",".join(_letters(operands[2 * i + 1]) for i in range(count))
    arrow = "->" + _letters(operands[-1]) if len(operands) % 2 else ""
    return terms + arrow, tuple(operands[2 * i] for i in range(count))


def _letters(labels: Any) -> str:
    order, found = _UPPER + _LOWER, ""
    for label in labels:
        if label is not Ellipsis and not 0 <= index(label) < len(order):
            raise ValueError(f"einsum: subscript is not within the valid range [0, {len(order)})")
        found += "..." if label is Ellipsis else order[label]
    return found
