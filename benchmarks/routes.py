"""What a call through NumPy's protocols costs on a traced value, beside an operator: every callable of NumPy.

Each differentiable function is called that takes an array, or two, or a list of them, and little else.

- *Dispatch* is the time of ``np.f(traced)`` less that of the op that NumPy finds for it, called directly; for
  the operator, ``x * y`` less its primitive.
- *Tracing* is the time of ``np.f(traced)`` less that of ``np.f(array)``, divided by the number of operations
  that are recorded: a function that NumPy composes of others records several.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from statistics import median
from timeit import timeit
from typing import Any

import numpy as np
from harness import ROOT, Row, Table, options, report, settle

sys.path.insert(0, str(ROOT))

from funcgrad import make_jaxpr, vjp
from funcgrad._src.ops.support import classes, op_of
from funcgrad.extend import find_primitive

ABOVE = 5.0  # µs that a callable may cost more than the operator
CALLS = 50
SHOWN = 12
VECTOR = np.linspace(0.1, 0.9, 100)
MATRIX = np.eye(10) + 0.01 * np.arange(100.0).reshape(10, 10)
# How a function may be called with one traced array.
FORMS: tuple[tuple[str, Any, Callable[[Any, Any], Any]], ...] = (
    ("(x, x)", VECTOR, lambda f, x: f((x, x))),
    ("x", VECTOR, lambda f, x: f(x)),
    ("x, x", VECTOR, lambda f, x: f(x, x)),
    ("A", MATRIX, lambda f, x: f(x)),
    ("A, A", MATRIX, lambda f, x: f(x, x)),
    ("x, 2", VECTOR, lambda f, x: f(x, 2)),
    ("A, 0", MATRIX, lambda f, x: f(x, 0)),
    ("A, 0, 1", MATRIX, lambda f, x: f(x, 0, 1)),
    ("x, 0, 1", VECTOR, lambda f, x: f(x, 0, 1)),
    ("x, (4, 25)", VECTOR, lambda f, x: f(x, (4, 25))),
)


def works(call: Callable[[Any], Any], x: Any) -> int:
    """The number of operations that a call records; 0 if it is none that can be measured."""
    try:
        call(x)
        vjp(lambda x: (call(x), (x * x).sum())[1], x)
        return len(make_jaxpr(call)(x).eqns)
    except Exception:  # noqa: BLE001 (whatever the reason: the next form may do)
        return 0


@dataclass
class Callee:
    """A callable, by NumPy's function and by our op, its array, and the operations that it records."""

    label: str
    call: Callable[[Any], Any]
    direct: Callable[[Any], Any]
    x: Any
    operations: int


def callees() -> Iterator[Callee]:
    """Every callable that can be measured, in the first form that works."""
    for module in (np, np.linalg, np.fft):
        for name, found in classes(module).items():
            if found != ["differentiable"]:
                continue
            function, op = getattr(module, name), op_of(module, name)
            for form, x, apply in FORMS:
                operations = works(partial(apply, function), x)
                if operations:
                    label = f"{module.__name__.replace('numpy', 'np', 1)}.{name}({form})"
                    yield Callee(label, partial(apply, function), partial(apply, op), x, operations)
                    break


def times(callee: Callee, rounds: int) -> tuple[list[float], list[float], list[float]]:
    """Samples of three calls in turns, in µs: NumPy's function traced, our op traced, NumPy's on an array."""
    traced: list[float] = []
    direct: list[float] = []
    plain: list[float] = []

    def sample(call: Callable[[Any], Any], x: Any) -> float:
        return timeit(lambda: call(x), number=CALLS) / CALLS * 1e6

    def measure(t: Any) -> Any:
        traced.append(sample(callee.call, t))
        direct.append(sample(callee.direct, t))
        return (t * t).sum()

    for _ in range(rounds):
        plain.append(sample(callee.call, callee.x))
        vjp(measure, callee.x)
    return traced, direct, plain


def rows(callee: Callee, rounds: int) -> tuple[Row, Row]:
    """The row of dispatch and the row of tracing."""
    traced, direct, plain = times(callee, rounds)
    note = "" if callee.operations == 1 else f"{callee.operations} operations"
    dispatch = Row(callee.label, min(traced) - min(direct), median(traced) - median(direct))
    best, middle = min(traced) - min(plain), median(traced) - median(plain)
    return dispatch, Row(callee.label, best / callee.operations, middle / callee.operations, note=note)


def tables(rounds: int) -> Iterator[Table]:
    """Measure every callable; the operator first, then the dearest."""
    multiply = find_primitive("multiply")
    operator = Callee("x * y", lambda x: x * VECTOR, lambda x: multiply.bind(x, VECTOR), VECTOR, 1)
    first = rows(operator, rounds)
    found = [rows(callee, rounds) for callee in callees()]
    for which, title in enumerate(("what dispatch costs, a call", "what tracing costs, an operation")):
        column = sorted((pair[which] for pair in found), key=lambda row: -(row.best or 0.0))
        middle = Row(f"the median of {len(column)}", median(row.best or 0.0 for row in column), None)
        if which == 0:
            for row in column:
                row.target = (first[0].best or 0.0) + ABOVE
        yield Table(title, "µs", "x * y", [first[which], middle, *column[:SHOWN]])


def main() -> int:
    """Measure and print."""
    settle()
    arguments = options("The cost of NumPy's protocols.").parse_args()
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        return report(tables(arguments.rounds), arguments)


if __name__ == "__main__":
    sys.exit(main())
