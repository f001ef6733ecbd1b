"""NumPy's own function where nothing is traced; and its value where the derivative is another's.

Functions that NumPy composes in Python are composed again here, for traced values and devices. On plain
arrays there is no reason not to call NumPy's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..backends import HOST, HOST_TYPES, backend_of
from ..base.errors import ConcretizationError
from ..core.aval import aval_of
from ..core.primitive import Primitive
from ..core.trace import Tracer, withheld
from .beside import beside
from .creation import asarray
from .declare import Explicit
from .shape import as_array, concrete, operand
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


def lists_beside(values: Sequence[Any]) -> list[Any]:
    """The values, nested lists of numbers (traced ones among them) as arrays where the others are."""
    found = [v if isinstance(v, (list, tuple)) else operand(v) for v in values]
    here = [v for v in found if not isinstance(v, (list, tuple)) and aval_of(v).place != HOST]
    like = here[0] if here else None
    return [asarray(v, like=like) if isinstance(v, (list, tuple)) else v for v in found]


def arrays_of(*values: Any) -> list[Any]:
    """``np.asarray`` of each, numbers and lists where the arrays are."""
    return [as_array(v) for v in beside(lists_beside(values))]


# --- settled: values that say what a result is like --------------------------------------------------

_WHY = {"batch": "it is another one for each example", "abstract": "it has none while it is traced"}


def settled(value: Any, what: str, hint: str) -> Any:
    """The numbers behind a traced value on which the length or the dtype of a result depends."""
    for reason, trace in withheld(value) if type(value) is Tracer else ():
        if reason != "derivative":
            raise ConcretizationError(
                f"{what}: length or dtype of the result depend on a value, but under `{trace.name}` "
                f"{_WHY[reason]}.",
                expected="a value that is known while the function is traced",
                got=f"a tracer of {aval_of(value)}",
                hint=hint,
            )
    return concrete(value)


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
