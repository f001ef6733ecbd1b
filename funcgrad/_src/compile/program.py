"""A compiled program, as its callers know it."""

from __future__ import annotations

from collections.abc import Callable
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
