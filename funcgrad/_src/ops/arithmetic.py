"""Arithmetic: the ufuncs behind Python's operators.

Operators and ufuncs share these primitives; their implementation is Python's operator, which on arrays
*is* the ufunc, on NumPy scalars is faster, and on Python numbers stays in Python.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ..base.errors import ArgumentError
from ..core.aval import aval_of
from ..core.primitive import Primitive
from .declare import NONDIFF, Multilinear, Partials
from .structural import strong_mul_p
from .ufunc import Ufunc, elementwise, elementwise_batch, linear, predicate, ufunc_aval

# --- add, subtract, negative, positive -------------------------------------------------------------

add = elementwise(
    "add",
    linear(lambda g, x, y: g, lambda g, x, y: g),
    host=operator.add,
    symbol="+",
    doc="Sum of two arrays, elementwise.",
)
negative = elementwise(
    "negative", linear(lambda g, x: -g), host=operator.neg, symbol="-", doc="Negation, elementwise."
)
subtract = elementwise(
    "subtract",
    linear(lambda g, x, y: g, lambda g, x, y: -g),
    host=operator.sub,
    symbol="-",
    doc="Difference of two arrays, elementwise.",
)
positive = elementwise("positive", linear(lambda g, x: g), host=operator.pos, symbol="+", doc="``+x``: a copy.")

# --- multiply, divide ------------------------------------------------------------------------------

multiply = elementwise(
    "multiply",
    Partials(lambda out, x, y: y, lambda out, x, y: x),
    host=operator.mul,
    symbol="*",
    doc="Product of two arrays, elementwise.",
)
divide = elementwise(
    "divide",
    Partials(lambda out, x, y: 1 / y, lambda out, x, y: -out / y),
    host=operator.truediv,
    symbol="/",
    doc="Quotient of two arrays, elementwise. At ``y == 0`` the derivative is that of the limit: infinite.",
)

strong_mul_p.batch = elementwise_batch(strong_mul_p)
