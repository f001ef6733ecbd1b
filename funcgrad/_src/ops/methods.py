"""Operators, attributes and methods of ndarray, installed on the tracer.

A binary operator goes straight to the current trace. When there is none in force, the tracer's own
trace, which has ended, says what went wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import numpy as np

from ..backends import HOST
from ..base.errors import DtypeError
from ..core.aval import aval_of
from ..core.inplace import Links, own_here
from ..core.primitive import Primitive
from ..core.trace import Tracer, current
from . import families as families
from . import values
from .at import at
from .complexes import conjugate, imag, real
from .exponential import pow_operator
from .indexing import getitem
from .inplace_ops import inplace_methods, partition_in_place, setitem, sort_in_place
from .missing import missing_attribute
from .select import clip
from .shape import matrix_transpose, ravel, reshape, transpose
from .structural import convert, copy_p
from .tables import FUNCTIONS, UFUNCS

_get = current.get
_NONE: dict[str, Any] = {}
Method = Callable[..., Any]


# --- operators ---------------------------------------------------------------------------------------


def _binary(primitive: Primitive) -> tuple[Method, Method]:
    def forward(self: Tracer, other: Any) -> Any:
        trace = _get()
        try:
            if trace is None:
                return primitive.evaluate((self, other), _NONE)
            return trace.process(primitive, (self, other), _NONE)
        except TypeError:
            return _decline(other)

    def reflected(self: Tracer, other: Any) -> Any:
        trace = _get()
        try:
            if trace is None:
                return primitive.evaluate((other, self), _NONE)
            return trace.process(primitive, (other, self), _NONE)
        except TypeError:
            return _decline(other)

    return forward, reflected


def _unary(primitive: Primitive) -> Method:
    def operator(self: Tracer) -> Any:
        trace = _get()
        if trace is None:
            return primitive.evaluate((self,), _NONE)
        return trace.process(primitive, (self,), _NONE)

    return operator


def _decline(other: Any) -> Any:
    """Answer an operand that raised TypeError: NotImplemented if it opts out of NumPy's operators."""
    if getattr(type(other), "__array_ufunc__", True) is None:
        return NotImplemented
    check_numeric(other)
    raise  # noqa: PLE0704 (the operator's own error, which is being handled)


def check_numeric(*operands: Any) -> None:
    """DtypeError for arrays of objects, strings or dates."""
    for operand in operands:
        if isinstance(operand, np.ndarray):
            aval_of(operand)


def _equality(primitive: Primitive, differs: bool) -> Method:
    """``==`` and ``!=``: what is no number is unequal, as in NumPy."""

    def operator(self: Tracer, other: Any) -> Any:
        try:
            return primitive.bind(self, other)
        except DtypeError:
            if getattr(type(other), "__array_ufunc__", True) is None:
                return NotImplemented
            shape = aval_of(self).shape
            return np.full(shape, differs) if shape else differs

    return operator


def _pow(self: Tracer, other: Any, mod: None = None) -> Any:
    if mod is not None:
        return NotImplemented
    try:
        return pow_operator(self, other)
    except TypeError:
        return _decline(other)


def _rpow(self: Tracer, other: Any, mod: None = None) -> Any:
    if mod is not None:
        return NotImplemented
    try:
        return pow_operator(other, self)
    except TypeError:
        return _decline(other)


_BINARY = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "divmod": np.divmod,
    "matmul": np.matmul,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "lshift": np.left_shift,
    "rshift": np.right_shift,
}
_COMPARISONS = {"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal}
_UNARY = {"neg": np.negative, "pos": np.positive, "abs": np.absolute, "invert": np.invert}


def _install_operators() -> None:
    for name, ufunc in _BINARY.items():
        forward, reflected = _binary(UFUNCS[ufunc].primitive)
        setattr(Tracer, f"__{name}__", forward)
        setattr(Tracer, f"__r{name}__", reflected)
    for name, ufunc in _COMPARISONS.items():
        setattr(Tracer, f"__{name}__", _binary(UFUNCS[ufunc].primitive)[0])
    for name, ufunc in _UNARY.items():
        setattr(Tracer, f"__{name}__", _unary(UFUNCS[ufunc].primitive))
    Tracer.__eq__ = _equality(UFUNCS[np.equal].primitive, False)  # type: ignore[method-assign]
    Tracer.__ne__ = _equality(UFUNCS[np.not_equal].primitive, True)  # type: ignore[method-assign]
    Tracer.__hash__ = object.__hash__  # type: ignore[method-assign]


# --- attributes --------------------------------------------------------------------------------------


def _put_flat(x: Any, index: Any, value: Any) -> None:
    """``x.flat[index] = value``: values are repeated, or cut off, to as many as there are positions."""
    if type(index) is Tracer:
        write: Any = np.place if aval_of(index).dtype.kind == "b" else np.put
        write(x, index, value)
        return
    positions = np.arange(aval_of(x).size).flat[index]
    if np.ndim(positions) == 0 and np.ndim(value) != 0:
        raise ValueError("Error setting single item of array.")
    np.put(x, positions, value)


class Flat:
    """``x.flat``: the elements in C order, to read, to iterate over and to assign."""

    def __init__(self, x: Tracer) -> None:
        self._x = x

    def __getitem__(self, index: Any) -> Any:
        return ravel(self._x)[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        _put_flat(self._x, index, value)

    def __iter__(self) -> Iterator[Any]:
        return iter(ravel(self._x))

    def __len__(self) -> int:
        return aval_of(self._x).size


def _setter(part: Method) -> Callable[[Tracer, Any], None]:
    """The assignment to an attribute that is a view: ``x.real = v``."""

    def write(x: Tracer, value: Any) -> None:
        setitem(part(x), ..., value)

    return write


_SETTERS = {"real": _setter(real), "imag": _setter(imag), "flat": lambda x, value: _put_flat(x, ..., value)}


def _base(x: Tracer) -> Tracer | None:
    return x.links.base if isinstance(x.links, Links) else None


def _device(x: Tracer) -> str:
    place = aval_of(x).place
    return "cpu" if place == HOST else place


_ATTRIBUTES: dict[str, tuple[str, Method]] = {
    "shape": ("Lengths of the axes.", lambda x: x.trace.aval(x).shape),
    "dtype": ("The dtype.", lambda x: x.trace.aval(x).dtype),
    "ndim": ("Number of axes.", lambda x: x.trace.aval(x).ndim),
    "size": ("Number of elements.", lambda x: x.trace.aval(x).size),
    "itemsize": ("Bytes of an element.", lambda x: x.trace.aval(x).dtype.itemsize),
    "nbytes": ("Bytes of all elements.", lambda x: x.trace.aval(x).nbytes),
    "device": ("Where the numbers are: ``cpu``, or the place of a device.", _device),
    "base": ("The traced value of which this one is a view, or None.", _base),
    "flat": ("The elements in C order.", Flat),
    "T": ("The array with its axes reversed.", transpose),
    "mT": ("The array with its last two axes swapped.", matrix_transpose),
    "real": ("The real part.", real),
    "imag": ("The imaginary part.", imag),
    "at": ("``x.at[index].set(v)``: writing that returns a new array.", at),
}

# --- methods -----------------------------------------------------------------------------------------

# Methods that are the NumPy function of the same name, with the array as first argument.
SAME = (
    "all", "any", "argmax", "argmin", "argpartition", "argsort", "choose", "cumprod",
    "cumsum", "diagonal", "dot", "max", "mean", "min", "nonzero", "prod", "ravel", "repeat", "round",
    "searchsorted", "squeeze", "std", "sum", "swapaxes", "take", "var",
)  # fmt: skip


def method_of(op: Any) -> Method:
    """``op`` as a method: a plain function binds by itself. NumPy's own says that there is no rule."""
    if isinstance(op, FunctionType):
        return op

    def method(self: Tracer, *args: Any, **kwargs: Any) -> Any:
        return op(self, *args, **kwargs)

    method.__name__, method.__doc__ = op.__name__, op.__doc__
    return method


def _one_or_many(items: tuple[Any, ...]) -> Any:
    return items[0] if len(items) == 1 else items


def _reshape(self: Tracer, *shape: Any, order: str = "C", copy: bool | None = None) -> Any:
    """``x.reshape(2, 3)`` or ``x.reshape((2, 3))``."""
    if copy is None:
        return reshape(self, _one_or_many(shape), order=order)
    return reshape(self, _one_or_many(shape), order=order, copy=copy)


def _transpose(self: Tracer, *axes: Any) -> Any:
    """``x.transpose()``, ``x.transpose(1, 0)`` or ``x.transpose((1, 0))``."""
    if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
        return transpose(self, axes[0])
    return transpose(self, axes or None)


def _flatten(self: Tracer, order: str = "C") -> Any:
    """A copy with one axis."""
    return own_here(copy_p.bind(reshape(self, -1, order=order)))


def _astype(
    self: Tracer, dtype: Any, order: str = "K", casting: str = "unsafe", subok: bool = True, copy: bool = True
) -> Any:
    """A copy in another dtype."""
    have, dtype = aval_of(self), np.dtype(dtype)
    if not np.can_cast(have.dtype, dtype, casting=casting):  # type: ignore[arg-type]
        raise TypeError(f"Cannot cast array data from {have.dtype!r} to {dtype!r} by the rule {casting!r}")
    if have.dtype == dtype and have.kind != "python":
        return own_here(copy_p.bind(self)) if copy else self
    return own_here(convert(self, dtype))


def _copy(self: Tracer, order: str = "C") -> Any:
    """A copy, which may be written to."""
    return own_here(copy_p.bind(self, order=order))


def _deepcopy(self: Tracer, memo: Any) -> Any:
    return own_here(copy_p.bind(self))


def _conj(self: Tracer) -> Any:
    """The complex conjugate; a real array is its own, not a copy, as in NumPy."""
    aval = aval_of(self)
    if aval.dtype.kind != "c":
        return self
    return convert(conjugate(self), aval.dtype, aval.kind)


def _clip(self: Tracer, min: Any = None, max: Any = None, out: Any = None, **kwargs: Any) -> Any:
    """The values, limited to ``[min, max]``."""
    return clip(self, min, max, out=out, **kwargs)


def _compress(self: Any, condition: Any, axis: int | None = None, out: Any = None) -> Any:
    """Slices along ``axis`` where ``condition`` holds."""
    return np.compress(condition, self, axis=axis, out=out)


def _fill(self: Tracer, value: Any) -> None:
    """Every element becomes ``value``, a number."""
    if np.size(value) != 1:
        raise ValueError("setting an array element with a sequence.")
    setitem(self, ..., reshape(value, ()) if np.ndim(value) else value)


def _put(self: Any, indices: Any, values: Any, mode: Any = "raise") -> None:
    """``self.flat[indices] = values``."""
    np.put(self, indices, values, mode)


METHODS: dict[str, Method] = {
    "reshape": _reshape,
    "transpose": _transpose,
    "flatten": _flatten,
    "astype": _astype,
    "copy": _copy,
    "__copy__": _copy,
    "__deepcopy__": _deepcopy,
    "clip": _clip,
    "conj": _conj,
    "conjugate": _conj,
    "compress": _compress,
    "fill": _fill,
    "put": _put,
    "sort": sort_in_place,
    "partition": partition_in_place,
    "item": values.tracer_item,
    "tolist": values.tracer_tolist,
    "__array__": values.tracer_array,
    "__bool__": values.tracer_bool,
    "__ceil__": values.tracer_ceil,
    "__complex__": values.tracer_complex,
    "__contains__": values.tracer_contains,
    "__float__": values.tracer_float,
    "__floor__": values.tracer_floor,
    "__format__": values.tracer_format,
    "__getitem__": getitem,
    "__setitem__": setitem,
    "__pow__": _pow,
    "__rpow__": _rpow,
    "__getattr__": missing_attribute,
    "__index__": values.tracer_index,
    "__int__": values.tracer_int,
    "__iter__": values.tracer_iter,
    "__len__": values.tracer_len,
    "__reduce_ex__": values.tracer_reduce,
    "__repr__": values.tracer_repr,
    "__round__": values.tracer_round,
    "__trunc__": values.tracer_trunc,
}


def _install() -> None:
    _install_operators()
    for name, (doc, get) in _ATTRIBUTES.items():
        if isinstance(get, FunctionType):
            get.__doc__ = doc
            get.__annotations__.setdefault("return", Any)
        setattr(Tracer, name, property(get, _SETTERS.get(name), doc=doc))
    for name in SAME:
        function = getattr(np, name)
        setattr(Tracer, name, method_of(FUNCTIONS.get(function) or UFUNCS.get(function) or function))
    for name, method in {**METHODS, **inplace_methods()}.items():
        setattr(Tracer, name, method)


_install()
