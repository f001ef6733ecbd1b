"""The names of scipy.linalg that need no op: what is handed on as it is, and what is refused by name.

What is handed on makes matrices from whole numbers, or is about LAPACK: nothing of it depends on a traced
value.
"""

from __future__ import annotations

from typing import Any

from ..base.errors import UnsupportedError
from .refused import refuse
from .scipy_linalg import scipy_linalg
from .tables import NAMES, SUPPORT

PLAIN = (
    "LinAlgError", "LinAlgWarning", "dft", "find_best_blas_type", "get_blas_funcs", "get_lapack_funcs",
    "hadamard", "helmert", "hilbert", "invhilbert", "invpascal", "pascal",
)  # fmt: skip

_ANY_BASIS = (
    "it returns one basis of many, chosen by the numbers, of which only the projector has a derivative.",
    "use the projector: p = np.linalg.pinv(a) @ a, or np.eye(n) - p",
)
_SCHUR = (
    "the vectors of a Schur form, or of one like it, are defined up to a choice, and jump where blocks do.",
    "use linalg.eig, or linalg.eigh for symmetric matrices",
)
_BANDED = (
    "bands are not taken by this decomposition's derivative.",
    "use linalg.solve_banded, or build the matrix and use linalg.eigh or linalg.cholesky",
)
_UPDATE = (
    "it updates the factors of a decomposition.",
    "decompose the changed matrix: linalg.qr(a)",
)
_QUESTION = (
    "it answers a question about the numbers.",
    "ask outside of the traced function, or write np.all(a == a.T)",
)
_RICCATI = (
    "the derivative of Riccati's equation is not written.",
    "give it with custom_jvp: linalg.solve_continuous_lyapunov or solve_discrete_lyapunov solves for it",
)

# Name -> why, and what to write instead.
REFUSED: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("null_space", "orth"), _ANY_BASIS),
    **dict.fromkeys(
        ("cdf2rdf", "cossin", "hessenberg", "ordqz", "qz", "rsf2csf", "schur"), _SCHUR
    ),
    **dict.fromkeys(
        ("cho_solve_banded", "cholesky_banded", "eig_banded", "eigh_tridiagonal", "eigvals_banded",
         "eigvalsh_tridiagonal", "solveh_banded"), _BANDED
    ),
    **dict.fromkeys(("qr_delete", "qr_insert", "qr_update"), _UPDATE),
    **dict.fromkeys(("bandwidth", "ishermitian", "issymmetric"), _QUESTION),
    **dict.fromkeys(("solve_continuous_are", "solve_discrete_are"), _RICCATI),
    "clarkson_woodruff_transform": (
        "it draws random numbers of its own.",
        "draw the sketching matrix outside of the traced function, and multiply by it",
    ),
    "expm_cond": ("it is a norm of a derivative of its own.", "use linalg.expm_frechet(a, e)"),
    "fiedler_companion": ("it writes into a plain array.", "use companion in its place"),
    "funm": (
        "it calls a function of numbers, whose derivative it does not know.",
        "use linalg.expm, logm, sqrtm or fractional_matrix_power, or a polynomial in the matrix",
    ),
    "ldl": (
        "its blocks of one or two rows are chosen by the numbers.",
        "use linalg.cholesky for positive definite matrices, or linalg.lu",
    ),
    "lstsq": ("the number of its residuals depends on the rank.", "use np.linalg.lstsq(a, b)"),
    "matmul_toeplitz": ("it multiplies by Fourier transforms.", "write linalg.toeplitz(c, r) @ x"),
    "matrix_balance": ("it scales by powers of two that the numbers choose.", "balance before tracing"),
    "orthogonal_procrustes": (
        "its scale is a norm of its own.",
        "use the first result of linalg.polar(np.conj(a.T) @ b)",
    ),
    "qr_multiply": ("it does not make the factor that it multiplies by.", "write linalg.qr(a)[0] @ c"),
    "rq": ("its derivative is not written.", "use linalg.qr of the matrix with reversed rows"),
    "signm": (
        "it jumps where an eigenvalue crosses the imaginary axis.",
        "write a @ linalg.inv(linalg.sqrtm(a @ a))",
    ),
    "solve_circulant": (
        "it divides Fourier transforms.",
        "write linalg.solve(linalg.circulant(c), b)",
    ),
    "subspace_angles": (
        "it takes the sines of small angles and the cosines of large ones.",
        "use np.arccos(linalg.svdvals(qa.T @ qb)) with orthonormal bases qa, qb",
    ),
}  # fmt: skip


def refusal(name: str) -> UnsupportedError:
    """The error for a refused function that was called on a traced value."""
    reason, instead = REFUSED[name]
    return UnsupportedError(
        f"scipy.linalg.{name}: {reason}", expected="plain arrays", got="a traced value", hint=instead
    )


def _hand_on() -> None:
    for name in PLAIN:
        function = getattr(scipy_linalg, name)
        NAMES[f"scipy.linalg.{name}"] = function
        SUPPORT[function] = "metadata"


_hand_on()


def refused_here() -> dict[str, Any]:
    """The refused functions that the installed SciPy has, for plain arrays only."""
    return {name: refuse(name, scipy_linalg, refusal) for name in REFUSED if hasattr(scipy_linalg, name)}
