"""Arrays that a tape keeps by reference: a large array made outside the trace is not copied.

Its owner may write it before the sweep reads it. While ``debug.checking_mutation()`` is in force a
checksum is taken when the array is captured, and compared when it is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..backends import to_host
from ..base import config
from ..base.errors import MutationError
from ..base.record import Record
from ..base.source import Location, user_location
from ..core.aval import aval_of


class Referred(Record):
    """An array, and, while mutation is checked, its checksum and the user's line that captured it."""

    value: Any
    checksum: int | None = None
    at: Location | None = None


def refer(value: Any) -> Referred:
    """The record of an array that is kept by reference from now on."""
    if not config.checking_mutation.get():
        return Referred(value)
    return Referred(value, checksum(value), user_location())


def checksum(value: Any) -> int:
    """A number that changes when the contents do; a device array is copied to the host for it."""
    host = np.ascontiguousarray(to_host(value))
    return hash(host.reshape(-1).view(np.uint8).tobytes())


def verify(name: str, kept: Iterable[Referred]) -> None:
    """Raise MutationError, naming the line of capture, for the first array that was written since."""
    for referred in kept:
        value, before, at = referred.value, referred.checksum, referred.at
        if before is not None and checksum(value) != before:
            raise MutationError(
                f"{name}: an array was written after it was used and before the backward pass read it.",
                expected="the contents that it had when it was used",
                got=f"other contents in a {aval_of(value)} that is kept by reference",
                at=at,
                hint="use a copy, x.copy(), or write after the derivative has been computed",
            )
