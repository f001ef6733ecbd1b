"""Blocks on one or several threads.

NumPy lets others run while it computes. Every block writes its own part of the results, partial results of
reductions too, so that the outcome does not depend on who computes which.
"""

from __future__ import annotations

import itertools
from _thread import allocate_lock, start_new_thread
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from typing import Any

Block = Callable[..., None]


def run_blocks(block: Block, size: int, rows: int, given: tuple[Any, ...], scratch: Sequence[Any]) -> None:
    """``block(k, i, j, *given, *scratch)`` for every block of ``rows``, with one thread for each scratch."""
    if len(scratch) == 1:
        rest = (*given, *scratch[0])
        for k, i in enumerate(range(0, size, rows)):
            block(k, i, min(i + rows, size), *rest)
        return
    _Team(block, size, rows).run(given, scratch)


class _Team:
    """Threads that take one block after another until none is left.

    A helper holds its lock while it works. When the calling thread finds no block left, nor does a helper
    that starts late; so it is enough to pass each lock once.
    """

    def __init__(self, block: Block, size: int, rows: int) -> None:
        self.block, self.size, self.rows = block, size, rows
        self.next = itertools.count()
        self.failed: list[BaseException] = []

    def run(self, given: tuple[Any, ...], scratch: Sequence[Any]) -> None:
        """Run all; an error in any thread is raised here."""
        locks = [allocate_lock() for _ in scratch[1:]]
        try:
            for lock, own in zip(locks, scratch[1:], strict=True):
                start_new_thread(self.help, (copy_context(), lock, (*given, *own)))
            self.work((*given, *scratch[0]))
        except BaseException as error:
            self.failed.append(error)  # the others stop, too
            raise
        finally:
            for lock in locks:
                with lock:
                    pass
        if self.failed:
            raise self.failed[0]

    def help(self, context: Context, lock: Any, arguments: tuple[Any, ...]) -> None:
        """The work of another thread."""
        try:
            with lock:
                context.run(self.work, arguments)
        except BaseException as error:  # noqa: BLE001  (it is raised on the calling thread)
            self.failed.append(error)

    def work(self, arguments: tuple[Any, ...]) -> None:
        """Take blocks until none is left, or one has failed."""
        while not self.failed:
            i = next(self.next) * self.rows
            if i >= self.size:
                return
            self.block(i // self.rows, i, min(i + self.rows, self.size), *arguments)
