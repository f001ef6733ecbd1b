"""Polynomials by their coefficients, the highest power first: sums, products, quotients, values.

NumPy's own steps in NumPy's order. Some results are as long as the values say: NumPy drops leading zeros of
the factors of ``polymul`` and of the remainder of ``polydiv``. That needs known values; the derivative by a
dropped coefficient is kept. ``np.poly1d`` of traced values works as far as these functions do.
"""

from __future__ import annotations

from operator import index
from typing import Any

import numpy as np

from ..base.errors import UnsupportedError
from ..core.aval import Aval, array_aval, aval_of
from ..core.primitive import Primitive
from .arithmetic import add, subtract
from .convolving import convolve
from .creation import zeros_like
from .decisions import READERS, decided, demand
from .declare import Explicit
from .given import arrays_of, lists_beside
from .indexing import getitem, iota, zeros_beside
from .join import concatenate, stack
from .plain import plainly, valued
from .shape import as_array, atleast_1d, shape_of
from .slices import cut_axis, write_slice
from .structural import convert, move_axis, reshape, stop_gradient_p, sum_axes
from .tables import implements

FAMILY = "polynomials"
OUTSIDE = "call it outside, where values are known: under grad, jvp, vjp and linearize they are"


def _coefficients(*polynomials: Any) -> tuple[list[Any], bool]:
    """Arrays of at least one axis, and whether the result is to be a poly1d."""
    wanted = any(isinstance(p, np.poly1d) for p in polynomials)
    found = arrays_of(*[p.coeffs if isinstance(p, np.poly1d) else p for p in polynomials])
    return [atleast_1d(p) for p in found], wanted


def _as(result: Any, wanted: bool) -> Any:
    return np.poly1d(result) if wanted else result


# --- polyadd, polysub ------------------------------------------------------------------------------


def _widened(a: Any, missing: int) -> Any:
    if missing <= 0:
        return a
    return concatenate([zeros_beside(a, (missing,), aval_of(a).dtype), a])


def _combine(op: Any, a1: Any, a2: Any) -> Any:
    (a1, a2), wanted = _coefficients(a1, a2)
    more = shape_of(a2)[0] - shape_of(a1)[0]
    return _as(op(_widened(a1, more), _widened(a2, -more)), wanted)


@implements(np.polyadd)
@plainly(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    """The sum of two polynomials."""
    return _combine(add, a1, a2)


@implements(np.polysub)
@plainly(np.polysub)
def polysub(a1: Any, a2: Any) -> Any:
    """The difference of two polynomials."""
    return _combine(subtract, a1, a2)


# --- polymul ---------------------------------------------------------------------------------------


def _leading_zeros(p: Any) -> int:
    """How many leading coefficients NumPy drops: of zeros alone, all but the last."""
    demand(p, "np.polymul", "np.convolve(a1, a2), which keeps leading zeros")
    return decided("leading_zeros", p)  # type: ignore[no-any-return]


def _count_leading_zeros(p: Any) -> int:
    used = p != 0
    return int(used.argmax()) if used.any() else max(len(used) - 1, 0)


READERS["leading_zeros"] = _count_leading_zeros


def _factor(a: Any) -> Any:
    if aval_of(a).ndim > 1:
        raise ValueError("Polynomial must be 1d only.")
    return a if shape_of(a)[0] else zeros_beside(a, (1,), aval_of(a).dtype)


@implements(np.polymul)
@plainly(np.polymul)
def polymul(a1: Any, a2: Any) -> Any:
    """The product of two polynomials, without their leading zeros; ``np.convolve`` keeps them."""
    found, wanted = _coefficients(a1, a2)
    a1, a2 = map(_factor, found)
    drop1, drop2 = (_leading_zeros(a) for a in (a1, a2))
    if not drop1 and not drop2:
        return _as(convolve(a1, a2), wanted)
    fixed = [cut_axis(stop_gradient_p.bind(a), 0, drop, None) for a, drop in ((a1, drop1), (a2, drop2))]
    model = cut_axis(convolve(a1, a2), 0, drop1 + drop2, None)
    return _as(valued(convolve(*fixed), model), wanted)


# --- polydiv ---------------------------------------------------------------------------------------


@implements(np.polydiv)
@plainly(np.polydiv)
def polydiv(u: Any, v: Any) -> Any:
    """Quotient and remainder; leading coefficients of the remainder that are nearly zero are dropped."""
    found, wanted = _coefficients(u, v)
    if any(aval_of(p).ndim > 1 for p in found):
        raise UnsupportedError(
            "polydiv: coefficients of more than one axis are not supported on traced values.",
            expected="two rows of numbers",
            got=" and ".join(str(aval_of(p)) for p in found),
        )
    u, v = (p + 0.0 for p in found)
    dtype = aval_of(getitem(u, 0) + getitem(v, 0)).dtype
    degree, scale = shape_of(v)[0], 1.0 / getitem(v, 0)
    r = convert(u, dtype)
    quotient = []
    for k in range(shape_of(u)[0] - degree + 1):
        quotient.append(scale * getitem(r, k))
        rest = cut_axis(r, 0, k, k + degree) - quotient[-1] * v
        r = write_slice(r, convert(rest, dtype), ((k, k + degree, None),))
    q = convert(stack(quotient), dtype) if quotient else zeros_beside(r, (1,), dtype)
    demand(r, "np.polydiv", OUTSIDE)
    r = cut_axis(r, 0, decided("nearly_zero", r), None)
    return _as(q, wanted), _as(r, wanted)


def _nearly_zero(r: Any) -> int:
    """How many leading coefficients are within 1e-8 of zero; the last is never counted."""
    k = 0
    while k < len(r) - 1 and bool(abs(r[k]) <= 1e-8):
        k += 1
    return k


READERS["nearly_zero"] = _nearly_zero


# --- polyder, polyint ------------------------------------------------------------------------------


def _powers(p: Any) -> Any:
    """n, …, 1 for an array of length ``n``, at its place."""
    n = shape_of(p)[0]
    return n - iota(n, 1, aval_of(p).place)


@implements(np.polyder)
@plainly(np.polyder)
def polyder(p: Any, m: int = 1) -> Any:
    """The ``m``-th derivative of a polynomial."""
    m = int(m)
    if m < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    if isinstance(p, np.poly1d):
        return np.poly1d(polyder(p.coeffs, m))
    p = arrays_of(p)[0]
    for _ in range(m):
        p = cut_axis(p, 0, None, -1)
        p = p * _powers(p)
    return p


@implements(np.polyint)
@plainly(np.polyint)
def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """The ``m``-th integral of a polynomial, with the constants ``k``."""
    m = int(m)
    if m < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    if isinstance(p, np.poly1d):
        return np.poly1d(polyint(p.coeffs, m, k))
    p, *given = arrays_of(p, *[] if k is None else [k])
    constants = atleast_1d(given[0]) if given else zeros_beside(p, (m,), np.float64)
    if shape_of(constants)[0] == 1 and m > 1:
        constants = getitem(constants, 0) * (zeros_beside(p, (m,), np.float64) + 1.0)
    if shape_of(constants)[0] < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    for i in range(m):
        p = concatenate([p / _powers(p), cut_axis(constants, 0, i, i + 1)])
    return p


# --- polyval ---------------------------------------------------------------------------------------


@implements(np.polyval)
@plainly(np.polyval)
def polyval(p: Any, x: Any) -> Any:
    """The value of a polynomial at ``x``, by Horner's scheme."""
    if isinstance(x, np.poly1d):
        raise UnsupportedError(
            "polyval: a polynomial of a polynomial is not supported on traced values.",
            hint="sum the powers of x with np.polymul and np.polyadd",
        )
    p, x = arrays_of(p.coeffs if isinstance(p, np.poly1d) else p, x)
    if not shape_of(p):
        raise TypeError("iteration over a 0-d array")
    y = zeros_like(x)
    for i in range(shape_of(p)[0]):
        y = y * x + getitem(p, i)
    return y


# --- vander ----------------------------------------------------------------------------------------

# The column x^k has the derivative k x^(k-1): the columns before it, times their powers.


def _vander_host(x: Any, *, n: int, increasing: bool) -> Any:
    """On stacks of rows: a matrix for each."""
    return np.vander(x.ravel(), n, increasing).reshape((*x.shape, n))


def _vander(xp: Any, x: Any, *, n: int, increasing: bool) -> Any:
    return xp.vander(x.ravel(), n, increasing).reshape((*x.shape, n))


def _slopes(x: Any, n: int, increasing: bool) -> Any:
    """The derivative of each column."""
    aval = aval_of(x)
    zero = zeros_beside(x, (*aval.shape, min(n, 1)), np.promote_types(aval.dtype, int))
    if n < 2:
        return zero
    powers = vander_p.bind(x, n=n - 1, increasing=increasing)
    counts = iota(n - 1, 1, aval.place) + 1
    parts = [zero, powers * (counts if increasing else n - counts)]
    return concatenate(parts if increasing else parts[::-1], -1)


def _vander_jvp(t: Any, out: Any, x: Any, *, n: int, increasing: bool) -> Any:
    return reshape(t[0], (*shape_of(x), 1)) * _slopes(x, n, increasing)


def _vander_vjp(g: Any, out: Any, x: Any, *, n: int, increasing: bool) -> list[Any]:
    return [sum_axes(g * _slopes(x, n, increasing), aval_of(x).ndim)]


def _vander_aval(x: Aval, *, n: int, increasing: bool) -> Aval:
    return array_aval(x, (*x.shape, n), np.promote_types(x.dtype, int))


vander_p: Primitive = Primitive("vander", _vander, host=_vander_host, family=FAMILY)
vander_p.aval = _vander_aval
vander_p.rule = Explicit(jvp=_vander_jvp, vjp=_vander_vjp)
vander_p.batch = lambda size, values, at, **params: (
    vander_p.bind(move_axis(values[0], at[0], 0), **params),
    0,
)


@implements(np.vander)
@plainly(np.vander)
def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers of ``x`` as columns, falling unless ``increasing``."""
    x = as_array(lists_beside((x,))[0])
    if aval_of(x).ndim != 1:
        raise ValueError("x must be a one-dimensional array or sequence.")
    n = aval_of(x).size if N is None else index(N)
    if n < 0:
        raise ValueError("negative dimensions are not allowed")
    return vander_p.bind(x, n=n, increasing=bool(increasing))
