"""Matrices with a pattern: ``block_diag``, ``toeplitz``, ``circulant``, … and equations with bands.

Every element of such a matrix is one of the operand's: it is gathered by numbers that depend on shapes alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.aval import aval_of
from .complexes import absolute
from .contract import conj, matmul, operand, uncolumn
from .creation import zeros_like
from .declare import Explicit
from .join import concatenate
from .padding import pad
from .scipy_linalg import Shape, columns_batch, linalg_op, matrix_op, scipy_linalg, unsupported
from .select import where
from .structural import reshape, sum_axes
from .triangular import columns_of

FAMILY = "patterned"


def _vector(name: str, x: Any) -> Any:
    """An operand that is a vector; a number is one of length 1."""
    x = operand(x)
    ndim = aval_of(x).ndim
    if ndim > 1:
        raise unsupported(name, f"an operand of {ndim} axes", "use vmap for stacks, or x.ravel()")
    return x if ndim else reshape(x, (1,))


def _length(x: Any) -> int:
    return aval_of(x).shape[0]


# --- blocks ----------------------------------------------------------------------------------------


@linalg_op("block_diag")
def block_diag(*arrs: Any) -> Any:
    """The matrix with these matrices on its diagonal (vectors are rows), and zeros elsewhere."""
    blocks = [_matrix(x) for x in arrs]
    total, before, rows = sum(aval_of(b).shape[1] for b in blocks), 0, []
    for block in blocks:
        columns = aval_of(block).shape[1]
        rows.append(pad(block, [(0, 0), (before, total - before - columns)]))
        before += columns
    return concatenate(rows, axis=0)


def _matrix(x: Any) -> Any:
    x = operand(x)
    shape = aval_of(x).shape
    if len(shape) > 2:
        raise unsupported("block_diag", f"an operand of {len(shape)} axes", "use vmap for stacks")
    return x if len(shape) == 2 else reshape(x, (1, *(shape or (1,))))


@linalg_op("khatri_rao")
def khatri_rao(a: Any, b: Any) -> Any:
    """The Kronecker product of ``a`` and ``b`` column by column."""
    a, b = operand(a), operand(b)
    (rows, columns), (others, same) = _two_axes(a), _two_axes(b)
    if columns != same:
        raise ValueError("The number of columns for both arrays should be equal.")
    return reshape(a[:, None, :] * b[None, :, :], (rows * others, columns))


def _two_axes(x: Any) -> Shape:
    shape = aval_of(x).shape
    if len(shape) != 2:
        raise ValueError("The both arrays should be 2-dimensional.")
    return shape


# --- one element on each diagonal ------------------------------------------------------------------


def toeplitz_of(c: Any, r: Any) -> Any:
    """The matrix with the first column ``c`` and the first row ``r``, whose first element is not read."""
    rows, columns = aval_of(c).shape[-1], aval_of(r).shape[-1]
    values = concatenate([c[..., ::-1], r[..., 1:]], axis=-1)
    return values[..., rows - 1 - np.arange(rows)[:, None] + np.arange(columns)]


def hankel_of(c: Any, r: Any) -> Any:
    """The matrix with the first column ``c`` and the last row ``r``, whose first element is not read."""
    values = concatenate([c, r[1:]])
    return values[np.arange(_length(c))[:, None] + np.arange(_length(r))]


@linalg_op("toeplitz")
def toeplitz(c: Any, r: Any = None) -> Any:
    """The Toeplitz matrix with the first column ``c`` and the first row ``r`` (the conjugate of ``c``)."""
    c = _vector("toeplitz", c)
    return toeplitz_of(c, conj(c) if r is None else _vector("toeplitz", r))


@linalg_op("hankel")
def hankel(c: Any, r: Any = None) -> Any:
    """The Hankel matrix with the first column ``c`` and the last row ``r`` (zeros)."""
    c = _vector("hankel", c)
    return hankel_of(c, zeros_like(c) if r is None else _vector("hankel", r))


@linalg_op("circulant")
def circulant(c: Any) -> Any:
    """The circulant matrix with the first column ``c``."""
    c = _vector("circulant", c)
    steps = np.arange(_length(c))
    return c[(steps[:, None] - steps) % max(_length(c), 1)]


@linalg_op("convolution_matrix")
def convolution_matrix(a: Any, n: int, mode: str = "full") -> Any:
    """The matrix that convolves ``a`` with a vector of length ``n``."""
    if n <= 0:
        raise ValueError("n must be a positive integer.")
    a = _vector("convolution_matrix", a)
    if mode not in ("full", "valid", "same"):
        raise ValueError("'mode' argument must be one of ('full', 'valid', 'same')")
    rows, cut = _length(a) + n - 1, min(n, _length(a)) - 1
    first = {"full": 0, "valid": cut, "same": cut // 2}[mode]
    last = rows - {"full": 0, "valid": cut, "same": cut - cut // 2}[mode]
    at = np.arange(first, last)[:, None] - np.arange(n)
    return where((at >= 0) & (at < _length(a)), a[np.clip(at, 0, _length(a) - 1)], zeros_like(a[:1]))


# --- one row and one diagonal ----------------------------------------------------------------------


@linalg_op("companion")
def companion(a: Any) -> Any:
    """The companion matrix of a polynomial, its highest coefficient first."""
    a = _vector("companion", a)
    n = _length(a)
    if n < 2:
        raise ValueError("The length of `a` must be at least 2.")
    first = -a[1:] / (1.0 * a[0])
    return concatenate([first[None, :], np.eye(n - 2, n - 1, dtype=aval_of(first).dtype)])


@linalg_op("leslie")
def leslie(f: Any, s: Any) -> Any:
    """The Leslie matrix of the fecundities ``f`` and the survival coefficients ``s``."""
    f, s = _vector("leslie", f), _vector("leslie", s)
    if _length(f) != _length(s) + 1:
        raise ValueError(
            "Incorrect lengths for f and s.  The length of s must be one less than the length of f."
        )
    if not _length(s):
        raise ValueError("The length of s must be at least 1.")
    below = pad(s[:, None] * np.eye(_length(s), dtype=bool), [(0, 0), (0, 1)])
    return concatenate([f[None, :], below])


@linalg_op("fiedler")
def fiedler(a: Any) -> Any:
    """The distances between the elements of ``a``; at equal elements their derivative is 0."""
    a = _vector("fiedler", a)
    if _length(a) < 2:
        return zeros_like(a, dtype=float, shape=(1, 1) if _length(a) else (0,))
    return absolute(a[:, None] - a)


# --- solve_toeplitz --------------------------------------------------------------------------------

# T X = B with t_ij = c_(i-j) on and below the diagonal, r_(j-i) above. W = T^-T G, T^T having r, led by c_0,
# for its column and c for its row, is B's cotangent, -W X^T that of T, of which c and r have sums along
# diagonals: c_k that of w_(j+k) x_j, a product with the Hankel matrix of w.


def _solve_toeplitz(c: Any, r: Any, b: Any, *, check: bool) -> Any:
    return scipy_linalg.solve_toeplitz((c, r), b, check_finite=check)


def _with_head(r: Any, c: Any) -> Any:
    return concatenate([c[..., :1], r[..., 1:]], axis=-1)


def _along(w: Any, x: Any) -> Any:
    """For each k the sum of ``w_(j+k) x_j``, over the columns too."""
    n = aval_of(w).shape[-2]
    at = np.arange(n)[:, None] + np.arange(n)
    shifted = where((at < n)[..., None], w[..., np.minimum(at, n - 1), :], 0.0)
    return sum_axes(shifted * x[..., None, :, :], (-2, -1))


def _solve_toeplitz_jvp(tangents: Sequence[Any], out: Any, c: Any, r: Any, b: Any, *, check: bool) -> Any:
    dc, dr, db = tangents
    if dc is not None or dr is not None:
        dc, dr = c * 0 if dc is None else dc, r * 0 if dr is None else dr
        moved = matmul(toeplitz_of(dc, dr), out)
        db = -moved if db is None else db - moved
    return solve_toeplitz_p.bind(c, r, db, check=False)


def _solve_toeplitz_vjp(g: Any, out: Any, c: Any, r: Any, b: Any, *, check: bool) -> list[Any]:
    w = solve_toeplitz_p.bind(_with_head(r, c), c, g, check=False)
    gr = _along(out, w)
    return [-_along(w, out), -concatenate([gr[..., :1] * 0, gr[..., 1:]], axis=-1), w]


def _toeplitz_shapes(c: Shape, r: Shape, b: Shape, *, check: bool) -> tuple[Shape, ...]:
    if c != r or c[0] != b[0]:
        raise ValueError("Incompatible dimensions.")
    return (b,)


solve_toeplitz_p = matrix_op(
    "solve_toeplitz",
    _solve_toeplitz,
    (1, 1, 2),
    _toeplitz_shapes,
    sample=lambda check: [[1, 0], [1, 0], [[1, 0], [0, 1]]],
)
solve_toeplitz_p.rule = Explicit(jvp=_solve_toeplitz_jvp, vjp=_solve_toeplitz_vjp)
solve_toeplitz_p.batch = columns_batch(solve_toeplitz_p, (1, 1, 2))


@linalg_op("solve_toeplitz")
def solve_toeplitz(c_or_cr: Any, b: Any, check_finite: bool = True) -> Any:
    """The ``x`` of ``toeplitz(c, r) @ x = b``, by Levinson's recursion."""
    c, r = c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, None)
    c = _vector("solve_toeplitz", c)
    r = conj(c) if r is None else _vector("solve_toeplitz", r)
    b, vector = columns_of(b)
    out = solve_toeplitz_p.bind(c, r, b, check=bool(check_finite))
    return uncolumn(out) if vector else out


# --- solve_banded ----------------------------------------------------------------------------------

# ab[u + i - j, j] = a_ij. The transpose's bands are ab[l + u - k, j + k - l], and the cotangent of ab[k, j]
# is that of a_ij, -w_i x_j summed over the columns, at i = k - u + j.


def _solve_banded(ab: Any, b: Any, *, low: int, up: int, check: bool) -> Any:
    return scipy_linalg.solve_banded((low, up), ab, b, check_finite=check)


def _shifted_columns(n: int, count: int, by: int) -> tuple[Any, Any]:
    """For each band k and column j the number ``j + k - by``, within bounds, and whether it was."""
    at = np.arange(n) + np.arange(count)[:, None] - by
    return np.clip(at, 0, max(n - 1, 0)), (at >= 0) & (at < n)


def _turned(ab: Any, low: int, up: int) -> Any:
    """The bands of the transposed matrix."""
    n, count = aval_of(ab).shape[-1], low + up + 1
    at, within = _shifted_columns(n, count, low)
    return where(within, ab[..., np.arange(count)[::-1, None], at], 0.0)


def _banded_product(ab: Any, x: Any, low: int, up: int) -> Any:
    """The product of a banded matrix and columns: the sum over k of ``abT[k, j] x[j + k - l]``, by rows j."""
    at, _ = _shifted_columns(aval_of(ab).shape[-1], low + up + 1, low)
    return sum_axes(_turned(ab, low, up)[..., None] * x[..., at, :], -3)


def _solve_banded_jvp(
    tangents: Sequence[Any], out: Any, ab: Any, b: Any, *, low: int, up: int, check: bool
) -> Any:
    da, db = tangents
    if da is not None:
        moved = _banded_product(da, out, low, up)
        db = -moved if db is None else db - moved
    return solve_banded_p.bind(ab, db, low=low, up=up, check=False)


def _solve_banded_vjp(g: Any, out: Any, ab: Any, b: Any, *, low: int, up: int, check: bool) -> list[Any]:
    w = solve_banded_p.bind(_turned(ab, low, up), g, low=up, up=low, check=False)
    at, within = _shifted_columns(aval_of(out).shape[-2], low + up + 1, up)
    found = sum_axes(w[..., at, :] * out[..., None, :, :], -1)
    return [-where(within, found, 0.0), w]


def _banded_shapes(ab: Shape, b: Shape, *, low: int, up: int, check: bool) -> tuple[Shape, ...]:
    if ab[-1] != b[0]:
        raise ValueError("shapes of ab and b are not compatible.")
    if ab[0] != low + up + 1:
        raise ValueError(f"invalid values for the number of lower and upper diagonals: {(low, up)}")
    return (b,)


def _banded_sample(low: int, up: int, check: bool) -> list[Any]:
    ab = np.zeros((low + up + 1, low + up + 1))
    ab[up] = 1
    return [ab, np.ones((low + up + 1, 1))]


solve_banded_p = matrix_op("solve_banded", _solve_banded, (2, 2), _banded_shapes, sample=_banded_sample)
solve_banded_p.rule = Explicit(jvp=_solve_banded_jvp, vjp=_solve_banded_vjp)
solve_banded_p.batch = columns_batch(solve_banded_p, (2, 2))


@linalg_op("solve_banded")
def solve_banded(
    l_and_u: tuple[int, int],
    ab: Any,
    b: Any,
    overwrite_ab: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Any:
    """The ``x`` of ``a @ x = b`` for a matrix of ``l`` bands below and ``u`` above the diagonal."""
    b, vector = columns_of(b)
    low, up = map(int, l_and_u)
    out = solve_banded_p.bind(operand(ab), b, low=low, up=up, check=bool(check_finite))
    return uncolumn(out) if vector else out
