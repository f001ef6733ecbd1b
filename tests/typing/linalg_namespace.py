"""What the type checkers know of funcgrad.numpy.linalg."""

from __future__ import annotations

from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

import funcgrad.numpy as fnp

a = np.eye(2)

assert_type(fnp.linalg.svd(a).S, npt.NDArray[Any])
assert_type(fnp.linalg.svd(a, compute_uv=False), npt.NDArray[Any])
assert_type(fnp.linalg.svd(a, False, False), npt.NDArray[Any])
assert_type(fnp.linalg.qr(a, "r"), npt.NDArray[Any])
assert_type(fnp.linalg.qr(a, "complete").Q, npt.NDArray[Any])
assert_type(fnp.linalg.qr(a, mode="raw"), tuple[npt.NDArray[Any], npt.NDArray[Any]])
assert_type(fnp.linalg.eig(a).eigenvectors, npt.NDArray[Any])
assert_type(fnp.linalg.eigh(a, "U").eigenvalues, npt.NDArray[Any])
assert_type(fnp.linalg.lstsq(a, a)[2], np.int32)
assert_type(fnp.linalg.norm(a, "fro"), np.floating[Any])
assert_type(fnp.linalg.pinv(a, rtol=None), npt.NDArray[Any])
assert_type(fnp.einsum_path("ij->", a)[1], str)
