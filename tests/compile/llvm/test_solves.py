"""Small triangular systems are native: as exact as substitution is promised to be, with SciPy's errors."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from funcgrad import jit, vmap
from funcgrad.scipy.linalg import cho_solve, solve_triangular
from tests.compile.llvm.native import FLOATS, laid_out, llvm, native_steps

__all__ = ["llvm"]
pytestmark = pytest.mark.usefixtures("llvm")

SIZES = [(1, None), (2, None), (3, 1), (3, 2), (7, None), (8, 8), (13, 5), (16, 33), (33, None), (33, 3)]
FORMS = list(itertools.product((0, 1, 2), (False, True), (False, True)))


def triangle(n: int, dtype: Any, lower: bool, *, rest: float = np.nan) -> Any:
    """A matrix that is well-conditioned as a triangle, and has NaN where nothing is to be read."""
    random = np.random.default_rng(n)
    found = random.normal(size=(n, n)) / n
    if np.dtype(dtype).kind == "c":
        found = found + 1j * random.normal(size=(n, n)) / n
    found = found + np.eye(n)
    found[np.triu_indices(n, 1) if lower else np.tril_indices(n, -1)] = rest
    return found.astype(dtype)


def sides(shape: tuple[int, ...], dtype: Any) -> Any:
    random = np.random.default_rng(len(shape))
    found = random.normal(size=shape)
    return (found + 1j * random.normal(size=shape) if np.dtype(dtype).kind == "c" else found).astype(dtype)


def seen(a: Any, trans: int, lower: bool, unit: bool) -> Any:
    """The matrix of the system, in wider numbers."""
    n = a.shape[-1]
    found = a.astype(np.clongdouble if a.dtype.kind == "c" else np.longdouble)
    found[..., *(np.triu_indices(n, 1) if lower else np.tril_indices(n, -1))] = 0
    if unit:
        found[..., range(n), range(n)] = 1
    return (found, found.swapaxes(-1, -2), found.conj().swapaxes(-1, -2))[trans]


def assert_solves(x: Any, b: Any, *factors: Any) -> None:
    """What is left is at most what elements off by (n + 1)·u explain; a complex product rounds more often."""
    n, left, most = factors[0].shape[-1], x.astype(factors[0].dtype), abs(x).astype(np.longdouble)
    for t in reversed(factors):
        left, most = t @ left, abs(t) @ most
    times = 8 if x.dtype.kind == "c" else 2
    assert np.all(abs(left - b) <= len(factors) * times * (n + 1) * np.finfo(x.dtype).eps / 2 * most)


def assert_same_kind(found: Any, expected: Any) -> None:
    assert type(found) is type(expected)
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    assert found.flags.f_contiguous == expected.flags.f_contiguous


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("n", "columns"), SIZES)
def test_every_form(n: int, columns: int | None, dtype: Any) -> None:
    b = sides((n,) if columns is None else (n, columns), dtype)
    for trans, lower, unit in FORMS:

        def function(a: Any, b: Any, trans: int = trans, lower: bool = lower, unit: bool = unit) -> Any:
            return solve_triangular(a, b, trans, lower, unit, check_finite=False)

        a = triangle(n, dtype, lower)
        assert "solve_triangular" in native_steps(function, (a, b))
        found = jit(function)(a, b)
        assert_same_kind(found, function(a, b))
        assert_solves(found, b, seen(a, trans, lower, unit))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("lower", [False, True])
def test_systems_with_a_cholesky_factor(lower: bool, dtype: Any) -> None:
    for n, columns in SIZES:
        a, b = triangle(n, dtype, lower), sides((n,) if columns is None else (n, columns), dtype)

        def function(c: Any, b: Any) -> Any:
            return cho_solve((c, lower), b, check_finite=False)

        assert "cho_solve" in native_steps(function, (a, b))
        found = jit(function)(a, b)
        assert_same_kind(found, function(a, b))
        factors = seen(a, 0, lower, False), seen(a, 2, lower, False)
        assert_solves(found, b, *factors[:: 1 if lower else -1])


@pytest.mark.parametrize("how", ["F", "turned", "gaps"])
@pytest.mark.parametrize("trans", [0, 1])
def test_operands_that_lie_otherwise(trans: int, how: str) -> None:
    for columns in (None, 6):
        a, b = triangle(9, np.float64, True), sides((9,) if columns is None else (9, columns), np.float64)
        a, b = laid_out(a, how), laid_out(b, how)

        def function(a: Any, b: Any) -> Any:
            return solve_triangular(a, b, trans, True, check_finite=False)

        assert "solve_triangular" in native_steps(function, (a, b))
        assert_solves(jit(function)(a, b), b, seen(a, trans, True, False))


STACKS = {
    "of both": ((4, 3, 5, 5), (4, 3, 5, 2)),
    "of matrices": ((4, 5, 5), (5, 2)),
    "of sides": ((5, 5), (4, 5, 2)),
    "that are repeated": ((4, 1, 5, 5), (3, 5, 1)),
}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", STACKS)
def test_stacks(name: str, dtype: Any) -> None:
    left, right = STACKS[name]
    a = np.stack([triangle(5, dtype, True) * (1 + k) for k in range(int(np.prod(left[:-2])))]).reshape(left)
    b = sides(right, dtype)

    def function(a: Any, b: Any) -> Any:
        return solve_triangular(a, b, lower=True, check_finite=False)

    assert native_steps(function, (a, b)) == ["solve_triangular"]
    found = jit(function)(a, b)
    assert found.shape == (*np.broadcast_shapes(left[:-2], right[:-2]), *right[-2:])
    assert_solves(found, b, seen(a, 0, True, False))


def test_dtypes_that_differ() -> None:
    for left, right in itertools.permutations([np.float32, np.float64, np.int64, np.complex64], 2):
        a, b = (triangle(5, left, True, rest=0) + np.eye(5, dtype=left)).astype(left), sides((5, 3), right)

        def function(a: Any, b: Any) -> Any:
            return solve_triangular(a, b, lower=True)

        assert native_steps(function, (a, b)) == ["solve_triangular"]
        found = jit(function)(a, b)
        assert_same_kind(found, function(a, b))
        assert_solves(found, b, seen(a.astype(found.dtype), 0, True, False))


# --- errors ----------------------------------------------------------------------------------------------


def spoilt(x: Any, index: Any, value: Any) -> Any:
    x = np.array(x)
    x[index] = value
    return x


A, B, V = triangle(6, np.float64, True, rest=0.5), sides((6, 4), np.float64), sides((6,), np.float64)
TWO = np.stack([A, A])


def solved(a: Any, b: Any) -> Any:
    return solve_triangular(a, b, 1, True)


REFUSED: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "zero": (solved, (spoilt(A, (2, 2), 0), B)),
    "minus zero, one side": (solved, (spoilt(A, (5, 5), -0.0), V)),
    "two zeros": (solved, (spoilt(spoilt(A, (4, 4), 0), (1, 1), 0), V)),
    "complex zero": (solved, (spoilt(A + 0j, (3, 3), 0), B)),
    "in a stack": (solved, (spoilt(spoilt(TWO, (1, 0, 0), 0), (0, 3, 3), 0), B)),
    "by the second only": (solved, (spoilt(TWO, (1, 4, 4), 0), B)),
    "NaN outside of the triangle": (solved, (spoilt(A, (0, 5), np.nan), B)),
    "infinity": (solved, (A, spoilt(B, (5, 3), -np.inf))),
    "NaN before zero": (solved, (spoilt(A, (2, 2), 0), spoilt(V, 0, np.nan))),
    "imaginary infinity": (solved, (A, spoilt(B + 0j, (1, 1), complex(0, np.inf)))),
    "NaN in gaps": (solved, (laid_out(spoilt(A, (4, 1), np.nan), "gaps"), B)),
    "NaN in a factor": (lambda c, b: cho_solve((c, True), b), (spoilt(A, (0, 0), np.nan), V)),
    "a triangle of another": (lambda a, b: np.linalg.solve(np.tril(a), b), (spoilt(A, (2, 2), 0), V)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_errors_are_scipys(name: str) -> None:
    function, args = REFUSED[name]
    assert not any(step.startswith("-solve") for step in native_steps(function, args))
    with pytest.raises((np.linalg.LinAlgError, ValueError)) as expected:
        jit(function, engine="numpy")(*args)
    with pytest.raises((np.linalg.LinAlgError, ValueError)) as found:
        jit(function)(*args)
    assert type(found.value) is type(expected.value)
    assert str(found.value) == str(expected.value)


def test_what_is_no_error() -> None:
    unit = jit(lambda a, b: solve_triangular(a, b, lower=True, unit_diagonal=True))
    a = spoilt(A, (range(6), range(6)), 0)
    assert_solves(unit(a, B), B, seen(a, 0, True, True))
    careless = jit(lambda a, b: solve_triangular(a, b, lower=True, check_finite=False))
    lost = careless(spoilt(A, (2, 2), np.nan), V)
    np.testing.assert_array_equal(np.isnan(lost), [False, False, True, True, True, True])
    assert jit(solved)(A, np.ones((6, 0))).shape == (6, 0)


def test_a_kernel_that_failed_runs_again() -> None:
    found = jit(lambda a, b: solved(a, b * 2))
    expected = found(A, B)
    for _ in range(3):
        with pytest.raises(np.linalg.LinAlgError):
            found(spoilt(A, (0, 0), 0), B)
        np.testing.assert_array_equal(found(A, B), expected)


# --- programs --------------------------------------------------------------------------------------------


def test_batches() -> None:
    many = np.stack([A, 2 * A, 3 * A])
    right = sides((3, 6), np.float64)
    for axes in ((0, 0), (None, 0), (0, None)):
        args = many if axes[0] == 0 else A, right if axes[1] == 0 else V
        function = vmap(solved, in_axes=axes)
        assert "-solve_triangular" not in native_steps(function, args)
        np.testing.assert_allclose(jit(function)(*args), function(*args), rtol=1e-13, atol=1e-13)


def test_donated_sides() -> None:
    found = jit(lambda a, b: solved(a, b) + b, donate_argnums=1)
    np.testing.assert_allclose(found(A, B.copy()), solved(A, B) + B, rtol=1e-13, atol=1e-13)


def test_large_ones_are_lapacks() -> None:
    for n, columns in ((200, 1), (5, 200)):
        a = triangle(n, np.float64, True, rest=0)
        assert "-solve_triangular" in native_steps(solved, (a, np.ones((n, columns))))
