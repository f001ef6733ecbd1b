"""Which op stands for which function of NumPy and SciPy, and what may be said of it.

``UFUNCS`` and ``FUNCTIONS`` are read by the protocols: ``np.sin(tracer)`` finds its op there. ``NAMES`` holds
the ops by dotted path, also those that the installed NumPy lacks. ``SUPPORT`` says what an op promises:

- ``differentiable``: value, both modes, second order, vmap, jit;
- ``discrete``: piecewise constant or discrete; works on traced values, and its derivative is zero;
- ``metadata``: creates an array, or asks about shape, dtype or place: nothing to differentiate.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

Op = Callable[..., Any]
Support = Literal["differentiable", "discrete", "metadata"]

UFUNCS: dict[np.ufunc, Any] = {}
FUNCTIONS: dict[Op, Op] = {}
NAMES: dict[str, Op] = {}
SUPPORT: dict[Any, Support] = {}
TAKES_LIKE: set[Op] = set()  # NumPy's functions with an argument ``like``


def implements(
    *functions: Op | str, support: Support = "differentiable", like: bool = False
) -> Callable[[Op], Op]:
    """Register the decorated public op under functions of NumPy, for ``np.function(tracer)``.

    A dotted path, ``"numpy.unstack"``, stands for a function that not every supported NumPy has.
    ``like``: NumPy takes the argument ``like`` away before it asks it; the protocol puts it back.
    """

    def register(op: Op) -> Op:
        for function in functions:
            path = function if isinstance(function, str) else path_of(function)
            NAMES[path] = op
            found = function_at(path) if isinstance(function, str) else function
            if found is not None:
                FUNCTIONS[found] = op
                if like:
                    TAKES_LIKE.add(found)
        SUPPORT[op] = support
        return op

    return register


def path_of(function: Op) -> str:
    """``numpy.linalg.svd`` for a function of NumPy."""
    return f"{getattr(function, '__module__', None)}.{function.__name__}"


def function_at(path: str) -> Op | None:
    """The function of NumPy at a dotted path, or None if the installed NumPy lacks it."""
    found: Any = np
    for name in path.split(".")[1:]:
        found = getattr(found, name, None)
    return found  # type: ignore[no-any-return]
