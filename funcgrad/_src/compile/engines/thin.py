"""Products with thin matrices by blocks of rows, and BLAS's sums with a product of any matrices.

NOTE (thin): for small products OpenBLAS has kernels that copy nothing. A large matrix times one of few
columns is a stack of such products, and up to three times faster so. ``a.T @ b`` adds up one product a block.
On processors with AVX-512 these kernels (OpenBLAS: kernel/x86_64/*gemm_small_kernel*_skylakex.c, for up to
10⁶ multiplications) win by 5 to 25 % for any number of columns, if a block has at least 8 rows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

LIMIT = 10**6  # multiplications from which OpenBLAS copies its operands; measured for float32 and float64
WIDEST = 32  # columns of a thin matrix
_LEAST = 16  # rows in a block of a thin product
_SHORT = 64  # terms of a sum
_ROWS = 8  # at least, and a multiple of them, in a block of another one


def is_thin(shape: tuple[int, ...], columns: int, dtype: np.dtype[Any]) -> bool:
    """Whether a large matrix of this shape, with a thin one, is multiplied faster by blocks of rows."""
    rows, inner = shape
    few = 2 <= columns <= WIDEST and dtype.char in "fd" and dtype.isnative
    return few and rows * inner * columns >= LIMIT and _step(inner, columns) >= _LEAST


def goes_by_rows(shape: tuple[int, ...], columns: int, dtype: np.dtype[Any]) -> bool:
    """Whether a matrix of this shape, with one of so many columns, is multiplied faster by blocks of rows."""
    rows, inner = shape
    if is_thin(shape, columns, dtype):
        return True
    large = columns >= _ROWS and dtype.char in "fd" and dtype.isnative and rows * inner * columns >= LIMIT
    return large and rows >= 2 * _ROWS and _step(inner, columns) >= _ROWS and has_small_kernels()


def goes_by_columns(shape: tuple[int, ...], columns: int, dtype: np.dtype[Any]) -> bool:
    """Whether the transpose of a matrix of this shape, times one of so many columns, is faster in pieces.

    A piece is some rows of the result, and so columns of the matrix, which are copied: that pays where the
    sums are short. Measured on eight shapes: 3 to 9 % in float32, 1 to 8 % in float64.
    """
    inner, rows = shape
    least = {"f": _ROWS, "d": 12 * _ROWS}.get(dtype.char)
    if (
        least is None
        or not dtype.isnative
        or inner > _SHORT
        or rows * inner * columns < LIMIT
        or columns <= WIDEST
    ):
        return False
    return rows > _step(inner, columns) >= least and has_small_kernels()


@functools.cache
def has_small_kernels() -> bool:
    """Whether this processor is one for which OpenBLAS has kernels for small products of any shape."""
    config: Any = np.show_config(mode="dicts")
    found = config.get("SIMD Extensions", {})
    names = {*found.get("baseline", ()), *found.get("found", ())}
    return not names.isdisjoint({"X86_V4", "AVX512_SKX"})  # NumPy's names since 2.4, and before


def _step(inner: int, columns: int) -> int:
    most = (LIMIT - 1) // (inner * columns)
    return max(1, most // _ROWS * _ROWS if most > _ROWS and columns > WIDEST else most)


def rows_product(a: Any, b: Any, out: Any = None) -> Any:
    """``a @ b``, in ``out``, block after block of its rows."""
    if not a.flags.c_contiguous:
        return np.matmul(a, b, out)
    if out is None:
        out = np.empty((len(a), b.shape[1]), a.dtype)
    step = _step(*b.shape)
    for i in range(0, len(a), step):
        a[i : i + step].dot(b, out[i : i + step])
    return out


def rows_sum(a: Any, b: Any, part: Any, out: Any = None) -> Any:
    """``a.T @ b``, in ``out``, as a sum over blocks of rows; ``part`` is memory for one more result."""
    if not (a.flags.c_contiguous and b.flags.c_contiguous):
        return np.matmul(a.T, b, out)
    if out is None:
        out = np.empty_like(part)
    step = _step(*out.shape)
    a[:step].T.dot(b[:step], out)
    for i in range(step, len(a), step):
        a[i : i + step].T.dot(b[i : i + step], part)
        np.add(out, part, out)
    return out


# --- gemm ------------------------------------------------------------------------------------------

Gemm = Callable[..., Any]


def add_product(gemm: Gemm, alpha: Any, a: Any, b: Any, out: Any, turn_a: bool, turn_b: bool) -> None:
    """Add ``alpha · op(a) @ op(b)`` to ``out``, which is in C order, however the matrices lie.

    A multiple by 0 is made without BLAS, which would take it to be 0 where the product is infinite or NaN.
    """
    if alpha == 0:
        out += out.dtype.type(alpha) * np.matmul(a.T if turn_a else a, b.T if turn_b else b)
        return
    by_rows = is_thin if turn_a else goes_by_rows
    plain = not turn_b and a.flags.c_contiguous and b.flags.c_contiguous
    if plain and by_rows(a.shape, out.shape[1], a.dtype):
        _add_thin(gemm, alpha, a, b, out, turn_a)
        return
    first, flag_first = _column_major(b, turn_b)
    second, flag_second = _column_major(a, turn_a)
    gemm(alpha, first, second, 1.0, out.T, flag_first, flag_second, 1)


def add_by_columns(gemm: Gemm, alpha: Any, a: Any, b: Any, out: Any, part: Any) -> None:
    """Add ``alpha · a.T @ b`` to ``out`` in pieces; ``part`` is memory for the columns of one (`piece`)."""
    if alpha == 0 or not (a.flags.c_contiguous and b.flags.c_contiguous):
        add_product(gemm, alpha, a, b, out, True, False)
        return
    inner, right = len(a), b.T
    step = len(part) // inner
    for i in range(0, len(out), step):
        columns = a[:, i : i + step]
        copied = part[: columns.size].reshape(columns.shape)
        copied[...] = columns
        gemm(alpha, right, copied.T, 1.0, out[i : i + step].T, 0, 1, 1)


def piece(shape: tuple[int, ...], columns: int) -> int:
    """How many numbers are in the columns of one piece."""
    return shape[0] * _step(shape[0], columns)


def _column_major(x: Any, turned: bool) -> tuple[Any, int]:
    """The transpose of a matrix, or of its transpose if ``turned``: in Fortran's order, and a flag."""
    return (x.T, int(turned)) if x.flags.c_contiguous else (x, int(not turned))


def _add_thin(gemm: Gemm, alpha: Any, a: Any, b: Any, out: Any, turn_a: bool) -> None:
    step = _step(a.shape[1], out.shape[1])
    for i in range(0, len(a), step):
        rows = a[i : i + step].T
        if turn_a:
            gemm(alpha, b[i : i + step].T, rows, 1.0, out.T, 0, 1, 1)
        else:
            gemm(alpha, b.T, rows, 1.0, out[i : i + step].T, 0, 0, 1)
