"""On CuPy's arrays the steps give what they give on NumPy's, without crossing over."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from funcgrad import jit, tree
from funcgrad.optim import sgd

pytestmark = pytest.mark.gpu
OPTIONS = [{}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}]


def trees(dtype: Any) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    shapes = {"w": (30, 4), "b": (4,), "scale": ()}
    return [{k: np.array(rng.standard_normal(s), dtype) for k, s in shapes.items()} for _ in range(4)]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
@pytest.mark.parametrize("way", ["step", "step_inplace", "jit"])
def test_steps_on_a_gpu(options: dict[str, Any], dtype: Any, way: str) -> None:
    cupy = importlib.import_module("cupy")
    opt = sgd(lambda count: 0.1 / (1 + count), **options)
    step = jit(opt.step) if way == "jit" else getattr(opt, way)
    expected, *grads = trees(dtype)
    params = tree.map(cupy.asarray, expected)
    state, expected_state = opt.init(params), opt.init(expected)
    for g in grads:
        params, state = step(params, tree.map(cupy.asarray, g), state)
        expected, expected_state = opt.step(expected, g, expected_state)
    for name, array in params.items():
        assert isinstance(array, cupy.ndarray)
        assert array.dtype == dtype
        np.testing.assert_allclose(array.get(), expected[name], rtol=20 * np.finfo(dtype).eps, atol=1e-7)


def test_a_learning_rate_on_the_gpu_does_not_promote() -> None:
    cupy = importlib.import_module("cupy")
    params = cupy.ones(3, "float32")
    opt = sgd(cupy.asarray(0.5), momentum=np.float64(0.5))
    new, state = opt.step(params, params, opt.init(params))
    assert (new.dtype, state.velocity.dtype) == (np.float32, np.float32)
    assert new.get().tolist() == [0.5, 0.5, 0.5]
