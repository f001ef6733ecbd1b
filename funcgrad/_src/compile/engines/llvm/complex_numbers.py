"""Complex numbers: NumPy's formulas, part by part."""

from __future__ import annotations

from .builder import Builder, Value
from .comparisons import COMPARISONS, Function, Table, is_nan
from .registers import Complex, Register, choose

COMPLEX: Table = {}
COMPLEX["add", "c"] = lambda b, x, y: Complex(x.re + y.re, x.im + y.im)
COMPLEX["subtract", "c"] = lambda b, x, y: Complex(x.re - y.re, x.im - y.im)
COMPLEX["negative", "c"] = lambda b, x: Complex(-x.re, -x.im)
COMPLEX["conjugate", "c"] = lambda b, x: Complex(x.re, -x.im)
COMPLEX["positive", "c"] = COMPLEX["copy", "c"] = lambda b, x: x
COMPLEX["real", "c"] = lambda b, x: x.re
COMPLEX["imag", "c"] = lambda b, x: x.im
COMPLEX["rint", "c"] = lambda b, x: Complex(b.rint(x.re), b.rint(x.im))
COMPLEX["join_complex", "f"] = lambda b, re, im: Complex(re, im)


def multiply(b: Builder, x: Complex, y: Complex) -> Complex:
    """The product, each part rounded as NumPy's vector instructions do."""
    return Complex(b.fma(x.re, y.re, -(x.im * y.im)), b.fma(x.re, y.im, x.im * y.re))


def plain_multiply(b: Builder, x: Complex, y: Complex) -> Complex:
    """The product of two scalars, for which NumPy rounds every product."""
    return Complex(x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re)


def divide(b: Builder, x: Complex, y: Complex) -> Complex:
    """Smith's quotient (1962): scaled by the larger part of the divisor, so that it seldom overflows."""
    wide = b.abs(y.re).ge(b.abs(y.im))
    large, small = b.select(wide, y.re, y.im), b.select(wide, y.im, y.re)
    first, second = b.select(wide, x.re, x.im), b.select(wide, x.im, x.re)
    ratio = small / large
    scale = 1 / (large + small * ratio)
    cross = first * ratio
    re = (first + second * ratio) * scale
    im = b.select(wide, second - cross, cross - second) * scale
    zero = y.re.eq(0) & y.im.eq(0)
    nought = b.abs(y.re)
    return Complex(b.select(zero, x.re / nought, re), b.select(zero, x.im / nought, im))


def reciprocal(b: Builder, x: Complex) -> Complex:
    """``1 / x`` in the same manner."""
    wide = b.abs(x.im).le(b.abs(x.re))
    large, small = b.select(wide, x.re, x.im), b.select(wide, x.im, x.re)
    ratio = small / large
    length = large + small * ratio
    one = b.number(length.type, 1, length.lanes)
    return Complex(b.select(wide, one, ratio) / length, b.select(wide, -ratio, -one) / length)


def _extreme(name: str, loses: bool) -> Function:
    """The larger or the smaller; of two with NaN the first, or the other one if NaN ``loses``."""

    def choice(b: Builder, x: Complex, y: Complex) -> Register:
        first = COMPARISONS[name, "c"](b, x, y)
        assert isinstance(first, Value)
        return choose(b, is_nan(b, y if loses else x) | first, x, y)

    return choice


COMPLEX["multiply", "c"] = multiply
COMPLEX["square", "c"] = lambda b, x: multiply(b, x, x)
COMPLEX["divide", "c"] = divide
COMPLEX["reciprocal", "c"] = reciprocal
COMPLEX["maximum", "c"] = _extreme("greater_equal", False)
COMPLEX["minimum", "c"] = _extreme("less_equal", False)
COMPLEX["fmax", "c"] = _extreme("greater_equal", True)
COMPLEX["fmin", "c"] = _extreme("less_equal", True)
