"""One step of gradient descent on a two-layer network, as each library's users write it.

The network is ``maximum(x @ w1, 0) @ w2`` with the sum of squared errors as its loss. Every candidate starts
from the same weights and must show the losses of the textbook's steps before it is timed. All data lie in
memory before the clock starts; the learning rate is small enough for any number of steps.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from harness import Call, Candidate, Effort, Table, compare
from libraries import engines, jax, promised, to_numpy, torch
from peers import COMPILED, EAGER, HIPS, JAX

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


def by_hand_blas(network: Network) -> Call:
    """Prepare the step with ``dot`` into buffers and the updates, ``w - s * (a @ b)``, inside BLAS.

    SciPy's BLAS works on matrices stored by columns: a matrix by rows is the transpose of one of these.
    """
    x, y, w1, w2 = network.data()
    blas = importlib.import_module("scipy.linalg.blas")
    gemm = blas.dgemm if network.dtype == "float64" else blas.sgemm
    h, error, h_ct = x.dot(w1), y.copy(), x.dot(w1)
    mask = h > 0
    x_t, h_t, error_t, h_ct_t, w1_t, w2_t = x.T, h.T, error.T, h_ct.T, w1.T, w2.T
    scale, zero, zeros = float(-2 * RATE), np.zeros((), h.dtype), np.zeros_like(h)

    def step() -> object:
        x.dot(w1, h)
        np.maximum(h, zeros, h)  # with a whole array of zeros: with one number it is not vectorised
        np.greater(h, zero, mask)
        h.dot(w2, error)
        np.subtract(error, y, error)
        value = np.vdot(error, error)
        error.dot(w2_t, h_ct)
        np.multiply(h_ct, mask, h_ct)
        gemm(scale, error_t, h_t, 1.0, w2_t, 0, 1, 1)  # beta and c, neither transposed but b, c overwritten
        gemm(scale, h_ct_t, x_t, 1.0, w1_t, 0, 1, 1)
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


def compiled_step(
    module: Any, written_in: Any, network: Network, xp: Any, options: Mapping[str, str] | None = None
) -> Call:
    """Prepare the whole step as one compiled program that may overwrite its weights, arrays of `xp`."""
    x, y, w1, w2 = network.data(xp)
    differentiated = module.value_and_grad(partial(loss, written_in))

    def whole(weights: Any, x: Any, y: Any) -> Any:
        value, (w1_ct, w2_ct) = differentiated(weights, x, y)
        return value, (weights[0] - RATE * w1_ct, weights[1] - RATE * w2_ct)

    program = module.jit(whole, donate_argnums=(0,), **(options or {}))
    weights = (w1, w2)

    def step() -> object:
        nonlocal weights
        value, weights = program(weights, x, y)
        return value

    return step


def funcgrad_step(network: Network, xp: Any = np) -> Call:
    """Prepare funcgrad's eager step of unchanged NumPy code."""
    return eager_step("funcgrad", "numpy", network, xp)


def funcgrad_jit_step(network: Network, xp: Any = np, options: Mapping[str, str] | None = None) -> Call:
    """Prepare funcgrad's compiled step of unchanged NumPy code; the weights are donated."""
    return compiled_step(importlib.import_module("funcgrad"), np, network, xp, options)


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


def torch_compiled_step(network: Network) -> Call:
    """Prepare the whole PyTorch step as one compiled program, with its update in place."""
    module = torch()
    module._dynamo.reset()
    x, y, w1, w2 = map(module.from_numpy, network.data())

    def torch_loss(w1: Any, w2: Any) -> Any:
        return (y - (x @ w1).relu() @ w2).square().sum()

    def whole(w1: Any, w2: Any) -> Any:
        (w1_ct, w2_ct), value = module.func.grad_and_value(torch_loss, argnums=(0, 1))(w1, w2)
        w1.sub_(w1_ct, alpha=RATE)
        w2.sub_(w2_ct, alpha=RATE)
        return value

    program = module.compile(whole, dynamic=False)
    return lambda: program(w1, w2)


REUSED, BLAS = "by hand, buffers reused", "by hand, BLAS"


def steps() -> dict[str, Callable[[Network], Call]]:
    """Return what prepares each row's step."""
    return {
        REUSED: by_hand,
        BLAS: by_hand_blas,
        "by hand, tutorial": tutorial,
        "funcgrad": funcgrad_step,
        **{name: partial(funcgrad_jit_step, options=options) for name, options in engines().items()},
        JAX: jax_jit_step,
        EAGER: torch_step,
        COMPILED: torch_compiled_step,
        HIPS: partial(eager_step, "autograd", "autograd.numpy"),
    }


AHEAD = {JAX: 1.0, EAGER: 1.0, COMPILED: 1.0}


def goals(network: Network) -> dict[str, float]:
    """Return what the compiled step promises: not behind the best by hand, ahead of the compilers.

    In float64 the update inside the product saves a pass over the weights.
    """
    return AHEAD | {REUSED: 0.9 if network.dtype == "float64" else 1.0, "by hand": 1.0}


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
            [
                Candidate(
                    name,
                    partial(proven, make, network, tutorial),
                    below=goals(network) if promised(name) else {},
                )
                for name, make in steps().items()
            ],
            reference=REUSED,
            effort=effort,
        )
