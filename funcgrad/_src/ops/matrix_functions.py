"""Functions of matrices: ``expm``, ``logm``, ``sqrtm``, fractional powers, sines and cosines, ``polar``.

SciPy gives a real result for a real matrix where there is one, else a complex one: the dtype depends on the
numbers. The primitives of logarithm and roots are complex always, and the functions take the real part where
SciPy does; where a real matrix is traced without numbers that is an error, as with ``eig``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.aval import aval_of
from ..core.primitive import Primitive
from .complexes import absolute
from .contract import conj, matmul, operand, swap
from .declare import Explicit
from .dense_equations import solve_matrices
from .extremes import amax
from .join import concatenate
from .linalg import adjoint, matrix_power
from .linalg import solve as np_solve
from .scipy_linalg import (
    Shape,
    as_matrix,
    linalg_op,
    matrix_op,
    real_if_known,
    scipy_linalg,
    square,
    unsupported,
)
from .select import where
from .structural import broadcast_to, real, stop_gradient_p
from .sylvester import sylvester_p

FAMILY = "matrix_functions"


# --- Fréchet derivatives ---------------------------------------------------------------------------

# f([[A, E], [0, A]]) = [[f(A), L(A, E)], [0, f(A)]] with the Fréchet derivative L, for any f with enough
# derivatives. Source: Mathias, "A chain rule for matrix functions and applications", 1996; Higham, "Functions
# of Matrices", 2008, theorem 3.6 and equation (3.16); Al-Mohy and Higham, "Computing the Fréchet derivative
# of the matrix exponential", 2009. The transpose of E -> L(A, E) is G -> L(A^T, G). As L is linear in E, E
# is brought to the size of 1 first: a large one would make the algorithms scale the whole by its norm.


def frechet(function: Primitive, a: Any, e: Any, **params: Any) -> Any:
    """The derivative of a function of matrices at ``a`` in direction ``e``, itself differentiable."""
    n = aval_of(a).shape[-1]
    if not aval_of(a).size:
        return e
    size = stop_gradient_p.bind(amax(absolute(e), axis=(-2, -1), keepdims=True))
    size = where(size > 0, size, 1.0)
    e = e / size
    return function.bind(_blocks(a, e, e * 0, a), **params)[..., :n, n:] * size


def _blocks(*parts: Any) -> Any:
    """Four stacks of matrices in two rows."""
    shape = np.broadcast_shapes(*(aval_of(x).shape for x in parts))
    a, b, c, d = [x if aval_of(x).shape == shape else broadcast_to(x, shape) for x in parts]
    return concatenate([concatenate([a, b], axis=-1), concatenate([c, d], axis=-1)], axis=-2)


def primary(function: Primitive) -> Explicit:
    """The rule of a function of matrices without params."""
    return Explicit(
        jvp=lambda tangents, out, a: frechet(function, a, tangents[0]),
        vjp=lambda g, out, a: [frechet(function, swap(a), g)],
    )


# --- expm, expm_frechet ----------------------------------------------------------------------------

expm_p = matrix_op("expm", "expm", (2,), square)
expm_p.rule = primary(expm_p)


@linalg_op("expm")
def expm(A: Any) -> Any:
    """The exponential of each matrix."""
    return expm_p.bind(as_matrix(A))


# SciPy's function computes both results in its own way. Second derivatives are symmetric: the transpose of
# dA -> L2(A, E, dA) is G -> L2(A^T, E^T, G).


def _expm_frechet(a: Any, e: Any, *, method: str | None, check: bool) -> Any:
    return scipy_linalg.expm_frechet(a, e, method, check_finite=check)


def _second(a: Any, e: Any, d: Any) -> Any:
    """The second derivative of the exponential at ``a`` in the directions ``e`` and ``d``."""
    n, zero = aval_of(a).shape[-1], e * 0
    return frechet(expm_p, _blocks(a, e, zero, a), _blocks(d, zero, zero, d))[..., :n, n:]


def _expm_frechet_jvp(
    tangents: Sequence[Any], out: Any, a: Any, e: Any, *, method: str | None, check: bool
) -> Any:
    da, de = tangents
    found = None if de is None else frechet(expm_p, a, de)
    if da is None:
        return None, found
    second = _second(a, e, da)
    return frechet(expm_p, a, da), second if found is None else found + second


def _expm_frechet_vjp(g: Any, out: Any, a: Any, e: Any, *, method: str | None, check: bool) -> list[Any]:
    back = swap(a)
    return [_second(back, swap(e), g[1]) + frechet(expm_p, back, g[0]), frechet(expm_p, back, g[1])]


def _frechet_shapes(a: Shape, e: Shape, **params: Any) -> tuple[Shape, ...]:
    square(a)
    if a != e:
        raise ValueError("expected A and E to be the same shape")
    return a, a


expm_frechet_p = matrix_op("expm_frechet", _expm_frechet, (2, 2), _frechet_shapes, multiple=True)
expm_frechet_p.rule = Explicit(jvp=_expm_frechet_jvp, vjp=_expm_frechet_vjp)


@linalg_op("expm_frechet")
def expm_frechet(
    A: Any, E: Any, method: str | None = None, compute_expm: bool = True, check_finite: bool = True
) -> Any:
    """The exponential of ``A``, and its derivative in direction ``E``."""
    a, e = operand(A), operand(E)
    value, derivative = expm_frechet_p.bind(a, e, method=method, check=bool(check_finite))
    return (value, derivative) if compute_expm else derivative


# --- logm, sqrtm, fractional_matrix_power ----------------------------------------------------------


def _complex(found: Any) -> Any:
    return found.astype(np.result_type(found.dtype, np.complex64), copy=False)


logm_p = matrix_op("logm", lambda a: _complex(scipy_linalg.logm(a)), (2,), square)
logm_p.rule = primary(logm_p)


@linalg_op("logm")
def logm(A: Any, disp: bool = True) -> Any:
    """The principal logarithm, real only if it is; under ``jit`` of complex matrices only."""
    if not disp:
        raise unsupported("logm", "disp=False", "leave it out")
    a = operand(A)
    return real_if_known("logm", a, logm_p.bind(a))


# R R = A: R dR + dR R = dA, an equation of Sylvester's; in reverse R^T W + W R^T = G. Source: Higham,
# "Functions of Matrices", 2008, section 6.1.

sqrtm_p = matrix_op("sqrtm", lambda a: _complex(scipy_linalg.sqrtm(a)), (2,), square)
sqrtm_p.rule = Explicit(
    jvp=lambda tangents, out, a: sylvester_p.bind(out, out, tangents[0]),
    vjp=lambda g, out, a: [sylvester_p.bind(swap(out), swap(out), g)],
)


@linalg_op("sqrtm")
def sqrtm(A: Any, disp: bool = True, blocksize: int = 64) -> Any:
    """The principal square root, real only if it is; under ``jit`` of complex matrices only.

    A singular matrix has no derivative: there it is infinite or NaN.
    """
    if not disp:
        raise unsupported("sqrtm", "disp=False", "leave it out")
    a = operand(A)
    return real_if_known("sqrtm", a, sqrtm_p.bind(a))


def _power(a: Any, *, t: float) -> Any:
    return _complex(np.asarray(scipy_linalg.fractional_matrix_power(a, t)))


power_p = matrix_op("fractional_matrix_power", _power, (2,), square)
power_p.rule = Explicit(
    jvp=lambda tangents, out, a, *, t: frechet(power_p, a, tangents[0], t=t),
    vjp=lambda g, out, a, *, t: [frechet(power_p, swap(a), g, t=t)],
)


@linalg_op("fractional_matrix_power")
def fractional_matrix_power(A: Any, t: float) -> Any:
    """The power ``t`` of a matrix, real only if it is; ``t`` is a plain number."""
    a, t = operand(A), float(t)
    if t == int(t):
        return matrix_power(a, int(t))
    return real_if_known("fractional_matrix_power", a, power_p.bind(a, t=t))


# --- sines and cosines: SciPy's own sequences of operations -----------------------------------------


def _square_operand(A: Any) -> Any:
    a = operand(A)
    if aval_of(a).ndim < 2 or aval_of(a).shape[-1] != aval_of(a).shape[-2]:
        raise ValueError("expected square array_like input")
    return a


@linalg_op("cosm")
def cosm(A: Any) -> Any:
    """The cosine of each matrix."""
    a = _square_operand(A)
    if aval_of(a).dtype.kind == "c":
        return 0.5 * (expm_p.bind(1j * a) + expm_p.bind(-1j * a))
    return real(expm_p.bind(1j * a))


@linalg_op("sinm")
def sinm(A: Any) -> Any:
    """The sine of each matrix."""
    a = _square_operand(A)
    if aval_of(a).dtype.kind == "c":
        return -0.5j * (expm_p.bind(1j * a) - expm_p.bind(-1j * a))
    return expm_p.bind(1j * a).imag


@linalg_op("tanm")
def tanm(A: Any) -> Any:
    """The tangent of each matrix."""
    return solve_matrices(cosm(A), sinm(A))


@linalg_op("coshm")
def coshm(A: Any) -> Any:
    """The hyperbolic cosine of each matrix."""
    a = _square_operand(A)
    return 0.5 * (expm_p.bind(a) + expm_p.bind(-a))


@linalg_op("sinhm")
def sinhm(A: Any) -> Any:
    """The hyperbolic sine of each matrix."""
    a = _square_operand(A)
    return 0.5 * (expm_p.bind(a) - expm_p.bind(-a))


@linalg_op("tanhm")
def tanhm(A: Any) -> Any:
    """The hyperbolic tangent of each matrix."""
    return solve_matrices(coshm(A), sinhm(A))


# --- polar -----------------------------------------------------------------------------------------

# A = U P, tall or square, P positive definite. With M = U^H dA and the skew S = U^H dU of
# S P + P S = M - M^H: dP = M - S P, dU = U S + (1 - U U^H) dA P^-1. In reverse, h being conjugates of
# cotangents, Y the solution of P Y + Y P = U^H h_U - h_P P: h_A = U (Y - Y^H + h_P) + (1 - U U^H) h_U P^-1.
# The left decomposition A = P U is the right one of A^H. Source: Higham, "Functions of Matrices", 2008,
# section 8.2.


def _polar_left(a: Any) -> Any:
    return scipy_linalg.polar(a, "left")


def _over(x: Any, p: Any) -> Any:
    """``x @ inv(p)`` for a Hermitian ``p``."""
    return adjoint(np_solve(p, adjoint(x)))


def _polar_tangents(da: Any, u: Any, p: Any) -> tuple[Any, Any]:
    m = matmul(adjoint(u), da)
    s = sylvester_p.bind(p, p, m - adjoint(m))
    return matmul(u, s) + _over(da - matmul(u, m), p), m - matmul(s, p)


def _polar_cotangent(hu: Any, hp: Any, u: Any, p: Any) -> Any:
    inner = matmul(adjoint(u), hu)
    y = sylvester_p.bind(p, p, inner - matmul(hp, p))
    return matmul(u, y - adjoint(y) + hp) + _over(hu - matmul(u, inner), p)


def _left_tangents(da: Any, u: Any, p: Any) -> tuple[Any, Any]:
    du, dp = _polar_tangents(adjoint(da), adjoint(u), p)
    return adjoint(du), dp


def _left_cotangent(hu: Any, hp: Any, u: Any, p: Any) -> Any:
    return adjoint(_polar_cotangent(adjoint(hu), adjoint(hp), adjoint(u), p))


polar_p = matrix_op("polar", "polar", (2,), lambda a: (a, (a[1], a[1])), multiple=True)
polar_p.rule = Explicit(
    jvp=lambda tangents, out, a: _polar_tangents(tangents[0], *out),
    vjp=lambda g, out, a: [conj(_polar_cotangent(conj(g[0]), conj(g[1]), *out))],
)
polar_left_p = matrix_op("polar_left", _polar_left, (2,), lambda a: (a, (a[0], a[0])), multiple=True)
polar_left_p.rule = Explicit(
    jvp=lambda tangents, out, a: _left_tangents(tangents[0], *out),
    vjp=lambda g, out, a: [conj(_left_cotangent(conj(g[0]), conj(g[1]), *out))],
)


@linalg_op("polar")
def polar(a: Any, side: str = "right") -> Any:
    """``u, p`` with ``a = u @ p``, or ``p @ u`` for ``side="left"``; of full rank.

    Where ``p`` is singular for its shape alone (a wide matrix on the right, a tall one on the left), traced
    values are refused.
    """
    if side not in ("right", "left"):
        raise ValueError("`side` must be either 'right' or 'left'")
    a = operand(a)
    rows, columns = aval_of(a).shape[-2:]
    if not aval_of(a).size:
        return 1.0 * a, matmul(adjoint(a), a) if side == "right" else matmul(a, adjoint(a))
    if rows < columns if side == "right" else rows > columns:
        other = "left" if side == "right" else "right"
        raise unsupported("polar", f"side={side!r} of shape {(rows, columns)}", f"take side={other!r}")
    return (polar_p if side == "right" else polar_left_p).bind(a)
