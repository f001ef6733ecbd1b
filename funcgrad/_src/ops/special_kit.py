"""What special functions and their derivatives are made of: operands, removable singularities, orders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from ..core.aval import aval_of
from .declare import Explicit, Keep, values_read
from .special import missing
from .strong import strong_mul

Slopes = Callable[..., tuple[Any, ...]]


# --- operands ----------------------------------------------------------------------------------------


def is_complex(x: Any) -> bool:
    """Whether ``x`` has complex numbers."""
    return aval_of(x).dtype.kind == "c"


def number(x: Any) -> Any:
    """An operand with a dtype: a Python number as a NumPy scalar."""
    return x if hasattr(x, "dtype") else np.float64(x)


# --- removable singularities -------------------------------------------------------------------------


def polynomial(x: Any, coefficients: Sequence[float]) -> Any:
    """``c[0] + c[1] x + c[2] x² + …``, by Horner's rule."""
    total: Any = coefficients[-1]
    for c in coefficients[-2::-1]:
        total = total * x + c
    return total


def over(
    value: Any, x: Any, series: Sequence[float], *, step: int = 2, factor: Any = 1.0, radius: float = 1.0
) -> Any:
    """``value / x``, and where ``|x| < radius`` the series of it: its removable singularity at 0 is none.

    ``series`` are the coefficients in ``x**step``, times ``factor``. Derivatives of every order are right,
    at 0 too.
    """
    close = np.abs(x) < radius
    near = np.where(close, x, 0.0)
    return np.where(close, factor * polynomial(near**step, series), value / np.where(close, radius, x))


# --- orders ------------------------------------------------------------------------------------------


def order(n: Any) -> Any:
    """An order as it was given: rules see a Python number in the dtype of the result."""
    if isinstance(n, np.inexact):
        n = n.real.item()
        return int(n) if n.is_integer() else n
    return n


def unless_constant(n: Any, value: Any) -> Any:
    """``value``, and 0 where the degree ``n`` is 0, even if there is no function of degree ``n - 1``."""
    return np.where(n == 0, 0.0, value)


# --- several outputs, and operands without derivative ------------------------------------------------


class Refusing(Explicit):
    """An explicit rule that raises MissingRuleError where a derivative by some operand is asked for.

    ``refused`` are the names of such operands, by position.
    """

    __slots__ = ("name", "refused")

    def __init__(
        self, name: str, *, jvp: Any, vjp: Any, keep: Sequence[int], refused: dict[int, str] | None = None
    ) -> None:
        super().__init__(jvp=jvp, vjp=vjp, keep=keep)
        self.name, self.refused = name, refused or {}

    def keeps(self, mask: int, n: int) -> Keep | Literal[False]:
        """What to keep for the operands in ``mask``; MissingRuleError if one is refused."""
        for i in range(n):
            if mask >> i & 1:
                self.check(i)
        return super().keeps(mask, n)

    def check(self, i: int) -> None:
        """Raise MissingRuleError if there is no derivative by operand ``i``."""
        if i in self.refused:
            raise missing(
                f"scipy.special.{self.name} by its operand `{self.refused[i]}`",
                f"pass stop_gradient({self.refused[i]}), if no derivative by it is wanted",
            )


def several(name: str, *slopes: Slopes | str) -> Refusing:
    """The rule of an elementwise op with several outputs.

    For each operand a function ``(out, *inputs)`` that gives the coefficient of every output, or the
    name of an operand without derivative.
    """
    refused = {i: s for i, s in enumerate(slopes) if isinstance(s, str)}

    def jvp(tangents: Sequence[Any], out: Any, *inputs: Any) -> list[Any]:
        totals: list[Any] = [None] * len(out)
        for i, (t, slope) in enumerate(zip(tangents, slopes, strict=True)):
            if t is None:
                continue
            rule.check(i)
            for k, c in enumerate(slope(out, *inputs)):  # type: ignore[operator]
                share = strong_mul(t, c)
                totals[k] = share if totals[k] is None else totals[k] + share
        return totals

    def vjp(g: Any, out: Any, *inputs: Any) -> list[Any]:
        shares: list[Any] = []
        for slope in slopes:
            if isinstance(slope, str):
                shares.append(None)
                continue
            terms = [strong_mul(gk, c) for gk, c in zip(g, slope(out, *inputs), strict=True)]
            shares.append(sum(terms[1:], terms[0]))
        return shares

    rule = Refusing(name, jvp=jvp, vjp=vjp, keep=_read(slopes), refused=refused)
    return rule


def _read(slopes: Sequence[Slopes | str]) -> list[int]:
    """The operands whose value some slope reads; -1 is the output."""
    found: set[int] = set()
    for slope in slopes:
        if not isinstance(slope, str):
            names = slope.__code__.co_varnames[: slope.__code__.co_argcount]
            found |= {names.index(name) - 1 for name in values_read(slope)}
    return sorted(found)
