"""Switches of the whole package: read from the environment once, or set for a block by debug.py."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from .errors import ArgumentError

T = TypeVar("T")


@contextmanager
def switched(switch: ContextVar[T], value: T) -> Iterator[None]:
    """Give a switch a value for a block, on this thread or task."""
    before = switch.get()
    switch.set(value)
    try:
        yield
    finally:
        switch.set(before)


# FUNCGRAD_CHECK=1: every jaxpr that is staged is checked against the grammar and its primitives' rules.
check_jaxprs: bool = os.environ.get("FUNCGRAD_CHECK", "0") not in ("", "0")

# FUNCGRAD_THREADS=n: how many threads a large loop of a compiled program may use; None is one for each core.
threads: int | None = int(os.environ.get("FUNCGRAD_THREADS", "0")) or None

# FUNCGRAD_IDLE_MEMORY=n: the bytes that compiled programs keep between calls (compile/engines/idle.py).
idle_memory: int = max(0, int(os.environ.get("FUNCGRAD_IDLE_MEMORY") or 1 << 26))
ENGINES = ("llvm", "numpy")


def check_engine(who: str, name: object) -> None:
    """Raise ArgumentError for what is neither an engine's name nor None."""
    if name is not None and not (isinstance(name, str) and name in ENGINES):
        raise ArgumentError(
            f"{who}: there is no such engine.", expected="'llvm', 'numpy' or None", got=repr(name)
        )


# FUNCGRAD_ENGINE=llvm or numpy: what compiled programs are made of; None is the best that is installed.
engine: str | None = os.environ.get("FUNCGRAD_ENGINE") or None
check_engine("FUNCGRAD_ENGINE", engine)


def set_threads(count: int | None) -> None:
    """Let large loops of compiled programs run on so many threads, in the whole process.

    Parameters
    ----------
    count : int or None
        At least 1; None for one thread on each core that the process may use, which is the default. The
        environment variable ``FUNCGRAD_THREADS`` sets it, too. Results do not depend on it, to the last bit;
        small work stays on one thread, and BLAS counts its own.

    Raises
    ------
    ArgumentError
        When the count is not a positive int.

    Examples
    --------
    >>> from funcgrad import config
    >>> config.set_threads(1)
    >>> config.set_threads(None)
    """
    global threads
    if count is not None and (type(count) is not int or count < 1):
        raise ArgumentError(
            "set_threads: the count must be a positive int.", expected="1, 2, … or None", got=repr(count)
        )
    threads = count


# FUNCGRAD_CACHE=0: no machine code is kept on disk. FUNCGRAD_CACHE_DIR: where it is kept; True is the place
# that the system has for caches.
disk_cache: bool | str = os.environ.get("FUNCGRAD_CACHE", "1") not in ("", "0") and (
    os.environ.get("FUNCGRAD_CACHE_DIR") or True
)


def set_disk_cache(choice: bool | str | os.PathLike[str]) -> None:
    r"""Keep machine code on disk, for processes to come; or do not.

    Parameters
    ----------
    choice : bool or path
        True for the place that the system has for caches, which is the default: ``~/.cache/funcgrad``,
        ``~/Library/Caches/funcgrad`` or ``%LOCALAPPDATA%\funcgrad\Cache``. The path of another folder. False
        for none.
        The environment variables ``FUNCGRAD_CACHE_DIR`` (a path) and ``FUNCGRAD_CACHE=0`` set it, too.

    Raises
    ------
    ArgumentError
        When the choice is neither a bool nor a path.

    Notes
    -----
    What is read from there is run. So the folder, and those above it up to the home folder, must belong to
    the user and be closed to writers among the group and others; else nothing is kept, with one warning. The
    folder is held to 256 MB. It may be removed at any time.

    Examples
    --------
    >>> from funcgrad import config
    >>> config.set_disk_cache(True)
    >>> config.set_disk_cache(False)
    """
    global disk_cache
    path = choice if isinstance(choice, bool) else getattr(choice, "__fspath__", lambda: choice)()
    if not isinstance(path, bool | str) or path == "":
        raise ArgumentError(
            "set_disk_cache: the choice must be a bool or a path.",
            expected="True, False or a path",
            got=repr(choice),
        )
    disk_cache = path


# debug.checking_mutation(): the tape takes a checksum of every array that it keeps by reference.
checking_mutation: ContextVar[bool] = ContextVar("funcgrad_checking_mutation", default=False)

# debug.disable_jit(): compiled functions run as plain Python.
jit_disabled: ContextVar[bool] = ContextVar("funcgrad_jit_disabled", default=False)

# The backward pass of a checkpoint computes again: what was printed is not printed a second time. A program
# that is kept for other calls is made with this off, whatever is going on.
recomputing: ContextVar[bool] = ContextVar("funcgrad_recomputing", default=False)

# debug.debug_nans(): None when off, else whether hidden NaN are an error too (singular=True).
checking_nans: ContextVar[bool | None] = ContextVar("funcgrad_checking_nans", default=None)

# debug.checking_leaks(): tracers that outlive their transformation are looked for when it ends.
checking_leaks: ContextVar[bool] = ContextVar("funcgrad_checking_leaks", default=False)

# debug.log_compiles(): called with what was traced or compiled, the number of equations, and the seconds.
compile_log: ContextVar[Callable[[str, int, float], Any] | None] = ContextVar(
    "funcgrad_compile_log", default=None
)


def log_compile(what: str, equations: int, seconds: float) -> None:
    """Tell the log, if there is one, of a trace or a compilation."""
    log = compile_log.get()
    if log is not None:
        log(what, equations, seconds)
