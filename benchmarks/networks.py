"""One step of gradient descent on a two-layer network, as each library's users write it.

The network is ``maximum(x @ w1, 0) @ w2`` with the sum of squared errors as its loss. Every candidate starts
from the same weights and must show the losses of the textbook's steps before it is timed. All data lie in
memory before the clock starts; the learning rate is small enough for any number of steps.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from harness import Call, Candidate, Effort, Table, compare
from libraries import jax, to_numpy, torch

RATE = 1e-6
PROOF_STEPS = 3


@dataclass(frozen=True)
class Network:
    """Sizes (batch, inputs, hidden, outputs) and dtype of a network."""

    sizes: tuple[int, int, int, int]
    dtype: str

    @property
    def title(self) -> str:
        """Return the sizes and dtype in words."""
        return f"network {'-'.join(map(str, self.sizes))}, {self.dtype}, one step"

    def data(self, xp: Any = np) -> tuple[Any, Any, Any, Any]:
        """Return fresh inputs, targets and both weights, as arrays of the namespace `xp`."""
        random = np.random.default_rng(0)
        batch, inputs, hidden, outputs = self.sizes
        x, y = random.standard_normal((batch, inputs)), random.standard_normal((batch, outputs))
        w1 = random.standard_normal((inputs, hidden)) / np.sqrt(inputs)
        w2 = random.standard_normal((hidden, outputs)) / np.sqrt(hidden)
        x, y, w1, w2 = (xp.asarray(array.astype(self.dtype)) for array in (x, y, w1, w2))
        return x, y, w1, w2


NETWORKS = (
    Network((64, 1000, 100, 10), "float64"),
    Network((64, 1000, 100, 10), "float32"),
    Network((64, 100, 1000, 10), "float32"),
    Network((16, 20, 20, 5), "float32"),
)


def loss(xp: Any, weights: Any, x: Any, y: Any) -> Any:
    """Return the sum of squared errors of the network, in a namespace with NumPy's names."""
    w1, w2 = weights
    return xp.square(y - xp.matmul(xp.maximum(xp.matmul(x, w1), 0), w2)).sum()


def tutorial(network: Network, xp: Any = np) -> Call:
    """Prepare the textbook step in NumPy or CuPy, a new array for each result."""
    x, y, w1, w2 = network.data(xp)

    def step() -> object:
        h = x.dot(w1)
        h_relu = xp.maximum(h, 0)
        y_pred = h_relu.dot(w2)
        value = xp.square(y_pred - y).sum()
        y_ct = 2 * (y_pred - y)
        w2_ct = h_relu.T.dot(y_ct)
        h_ct = y_ct.dot(w2.T)
        h_ct[h < 0] = 0
        w1_ct = x.T.dot(h_ct)
        xp.subtract(w1, RATE * w1_ct, out=w1)
        xp.subtract(w2, RATE * w2_ct, out=w2)
        return value

    return step


def by_hand(network: Network, xp: Any = np) -> Call:
    """Prepare the best step we could write: every buffer is reused, the rate is folded into the error."""
    x, y, w1, w2 = network.data(xp)
    h, error = x @ w1, y.copy()
    mask, h_ct = h > 0, xp.empty_like(h)
    w1_ct, w2_ct = xp.empty_like(w1), xp.empty_like(w2)
    x_t, h_t, w2_t, scale = x.T, h.T, w2.T, error.dtype.type(-2 * RATE)

    def step() -> object:
        xp.matmul(x, w1, out=h)
        xp.maximum(h, 0, out=h)
        xp.greater(h, 0, out=mask)
        xp.matmul(h, w2, out=error)
        xp.subtract(error, y, out=error)
        value = xp.vdot(error, error)
        xp.multiply(error, scale, out=error)
        xp.matmul(error, w2_t, out=h_ct)
        xp.multiply(h_ct, mask, out=h_ct)
        xp.matmul(h_t, error, out=w2_ct)
        xp.matmul(x_t, h_ct, out=w1_ct)
        xp.add(w1, w1_ct, out=w1)
        xp.add(w2, w2_ct, out=w2)
        return value

    return step


def eager_step(package: str, namespace: str, network: Network, xp: Any = np) -> Call:
    """Prepare ``value_and_grad`` and an update in place, for a library that works on arrays of `xp`."""
    x, y, w1, w2 = network.data(xp)
    written_in = importlib.import_module(namespace)
    differentiated = importlib.import_module(package).value_and_grad(partial(loss, written_in))

    def step() -> object:
        value, (w1_ct, w2_ct) = differentiated((w1, w2), x, y)
        xp.subtract(w1, RATE * w1_ct, out=w1)
        xp.subtract(w2, RATE * w2_ct, out=w2)
        return value

    return step


def compiled_step(module: Any, written_in: Any, network: Network, xp: Any) -> Call:
    """Prepare the whole step as one compiled program that may overwrite its weights, arrays of `xp`."""
    x, y, w1, w2 = network.data(xp)
    differentiated = module.value_and_grad(partial(loss, written_in))

    def whole(weights: Any, x: Any, y: Any) -> Any:
        value, (w1_ct, w2_ct) = differentiated(weights, x, y)
        return value, (weights[0] - RATE * w1_ct, weights[1] - RATE * w2_ct)

    program = module.jit(whole, donate_argnums=(0,))
    weights = (w1, w2)

    def step() -> object:
        nonlocal weights
        value, weights = program(weights, x, y)
        return value

    return step


def funcgrad_step(network: Network, xp: Any = np) -> Call:
    """Prepare funcgrad's eager step of unchanged NumPy code."""
    return eager_step("funcgrad", "numpy", network, xp)


def funcgrad_jit_step(network: Network, xp: Any = np) -> Call:
    """Prepare funcgrad's compiled step of unchanged NumPy code; the weights are donated."""
    return compiled_step(importlib.import_module("funcgrad"), np, network, xp)


def jax_jit_step(network: Network) -> Call:
    """Prepare JAX's compiled step; the weights are donated, each loss waited for."""
    module = jax()
    step = compiled_step(module, module.numpy, network, module.numpy)
    return lambda: module.block_until_ready(step())


def torch_step(network: Network) -> Call:
    """Prepare the eager PyTorch step with an update in place."""
    module = torch()
    x, y, w1, w2 = map(module.from_numpy, network.data())
    weights = (w1.requires_grad_(), w2.requires_grad_())

    def step() -> object:
        value = (y - (x @ w1).relu() @ w2).square().sum()
        cotangents = module.autograd.grad(value, weights)
        with module.no_grad():
            for weight, cotangent in zip(weights, cotangents, strict=True):
                weight.sub_(cotangent, alpha=RATE)
        return value

    return step


STEPS: dict[str, Callable[[Network], Call]] = {
    "by hand, buffers reused": by_hand,
    "by hand, tutorial": tutorial,
    "funcgrad": funcgrad_step,
    "funcgrad jit": funcgrad_jit_step,
    "JAX jit": jax_jit_step,
    "PyTorch eager": torch_step,
    "HIPS autograd": partial(eager_step, "autograd", "autograd.numpy"),
}


def proven(make: Callable[[Network], Call], network: Network, textbook: Callable[[Network], Call]) -> Call:
    """Return the step after comparing its first losses with the textbook's."""
    expected, step = textbook(network), make(network)
    for _ in range(PROOF_STEPS):
        rtol = 1e-12 if network.dtype == "float64" else 1e-4
        np.testing.assert_allclose(to_numpy(step()), to_numpy(expected()), rtol=rtol)
    return make(network)


def networks(effort: Effort) -> Iterator[Table]:
    """Time one step of each network in every library."""
    for network in NETWORKS:
        yield compare(
            network.title,
            [Candidate(name, partial(proven, make, network, tutorial)) for name, make in STEPS.items()],
            reference="by hand, buffers reused",
            effort=effort,
        )
