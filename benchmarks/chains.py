"""Chains of small operations: what one operation costs in a forward and a backward pass.

Nearly everything here is overhead: NumPy itself takes half a microsecond for most operations on 100 elements.
Every answer is compared with one computed by hand before it is timed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from harness import Call, Candidate, Effort, Table, compare
from libraries import LLVM, Function, checked, engines, gradients, promised

POINT = np.float64(0.5)
ARRAY = np.linspace(0.1, 0.6, 100)
POSITIVE = np.linspace(0.5, 1.0, 100)
ROUNDS_OF_TWELVE = 8
LONGER = np.linspace(0.1, 0.6, 1000)
DEPTHS = (1_000, 10_000, 50_000)
EAGER_ONES = ("funcgrad", "PyTorch eager", "HIPS autograd", "MyGrad")


def chain(steps: int) -> Function:
    """Return the chain of ``2 * steps`` operations ``z = z * x + x``."""

    def run(xp: Any, x: Any) -> Any:
        z = x
        for _ in range(steps):
            z = z * x + x
        return z

    return run


def chain_summed(xp: Any, x: Any) -> Any:
    """Run the 100-operation chain on an array and sum its result."""
    return chain(50)(xp, x).sum()


def chain_by_hand(x: Any, steps: int = 50) -> Any:
    """Return the derivative of the chain, by a hand-written forward and reverse pass over its steps."""
    values = [x]
    for _ in range(steps):
        values.append(values[-1] * x + x)
    gradient, z_ct = x * 0.0, x * 0.0 + 1.0
    for z in reversed(values[:-1]):
        gradient = gradient + z_ct * z + z_ct
        z_ct = z_ct * x
    return gradient + z_ct


def twelve(xp: Any, x: Any) -> Any:
    """Run twelve different differentiable operations, eight times over, and sum.

    The comparison inside ``where`` and the product that makes `low` run as well, but are not counted.
    """
    low, z = 0.25 * x, x
    for _ in range(ROUNDS_OF_TWELVE):
        z = xp.sqrt(z + x)
        z = xp.exp(z * x)
        z = xp.sin(xp.log(z / x))
        z = xp.maximum(xp.tanh(xp.square(z)), low)
        z = z - low
        z = xp.where(z > low, z, x)
    return z.sum()


def twelve_by_hand(x: Any) -> Any:
    """Return the gradient of `twelve` by the complex step, exact to the last digits.

    The branches are chosen by the real parts.
    """
    step = 1e-30
    point = x + 1j * step
    low, z = 0.25 * point, point
    for _ in range(ROUNDS_OF_TWELVE):
        z = np.sin(np.log(np.exp(np.sqrt(z + point) * point) / point))
        z = np.tanh(np.square(z))
        z = np.where(z.real > low.real, z, low) - low
        z = np.where(z.real > low.real, z, point)
    return z.imag / step


def twelve_reversed(x: Any) -> Any:
    """Return the gradient of `twelve` as one writes it by hand: forward, keeping values, and back.

    It knows that no two operands of `maximum` are equal here.
    """
    low, z, kept = 0.25 * x, x, []
    for _ in range(ROUNDS_OF_TWELVE):
        root = np.sqrt(z + x)
        power = np.exp(root * x)
        ratio = power / x
        log = np.log(ratio)
        sine = np.sin(log)
        tanh = np.tanh(np.square(sine))
        larger = tanh > low
        rest = np.maximum(tanh, low) - low
        chosen = rest > low
        z = np.where(chosen, rest, x)
        kept.append((root, power, ratio, log, sine, tanh, larger, chosen))
    by_x, by_low, g = np.zeros_like(x), np.zeros_like(x), np.ones_like(x)
    for root, power, ratio, log, sine, tanh, larger, chosen in reversed(kept):
        by_rest = g * chosen
        by_x += g - by_rest
        by_low -= by_rest
        by_tanh = by_rest * larger
        by_low += by_rest - by_tanh
        by_sine = by_tanh * (1.0 - tanh * tanh) * (sine + sine)
        by_power = by_sine * np.cos(log) / ratio / x
        by_x -= by_power * ratio
        by_product = by_power * power
        by_x += by_product * root
        g = by_product * x / (root + root)
        by_x += g
    return by_x + g + 0.25 * by_low


def candidates(
    f: Function,
    x: Any,
    expected: Any,
    targets: Mapping[str, float],
    compiled: float | None = None,
    names: Sequence[str] = (),
) -> list[Candidate]:
    """Return one checked candidate for each library, or for those named; `targets` are some rows'.

    `compiled` says which multiple of JAX's time funcgrad's compiled program may take.
    """
    makers = gradients()

    def preparing(name: str) -> Callable[[], Call]:
        return lambda: checked(makers[name](f, x), expected)

    def below(name: str) -> Mapping[str, float]:
        return {"JAX jit": compiled} if compiled is not None and promised(name) else {}

    return [Candidate(name, preparing(name), targets.get(name), below(name)) for name in names or makers]


def scalar_chain(effort: Effort) -> Iterator[Table]:
    """Time the gradient of 100 operations on a NumPy scalar."""
    expected = chain_by_hand(POINT)
    by_hand = Candidate("by hand, NumPy scalars", lambda: lambda: chain_by_hand(POINT))
    yield compare(
        "100 scalar operations, forward and backward",
        [by_hand, *candidates(chain(50), POINT, expected, {"funcgrad": 300, LLVM: 5}, compiled=1.0)],
        reference="PyTorch eager",
        effort=effort,
    )


def array_chain(effort: Effort) -> Iterator[Table]:
    """Time the gradient of 100 operations and a sum on 100 elements."""
    by_hand = Candidate("by hand, NumPy", lambda: lambda: chain_by_hand(ARRAY))
    yield compare(
        "101 operations on 100 elements, forward and backward, each",
        [by_hand, *candidates(chain_summed, ARRAY, chain_by_hand(ARRAY), {"funcgrad": 5})],
        reference="PyTorch eager",
        effort=effort,
        operations=101,
        unit="µs an operation",
    )


def mixed_chain(effort: Effort) -> Iterator[Table]:
    """Time the gradient of twelve different operations, 97 in all, on 100 elements."""
    expected = twelve_by_hand(POSITIVE)
    by_hand = Candidate("by hand, NumPy", lambda: checked(lambda: twelve_reversed(POSITIVE), expected))
    yield compare(
        "97 operations of twelve kinds on 100 elements, forward and backward, each",
        [by_hand, *candidates(twelve, POSITIVE, expected, {"funcgrad": 5})],
        reference="PyTorch eager",
        effort=effort,
        operations=12 * ROUNDS_OF_TWELVE + 1,
        unit="µs an operation",
    )


def chain_1000(effort: Effort) -> Iterator[Table]:
    """Time the gradient of the 100-operation chain on 1000 elements: a compiler's work."""
    by_hand = Candidate("by hand, NumPy", lambda: lambda: chain_by_hand(LONGER))
    expected = chain_by_hand(LONGER)
    yield compare(
        "101 operations on 1000 elements, forward and backward",
        [
            by_hand,
            *candidates(chain_summed, LONGER, expected, {}, compiled=0.5 if LLVM in engines() else 1.0),
        ],
        reference="JAX jit",
        effort=effort,
    )


def deep_chain(effort: Effort) -> Iterator[Table]:
    """Time longer and longer scalar chains: the time of one operation stays the same."""
    for depth in DEPTHS:
        steps = depth // 2
        yield compare(
            f"a scalar chain of {depth:,} operations, each",
            candidates(chain(steps), POINT, chain_by_hand(POINT, steps), {}, names=EAGER_ONES),
            reference="PyTorch eager",
            effort=replace(effort, rounds=min(effort.rounds, 5)),
            operations=depth,
            unit="µs an operation",
        )
