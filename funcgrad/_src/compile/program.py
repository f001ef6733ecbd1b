"""A compiled program, as its callers know it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..base.record import Record

if TYPE_CHECKING:
    from .plan import Plan


class Program(Record):
    """Compiled code: call ``run(*args)`` for the tuple of outputs; ``code`` is its source.

    ``native`` is the source of the kernels that it calls, if it does; ``engine`` is who made it.
    """

    run: Callable[..., tuple[Any, ...]]
    code: str
    plan: Plan
    native: str = ""
    engine: str = "numpy"


class Kept(Program):
    """A program from the disk, which knows no more than how to run.

    Whoever asks for its plan or its sources has it compiled once more: ``make()``.
    """

    def __init__(self, run: Callable[..., tuple[Any, ...]], engine: str, make: Callable[[], Program]) -> None:
        self.__dict__.update(run=run, engine=engine, _make=make)

    @cached_property
    def _made(self) -> Program:
        make: Callable[[], Program] = self.__dict__["_make"]
        return make()

    @property
    def code(self) -> str:  # type: ignore[override]
        return self._made.code

    @property
    def plan(self) -> Plan:  # type: ignore[override]
        return self._made.plan

    @property
    def native(self) -> str:  # type: ignore[override]
        return self._made.native
