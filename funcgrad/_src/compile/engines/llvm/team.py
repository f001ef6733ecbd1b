"""Threads that work off the tasks of a kernel together.

A helper is a thread that waits for work. Whoever calls `together` works, too, and takes back what no helper
has begun when its own work is done; for what one has begun it waits. So nothing runs after the call has
ended, and no helper is waited for that is merely late.
"""

from __future__ import annotations

import os
from _thread import allocate_lock, start_new_thread
from collections.abc import Callable, Sequence
from typing import Any


class _Job:
    """One call; who acquires ``claim`` makes it, or calls it off."""

    __slots__ = ("claim", "done", "error", "run")

    def __init__(self, run: Callable[[], Any]) -> None:
        self.run = run
        self.claim = allocate_lock()
        self.done = allocate_lock()
        self.done.acquire()
        self.error: BaseException | None = None

    def work(self) -> None:
        """Make the call, unless it was called off."""
        if not self.claim.acquire(False):
            return
        try:
            self.run()
        except BaseException as error:  # noqa: BLE001  (it is raised on the calling thread)
            self.error = error
        finally:
            self.done.release()

    def end(self) -> None:
        """Call it off, or wait for its end."""
        if not self.claim.acquire(False):
            with self.done:
                pass


class _Helper:
    """A thread that waits for jobs."""

    __slots__ = ("go", "job")

    def __init__(self) -> None:
        self.go = allocate_lock()
        self.go.acquire()
        self.job: _Job | None = None
        start_new_thread(self.loop, ())

    def loop(self) -> None:
        while True:
            self.go.acquire()
            job, self.job = self.job, None
            if job is not None:
                job.work()
            del job
            _idle.append(self)

    def give(self, job: _Job) -> None:
        self.job = job
        self.go.release()


_idle: list[_Helper] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # a child has none of the threads


def together(kernel: Callable[..., Any], given: tuple[Any, ...], own: Sequence[Any]) -> None:
    """``kernel(*given, own[k])`` on a thread for each ``k``, this one among them; a None is left out."""
    jobs = [_Job(_call(kernel, given, one)) for one in own[1:]]
    try:
        for job in jobs:
            _helper().give(job)
        _call(kernel, given, own[0])()
    finally:
        for job in jobs:
            job.end()
    for job in jobs:
        if job.error is not None:
            raise job.error


def _helper() -> _Helper:
    try:
        return _idle.pop()
    except IndexError:
        return _Helper()


def _call(kernel: Callable[..., Any], given: tuple[Any, ...], own: Any) -> Callable[[], Any]:
    return (lambda: kernel(*given)) if own is None else (lambda: kernel(*given, own))
