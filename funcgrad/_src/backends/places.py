"""Places and namespaces.

A *place* is where an array's memory is: ``"host"``, or a device such as ``"cupy:0"``. Scalars have
no place of their own and pass everywhere. A *backend* is a namespace of array functions together
with the array type it computes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from ..base.errors import DtypeError, MixedPlacesError
from .door import loaded, require

HOST = "host"


class Backend(NamedTuple):
    """A namespace of array functions, its array type, and where one of its arrays lives.

    ``to_host`` copies an array to a NumPy array; ``conversion`` is what to write to bring a host
    array over, for error messages. ``scope(place)`` is a context in which new arrays live there.
    """

    name: str
    xp: Any
    array_type: type
    place_of: Callable[[Any], str]
    to_host: Callable[[Any], np.ndarray[Any, Any]]
    conversion: str
    scope: Callable[[str], AbstractContextManager[Any]]
    special: str = "scipy.special"


_numpy = Backend(
    "numpy",
    np,
    np.ndarray,
    lambda array: HOST,
    lambda array: array,
    "cupy.asnumpy(x)",
    lambda place: nullcontext(),
)
_SCALAR_TYPES = frozenset(
    {bool, int, float, complex, np.bool_, *{np.dtype(code).type for code in "bBhHiIlLqQpPefdgFDG"}}
)
HOST_TYPES: frozenset[Any] = _SCALAR_TYPES | {np.ndarray}
_backends: dict[type, Backend] = {np.ndarray: _numpy}


def register_backend(backend: Backend) -> None:
    """Make funcgrad compute on arrays of ``backend.array_type`` with the functions of ``backend.xp``."""
    _backends[backend.array_type] = backend


def _find_cupy(array_type: type) -> Backend | None:
    cupy = loaded("cupy")
    if cupy is None or array_type is not cupy.ndarray:
        return None
    backend = Backend(
        "cupy",
        cupy,
        array_type,
        lambda array: f"cupy:{array.device.id}",
        cupy.asnumpy,
        "cupy.asarray(x)",
        lambda place: cupy.cuda.Device(int(place.rpartition(":")[2])),
        "cupyx.scipy.special",
    )
    register_backend(backend)
    return backend


def backend_of(value: object) -> Backend | None:
    """The backend of an array; None for scalars and for everything that is no array."""
    array_type = type(value)
    backend = _backends.get(array_type)
    if backend is None and array_type not in _SCALAR_TYPES:
        backend = _find_cupy(array_type)
    return backend


def backend_at(place: str) -> Backend:
    """The backend that computes at ``place``."""
    name = place.partition(":")[0]
    for backend in _backends.values():
        if backend.name == ("numpy" if place == HOST else name):
            return backend
    cupy = loaded("cupy")
    found = _find_cupy(cupy.ndarray) if cupy is not None and name == "cupy" else None
    if found is None:
        raise MixedPlacesError(f"Nothing here computes at {place}.", hint=f"import {name} first")
    return found


def special_of(xp: Any) -> ModuleType:
    """The special functions on the arrays of a namespace: scipy.special for NumPy's."""
    found = next((backend.special for backend in _backends.values() if backend.xp is xp), _numpy.special)
    return require(found, "scipy")


def is_array(value: object) -> bool:
    """Whether ``value`` is an array of a known backend."""
    return backend_of(value) is not None


def to_host(value: Any) -> Any:
    """A NumPy array with the contents of ``value``; scalars and host arrays pass unchanged."""
    backend = backend_of(value)
    return value if backend is None else backend.to_host(value)


def namespace_of(values: Iterable[object], *, what: str = "an operation") -> Any:
    """The namespace that computes on ``values``: that of their one place, NumPy for scalars alone."""
    return locate(values, what=what)[0].xp


def locate(values: Iterable[object], *, what: str) -> tuple[Backend, str]:
    """The backend and the place of ``values``: their one place, the host for scalars alone."""
    found: Backend | None = None
    place = HOST
    for value in values:
        backend = backend_of(value)
        if backend is None:
            continue
        here = backend.place_of(value)
        if found is None:
            found, place = backend, here
        elif here != place:
            raise mixed_places(what, found, place, backend, here)
    return found or _numpy, place


def mixed_places(what: str, first: Backend, place: str, second: Backend, other: str) -> MixedPlacesError:
    """The error for arrays of two places in one operation."""
    device = second if place == HOST else first
    return MixedPlacesError(
        f"{what} met arrays of two places.",
        expected=f"all arrays on {place}",
        got=f"one on {other}",
        hint=f"convert one of them, for example with {device.conversion}; scalars may live anywhere",
    )


def check_type(value: object) -> None:
    """Raise DtypeError for what can be neither an array nor a scalar of funcgrad."""
    if isinstance(value, np.ndarray):
        raise DtypeError(
            f"funcgrad computes on plain arrays, not on the subclass {type(value).__name__}.",
            expected="numpy.ndarray",
            got=type(value).__name__,
            hint="pass np.asarray(x) instead",
        )
    raise DtypeError(
        f"A value of type {type(value).__name__} is neither an array nor a number.",
        expected="an array, a NumPy scalar or a Python number",
        got=type(value).__name__,
        hint="convert it to an array first, or keep it out of the traced function's arguments",
    )


def at_place(array: np.ndarray[Any, Any], place: str) -> Any:
    """A host array's contents as an array at ``place``; the array itself for the host."""
    if place == HOST:
        return array
    backend = backend_at(place)
    with backend.scope(place):
        return backend.xp.asarray(array)
