"""Systems with triangular matrices become substitutions, and others do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import grad, hessian, jit, make_jaxpr
from funcgrad._src.ir.passes.pipeline import optimise
from funcgrad._src.ir.passes.triangular import solve_triangles

pytest.importorskip("scipy")
solve, cholesky = np.linalg.solve, np.linalg.cholesky


def systems(dtype: Any = np.float64) -> list[Any]:
    """A positive matrix, a regular one with a large diagonal, columns, and a vector."""
    rng = np.random.default_rng(2)
    a, columns = rng.standard_normal((9, 9)), rng.standard_normal((9, 4))
    if np.dtype(dtype).kind == "c":
        a, columns = a + 1j * rng.standard_normal((9, 9)), columns + 1j * rng.standard_normal((9, 4))
    positive = a @ a.conj().T + 9 * np.eye(9)
    return [x.astype(dtype) for x in (positive, a + 9 * np.eye(9), columns, columns[:, 0])]


# The program of a positive matrix, a regular one, columns and a vector.
REWRITTEN: dict[str, Any] = {
    "factor": lambda p, a, b, v: solve(cholesky(p), b),
    "factor, a vector": lambda p, a, b, v: solve(cholesky(p), v),
    "factor, transposed": lambda p, a, b, v: solve(cholesky(p).T, b),
    "upper factor": lambda p, a, b, v: solve(cholesky(p, upper=True), v),
    "upper factor, transposed": lambda p, a, b, v: solve(cholesky(p, upper=True).T, b),
    "lower triangle": lambda p, a, b, v: solve(np.tril(a), b),
    "upper triangle": lambda p, a, b, v: solve(np.triu(a), b),
    "upper triangle, transposed": lambda p, a, b, v: solve(np.triu(a).T, v),
    "transposed twice": lambda p, a, b, v: solve(np.tril(a).T.T, b),
}
KEPT: dict[str, Any] = {
    "any matrix": lambda p, a, b, v: solve(a, b),
    "another matrix transposed": lambda p, a, b, v: solve(a.T, b),
    "more than a triangle": lambda p, a, b, v: solve(np.tril(a, 1), b),
    "less than a triangle": lambda p, a, b, v: solve(np.tril(a, -1) + p, b),
    "a stack": lambda p, a, b, v: solve(cholesky(np.stack([p, p])), b),
    "stacked columns": lambda p, a, b, v: solve(cholesky(p), np.stack([b, b])),
    "axes that stay": lambda p, a, b, v: solve(cholesky(p) + p, b),
    "another dtype": lambda p, a, b, v: solve(cholesky(p.astype(np.float32)), b),
    "a row repeated to a square": lambda p, a, b, v: solve(np.triu(v + 20.0), v),
}


def names(function: Any, args: list[Any]) -> list[str]:
    found, _ = optimise(make_jaxpr(function)(*args).closed(), blas=True)
    return [eqn.primitive.name for eqn in found.eqns]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
@pytest.mark.parametrize("name", REWRITTEN)
def test_triangles(name: str, dtype: Any) -> None:
    args = systems(dtype)
    found = names(REWRITTEN[name], args)
    assert "solve_triangular" in found
    assert "solve" not in found
    rtol = 1e-4 if dtype is np.float32 else 1e-11
    out, expected = jit(REWRITTEN[name])(*args), REWRITTEN[name](*args)
    np.testing.assert_allclose(out, expected, rtol, rtol)
    assert (out.dtype, out.shape) == (expected.dtype, expected.shape)


@pytest.mark.parametrize("name", KEPT)
def test_near_misses(name: str) -> None:
    assert "solve_triangular" not in names(KEPT[name], systems())


def test_without_scipy_nothing_changes() -> None:
    jaxpr = make_jaxpr(REWRITTEN["factor"])(*systems()).closed()
    assert all(eqn.primitive.name != "solve_triangular" for eqn in optimise(jaxpr)[0].eqns)


def test_the_note() -> None:
    jaxpr = make_jaxpr(REWRITTEN["factor"])(*systems()).closed()
    assert solve_triangles(jaxpr)[1] == ("systems with a triangular matrix: 1",)


def test_singular_triangles_are_errors() -> None:
    a = np.tril(np.ones((3, 3)))
    a[1, 1] = 0.0
    for run in (lambda f: f, jit):
        with pytest.raises(np.linalg.LinAlgError, match=r"[Ss]ingular"):
            run(lambda a, b: solve(np.tril(a), b))(a, np.ones(3))


def test_derivatives_of_compiled_likelihoods() -> None:
    p, _, _, v = systems()

    def loss(p: Any) -> Any:
        low = cholesky(p)
        return np.square(solve(low, v)).sum() + np.log(np.diag(low)).sum()

    def scaled(s: Any) -> Any:
        return loss(p * s[0] + s[1] * np.eye(9))

    np.testing.assert_allclose(jit(grad(loss))(p), grad(loss)(p), rtol=1e-9, atol=1e-12)
    s = np.array([1.5, 0.5])
    np.testing.assert_allclose(jit(hessian(scaled))(s), hessian(scaled)(s), rtol=1e-8)
