"""What is being checked: a function of floating leaves, with names for its arguments and outputs.

The derivative of a problem, in either mode and along fixed random directions, is a problem again:
that is how higher orders are checked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..base.source import Location, function_location, function_name
from ..core.aval import aval_of
from ..transforms.jvp import jvp
from ..transforms.vjp import vjp
from ..tree import flatten, flatten_with_path, path_str, unflatten
from .coordinates import Coordinates, Vector
from .numerical import directional

WORDS = {"fwd": "forward", "rev": "reverse"}


class Problem(NamedTuple):
    """``fun(*leaves)`` returns a list of floating leaves; ``trail`` are the modes applied so far."""

    name: str
    at: Location | None
    fun: Callable[..., list[Any]]
    leaves: list[Any]
    outs: list[Any]
    inputs: Coordinates
    outputs: Coordinates
    trail: tuple[str, ...] = ()

    def order(self) -> int:
        """The order of the derivative that a check of this problem concerns."""
        return len(self.trail) + 1

    def mode(self, last: str) -> str:
        """The modes in words, outermost first: ``forward over reverse``."""
        return " over ".join(WORDS[mode] for mode in (last, *reversed(self.trail)))

    def numeric(self, direction: Vector, step: float) -> Vector:
        """The difference quotient along a direction, as coordinates of the outputs."""
        found = directional(self.fun, self.leaves, self.inputs.leaves(direction), step)
        return self.outputs.vector(found)

    def forward(self, direction: Vector) -> Vector:
        """The tangent of the outputs that forward mode gives for a direction."""
        tangents = self.inputs.leaves(direction)
        _, found = jvp(self.fun, tuple(self.leaves), tuple(tangents))
        return self.outputs.vector(found)

    def pullback(self) -> Callable[[Vector], Vector]:
        """The map from cotangents of the outputs to cotangents of the inputs that reverse mode gives."""
        _, pull = vjp(self.fun, *self.leaves)

        def back(covector: Vector) -> Vector:
            found = pull(self.outputs.leaves(covector, conjugate=True))
            return self.inputs.vector(found, conjugate=True)

        return back

    def derived(self, mode: str, rng: np.random.Generator) -> Problem:
        """The derivative in this mode along a fixed random (co)tangent, as a problem of its own."""
        trail = (*self.trail, mode)
        if mode == "fwd":
            tangents = tuple(self.inputs.leaves(rng.uniform(-1.0, 1.0, self.inputs.size)))

            def forward(*leaves: Any) -> list[Any]:
                return list(jvp(self.fun, tuple(leaves), tangents)[1])

            names = [f"the tangent of {path}" for path in self.outputs.paths]
            return make(self.name, self.at, forward, self.leaves, self.inputs.paths, names, trail)
        cotangents = self.outputs.leaves(rng.uniform(-1.0, 1.0, self.outputs.size), conjugate=True)

        def reverse(*leaves: Any) -> list[Any]:
            return list(vjp(self.fun, *leaves)[1](cotangents))

        names = [f"the cotangent of {path}" for path in self.inputs.paths]
        return make(self.name, self.at, reverse, self.leaves, self.inputs.paths, names, trail)


def make(
    name: str,
    at: Location | None,
    fun: Callable[..., list[Any]],
    leaves: list[Any],
    in_paths: Sequence[str],
    out_paths: Sequence[str] | None,
    trail: tuple[str, ...] = (),
) -> Problem:
    """A problem whose outputs are found by calling the function."""
    outs = fun(*leaves)
    paths = list(out_paths) if out_paths is not None else [f"result[{i}]" for i in range(len(outs))]
    return Problem(
        name, at, fun, leaves, outs, Coordinates(leaves, in_paths), Coordinates(outs, paths), trail
    )


def from_call(f: Callable[..., Any], args: Sequence[Any]) -> Problem:
    """The problem of differentiating ``f(*args)`` by all floating leaves."""
    pairs, tree = flatten_with_path(tuple(args))
    everything = [leaf for _, leaf in pairs]
    moving = [i for i, leaf in enumerate(everything) if aval_of(leaf).inexact]
    out_pairs, _ = flatten_with_path(f(*args))
    kept = [i for i, (_, leaf) in enumerate(out_pairs) if aval_of(leaf).inexact]

    def fun(*leaves: Any) -> list[Any]:
        current = list(everything)
        for i, leaf in zip(moving, leaves, strict=True):
            current[i] = leaf
        outs = flatten(f(*unflatten(tree, current)))[0]
        return [outs[i] for i in kept]

    in_paths = [path_str(pairs[i][0], "args") for i in moving]
    out_paths = [path_str(out_pairs[i][0], "result") for i in kept]
    leaves = [everything[i] for i in moving]
    return make(function_name(f), function_location(f), fun, leaves, in_paths, out_paths)
