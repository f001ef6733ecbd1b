"""Switches for a block: ``checking_mutation``, ``disable_jit``, ``log_compiles``."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ...base import config
from ...base.config import switched
from ...tree.keys import counted

_logger = logging.getLogger("funcgrad")


@contextmanager
def checking_mutation() -> Iterator[None]:
    """Within this block, a write between the use of an array and the backward pass is an error.

    Reverse mode keeps what the backward pass will read. An array that was not made inside the traced
    function is copied if it is small (64 kB); a larger one is kept by reference, and writing it too early
    makes a wrong gradient. Here a checksum of each such array is taken when it is used, and compared
    when the backward pass (or a pullback that is about to outlive its call) reads it. Arrays on a
    device are copied to the host for that.

    The block holds for what is traced inside it, on this thread or task.

    Raises
    ------
    MutationError
        When the checksums differ; it names the line that used the array.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import debug, grad
    >>> table = np.ones(10_000)
    >>> def loss(x):
    ...     y = (table * x).sum()
    ...     table[0] = 5.0
    ...     return y
    >>> with debug.checking_mutation():
    ...     grad(loss)(2.0)
    Traceback (most recent call last):
        ...
    funcgrad._src.base.errors.MutationError: grad: an array was written after it was used and before ...
    """
    with switched(config.checking_mutation, True):
        yield


@contextmanager
def disable_jit() -> Iterator[None]:
    """Within this block functions transformed by `jit` run as the Python that they are made of.

    Then a debugger stops inside them, `print` shows numbers, and `if` may ask for a value. Donated
    arguments are left alone. The block holds for this thread or task.

    Examples
    --------
    >>> from funcgrad import debug, jit
    >>> halve = jit(lambda x: x / 2)
    >>> with debug.disable_jit():
    ...     halve(3.0), halve.trace_count
    (1.5, 0)
    """
    with switched(config.jit_disabled, True):
        yield


@contextmanager
def log_compiles() -> Iterator[None]:
    """Within this block each trace and each compilation of a `jit` function is logged.

    The logger is ``"funcgrad"`` of the `logging` module, with level WARNING, which is shown unless it is
    configured otherwise. A trace is logged with the function, the line that called it, the cause, the types
    of the arguments, the number of equations and the seconds it took; the compilation of a program (a
    derivative of a compiled function is one of its own) with the last two. It holds for this thread or task.

    Examples
    --------
    >>> import logging, sys
    >>> import numpy as np
    >>> from funcgrad import debug, jit
    >>> log, show = logging.getLogger("funcgrad"), logging.StreamHandler(sys.stdout)
    >>> log.addHandler(show)
    >>> with debug.log_compiles():
    ...     jit(lambda x: x * x)(np.ones(2))
    <lambda> traced at ...: the first call; arguments: float64[2]; 1 equation, ... s
    <lambda> compiled for numpy; 1 equation, ... s
    array([1., 1.])
    >>> log.removeHandler(show)
    """
    with switched(config.compile_log, _log):
        yield


def _log(what: str, equations: int, seconds: float) -> None:
    _logger.warning("%s; %s, %.4f s", what, counted(equations, "equation", "equations"), seconds)
