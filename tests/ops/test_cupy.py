"""The op table on a real GPU: values, derivatives, batches and compiled calls, all on CuPy arrays.

Run by ``make test-gpu``; the same rows run everywhere on the mock device (test_device.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import jit, jvp, value_and_grad, vjp, vmap
from funcgrad._src.backends import require, to_host
from funcgrad._src.core.aval import aval_of
from tests.ops.case import Case
from tests.ops.rows import assert_close, function_of, leaves_of, operands, positions, rows

pytestmark = [pytest.mark.gpu, pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")]

TOLERANCE = 1e-9  # a GPU's elementary functions differ from the host's by ulps


def has_arrays(case: Case) -> bool:
    return case.device and any(isinstance(arg, np.ndarray) for arg in operands(case))


def can_differentiate(case: Case) -> bool:
    args = operands(case)
    return case.device and any(isinstance(args[i], np.ndarray) for i in positions(case, args))


def moved(args: Sequence[Any]) -> list[Any]:
    """Arrays on the GPU, scalars as they are."""
    cupy = require("cupy", "cuda13")
    return [cupy.asarray(arg) if isinstance(arg, np.ndarray) else arg for arg in args]


def assert_there(results: Any) -> None:
    for leaf in leaves_of(results):
        assert aval_of(leaf).place == "cupy:0", type(leaf).__name__


def assert_equal(got: Any, expected: Any, what: str) -> None:
    assert_there(got)
    assert_close([to_host(leaf) for leaf in leaves_of(got)], expected, what, TOLERANCE, kinds=False)


@rows(has_arrays)
def test_values(case: Case) -> None:
    args = operands(case)
    expected = case.call(np, *args)
    assert_equal(case.call(fnp, *moved(args)), expected, "funcgrad.numpy")


@rows(can_differentiate)
def test_derivatives(case: Case) -> None:
    args = operands(case)
    chosen = [i for i in positions(case, args) if isinstance(args[i], np.ndarray)]
    there = moved(args)
    values, far = [args[i] for i in chosen], [there[i] for i in chosen]
    out, pull = vjp(function_of(case, there, chosen), *far)
    cotangents = pull(out)
    assert [aval_of(g) for g in leaves_of(cotangents)] == [aval_of(x) for x in far]
    expected, host_pull = vjp(function_of(case, args, chosen), *values)
    assert_equal(cotangents, host_pull(expected), "vjp")
    tangent = jvp(function_of(case, there, chosen), far, far)[1]
    assert_equal(tangent, jvp(function_of(case, args, chosen), values, values)[1], "jvp")


@rows(has_arrays)
def test_batches_and_compiled_calls(case: Case) -> None:
    args = operands(case)
    chosen = [i for i, arg in enumerate(args) if isinstance(arg, np.ndarray)]
    there = moved(args)
    values, far = [args[i] for i in chosen], [there[i] for i in chosen]
    host_call = function_of(case, args, chosen)
    if case.jit:
        assert_equal(jit(function_of(case, there, chosen))(*far), host_call(*values), "jit")
    if case.vmap:
        stacks = [np.stack([value, value]) for value in values]
        got = vmap(function_of(case, there, chosen))(*moved(stacks))
        assert_equal(got, vmap(host_call)(*stacks), "vmap")


def network(params: Any, x: Any, y: Any) -> Any:
    w1, w2 = params
    return np.square(y - np.maximum(x.dot(w1), 0).dot(w2)).sum()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_tutorials_forward_pass_on_cupy_arrays(dtype: str) -> None:
    """Unchanged NumPy code on CuPy arrays: value and gradient stay there and equal the host's."""
    rng = np.random.default_rng(0)
    x, y, w1, w2 = (
        rng.normal(size=shape).astype(dtype) for shape in ((64, 100), (64, 10), (100, 50), (50, 10))
    )
    expected = value_and_grad(network)((w1, w2), x, y)
    far = moved([x, y, w1, w2])
    for step in (value_and_grad(network), jit(value_and_grad(network))):
        got = step((far[2], far[3]), far[0], far[1])
        assert_there(got)
        rtol = 1e-4 if dtype == "float32" else 1e-10
        for a, b in zip(leaves_of(got), leaves_of(expected), strict=True):
            assert a.dtype == dtype
            np.testing.assert_allclose(to_host(a), b, rtol=rtol, atol=rtol)
