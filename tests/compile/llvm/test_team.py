"""Threads that work off the tasks of a kernel together."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any

import numpy as np
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


class Held:
    """A team whose helper is busy until the block ends."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.team, self.free = team._Team(), threading.Event()
        monkeypatch.setattr(team, "_team", self.team)
        begun = threading.Event()
        self.job = team._Job(lambda: (begun.set(), self.free.wait(10)))
        self.team.give([self.job])
        assert begun.wait(10)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        self.free.set()
        self.job.end()
        last = threading.Event()
        self.team.give([team._Job(last.set)])
        assert last.wait(10)  # the helper has been at all that came before


def test_nothing_runs_after_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is late finds its part called off."""
    seen: list[str] = []
    with Held(monkeypatch):
        together(seen.append, (), ("a", "b"))
    assert seen == ["a"]


def test_what_is_called_off_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with Held(monkeypatch):
        array = np.zeros(3)
        left = weakref.ref(array)
        together(lambda x, own: None, (array,), ("a", "b"))
        del array
        assert left() is None


def test_there_are_no_more_helpers_than_a_call_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if they are late for every call."""
    monkeypatch.setattr(team, "_team", team._Team())
    for _ in range(100):
        together(lambda own: None, (), ("a", "b", "c"))
    assert len(team._team.helpers) == 2


def test_one_works_alone_where_there_are_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> int:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(team, "_team", team._Team())
    monkeypatch.setattr(team, "start_new_thread", refuse)
    seen: list[str] = []
    together(seen.append, (), ("a", "b"))
    assert seen == ["a"]


def test_an_interrupt_waits_for_all() -> None:
    """Those who still write are not left alone with memory that is used again."""
    ended: list[str] = []

    class Interrupted:
        def end(self) -> None:
            ended.append("first")
            if ended == ["first"]:
                raise KeyboardInterrupt

    class Job:
        def end(self) -> None:
            ended.append("second")

    jobs: Any = [Interrupted(), Job()]
    with pytest.raises(KeyboardInterrupt):
        team._end(jobs)
    assert ended == ["first", "first", "second"]


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
