"""A compiled program, as its callers know it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..base.record import Record

if TYPE_CHECKING:
    from .plan import Plan


class Sources(Record):
    """What a program was made from: its plan, its Python, and the source of the kernels that this calls."""

    code: str
    plan: Plan
    native: str = ""


class Program(Record):
    """Compiled code: call ``run(*args)`` for the tuple of outputs.

    ``engine`` is who made it. Its ``sources()`` may have to be made when they are first asked for.
    """

    run: Callable[..., tuple[Any, ...]]
    sources: Callable[[], Sources]
    engine: str = "numpy"

    @property
    def code(self) -> str:
        """The source of ``run``."""
        return self.sources().code

    @property
    def plan(self) -> Plan:
        """Steps, memory, and what the passes did."""
        return self.sources().plan

    @property
    def native(self) -> str:
        """The source of the kernels; empty if there are none."""
        return self.sources().native
