"""``cross`` of vectors with two components, of which NumPy warns that it will not take them any more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import jit, jvp, vjp, vmap
from funcgrad._src.ops.crossing import cross_p
from funcgrad.testing import check_grads
from tests.ops.rows import assert_close, assert_same, version

pytestmark = [
    pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning"),
    pytest.mark.skipif(version(np.__version__) >= (2, 5), reason="NumPy 2.5 takes them no more, nor do we"),
]
RNG = np.random.default_rng(5)
SHAPES = [((2,), (2,)), ((2,), (3,)), ((3,), (2,)), ((4, 2), (1, 2)), ((1, 3), (4, 2)), ((2,), (4, 3))]


def vectors(shapes: Any) -> tuple[Any, ...]:
    return tuple(RNG.normal(size=shape) for shape in shapes)


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("function", [np.cross, fnp.cross], ids=["np", "funcgrad"])
def test_the_value_is_numpys(function: Any, shapes: Any) -> None:
    args = vectors(shapes)
    assert_same(vjp(function, *args)[0], np.cross(*args), "vjp")
    assert_same(jvp(function, args, args)[0], np.cross(*args), "jvp")
    assert_same(jit(function)(*args), np.cross(*args), "jit")


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_the_derivative_agrees_with_differences(shapes: Any) -> None:
    check_grads(np.cross, vectors(shapes), order=2)
    check_grads(np.cross, tuple(x + 1j * x[..., ::-1] for x in vectors(shapes)), order=2)


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_a_batch_is_a_loop(shapes: Any) -> None:
    x, y = vectors(shapes)
    xs = np.stack([x, 2 * x + 1, -x])
    got = vmap(lambda x: cross_p.bind(x, y))(xs)
    assert_close(got, np.stack([np.cross(one, y) for one in xs]), "batch")


def test_it_warns_as_numpy_does() -> None:
    with pytest.warns(DeprecationWarning, match="Arrays of 2-dimensional vectors"):
        vjp(np.cross, *vectors(((2,), (2,))))


def test_other_lengths_are_numpys_error() -> None:
    for shapes in (((4,), (3,)), ((3,), (1,)), ((), (3,))):
        args = vectors(shapes)
        with pytest.raises(ValueError) as expected:
            np.cross(*args)
        with pytest.raises(ValueError) as got:
            vjp(fnp.cross, *args)
        assert str(got.value) == str(expected.value)
