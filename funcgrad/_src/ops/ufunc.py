"""Elementwise operations: how one is declared, and the callable that stands for a NumPy ufunc.

    sin = elementwise("sin", Partials(lambda out, x: cos(x)), doc="Sine, in radians.")

declares primitive, implementation, shape and dtype rule, batching and derivative, and registers the
result under ``np.sin``, so that ``np.sin(tracer)`` finds it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.errors import MutationError, UnsupportedError
from ..core.aval import Aval, aval_of, make_aval
from ..core.inplace import rebind
from ..core.primitive import Primitive
from ..core.trace import Tracer
from ..ir.staging import abstract_place, result_kind
from .declare import NONDIFF, Form, Linear
from .structural import broadcast_to, convert, move_axis, reshape

UFUNCS: dict[np.ufunc, Ufunc] = {}
FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}
_REFUSED = {"casting": "same_kind", "order": "K", "subok": True, "signature": None, "axes": None, "axis": None}
_PYTHON_TYPES = {"f": float, "c": complex, "i": int, "b": np.dtype(bool)}


# --- shape, dtype, batching ------------------------------------------------------------------------


@functools.lru_cache(maxsize=4096)
def _resolve(ufunc: np.ufunc, operands: tuple[Any, ...]) -> tuple[np.dtype[Any], ...]:
    return ufunc.resolve_dtypes((*operands, *(None,) * ufunc.nout))[ufunc.nin :]


def ufunc_dtypes(ufunc: np.ufunc, avals: tuple[Aval, ...]) -> tuple[np.dtype[Any], ...]:
    """The dtypes of a ufunc's outputs; Python numbers are weak."""
    operands = tuple(_PYTHON_TYPES[a.dtype.kind] if a.kind == "python" else a.dtype for a in avals)
    if not any(isinstance(o, np.dtype) for o in operands):
        operands = tuple(a.dtype for a in avals)
    return _resolve(ufunc, operands)


def ufunc_aval(ufunc: np.ufunc) -> Callable[..., Any]:
    """The shape and dtype rule of an elementwise primitive."""

    def aval(*avals: Aval, **params: Any) -> Any:
        shape = np.broadcast_shapes(*[a.shape for a in avals])
        kind, place = result_kind(avals, shape), abstract_place(avals)
        outs = tuple(make_aval(shape, dtype, kind, place) for dtype in ufunc_dtypes(ufunc, avals))
        return outs[0] if ufunc.nout == 1 else outs

    return aval


def align(size: int, values: tuple[Any, ...], axes: tuple[Any, ...]) -> list[Any]:
    """Operands with their batch axis in front and ranks made equal, ready to broadcast."""
    ndim = max(aval_of(v).ndim - (axis is not None) for v, axis in zip(values, axes, strict=True))
    aligned = []
    for value, axis in zip(values, axes, strict=True):
        if axis is not None:
            value = move_axis(value, axis, 0)
            shape = aval_of(value).shape
            if len(shape) - 1 < ndim:
                value = reshape(value, (size, *(1,) * (ndim - len(shape) + 1), *shape[1:]))
        aligned.append(value)
    return aligned


def elementwise_batch(primitive: Primitive) -> Callable[..., Any]:
    """The batching rule of an elementwise primitive."""

    def batch(size: int, values: tuple[Any, ...], axes: tuple[Any, ...], **params: Any) -> Any:
        out = primitive.bind(*align(size, values, axes), **params)
        return (out, (0,) * len(out)) if primitive.multiple else (out, 0)

    return batch


# --- the callable ----------------------------------------------------------------------------------


class Ufunc:
    """A differentiable elementwise function with NumPy's calling convention.

    ``where=``, ``dtype=`` and ``out=`` are honoured; other keyword arguments of NumPy's ufuncs are
    refused by name unless they have their default. Methods (``reduce``, ``accumulate``, ``outer``,
    ``at``, ``reduceat``) come from ``METHODS``, which the families of reductions fill.
    """

    METHODS: dict[tuple[str, str], Callable[..., Any]] = {}

    def __init__(self, name: str, primitive: Primitive, ufunc: np.ufunc, doc: str) -> None:
        self.__name__ = self.__qualname__ = name
        self.__doc__ = doc
        self.primitive = primitive
        self.ufunc = ufunc
        self.nin, self.nout, self.nargs = ufunc.nin, ufunc.nout, ufunc.nargs
        self.identity = ufunc.identity
        self.bind = primitive.bind

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != self.nin:
            return self._call(args, kwargs)
        for arg in args:
            if type(arg) is Tracer and arg.trace.aval(arg).kind == "python":
                return self._weak(args)
        return self.bind(*args)

    def _weak(self, args: tuple[Any, ...]) -> Any:
        """NumPy's ufuncs turn Python numbers alone into NumPy scalars; operators do not."""
        avals = [aval_of(a) for a in args]
        if all(a.kind == "python" for a in avals):
            args = (convert(args[0], avals[0].dtype, "scalar"), *args[1:])
        return self.bind(*args)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        args, out = self._split_out(args, kwargs.pop("out", None))
        where, dtype = kwargs.pop("where", True), kwargs.pop("dtype", None)
        for key, value in kwargs.items():
            if key not in _REFUSED:
                raise TypeError(f"{self.__name__}() got an unexpected keyword argument {key!r}")
            if value is not None and value != _REFUSED[key]:
                raise UnsupportedError(
                    f"{self.__name__}: the argument {key}={value!r} is not supported on traced values.",
                    hint="leave it out, or convert the operands with astype first",
                )
        if dtype is not None:
            args = tuple(convert(a, dtype) if aval_of(a).inexact else a for a in args)
        result = self(*args)
        if where is not True:
            result = self._masked(where, result, out)
        return result if out is None else self._write(out, result)

    def _split_out(self, args: tuple[Any, ...], out: Any) -> tuple[tuple[Any, ...], Any]:
        if len(args) > self.nin:
            args, out = args[: self.nin], args[self.nin :]
        if len(args) < self.nin:
            raise TypeError(f"{self.__name__}() takes {self.nin} operands, {len(args)} given")
        if isinstance(out, tuple):
            out = out[0] if len(out) == 1 else out
        return args, out

    def _masked(self, where: Any, result: Any, out: Any) -> Any:
        if out is None:
            raise UnsupportedError(
                f"{self.__name__}: where= without out= leaves the rest uninitialised.",
                hint=f"np.where(mask, np.{self.__name__}(x), 0), or give out=",
            )
        return FUNCTIONS[np.where](where, result, out)

    def _write(self, out: Any, result: Any) -> Any:
        if isinstance(out, tuple):
            return tuple(self._write(o, r) for o, r in zip(out, result, strict=True))
        return write_out(out, result, f"{self.__name__}(out=...)")

    def __getattr__(self, name: str) -> Any:
        if name in ("reduce", "accumulate", "outer", "at", "reduceat"):
            method = self.METHODS.get((name, self.__name__)) or self.METHODS.get((name, "*"))
            if method is not None:
                return functools.partial(method, self)
            raise UnsupportedError(
                f"np.{self.__name__}.{name} has no differentiable form here.",
                hint="write it with the function of that meaning, such as np.sum or np.cumsum",
            )
        raise AttributeError(name)

    def __repr__(self) -> str:
        return f"<funcgrad ufunc '{self.__name__}'>"

    def __reduce__(self) -> Any:
        return find_ufunc, (self.ufunc.__name__,)


def find_ufunc(name: str) -> Ufunc:
    """The funcgrad form of the NumPy ufunc of this name."""
    return UFUNCS[getattr(np, name)]


def write_out(out: Any, result: Any, what: str) -> Any:
    """NumPy's ``out=``: rebind a traced target; a plain array can only take plain results."""
    have = aval_of(out)
    if type(out) is Tracer:
        if aval_of(result).shape != have.shape:
            result = broadcast_to(result, have.shape)
        if not np.can_cast(aval_of(result).dtype, have.dtype, "same_kind"):
            raise TypeError(f"{what}: cannot cast {aval_of(result).dtype} to {have.dtype} with casting 'same_kind'")
        rebind(out, convert(result, have.dtype), what)
        return out
    if type(result) is Tracer:
        raise MutationError(
            f"{what}: a traced result cannot be written into a plain array.",
            expected="a target made inside the traced function",
            got=str(have),
            hint="leave out= away and use the result, or make the target with np.zeros_like(x)",
        )
    out[...] = result
    return out


# --- declaration -----------------------------------------------------------------------------------


def elementwise(
    name: str,
    rule: Form | None,
    *,
    doc: str,
    ufunc: np.ufunc | None = None,
    host: Callable[..., Any] | None = None,
    symbol: str | None = None,
    primitive: str | None = None,
) -> Ufunc:
    """Declare an elementwise op for the NumPy ufunc ``name`` (or ``ufunc``).

    ``host`` computes on NumPy operands; the default is the ufunc itself. An operator keeps Python
    numbers Python numbers, and is faster on scalars. ``symbol`` is the infix operator of compiled code.
    """
    found: np.ufunc = ufunc if ufunc is not None else getattr(np, name)
    impl = _by_name(found, name) if host is None else _by_host(host)
    prim = Primitive(primitive or name, impl, host=host or found, multiple=found.nout > 1, family=rule_family())
    prim.aval = ufunc_aval(found)
    prim.batch = elementwise_batch(prim)
    prim.rule = rule
    prim.symbol = symbol
    prim.kernel = name
    op = Ufunc(name, prim, found, doc)
    UFUNCS.setdefault(found, op)
    return op


def rule_family() -> str:
    """The name of the op family's module that is declaring, for error messages."""
    import_frame = sys._getframe(2)
    return str(import_frame.f_globals.get("__name__", "")).rpartition(".")[2]


def _by_name(ufunc: np.ufunc, name: str) -> Callable[..., Any]:
    def impl(xp: Any, *args: Any) -> Any:
        return getattr(xp, name, ufunc)(*args)

    return impl


def _by_host(host: Callable[..., Any]) -> Callable[..., Any]:
    def impl(xp: Any, *args: Any) -> Any:
        return host(*args)

    return impl


def linear(*transposes: Callable[..., Any] | None) -> Linear:
    """The derivative of an elementwise linear function such as addition."""
    return Linear(*transposes, elementwise=True)


def predicate(name: str, *, doc: str, host: Callable[..., Any] | None = None, symbol: str | None = None) -> Ufunc:
    """Declare an elementwise op without derivative: comparisons, logic, rounding, bits."""
    return elementwise(name, NONDIFF, doc=doc, host=host, symbol=symbol)


def implements(*functions: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated public op under NumPy functions, for ``np.function(tracer)``."""

    def register(op: Callable[..., Any]) -> Callable[..., Any]:
        for function in functions:
            FUNCTIONS[function] = op
        return op

    return register
