"""The inverses of the error functions and of the normal distribution function.

The quotients are fitted for the least largest relative error of the whole (Remez' algorithm in mpmath,
linearised again and again); the variables are those of Wichura (Algorithm AS 241, 1988).
"""

from __future__ import annotations

from ..builder import F32, Value
from .error_functions import SHIFT, scaled_parts
from .logarithms import log
from .products import exp_times, square

# erfinv(x) / x by powers of 1/4 - x², for |x| <= 1/2: to 2^-25.8 and 2^-56.5.
_CENTRE_ABOVE = {
    32: (
        0.953872561454773, 0.9569643139839172, 0.10765425115823746,
    ),
    64: (
        0.9538725524089398, 2.805735008923483, 2.8317635126947938, 1.1373347512034755,
        0.15510826925768512, 0.0033869286758826406,
    ),
}  # fmt: skip
_CENTRE_BELOW = {
    32: (
        1.0, 1.3360148668289185, 0.3179684281349182,
    ),
    64: (
        1.0, 3.2741895488681143, 3.818747946773294, 1.8935688870363734,
        0.3673481910519825, 0.01858881475013238,
    ),
}  # fmt: skip
# r - erfcinv(exp(-r²)), for r from 0.83 to 10.3 and 27.4: erfcinv to 2^-24.3 and 2^-37.2.
_TAIL_ABOVE = {
    32: (
        0.020070059224963188, 0.8546246886253357, 0.7825515866279602, 0.060917653143405914,
        0.00012316415086388588,
    ),
    64: (
        9.404737591064449e-05, 0.9973226737298777, 1.2719036837755535, 1.984380656054371,
        1.0851065306474648, 0.14213147635215903, 0.004562667445946162, 2.4731994013744936e-05,
    ),
}  # fmt: skip
_TAIL_BELOW = {
    32: (
        1.0, 1.2129478454589844, 1.9093210697174072, 0.5830957293510437,
        0.02450968138873577,
    ),
    64: (
        1.0, 2.1356862402248282, 3.97507370685118, 3.90165236055866,
        3.1087357777193416, 0.8989728395381729, 0.0779260731375213, 0.0017816542495473079,
        6.571213931541406e-06,
    ),
}  # fmt: skip
_ROOT_OF_2 = 1.4142135623730951


def erfinv(x: Value) -> Value:
    """The inverse of `erf`; NaN beyond ``[-1, 1]``."""
    b = x.b
    size = b.abs(x)
    return b.copysign(_inverse(size, 1.0 - size, size.lt(0.5)), x) + 0.0  # like SciPy's, not -0.0


def erfcinv(x: Value) -> Value:
    """The inverse of `erfc`; NaN beyond ``[0, 2]``."""
    b = x.b
    negative = x.gt(1.0)
    size = b.abs(1.0 - x)
    found = _inverse(size, b.select(negative, 2.0 - x, x), size.lt(0.5))
    return b.copysign(found, -(x - 1.0))


def ndtri(x: Value) -> Value:
    """The inverse of `ndtr`; NaN beyond ``[0, 1]``."""
    b = x.b
    negative = x.lt(0.5)
    away = x - 0.5
    size = b.abs(away)
    tail = b.select(negative, x, 1.0 - x)
    found = _inverse(size + size, tail + tail, size.lt(0.25)) * _ROOT_OF_2
    return b.copysign(found, away)


def _inverse(size: Value, rest: Value, near: Value) -> Value:
    """``erfinv(size)`` if that is ``near`` 0, else ``erfcinv(rest)``, where ``rest = 1 - size``.

    In double the quotient of the tail gives half of the digits, and a step of Newton's the others.
    """
    b, bits = size.b, size.type.bits
    l = log(rest)
    r = b.sqrt(-l)
    w = 0.25 - size * size
    above = b.select(near, b.polynomial(w, *_CENTRE_ABOVE[bits]), b.polynomial(r, *_TAIL_ABOVE[bits]))
    below = b.select(near, b.polynomial(w, *_CENTRE_BELOW[bits]), b.polynomial(r, *_TAIL_BELOW[bits]))
    q = above / below
    tail = r - q
    if size.type is not F32:
        high, low = square(tail)
        parts = scaled_parts(tail)
        # erfc(tail) / rest, nearly 1; times √π exp(tail²) erfc(tail) / 2 its excess is what is missing.
        ratio = exp_times(-(l + high), -low, *parts, SHIFT[bits])
        tail = b.fma(ratio - 1.0, parts[0] / parts[1] * 0.5, tail)
    tail = b.select(rest.eq(0.0), float("inf"), tail)
    return b.select(near, size * q, tail)
