"""Functions of scipy.special as ops: how one is declared, and what a derivative that is not there says.

    erfi = special("erfi", Partials(lambda out, x: _SLOPE * np.exp(x * x)), doc="…")

The implementation is SciPy's ufunc; on CuPy arrays it is that of the same name in cupyx.scipy.special. The
families that import this module are read when one of their ops is needed, and not without SciPy.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..backends import require, special_of
from ..base.errors import MissingRuleError, UnsupportedError
from ..core.primitive import Primitive
from .declare import NONDIFF, Form, Rule
from .families import find_named
from .tables import NAMES, SUPPORT, UFUNCS
from .ufunc import Ufunc, elementwise_batch, ufunc_aval

scipy_special: Any = require("scipy.special", "scipy")


def special(
    name: str,
    rule: Form | None,
    *,
    doc: str,
    ufunc: np.ufunc | None = None,
    primitive: str | None = None,
    aliases: tuple[str, ...] = (),
    elsewhere: str | None = None,
) -> Ufunc:
    """Declare the ufunc ``name`` of scipy.special as an op.

    ``ufunc`` is one that SciPy hides behind a function. ``primitive`` is the primitive's name, where
    NumPy has an op of that name. ``aliases`` are other names for the same ufunc, ``elsewhere`` is its
    name on CuPy, if that is another.
    """
    found = getattr(scipy_special, name) if ufunc is None else ufunc
    family = sys._getframe(1).f_globals["__name__"].rpartition(".")[2]
    prim = Primitive(
        primitive or name, _elsewhere(elsewhere or name), host=found, multiple=found.nout > 1, family=family
    )
    prim.aval = ufunc_aval(found)
    prim.batch = elementwise_batch(prim)
    prim.rule = rule
    prim.kernel = prim.name
    op = SpecialUfunc(name, prim, found, doc)
    UFUNCS.setdefault(found, op)  # a user's own op for it, declared before, stays
    SUPPORT[op] = "discrete" if rule is NONDIFF else "differentiable"
    for public in (name, *aliases):
        NAMES[f"scipy.special.{public}"] = op
    return op


class SpecialUfunc(Ufunc):
    """A differentiable ufunc of scipy.special."""

    def __reduce__(self) -> Any:
        return find_named, (f"scipy.special.{self.__name__}",)


def _elsewhere(name: str) -> Callable[..., Any]:
    def impl(xp: Any, *args: Any) -> Any:
        return function_of(xp, name)(*args)

    return impl


def function_of(xp: Any, name: str) -> Callable[..., Any]:
    """The special function ``name`` on the arrays of a namespace, or UnsupportedError."""
    module = special_of(xp)
    found = getattr(module, name, None)
    if found is None:
        raise UnsupportedError(
            f"{name}: {module.__name__} has no such function.",
            hint="move the operands to the host, outside the traced function",
        )
    return found  # type: ignore[no-any-return]


def missing(what: str, hint: str) -> MissingRuleError:
    """The error for a derivative by one operand that nobody knows how to compute."""
    return MissingRuleError(f"{what} has no derivative rule.", hint=hint)


_WRAP = "put the call into a function with custom_vjp or custom_jvp; or pass stop_gradient({})"


def no_slope(name: str, operands: str, which: str) -> Rule:
    """A coefficient that raises MissingRuleError: by the operand ``which`` there is no derivative.

    ``operands`` are the operands' names, as in ``no_slope("gammainc", "a x", "a")``. An operand of
    integers never asks.
    """

    def refuse() -> Any:
        raise missing(f"scipy.special.{name} by its operand `{which}`", _WRAP.format(which))

    rule = _ARITIES[len(operands.split())](refuse)
    rule.refuses = True  # type: ignore[attr-defined]
    return rule


_ARITIES: dict[int, Callable[[Callable[[], Any]], Rule]] = {
    1: lambda refuse: lambda out, x: refuse(),
    2: lambda refuse: lambda out, x, y: refuse(),
    3: lambda refuse: lambda out, x, y, z: refuse(),
    4: lambda refuse: lambda out, x, y, z, w: refuse(),
}
