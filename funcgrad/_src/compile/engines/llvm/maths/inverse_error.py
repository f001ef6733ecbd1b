"""The inverses of the error functions and of the normal distribution function.

The quotients are fitted for the least largest relative error of the whole (Remez' algorithm in mpmath,
linearised again and again); the variables are those of Wichura (Algorithm AS 241, 1988).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..builder import F32, Value
from . import products
from .error_functions import tail_parts, tail_times
from .logarithms import log

# erfinv(x) / x - 15/16 by powers of 9/32 - x², for |x| <= 0.53: erfinv to 2^-26.6 and 2^-58.7.
_CENTRE = 0.9375
_CENTRE_ABOVE = {
    32: (
        0.026521628722548485, -0.2956589162349701, -0.20164147019386292,
    ),
    64: (
        0.02652163762382704, -0.2423082945030341, -0.7704198558680142, -0.6935498016573897,
        -0.2140760146174263, -0.016360274707655584,
    ),
}  # fmt: skip
_CENTRE_BELOW = {
    32: (
        1.0, 1.382617473602295, 0.3381413221359253,
    ),
    64: (
        1.0, 3.3942737937785457, 4.097183755628845, 2.097773101662529,
        0.4188162868671256, 0.021704760536496493,
    ),
}  # fmt: skip
# r - erfcinv(exp(-r²)), less 11/32 in single precision, for r from 0.855 to 10.3 and from 0.83 to 27.4:
# erfcinv to 2^-25.1 and 2^-37.2.
_TAIL_MIDDLE = 0.34375
_TAIL_ABOVE = {
    32: (
        -0.32385697960853577, 0.45849674940109253, 0.09375900030136108, -0.13901489973068237,
        -0.0018867382314056158,
    ),
    64: (
        9.404737591064449e-05, 0.9973226737298777, 1.2719036837755535, 1.984380656054371,
        1.0851065306474648, 0.14213147635215903, 0.004562667445946162, 2.4731994013744936e-05,
    ),
}  # fmt: skip
_TAIL_BELOW = {
    32: (
        1.0, 1.1535613536834717, 1.8403980731964111, 0.48095351457595825,
        0.004310934338718653, 2.635469354572706e-05,
    ),
    64: (
        1.0, 2.1356862402248282, 3.97507370685118, 3.90165236055866,
        3.1087357777193416, 0.8989728395381729, 0.0779260731375213, 0.0017816542495473079,
        6.571213931541406e-06,
    ),
}  # fmt: skip
_NEAR = 0.53  # the inverse is 0.511 there, just beyond a power of two
_ROOT_OF_2 = 1.4142135623730951


def erfinv(x: Value) -> Value:
    """The inverse of `erf`; NaN beyond ``[-1, 1]``."""
    b = x.b
    size = b.abs(x)
    return b.copysign(_inverse(size, 1.0 - size, size.lt(_NEAR)), x) + 0.0  # like SciPy's, not -0.0


def erfcinv(x: Value) -> Value:
    """The inverse of `erfc`; NaN beyond ``[0, 2]``."""
    b = x.b
    negative = x.gt(1.0)
    size = b.abs(1.0 - x)
    found = _inverse(size, b.select(negative, 2.0 - x, x), size.lt(_NEAR))
    return b.copysign(found, -(x - 1.0))


def ndtri(x: Value) -> Value:
    """The inverse of `ndtr`; NaN beyond ``[0, 1]``."""
    b = x.b
    negative = x.lt(0.5)
    away = x - 0.5
    size = b.abs(away)
    tail = b.select(negative, x, 1.0 - x)
    near = size.lt(_NEAR / 2)
    if x.type is F32:
        found = _inverse(size + size, tail + tail, near, 2.0)
    else:
        found = _inverse(size + size, tail + tail, near, longer=True) * _ROOT_OF_2
    return b.copysign(found, away)


def _inverse(size: Value, rest: Value, near: Value, square: float = 1.0, longer: bool = False) -> Value:
    """``erfinv(size)`` if that is ``near`` 0, else ``erfcinv(rest)``, where ``rest = 1 - size``.

    In double the quotient of the tail gives half of the digits, and a step of Newton's the others. In single
    precision it may be the root of ``square`` times that.
    """
    b, bits, root = size.b, size.type.bits, math.sqrt(square)
    l = log(rest)
    r = b.sqrt(-l if square == 1 else l * -square)
    w = b.fma(-size, size, 0.28125)
    centre, far = [c * root for c in _CENTRE_ABOVE[bits]], [c * root for c in _TAIL_ABOVE[bits]]
    above = b.select(near, b.polynomial(w, *centre), b.polynomial(r, *_of_multiple(far, root)))
    below = b.polynomial(r, *_of_multiple(_TAIL_BELOW[bits], root))
    below = b.select(near, b.polynomial(w, *_CENTRE_BELOW[bits]), below)
    quotient = above / below
    tail = (r - _TAIL_MIDDLE * root if size.type is F32 else r) - quotient
    if size.type is not F32:
        high, low = products.square(tail)
        q, p = tail_parts(tail)
        # erfc(tail) / rest, nearly 1; times √π exp(tail²) erfc(tail) / 2 its excess is what is missing.
        ratio = tail_times(-(l + high), -low, tail, q, p, longer)
        tail = b.fma(ratio - 1.0, q / b.fma(tail, q, p) * 0.5, tail)
    tail = b.select(rest.eq(0.0), float("inf"), tail)
    return b.select(near, size * (quotient + _CENTRE * root), tail)


def _of_multiple(coefficients: Sequence[float], factor: float) -> list[float]:
    """The same polynomial, of ``factor`` times its variable."""
    return [c / factor**k for k, c in enumerate(coefficients)]
