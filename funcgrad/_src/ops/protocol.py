"""NumPy's protocols: unchanged NumPy code finds funcgrad's ops through them.

``np.sin(tracer)`` arrives at ``__array_ufunc__``, ``np.sum(tracer)`` at ``__array_function__``; both
look up the op in a table. What is in no table is a MissingRuleError, never an object array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..backends import loaded
from ..base.errors import DtypeError, MissingRuleError
from ..core.aval import aval_of
from ..core.trace import Tracer
from .methods import check_numeric
from .ufunc import FUNCTIONS, UFUNCS, implements

_HINT = (
    "put the call into a function with custom_vjp or custom_jvp, which give its derivative; "
    "or pass stop_gradient(x), if none is wanted"
)


def array_ufunc(self: Tracer, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """NumPy's ufuncs on tracers."""
    op = UFUNCS.get(ufunc)
    if op is None:
        raise missing_ufunc(ufunc)
    try:
        if method == "__call__":
            return op(*inputs, **kwargs) if kwargs else op(*inputs)
        out = kwargs.get("out")
        if type(out) is tuple and len(out) == 1:
            kwargs["out"] = out[0]
        return getattr(op, method)(*inputs, **kwargs)
    except TypeError:
        if any(_has_own_protocol(x, "__array_ufunc__") for x in inputs):
            return NotImplemented
        check_numeric(*inputs)
        raise


def array_function(self: Tracer, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
    """NumPy's other functions on tracers."""
    op = FUNCTIONS.get(func)
    if op is None:
        raise missing_function(func)
    try:
        return op(*args, **kwargs)
    except DtypeError:
        if any(t is not Tracer and t.__array_function__ is not _PLAIN_FUNCTION for t in types):
            return NotImplemented
        raise


_PLAIN_UFUNC = np.ndarray.__array_ufunc__
_PLAIN_FUNCTION = np.ndarray.__array_function__


def _has_own_protocol(value: Any, name: str) -> bool:
    """Whether ``value`` is of a foreign type that answers NumPy's protocol itself."""
    own = getattr(type(value), name, None)
    return own is not None and own is not _PLAIN_UFUNC and type(value) is not Tracer and not isinstance(value, np.generic)


def missing_ufunc(ufunc: np.ufunc) -> MissingRuleError:
    """The error for a ufunc without a rule, NumPy's or another library's."""
    name = ufunc.__name__
    shown = f"np.{name}" if getattr(np, name, None) is ufunc else f"the ufunc `{name}`"
    return MissingRuleError(f"{shown[0].upper()}{shown[1:]} has no rule for traced values." if shown[0] == "t"
                            else f"{shown} has no rule for traced values.", hint=_HINT)


def missing_function(func: Callable[..., Any]) -> MissingRuleError:
    """The error for a NumPy function without a rule."""
    return MissingRuleError(f"{function_path(func)} has no rule for traced values.", hint=_HINT)


def function_path(func: Callable[..., Any]) -> str:
    """``np.linalg.cond`` for a function of NumPy."""
    module = (getattr(func, "__module__", None) or "").replace("numpy", "np", 1)
    return f"{module}.{func.__name__}" if module else func.__name__


def array_namespace(self: Tracer, /, *, api_version: str | None = None) -> Any:
    """The array API's namespace of a traced value: funcgrad.numpy."""
    return loaded("funcgrad.numpy") or np


def _install() -> None:
    Tracer.__array_ufunc__ = array_ufunc  # type: ignore[attr-defined]
    Tracer.__array_function__ = array_function  # type: ignore[attr-defined]
    Tracer.__array_namespace__ = array_namespace  # type: ignore[attr-defined]
    Tracer.__array_priority__ = 2000.0  # type: ignore[attr-defined]


_install()
