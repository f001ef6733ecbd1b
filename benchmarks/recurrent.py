"""Long programs: a recurrent network of 50 steps, and an integrator of 40 steps, each unrolled."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Call, Effort
from peers import COMPILED, JAX, Array, Build, Work, gradients

STEPS, BATCH, INPUTS, HIDDEN, OUTPUTS = 50, 32, 16, 64, 4
SLOW = "takes minutes to compile: `--slow` includes it"

# -- A recurrent network


def rnn_loss(xp: Any, w_in: Array, w: Array, b: Array, w_out: Array, x: Array, y: Array) -> Array:
    """Return the squared error after 50 steps of ``h = tanh(x[t] @ w_in + h @ w + b)``."""
    h = xp.zeros((BATCH, HIDDEN), dtype=x.dtype)
    for t in range(STEPS):
        h = xp.tanh(x[t] @ w_in + h @ w + b)
    return xp.square(h @ w_out - y).sum()


def rnn_loss_scan(xp: Any, w_in: Array, w: Array, b: Array, w_out: Array, x: Array, y: Array) -> Array:
    """Return the same as JAX's users write it, by a scan."""

    def step(h: Array, x_t: Array) -> tuple[Array, None]:
        return xp.tanh(x_t @ w_in + h @ w + b), None

    start = xp.zeros((BATCH, HIDDEN), dtype=x.dtype)
    h, _ = importlib.import_module("jax").lax.scan(step, start, x)
    return xp.square(h @ w_out - y).sum()


def rnn_by_hand(w_in: Array, w: Array, b: Array, w_out: Array, x: Array, y: Array) -> Call:
    """Prepare loss and gradients; the inputs' product and the weights' cotangents are one product each."""
    h = np.zeros((STEPS + 1, BATCH, HIDDEN), x.dtype)
    inputs, ct, back = np.zeros_like(h[1:]), np.zeros_like(h[1:]), np.zeros_like(h[0])
    flat_x, flat_h = x.reshape(-1, INPUTS), h[:-1].reshape(-1, HIDDEN)
    flat_in, flat_ct = inputs.reshape(-1, HIDDEN), ct.reshape(-1, HIDDEN)
    cts = tuple(map(np.zeros_like, (w_in, w, b, w_out)))
    ones, w_t = np.ones(len(flat_ct), x.dtype), w.T

    def call() -> tuple[Any, ...]:
        np.matmul(flat_x, w_in, out=flat_in)
        np.add(flat_in, b, out=flat_in)
        for t in range(STEPS):
            into = h[t + 1]
            np.matmul(h[t], w, out=into)
            np.add(into, inputs[t], out=into)
            np.tanh(into, out=into)
        error = h[-1] @ w_out - y
        value = np.vdot(error, error)
        np.multiply(error, 2, out=error)
        np.matmul(h[-1].T, error, out=cts[3])
        np.multiply(h[1:], h[1:], out=inputs)
        np.subtract(1, inputs, out=inputs)
        np.matmul(error, w_out.T, out=back)
        for t in range(STEPS - 1, -1, -1):
            np.multiply(back, inputs[t], out=ct[t])
            np.matmul(ct[t], w_t, out=back)
        np.matmul(flat_x.T, flat_ct, out=cts[0])
        np.matmul(flat_h.T, flat_ct, out=cts[1])
        np.matmul(ones, flat_ct, out=cts[2])
        return value, *cts

    return call


def rnn(effort: Effort) -> Iterator[Work]:
    """Time the network's loss and gradients."""
    random = np.random.default_rng(0)
    shapes = ((INPUTS, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN,), (HIDDEN, OUTPUTS))
    weights = [random.standard_normal(shape) / np.sqrt(shape[0]) for shape in shapes]
    data = [random.standard_normal(shape) for shape in ((STEPS, BATCH, INPUTS), (BATCH, OUTPUTS))]
    wanted = (0, 1, 2, 3)
    work = Work(
        "recurrent network, 50 steps, batch 32, 16 inputs, 64 hidden, float32, loss and gradients",
        tuple(array.astype(np.float32) for array in (*weights, *data)),
        {"buffers reused": rnn_by_hand},
        gradients(rnn_loss, wanted, jax_losses={"JAX, scan": rnn_loss_scan, "JAX, unrolled": rnn_loss}),
        wanted=wanted,
        rtol=1e-3,
    )
    yield work


# -- Runge and Kutta's integrator

TIMES, STATE, DT = 40, 20, 0.05


def slope(xp: Any, w: Array, b: Array, y: Array) -> Array:
    """Return the right-hand side ``tanh(w @ y + b) - y``."""
    return xp.tanh(w @ y + b) - y


def rk4_step(xp: Any, w: Array, b: Array, y: Array) -> Array:
    """Return the state after one step."""
    k1 = slope(xp, w, b, y)
    k2 = slope(xp, w, b, y + DT / 2 * k1)
    k3 = slope(xp, w, b, y + DT / 2 * k2)
    k4 = slope(xp, w, b, y + DT * k3)
    return y + DT / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def rk4_loss(xp: Any, y: Array, w: Array, b: Array) -> Array:
    """Return the sum of squares of the state after 40 steps."""
    for _ in range(TIMES):
        y = rk4_step(xp, w, b, y)
    return (y * y).sum()


def rk4_loss_scan(xp: Any, y: Array, w: Array, b: Array) -> Array:
    """Return the same as JAX's users write it, by a scan."""
    lax = importlib.import_module("jax").lax
    y, _ = lax.scan(lambda y, _: (rk4_step(xp, w, b, y), None), y, None, length=TIMES)
    return (y * y).sum()


def rk4_by_hand(y: Array, w: Array, b: Array) -> Call:
    """Prepare loss and gradients by a sweep back over the stages; the weights' cotangent is one product."""
    points, tanhs, cts = (np.zeros((4 * TIMES, STATE)) for _ in range(3))
    w_ct, w_t = np.zeros_like(w), w.T.copy()
    into, out = (0.0, DT / 2, DT / 2, DT), (DT / 6, DT / 3, DT / 3, DT / 6)
    k, start, total, carried, ct = (np.zeros(STATE) for _ in range(5))

    def forward() -> None:
        np.copyto(start, y)
        for step in range(0, 4 * TIMES, 4):
            np.copyto(total, start)
            for stage in range(4):
                point, tanh = points[step + stage], tanhs[step + stage]
                np.add(start, np.multiply(k, into[stage], out=point), out=point)
                np.tanh(np.add(np.dot(w, point, out=tanh), b, out=tanh), out=tanh)
                np.subtract(tanh, point, out=k)
                np.add(total, np.multiply(k, out[stage], out=ct), out=total)
            np.copyto(start, total)

    def backward() -> None:
        np.multiply(start, 2, out=total)
        for step in range(4 * TIMES - 4, -1, -4):
            carried[...] = 0
            np.copyto(start, total)
            for stage in range(3, -1, -1):
                # k's cotangent: its share of the sum, and of the next stage's point
                np.add(np.multiply(start, out[stage], out=k), carried, out=k)
                row = cts[step + stage]
                np.multiply(k, tanhs[step + stage], out=row)
                np.multiply(row, tanhs[step + stage], out=row)
                np.subtract(k, row, out=row)
                np.subtract(np.dot(w_t, row, out=ct), k, out=ct)
                np.add(total, ct, out=total)
                np.multiply(ct, into[stage], out=carried)

    def call() -> tuple[Any, ...]:
        forward()
        value = start @ start
        backward()
        np.matmul(cts.T, points, out=w_ct)
        return value, total, w_ct, cts.sum(axis=0)

    return call


def runge_kutta(effort: Effort) -> Iterator[Work]:
    """Time the integrator's loss and its gradients by start and weights."""
    random = np.random.default_rng(0)
    arrays = (random.standard_normal(STATE), random.standard_normal((STATE, STATE)) / 4, np.zeros(STATE))
    wanted, losses = (0, 1, 2), {"JAX, scan": rk4_loss_scan, "JAX, unrolled": rk4_loss}
    programs: dict[str, Build] = gradients(rk4_loss, wanted, jax_losses=losses)
    without = {} if effort.slow else {f"{JAX}, unrolled": SLOW, COMPILED: SLOW}
    work = Work(
        "Runge-Kutta integrator, 40 steps unrolled, 20 variables, float64, loss and gradients",
        arrays,
        {"buffers reused": rk4_by_hand},
        programs,
        wanted=wanted,
        native={f"{JAX}, scan": 1.0},
        without=without,
    )
    yield work
