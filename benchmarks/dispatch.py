"""What one call costs by each of the ways to write it: operator, NumPy's function, our function, method."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from harness import Call, Candidate, Effort, Table, compare


def repeated(operation: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """Return the function that applies one binary operation 100 times, and sums an array."""

    def run(x: Any) -> Any:
        z = x
        for _ in range(100):
            z = operation(z, x)
        return z.sum() if z.shape else z

    return run


def routes(library: str, namespace: str) -> dict[str, Callable[[Any, Any], Any]]:
    """Return the ways one library offers to write the same operation."""
    xp = importlib.import_module(namespace)
    return {
        f"{library}: z * x": lambda z, x: z * x,
        f"{library}: np.multiply(z, x)": xp.multiply,
        f"{library}: np.sin(z)": lambda z, x: xp.sin(z),
        f"{library}: -z": lambda z, x: -z,
        f"{library}: np.negative(z)": lambda z, x: xp.negative(z),
        f"{library}: np.where(True, z, x)": lambda z, x: xp.where(True, z, x),
        f"{library}: z.reshape(z.shape)": lambda z, x: z.reshape(z.shape),
    }


WRAPPERS = (
    ("NumPy alone", "numpy", None),
    ("funcgrad", "numpy", "funcgrad"),
    ("funcgrad.numpy", "funcgrad.numpy", "funcgrad"),
    ("HIPS autograd", "autograd.numpy", "autograd"),
)


def dispatch(effort: Effort) -> Iterator[Table]:
    """Time one call by operator, by NumPy function and by method, with its share of the backward pass."""
    for about, x in (("a NumPy scalar", np.float64(1.0)), ("100 elements", np.ones(100))):
        yield compare(
            f"one call by each route on {about}, forward and backward",
            list(routed(x)),
            reference="funcgrad: z * x",
            effort=effort,
            operations=100,
            unit="µs a call",
        )


def routed(x: Any) -> Iterator[Candidate]:
    """Yield a candidate for every route of every library."""
    names = [name.split(": ", 1)[1] for name in routes("", "numpy")]
    for library, namespace, differentiator in WRAPPERS:
        for route in names:
            yield Candidate(
                f"{library}: {route}", route_preparing(library, namespace, differentiator, route, x)
            )


def route_preparing(
    library: str, namespace: str, differentiator: str | None, route: str, x: Any
) -> Callable[[], Call]:
    """Return the function that prepares the call of one route."""

    def prepare() -> Call:
        f = repeated(routes(library, namespace)[f"{library}: {route}"])
        g = importlib.import_module(differentiator).grad(f) if differentiator else f
        return lambda: g(x)

    return prepare
