"""How much memory compiled programs keep between calls, and the way to give it back."""

from __future__ import annotations

from collections.abc import Callable

from ...base import config
from ...base.errors import ArgumentError

KEEPERS: list[Callable[[int], None]] = []  # each gives back what it holds idle above so many bytes


def set_idle_memory(nbytes: int) -> None:
    """Let compiled programs keep at most so many bytes of idle memory, in the whole process.

    Parameters
    ----------
    nbytes : int
        The limit for the workspaces of all programs, but for that of the program that ran last; and again
        for large results that nobody holds any more, whose memory is used for results to come. The default
        is 64 MiB. The environment variable ``FUNCGRAD_IDLE_MEMORY`` sets it, too.

    Raises
    ------
    ArgumentError
        When it is not an int of at least 0.

    Examples
    --------
    >>> from funcgrad import config
    >>> config.set_idle_memory(64 << 20)
    """
    if type(nbytes) is not int or nbytes < 0:
        raise ArgumentError(
            "set_idle_memory: the number of bytes must be an int of at least 0.",
            expected="0, 1, 2, …",
            got=repr(nbytes),
        )
    config.idle_memory = nbytes
    for trim in KEEPERS:
        trim(nbytes)


def release_memory() -> None:
    """Give back the memory that compiled programs keep for calls to come, which make it anew.

    Examples
    --------
    >>> from funcgrad import config
    >>> config.release_memory()
    """
    for trim in KEEPERS:
        trim(0)
