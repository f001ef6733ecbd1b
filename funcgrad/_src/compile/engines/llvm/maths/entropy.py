"""Logarithms times numbers, and log-odds: the terms of entropies and of likelihoods."""

from __future__ import annotations

from ..builder import Value
from .logarithms import log, log1p
from .pieces import in_double

_INFINITY = float("inf")


@in_double
def xlogy(x: Value, y: Value) -> Value:
    """``x log y``, 0 where x is 0, if y is a number."""
    x, y = x.b.together(x, y)
    return _strong_zero(x, y, x * log(y))


def xlog1py(x: Value, y: Value) -> Value:
    """``x log(1 + y)``, 0 where x is 0, if y is a number."""
    x, y = x.b.together(x, y)
    return _strong_zero(x, y, x * log1p(y))


def _strong_zero(x: Value, y: Value, product: Value) -> Value:
    b = x.b
    return b.select(x.eq(0.0) & b.compare("ord", "", y, y), 0.0, product)


def entr(x: Value) -> Value:
    """``-x log x``, 0 at 0 and minus infinity below."""
    b = x.b
    found = b.select(x.eq(0.0), 0.0, -(x * log(x)))
    return b.select(x.lt(0.0), -_INFINITY, found)


def rel_entr(x: Value, y: Value) -> Value:
    """``x log(x / y)``; 0 where x is 0 and y is not negative, else infinity where one is not positive."""
    b = x.b
    x, y = b.together(x, y)
    less = x.lt(y)
    small, large = b.select(less, x, y), b.select(less, y, x)
    # Of neighbours the quotient has few digits of the logarithm, the difference has all.
    excess = (large - small) / small
    l = log1p(excess)
    beyond = excess.eq(_INFINITY) & small.gt(0.0)
    (l,) = b.unless(beyond, lambda: [b.select(beyond, log(large) - log(small), l)], l)
    found = x * b.select(less, -l, l)
    found = b.select(x.gt(0.0) & y.gt(0.0), found, _INFINITY)
    found = b.select(x.eq(0.0) & y.ge(0.0), 0.0, found)
    return b.select(b.compare("uno", "", x, y), x + y, found)


def logit(x: Value) -> Value:
    """``log(x / (1 - x))``."""
    b = x.b
    half = x.lt(0.5)
    # The odds less 1, of the larger share: exact to all digits also near 1/2.
    excess = b.abs(x + x - 1.0) / b.select(half, x + 0.0, 1.0 - x)
    l = log1p(excess)
    beyond = excess.eq(_INFINITY)
    (l,) = b.unless(beyond, lambda: [b.select(beyond & half, -log(x), l)], l)
    return b.select(half, -l, l)
