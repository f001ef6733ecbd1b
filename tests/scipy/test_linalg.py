"""funcgrad.scipy.linalg: every function of scipy.linalg is in one class; what the rows cannot say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.linalg

import funcgrad.scipy.linalg as linalg
from funcgrad import grad, jit, vmap
from funcgrad._src.ops import linalg_refused
from funcgrad._src.ops.families import LINALG, read
from funcgrad._src.ops.support import CLASSES, classes, public_callables
from funcgrad._src.ops.tables import NAMES
from funcgrad.errors import ConcretizationError, UnsupportedError

SQUARE = np.array([[4.0, 1.0, 0.5], [0.25, 3.0, -1.0], [1.0, 0.5, 5.0]])


def test_every_function_is_in_one_class() -> None:
    found = classes(scipy.linalg, linalg_refused.REFUSED)
    found.pop("kron", None)  # numpy.kron, in SciPys that still have it
    assert {name: claims for name, claims in found.items() if len(claims) != 1} == {}
    assert {claims[0] for claims in found.values()} <= set(CLASSES)
    assert sum(claims == ["differentiable"] for claims in found.values()) >= 40


def test_every_public_function_is_in_the_namespace() -> None:
    missing = set(public_callables(scipy.linalg)) - set(linalg.__all__) - {"kron"}
    assert missing == set()


@pytest.mark.parametrize("family", LINALG)
def test_a_family_declares_what_the_table_says(family: str) -> None:
    read(family)
    module = f"funcgrad._src.ops.{family}"
    ours = {path for path, op in NAMES.items() if getattr(op, "__module__", "") == module}
    assert {path.removeprefix("scipy.linalg.") for path in ours} == set(LINALG[family].split())


@pytest.mark.parametrize("name", [n for n in linalg_refused.REFUSED if hasattr(scipy.linalg, n)])
def test_a_refused_function_says_so(name: str) -> None:
    with pytest.raises(UnsupportedError, match=name):
        grad(lambda x: getattr(linalg, name)(x).sum())(SQUARE)


def test_plain_arrays_are_scipys() -> None:
    assert np.array_equal(linalg.null_space(np.ones((2, 2))), scipy.linalg.null_space(np.ones((2, 2))))
    assert np.array_equal(linalg.hilbert(3), scipy.linalg.hilbert(3))
    assert np.array_equal(linalg.expm(SQUARE), scipy.linalg.expm(SQUARE))


@pytest.mark.parametrize("name", ["logm", "sqrtm", "eig"])
def test_what_may_be_complex_needs_numbers(name: str) -> None:
    with pytest.raises(ConcretizationError, match="real or complex"):
        jit(lambda a: getattr(linalg, name)(a), guards=False)(SQUARE)


@pytest.mark.parametrize(
    "call",
    [
        lambda a: linalg.qr(a, pivoting=True),
        lambda a: linalg.pinv(a, return_rank=True),
        lambda a: linalg.eig(a, left=True),
        lambda a: linalg.eigh(a, subset_by_index=[0, 1]),
        lambda a: linalg.polar(a[:2]),
        lambda a: linalg.toeplitz(a),
    ],
)
def test_a_form_without_a_derivative_is_refused_by_name(call: Any) -> None:
    with pytest.raises(UnsupportedError, match=r"scipy\.linalg"):
        grad(lambda a: np.sum(call(a)[0]))(SQUARE)


def test_a_large_direction_does_not_spoil_the_derivative_of_expm() -> None:
    plain = grad(lambda a: linalg.expm(a).sum())(SQUARE)
    scaled = grad(lambda a: 1e12 * linalg.expm(a).sum())(SQUARE)
    np.testing.assert_allclose(scaled, 1e12 * plain, rtol=1e-13)


def test_a_check_for_finite_numbers_is_kept() -> None:
    with pytest.raises(ValueError, match="infs or NaNs"):
        grad(lambda a: linalg.inv(a).sum())(SQUARE * np.nan)


def test_many_right_hand_sides_are_columns_of_one_system() -> None:
    b = np.arange(12.0).reshape(4, 3)
    got = vmap(lambda row: linalg.solve_triangular(SQUARE, row))(b)
    np.testing.assert_allclose(got, scipy.linalg.solve_triangular(SQUARE, b.T).T, rtol=1e-14)
