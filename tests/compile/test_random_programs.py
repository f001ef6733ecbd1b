"""Random programs, compiled: the same results as eagerly, to the bit or to within NumPy's own error.

A program that fails is made smaller and printed as a script. ``make test-slow`` tries some ten thousand more.
"""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, note, settings

from tests.compile.comparing import check_donated, check_program
from tests.compile.random_programs import Program, program_of, programs, shrink
from tests.compile.variants import VARIANTS

SEEDS = {"small": 60, "special": 30, "large": 8, "dense": 16}  # how many are tried of each sort
MANY = 32  # times as many are tried in the long run
NAMES = [*VARIANTS, "donated"]


def check(program: Program, name: str) -> str:
    """The check of a variant, or of the donation of all arguments."""
    return check_donated(program) if name == "donated" else check_program(program, name)


def fails(program: Program, name: str) -> str | None:
    """What is wrong with a program; None if nothing is."""
    try:
        check(program, name)
    except Exception as error:  # noqa: BLE001  (it is told with the program that it belongs to)
        return f"{type(error).__name__}: {error}"
    return None


def run(seeds: range, name: str, sort: str) -> None:
    """The programs of some seeds; of the first that fails, the smallest one that does."""
    for seed in seeds:
        program = program_of(seed, sort)
        if fails(program, name):
            small = shrink(program, lambda p: fails(p, name) is not None)
            pytest.fail(
                f"seed {seed}: {fails(small, name)}\n\n{small.snippet(name if name in VARIANTS else 'value')}"
            )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sort", SEEDS)
def test_compiled_programs(sort: str, name: str) -> None:
    """Kind, dtype, shape, bits or error, ownership; arguments stay as they were."""
    run(range(SEEDS[sort]), name, sort)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sort", SEEDS)
@pytest.mark.parametrize("part", range(4))
def test_many_compiled_programs(part: int, sort: str, name: str) -> None:
    count = SEEDS[sort] * MANY // 4
    run(range(10_000 + part * count, 10_000 + (part + 1) * count), name, sort)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(programs())
def test_programs_that_hypothesis_draws(program: Program) -> None:
    """Those near to the simplest: few statements, small numbers of choices."""
    note(program.snippet("gradient"))
    for name in ("value", "gradient", "donated"):
        check(program, name)


@pytest.mark.parametrize("sort", SEEDS)
def test_a_seed_makes_one_program(sort: str) -> None:
    for seed in range(20):
        program = program_of(seed, sort)
        assert program == program_of(seed, sort)
        compile(program.snippet("value"), "snippet", "exec")


def test_programs_are_worth_comparing() -> None:
    """Most are differentiable, few are refused, and some are those where rounding matters."""
    said = Counter(check_program(program_of(seed), "gradient of map") for seed in range(150))
    assert said["same bits"] + said["close"] >= 110
    assert said["refused"] + said["excluded"] <= 10
    texts = [program_of(seed).source() for seed in range(400)]
    for word in (
        "where",
        "sum",
        "mean",
        "max",
        "@",
        "einsum",
        "concatenate",
        "+=",
        "softmax",
        "astype",
        ".T",
    ):
        assert sum(word in text for text in texts) >= 5, word
