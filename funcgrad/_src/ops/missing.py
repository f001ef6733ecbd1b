"""What ndarray has and a traced value has not: why, and what to write instead.

The error is an AttributeError too, so that code that asks with ``hasattr`` gets the answer no.
"""

from __future__ import annotations

from typing import NoReturn

import numpy as np

from ..base.errors import MissingAttributeError
from ..core.trace import Tracer

_MEMORY = "a traced value has no memory of its own to describe."
_BYTES = "a traced value has no bytes of its own."
_OUTSIDE = "return x, and ask outside of the traced function"
_SAVE = "return x, and write it outside of the traced function"
_FIELDS = "a traced value is made of numbers, which have no fields."

# Name -> why, and what to write instead; the methods of ndarray that are refused.
REFUSED_METHODS: dict[str, tuple[str, str]] = {
    "byteswap": (_BYTES, "swap the bytes outside of the traced function"),
    "dump": (_BYTES, _SAVE),
    "dumps": (_BYTES, _SAVE),
    "getfield": (_FIELDS, "write x.real, x.imag or x.astype(dtype)"),
    "item": ("a plain number would cut the gradient.", "index instead: x[()], x[i, j]"),
    "resize": (
        "other arrays may look at the same memory.",
        "write np.resize(x, shape) or x.reshape(shape)",
    ),
    "setfield": (_FIELDS, "write x.real = v, x.imag = v or x[...] = v"),
    "setflags": (_MEMORY, "write x.copy() for an array that may be written to"),
    "to_device": (
        "a traced value stays where it is.",
        "move the arrays before the traced function is called",
    ),
    "tobytes": (_BYTES, _OUTSIDE),
    "tofile": (_BYTES, _SAVE),
    "tolist": ("plain numbers would cut the gradient.", "list(x) gives traced rows"),
    "trace": ("the name means a tracer's trace.", "write np.trace(x) instead"),
    "view": (
        _BYTES,
        "write x.astype(dtype) for other numbers, x[...] for another name of the same ones",
    ),
}
_ATTRIBUTES = dict.fromkeys(("strides", "flags", "data", "ctypes"), (_MEMORY, _OUTSIDE))
_REMOVED = {"itemset": "x[i] = v", "ptp": "np.ptp(x)"}  # NumPy 2 took these methods away


def missing_attribute(self: Tracer, name: str) -> NoReturn:
    """An AttributeError that tells ndarray's attributes from misspelt ones."""
    if hasattr(np.ndarray, name) and name not in _REMOVED and not name.startswith("__"):
        unknown = ("there is no rule for it.", "use the value outside of the traced function")
        reason, instead = REFUSED_METHODS.get(name) or _ATTRIBUTES.get(name) or unknown
        raise MissingAttributeError(f"Traced values do not support ndarray.{name}: {reason}", hint=instead)
    remedy = f": write {_REMOVED[name]}" if name in _REMOVED else ""
    raise AttributeError(f"a traced array has no attribute {name!r}{remedy}", name=name, obj=self)
