"""``tree.ravel``: all numbers of a tree in one flat array, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import grad, hessian, jit, jvp, tree, vjp, vmap
from funcgrad.errors import TreeError
from funcgrad.testing import check_grads
from tests.mock_device import MockArray, to_mock

F32, F64 = np.float32, np.float64
TREES: list[tuple[Any, list[float], Any]] = [
    ({"w": np.array([[1.0, 2.0]]), "b": 3.0}, [1, 2, 3], F64),
    ([np.float32(1.5), np.ones((2, 0), F32), np.arange(2, dtype=F32)], [1.5, 0, 1], F32),
    ((np.ones(1, F32), 0.1), [1, 0.1], F64),
    ((np.array(2.0), np.float64(3.0), 4.0, None), [2, 3, 4], F64),
    ((np.arange(4.0).reshape(2, 2).T, np.array([1 + 2j])), [0, 2, 1, 3, 1 + 2j], np.complex128),
    ((7, np.array([True])), [7, 1], np.int64),
    ((np.arange(3, dtype=np.int8), np.ones(1, np.float16)), [0, 1, 2, 1], np.float16),
    ({}, [], F64),
]


@pytest.mark.parametrize(("given", "numbers", "dtype"), TREES)
def test_there_and_back(given: Any, numbers: list[float], dtype: Any) -> None:
    """The numbers in the tree's order; every leaf comes back with its shape, dtype and kind."""
    flat, unravel = tree.ravel(given)
    np.testing.assert_array_equal(flat, np.array(numbers, dtype))
    assert flat.dtype == dtype
    back = unravel(flat)
    assert tree.structure(back) == tree.structure(given)
    for want, have in zip(tree.leaves(given), tree.leaves(back), strict=True):
        assert type(have) is type(want)
        np.testing.assert_array_equal(have, want, strict=True)


def test_memory_is_its_own() -> None:
    """Neither the flat array nor the leaves share memory with anything."""
    x = np.arange(3.0)
    flat, unravel = tree.ravel([x])
    (back,) = unravel(flat)
    assert not np.shares_memory(flat, x)
    assert not np.shares_memory(back, flat)
    assert back.flags.writeable


def test_derivatives() -> None:
    """Both directions are linear maps, in both modes, to any order."""
    params = {"w": np.array([[1.0, 2.0], [3.0, 4.0]]), "b": 0.5}
    flat, unravel = tree.ravel(params)
    check_grads(lambda p: tree.ravel(p)[0] ** 3, (params,), order=2)
    check_grads(lambda x: tree.map(np.sin, unravel(x)), (flat,), order=2)
    square = hessian(lambda x: tree.reduce(lambda s, p: s + np.sum(p**2), unravel(x), 0.0))(flat)
    np.testing.assert_allclose(square, 2.0 * np.eye(5))


def test_gradient_has_the_leaves_dtypes() -> None:
    params = {"w": np.ones(2, F32), "b": 2.0}
    found = grad(lambda p: np.sum(tree.ravel(p)[0] ** 2))(params)
    assert found["w"].dtype == F32
    assert type(found["b"]) is float


def test_complex_and_real_leaves() -> None:
    """A real leaf takes the real part, and its tangent and cotangent are real."""
    params = (np.ones(2), np.array([1j]))
    flat, unravel = tree.ravel(params)
    (real, imaginary), _ = jvp(unravel, (flat,), (np.full(3, 1 + 1j),))
    np.testing.assert_array_equal(real, np.ones(2), strict=True)
    np.testing.assert_array_equal(imaginary, np.array([1j]), strict=True)
    (back,) = vjp(lambda p: tree.ravel(p)[0], params)[1](np.full(3, 1 + 1j))
    np.testing.assert_array_equal(back[0], np.ones(2), strict=True)


def test_batched_and_compiled() -> None:
    params = {"w": np.arange(6.0).reshape(3, 2), "b": np.arange(3.0)}
    rows = vmap(lambda p: tree.ravel(p)[0])(params)
    np.testing.assert_array_equal(rows, np.column_stack([params["w"], params["b"]]))
    one = {"w": params["w"][0], "b": 1.0}
    np.testing.assert_array_equal(jit(lambda p: tree.ravel(p)[0])(one), tree.ravel(one)[0], strict=True)


def test_on_a_device() -> None:
    """Numbers go where the arrays are."""
    flat, unravel = tree.ravel({"w": to_mock(np.ones(2)), "b": 3.0})
    assert isinstance(flat, MockArray)
    back = unravel(flat)
    assert isinstance(back["w"], MockArray)
    assert isinstance(back["b"], MockArray)
    assert back["b"].shape == ()


def test_errors() -> None:
    _, unravel = tree.ravel([1.0, 2.0])
    with pytest.raises(TreeError) as error:
        unravel(np.ones(3))
    assert str(error.value).startswith("unravel: the flat array does not fit the tree.\n  expected  an array")
    with pytest.raises(TreeError) as error:
        tree.ravel({"a": ["text"]})
    assert str(error.value).startswith("ravel: `tree['a'][0]` is no array of numbers.")
