"""Handwritten digits: a network learns to read them.

1797 pictures of 8 by 8 points, from scikit-learn; a quarter is held out. The parameters are a list of
layers, the layers are plain functions, a step of training is one compiled program that overwrites the
parameters it is given. Draws the loss and some predictions into examples/output.

    python examples/digits.py --epochs 30
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from sklearn.datasets import load_digits

from funcgrad import jit, value_and_grad
from funcgrad.optim import SGDState, sgd

mpl.use("Agg")  # draws into files; must come before pyplot
from matplotlib import pyplot as plt

try:
    from tqdm import tqdm as progress
except ImportError:

    def progress(items: Any, **_: Any) -> Any:
        """Without tqdm there is no progress bar."""
        return items


Array = Any
Params = list[dict[str, Array]]

SIZES = (64, 128, 64, 10)
BATCH = 32
OUTPUT = Path(__file__).parent / "output"

INK, BLUE, PALE, RED = "#222222", "#1f5fa8", "#c3d5ea", "#c0392b"


# -- Data


def load(rng: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """Pictures and labels: those to learn from, and those held out."""
    digits = load_digits()
    order = rng.permutation(len(digits.data))
    x, y = digits.data[order] / 16.0, digits.target[order]
    held_out = len(x) // 4
    return x[held_out:], y[held_out:], x[:held_out], y[:held_out]


def batches(x: Array, y: Array, rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    """The pictures in random order, a few at a time."""
    order = rng.permutation(len(x))
    for i in range(0, len(x) - BATCH + 1, BATCH):
        rows = order[i : i + BATCH]
        yield x[rows], y[rows]


# -- The network: functions of a list of layers


def init(rng: np.random.Generator) -> Params:
    """Random weights, of such a size that the layers keep the scale of what passes through them."""
    return [
        {"w": rng.standard_normal((m, n)) * np.sqrt(2 / m), "b": np.zeros(n)}
        for m, n in itertools.pairwise(SIZES)
    ]


def logits(params: Params, x: Array) -> Array:
    """Ten numbers for each picture; the largest is the prediction."""
    *hidden, last = params
    for layer in hidden:
        x = np.maximum(x @ layer["w"] + layer["b"], 0)
    return x @ last["w"] + last["b"]


def cross_entropy(params: Params, x: Array, y: Array) -> Array:
    """The mean of the negative log probability of the right digit."""
    z = logits(params, x)
    z = z - z.max(axis=1, keepdims=True)
    right = np.take_along_axis(z, y[:, None], axis=1)[:, 0]
    return (np.log(np.exp(z).sum(axis=1)) - right).mean()


def accuracy(params: Params, x: Array, y: Array) -> float:
    """The share of pictures that are read rightly."""
    return float((logits(params, x).argmax(axis=1) == y).mean())


# -- Training


def train(
    params: Params, x: Array, y: Array, epochs: int, rng: np.random.Generator
) -> tuple[Params, list[float]]:
    """Minibatch gradient descent with momentum; the learning rate falls along half a cosine."""
    steps = epochs * (len(x) // BATCH)
    optimizer = sgd(lambda count: 0.03 * (1 + np.cos(np.pi * count / steps)), momentum=0.9, weight_decay=1e-4)

    def step(params: Params, state: SGDState, x: Array, y: Array) -> tuple[Array, Params, SGDState]:
        value, grads = value_and_grad(cross_entropy)(params, x, y)
        return value, *optimizer.step(params, grads, state)

    compiled = jit(step, donate_argnames="params")
    state = optimizer.init(params)
    curve = []
    for _ in progress(range(epochs), desc="epochs", ncols=80):
        for batch in batches(x, y, rng):
            value, params, state = compiled(params, state, *batch)
            curve.append(float(value))
    return params, curve


# -- Pictures


def draw_loss(curve: list[float], epochs: int, path: Path) -> None:
    """The loss of every batch, and its mean over each epoch."""
    per_epoch = len(curve) // epochs
    means = np.reshape(curve, (epochs, per_epoch)).mean(axis=1)
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.semilogy(np.arange(len(curve)) / per_epoch, curve, color=PALE, lw=0.8, label="each batch")
    axes.semilogy(np.arange(epochs) + 0.5, means, color=BLUE, lw=2, label="mean of an epoch")
    axes.set_title("Learning to read digits", loc="left", color=INK)
    axes.set_xlabel("epoch")
    axes.set_ylabel("cross-entropy")
    axes.set_xlim(0, epochs)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e6e6e6")
    axes.set_axisbelow(True)
    axes.legend(frameon=False, labelcolor=INK)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def draw_predictions(x: Array, y: Array, z: Array, path: Path) -> None:
    """Held-out pictures with what the network reads: its mistakes first, then others in order."""
    predicted = z.argmax(axis=1)
    chosen = np.argsort(predicted == y, kind="stable")[:32]
    figure, grid = plt.subplots(4, 8, figsize=(8, 4.8), layout="constrained")
    for axes, i in zip(grid.flat, chosen, strict=False):
        wrong = predicted[i] != y[i]
        axes.imshow(x[i].reshape(8, 8), cmap="gray_r", interpolation="nearest")
        text = f"{predicted[i]}, not {y[i]}" if wrong else str(predicted[i])
        axes.set_title(text, fontsize=11, color=RED if wrong else INK, pad=3)
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(color=RED if wrong else "#d0d0d0", lw=2 if wrong else 1)
    mistakes = int((predicted != y).sum())
    figure.suptitle(
        f"{len(y)} held-out pictures, {mistakes} read wrongly (red)", x=0.01, ha="left", color=INK
    )
    figure.savefig(path, dpi=150)
    plt.close(figure)


def main() -> None:
    """Train, report, draw."""
    parser = argparse.ArgumentParser(description="A network learns to read handwritten digits.")
    parser.add_argument("--epochs", type=int, default=30, help="passes over the data (30)")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the folder for the pictures")
    options = parser.parse_args()

    rng = np.random.default_rng(0)
    x, y, x_held_out, y_held_out = load(rng)
    start = time.perf_counter()
    params, curve = train(init(rng), x, y, options.epochs, rng)
    elapsed = time.perf_counter() - start
    print(f"{len(curve)} steps in {elapsed:.1f} s; loss {curve[0]:.3f} at first, {curve[-1]:.2e} at last")
    for which, pictures, labels in [("seen", x, y), ("held out", x_held_out, y_held_out)]:
        print(f"accuracy on the {len(labels):4} pictures {which:8} {accuracy(params, pictures, labels):.2%}")

    options.output.mkdir(parents=True, exist_ok=True)
    draw_loss(curve, options.epochs, options.output / "loss_curve.png")
    draw_predictions(x_held_out, y_held_out, logits(params, x_held_out), options.output / "predictions.png")
    print(f"pictures: loss_curve.png and predictions.png in {options.output}")


if __name__ == "__main__":
    main()
