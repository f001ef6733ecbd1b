"""Methods of ufuncs without a form of their own: NumPy's on plain arrays; on others a family's, read late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..backends import HOST, HOST_TYPES, backend_of
from ..base.errors import UnsupportedError
from ..core.trace import Tracer
from .ufunc import Ufunc

LATE: dict[str, Callable[..., Any]] = {}  # the methods on traced values and devices, once they are read


def any_traced(value: Any) -> bool:
    """Whether a value is traced, or one in a tuple or list is."""
    if isinstance(value, (tuple, list)):
        return any(map(any_traced, value))
    return type(value) is Tracer


def numpys_method(name: str, ufunc: Ufunc, *args: Any, **kwargs: Any) -> Any:
    """The method of NumPy's ufunc, which knows plain arrays only."""
    if any_traced((*args, *kwargs.values())):
        raise UnsupportedError(
            f"np.{ufunc.__name__}.{name} is not supported on traced values.",
            hint="write a loop along the axis",
        )
    return getattr(ufunc.ufunc, name)(*args, **kwargs)


def late_method(name: str, read: Callable[[], None]) -> None:
    """Declare a method of all ufuncs that have none of their own; ``read`` imports the family behind it."""

    def method(ufunc: Ufunc, *args: Any, **kwargs: Any) -> Any:
        if all(map(_is_numpys, (*args, *kwargs.values()))):
            return numpys_method(name, ufunc, *args, **kwargs)
        read()
        return LATE[name](ufunc, *args, **kwargs)

    Ufunc.METHODS[name, "*"] = method


def _is_numpys(value: Any) -> bool:
    if type(value) in HOST_TYPES or value is None:
        return True
    if isinstance(value, (tuple, list)):
        return all(map(_is_numpys, value))
    backend = backend_of(value)
    return type(value) is not Tracer and (backend is None or backend.place_of(value) == HOST)


def _at(ufunc: Ufunc, *args: Any, **kwargs: Any) -> Any:
    return numpys_method("at", ufunc, *args, **kwargs)


Ufunc.METHODS["at", "*"] = _at
