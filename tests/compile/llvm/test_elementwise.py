"""Elementwise equations as native code have NumPy's bits, for every dtype, as scalars and as vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy
import funcgrad.scipy.special
from funcgrad import make_jaxpr
from funcgrad._src.compile.engines.llvm import elementwise
from funcgrad._src.compile.engines.llvm.builder import Value
from funcgrad._src.compile.engines.llvm.machine import Machine
from funcgrad._src.compile.engines.llvm.targets import NAMED
from funcgrad._src.core.aval import aval_of
from funcgrad._src.core.primitive import all_primitives, find_primitive
from funcgrad._src.ir.jaxpr import Equation, Var
from funcgrad._src.ops.exponential import relu, sigmoid
from funcgrad._src.ops.strong import strong_mul
from tests.compile.llvm.one_equation import (
    DTYPES,
    by_numpy,
    differences,
    equation,
    function,
    numbers,
    run,
)

assert funcgrad.numpy
assert funcgrad.scipy.special  # their primitives are looked for below
pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")

Function = Callable[..., Any]
ALL, REAL, INEXACT = "?bhiqBHIQfdFD", "?bhiqBHIQfd", "fdFD"
INTEGERS, FLOATS, SIGNED = "bhiqBHIQ", "fd", "bhiqfdFD"
PLAIN = ALL[1:]
BITS = "?" + INTEGERS


def _primitive(name: str, **params: Any) -> Function:
    return lambda *args: find_primitive(name).bind(*args, **params)


def _ufuncs(names: str, letters: str) -> dict[str, tuple[Function, str]]:
    return {name: (getattr(np, name), letters) for name in names.split()}


def _converting(to: str) -> Function:
    return lambda x: x.astype(to)


# name: the function, and the dtypes of its one operand
UNARY: dict[str, tuple[Function, str]] = {
    **_ufuncs("square conjugate logical_not isnan isinf isfinite iscomplex isreal imag", ALL),
    **_ufuncs("negative positive reciprocal", PLAIN),
    **_ufuncs("floor ceil trunc isposinf isneginf absolute", REAL),
    **_ufuncs("fabs sqrt spacing signbit deg2rad rad2deg degrees radians", "hiqHIQfd"),
    "rint": (np.rint, "hiqHIQfdFD"),
    "sign": (np.sign, REAL[1:]),
    "invert": (np.invert, BITS),
    "bitwise_count": (np.bitwise_count, INTEGERS),
    "real": (np.real, "FD"),
    "copy": (np.copy, ALL),
    "stop_gradient": (_primitive("stop_gradient"), ALL),
    "fence": (_primitive("fence"), ALL),
    "relu": (relu, ALL),
    "clip": (lambda x: np.clip(x, 1, 5), REAL),
    "clip between zeros": (lambda x: np.clip(x, -0.0, 0.0), FLOATS),
    "clip with NaN": (lambda x: np.clip(x, np.nan, 1.0), FLOATS),
    "clip, turned": (lambda x: np.clip(x, 2.0, -2.0), FLOATS),
    "clip_below": (lambda x: np.clip(x, 1, None), ALL),
    "clip_above": (lambda x: np.clip(x, None, 1), ALL),
    "nan_to_num": (np.nan_to_num, ALL),
    "nan_to_num, given": (lambda x: np.nan_to_num(x, nan=3.0, posinf=1.1, neginf=-2), ALL),
    "replace_nan": (_primitive("replace_nan", value=1), PLAIN),
    "reciprocal_or_zero": (_primitive("reciprocal_or_zero"), FLOATS),
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
    **_ufuncs("add multiply divide maximum minimum fmax fmin equal not_equal less less_equal greater", ALL),
    **_ufuncs("greater_equal logical_and logical_or logical_xor", ALL),
    **_ufuncs("floor_divide remainder fmod", REAL),
    **_ufuncs("bitwise_and bitwise_or bitwise_xor left_shift right_shift", BITS),
    **_ufuncs("copysign heaviside nextafter", "hiqHIQfd"),
    "subtract": (np.subtract, PLAIN),
    "power": (np.power, "BHIQ"),
    "isclose": (np.isclose, FLOATS),
    "isclose, NaN too": (lambda x, y: np.isclose(x, y, rtol=1e-3, atol=0.1, equal_nan=True), FLOATS),
    "where beside a number": (lambda c, x: np.where(c, x, 2), ALL),
    "join_complex": (_primitive("join_complex"), REAL),
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
    (f"convert {x} to {y}", _converting(y), x)
    for x in ALL
    for y in ALL
    if x != y and not (x in "fd" and y in INTEGERS) and not (x in "FD" and y in INTEGERS + "fd")
]


@pytest.mark.parametrize(("call", "letters"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_bits_of_numpy(call: Function, letters: str) -> None:
    eqn = equation(call, letters)
    assert elementwise.supports(eqn)
    arrays = numbers(letters)
    want = by_numpy(eqn, arrays)
    for got in run(eqn, arrays):
        assert differences(got, want, arrays) == []


# --- conversions to integers, powers, products of scalars ------------------------------------------


@pytest.mark.parametrize("to", INTEGERS)
@pytest.mark.parametrize("letter", FLOATS)
def test_floats_are_cut_towards_zero(letter: str, to: str) -> None:
    eqn = equation(lambda x: x.astype(to), letter)
    (x,) = numbers(letter)
    for got in run(eqn, [x]):  # out of range anything may come, but it comes
        held = np.iinfo(to)
        inside = (x > max(held.min, -(2.0**62)) - 1) & (x < min(held.max, 2**62))
        inside |= (held.max == 2**64 - 1) & (x >= 0) & (x < 2.0**64)
        assert inside.sum() > 100
        assert differences(got[inside], x[inside].astype(to), [x[inside]]) == []


@pytest.mark.parametrize("n", [3, 4, 5, -2, -3, 17, -17, 32])
@pytest.mark.parametrize("letter", FLOATS)
def test_whole_powers_are_rounded_to_the_last_bit(letter: str, n: int) -> None:
    (x,) = numbers(letter)
    exact = x.astype(np.longdouble) ** n
    want = exact.astype(letter)
    # of what overflows or is rounded twice in the subnormal numbers the neighbour will do
    normal = np.isfinite(want) & (np.abs(want) > 2 * np.finfo(letter).tiny)
    for got in run(equation(lambda x: x**n, letter), [x]):
        error = np.abs(got.astype(np.longdouble) - exact)[normal] / np.spacing(np.abs(want[normal]))
        assert np.max(error) < 0.502
        rest = np.nextafter(got, want)[~normal]
        assert differences(rest, want[~normal], [x[~normal]]) == []


def test_products_of_complex_scalars_round_as_the_operator() -> None:
    arrays = numbers("DD")
    for name in ("multiply", "divide", "add"):
        operator = find_primitive(name).bind
        scalar = lambda x, y, operator=operator: operator(x[0], y[0])  # noqa: E731
        eqn = make_jaxpr(scalar)(*[a[:3] for a in arrays]).eqns[-1]
        assert eqn.outs[0].aval.kind == "scalar"
        with np.errstate(all="ignore"):
            want = np.array([eqn.primitive.host(x, y) for x, y in zip(*arrays, strict=True)])
        for got in run(eqn, arrays):
            assert differences(got, want, arrays) == []


STRONG = [(True, False), (False, True), (True, True)]


@pytest.mark.parametrize("strong", STRONG)
@pytest.mark.parametrize("letter", ALL)
def test_a_strong_zero_wins(letter: str, strong: tuple[bool, bool]) -> None:
    """As the primitive on one element at a time: a zero keeps its sign unless it met inf or NaN."""
    eqn = equation(lambda x, y: strong_mul(x, y, strong), letter * 2)
    x, y = arrays = [a[:1024] for a in numbers(letter * 2)]
    plain = by_numpy(equation(np.multiply, letter * 2), arrays)
    zero = ((x == 0) & strong[0]) | ((y == 0) & strong[1])
    want = np.where(zero & (plain != plain), plain.dtype.type(0), plain)
    assert letter not in INEXACT or np.any(want != plain)
    for got in run(eqn, arrays):
        assert differences(got, want, arrays) == []


# --- numbers of Python -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "args", "answer"),
    [
        (lambda x, y: x * y, (2.0, 3.0), True),
        (lambda x, y: x / y, (2.0, 3.0), False),  # Python raises for 0.0
        (lambda x, y: x < y, (2.0, 3.0), True),
        (lambda x: x < 300, (np.ones(3, np.uint8),), False),
        (lambda x: x < 2**64, (np.ones(3),), False),
        (lambda x: x.astype(np.float64), (np.ones(3, complex),), False),  # NumPy warns
        (lambda x: x + 1, (np.ones(3, np.float16),), False),
        (lambda x: x + 1, (np.ones(3, np.longdouble),), False),
        (lambda x: x + 1, (np.ones(3, ">f8"),), False),
        (lambda x, n: x**n, (np.ones(3, int), np.ones(3, int)), False),  # NumPy raises below 0
        (lambda x: np.power(x, np.int64(3)), (np.ones(3, int),), True),
        (lambda x: np.round(x, -2), (np.ones(3, int),), False),
        (lambda x: np.clip(x, 0, 1), (np.ones(3, complex),), False),
        (lambda x: x**3, (np.ones(3, complex),), False),
    ],
)
def test_supports(call: Function, args: tuple[Any, ...], answer: bool) -> None:
    eqn = make_jaxpr(call)(*args).eqns[-1]
    assert elementwise.supports(eqn) is answer


@pytest.mark.parametrize(
    ("operands", "answer"),
    [
        ([np.ones(3), 2], True),
        ([np.ones(3, np.int64), 2], True),
        ([np.ones(3, np.int8), 2], False),  # NumPy raises for 200
        ([np.ones(3, np.float32), 2**60 + 2**36 + 1], True),  # by way of float64
        ([2, 3], False),  # without bounds
    ],
)
def test_supports_of_variables_that_are_numbers_of_python(operands: list[Any], answer: bool) -> None:
    primitive = find_primitive("add")
    avals = [aval_of(x) for x in operands]
    eqn = Equation(primitive, [Var(a) for a in avals], {}, [Var(primitive.abstract(avals, {}))])
    assert elementwise.supports(eqn) is answer
    if answer:
        (x,) = numbers([operands[0].dtype])
        arrays = [x, np.full(len(x), operands[1])]
        for got in run(eqn, arrays):
            assert differences(got, x + operands[1], arrays) == []


# --- functions of MATHS ----------------------------------------------------------------------------

# kernels of NumPy's namespace that nothing emits: their results are several, or they need a loop
UNSUPPORTED = {"divmod", "modf", "frexp", "gcd", "lcm"}
BY_MATHS = _ufuncs(
    "arccos arccosh arcsin arcsinh arctan arctan2 arctanh cbrt cos cosh exp exp2 expm1 float_power hypot log "
    "log10 log1p log2 logaddexp logaddexp2 sin sinh tan tanh",
    FLOATS,
)
MADE_OF_MATHS = {"sigmoid", "softplus", "sinc", "exp_difference", "sign_complex"}


def test_every_kernel_is_tried_or_known_to_be_unsupported() -> None:
    tried = {equation(call, letters).primitive.name for _, call, letters in ROWS}
    own = {p.name for p in all_primitives() if p.kernel and not p.family.startswith("special")}
    assert own - tried == UNSUPPORTED | set(BY_MATHS) | MADE_OF_MATHS


@pytest.mark.parametrize("name", sorted(UNSUPPORTED))
def test_unsupported(name: str) -> None:
    x = np.ones(3, int if name in ("gcd", "lcm") else float)
    args = [x] * getattr(np, name).nin
    (eqn,) = make_jaxpr(getattr(np, name))(*args).eqns
    assert not elementwise.supports(eqn)


@pytest.fixture
def maths(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """An empty table of functions."""
    for name in list(elementwise.MATHS):
        monkeypatch.delitem(elementwise.MATHS, name)
    return elementwise.MATHS


@pytest.mark.parametrize("name", BY_MATHS)
def test_a_function_comes_from_the_table(name: str, maths: dict[str, Any]) -> None:
    ufunc = getattr(np, name)
    eqn = equation(ufunc, "d" * ufunc.nin)
    assert not elementwise.supports(eqn)
    maths["power" if name == "float_power" else name] = lambda *xs: xs[-1] + 1
    try:
        (x,) = numbers("d")
        for got in run(eqn, [x] * ufunc.nin):
            assert differences(got, x + 1, [x]) == []
        assert not elementwise.supports(equation(ufunc, "e" * ufunc.nin))
    finally:
        maths.clear()


def _slow(x: Value) -> Value:
    """In place of an exponential."""
    return 1 / (1 - x)


def test_what_is_made_of_an_exponential(maths: dict[str, Any]) -> None:
    eqn = equation(sigmoid, "d")
    assert not elementwise.supports(eqn)
    maths["exp"] = _slow
    try:
        (x,) = numbers("d")
        e = 1 / (1 + np.abs(x))
        want = np.where(x < 0, e, 1) / (1 + e)
        for got in run(eqn, [x]):
            assert differences(got, want, [x]) == []
        both = equation(_primitive("exp_difference"), "dd")
        arrays = numbers("dd")
        gap = arrays[0] - arrays[1]
        share = (arrays[0] == arrays[1]) & (arrays[1] > 0)
        for got in run(both, arrays):
            assert differences(got, np.where(np.isinf(arrays[1]), share, 1 / (1 - gap)), arrays) == []
    finally:
        maths.clear()


def test_the_modulus_and_the_direction_of_complex_numbers(maths: dict[str, Any]) -> None:
    eqn = equation(np.absolute, "D")
    assert not elementwise.supports(eqn)
    maths["hypot"] = lambda x, y: x.b.sqrt(x * x + y * y)
    try:
        (z,) = numbers("D")
        fair = np.isfinite(z) & (np.abs(z) < 1e150) & ((np.abs(z) > 1e-150) | (z == 0))
        assert 300 < fair.sum() < z.size
        for got in run(eqn, [z]):
            assert np.allclose(got[fair], np.abs(z[fair]), rtol=1e-15, atol=0)
        for got in run(equation(np.sign, "D"), [z]):
            assert np.allclose(got[fair], np.sign(z[fair]), rtol=1e-15, atol=0)
            infinite = np.isinf(z) & ~np.isnan(z)
            assert differences(got[infinite], np.sign(z[infinite]), [z[infinite]]) == []
    finally:
        maths.clear()


# --- other machines --------------------------------------------------------------------------------


def test_all_rows_are_code_for_another_processor() -> None:
    first: dict[str, str] = {}
    to_integers = [(f"convert to {y} {x}", _converting(y), x) for x in FLOATS for y in INTEGERS]
    for name, call, letters in [*ROWS, *to_integers]:
        kinds = "".join([DTYPES[letter].kind for letter in letters])
        row = f"{name.rpartition(' ')[0]} {kinds}"
        if row not in first:
            first[row] = "".join([function(equation(call, letters), n, f'"{row} {n}"') for n in (0, 4)])
    assert len(first) > 200
    assembly = Machine(NAMED["aarch64"]).assembly("\n".join(first.values()))
    assert "fcvtzs" in assembly
