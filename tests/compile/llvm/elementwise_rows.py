"""Rows of the elementwise tests: functions of NumPy, each of one equation, and dtypes of their operands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from funcgrad._src.core.primitive import find_primitive
from funcgrad._src.ops.exponential import relu

Function = Callable[..., Any]
ALL, REAL, INEXACT = "?bhiqBHIQfdFD", "?bhiqBHIQfd", "fdFD"
INTEGERS, FLOATS, SIGNED = "bhiqBHIQ", "fd", "bhiqfdFD"
PLAIN = ALL[1:]
BITS = "?" + INTEGERS


def primitive(name: str, **params: Any) -> Function:
    return lambda *args: find_primitive(name).bind(*args, **params)


def ufuncs(names: str, letters: str) -> dict[str, tuple[Function, str]]:
    return {name: (getattr(np, name), letters) for name in names.split()}


def converting(to: str) -> Function:
    return lambda x: x.astype(to)


# name: the function, and the dtypes of its one operand
UNARY: dict[str, tuple[Function, str]] = {
    **ufuncs("square conjugate logical_not isnan isinf isfinite iscomplex isreal imag", ALL),
    **ufuncs("negative positive reciprocal", PLAIN),
    **ufuncs("floor ceil trunc isposinf isneginf absolute", REAL),
    **ufuncs("fabs sqrt spacing signbit deg2rad rad2deg degrees radians", "hiqHIQfd"),
    "rint": (np.rint, "hiqHIQfdFD"),
    "sign": (np.sign, REAL[1:]),
    "invert": (np.invert, BITS),
    "bitwise_count": (np.bitwise_count, INTEGERS),
    "real": (np.real, "FD"),
    "copy": (np.copy, ALL),
    "stop_gradient": (primitive("stop_gradient"), ALL),
    "fence": (primitive("fence"), ALL),
    "relu": (relu, ALL),
    "clip": (lambda x: np.clip(x, 1, 5), REAL),
    "clip between zeros": (lambda x: np.clip(x, -0.0, 0.0), FLOATS),
    "clip with NaN": (lambda x: np.clip(x, np.nan, 1.0), FLOATS),
    "clip, turned": (lambda x: np.clip(x, 2.0, -2.0), FLOATS),
    "clip_below": (lambda x: np.clip(x, 1, None), ALL),
    "clip_above": (lambda x: np.clip(x, None, 1), ALL),
    "nan_to_num": (np.nan_to_num, ALL),
    "nan_to_num, given": (lambda x: np.nan_to_num(x, nan=3.0, posinf=1.1, neginf=-2), ALL),
    "replace_nan": (primitive("replace_nan", value=1), PLAIN),
    "reciprocal_or_zero": (primitive("reciprocal_or_zero"), FLOATS),
    "round": (np.round, PLAIN),
    "round to 2": (lambda x: np.round(x, 2), PLAIN),
    "round to -2": (lambda x: np.round(x, -2), INEXACT),
    "to the power 0": (lambda x: x**0, REAL),
    "to the power 1": (lambda x: x**1, REAL),
    "to the power 2": (lambda x: x**2, ALL),
    "to the power 5": (lambda x: x**5, BITS),
    "to the power -1": (lambda x: x**-1, INEXACT),
    "power 5": (lambda x: np.power(x, 5), BITS),
    "power 2.0": (lambda x: x**2.0, "iqfd"),
    "power 0.5": (lambda x: x**0.5, FLOATS),
    "beside an int": (lambda x: x + 3, ALL),
    "beside a large int": (lambda x: x * (2**60 + 2**36 + 1), "qfdFD"),
    "beside a float": (lambda x: 0.1 * x, ALL),
    "beside a complex": (lambda x: x * (2 + 0.1j), ALL),
    "beside a scalar": (lambda x: x - np.float32(0.1), ALL),
    "beside a larger number": (lambda x: np.maximum(x, 1), ALL),
    "beside a smaller number": (lambda x: np.minimum(-0.0, x), FLOATS),
    "beside NaN": (lambda x: np.maximum(x, np.nan), FLOATS),
    "over a number": (lambda x: x // 7, REAL),
    "rest of a number": (lambda x: x % 7, REAL),
    "over a power of two": (lambda x: x // 8, REAL),
    "over zero": (lambda x: x // 0, INTEGERS),
    "a number over": (lambda x: 100 // x, REAL),
    "below an int": (lambda x: x < 100, ALL),
}
# the same, of two operands of one dtype
BINARY: dict[str, tuple[Function, str]] = {
    **ufuncs("add multiply divide maximum minimum fmax fmin equal not_equal less less_equal greater", ALL),
    **ufuncs("greater_equal logical_and logical_or logical_xor", ALL),
    **ufuncs("floor_divide remainder fmod", REAL),
    **ufuncs("bitwise_and bitwise_or bitwise_xor left_shift right_shift", BITS),
    **ufuncs("copysign heaviside nextafter", "hiqHIQfd"),
    "subtract": (np.subtract, PLAIN),
    "power": (np.power, "BHIQ"),
    "isclose": (np.isclose, FLOATS),
    "isclose, NaN too": (lambda x, y: np.isclose(x, y, rtol=1e-3, atol=0.1, equal_nan=True), FLOATS),
    "where beside a number": (lambda c, x: np.where(c, x, 2), ALL),
    "huber": (primitive("huber"), FLOATS),
    "join_complex": (primitive("join_complex"), REAL),
}
# the same, of three operands of one dtype
TERNARY: dict[str, tuple[Function, str]] = {"clip arrays": (np.clip, REAL), "where": (np.where, ALL)}
# dtypes of the operands, for functions that compute in another one, or in two
MIXED = ["qQ", "Qq", "iI", "bQ", "Bb", "fq", "qf", "Fd", "dF", "?f", "?b", "ID", "fd", "hf"]
ON_MIXED = [
    "add",
    "multiply",
    "maximum",
    "equal",
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "not_equal",
]

ROWS = [
    (f"{name} {letter * count}", call, letter * count)
    for count, table in ((1, UNARY), (2, BINARY), (3, TERNARY))
    for name, (call, letters) in table.items()
    for letter in letters
]
ROWS += [(f"{name} {letters}", getattr(np, name), letters) for name in ON_MIXED for letters in MIXED]
ROWS += [(f"where ?{letters}", np.where, f"?{letters}") for letters in MIXED]
ROWS += [(f"ldexp {x}{n}", np.ldexp, x + n) for x in FLOATS for n in "bhiq"]
ROWS += [
    (f"convert {x} to {y}", converting(y), x)
    for x in ALL
    for y in ALL
    if x != y and not (x in "fd" and y in INTEGERS) and not (x in "FD" and y in INTEGERS + "fd")
]

# kernels of NumPy's namespace that nothing emits: their results are several, or they need a loop
UNSUPPORTED = {"divmod", "modf", "frexp", "gcd", "lcm"}
# name: the function and its operands, for what is taken from MATHS
BY_MATHS: dict[str, tuple[Function, str]] = {
    **ufuncs(
        "arccos arccosh arcsin arcsinh arctan arctanh cbrt cos cosh exp exp2 expm1 log log10 log1p log2 sin "
        "sinh tan tanh",
        "d",
    ),
    **ufuncs("arctan2 float_power hypot logaddexp logaddexp2", "dd"),
    "sigmoid": (primitive("sigmoid"), "d"),
    "softplus": (primitive("softplus"), "d"),
    "exp_difference": (primitive("exp_difference"), "dd"),
    "sinc": (primitive("sinc", order=0), "d"),
}
# What waits for its function: this list only gets shorter.
WAITING = {"cbrt", "float_power", "hypot", "sign_complex"}
