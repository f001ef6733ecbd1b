"""The types of funcgrad.numpy, as a user's type checker sees them."""

from __future__ import annotations

from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

import funcgrad.numpy as fnp
from funcgrad.typing import Array, ArrayLike


def loss(w: Array, x: ArrayLike) -> Array:
    """A user's function."""
    return fnp.matmul(x, w)


assert_type(loss(np.ones(2), [1.0, 2.0]), npt.NDArray[Any])
assert_type(fnp.add(1, [2.0]), npt.NDArray[Any])
assert_type(fnp.add.reduce(np.ones(3)), npt.NDArray[Any])
assert_type(fnp.reshape(np.ones(4), (2, 2), order="F"), npt.NDArray[Any])
assert_type(fnp.linalg.outer(np.ones(2), np.ones(2)), npt.NDArray[Any])
assert_type(fnp.float32(1.0), np.float32)
assert_type(fnp.pi, float)
assert_type(fnp.shape(np.ones(2)), tuple[int, ...])
assert_type(fnp.gradient(np.ones((3, 3)), axis=0), npt.NDArray[Any])
assert_type(fnp.polyfit([1, 2], [3, 4], 1), npt.NDArray[Any])
assert_type(fnp.polyfit([1, 2], [3, 4], 1, cov=True), tuple[npt.NDArray[Any], npt.NDArray[Any]])
assert_type(fnp.polydiv([1, 2], [3, 4]), tuple[npt.NDArray[Any], npt.NDArray[Any]])
