"""Staging that watches the arrays a function closes over.

A plain array that meets a traced value is read when the program runs. If the function writes it later,
as code that uses a buffer twice does, the program would read what was written last. So the arrays up to
``LIMIT`` bytes (all of them under ``debug.checking_mutation()``) are compared at the end of the trace
with what they held when they were met.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base import config
from ..base.errors import MutationError
from ..core.aval import aval_of
from ..ir.jaxpr import Atom, Jaxpr, Var
from ..ir.staging import StagingTrace
from .referred import checksum

LIMIT = 1 << 20


class Watch(StagingTrace):
    """Stages, and refuses a program that reads an array which was written after it was met."""

    __slots__ = ("seen",)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.seen: dict[int, int] = {}

    def atom(self, value: Any) -> Atom:
        count = len(self.hidden)
        found = super().atom(value)
        small = type(value) is np.ndarray and (value.nbytes <= LIMIT or config.checking_mutation.get())
        if len(self.hidden) > count and small:
            self.seen[id(value)] = checksum(value)
        return found

    def finish(self, in_vars: Sequence[Var], outs: Sequence[Any]) -> Jaxpr:
        jaxpr = super().finish(in_vars, outs)
        for value in jaxpr.hidden:
            if id(value) in self.seen and self.seen[id(value)] != checksum(value):
                raise MutationError(
                    f"{self.name}: an array was written after a traced value had met it.",
                    expected="arrays that stay as they are while the function is traced",
                    got=f"other contents in a {aval_of(value)}",
                    hint="use a copy, x * buffer.copy(), or make a new array in place of writing this one",
                )
        return jaxpr
