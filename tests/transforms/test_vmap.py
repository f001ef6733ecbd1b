"""vmap: axes in and out, sizes, nesting, and what it refuses."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit, jvp, vmap
from funcgrad.errors import ArgumentError, ConcretizationError

A = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("in_axis", [0, 1, -1, -2])
@pytest.mark.parametrize("out_axis", [0, 1, -1])
def test_any_axis_in_and_out(in_axis: int, out_axis: int) -> None:
    loop = np.stack([np.outer(row, row) for row in np.moveaxis(A, in_axis, 0)], out_axis)
    mapped = vmap(lambda row: row[:, None] * row[None, :], in_axis, out_axis)(A)
    np.testing.assert_array_equal(mapped, loop)


def test_trees_prefixes_and_shared_arguments() -> None:
    p = {"w": A, "b": np.ones(3)}
    result = vmap(
        lambda q, x: {"y": q["w"] * x + q["b"], "x": x},
        in_axes=({"w": 0, "b": None}, 0),
        out_axes={"y": 1, "x": 0},
    )(p, np.array([1.0, 2.0]))
    np.testing.assert_array_equal(result["y"], (A * [[1.0], [2.0]] + 1.0).T)
    np.testing.assert_array_equal(result["x"], [1.0, 2.0])


def test_keyword_arguments_are_mapped_along_axis_0() -> None:
    np.testing.assert_array_equal(vmap(lambda x, *, k: x * k)(A, k=np.array([1.0, 2.0])), A * [[1.0], [2.0]])


def test_an_output_that_is_the_same_for_all_is_repeated() -> None:
    out = vmap(lambda x: 3.0)(A)
    np.testing.assert_array_equal(out, [3.0, 3.0])
    out[0] = 1.0
    assert vmap(lambda x: 3.0, out_axes=None)(A) == 3.0


def test_nesting_and_other_transformations() -> None:
    np.testing.assert_array_equal(vmap(vmap(lambda x: x * x))(A), A * A)
    np.testing.assert_array_equal(vmap(vmap(grad(lambda x: x * x)))(A), 2 * A)
    pairwise = vmap(vmap(lambda x, y: x - y, (None, 0)), (0, None))
    np.testing.assert_array_equal(pairwise(A[0], A[1]), A[0][:, None] - A[1])
    np.testing.assert_array_equal(jit(vmap(lambda x: x * x))(A), A * A)
    np.testing.assert_array_equal(vmap(jit(lambda x: x * x))(A), A * A)
    np.testing.assert_array_equal(jvp(vmap(lambda x: x * x), (A,), (A,))[1], 2 * A * A)
    np.testing.assert_array_equal(grad(lambda x: vmap(lambda r: (r * r).sum())(x).sum())(A), 2 * A)


def test_per_example_gradients() -> None:
    def loss(w: Any, x: Any, y: Any) -> Any:
        return np.square(x @ w - y).sum()

    rng = np.random.default_rng(0)
    w, x, y = rng.normal(size=(3, 2)), rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    loop = np.stack([grad(loss)(w, xi, yi) for xi, yi in zip(x, y, strict=True)])
    np.testing.assert_allclose(vmap(grad(loss), (None, 0, 0))(w, x, y), loop, rtol=1e-12)


def test_an_empty_batch() -> None:
    assert vmap(lambda x: (x * x).sum())(np.ones((0, 3))).shape == (0,)


def test_scalars_inside_are_numbers() -> None:
    """An element of a mapped vector is a scalar: ``+=`` makes a new one."""

    def f(x: Any) -> Any:
        y = x
        y += 1.0
        return x, y

    x, y = vmap(f)(np.arange(3.0))
    np.testing.assert_array_equal(x, np.arange(3.0))
    np.testing.assert_array_equal(y, np.arange(3.0) + 1)


def test_in_place_writes_inside() -> None:
    def f(row: Any) -> Any:
        y = row * 2.0
        y[0] = -1.0
        y[1:] += row[:-1]
        return y

    np.testing.assert_array_equal(vmap(f)(A), np.stack([[-1.0, 2.0, 5.0], [-1.0, 11.0, 14.0]]))


WRONG: dict[str, tuple[Any, str]] = {
    "sizes": (
        lambda: vmap(lambda x, y: x)(A, np.ones(3)),
        "vmap: the mapped axes have different sizes.\n  expected  one size\n  got       x: 2, y: 3",
    ),
    "axis": (
        lambda: vmap(lambda x: x, in_axes=2)(A),
        "vmap: `x` has no axis 2 to map over.\n  expected  an array with an axis 2\n  got       float64[2,3]",
    ),
    "nothing": (
        lambda: vmap(lambda x: x, in_axes=None)(A),
        "vmap: nothing is mapped, so the size of the axis is unknown.",
    ),
    "length": (
        lambda: vmap(lambda x, y: x, in_axes=(0,))(A, A),
        "vmap: in_axes has 1 entry, but `<lambda>` was called with 2 positional arguments.",
    ),
    "out": (
        lambda: vmap(lambda x: x, out_axes=None)(A),
        "vmap: an output with out_axes=None differs between examples.",
    ),
    "type": (lambda: vmap(lambda x: x, in_axes="0"), "vmap: in_axes must be an int, None or a tuple"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_axes_are_named(name: str) -> None:
    call, text = WRONG[name]
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value).startswith(text)


def test_the_truth_of_a_batched_value() -> None:
    with pytest.raises(ConcretizationError) as caught:
        vmap(lambda x: x if x > 0 else -x)(np.ones(3))
    assert "np.where" in str(caught.value)


def test_vmap_pickles() -> None:
    again = pickle.loads(pickle.dumps(vmap(np.sin, in_axes=1)))
    np.testing.assert_array_equal(again(A), np.sin(A.T))
