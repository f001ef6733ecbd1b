"""Methods of ufuncs without a form of their own: NumPy's on plain arrays, an error by name on traced ones."""

from __future__ import annotations

import functools
from typing import Any

from ..base.errors import UnsupportedError
from ..core.trace import Tracer
from .ufunc import Ufunc

_INSTEAD = {
    ("reduceat", "add"): "np.sum of each slice, or differences of np.cumsum",
    ("reduce", "logaddexp"): "np.log(np.sum(np.exp(x - m))) + m with m = np.max(x)",
    ("reduce", "subtract"): "x[0] - np.sum(x[1:], axis=0)",
}


def any_traced(value: Any) -> bool:
    """Whether a value is traced, or one in a tuple or list is."""
    if isinstance(value, (tuple, list)):
        return any(map(any_traced, value))
    return type(value) is Tracer


def numpys_method(name: str, ufunc: Ufunc, *args: Any, **kwargs: Any) -> Any:
    """The method of NumPy's ufunc, which knows plain arrays only."""
    if not any_traced((*args, *kwargs.values())):
        return getattr(ufunc.ufunc, name)(*args, **kwargs)
    instead = _INSTEAD.get((name, ufunc.__name__), "a loop along the axis")
    raise UnsupportedError(
        f"np.{ufunc.__name__}.{name} is not supported on traced values.", hint=f"write {instead}"
    )


for _name in ("reduce", "accumulate", "reduceat", "at"):
    Ufunc.METHODS[_name, "*"] = functools.partial(numpys_method, _name)
