"""Elementwise operations: how one is declared, and the callable that stands for a NumPy ufunc.

    sin = elementwise("sin", Partials(lambda out, x: cos(x)), doc="Sine, in radians.")

declares primitive, implementation, shape and dtype rule, batching and derivative, and registers the
result under ``np.sin``, so that ``np.sin(tracer)`` finds it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ..backends import HOST_TYPES
from ..base.errors import ArgumentError, DtypeError, MutationError, UnsupportedError
from ..core.aval import SCALAR_AVALS, Aval, abstract_place, aval_of, make_aval, result_kind
from ..core.inplace import rebind
from ..core.primitive import Primitive
from ..core.trace import Tracer
from .declare import NONDIFF, Form, Linear
from .structural import broadcast_to, convert, move_axis, reshape
from .tables import FUNCTIONS, SUPPORT, UFUNCS

_REFUSED = {
    "casting": "same_kind",
    "order": "K",
    "subok": True,
    "signature": None,
    "axes": None,
    "axis": None,
}
_PYTHON_TYPES = {"f": float, "c": complex, "i": int, "b": np.dtype(bool)}
_PYTHON = frozenset({float, complex, int, bool})
_REAL_TYPES = frozenset(kind for kind, aval in SCALAR_AVALS.items() if aval.dtype.kind != "c") | {np.ndarray}
_OPERATOR_MODULES = frozenset({"_operator", "builtins"})


# --- shape, dtype, batching ------------------------------------------------------------------------


@functools.lru_cache(maxsize=4096)
def _resolve(ufunc: np.ufunc, operands: tuple[Any, ...]) -> tuple[np.dtype[Any], ...]:
    return ufunc.resolve_dtypes((*operands, *(None,) * ufunc.nout))[ufunc.nin :]


def operand_types(avals: tuple[Aval, ...]) -> tuple[Any, ...]:
    """What NumPy's promotion needs to know of operands: dtypes, and types for weak Python numbers."""
    operands = tuple(_PYTHON_TYPES[a.dtype.kind] if a.kind == "python" else a.dtype for a in avals)
    if not any(isinstance(o, np.dtype) for o in operands):
        operands = tuple(a.dtype for a in avals)
    return operands


def ufunc_dtypes(ufunc: np.ufunc, avals: tuple[Aval, ...]) -> tuple[np.dtype[Any], ...]:
    """The dtypes of a ufunc's outputs; Python numbers are weak."""
    return _resolve(ufunc, operand_types(avals))


def ufunc_aval(ufunc: np.ufunc, *constants: Any, operator: bool = False) -> Callable[..., Any]:
    """The shape and dtype rule of an elementwise primitive: that of ``ufunc(*operands, *constants)``.

    An operator gives Python numbers for Python numbers, a ufunc NumPy scalars.
    """
    weak = tuple(map(aval_of, constants))

    def aval(*avals: Aval, **params: Any) -> Any:
        shape = np.broadcast_shapes(*[a.shape for a in avals])
        kind, place = result_kind(avals, shape), abstract_place(avals)
        if kind == "python" and not operator:
            kind = "scalar"
        outs = tuple(make_aval(shape, dtype, kind, place) for dtype in ufunc_dtypes(ufunc, (*avals, *weak)))
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
    ``at``, ``reduceat``) come from ``METHODS``, which other families fill.
    """

    # Beside an operand of these types the primitive may be called directly: no weak numbers alone.
    direct: ClassVar[frozenset[type]] = HOST_TYPES - {bool, int, float, complex}
    METHODS: ClassVar[dict[tuple[str, str], Callable[..., Any]]] = {}

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
            if type(arg) is Tracer:
                if arg.trace.aval(arg).kind != "python":
                    return self.bind(*args)
            elif type(arg) not in _PYTHON:
                return self.bind(*args)
        return self._weak(args)

    def _weak(self, args: tuple[Any, ...]) -> Any:
        """NumPy's ufuncs turn Python numbers alone into NumPy scalars; operators do not."""
        return self.bind(convert(args[0], aval_of(args[0]).dtype, "scalar"), *args[1:])

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        args, out = self._split_out(args, kwargs.pop("out", None))
        where, dtype = kwargs.pop("where", True), kwargs.pop("dtype", None)
        self._check(kwargs)
        if not _any_traced(args, where, out):
            given = {"out": out, "where": where, "dtype": dtype}
            unset = {"out": None, "where": True, "dtype": None}
            return self.ufunc(*args, **{k: v for k, v in given.items() if v is not unset[k]}, **kwargs)
        if out is args[0] and type(out) is np.ndarray and where is True and dtype is None:
            return self.METHODS["in place", "*"](self, args, out)
        if dtype is not None:
            args = self._typed(args, dtype)
        if where is True:
            result = self(*args)
        else:
            with np.errstate(all="ignore"):  # what is masked out may be out of the domain
                result = self._masked(where, self(*args), out)
        return result if out is None else self._write(out, result)

    def _check(self, kwargs: dict[str, Any]) -> None:
        """Refuse keyword arguments that mean something else than their default."""
        for key, value in kwargs.items():
            if key not in _REFUSED:
                raise ArgumentError(f"{self.__name__}() got an unexpected keyword argument {key!r}.")
            if value is not None and value != _REFUSED[key]:
                raise UnsupportedError(
                    f"{self.__name__}: the argument {key}={value!r} is not supported on traced values.",
                    hint="leave it out, or convert the operands with astype first",
                )

    def _split_out(self, args: tuple[Any, ...], out: Any) -> tuple[tuple[Any, ...], Any]:
        if len(args) > self.nin:
            args, out = args[: self.nin], args[self.nin :]
        if len(args) < self.nin:
            raise ArgumentError(
                f"{self.__name__}() was called with too few operands.",
                expected=f"{self.nin} operands",
                got=str(len(args)),
            )
        if isinstance(out, tuple):
            out = out[0] if self.nout == 1 else None if all(o is None for o in out) else out
        return args, out

    def _typed(self, args: tuple[Any, ...], dtype: Any) -> tuple[Any, ...]:
        """The operands in the dtypes in which NumPy computes a result of ``dtype``."""
        operands = operand_types(tuple(map(aval_of, args)))
        wanted = (*(None,) * self.nin, *(np.dtype(dtype),) * self.nout)
        found = self.ufunc.resolve_dtypes((*operands, *(None,) * self.nout), signature=wanted)
        return tuple(convert(a, d) for a, d in zip(args, found[: self.nin], strict=True))

    def _masked(self, where: Any, result: Any, out: Any) -> Any:
        if out is None:
            raise UnsupportedError(
                f"{self.__name__}: where= without out= leaves the rest uninitialised.",
                hint=f"np.where(mask, np.{self.__name__}(x), 0), or give out=",
            )
        if self.nout > 1:
            return tuple(FUNCTIONS[np.where](where, r, o) for r, o in zip(result, out, strict=True))
        return FUNCTIONS[np.where](where, result, out)

    def _write(self, out: Any, result: Any) -> Any:
        if isinstance(out, tuple):
            return tuple(
                r if o is None else write_out(o, r, f"{self.__name__}(out=...)")
                for o, r in zip(out, result, strict=True)
            )
        return write_out(out, result, f"{self.__name__}(out=...)")

    def __getattr__(self, name: str) -> Any:
        if name in ("reduce", "accumulate", "outer", "at", "reduceat"):
            return functools.partial(self.METHODS.get((name, self.__name__)) or self.METHODS[name, "*"], self)
        raise AttributeError(name)

    def __repr__(self) -> str:
        return f"<funcgrad ufunc '{self.__name__}'>"

    def __reduce__(self) -> Any:
        return find_ufunc, (self.ufunc.__name__,)


class OperatorUfunc(Ufunc):
    """The ufunc behind an operator of Python, with which it shares its primitive.

    On complex scalars they differ: the ufunc rounds otherwise, and ``1j + np.float64(2)`` is a Python
    number. A 0-d array in place of one of the scalars makes the operator call the ufunc.
    """

    direct = frozenset({np.ndarray})

    def __init__(self, name: str, primitive: Primitive, ufunc: np.ufunc, doc: str) -> None:
        super().__init__(name, primitive, ufunc, doc)
        self.bind = self._bind

    def _bind(self, *args: Any) -> Any:
        for arg in args:
            if type(arg.value if type(arg) is Tracer else arg) not in _REAL_TYPES:
                return self._beside_complex(args)
        return self.primitive.bind(*args)

    def _beside_complex(self, args: tuple[Any, ...]) -> Any:
        if isinstance(args[0], np.generic):  # its own operator calls the ufunc on tracers: that was one
            return self.primitive.bind(*args)
        avals = [aval_of(arg) if type(arg) is Tracer else SCALAR_AVALS.get(type(arg)) for arg in args]
        kinds = [None if aval is None or aval.kind == "array" else aval.kind for aval in avals]
        if None not in kinds and any(aval is not None and aval.dtype.kind == "c" for aval in avals):
            i = kinds.index("scalar")
            array = convert(args[i], aval_of(args[i]).dtype, "array")
            args = (*args[:i], array, *args[i + 1 :])
        return self.primitive.bind(*args)


def find_ufunc(name: str) -> Ufunc:
    """The funcgrad form of the NumPy ufunc of this name."""
    found: Ufunc = UFUNCS[getattr(np, name)]
    return found


def _any_traced(args: tuple[Any, ...], where: Any, out: Any) -> bool:
    outs = out if isinstance(out, tuple) else (out,)
    return any(type(value) is Tracer for value in (*args, where, *outs))


def write_out(out: Any, result: Any, what: str) -> Any:
    """NumPy's ``out=``: rebind a traced target; a plain array can only take plain results."""
    if type(out) is not Tracer and type(result) is Tracer:
        raise MutationError(
            f"{what}: a traced result cannot be written into a plain array.",
            expected="a target made inside the traced function",
            got=str(aval_of(out)),
            hint="leave out= away and use the result, or make the target with np.zeros_like(x)",
        )
    have, new = aval_of(out), aval_of(result)
    if have.kind != "array":
        raise ArgumentError(f"{what}: the target must be an array.", expected="an array", got=str(have))
    if not np.can_cast(new.dtype, have.dtype, "same_kind"):
        raise DtypeError(
            f"{what}: the result cannot be cast to the target's dtype.",
            expected=f"a target that can hold {new.dtype}",
            got=str(have),
        )
    if type(out) is not Tracer:
        out[...] = result
        return out
    if new.shape != have.shape:
        result = broadcast_to(result, have.shape)
    rebind(out, convert(result, have.dtype, "array"), what)
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
    prim = Primitive(
        primitive or name, impl, host=host or found, multiple=found.nout > 1, family=rule_family()
    )
    is_operator = getattr(host, "__module__", None) in _OPERATOR_MODULES
    prim.aval = ufunc_aval(found, operator=is_operator)
    prim.batch = elementwise_batch(prim)
    prim.rule = rule
    prim.symbol = symbol
    prim.kernel = name if getattr(np, name, found) is found else None
    op = (OperatorUfunc if is_operator else Ufunc)(name, prim, found, doc)
    if ufunc is None:
        UFUNCS.setdefault(found, op)
    else:  # who names a ufunc means it, also one that has an op
        UFUNCS[found] = op
    SUPPORT[op] = "discrete" if rule is NONDIFF else "differentiable"
    return op


def pointwise(
    name: str,
    impl: Callable[..., Any],
    rule: Form | None,
    aval: Callable[..., Any],
    *,
    host: Callable[..., Any] | None = None,
    symbol: str | None = None,
) -> Primitive:
    """An elementwise primitive that is no ufunc of NumPy."""
    prim = Primitive(name, impl, host=host, family=rule_family())
    prim.aval = aval
    prim.batch = elementwise_batch(prim)
    prim.rule = rule
    prim.symbol = symbol
    prim.kernel = name
    return prim


def rule_family() -> str:
    """The op family that is declaring, for error messages; empty for modules of other packages."""
    frame = sys._getframe(1)
    while frame.f_globals.get("__name__") == __name__ and frame.f_back is not None:
        frame = frame.f_back
    package, _, family = str(frame.f_globals.get("__name__", "")).rpartition(".")
    return family if package == __package__ else ""


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


def predicate(
    name: str, *, doc: str, host: Callable[..., Any] | None = None, symbol: str | None = None
) -> Ufunc:
    """Declare an elementwise op without derivative: comparisons, logic, rounding, bits."""
    return elementwise(name, NONDIFF, doc=doc, host=host, symbol=symbol)
