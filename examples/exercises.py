"""Two exercises on the network of two layers: another loss, and other hidden units.

1. The loss L = Σₙ exp(Σⱼ |ŷₙⱼ − yₙⱼ|), which punishes the worst example of a batch exponentially.
2. Sigmoid units instead of rectifiers in the hidden layer, with the squared error.

For each, the derivative is worked out by hand, funcgrad's is compared with it and with differences, and
the network is trained.

    python examples/exercises.py --steps 200
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

from funcgrad import grad, value_and_grad
from funcgrad.optim import sgd_step
from funcgrad.testing import check_grads

Array = Any
Params = dict[str, Array]


def make_problem(batch: int = 32, inputs: int = 50, hidden: int = 20, outputs: int = 3) -> Any:
    """Weights, inputs and targets, small enough for ``exp`` to stay in range."""
    rng = np.random.default_rng(0)
    params = {
        "w1": rng.standard_normal((inputs, hidden)) / np.sqrt(inputs),
        "w2": rng.standard_normal((hidden, outputs)) / np.sqrt(hidden),
    }
    x, y = rng.standard_normal((batch, inputs)), rng.standard_normal((batch, outputs))
    return params, x, y


# -- 1. Σₙ exp(Σⱼ |ŷ − y|), with rectified hidden units


def exponential_loss(params: Params, x: Array, y: Array) -> Array:
    """The sum over the batch of exp(sum of absolute errors)."""
    y_pred = np.maximum(x @ params["w1"], 0) @ params["w2"]
    return np.exp(np.abs(y_pred - y).sum(axis=1)).sum()


def exponential_loss_by_hand(params: Params, x: Array, y: Array) -> Params:
    """With eₙ = exp(Σⱼ |ŷₙⱼ − yₙⱼ|), the derivative by ŷₙⱼ is eₙ sign(ŷₙⱼ − yₙⱼ); the rest is as before."""
    h = x @ params["w1"]
    a = np.maximum(h, 0)
    error = a @ params["w2"] - y
    g = np.exp(np.abs(error).sum(axis=1, keepdims=True)) * np.sign(error)
    return {"w1": x.T @ np.where(h > 0, g @ params["w2"].T, 0), "w2": a.T @ g}


# -- 2. Sigmoid hidden units, with the squared error


def sigmoid(h: Array) -> Array:
    """1 / (1 + exp(−h)), written so that nothing overflows."""
    return 0.5 * (1 + np.tanh(0.5 * h))


def sigmoid_loss(params: Params, x: Array, y: Array) -> Array:
    """The sum of squared errors."""
    return np.square(sigmoid(x @ params["w1"]) @ params["w2"] - y).sum()


def sigmoid_loss_by_hand(params: Params, x: Array, y: Array) -> Params:
    """The sigmoid's derivative is s (1 − s), where s is its value."""
    s = sigmoid(x @ params["w1"])
    g = 2 * (s @ params["w2"] - y)
    return {"w1": x.T @ (g @ params["w2"].T * s * (1 - s)), "w2": s.T @ g}


# -- Compare, then train


def largest_difference(found: Params, expected: Params) -> float:
    """The largest difference between two gradients, relative to the largest entry."""
    return max(float(np.abs(found[k] - expected[k]).max() / np.abs(expected[k]).max()) for k in expected)


def train(
    loss: Callable[..., Array], params: Params, x: Array, y: Array, rate: float, steps: int
) -> list[float]:
    """The loss before each step of plain gradient descent."""
    curve = []
    for _ in range(steps):
        value, grads = value_and_grad(loss)(params, x, y)
        curve.append(float(value))
        params = sgd_step(params, grads, rate)
    return curve


def exercise(
    title: str, loss: Callable[..., Array], by_hand: Callable[..., Params], rate: float, steps: int
) -> None:
    """Check the gradient of ``loss`` in two ways, and follow it downhill."""
    params, x, y = make_problem()
    print(f"\n{title}")
    difference = largest_difference(grad(loss)(params, x, y), by_hand(params, x, y))
    print(f"  gradient, against the one by hand     {difference:.1e} relative difference")
    check_grads(lambda params: loss(params, x, y), (params,), order=1)
    print("  gradient, against differences         check_grads is content, in both modes")
    curve = train(loss, params, x, y, rate, steps)
    shown = sorted({*range(0, steps, max(1, steps // 4)), steps - 1})
    print("  step  " + "".join(f"{i:>12}" for i in shown))
    print("  loss  " + "".join(f"{curve[i]:12.4f}" for i in shown))


def main() -> None:
    """Both exercises."""
    parser = argparse.ArgumentParser(description="Two exercises on the network of two layers.")
    parser.add_argument("--steps", type=int, default=200, help="how many steps of training (200)")
    steps = parser.parse_args().steps
    exercise("1. Loss Σₙ exp(Σⱼ |ŷ − y|)", exponential_loss, exponential_loss_by_hand, 1e-5, steps)
    exercise("2. Sigmoid hidden units", sigmoid_loss, sigmoid_loss_by_hand, 1e-3, steps)


if __name__ == "__main__":
    main()
