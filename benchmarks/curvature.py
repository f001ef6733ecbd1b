"""Second derivatives, and one gradient for each example: transformations inside each other."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Call, Effort
from peers import EAGER, HIPS, JAX, Array, Build, Compile, Program, Work

# -- The Hessian of Rosenbrock's function


def rosenbrock(x: Array) -> Array:
    """Return Rosenbrock's function, written with operators alone."""
    rise = x[1:] - x[:-1] * x[:-1]
    rest = 1 - x[:-1]
    return (100 * rise * rise + rest * rest).sum()


def rosenbrock_by_hand(x: Array) -> Call:
    """Prepare the three diagonals, written into one matrix."""
    n = len(x)
    matrix = np.zeros((n, n))
    flat = matrix.reshape(-1)
    middle, above, below = flat[:: n + 1], flat[1 :: n + 1], flat[n :: n + 1]

    def call() -> Array:
        middle[-1] = 200
        np.multiply(x[:-1], x[:-1], out=middle[:-1])
        np.multiply(middle[:-1], 1200, out=middle[:-1])
        np.add(middle[:-1], 2, out=middle[:-1])
        np.multiply(x[1:], 400, out=above)
        np.subtract(middle[:-1], above, out=middle[:-1])
        np.add(middle[1:-1], 200, out=middle[1:-1])
        np.multiply(x[:-1], -400, out=above)
        np.copyto(below, above)
        return matrix

    return call


def rosenbrock_hessian(effort: Effort) -> Iterator[Work]:
    """Time the Hessian at 100 variables."""
    programs: dict[str, Build] = {
        "funcgrad": lambda module, _: module.hessian(rosenbrock),
        "JAX": lambda module, _: module.hessian(rosenbrock),
        "PyTorch": lambda module, compiled: compiled(module.func.hessian(rosenbrock)),
        HIPS: lambda module, _: module.hessian(rosenbrock),
    }
    work = Work(
        "Hessian of Rosenbrock's function, 100 variables, float64",
        (np.random.default_rng(0).standard_normal(100),),
        {"three diagonals": rosenbrock_by_hand},
        programs,
        wanted=(),
        below={JAX: 1.0, EAGER: 1.0},
    )
    yield work


# -- A network, for the two that follow

BATCH, INPUTS, HIDDEN, OUTPUTS = 64, 50, 64, 10


def network_loss(xp: Any, w1: Array, w2: Array, x: Array, y: Array) -> Array:
    """Return the squared error of ``tanh(x @ w1) @ w2``, for a batch or for one example."""
    error = xp.tanh(x @ w1) @ w2 - y
    return (error * error).sum()


def network_data() -> tuple[Array, ...]:
    """Return both weights, inputs and targets."""
    random = np.random.default_rng(0)
    w1 = random.standard_normal((INPUTS, HIDDEN)) / np.sqrt(INPUTS)
    w2 = random.standard_normal((HIDDEN, OUTPUTS)) / np.sqrt(HIDDEN)
    return w1, w2, random.standard_normal((BATCH, INPUTS)), random.standard_normal((BATCH, OUTPUTS))


def by_hand_product(w1: Array, w2: Array, x: Array, y: Array, v: Array) -> Call:
    """Prepare the product of the Hessian by `w1` with `v`: the derivative of the gradient's own program."""
    h, slope, dh = (np.zeros((len(x), HIDDEN)) for _ in range(3))
    e, de, g, dg = np.zeros_like(y), np.zeros_like(y), np.zeros_like(h), np.zeros_like(h)
    out, w2_t, x_t = np.zeros_like(w1), w2.T, x.T

    def call() -> Array:
        np.tanh(np.matmul(x, w1, out=h), out=h)
        np.subtract(1, np.multiply(h, h, out=slope), out=slope)
        np.multiply(np.matmul(x, v, out=dh), slope, out=dh)
        np.subtract(np.matmul(h, w2, out=e), y, out=e)
        np.matmul(dh, w2, out=de)
        np.matmul(e, w2_t, out=g)
        np.matmul(de, w2_t, out=dg)
        # d(2 g (1 - h²)) = 2 dg (1 - h²) - 4 g h dh
        np.multiply(np.multiply(g, h, out=g), dh, out=g)
        np.multiply(g, 2, out=g)
        np.subtract(np.multiply(dg, slope, out=dg), g, out=dg)
        np.multiply(dg, 2, out=dg)
        return np.matmul(x_t, dg, out=out)

    return call


def product_of(module: Any, xp: Any) -> Program:
    """Return the product, forward over reverse, in a library with JAX's names."""

    def program(w1: Array, w2: Array, x: Array, y: Array, v: Array) -> Array:
        def gradient(w: Array) -> Array:
            return module.grad(lambda w: network_loss(xp, w, w2, x, y))(w)

        return module.jvp(gradient, (w1,), (v,))[1]

    return program


def product_hips(module: Any, _: Compile) -> Program:
    """Return the product as HIPS autograd's own function does it, reverse over reverse."""
    xp = importlib.import_module("autograd.numpy")
    product = module.hessian_vector_product(lambda w, *rest: network_loss(xp, w, *rest[:-1]))

    def program(w1: Array, w2: Array, x: Array, y: Array, v: Array) -> Array:
        return product(w1, w2, x, y, v, v)

    return program


def hessian_vector(effort: Effort) -> Iterator[Work]:
    """Time the product of a network's Hessian with a direction."""
    data = network_data()
    programs: dict[str, Build] = {
        "funcgrad": lambda module, _: product_of(module, np),
        "JAX": lambda module, _: product_of(module, module.numpy),
        "PyTorch": lambda module, compiled: compiled(product_of(module.func, module)),
        HIPS: product_hips,
    }
    work = Work(
        "Hessian-vector product, network 64-50-64-10, float64",
        (*data, np.random.default_rng(1).standard_normal(data[0].shape)),
        {"buffers reused": by_hand_product},
        programs,
        wanted=(),
    )
    yield work


# -- One gradient for each example


def by_hand_each(w1: Array, w2: Array, x: Array, y: Array) -> Call:
    """Prepare the gradients of all examples: the batch's sweep, then outer products instead of sums."""
    h, g, e = np.zeros((len(x), HIDDEN)), np.zeros((len(x), HIDDEN)), np.zeros_like(y)
    w1_cts, w2_cts = np.zeros((len(x), *w1.shape)), np.zeros((len(x), *w2.shape))
    w2_t = w2.T

    def call() -> tuple[Array, Array]:
        np.tanh(np.matmul(x, w1, out=h), out=h)
        np.subtract(np.matmul(h, w2, out=e), y, out=e)
        np.multiply(e, 2, out=e)
        np.multiply(h[:, :, None], e[:, None, :], out=w2_cts)
        np.matmul(e, w2_t, out=g)
        np.subtract(1, np.multiply(h, h, out=h), out=h)
        np.multiply(g, h, out=g)
        np.multiply(x[:, :, None], g[:, None, :], out=w1_cts)
        return w1_cts, w2_cts

    return call


def each_of(module: Any, xp: Any, argnums: str = "argnums") -> Program:
    """Return the gradients of all examples in a library with JAX's names."""

    def loss(*arrays: Array) -> Array:
        return network_loss(xp, *arrays)

    return module.vmap(module.grad(loss, **{argnums: (0, 1)}), (None, None, 0, 0))


def each_hips(module: Any, _: Compile) -> Program:
    """Return a loop over the examples: HIPS autograd has no vmap."""
    xp = importlib.import_module("autograd.numpy")
    gradient = module.grad(lambda *arrays: network_loss(xp, *arrays), (0, 1))

    def program(w1: Array, w2: Array, x: Array, y: Array) -> Array:
        each = [gradient(w1, w2, *example) for example in zip(x, y, strict=True)]
        return tuple(map(np.stack, zip(*each, strict=True)))

    return program


def per_example(effort: Effort) -> Iterator[Work]:
    """Time the gradients of 64 examples, each by itself."""
    programs: dict[str, Build] = {
        "funcgrad": lambda module, _: each_of(module, np),
        "JAX": lambda module, _: each_of(module, module.numpy),
        "PyTorch": lambda module, compiled: compiled(each_of(module.func, module)),
        HIPS: each_hips,
    }
    work = Work(
        "per-example gradients by vmap(grad), network 64-50-64-10, float64",
        network_data(),
        {"outer products": by_hand_each},
        programs,
        wanted=(),
    )
    yield work
