"""Numbers beside arrays of a device, where several operands become arrays: at joins.

An elementwise function takes numbers as they are, wherever the arrays live. A join makes an array of each
operand first, and that of a number has to live where its neighbours do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backends import HOST, HOST_TYPES
from ..core.aval import abstract_place, array_aval, aval_of
from ..core.primitive import Primitive
from .declare import Linear

FAMILY = "beside"


def _to_place(xp: Any, x: Any, like: Any) -> Any:
    """The namespace's ``full`` makes it where ``like`` is; a tangent may be there already."""
    return xp.full((), x, aval_of(x).dtype) if type(x) in HOST_TYPES else x


def _to_place_batch(size: int, values: Any, axes: Any) -> Any:
    x, like = values
    return (to_place_p.bind(x, like), None) if axes[0] is None else (x, axes[0])


to_place_p = Primitive("to_place", _to_place, host=lambda x, like: np.array(x), family=FAMILY)
to_place_p.aval = lambda x, like: array_aval(like, x.shape, x.dtype)
to_place_p.rule = Linear(lambda g, x, like: g, None)
to_place_p.batch = _to_place_batch


def beside(values: Sequence[Any]) -> list[Any]:
    """Operands of one join: numbers among arrays of a device as 0-d arrays there."""
    avals = [aval_of(value) for value in values]
    if abstract_place(avals) == HOST:
        return list(values)
    like = next(value for value, aval in zip(values, avals, strict=True) if aval.kind == "array")
    return [
        value if aval.kind == "array" else to_place_p.bind(value, like)
        for value, aval in zip(values, avals, strict=True)
    ]
