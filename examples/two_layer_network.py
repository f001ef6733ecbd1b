"""A network of two layers, trained in six ways that follow one loss curve.

Sixty-four random inputs of 1000 numbers are mapped to 10 numbers through 100 hidden units: y = relu(x w1) w2.
The same start, the same steps, six ways to write them: the derivative by hand on NumPy arrays, the same code
on CuPy arrays, the derivative taken by funcgrad, with a ReLU of one's own, as one compiled program, and as
layers over a pytree of parameters.

    python examples/two_layer_network.py --steps 500
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from funcgrad import custom_vjp, jit, value_and_grad
from funcgrad.optim import sgd

Array = Any
LEARNING_RATE = 1e-6


class Problem(NamedTuple):
    """Inputs, targets and initial weights."""

    x: Array
    y: Array
    w1: Array
    w2: Array

    def copy(self) -> Problem:
        """The same numbers in new arrays."""
        return Problem(*[array.copy() for array in self])


def make_problem(batch: int = 64, inputs: int = 1000, hidden: int = 100, outputs: int = 10) -> Problem:
    """Random data and a random start."""
    rng = np.random.default_rng(0)
    shapes = [(batch, inputs), (batch, outputs), (inputs, hidden), (hidden, outputs)]
    return Problem(*[rng.standard_normal(shape) for shape in shapes])


# A way takes a problem and yields the loss before each of its steps, for ever.
Way = Callable[[Problem], Iterator[float]]


# 1 and 2 -- By hand. NumPy's functions accept CuPy's arrays, so this runs on either.


def by_hand(problem: Problem) -> Iterator[float]:
    """Forward and backward pass written out."""
    x, y, w1, w2 = problem
    while True:
        h = x.dot(w1)
        a = np.maximum(h, 0)
        y_pred = a.dot(w2)
        yield np.square(y - y_pred).sum()

        grad_y_pred = 2.0 * (y_pred - y)
        grad_w2 = a.T.dot(grad_y_pred)
        grad_h = grad_y_pred.dot(w2.T)
        grad_h[h < 0] = 0
        grad_w1 = x.T.dot(grad_h)

        w1 -= LEARNING_RATE * grad_w1
        w2 -= LEARNING_RATE * grad_w2


# 3 -- The forward pass alone; funcgrad goes back.


def loss(w1: Array, w2: Array, x: Array, y: Array) -> Array:
    """The sum of the squared errors."""
    return np.square(y - np.maximum(x.dot(w1), 0).dot(w2)).sum()


def differentiated(problem: Problem) -> Iterator[float]:
    """The gradient by ``value_and_grad``."""
    x, y, w1, w2 = problem
    loss_and_grads = value_and_grad(loss, argnums=(0, 1))
    while True:
        value, (grad_w1, grad_w2) = loss_and_grads(w1, w2, x, y)
        yield value
        w1 -= LEARNING_RATE * grad_w1
        w2 -= LEARNING_RATE * grad_w2


# 4 -- An operation with a derivative of its own: at 0 it is 1, as in `grad_h[h < 0] = 0` above.


@custom_vjp
def relu(h: Array) -> Array:
    """The positive part."""
    return np.maximum(h, 0)


def relu_forward(h: Array) -> tuple[Array, Array]:
    """The value, and what the backward pass needs."""
    return relu(h), h


def relu_backward(h: Array, g: Array) -> tuple[Array]:
    """The cotangent of ``h``, where ``g`` is that of ``relu(h)``."""
    return (np.where(h < 0, 0.0, g),)


relu.defvjp(relu_forward, relu_backward)


def loss_with_own_relu(w1: Array, w2: Array, x: Array, y: Array) -> Array:
    """The same loss; only the ReLU is ours."""
    return np.square(y - relu(x.dot(w1)).dot(w2)).sum()


def own_relu(problem: Problem) -> Iterator[float]:
    """The gradient through ``custom_vjp``."""
    x, y, w1, w2 = problem
    loss_and_grads = value_and_grad(loss_with_own_relu, argnums=(0, 1))
    while True:
        value, (grad_w1, grad_w2) = loss_and_grads(w1, w2, x, y)
        yield value
        w1 -= LEARNING_RATE * grad_w1
        w2 -= LEARNING_RATE * grad_w2


# 5 -- Forward pass, gradient and update as one program, which overwrites the weights it is given.


def step(w1: Array, w2: Array, x: Array, y: Array) -> tuple[Array, Array, Array]:
    """One step: the loss before it, and the weights after it."""
    value, (grad_w1, grad_w2) = value_and_grad(loss, argnums=(0, 1))(w1, w2, x, y)
    return value, w1 - LEARNING_RATE * grad_w1, w2 - LEARNING_RATE * grad_w2


compiled_step = jit(step, donate_argnums=(0, 1))


def compiled(problem: Problem) -> Iterator[float]:
    """The whole step by ``jit``."""
    x, y, w1, w2 = problem
    while True:
        value, w1, w2 = compiled_step(w1, w2, x, y)
        yield value


# 6 -- Layers: functions of their parameters. The parameters are one tree; an optimiser walks over it.


def dense(params: dict[str, Array], x: Array) -> Array:
    """A linear layer."""
    return x.dot(params["w"])


def network(params: dict[str, dict[str, Array]], x: Array) -> Array:
    """Two layers."""
    return dense(params["output"], np.maximum(dense(params["hidden"], x), 0))


def squared_error(params: dict[str, dict[str, Array]], x: Array, y: Array) -> Array:
    """The loss of a network."""
    return np.square(y - network(params, x)).sum()


def layers(problem: Problem) -> Iterator[float]:
    """The gradient of a tree, and ``sgd``."""
    x, y, w1, w2 = problem
    params = {"hidden": {"w": w1}, "output": {"w": w2}}
    optimizer = sgd(LEARNING_RATE)
    state = optimizer.init(params)
    while True:
        value, grads = value_and_grad(squared_error)(params, x, y)
        yield value
        params, state = optimizer.step_inplace(params, grads, state)


# -- All six, side by side.


def find_cupy() -> tuple[Any, str]:
    """CuPy if it has a device to compute on, else NumPy; and what there is to say about it."""
    try:
        cupy = importlib.import_module("cupy")
        name = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
    except Exception as error:  # noqa: BLE001 (whatever is wrong with CuPy here, the example goes on)
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        return np, f"Way 2 ran on NumPy arrays, for CuPy cannot be used here: {reason}"
    return cupy, f"Way 2 ran on CuPy arrays, on {name}."


def losses(way: Way, problem: Problem, steps: int) -> tuple[np.ndarray, float]:
    """The loss before each of ``steps`` steps, and the milliseconds that a step took."""
    start = time.perf_counter()
    curve = np.array([float(value) for value in itertools.islice(way(problem.copy()), steps)])
    elapsed = time.perf_counter() - start
    return curve, 1e3 * elapsed / steps


def run(steps: int) -> dict[str, tuple[np.ndarray, float]]:
    """Curve and time of each way."""
    problem = make_problem()
    xp, remark = find_cupy()
    on_device = Problem(*[xp.asarray(array) for array in problem])
    curves = {
        "1 by hand": losses(by_hand, problem, steps),
        f"2 {xp.__name__}": losses(by_hand, on_device, steps),
        "3 gradient": losses(differentiated, problem, steps),
        "4 own relu": losses(own_relu, problem, steps),
        "5 compiled": losses(compiled, problem, steps),
        "6 layers": losses(layers, problem, steps),
    }
    print(remark)
    return curves


def report(curves: dict[str, tuple[np.ndarray, float]], steps: int) -> None:
    """Print the curves as a table, and how far they are apart."""
    print("\n step" + "".join(f"{name:>13}" for name in curves))
    for i in sorted({*range(0, steps, 100), steps - 1}):
        print(f"{i:5}" + "".join(f"{curve[i]:13.5e}" for curve, _ in curves.values()))
    print("   ms" + "".join(f"{time:13.2f}" for _, time in curves.values()) + "   a step")

    first, *others = [curve for curve, _ in curves.values()]
    apart = max(float(np.max(np.abs(curve - first) / first)) for curve in others)
    print(f"\nLargest relative difference from the curve by hand, over all steps and ways: {apart:.1e}")


def main() -> None:
    """Train in six ways; print what they did and the compiled program."""
    parser = argparse.ArgumentParser(description="A network of two layers, trained in six ways.")
    parser.add_argument("--steps", type=int, default=500, help="how many steps (500)")
    steps = parser.parse_args().steps
    report(run(steps), steps)
    x, y, w1, w2 = make_problem()
    print(f"\nThe compiled step of way 5:\n\n{compiled_step.lower(w1, w2, x, y).jaxpr}")


if __name__ == "__main__":
    main()
