"""Large elementwise work: what counts is how often memory is read and written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Call, Effort
from native import C_LOOP, TANH_EXP
from peers import COMPILED, HIPS, JAX, Array, Compile, Program, Work, floors, gradients

LARGE = 10_000_000
BLOCK, ADAM_BLOCK = 65_536, 32_768
"""Numbers a block: the buffers at work fill a second-level cache of a megabyte, and not more."""
RATE, DECAY_1, DECAY_2, TINY, STEP = 1e-3, 0.9, 0.999, 1e-8, 10
CORRECTION_1, CORRECTION_2 = 1 - DECAY_1**STEP, 1 - DECAY_2**STEP


def blocks(size: int, length: int = BLOCK) -> Iterator[slice]:
    """Yield the slices that cut an axis into pieces that stay in the cache."""
    return (slice(start, min(start + length, size)) for start in range(0, size, length))


# -- The sum of tanh(x) * exp(-x * x), and its gradient


def tanh_exp(xp: Any, x: Array) -> Array:
    """Return the sum."""
    return (xp.tanh(x) * xp.exp(-(x * x))).sum()


def tanh_exp_into(x: Array, out: Array, t: Array, e: Array) -> float:
    """Return the sum; write the gradient ``exp(-x²) (1 - t² - 2 x t)``, where ``t = tanh(x)``."""
    np.tanh(x, out=t)
    np.multiply(x, x, out=e)
    np.negative(e, out=e)
    np.exp(e, out=e)
    np.multiply(x, 2, out=out)
    np.add(out, t, out=out)
    np.multiply(out, t, out=out)
    np.subtract(1, out, out=out)
    np.multiply(out, e, out=out)
    return float(np.vdot(t, e))


def tanh_exp_whole(x: Array) -> Call:
    """Prepare value and gradient on whole arrays, buffers reused."""
    out, t, e = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    return lambda: (tanh_exp_into(x, out, t, e), out)


def tanh_exp_pieces(x: Array, out: Array, t: Array, e: Array) -> float:
    """Return the sum; write the gradient block by block."""
    value = 0.0
    for s in blocks(x.size):
        length = s.stop - s.start
        value += tanh_exp_into(x[s], out[s], t[:length], e[:length])
    return value


def tanh_exp_blocks(x: Array) -> Call:
    """Prepare value and gradient block by block, the result reused."""
    out, t, e = np.zeros_like(x), np.zeros(BLOCK, x.dtype), np.zeros(BLOCK, x.dtype)
    return lambda: (tanh_exp_pieces(x, out, t, e), out)


def tanh_exp_fresh(x: Array) -> Call:
    """Prepare the same with a new array each time, as a function that returns it must."""
    t, e = np.zeros(BLOCK, x.dtype), np.zeros(BLOCK, x.dtype)

    def call() -> tuple[float, Array]:
        out = np.empty_like(x)
        return tanh_exp_pieces(x, out, t, e), out

    return call


def tanh_exp_work() -> Work:
    """Return value and gradient on ten million float32 numbers."""
    x = np.random.default_rng(0).standard_normal(LARGE, dtype=np.float32)
    return Work(
        "Σ tanh(x)·exp(−x²), 10,000,000 float32, value and gradient",
        (x,),
        {
            "in blocks, result reused": tanh_exp_blocks,
            "in blocks, new result": tanh_exp_fresh,
            "buffers reused": tanh_exp_whole,
        },
        gradients(tanh_exp),
        below={JAX: 0.5},
        native={JAX: 0.12, C_LOOP: 1.5},
        beside=TANH_EXP,
        floors=floors(x),
        rtol=1e-4,
    )


def tanh_exp_10m(effort: Effort) -> Iterator[Work]:
    """Time it."""
    yield tanh_exp_work()


# -- Adam's update


def adam(xp: Any, p: Array, m: Array, v: Array, g: Array) -> tuple[Array, Array, Array]:
    """Return the parameters and both moments after one update."""
    m = DECAY_1 * m + (1 - DECAY_1) * g
    v = DECAY_2 * v + (1 - DECAY_2) * (g * g)
    return p - RATE * (m / CORRECTION_1) / (xp.sqrt(v / CORRECTION_2) + TINY), m, v


def adam_into(p: Array, m: Array, v: Array, g: Array, t: Array) -> None:
    """Update in place, with one buffer; the corrections are folded into the rate."""
    root = CORRECTION_2**0.5
    np.multiply(m, DECAY_1, out=m)
    np.multiply(g, 1 - DECAY_1, out=t)
    np.add(m, t, out=m)
    np.multiply(v, DECAY_2, out=v)
    np.multiply(g, g, out=t)
    np.multiply(t, 1 - DECAY_2, out=t)
    np.add(v, t, out=v)
    np.sqrt(v, out=t)
    np.add(t, TINY * root, out=t)
    np.divide(m, t, out=t)
    np.multiply(t, RATE * root / CORRECTION_1, out=t)
    np.subtract(p, t, out=p)


def adam_whole(p: Array, m: Array, v: Array, g: Array) -> Call:
    """Prepare the update on whole arrays."""
    t = np.zeros_like(p)

    def call() -> tuple[Array, Array, Array]:
        adam_into(p, m, v, g, t)
        return p, m, v

    return call


def adam_blocks(p: Array, m: Array, v: Array, g: Array) -> Call:
    """Prepare the update block by block."""
    t = np.zeros(ADAM_BLOCK, p.dtype)

    def call() -> tuple[Array, Array, Array]:
        for s in blocks(p.size, ADAM_BLOCK):
            adam_into(p[s], m[s], v[s], g[s], t[: s.stop - s.start])
        return p, m, v

    return call


def torch_adam(module: Any, compiled: Compile) -> Program:
    """Return one step of PyTorch's optimizer: its fused kernel, or its compiled step."""
    made: list[tuple[Any, Program]] = []
    eager = compiled(adam) is adam

    def program(p: Any, m: Any, v: Any, g: Any) -> Any:
        if not made:
            optimizer = module.optim.Adam([p], lr=RATE, fused=eager)
            step = module.tensor(float(STEP - 1))
            optimizer.state[p] = {"step": step, "exp_avg": m, "exp_avg_sq": v}
            made.append((optimizer, compiled(optimizer.step)))
        p.grad = g
        made[0][1]()
        return p.detach(), m, v

    return program


def adam_10m(effort: Effort) -> Iterator[Work]:
    """Time the update of ten million float32 parameters."""
    random = np.random.default_rng(0)
    p, m, g = (random.standard_normal(LARGE, dtype=np.float32) for _ in range(3))
    work = Work(
        "Adam's update of 10,000,000 float32 parameters",
        (p, m, np.abs(m), g),
        {"in blocks": adam_blocks, "buffers reused": adam_whole},
        {
            "funcgrad": lambda module, _: lambda *arrays: adam(np, *arrays),
            "JAX": lambda module, _: lambda *arrays: adam(module.numpy, *arrays),
            "PyTorch": torch_adam,
        },
        carried=(0, 1, 2),
        native={JAX: 0.8, COMPILED: 0.8},
        floors=floors(p),
        without={HIPS: "its optimizers are loops over plain NumPy: the row by hand"},
        rtol=1e-4,
    )
    yield work
