"""Threads that work off the tasks of a kernel together."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest

from funcgrad._src.compile.engines.llvm import team
from funcgrad._src.compile.engines.llvm.team import together


def test_each_gets_its_own() -> None:
    seen: list[tuple[Any, ...]] = []
    both = threading.Barrier(3)

    def kernel(*args: Any) -> None:
        both.wait(10)  # three threads are in here at a time
        seen.append((threading.get_ident(), *args))

    together(kernel, (1, 2), ("a", "b", "c"))
    assert sorted(args[1:] for args in seen) == [(1, 2, "a"), (1, 2, "b"), (1, 2, "c")]
    assert len({args[0] for args in seen}) == 3


def test_none_is_left_out() -> None:
    seen: list[tuple[Any, ...]] = []
    together(lambda *args: seen.append(args), (1,), (None,))
    assert seen == [(1,)]


def test_an_error_of_any_thread_is_raised() -> None:
    both = threading.Barrier(2)

    def kernel(own: str) -> None:
        both.wait(10)
        if own == "b":
            raise ValueError(own)

    with pytest.raises(ValueError, match="b"):
        together(kernel, (), ("a", "b"))


def test_nothing_runs_after_the_call() -> None:
    """Whoever is late finds its part called off."""
    held = threading.Event()
    busy = [team._Helper() for _ in range(1)]
    assert busy
    first = team._Job(lambda: held.wait(10))
    busy[0].give(first)
    late = team._Job(lambda: pytest.fail("it was called off"))
    late.end()
    late.work()
    held.set()
    first.end()


def test_helpers_are_used_again() -> None:
    both = threading.Barrier(2)
    before = len(team._idle)
    for _ in range(20):
        together(lambda own: both.wait(10), (), ("a", "b"))
    assert len(team._idle) <= before + 3  # one may not have come back when the next call begins


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_has_threads_of_its_own() -> None:
    together(lambda own: None, (), ("a", "b"))
    child = os.fork()
    if child == 0:
        both = threading.Barrier(2)
        together(lambda own: both.wait(5), (), ("a", "b"))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
