"""Settings of the process."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from funcgrad import config, grad, jit
from funcgrad._src.base import config as switches
from funcgrad._src.compile.compiler import threads_now
from funcgrad.errors import ArgumentError
from tests.house.source import ROOT

X = np.random.default_rng(0).normal(size=300_001)


def f(x: np.ndarray) -> np.ndarray:
    return (np.tanh(x) * np.exp(-x * x)).sum()


@pytest.fixture(autouse=True)
def restored() -> object:
    before = switches.threads
    yield
    config.set_threads(before)


def test_the_count_is_that_of_the_cores_unless_it_is_set() -> None:
    config.set_threads(None)
    assert threads_now() >= 1
    config.set_threads(3)
    assert threads_now() == 3


def test_results_do_not_depend_on_it() -> None:
    """A function that is compiled already takes another count in its next call."""
    compiled = jit(grad(f))
    found = []
    for count in (1, 2, 5, 1):
        config.set_threads(count)
        found += [compiled(X), compiled(X)]
        assert len(compiled.lower(X).code.split("run_blocks(")[1].split("[", 1)[1].split("), (")) == count
    assert all(one.tobytes() == found[0].tobytes() for one in found)


@pytest.mark.parametrize("count", [0, -1, 1.0, True, "2"])
def test_what_is_no_count(count: object) -> None:
    with pytest.raises(ArgumentError) as error:
        config.set_threads(count)  # type: ignore[arg-type]
    assert str(error.value).splitlines()[:3] == [
        "set_threads: the count must be a positive int.",
        "  expected  1, 2, … or None",
        f"  got       {count!r}",
    ]


def test_the_environment_sets_it() -> None:
    code = "from funcgrad._src.compile.compiler import threads_now; print(threads_now())"
    environment = {**os.environ, "FUNCGRAD_THREADS": "7"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, cwd=ROOT
    )
    assert done.stdout == "7\n"
