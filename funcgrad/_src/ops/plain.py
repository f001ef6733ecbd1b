"""NumPy's own function where nothing is traced; and its value where the derivative is another's.

Many late families compose anew, for traced values and devices, what NumPy composes in Python. On plain
arrays there is no reason not to call NumPy's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..backends import HOST, HOST_TYPES, backend_of
from ..core.primitive import Primitive
from ..core.trace import Tracer
from .declare import Explicit
from .structural import stop_gradient_p
from .tables import Op
from .ufunc import elementwise_batch

FAMILY = "plain"


def is_plain(value: Any) -> bool:
    """Whether a value is neither traced nor on a device, and no list in which anything is."""
    if type(value) in HOST_TYPES or value is None:
        return True
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    if type(value) is Tracer:
        return False
    backend = backend_of(value)
    return backend is None or backend.place_of(value) == HOST


def plainly(function: Callable[..., Any]) -> Callable[[Op], Op]:
    """Decorate an op: where all its arguments are plain, call this function of NumPy's instead."""

    def decorate(op: Op) -> Op:
        @functools.wraps(op)
        def chosen(*args: Any, **kwargs: Any) -> Any:
            if is_plain(args) and all(map(is_plain, kwargs.values())):
                return function(*args, **kwargs)
            return op(*args, **kwargs)

        return chosen

    return decorate


# --- valued: the value of one, the derivative of the other -------------------------------------------

# Where NumPy computes the same numbers in a way that has no derivative, or a wrong one.

valued_p = Primitive("valued", lambda xp, value, model: value, family=FAMILY)
valued_p.aval = lambda value, model: value
valued_p.rule = Explicit(
    jvp=lambda t, out, value, model: t[1], vjp=lambda g, out, value, model: [None, g], operands=(1,)
)
valued_p.batch = elementwise_batch(valued_p)


def valued(value: Any, model: Any) -> Any:
    """``value``, with the derivative of ``model``, which equals it but for rounding."""
    return valued_p.bind(stop_gradient_p.bind(value), model)
