"""Types of funcgrad.scipy.linalg: the signatures are SciPy's."""

from typing import Any

from funcgrad.typing import Array, ArrayLike

__all__ = [
    "block_diag",
    "cho_factor",
    "cho_solve",
    "cholesky",
    "circulant",
    "companion",
    "convolution_matrix",
    "coshm",
    "cosm",
    "det",
    "diagsvd",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "expm",
    "expm_frechet",
    "fiedler",
    "fractional_matrix_power",
    "hankel",
    "inv",
    "khatri_rao",
    "leslie",
    "logm",
    "lu",
    "lu_factor",
    "lu_solve",
    "norm",
    "pinv",
    "pinvh",
    "polar",
    "qr",
    "sinhm",
    "sinm",
    "solve",
    "solve_banded",
    "solve_continuous_lyapunov",
    "solve_discrete_lyapunov",
    "solve_lyapunov",
    "solve_sylvester",
    "solve_toeplitz",
    "solve_triangular",
    "sqrtm",
    "svd",
    "svdvals",
    "tanhm",
    "tanm",
    "toeplitz",
]

def block_diag(*arrs: ArrayLike) -> Array: ...
def cho_factor(
    a: ArrayLike, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> tuple[Array, bool]: ...
def cho_solve(
    c_and_lower: Any, b: ArrayLike, overwrite_b: bool = False, check_finite: bool = True
) -> Array: ...
def cholesky(
    a: ArrayLike, lower: bool = False, overwrite_a: bool = False, check_finite: bool = True
) -> Array: ...
def circulant(c: ArrayLike) -> Array: ...
def companion(a: ArrayLike) -> Array: ...
def convolution_matrix(a: ArrayLike, n: int, mode: str = "full") -> Array: ...
def coshm(A: ArrayLike) -> Array: ...
def cosm(A: ArrayLike) -> Array: ...
def det(a: ArrayLike, overwrite_a: bool = False, check_finite: bool = True) -> Array: ...
def diagsvd(s: ArrayLike, M: int, N: int) -> Array: ...
def eig(
    a: ArrayLike,
    b: ArrayLike | None = None,
    left: bool = False,
    right: bool = True,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    homogeneous_eigvals: bool = False,
) -> Any: ...
def eigh(
    a: ArrayLike,
    b: ArrayLike | None = None,
    *,
    lower: bool = True,
    eigvals_only: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    type: int = 1,
    check_finite: bool = True,
    subset_by_index: Any = None,
    subset_by_value: Any = None,
    driver: str | None = None,
) -> Any: ...
def eigvals(
    a: ArrayLike,
    b: ArrayLike | None = None,
    overwrite_a: bool = False,
    check_finite: bool = True,
    homogeneous_eigvals: bool = False,
) -> Array: ...
def eigvalsh(
    a: ArrayLike,
    b: ArrayLike | None = None,
    *,
    lower: bool = True,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    type: int = 1,
    check_finite: bool = True,
    subset_by_index: Any = None,
    subset_by_value: Any = None,
    driver: str | None = None,
) -> Array: ...
def expm(A: ArrayLike) -> Array: ...
def expm_frechet(
    A: ArrayLike,
    E: ArrayLike,
    method: str | None = None,
    compute_expm: bool = True,
    check_finite: bool = True,
) -> Any: ...
def fiedler(a: ArrayLike) -> Array: ...
def fractional_matrix_power(A: ArrayLike, t: float) -> Array: ...
def hankel(c: ArrayLike, r: ArrayLike | None = None) -> Array: ...
def inv(
    a: ArrayLike,
    overwrite_a: bool = False,
    check_finite: bool = True,
    *,
    assume_a: str | None = None,
    lower: bool = False,
) -> Array: ...
def khatri_rao(a: ArrayLike, b: ArrayLike) -> Array: ...
def leslie(f: ArrayLike, s: ArrayLike) -> Array: ...
def logm(A: ArrayLike, disp: bool = True) -> Array: ...
def lu(
    a: ArrayLike,
    permute_l: bool = False,
    overwrite_a: bool = False,
    check_finite: bool = True,
    p_indices: bool = False,
) -> Any: ...
def lu_factor(a: ArrayLike, overwrite_a: bool = False, check_finite: bool = True) -> tuple[Array, Array]: ...
def lu_solve(
    lu_and_piv: Any, b: ArrayLike, trans: int = 0, overwrite_b: bool = False, check_finite: bool = True
) -> Array: ...
def norm(
    a: ArrayLike, ord: Any = None, axis: Any = None, keepdims: bool = False, check_finite: bool = True
) -> Array: ...
def pinv(
    a: ArrayLike, *, atol: Any = None, rtol: Any = None, return_rank: bool = False, check_finite: bool = True
) -> Array: ...
def pinvh(
    a: ArrayLike,
    atol: Any = None,
    rtol: Any = None,
    lower: bool = True,
    return_rank: bool = False,
    check_finite: bool = True,
) -> Array: ...
def polar(a: ArrayLike, side: str = "right") -> tuple[Array, Array]: ...
def qr(
    a: ArrayLike,
    overwrite_a: bool = False,
    lwork: int | None = None,
    mode: str = "full",
    pivoting: bool = False,
    check_finite: bool = True,
) -> Any: ...
def sinhm(A: ArrayLike) -> Array: ...
def sinm(A: ArrayLike) -> Array: ...
def solve(
    a: ArrayLike,
    b: ArrayLike,
    lower: bool = False,
    overwrite_a: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
    assume_a: str | None = None,
    transposed: bool = False,
) -> Array: ...
def solve_banded(
    l_and_u: tuple[int, int],
    ab: ArrayLike,
    b: ArrayLike,
    overwrite_ab: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Array: ...
def solve_continuous_lyapunov(a: ArrayLike, q: ArrayLike) -> Array: ...
def solve_discrete_lyapunov(a: ArrayLike, q: ArrayLike, method: str | None = None) -> Array: ...
def solve_lyapunov(a: ArrayLike, q: ArrayLike) -> Array: ...
def solve_sylvester(a: ArrayLike, b: ArrayLike, q: ArrayLike) -> Array: ...
def solve_toeplitz(c_or_cr: Any, b: ArrayLike, check_finite: bool = True) -> Array: ...
def solve_triangular(
    a: ArrayLike,
    b: ArrayLike,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Array: ...
def sqrtm(A: ArrayLike, disp: bool = True, blocksize: int = 64) -> Array: ...
def svd(
    a: ArrayLike,
    full_matrices: bool = True,
    compute_uv: bool = True,
    overwrite_a: bool = False,
    check_finite: bool = True,
    lapack_driver: str = "gesdd",
) -> Any: ...
def svdvals(a: ArrayLike, overwrite_a: bool = False, check_finite: bool = True) -> Array: ...
def tanhm(A: ArrayLike) -> Array: ...
def tanm(A: ArrayLike) -> Array: ...
def toeplitz(c: ArrayLike, r: ArrayLike | None = None) -> Array: ...
