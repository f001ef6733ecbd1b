"""Settings of the process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

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
    before, kept, idle = switches.threads, switches.disk_cache, switches.idle_memory
    yield
    config.set_threads(before)
    config.set_disk_cache(kept)
    config.set_idle_memory(idle)


def test_the_count_is_that_of_the_cores_unless_it_is_set() -> None:
    config.set_threads(None)
    assert threads_now() >= 1
    config.set_threads(3)
    assert threads_now() == 3


@pytest.mark.parametrize("engine", ["llvm", "numpy"])
def test_results_do_not_depend_on_it(engine: Any) -> None:
    """A function that is compiled already takes another count in its next call."""
    if engine == "llvm":
        pytest.importorskip("llvmlite")
    compiled = jit(grad(f), engine=engine)
    found = []
    for count in (1, 2, 5, 1):
        config.set_threads(count)
        found += [compiled(X), compiled(X)]
        if engine == "numpy":
            blocks = compiled.lower(X).code.split("run_blocks(")[1].split("[", 1)[1]
            assert len(blocks.split("), (")) == count
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


def test_where_code_is_kept() -> None:
    for given, kept in [(False, False), (True, True), ("a/b", "a/b"), (Path("a") / "b", str(Path("a/b")))]:
        config.set_disk_cache(given)
        assert switches.disk_cache == kept
        assert type(switches.disk_cache) is type(kept)


@pytest.mark.parametrize("choice", [None, 1, 0, b"a", "", 1.5])
def test_what_is_no_place_for_code(choice: object) -> None:
    with pytest.raises(ArgumentError) as error:
        config.set_disk_cache(choice)  # type: ignore[arg-type]
    assert str(error.value).splitlines()[:3] == [
        "set_disk_cache: the choice must be a bool or a path.",
        "  expected  True, False or a path",
        f"  got       {choice!r}",
    ]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "True"),
        ({"FUNCGRAD_CACHE": "1"}, "True"),
        ({"FUNCGRAD_CACHE": "0"}, "False"),
        ({"FUNCGRAD_CACHE_DIR": "/a"}, "'/a'"),
        ({"FUNCGRAD_CACHE_DIR": ""}, "True"),
        ({"FUNCGRAD_CACHE_DIR": "/a", "FUNCGRAD_CACHE": "0"}, "False"),
    ],
)
def test_the_environment_says_where_code_is_kept(variables: dict[str, str], expected: str) -> None:
    code = "from funcgrad._src.base import config; print(repr(config.disk_cache))"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FUNCGRAD_CACHE")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=environment | variables,
        cwd=ROOT,
    )
    assert done.stdout.strip() == expected


def test_a_limit_of_idle_memory() -> None:
    for nbytes in (0, 1, 1 << 40):
        config.set_idle_memory(nbytes)
        assert switches.idle_memory == nbytes


@pytest.mark.parametrize("nbytes", [-1, 1.0, True, None, "64"])
def test_what_is_no_limit_of_idle_memory(nbytes: object) -> None:
    with pytest.raises(ArgumentError) as error:
        config.set_idle_memory(nbytes)  # type: ignore[arg-type]
    assert str(error.value).splitlines()[:3] == [
        "set_idle_memory: the number of bytes must be an int of at least 0.",
        "  expected  0, 1, 2, …",
        f"  got       {nbytes!r}",
    ]


@pytest.mark.parametrize(("given", "expected"), [("", 1 << 26), ("0", 0), ("1000", 1000)])
def test_the_environment_sets_the_limit_of_idle_memory(given: str, expected: int) -> None:
    code = "from funcgrad._src.base import config; print(config.idle_memory)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"FUNCGRAD_IDLE_MEMORY": given},
        cwd=ROOT,
    )
    assert done.stdout == f"{expected}\n"
