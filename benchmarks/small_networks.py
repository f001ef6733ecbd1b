"""One step of gradient descent on small networks of several widths and depths, batches of 32, float32."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from harness import Call, Effort
from peers import HIPS, Array, Build, Compile, Program, Work

BATCH, OUTPUTS, RATE = 32, 10, 1e-4
WIDTHS, DEPTHS = (16, 64, 256), (2, 4, 8)


def mlp_loss(xp: Any, params: Sequence[Array], x: Array, y: Array) -> Array:
    """Return the mean squared error of a network; `params` are weights and biases in turns."""
    *hidden, w, b = params
    for i in range(0, len(hidden), 2):
        x = xp.maximum(x @ hidden[i] + hidden[i + 1], 0)
    error = x @ w + b - y
    return (error * error).mean()


def stepping(module: Any, xp: Any) -> Program:
    """Return the step in a library with JAX's names: new parameters, then the loss."""
    differentiated = module.value_and_grad(lambda params, x, y: mlp_loss(xp, params, x, y))

    def step(*arrays: Array) -> tuple[Array, ...]:
        params, x, y = arrays[:-2], *arrays[-2:]
        value, cts = differentiated(params, x, y)
        return *[p - RATE * ct for p, ct in zip(params, cts, strict=True)], value

    return step


def torch_loss(params: Sequence[Any], x: Any, y: Any) -> Any:
    """Return the loss in PyTorch's words."""
    *hidden, w, b = params
    for i in range(0, len(hidden), 2):
        x = (x @ hidden[i] + hidden[i + 1]).relu()
    return (x @ w + b - y).square().mean()


def torch_stepping(module: Any, compiled: Compile) -> Program:
    """Return PyTorch's step, parameters updated in place; compiled, it is one program."""

    def eager(*arrays: Any) -> Any:
        params, x, y = arrays[:-2], *arrays[-2:]
        value = torch_loss(params, x, y)
        cts = module.autograd.grad(value, params)
        with module.no_grad():
            module._foreach_sub_(params, cts, alpha=RATE)
        return *params, value.detach()

    def whole(*arrays: Any) -> Any:
        params, x, y = arrays[:-2], *arrays[-2:]
        cts, value = module.func.grad_and_value(torch_loss)(params, x, y)
        for p, ct in zip(params, cts, strict=True):
            p.sub_(ct, alpha=RATE)
        return value

    if compiled(eager) is eager:
        return eager
    program = compiled(whole)

    def step(*arrays: Any) -> Any:
        plain = [array.detach() for array in arrays] if arrays[0].requires_grad else arrays
        value = program(*plain)
        return *plain[:-2], value

    return step


def by_hand(*arrays: Array) -> Call:
    """Prepare the step with every buffer reused; biases and their cotangents by broadcast and by product."""
    return prepared(arrays, updates_in_blas=False)


def by_hand_blas(*arrays: Array) -> Call:
    """Prepare the step with the updates inside BLAS, ``w = w - s * (a @ b)`` in one call."""
    return prepared(arrays, updates_in_blas=True)


def prepared(arrays: Sequence[Array], updates_in_blas: bool) -> Call:
    """Prepare either step."""
    *params, x, y = arrays
    weights, biases = params[::2], params[1::2]
    inputs = [x, *(np.zeros((BATCH, w.shape[1]), x.dtype) for w in weights)]
    masks = [np.zeros(h.shape, bool) for h in inputs]
    cts = [np.zeros_like(h) for h in inputs]
    w_cts, b_cts = list(map(np.zeros_like, weights)), list(map(np.zeros_like, biases))
    scale, ones = x.dtype.type(-2 * RATE / y.size), np.ones(BATCH, x.dtype)
    gemm = importlib.import_module("scipy.linalg.blas").sgemm
    last = len(weights) - 1

    def update(i: int) -> None:
        if updates_in_blas:
            gemm(1.0, cts[i + 1].T, inputs[i].T, 1.0, weights[i].T, 0, 1, 1)
        else:
            inputs[i].T.dot(cts[i + 1], w_cts[i])
            np.add(weights[i], w_cts[i], weights[i])
        ones.dot(cts[i + 1], b_cts[i])
        np.add(biases[i], b_cts[i], biases[i])

    def step() -> tuple[Any, ...]:
        for i, (w, b) in enumerate(zip(weights, biases, strict=True)):
            out = inputs[i + 1]
            inputs[i].dot(w, out)
            np.add(out, b, out)
            if i < last:
                np.greater(out, 0, masks[i + 1])
                np.maximum(out, 0, out)
        np.subtract(inputs[-1], y, inputs[-1])
        value = np.vdot(inputs[-1], inputs[-1]) / y.size
        np.multiply(inputs[-1], scale, cts[-1])
        for i in range(last, -1, -1):
            if i:
                cts[i + 1].dot(weights[i].T, cts[i])
                np.multiply(cts[i], masks[i], cts[i])
            update(i)
        return *params, value

    return step


def work(width: int, depth: int) -> Work:
    """Return the step of a network of so many layers."""
    random = np.random.default_rng(0)
    sizes = [width] * depth + [OUTPUTS]
    params: list[Array] = []
    for m, n in pairwise(sizes):
        params += [random.standard_normal((m, n)) * np.sqrt(2 / m), 0.1 * random.standard_normal(n)]
    data = (random.standard_normal((BATCH, width)), random.standard_normal((BATCH, OUTPUTS)))
    count = len(params)
    programs: dict[str, Build] = {
        "funcgrad": lambda module, _: stepping(module, np),
        "JAX": lambda module, _: stepping(module, module.numpy),
        "PyTorch": torch_stepping,
        HIPS: lambda module, _: stepping(module, importlib.import_module("autograd.numpy")),
    }
    return Work(
        f"network of width {width} and {depth} layers, batch 32, float32, one step",
        tuple(array.astype(np.float32) for array in (*params, *data)),
        {"buffers reused": by_hand, "BLAS": by_hand_blas},
        programs,
        wanted=tuple(range(count)),
        carried=tuple(range(count)),
        rtol=1e-3,
    )


def small_networks(effort: Effort) -> Iterator[Work]:
    """Time a step of each."""
    for width in WIDTHS:
        for depth in DEPTHS:
            yield work(width, depth)
