"""Threads that work off the tasks of a kernel together.

Helpers are threads that wait for work, in one queue. Whoever calls `together` works, too, and takes back what
no helper has begun when its own work is done; for what one has begun it waits. So nothing runs after the call
has ended, and no helper is waited for that is merely late. There are never more helpers than one call has
wanted: where several threads call, each does with those that are free.
"""

from __future__ import annotations

import os
from _thread import allocate_lock, start_new_thread
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any


class _Job:
    """One call; who acquires ``claim`` makes it, or calls it off."""

    __slots__ = ("claim", "done", "error", "run")

    def __init__(self, run: Callable[[], Any]) -> None:
        self.run: Callable[[], Any] | None = run
        self.claim = allocate_lock()
        self.done = allocate_lock()
        self.done.acquire()
        self.error: BaseException | None = None

    def work(self) -> None:
        """Make the call, unless it was called off."""
        if not self.claim.acquire(False):
            return
        assert self.run is not None
        try:
            self.run()
        except BaseException as error:  # noqa: BLE001  (it is raised on the calling thread)
            self.error = error
        finally:
            self._finish()

    def end(self) -> None:
        """Call it off, or wait for its end; may be called again."""
        if self.claim.acquire(False):
            self._finish()
        with self.done:
            pass

    def _finish(self) -> None:
        self.run = None  # the queue holds the job until a helper comes by, but not what the call would use
        self.done.release()


class _Team:
    """The helpers of a process, and what waits for them."""

    __slots__ = ("helpers", "jobs")

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Without helpers, as in a child process, which has none of the threads."""
        self.jobs: SimpleQueue[_Job] = SimpleQueue()
        self.helpers: list[int] = []

    def give(self, jobs: Sequence[_Job]) -> None:
        """Hand out jobs, to new helpers if there are not so many; no matter if the system has no threads."""
        try:
            while len(self.helpers) < len(jobs):
                self.helpers.append(start_new_thread(_help, (self.jobs,)))
        except RuntimeError:
            pass
        for job in jobs if self.helpers else ():
            self.jobs.put(job)


def _help(jobs: SimpleQueue[_Job]) -> None:
    while True:
        jobs.get().work()


_team = _Team()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_team.begin)


def together(kernel: Callable[..., Any], given: tuple[Any, ...], own: Sequence[Any]) -> None:
    """``kernel(*given, own[k])`` on a thread for each ``k``, this one among them; a None is left out."""
    jobs = [_Job(_call(kernel, given, one)) for one in own[1:]]
    try:
        _team.give(jobs)
        _call(kernel, given, own[0])()
    finally:
        _end(jobs)
    for job in jobs:
        if job.error is not None:
            raise job.error


def _end(jobs: Sequence[_Job]) -> None:
    """End all; an interrupt waits, too, since helpers write to memory that is used again afterwards."""
    try:
        for job in jobs:
            job.end()
    except BaseException:
        _end(jobs)
        raise


def _call(kernel: Callable[..., Any], given: tuple[Any, ...], own: Any) -> Callable[[], Any]:
    return (lambda: kernel(*given)) if own is None else (lambda: kernel(*given, own))
