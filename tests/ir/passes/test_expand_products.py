"""Small products of many axes become simpler ones, and others do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import grad, make_jaxpr
from funcgrad._src.ir.passes.expand import expand
from funcgrad._src.ir.passes.factors import expand_factors
from funcgrad._src.ir.passes.pipeline import optimise

A, B, V = np.ones((3, 4, 5)), np.ones((5, 2, 4)), np.ones(5)
LARGE = np.ones((65, 65))
CASES: dict[str, tuple[Any, tuple[Any, ...], list[str]]] = {
    "two axes": (
        lambda a, b: np.tensordot(a, b, ((2, 1), (0, 2))),
        (A, B),
        ["transpose", "reshape", "transpose", "reshape", "dot"],
    ),
    "one axis": (lambda a, b: np.tensordot(a, b, 1), (A, B), ["reshape", "reshape", "dot", "reshape"]),
    "matrices": (lambda a, b: np.tensordot(a, b, 1), (A[0], V[:, None]), ["dot"]),
    "all axes": (lambda a, b: np.tensordot(a, b, 3), (A, A), ["reshape", "reshape", "dot", "reshape"]),
    "no axis": (lambda a, b: np.tensordot(a, b, 0), (V, V), ["reshape", "reshape", "dot"]),
    "nothing": (lambda a, b: np.tensordot(a, b, 1), (A[:, :, :0], B[:0]), ["tensordot"]),
    "large": (lambda a, b: np.tensordot(a, b, 1), (LARGE, LARGE), ["tensordot"]),
    "integers": (lambda a, b: np.tensordot(a, b, 1), (A.astype(int), V.astype(int)), ["tensordot"]),
    "blocks": (np.kron, (A[0], B[0]), ["reshape", "reshape", "multiply", "reshape"]),
    "rows of blocks": (np.kron, (V, B[0]), ["reshape", "reshape", "multiply", "reshape"]),
    "complex blocks": (np.kron, (V + 0j, V + 0j), ["kron"]),
    "large blocks": (np.kron, (LARGE, A[0]), ["kron"]),
}


@pytest.mark.parametrize("name", CASES)
def test_what_becomes_of_products(name: str) -> None:
    function, args, wanted = CASES[name]
    found, _ = expand(make_jaxpr(function)(*args).closed())
    assert [eqn.primitive.name for eqn in found.eqns] == wanted


def _sum_of_factor(a: Any) -> Any:
    return np.linalg.cholesky(a).sum()


@pytest.mark.parametrize(
    ("a", "rewritten"),
    [(np.eye(5), True), (np.eye(5, dtype=np.float32), True), (np.eye(1), False), (np.eye(65), False)],
)
def test_derivatives_of_factors(a: Any, rewritten: bool) -> None:
    found, notes = expand_factors(make_jaxpr(grad(_sum_of_factor))(a).closed())
    names = [eqn.primitive.name for eqn in found.eqns]
    assert names.count("solve_triangular") == 2 * rewritten
    assert ("cholesky_change" in names) == (not rewritten)
    assert notes == (("derivatives of small Cholesky factors taken apart: 1",) if rewritten else ())


def test_derivatives_of_complex_factors_stay() -> None:
    jaxpr = make_jaxpr(grad(lambda a: np.abs(np.linalg.cholesky(a)).sum()))(np.eye(3) + 0j)
    assert "cholesky_change" in [eqn.primitive.name for eqn in expand_factors(jaxpr.closed())[0].eqns]


def test_without_scipy_derivatives_of_factors_stay() -> None:
    jaxpr = make_jaxpr(grad(_sum_of_factor))(np.eye(5)).closed()
    for blas, rewritten in ((False, False), (True, True)):
        names = [eqn.primitive.name for eqn in optimise(jaxpr, blas=blas, fused=True)[0].eqns]
        assert ("solve_triangular" in names) == rewritten
