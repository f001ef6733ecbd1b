"""Types of funcgrad.numpy.linalg: the signatures are NumPy's."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, SupportsIndex, TypeAlias, overload

import numpy as np
from numpy.linalg import LinAlgError
from numpy.linalg._linalg import EighResult, EigResult, QRResult, SlogdetResult, SVDResult
from numpy.typing import DTypeLike

from funcgrad.typing import Array, ArrayLike

__all__ = [
    "LinAlgError",
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "inv",
    "lstsq",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "svd",
    "svdvals",
    "tensordot",
    "tensorinv",
    "tensorsolve",
    "trace",
    "vecdot",
    "vector_norm",
]

_Triangle: TypeAlias = Literal["L", "U", "l", "u"]
_MatrixOrder: TypeAlias = float | Literal["fro", "nuc"] | None

def cholesky(a: ArrayLike, /, *, upper: bool = False) -> Array: ...
def cond(x: ArrayLike, p: _MatrixOrder = None) -> Any: ...
def cross(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1) -> Array: ...
def det(a: ArrayLike) -> Any: ...
def diagonal(x: ArrayLike, /, *, offset: SupportsIndex = 0) -> Array: ...
def eig(a: ArrayLike) -> EigResult: ...
def eigh(a: ArrayLike, UPLO: _Triangle = "L") -> EighResult: ...
def eigvals(a: ArrayLike) -> Array: ...
def eigvalsh(a: ArrayLike, UPLO: _Triangle = "L") -> Array: ...
def inv(a: ArrayLike) -> Array: ...
def lstsq(a: ArrayLike, b: ArrayLike, rcond: float | None = None) -> tuple[Array, Array, np.int32, Array]: ...
def matmul(x1: ArrayLike, x2: ArrayLike, /) -> Any: ...
def matrix_norm(x: ArrayLike, /, *, keepdims: bool = False, ord: _MatrixOrder = "fro") -> Any: ...
def matrix_power(a: ArrayLike, n: SupportsIndex) -> Array: ...
def matrix_rank(
    A: ArrayLike, tol: ArrayLike | None = None, hermitian: bool = False, *, rtol: ArrayLike | None = None
) -> Any: ...
def matrix_transpose(x: ArrayLike, /) -> Array: ...
def multi_dot(arrays: Sequence[ArrayLike], *, out: Array | None = None) -> Any: ...
@overload
def norm(
    x: ArrayLike,
    ord: _MatrixOrder = None,
    axis: None = None,
    keepdims: Literal[False] = False,
) -> np.floating[Any]: ...
@overload
def norm(
    x: ArrayLike,
    ord: _MatrixOrder = None,
    axis: SupportsIndex | tuple[SupportsIndex, ...] | None = None,
    keepdims: bool = False,
) -> Any: ...
def outer(x1: ArrayLike, x2: ArrayLike, /) -> Array: ...
def pinv(
    a: ArrayLike, rcond: ArrayLike | None = None, hermitian: bool = False, *, rtol: ArrayLike | None = ...
) -> Array: ...
@overload
def qr(a: ArrayLike, mode: Literal["r"]) -> Array: ...
@overload
def qr(a: ArrayLike, mode: Literal["raw"]) -> tuple[Array, Array]: ...
@overload
def qr(a: ArrayLike, mode: Literal["reduced", "complete"] = "reduced") -> QRResult: ...
def slogdet(a: ArrayLike) -> SlogdetResult: ...
def solve(a: ArrayLike, b: ArrayLike) -> Array: ...
@overload
def svd(
    a: ArrayLike, full_matrices: bool = True, *, compute_uv: Literal[False], hermitian: bool = False
) -> Array: ...
@overload
def svd(a: ArrayLike, full_matrices: bool, compute_uv: Literal[False], hermitian: bool = False) -> Array: ...
@overload
def svd(
    a: ArrayLike, full_matrices: bool = True, compute_uv: Literal[True] = True, hermitian: bool = False
) -> SVDResult: ...
def svdvals(x: ArrayLike, /) -> Array: ...
def tensordot(
    x1: ArrayLike,
    x2: ArrayLike,
    /,
    *,
    axes: SupportsIndex
    | tuple[SupportsIndex | Sequence[SupportsIndex], SupportsIndex | Sequence[SupportsIndex]] = 2,
) -> Array: ...
def tensorinv(a: ArrayLike, ind: int = 2) -> Array: ...
def tensorsolve(a: ArrayLike, b: ArrayLike, axes: Iterable[int] | None = None) -> Array: ...
def trace(x: ArrayLike, /, *, offset: SupportsIndex = 0, dtype: DTypeLike | None = None) -> Any: ...
def vecdot(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1) -> Any: ...
def vector_norm(
    x: ArrayLike,
    /,
    *,
    axis: SupportsIndex | tuple[SupportsIndex, ...] | None = None,
    keepdims: bool = False,
    ord: float | None = 2,
) -> Any: ...
