"""Look for a mistake: check that nobody writes what a backward pass will read, run without `jit`.

Examples
--------
>>> import numpy as np
>>> from funcgrad import debug, jit
>>> with debug.disable_jit():
...     jit(lambda x: 2 * x if x > 0 else x)(3.0)
6.0
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ._src.base import config

__all__ = ["checking_mutation", "disable_jit"]


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
    with _switched(config.checking_mutation):
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
    with _switched(config.jit_disabled):
        yield


@contextmanager
def _switched(switch: ContextVar[bool]) -> Iterator[None]:
    before = switch.get()
    switch.set(True)
    try:
        yield
    finally:
        switch.set(before)
