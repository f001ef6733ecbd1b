"""A device without a GPU: arrays that behave as CuPy's, wrap NumPy's, and count what is done to them.

A ``MockArray`` lives on ``mock:0`` or ``mock:1``. It refuses what CuPy refuses: ``np.asarray(x)``,
arithmetic with NumPy arrays, operands of two devices. Reductions and indexing give 0-d arrays, never
scalars. ``xp`` is the namespace, ``xp.counts`` says how many functions ran on the device (launches;
copies apart), how often the host waited for a number (syncs), and how often an array crossed over (to_host,
to_device).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from funcgrad._src.backends import register_backend
from funcgrad._src.backends.places import Backend

_device: ContextVar[int] = ContextVar("mock_device", default=0)
counts: Counter[str] = Counter()
_SCALARS = (bool, int, float, complex, np.generic)
_OPERATORS = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "power", "matmul": "matmul", "and": "bitwise_and", "or": "bitwise_or",
    "xor": "bitwise_xor", "lshift": "left_shift", "rshift": "right_shift",
}  # fmt: skip
_COMPARISONS = {
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "eq": "equal",
    "ne": "not_equal",
}
_METHODS = (
    "all", "any", "argmax", "argmin", "argsort", "clip", "conj", "conjugate", "cumprod", "cumsum", "diagonal",
    "dot", "max", "mean", "min", "prod", "ravel", "repeat", "round", "squeeze", "std", "sum",
    "swapaxes", "take", "trace", "var",
)  # fmt: skip
# Creation functions make an array on the current device; those that take data bring it over.
_TRANSFERS = frozenset({"array", "asarray", "asanyarray", "ascontiguousarray"})


class Flags:
    """What CuPy's flags have, and no more: there is no ``writeable``."""

    def __init__(self, flags: Any) -> None:
        self.c_contiguous = self.C_CONTIGUOUS = flags.c_contiguous
        self.f_contiguous = self.F_CONTIGUOUS = flags.f_contiguous
        self.owndata = self.OWNDATA = flags.owndata

    def __getitem__(self, name: str) -> bool:
        return getattr(self, name.lower())


class Device:
    """A device by number; a context in which new arrays live there."""

    def __init__(self, id: int) -> None:
        self.id = id

    def __enter__(self) -> Device:
        self._token = _device.set(self.id)
        return self

    def __exit__(self, *error: object) -> None:
        _device.reset(self._token)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Device) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<mock device {self.id}>"


class MockArray:
    """An array on a mock device."""

    __array_priority__ = 100
    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("__weakref__", "_base", "_data", "_id")

    def __init__(self, data: np.ndarray, id: int = 0, base: MockArray | None = None) -> None:
        assert type(data) is np.ndarray
        self._data = data
        self._id = id
        self._base = base

    # --- what it is --------------------------------------------------------------------------------

    shape = property(lambda self: self._data.shape)
    dtype = property(lambda self: self._data.dtype)
    ndim = property(lambda self: self._data.ndim)
    size = property(lambda self: self._data.size)
    nbytes = property(lambda self: self._data.nbytes)
    itemsize = property(lambda self: self._data.itemsize)
    strides = property(lambda self: self._data.strides)
    base = property(lambda self: self._base)
    flags = property(lambda self: Flags(self._data.flags))
    device = property(lambda self: Device(self._id))
    T = property(lambda self: xp.transpose(self))

    @property
    def real(self) -> MockArray:
        return _view(self, self._data.real)

    @real.setter
    def real(self, value: Any) -> None:
        counts["launches"] += 1
        self._data.real = _plain(value, [self._id])

    @property
    def imag(self) -> MockArray:
        return _view(self, self._data.imag) if self.dtype.kind == "c" else xp.zeros_like(self)

    @imag.setter
    def imag(self, value: Any) -> None:
        counts["launches"] += 1
        self._data.imag = _plain(value, [self._id])

    def __repr__(self) -> str:
        return f"MockArray({self._data!r}, mock:{self._id})"

    # --- leaving the device ------------------------------------------------------------------------

    def get(self) -> np.ndarray:
        """A copy on the host, asked for by name."""
        counts["to_host"] += 1
        return self._data.copy()

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError(
            "Implicit conversion to a NumPy array is not allowed. Please use `.get()` to construct a "
            "NumPy array explicitly."
        )

    def item(self) -> Any:
        counts["syncs"] += 1
        return self._data.item()

    def tolist(self) -> Any:
        counts["syncs"] += 1
        return self._data.tolist()

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __bool__(self) -> bool:
        return bool(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise TypeError("only integer arrays can be an index")
        return int(self.item())

    # --- movement ----------------------------------------------------------------------------------

    def copy(self, order: str = "C") -> MockArray:
        counts["copies"] += 1
        return MockArray(self._data.copy(order), self._id)

    def astype(
        self, dtype: Any, order: str = "K", casting: Any = None, subok: Any = None, copy: bool = True
    ) -> MockArray:
        if not copy and self.dtype == dtype:
            return self
        counts["launches"] += 1
        return MockArray(np.array(self._data.astype(dtype, order=order)), self._id)

    def reshape(self, *shape: Any, order: str = "C") -> MockArray:
        return xp.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)

    def transpose(self, *axes: Any) -> MockArray:
        axes = axes[0] if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))) else axes
        return xp.transpose(self, axes or None)

    def flatten(self, order: str = "C") -> MockArray:
        counts["launches"] += 1
        return MockArray(self._data.flatten(order), self._id)

    def fill(self, value: Any) -> None:
        self[...] = value

    def view(self, *args: Any) -> MockArray:
        return _view(self, self._data.view(*args))

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[MockArray]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> MockArray:
        plain = _plain_index(index, self._id)
        found = self._data[plain]
        if not _is_basic(plain):
            counts["launches"] += 1
        if type(found) is not np.ndarray:
            found = self._data[(*plain, ...) if isinstance(plain, tuple) else (plain, ...)]
        return _view(self, found) if np.may_share_memory(found, self._data) else MockArray(found, self._id)

    def __setitem__(self, index: Any, value: Any) -> None:
        counts["launches"] += 1
        self._data[_plain_index(index, self._id)] = _plain(value, [self._id])

    # --- NumPy's protocols -------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if not all(isinstance(x, _KNOWN) for x in inputs):
            return NotImplemented
        if ufunc.__name__ in _COMPARISONS.values():  # a NumPy scalar's == hands over a 0-d array; CuPy knows
            inputs = tuple(x[()] if isinstance(x, np.ndarray) and x.ndim == 0 else x for x in inputs)
        return launch(getattr(ufunc, method), inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if not all(issubclass(t, (MockArray, np.ndarray)) for t in types):
            return NotImplemented
        return launch(function, args, kwargs)


_KNOWN = (MockArray, np.ndarray, *_SCALARS)


def _view(base: MockArray, data: np.ndarray) -> MockArray:
    return MockArray(np.asarray(data), base._id, base._base if base._base is not None else base)


def _is_basic(index: Any) -> bool:
    items = index if isinstance(index, tuple) else (index,)
    return all(
        item is None or item is Ellipsis or isinstance(item, (int, slice, np.integer)) for item in items
    )


def _plain_index(index: Any, id: int) -> Any:
    if isinstance(index, tuple):
        return tuple(_plain_index(item, id) for item in index)
    if isinstance(index, MockArray):
        return _plain(index, [id])
    if isinstance(index, np.ndarray):
        counts["to_device"] += 1
    return index


def _plain(value: Any, ids: list[int]) -> Any:
    """A NumPy value for an operand; the devices seen are added to ``ids``."""
    if isinstance(value, MockArray):
        if any(id != value._id for id in ids):
            raise ValueError(f"Array device must be same as the current device: array device = {value._id}")
        ids.append(value._id)
        return value._data
    if isinstance(value, np.ndarray):
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    if isinstance(value, (tuple, list)):
        items = [_plain(item, ids) for item in value]
        return type(value)(items)
    if isinstance(value, dict):
        return {key: _plain(item, ids) for key, item in value.items()}
    return value


def _wrap(value: Any, id: int, operands: list[MockArray]) -> Any:
    """A result as CuPy gives it: 0-d arrays in place of scalars, views with their base."""
    if isinstance(value, np.generic):
        return MockArray(np.asarray(value), id)
    if isinstance(value, np.ndarray):
        for operand in operands:
            if value is operand._data:
                return operand
            if value.size and np.may_share_memory(value, operand._data) and value.base is not None:
                return _view(operand, value)
        return MockArray(np.array(value, order="K") if value.base is not None else value, id)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*[_wrap(item, id, operands) for item in value])
    if isinstance(value, (tuple, list)):
        return type(value)(_wrap(item, id, operands) for item in value)
    return value


def _operands(values: Any) -> list[MockArray]:
    found = []
    for value in values:
        if isinstance(value, MockArray):
            found.append(value)
        elif isinstance(value, (tuple, list)):
            found += _operands(value)
    return found


def launch(function: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """Run a NumPy function on the device."""
    ids: list[int] = []
    operands = _operands((*args, *kwargs.values()))
    plain_args, plain_kwargs = _plain(tuple(args), ids), _plain(kwargs, ids)
    result = function(*plain_args, **plain_kwargs)
    wrapped = _wrap(result, ids[0] if ids else _device.get(), operands)
    if not (isinstance(wrapped, MockArray) and wrapped._base is not None):
        counts["launches"] += 1
    return wrapped


class Namespace:
    """NumPy's functions, on the device."""

    ndarray = MockArray
    counts = counts

    def __init__(self, module: Any) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        if isinstance(found, type) or not callable(found):
            return Namespace(found) if name in ("linalg", "fft") else found
        function = _transfer(found) if name in _TRANSFERS else _function(found)
        setattr(self, name, function)
        return function


def _function(found: Callable[..., Any]) -> Callable[..., Any]:
    def function(*args: Any, **kwargs: Any) -> Any:
        return launch(found, args, kwargs)

    for method in ("reduce", "accumulate", "outer", "at", "reduceat"):
        if isinstance(found, np.ufunc):
            setattr(function, method, _function(getattr(found, method)))
    return function


def _transfer(found: Callable[..., Any]) -> Callable[..., Any]:
    def function(value: Any, *args: Any, **kwargs: Any) -> MockArray:
        if isinstance(value, MockArray):
            return launch(found, (value, *args), kwargs)
        counts["to_device"] += 1
        return MockArray(np.array(np.array(value, *args, **kwargs), order="C"), _device.get())

    return function


def _binary(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    function = getattr(np, name)

    def forward(self: MockArray, other: Any) -> Any:
        if not isinstance(other, _KNOWN):
            return NotImplemented
        return launch(function, (self, other), {})

    def reflected(self: MockArray, other: Any) -> Any:
        if not isinstance(other, _KNOWN):
            return NotImplemented
        return launch(function, (other, self), {})

    return forward, reflected


def _in_place(name: str) -> Callable[..., Any]:
    function = getattr(np, name)

    def update(self: MockArray, other: Any) -> MockArray:
        counts["launches"] += 1
        function(self._data, _plain(other, [self._id]), out=self._data)
        return self

    return update


def _method(name: str) -> Callable[..., Any]:
    def method(self: MockArray, *args: Any, **kwargs: Any) -> Any:
        return getattr(xp, name)(self, *args, **kwargs)

    return method


def _install() -> None:
    for operator, name in _OPERATORS.items():
        forward, reflected = _binary(name)
        setattr(MockArray, f"__{operator}__", forward)
        setattr(MockArray, f"__r{operator}__", reflected)
        if name != "matmul":
            setattr(MockArray, f"__i{operator}__", _in_place(name))
    for operator, name in _COMPARISONS.items():
        setattr(MockArray, f"__{operator}__", _binary(name)[0])
    for operator, name in {
        "neg": "negative",
        "pos": "positive",
        "abs": "absolute",
        "invert": "invert",
    }.items():
        setattr(MockArray, f"__{operator}__", _method(name))
    for name in _METHODS:
        setattr(MockArray, name, _method(name))


xp = Namespace(np)
_install()


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """Count from zero; the counts stand still when the block ends."""
    before = Counter(counts)
    counted: Counter[str] = Counter()
    try:
        yield counted
    finally:
        counted.update({key: counts[key] - before[key] for key in counts})


def to_mock(value: Any, id: int = 0) -> MockArray:
    """A copy of a NumPy array (or number) on a mock device."""
    return MockArray(np.array(value), id)


register_backend(
    Backend(
        "mock",
        xp,
        MockArray,
        lambda array: f"mock:{array._id}",
        lambda array: array.get(),
        "array.get() or mock.asarray(x)",
        lambda place: Device(int(place.rpartition(":")[2])),
        "tests.mock_special",
    )
)
