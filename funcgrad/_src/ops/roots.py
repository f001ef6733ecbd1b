"""Polynomials and their roots; what is real but for rounding.

What these functions return depends on the values: the number of roots, and whether the result is complex.
That is decided by them, so there must be values, and not many (``vmap``).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backends import HOST
from ..base.errors import UnsupportedError
from ..core.aval import aval_of
from ..core.primitive import Primitive
from .complexes import real
from .contract import dot
from .convolving import convolve
from .decisions import MAKERS, READERS, decided, demand, found
from .declare import Explicit
from .given import arrays_of
from .indexing import getitem
from .join import stack
from .plain import plainly
from .polynomials import OUTSIDE, polyder, polyval, vander_p
from .shape import atleast_1d, shape_of
from .structural import broadcast_to, convert, copy_p, full_like_aval
from .tables import implements

FAMILY = "roots"


# --- poly ------------------------------------------------------------------------------------------


@implements(np.poly)
@plainly(np.poly)
def poly(seq_of_zeros: Any) -> Any:
    """The polynomial with these roots, or the characteristic polynomial of a square matrix.

    Of complex roots in exactly conjugate pairs it is real: that is asked of their values.
    """
    zeros = atleast_1d(arrays_of(seq_of_zeros)[0])
    shape = shape_of(zeros)
    if len(shape) == 2 and shape[0] == shape[1] and shape[0]:
        zeros = np.linalg.eigvals(zeros)
    elif len(shape) != 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    dtype = aval_of(zeros).dtype
    if len(shape) == 1:
        dtype = np.dtype(np.mintypecode(dtype.char))
        zeros = convert(zeros, dtype)
    if not shape[0]:
        return 1.0
    one = full_like_aval(aval_of(zeros).with_shape(()), 1)
    found = convert(full_like_aval(aval_of(zeros).with_shape((1,)), 1), dtype)
    for i in range(shape[0]):
        found = convolve(found, stack([one, -getitem(zeros, i)]))
    return copy_p.bind(real(found)) if dtype.kind == "c" and _in_pairs(zeros) else found


def _in_pairs(zeros: Any) -> bool:
    demand(zeros, "np.poly of complex roots", OUTSIDE, decides="dtype")
    return decided("in_pairs", zeros)  # type: ignore[no-any-return]


def _are_pairs(zeros: Any) -> bool:
    known = convert(zeros, np.complex128)
    return bool((np.sort(known) == np.sort(known.conjugate())).all())


READERS["in_pairs"] = _are_pairs


# --- roots -----------------------------------------------------------------------------------------

# p(r) = 0 for each root r of the coefficients p, so dp(r) + p'(r) dr = 0: dr = -dp(r) / p'(r), and the
# cotangent of the coefficient of x^k is the sum of -g r^k / p'(r) over the roots. (The implicit function
# theorem.) At a multiple root p' is 0, and the derivative infinite.


def _powers(r: Any, p: Any) -> Any:
    return vander_p.bind(r, n=p.shape[0], increasing=False)


def _roots_jvp(t: Any, out: Any, p: Any, r: Any) -> Any:
    return -dot(_powers(out, p), t[0]) / polyval(polyder(p), out)


def _roots_vjp(g: Any, out: Any, p: Any, r: Any) -> list[Any]:
    return [-dot(g / polyval(polyder(p), out), _powers(out, p)), None]


def _roots_batch(size: int, values: Any, axes: Any) -> Any:
    r = values[1]
    return (r, axes[1]) if axes[1] is not None else (broadcast_to(r, (size, *shape_of(r))), 0)


roots_p = Primitive("roots", lambda xp, p, r: r, family=FAMILY)
roots_p.aval = lambda p, r: r
roots_p.rule = Explicit(jvp=_roots_jvp, vjp=_roots_vjp, operands=(0,))
roots_p.batch = _roots_batch
MAKERS["roots"] = lambda xp, p: (np.roots(p),)


@implements(np.roots)
@plainly(np.roots)
def roots(p: Any) -> Any:
    """The roots of the polynomial with these coefficients; at a multiple root the derivative is infinite."""
    p = atleast_1d(arrays_of(p)[0])
    if aval_of(p).ndim != 1:
        raise ValueError("Input must be a rank-1 array.")
    if aval_of(p).place != HOST:
        raise UnsupportedError(
            "roots: the eigenvalues that it needs are not computed on devices.",
            expected="coefficients on the host",
            got=str(aval_of(p)),
        )
    return roots_p.bind(p, *found("roots", [p], "np.roots", OUTSIDE))


# --- real_if_close ---------------------------------------------------------------------------------


@implements(np.real_if_close)
@plainly(np.real_if_close)
def real_if_close(a: Any, tol: float = 100) -> Any:
    """The real part, a view, if all imaginary parts are nearly zero (``tol`` times eps), else ``a``."""
    a = arrays_of(a)[0]
    dtype = aval_of(a).dtype
    if dtype.kind != "c":
        return a
    most = np.finfo(dtype).eps * tol if tol > 1 else tol
    demand(a, "np.real_if_close", "x.real, or x as it is", decides="dtype")
    return real(a) if decided("real_if_close", a, most=float(most)) else a


READERS["real_if_close"] = lambda a, most: bool((abs(a.imag) < most).all())
