"""Rows of the op table: incomplete gamma and beta functions, and the distribution functions made of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.ops.case import Arg, Case
from tests.ops.special_namespace import special

# By these there is no derivative, so that they must not be traced: whole numbers are not.
SHAPE, SHAPES = Arg(low=1, high=5, dtype="int64"), Arg((3, 1), low=1, high=5, dtype="int64")
POSITIVE, POSITIVE_ROW = Arg(low=0.4, high=4.0), Arg((4,), low=0.4, high=4.0)
PROBABILITY, PROBABILITY_ROW = Arg(low=0.1, high=0.9), Arg((4,), low=0.1, high=0.9)
COUNT = Arg((3, 1), low=0, high=3, dtype="int64")
TRIALS = Arg(low=5, high=9, dtype="int64")
STEP = Arg((3, 1), low=0.1, high=3.9, avoid=(1.0, 2.0, 3.0))
LACKING = frozenset({"betaincc", "betainccinv", "gdtria", "gdtrix", "stdtr", "stdtrit"})  # on CuPy


def function(name: str) -> Callable[..., Any]:
    return lambda np, *args: getattr(special(np), name)(*args)


def row(name: str, *args: Arg, diff: tuple[int, ...], label: str = "") -> Case:
    """Differentiated by the operands ``diff``; SciPy's quantiles are good to ten digits or so."""
    inverse = name.rstrip("ax").endswith(("inv", "tri")) or name == "stdtrit"
    return Case(
        name,
        function(name),
        args,
        diff=diff,
        device=name not in LACKING,
        rtol=1e-6 if inverse else 1e-8,
        label=label,
    )


GAMMA = [
    row(name, shape, last, diff=(1,), label=label)
    for name, last, last_row in (
        ("gammainc", POSITIVE, POSITIVE_ROW),
        ("gammaincc", POSITIVE, POSITIVE_ROW),
        ("gammaincinv", PROBABILITY, PROBABILITY_ROW),
        ("gammainccinv", PROBABILITY, PROBABILITY_ROW),
        ("chdtr", POSITIVE, POSITIVE_ROW),
        ("chdtrc", POSITIVE, POSITIVE_ROW),
        ("chdtri", PROBABILITY, PROBABILITY_ROW),
        ("stdtr", Arg(), Arg((4,))),
        ("stdtrit", PROBABILITY, PROBABILITY_ROW),
    )
    for shape, last, label in ((SHAPE, last, ""), (SHAPES, last_row, "broadcast"))
]
SCALED = [
    row("gdtr", POSITIVE, SHAPES, POSITIVE_ROW, diff=(0, 2)),
    row("gdtrc", POSITIVE, SHAPES, POSITIVE_ROW, diff=(0, 2)),
    row("gdtrix", POSITIVE, SHAPES, PROBABILITY_ROW, diff=(0, 2)),
    row("gdtria", PROBABILITY, SHAPES, POSITIVE_ROW, diff=(0, 2)),
]
POISSON = [
    row("pdtr", STEP, POSITIVE_ROW, diff=(0, 1)),
    row("pdtrc", STEP, POSITIVE_ROW, diff=(0, 1)),
    row("pdtri", COUNT, PROBABILITY_ROW, diff=(1,)),
]
BETA = [
    row(name, SHAPE, SHAPES, last, diff=(2,))
    for name, last in (
        ("betainc", PROBABILITY_ROW),
        ("betaincc", PROBABILITY_ROW),
        ("betaincinv", PROBABILITY_ROW),
        ("betainccinv", PROBABILITY_ROW),
        ("fdtr", POSITIVE_ROW),
        ("fdtrc", POSITIVE_ROW),
        ("fdtri", PROBABILITY_ROW),
    )
]
BINOMIAL = [
    row("bdtr", STEP, TRIALS, PROBABILITY_ROW, diff=(0, 2)),
    row("bdtrc", STEP, TRIALS, PROBABILITY_ROW, diff=(0, 2)),
    row("bdtri", STEP, TRIALS, PROBABILITY_ROW, diff=(2,)),
    row("nbdtr", COUNT, TRIALS, PROBABILITY_ROW, diff=(2,)),
    row("nbdtrc", COUNT, TRIALS, PROBABILITY_ROW, diff=(2,)),
    row("nbdtri", COUNT, TRIALS, PROBABILITY_ROW, diff=(2,)),
]

CASES: list[Case] = [*GAMMA, *SCALED, *POISSON, *BETA, *BINOMIAL]
