"""Operators, attributes and methods of ndarray, installed on the tracer.

A binary operator goes straight to the current trace. When there is none in force, the tracer's own
trace, which has ended, says what went wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.errors import DtypeError
from ..core.aval import aval_of
from ..core.primitive import Primitive
from ..core.trace import Tracer, current
from . import arithmetic, values  # noqa: F401 (the families declare their ops when they are imported)
from .ufunc import FUNCTIONS, UFUNCS, Ufunc

_get = current.get
_NONE: dict[str, Any] = {}
Method = Callable[..., Any]


# --- operators ---------------------------------------------------------------------------------------


def _binary(primitive: Primitive) -> tuple[Method, Method]:
    def forward(self: Tracer, other: Any) -> Any:
        trace = _get()
        try:
            return (trace or self.trace).process(primitive, (self, other), _NONE)
        except TypeError:
            return _decline(other)

    def reflected(self: Tracer, other: Any) -> Any:
        trace = _get()
        try:
            return (trace or self.trace).process(primitive, (other, self), _NONE)
        except TypeError:
            return _decline(other)

    return forward, reflected


def _unary(primitive: Primitive) -> Method:
    def operator(self: Tracer) -> Any:
        trace = _get()
        return (trace or self.trace).process(primitive, (self,), _NONE)

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
        trace = _get()
        try:
            return (trace or self.trace).process(primitive, (self, other), _NONE)
        except DtypeError:
            if getattr(type(other), "__array_ufunc__", True) is None:
                return NotImplemented
            shape = aval_of(self).shape
            return np.full(shape, differs) if shape else differs

    return operator


_BINARY = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
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
        if ufunc in UFUNCS:
            forward, reflected = _binary(UFUNCS[ufunc].primitive)
            setattr(Tracer, f"__{name}__", forward)
            setattr(Tracer, f"__r{name}__", reflected)
    for name, ufunc in _COMPARISONS.items():
        if ufunc in UFUNCS:
            setattr(Tracer, f"__{name}__", _binary(UFUNCS[ufunc].primitive)[0])
    for name, ufunc in _UNARY.items():
        if ufunc in UFUNCS:
            setattr(Tracer, f"__{name}__", _unary(UFUNCS[ufunc].primitive))
    if np.equal in UFUNCS:
        Tracer.__eq__ = _equality(UFUNCS[np.equal].primitive, False)  # type: ignore[method-assign]
        Tracer.__ne__ = _equality(UFUNCS[np.not_equal].primitive, True)  # type: ignore[method-assign]
    Tracer.__hash__ = object.__hash__  # type: ignore[method-assign]


# --- attributes --------------------------------------------------------------------------------------


def _attribute(name: str, doc: str, get: Method) -> None:
    setattr(Tracer, name, property(get, doc=doc))


def _install_attributes() -> None:
    _attribute("shape", "Lengths of the axes.", lambda x: x.trace.aval(x).shape)
    _attribute("dtype", "The dtype.", lambda x: x.trace.aval(x).dtype)
    _attribute("ndim", "Number of axes.", lambda x: x.trace.aval(x).ndim)
    _attribute("size", "Number of elements.", lambda x: x.trace.aval(x).size)
    _attribute("itemsize", "Bytes of an element.", lambda x: x.trace.aval(x).dtype.itemsize)
    _attribute("nbytes", "Bytes of all elements.", lambda x: x.trace.aval(x).nbytes)


# --- methods -----------------------------------------------------------------------------------------

# Methods that are the NumPy function of the same name with the array as first argument.
_SAME = ("sum",)


def method_of(op: Any) -> Method:
    """``op`` as a method: a plain function binds by itself."""
    if not isinstance(op, Ufunc):
        return op  # type: ignore[no-any-return]

    def method(self: Tracer, *args: Any, **kwargs: Any) -> Any:
        return op(self, *args, **kwargs)

    method.__name__, method.__doc__ = op.__name__, op.__doc__
    return method


def _install_methods() -> None:
    for name in _SAME:
        function = getattr(np, name)
        op = FUNCTIONS.get(function)
        if op is not None:
            setattr(Tracer, name, method_of(op))


def _install_values() -> None:
    for name, function in {
        "__bool__": values.tracer_bool,
        "__int__": values.tracer_int,
        "__index__": values.tracer_index,
        "__round__": values.tracer_round,
        "__floor__": values.tracer_floor,
        "__ceil__": values.tracer_ceil,
        "__trunc__": values.tracer_trunc,
        "__float__": values.tracer_float,
        "__complex__": values.tracer_complex,
        "__array__": values.tracer_array,
        "__len__": values.tracer_len,
        "__iter__": values.tracer_iter,
        "__contains__": values.tracer_contains,
        "__repr__": values.tracer_repr,
        "__format__": values.tracer_format,
        "__reduce_ex__": values.tracer_reduce,
        "item": values.tracer_item,
        "tolist": values.tracer_tolist,
    }.items():
        setattr(Tracer, name, function)


_install_operators()
_install_attributes()
_install_methods()
_install_values()
