"""A network of two 1-d convolutions, written with slices: each tap of a kernel is a shifted view."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Call, Effort
from peers import Array, Work, gradients

BATCH, LENGTH, TAPS, CHANNELS = 32, 128, 5, (1, 16, 32)


def convolve(x: Array, w: Array) -> Array:
    """Convolve ``x[batch, length, channel]`` with ``w[tap, channel, channel]``: a sum of slices."""
    length = x.shape[1] - len(w) + 1
    total = x[:, :length] @ w[0]
    for tap in range(1, len(w)):
        total = total + x[:, tap : tap + length] @ w[tap]
    return total


def conv_loss(xp: Any, w1: Array, w2: Array, w3: Array, x: Array, y: Array) -> Array:
    """Return the squared error of two convolutions, a mean over the length, and a last layer."""
    h = xp.maximum(convolve(x, w1), 0)
    h = xp.maximum(convolve(h, w2), 0)
    error = h.mean(axis=1) @ w3 - y
    return (error * error).sum()


def conv_loss_torch(module: Any, w1: Any, w2: Any, w3: Any, x: Any, y: Any) -> Any:
    """Return the same with PyTorch's convolution, channels before length."""
    conv = module.nn.functional.conv1d
    h = conv(x.transpose(1, 2), w1.permute(2, 1, 0)).relu()
    h = conv(h, w2.permute(2, 1, 0)).relu()
    return (h.mean(2) @ w3 - y).square().sum()


def conv_loss_jax(xp: Any, w1: Array, w2: Array, w3: Array, x: Array, y: Array) -> Array:
    """Return the same with JAX's convolution."""
    lax, layout = importlib.import_module("jax").lax, ("NWC", "WIO", "NWC")
    h = xp.maximum(lax.conv_general_dilated(x, w1, (1,), "VALID", dimension_numbers=layout), 0)
    h = xp.maximum(lax.conv_general_dilated(h, w2, (1,), "VALID", dimension_numbers=layout), 0)
    return xp.square(h.mean(axis=1) @ w3 - y).sum()


class Layer:
    """A convolution by hand: windows copied side by side, one matrix product each way, buffers reused."""

    def __init__(self, x: Array, w: Array) -> None:
        (taps, inputs, outputs), (batch, length, _) = w.shape, x.shape
        self.x, self.w = x, w.reshape(taps * inputs, outputs)
        self.windows = np.lib.stride_tricks.sliding_window_view(x, taps, axis=1).swapaxes(2, 3)
        self.columns = np.zeros(self.windows.shape, x.dtype)
        self.flat = self.columns.reshape(-1, taps * inputs)
        self.out = np.zeros((batch, length - taps + 1, outputs), x.dtype)
        self.mask, self.w_ct = np.zeros(self.out.shape, bool), np.zeros_like(self.w)
        self.out_ct, self.columns_ct = np.zeros_like(self.out), np.zeros_like(self.columns)
        self.x_ct, self.taps, self.shape = np.zeros_like(x), taps, w.shape

    def forward(self) -> Array:
        """Compute the rectified convolution."""
        np.copyto(self.columns, self.windows)
        np.matmul(self.flat, self.w, out=self.out.reshape(len(self.flat), -1))
        np.greater(self.out, 0, out=self.mask)
        return np.maximum(self.out, 0, out=self.out)

    def weights_back(self) -> Array:
        """Return the weights' cotangent, from `out_ct`, which the rectifier's mask is applied to."""
        np.multiply(self.out_ct, self.mask, out=self.out_ct)
        np.matmul(self.flat.T, self.out_ct.reshape(len(self.flat), -1), out=self.w_ct)
        return self.w_ct.reshape(self.shape)

    def input_back(self, x_ct: Array) -> None:
        """Write the input's cotangent, after `weights_back`: the columns' sums, shifted back."""
        into = self.columns_ct.reshape(self.flat.shape)
        np.matmul(self.out_ct.reshape(len(self.flat), -1), self.w.T, out=into)
        length = self.out.shape[1]
        x_ct[...] = 0
        for tap in range(self.taps):
            part = x_ct[:, tap : tap + length]
            np.add(part, self.columns_ct[:, :, tap], out=part)


def conv_by_hand(w1: Array, w2: Array, w3: Array, x: Array, y: Array) -> Call:
    """Prepare loss and gradients with two such layers."""
    first = Layer(x, w1)
    second = Layer(first.out, w2)
    length, w3_t = second.out.shape[1], w3.T
    pooled, w3_ct = np.zeros((len(x), w3.shape[0]), x.dtype), np.zeros_like(w3)

    def call() -> tuple[Any, ...]:
        first.forward()
        np.mean(second.forward(), axis=1, out=pooled)
        error = pooled @ w3 - y
        value = np.vdot(error, error)
        np.multiply(error, 2, out=error)
        np.matmul(pooled.T, error, out=w3_ct)
        second.out_ct[...] = (error @ w3_t / np.float32(length))[:, None]
        w2_ct = second.weights_back()
        second.input_back(first.out_ct)
        return value, first.weights_back(), w2_ct, w3_ct

    return call


def convolution(effort: Effort) -> Iterator[Work]:
    """Time the network's loss and gradients."""
    random = np.random.default_rng(0)
    a, b, c = CHANNELS
    shapes = ((TAPS, a, b), (TAPS, b, c), (c, 10), (BATCH, LENGTH, a), (BATCH, 10))
    w1, w2, w3, x, y = (random.standard_normal(shape, dtype=np.float32) for shape in shapes)
    wanted = (0, 1, 2)
    work = Work(
        "two 1-d convolutions of 5 taps, batch 32, length 128, 16 and 32 channels, float32",
        (w1 / 2, w2 / 9, w3 / 6, x, y),
        {"columns and one product": conv_by_hand},
        gradients(
            conv_loss,
            wanted,
            torch_loss=conv_loss_torch,
            jax_losses={"JAX": conv_loss_jax, "JAX, slices": conv_loss},
        ),
        wanted=wanted,
        rtol=1e-4,
    )
    yield work
