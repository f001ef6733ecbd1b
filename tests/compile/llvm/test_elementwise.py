"""Elementwise equations as native code have NumPy's bits, for every dtype, as scalars and as vectors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import funcgrad.numpy
import funcgrad.scipy.special
from funcgrad import make_jaxpr
from funcgrad._src.compile.engines.llvm import elementwise
from funcgrad._src.compile.engines.llvm.machine import Machine
from funcgrad._src.compile.engines.llvm.targets import NAMED
from funcgrad._src.core.aval import aval_of
from funcgrad._src.core.primitive import all_primitives, find_primitive
from funcgrad._src.ir.jaxpr import Equation, Var
from funcgrad._src.ops.strong import strong_mul
from tests.compile.llvm.elementwise_rows import (
    ALL,
    BY_MATHS,
    FLOATS,
    INEXACT,
    INTEGERS,
    ROWS,
    UNSUPPORTED,
    WAITING,
    Function,
    converting,
)
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


@pytest.mark.parametrize(("call", "letters"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_bits_of_numpy(call: Function, letters: str) -> None:
    eqn = equation(call, letters)
    assert elementwise.supports(eqn)
    arrays = numbers(letters)
    want = by_numpy(eqn, arrays)
    for got in run(eqn, arrays):
        assert differences(got, want, arrays) == []


@pytest.mark.parametrize("letters", ["fi", "fq", "di", "dq"])
def test_powers_of_two_without_an_instruction_for_them(letters: str) -> None:
    eqn, arrays = equation(np.ldexp, letters), numbers(letters)
    for got in run(eqn, arrays, NAMED["x86-64"]):
        assert differences(got, by_numpy(eqn, arrays), arrays) == []


@pytest.mark.parametrize("letters", ["ff", "dd"])
@pytest.mark.parametrize("name", ["fmod", "remainder", "floor_divide"])
def test_remainders_without_fused_operations(name: str, letters: str) -> None:
    eqn, arrays = equation(getattr(np, name), letters), numbers(letters)
    for got in run(eqn, arrays, NAMED["x86-64"]):
        assert differences(got, by_numpy(eqn, arrays), arrays) == []


@pytest.mark.parametrize("letter", FLOATS)
def test_remainders_of_far_and_of_nearly_whole_quotients(letter: str) -> None:
    """Any bits at all, and multiples of the divisor, and their neighbours."""
    rng = np.random.default_rng(3)
    unsigned = np.uint32 if letter == "f" else np.uint64
    x, y = [
        rng.integers(0, np.iinfo(unsigned).max, 1 << 14, unsigned, endpoint=True).view(letter)
        for _ in range(2)
    ]
    multiple = (y * rng.integers(1, 2**28, y.size)).astype(letter)
    for dividend in (x, multiple, np.nextafter(multiple, 0).astype(letter)):
        for name in ("fmod", "remainder", "floor_divide"):
            eqn = equation(getattr(np, name), letter * 2)
            for got in run(eqn, [dividend, y]):
                assert differences(got, by_numpy(eqn, [dividend, y]), [dividend, y]) == []


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


def test_products_of_complex_scalars_round_as_the_operator() -> None:
    arrays = numbers("DD")
    for name, count in (("multiply", 2), ("divide", 2), ("add", 2), ("square", 1), ("reciprocal", 1)):
        given = arrays[:count]
        (eqn,) = make_jaxpr(find_primitive(name).bind)(*[np.complex128(1)] * count).eqns
        assert eqn.outs[0].aval.kind == "scalar"
        with np.errstate(all="ignore"):
            want = np.array([eqn.primitive.host(*xs) for xs in zip(*given, strict=True)])
        for got in run(eqn, given):
            assert differences(got, want, given) == []


STRONG = [(True, False), (False, True), (True, True)]


def test_a_strong_product_of_complex_scalars_rounds_as_the_operator() -> None:
    arrays = numbers("DD")
    eqn = make_jaxpr(lambda x, y: strong_mul(x[0], y[0]))(*[a[:3] for a in arrays]).eqns[-1]
    want = np.array([eqn.primitive.host(x, y, **eqn.params) for x, y in zip(*arrays, strict=True)])
    for got in run(eqn, arrays):
        assert differences(got, want, arrays) == []


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
        (lambda x: x**2, (np.complex128(1),), False),  # 0j for -0j
        (lambda x: x < 2, (np.complex128(1),), False),  # otherwise with NaN
        (lambda x: x < 2, (np.float64(1),), True),
        (lambda x: x < 2, (np.ones(3, complex),), True),
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


# --- what is tried ----------------------------------------------------------------------------------


def test_every_kernel_is_tried_or_known_to_be_unsupported() -> None:
    tried = {equation(call, letters).primitive.name for _, call, letters in ROWS}
    own = {p.name for p in all_primitives() if p.kernel and p.family and not p.family.startswith("special")}
    assert own - tried == UNSUPPORTED | set(BY_MATHS) | {"sign_complex"}


def test_what_waits_for_its_function() -> None:
    """All else has one."""
    rows = {**BY_MATHS, "sign_complex": (np.sign, "D")}
    eqns = [equation(*row) for row in rows.values()]
    assert [eqn.primitive.name for eqn in eqns] == [*rows]
    assert {eqn.primitive.name for eqn in eqns if not elementwise.supports(eqn)} <= WAITING


@pytest.mark.parametrize("name", sorted(UNSUPPORTED))
def test_unsupported(name: str) -> None:
    x = np.ones(3, int if name in ("gcd", "lcm") else float)
    args = [x] * getattr(np, name).nin
    (eqn,) = make_jaxpr(getattr(np, name))(*args).eqns
    assert not elementwise.supports(eqn)


# --- other machines --------------------------------------------------------------------------------


def test_all_rows_are_code_for_another_processor() -> None:
    other = NAMED["aarch64"]
    first: dict[str, str] = {}
    to_integers = [(f"convert to {y} {x}", converting(y), x) for x in FLOATS for y in INTEGERS]
    for name, call, letters in [*ROWS, *to_integers]:
        kinds = "".join([DTYPES[letter].kind for letter in letters])
        row = f"{name.rpartition(' ')[0]} {kinds}"
        if row not in first:
            first[row] = "".join(
                [function(equation(call, letters), n, f'"{row} {n}"', other) for n in (0, 4)]
            )
    assert len(first) > 200
    assembly = Machine(other).assembly("\n".join(first.values()))
    assert "fcvtzs" in assembly
