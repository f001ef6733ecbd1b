"""Linear equations for matrices: Sylvester's and Lyapunov's.

Each is a linear map of its right-hand side whose transpose is an equation of the same kind, with the
transposed coefficients. Source of the derivatives: Giles, "An extended collection of matrix derivative
results for forward and reverse mode AD", 2008, section 2.3, applied to the defining equations.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .contract import conj, matmul, operand, swap
from .declare import Explicit
from .linalg import adjoint
from .scipy_linalg import Shape, linalg_op, matrix_op, scipy_linalg, square
from .structural import instantiate

FAMILY = "sylvester"


# --- A X + X B = Q ---------------------------------------------------------------------------------

# dX solves it for dQ - dA X - X dB. W solves A^T W + W B^T = G: then Q' = W, A' = -W X^T, B' = -X^T W.


def _sylvester_jvp(tangents: Sequence[Any], out: Any, a: Any, b: Any, q: Any) -> Any:
    da, db, dq = instantiate(tangents, (a, b, q))
    return sylvester_p.bind(a, b, dq - matmul(da, out) - matmul(out, db))


def _sylvester_vjp(g: Any, out: Any, a: Any, b: Any, q: Any) -> list[Any]:
    w, back = sylvester_p.bind(swap(a), swap(b), g), swap(out)
    return [-matmul(w, back), -matmul(back, w), w]


def _sylvester_shapes(a: Shape, b: Shape, q: Shape) -> tuple[Shape, ...]:
    square(a), square(b)
    if q != (a[0], b[0]):
        raise ValueError(f"shapes of a {a}, b {b} and q {q} are incompatible")
    return (q,)


sylvester_p = matrix_op("solve_sylvester", "solve_sylvester", (2, 2, 2), _sylvester_shapes)
sylvester_p.rule = Explicit(jvp=_sylvester_jvp, vjp=_sylvester_vjp)


@linalg_op("solve_sylvester")
def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """The ``x`` of ``a @ x + x @ b = q``."""
    return sylvester_p.bind(operand(a), operand(b), operand(q))


# --- A X + X A^H = Q -------------------------------------------------------------------------------

# W solves it for A^T and G; A' = -W X^T - conj(W^T X).


def _continuous_jvp(tangents: Sequence[Any], out: Any, a: Any, q: Any) -> Any:
    da, dq = instantiate(tangents, (a, q))
    return continuous_p.bind(a, dq - matmul(da, out) - matmul(out, adjoint(da)))


def _continuous_vjp(g: Any, out: Any, a: Any, q: Any) -> list[Any]:
    w = continuous_p.bind(swap(a), g)
    return [-matmul(w, swap(out)) - conj(matmul(swap(w), out)), w]


def _pair(a: Shape, q: Shape, **params: Any) -> tuple[Shape, ...]:
    square(a)
    if a != q:
        raise ValueError(f"Matrix a and q should have the same shape, got {a} and {q}")
    return (a,)


continuous_p = matrix_op("solve_continuous_lyapunov", "solve_continuous_lyapunov", (2, 2), _pair)
continuous_p.rule = Explicit(jvp=_continuous_jvp, vjp=_continuous_vjp)


@linalg_op("solve_lyapunov")
def solve_lyapunov(a: Any, q: Any) -> Any:
    """``solve_continuous_lyapunov``."""
    return continuous_p.bind(operand(a), operand(q))


@linalg_op("solve_continuous_lyapunov")
def solve_continuous_lyapunov(a: Any, q: Any) -> Any:
    """The ``x`` of ``a @ x + x @ a^H = q``."""
    return continuous_p.bind(operand(a), operand(q))


# --- A X A^H - X + Q = 0 ---------------------------------------------------------------------------

# dX solves it for dQ + dA X A^H + A X dA^H. W solves it for A^T and G; A' = W conj(A) X^T + conj(W^T A X).


def _discrete(a: Any, q: Any, *, method: str | None) -> Any:
    return scipy_linalg.solve_discrete_lyapunov(a, q, method)


def _discrete_jvp(tangents: Sequence[Any], out: Any, a: Any, q: Any, *, method: str | None) -> Any:
    da, dq = instantiate(tangents, (a, q))
    moved = matmul(matmul(da, out), adjoint(a)) + matmul(matmul(a, out), adjoint(da))
    return discrete_p.bind(a, dq + moved, method=method)


def _discrete_vjp(g: Any, out: Any, a: Any, q: Any, *, method: str | None) -> list[Any]:
    w = discrete_p.bind(swap(a), g, method=method)
    first = matmul(matmul(w, conj(a)), swap(out))
    return [first + conj(matmul(swap(w), matmul(a, out))), w]


discrete_p = matrix_op(
    "solve_discrete_lyapunov",
    _discrete,
    (2, 2),
    _pair,
    sample=lambda method: [[[0.5, 0.0], [0.0, 0.5]], [[1.0, 0.0], [0.0, 1.0]]],
)
discrete_p.rule = Explicit(jvp=_discrete_jvp, vjp=_discrete_vjp)


@linalg_op("solve_discrete_lyapunov")
def solve_discrete_lyapunov(a: Any, q: Any, method: str | None = None) -> Any:
    """The ``x`` of ``a @ x @ a^H - x + q = 0``."""
    return discrete_p.bind(operand(a), operand(q), method=method)
