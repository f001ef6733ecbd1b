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
from ..core.trace import Tracer, current, withheld
from .families import find, late_ufunc, refused_ufunc
from .methods import check_numeric
from .tables import FUNCTIONS, TAKES_LIKE, UFUNCS

_NONE: dict[str, Any] = {}
_HINT = (
    "put the call into a function with custom_vjp or custom_jvp, which give its derivative; "
    "or pass stop_gradient(x), if none is wanted"
)


def array_ufunc(self: Tracer, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """NumPy's ufuncs on tracers."""
    op = UFUNCS.get(ufunc) or late_ufunc(ufunc)
    if op is None:
        return _unknown(ufunc, method, inputs, kwargs)
    try:
        if method == "__call__":
            if not kwargs and type(self.value) in op.direct:
                trace = current.get()
                if trace is not None:
                    return trace.process(op.primitive, inputs, _NONE)
            return op(*inputs, **kwargs)
        out = kwargs.get("out")
        if type(out) is tuple and len(out) == 1:
            kwargs["out"] = out[0]
        return getattr(op, method)(*inputs, **kwargs)
    except TypeError:
        if any(_has_own_protocol(x) for x in inputs):
            return NotImplemented
        check_numeric(*inputs)
        raise


def _unknown(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A ufunc that no op stands for: constants may meet it."""
    if all_constant((inputs, kwargs)):
        return getattr(ufunc, method)(*as_plain(inputs), **as_plain(kwargs))
    name = ufunc.__name__
    shown = f"np.{name}" if getattr(np, name, None) is ufunc else f"The ufunc `{name}`"
    raise refused_ufunc(ufunc) or missing_rule_for(shown)


_PLAIN_PROTOCOLS = frozenset({np.ndarray.__array_ufunc__, None})


def _has_own_protocol(value: Any) -> bool:
    """Whether ``value`` is of a foreign type that answers NumPy's protocol itself."""
    own = getattr(type(value), "__array_ufunc__", None)
    return own not in _PLAIN_PROTOCOLS and type(value) is not Tracer and not isinstance(value, np.generic)


def array_function(self: Tracer, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
    """NumPy's other functions on tracers."""
    op = FUNCTIONS.get(func) or find(func)
    if op is None:
        if all_constant((args, kwargs)):
            return func(*as_plain(args), **as_plain(kwargs))
        raise missing_rule_for(function_path(func))
    if func in TAKES_LIKE:  # NumPy asked the argument ``like`` and took it away
        kwargs = {**kwargs, "like": self}
    try:
        return op(*args, **kwargs)
    except DtypeError:
        if any(t is not Tracer and t.__array_function__ is not np.ndarray.__array_function__ for t in types):
            return NotImplemented
        raise


def all_constant(operands: Any) -> bool:
    """Whether no tracer among the operands carries a derivative, a batch or a variable."""
    if type(operands) is Tracer:
        return not withheld(operands)
    if isinstance(operands, dict):
        return all(map(all_constant, operands.values()))
    return not isinstance(operands, (tuple, list)) or all(map(all_constant, operands))


def as_plain(operands: Any) -> Any:
    """The operands with constant tracers replaced by their arrays."""
    if type(operands) is Tracer:
        return operands.trace.concrete(operands)
    if isinstance(operands, dict):
        return {key: as_plain(value) for key, value in operands.items()}
    if type(operands) in (tuple, list):
        return type(operands)(map(as_plain, operands))
    return operands


def missing_rule_for(name: str) -> MissingRuleError:
    """The error for a function of NumPy or SciPy that no op stands for."""
    return MissingRuleError(f"{name} has no rule for traced values.", hint=_HINT)


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
