"""Regressions, and a layer: large matrices against small ones, rows reduced and spread again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from elementwise import blocks
from harness import Call, Effort
from peers import COMPILED, EAGER, JAX, Array, Work, floors, gradients

ROWS = 125
"""Rows a block: 125 × 784 float32 are 400 kB, which a second-level cache holds; a product with ten columns
has less than a million steps, for which OpenBLAS has a kernel that copies nothing, twice as fast here."""


# -- Softmax regression


def softmax_loss(xp: Any, w: Array, b: Array, x: Array, labels: Array) -> Array:
    """Return the mean cross-entropy of the labels."""
    z = x @ w + b
    z = z - z.max(axis=1, keepdims=True)
    return (xp.log(xp.exp(z).sum(axis=1)) - z[np.arange(len(labels)), labels]).mean()


def softmax_loss_torch(module: Any, w: Any, b: Any, x: Any, labels: Any) -> Any:
    """Return the same in PyTorch's words."""
    return module.nn.functional.cross_entropy(module.nn.functional.linear(x, w.T, b), labels)


def softmax_into(z: Array, labels: Array, rows: Array, largest: Array, total: Array) -> float:
    """Turn logits into probabilities less one at the labels; return the summed cross-entropy."""
    np.max(z, axis=1, keepdims=True, out=largest)
    np.subtract(z, largest, out=z)
    right = float(z[rows, labels].sum())
    np.exp(z, out=z)
    np.sum(z, axis=1, keepdims=True, out=total)
    np.divide(z, total, out=z)
    z[rows, labels] -= 1
    np.log(total, out=total)
    return float(total.sum()) - right


def softmax_whole(w: Array, b: Array, x: Array, labels: Array) -> Call:
    """Prepare loss and gradients, all rows at once, buffers reused."""
    n, rows, x_t = len(x), np.arange(len(x)), x.T
    z, largest = np.zeros((n, len(b)), x.dtype), np.zeros((n, 1), x.dtype)
    total, w_ct, b_ct = np.zeros_like(largest), np.zeros_like(w), np.zeros_like(b)

    def call() -> tuple[Any, ...]:
        np.matmul(x, w, out=z)
        np.add(z, b, out=z)
        value = softmax_into(z, labels, rows, largest, total) / n
        np.multiply(z, 1 / n, out=z)
        np.matmul(x_t, z, out=w_ct)
        np.sum(z, axis=0, out=b_ct)
        return value, w_ct, b_ct

    return call


def softmax_blocks(w: Array, b: Array, x: Array, labels: Array) -> Call:
    """Prepare loss and gradients by blocks of rows: the data come from memory once, not twice."""
    rows, ones = np.arange(ROWS), np.ones(ROWS, x.dtype)
    z, largest = np.zeros((ROWS, len(b)), x.dtype), np.zeros((ROWS, 1), x.dtype)
    total, w_ct, b_ct = np.zeros_like(largest), np.zeros((w.shape[1], w.shape[0]), x.dtype), np.zeros_like(b)
    part = np.zeros_like(w_ct)

    def call() -> tuple[Any, ...]:
        w_ct[...], b_ct[...] = 0, 0
        value = 0.0
        for s in blocks(len(x), ROWS):
            k, x_s = s.stop - s.start, x[s]
            z_s = z[:k]
            np.matmul(x_s, w, out=z_s)
            np.add(z_s, b, out=z_s)
            value += softmax_into(z_s, labels[s], rows[:k], largest[:k], total[:k])
            np.matmul(z_s.T, x_s, out=part)
            np.add(w_ct, part, out=w_ct)
            np.add(b_ct, ones[:k] @ z_s, out=b_ct)
        np.divide(w_ct, len(x), out=w_ct)
        np.divide(b_ct, len(x), out=b_ct)
        return value / len(x), w_ct.T, b_ct

    return call


def softmax_columns(w: Array, b: Array, x: Array, labels: Array) -> Call:
    """Prepare loss and gradients with the classes along the first axis: long vectors for every reduction.

    Both products go by blocks of rows all the same.
    """
    n, columns = len(x), np.arange(len(x))
    z, z_rows, largest = np.zeros((len(b), n), x.dtype), np.zeros((n, len(b)), x.dtype), np.zeros(n, x.dtype)
    total, w_ct, b_column = np.zeros_like(largest), np.zeros((w.shape[1], w.shape[0]), x.dtype), b[:, None]
    part, pieces = np.zeros_like(w_ct), list(blocks(n, ROWS))

    def call() -> tuple[Any, ...]:
        for s in pieces:
            np.matmul(x[s], w, out=z_rows[s])
        np.add(z_rows.T, b_column, out=z)
        np.max(z, axis=0, out=largest)
        np.subtract(z, largest, out=z)
        right = z[labels, columns].sum()
        np.exp(z, out=z)
        np.sum(z, axis=0, out=total)
        value = (np.log(total).sum() - right) / n
        np.multiply(total, n, out=total)
        np.divide(z, total, out=z)
        z[labels, columns] -= 1 / n
        w_ct[...] = 0
        for s in pieces:
            np.add(w_ct, np.matmul(z[:, s], x[s], out=part), out=w_ct)
        return value, w_ct.T, z.sum(axis=1)

    return call


def softmax_regression(effort: Effort) -> Iterator[Work]:
    """Time the loss and its gradients on 10,000 rows of 784 features, 10 classes."""
    random = np.random.default_rng(0)
    x = random.standard_normal((10_000, 784), dtype=np.float32)
    w = random.standard_normal((784, 10), dtype=np.float32) * np.float32(0.01)
    arrays = (w, np.zeros(10, np.float32), x, random.integers(0, 10, 10_000))
    work = Work(
        "softmax regression 10,000×784×10 float32, loss and gradients",
        arrays,
        {
            "buffers reused": softmax_whole,
            "in blocks of rows": softmax_blocks,
            "classes first": softmax_columns,
        },
        gradients(softmax_loss, (0, 1), torch_loss=softmax_loss_torch),
        wanted=(0, 1),
        torch_turned=(0,),
        below={EAGER: 1.0, COMPILED: 1.0},
        native={JAX: 0.8, COMPILED: 0.8},
        rtol=1e-4,
    )
    yield work


# -- Logistic regression


def logistic_loss(xp: Any, w: Array, x: Array, y: Array) -> Array:
    """Return the mean of ``log(1 + exp(-y * (x @ w)))``."""
    return xp.logaddexp(0.0, -y * (x @ w)).mean()


def logistic_loss_torch(module: Any, w: Any, x: Any, y: Any) -> Any:
    """Return the same in PyTorch's words."""
    return module.nn.functional.softplus(-y * (x @ w)).mean()


def logistic_whole(w: Array, x: Array, y: Array) -> Call:
    """Prepare loss and gradient, buffers reused; one exponential serves both."""
    z, e, w_ct, n = np.zeros(len(x)), np.zeros(len(x)), np.zeros_like(w), len(x)

    def call() -> tuple[Any, Any]:
        np.dot(x, w, out=z)
        np.multiply(z, y, out=z)
        np.negative(np.abs(z, out=e), out=e)
        np.exp(e, out=e)
        loss = (np.log1p(e).sum() - np.minimum(z, 0).sum()) / n
        # the derivative is -y / (1 + exp(z)): written with exp(-|z|) it cannot overflow
        np.divide(np.where(z > 0, e, 1.0), 1 + e, out=e)
        np.multiply(e, y, out=e)
        np.dot(e, x, out=w_ct)
        np.multiply(w_ct, -1 / n, out=w_ct)
        return loss, w_ct

    return call


def logistic_blocks(w: Array, x: Array, y: Array) -> Call:
    """Prepare loss and gradient by blocks of rows: the data come from memory once, not twice."""
    n, w_ct = len(x), np.zeros_like(w)
    pieces = [
        (len(x[s]), logistic_whole(w, x[s], y[s])) for s in blocks(n, 1024)
    ]  # each with its own small buffers

    def call() -> tuple[Any, Any]:
        w_ct[...] = 0
        value = 0.0
        for rows, piece in pieces:
            part, part_ct = piece()
            value += part * (rows / n)
            np.multiply(part_ct, rows / n, out=part_ct)
            np.add(w_ct, part_ct, out=w_ct)
        return value, w_ct

    return call


def logistic_regression(effort: Effort) -> Iterator[Work]:
    """Time the loss and its gradient on 10,000 rows of 100 features."""
    random = np.random.default_rng(0)
    x, w = random.standard_normal((10_000, 100)), random.standard_normal(100) * 0.1
    y = np.where(x @ random.standard_normal(100) > 0, 1.0, -1.0)
    work = Work(
        "logistic regression 10,000×100 float64, loss and gradient",
        (w, x, y),
        {"buffers reused": logistic_whole, "in blocks of rows": logistic_blocks},
        gradients(logistic_loss, torch_loss=logistic_loss_torch),
    )
    yield work


# -- Layer norm and GELU

ROOT_2_PI, CUBE, EPSILON = np.float32(np.sqrt(2 / np.pi)), np.float32(0.044715), np.float32(1e-5)


def layer_loss(xp: Any, x: Array, scale: Array, shift: Array, weight: Array) -> Array:
    """Return the weighted sum of ``gelu(layer_norm(x))``, in the form with tanh."""
    centred = x - x.mean(axis=1, keepdims=True)
    variance = (centred * centred).mean(axis=1, keepdims=True)
    h = centred / xp.sqrt(variance + EPSILON) * scale + shift
    return (0.5 * h * (1 + xp.tanh(ROOT_2_PI * (h + CUBE * (h * h * h)))) * weight).sum()


def layer_loss_torch(module: Any, x: Any, scale: Any, shift: Any, weight: Any) -> Any:
    """Return the same in PyTorch's words."""
    functional = module.nn.functional
    h = functional.layer_norm(x, (x.shape[1],), scale, shift, float(EPSILON))
    return (functional.gelu(h, approximate="tanh") * weight).sum()


def gelu_into(h: Array, weight: Array, t: Array, u: Array) -> float:
    """Return the weighted sum of GELU; overwrite `h` by its cotangent."""
    np.multiply(h, h, out=u)
    np.multiply(u, CUBE * ROOT_2_PI, out=u)
    np.add(u, ROOT_2_PI, out=u)
    np.multiply(u, h, out=t)
    np.tanh(t, out=t)
    # gelu' = (1 + t) / 2 + h (1 - t²) / 2 · (3 u - 2 √(2/π)), where u = √(2/π) (1 + c h²)
    np.multiply(u, 3, out=u)
    np.subtract(u, 2 * ROOT_2_PI, out=u)
    np.multiply(u, h, out=u)
    np.multiply(h, weight, out=h)
    np.add(t, 1, out=t)
    value = 0.5 * float(np.vdot(h, t))
    # (1 - t²) = (1 + t) (2 - (1 + t)): with s = 1 + t the whole is s/2 · (1 + u (2 - s))
    np.subtract(2, t, out=h)
    np.multiply(u, h, out=u)
    np.add(u, 1, out=u)
    np.multiply(u, t, out=u)
    np.multiply(weight, 0.5, out=h)
    np.multiply(h, u, out=h)
    return value


def layer_pieces(x: Array, scale: Array, shift: Array, weight: Array, rows: int) -> Call:
    """Prepare loss and gradients by blocks of rows, buffers reused."""
    width = x.shape[1]
    x_ct, scale_ct, shift_ct = np.zeros_like(x), np.zeros_like(scale), np.zeros_like(shift)
    n, h, t, u = (np.zeros((rows, width), x.dtype) for _ in range(4))
    part, ones = np.zeros_like(scale), np.ones(rows, x.dtype)
    mean, root = np.ones(width, x.dtype) / np.float32(width), np.zeros((rows, 1), x.dtype)

    def piece(s: slice) -> float:
        k = s.stop - s.start
        normal, h_s, t_s, u_s, root_s = n[:k], h[:k], t[:k], u[:k], root[:k]
        np.subtract(x[s], (x[s] @ mean)[:, None], out=normal)
        np.einsum("ij,ij->i", normal, normal, out=root_s[:, 0])
        np.divide(1, np.sqrt(root_s / np.float32(width) + EPSILON), out=root_s)
        np.multiply(normal, root_s, out=normal)
        np.multiply(normal, scale, out=h_s)
        np.add(h_s, shift, out=h_s)
        value = gelu_into(h_s, weight[s], t_s, u_s)
        np.add(shift_ct, np.matmul(ones[:k], h_s, out=part), out=shift_ct)
        np.multiply(h_s, normal, out=t_s)
        np.add(scale_ct, np.matmul(ones[:k], t_s, out=part), out=scale_ct)
        np.multiply(h_s, scale, out=h_s)
        along = (t_s @ scale)[:, None] / np.float32(width)
        np.subtract(h_s, (h_s @ mean)[:, None], out=h_s)
        np.multiply(normal, along, out=normal)
        np.subtract(h_s, normal, out=h_s)
        np.multiply(h_s, root_s, out=x_ct[s])
        return value

    def call() -> tuple[Any, ...]:
        scale_ct[...], shift_ct[...] = 0, 0
        value = sum(piece(s) for s in blocks(len(x), rows))
        return value, x_ct, scale_ct, shift_ct

    return call


def layer_whole(*arrays: Array) -> Call:
    """Prepare loss and gradients, all rows at once."""
    return layer_pieces(*arrays, rows=len(arrays[0]))


def layer_blocks(*arrays: Array) -> Call:
    """Prepare loss and gradients, 64 rows at a time: the buffers stay in the cache."""
    return layer_pieces(*arrays, rows=64)


def layer_norm_gelu(effort: Effort) -> Iterator[Work]:
    """Time a layer's loss and gradients on 4096 × 1024 float32 numbers."""
    random = np.random.default_rng(0)
    x, weight = (random.standard_normal((4096, 1024), dtype=np.float32) for _ in range(2))
    scale, shift = (random.standard_normal(1024, dtype=np.float32) for _ in range(2))
    work = Work(
        "layer norm and GELU 4096×1024 float32, loss and gradients",
        (x, scale, shift, weight),
        {"in blocks of rows": layer_blocks, "buffers reused": layer_whole},
        gradients(layer_loss, (0, 1, 2), torch_loss=layer_loss_torch),
        wanted=(0, 1, 2),
        native={JAX: 0.8, COMPILED: 0.8},
        floors=floors(x),
        rtol=2e-4,
    )
    yield work
