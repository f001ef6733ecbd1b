"""Comparisons, truth, bits and rounding: ops without a derivative."""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.errors import UnsupportedError
from ..core.aval import Aval, abstract_place, make_aval, result_kind
from ..core.primitive import Primitive
from ..core.trace import Tracer
from .arithmetic import trunc
from .declare import NONDIFF
from .tables import UFUNCS, implements
from .ufunc import Ufunc, pointwise, predicate, write_out

# --- comparisons -----------------------------------------------------------------------------------

equal = predicate("equal", host=operator.eq, symbol="==", doc="``x == y``, elementwise.")
not_equal = predicate("not_equal", host=operator.ne, symbol="!=", doc="``x != y``, elementwise.")
less = predicate("less", host=operator.lt, symbol="<", doc="``x < y``, elementwise.")
less_equal = predicate("less_equal", host=operator.le, symbol="<=", doc="``x <= y``, elementwise.")
greater = predicate("greater", host=operator.gt, symbol=">", doc="``x > y``, elementwise.")
greater_equal = predicate("greater_equal", host=operator.ge, symbol=">=", doc="``x >= y``, elementwise.")

# --- truth -----------------------------------------------------------------------------------------

logical_and = predicate("logical_and", doc="Whether both are true, elementwise.")
logical_or = predicate("logical_or", doc="Whether one or both are true, elementwise.")
logical_xor = predicate("logical_xor", doc="Whether exactly one is true, elementwise.")
logical_not = predicate("logical_not", doc="Whether it is false, elementwise.")
isnan = predicate("isnan", doc="Whether it is NaN, elementwise.")
isinf = predicate("isinf", doc="Whether it is infinite, elementwise.")
isfinite = predicate("isfinite", doc="Whether it is neither infinite nor NaN, elementwise.")
signbit = predicate("signbit", doc="Whether the sign bit is set (for -0.0 too), elementwise.")


class _OfDates(Ufunc):
    """A ufunc of dates, which are never traced: it works on plain arrays, and refuses traced numbers."""

    direct = frozenset()

    def __init__(self, ufunc: np.ufunc) -> None:
        self.__name__ = self.__qualname__ = ufunc.__name__
        self.__doc__ = "Whether a date is NaT, of plain arrays; refused on traced values, which are numbers."
        self.ufunc = ufunc
        self.nin, self.nout, self.nargs = ufunc.nin, ufunc.nout, ufunc.nargs

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not any(type(arg) is Tracer for arg in args):
            return self.ufunc(*args, **kwargs)
        raise UnsupportedError(
            f"{self.__name__}: traced values are numbers, not dates.",
            hint="np.isnan(x) tells missing numbers",
        )


isnat = UFUNCS[np.isnat] = _OfDates(np.isnat)

# --- bits and integers -----------------------------------------------------------------------------

bitwise_and = predicate("bitwise_and", host=operator.and_, symbol="&", doc="``x & y``, elementwise.")
bitwise_or = predicate("bitwise_or", host=operator.or_, symbol="|", doc="``x | y``, elementwise.")
bitwise_xor = predicate("bitwise_xor", host=operator.xor, symbol="^", doc="``x ^ y``, elementwise.")
invert = predicate("invert", host=operator.invert, symbol="~", doc="``~x``, elementwise.")
left_shift = predicate("left_shift", host=operator.lshift, symbol="<<", doc="``x << n``, elementwise.")
right_shift = predicate("right_shift", host=operator.rshift, symbol=">>", doc="``x >> n``, elementwise.")
bitwise_count = predicate("bitwise_count", doc="The number of bits that are 1 in the absolute value.")
gcd = predicate("gcd", doc="Greatest common divisor, elementwise.")
lcm = predicate("lcm", doc="Least common multiple, elementwise.")

# --- functions that are no ufuncs ------------------------------------------------------------------


def _nondiff(
    name: str, function: Callable[..., Any], dtype: Callable[[Aval], Any], of_python: Any = "scalar"
) -> Primitive:
    """A primitive without derivative for a function of NumPy; ``of_python``: what Python numbers give."""

    def impl(xp: Any, *args: Any, **params: Any) -> Any:
        return getattr(xp, name, function)(*args, **params)

    def aval(*avals: Aval, **params: Any) -> Aval:
        shape = np.broadcast_shapes(*[a.shape for a in avals])
        kind = result_kind(avals, shape)
        return make_aval(
            shape, dtype(avals[0]), of_python if kind == "python" else kind, abstract_place(avals)
        )

    return pointwise(name, impl, NONDIFF, aval, host=function)


def _truth(x: Aval) -> Any:
    return np.dtype(bool)


def _round_number(x: Any, *, decimals: int) -> Any:
    """Python's ``round``, correct to the last bit for Python numbers, which ``np.round`` is not."""
    return builtins.round(x, decimals) if type(x) is float else np.round(x, decimals)


isposinf_p = _nondiff("isposinf", np.isposinf, _truth)
isneginf_p = _nondiff("isneginf", np.isneginf, _truth)
iscomplex_p = _nondiff("iscomplex", np.iscomplex, _truth)
isreal_p = _nondiff("isreal", np.isreal, _truth, "python")
isclose_p = _nondiff("isclose", np.isclose, _truth)
round_p = _nondiff("round", np.round, lambda x: np.round(np.empty(0, x.dtype)).dtype)
round_number_p = _nondiff("round_number", _round_number, lambda x: x.dtype, "python")
round_number_p.kernel = None


def _into(out: Any, result: Any, what: str) -> Any:
    return result if out is None else write_out(out, result, f"{what}(out=...)")


@implements(np.isposinf, support="discrete")
def isposinf(x: Any, out: Any = None) -> Any:
    """Whether it is plus infinity, elementwise."""
    return _into(out, isposinf_p.bind(x), "isposinf")


@implements(np.isneginf, support="discrete")
def isneginf(x: Any, out: Any = None) -> Any:
    """Whether it is minus infinity, elementwise."""
    return _into(out, isneginf_p.bind(x), "isneginf")


@implements(np.isreal, support="discrete")
def isreal(x: Any) -> Any:
    """Whether the imaginary part is zero, elementwise."""
    return isreal_p.bind(x)


@implements(np.iscomplex, support="discrete")
def iscomplex(x: Any) -> Any:
    """Whether the imaginary part is not zero, elementwise."""
    return iscomplex_p.bind(x)


@implements(np.isclose, support="discrete")
def isclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Any:
    """Whether ``|a - b| <= atol + rtol * |b|``, elementwise; the tolerances are plain numbers."""
    if not all(isinstance(tolerance, (float, int, np.number)) for tolerance in (rtol, atol)):
        raise UnsupportedError(
            "isclose: the tolerances must be plain numbers here.",
            hint="write np.abs(a - b) <= atol + rtol * np.abs(b)",
        )
    return isclose_p.bind(a, b, rtol=rtol, atol=atol, equal_nan=bool(equal_nan))


@implements(np.round, np.around, support="discrete")
def round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """Rounded to ``decimals`` digits after the point, halves to the even one: piecewise constant."""
    return _into(out, round_p.bind(a, decimals=operator.index(decimals)), "round")


def around(a: Any, decimals: int = 0, out: Any = None) -> Any:
    """Another name of ``round``."""
    return round(a, decimals, out)


@implements(np.fix, support="discrete")
def fix(x: Any, out: Any = None) -> Any:
    """The integer part, towards zero: piecewise constant."""
    return _into(out, trunc.primitive.bind(x), "fix")
