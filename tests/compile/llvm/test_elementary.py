"""Exponentials, logarithms, hyperbolic functions and powers of the LLVM engine keep their bounds in ulps."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from funcgrad._src.compile.engines.llvm.maths.table1 import FUNCTIONS
from tests.compile.llvm.elementary_cases import CASES
from tests.compile.llvm.vector_maths import (
    LANES,
    Case,
    Compiled,
    arguments,
    errors,
    exact_values,
    native,
    specials,
    unlike,
    worst,
)

TYPES = [np.float32, np.float64]
COUNT = {np.float32: 200_000, np.float64: 3000}
UNFUSED = 0.6  # ulps more, at most, where products round
BY_NAME = {case.name: case for case in CASES}
STRIDE = int(os.environ.get("STRIDE", "1"))

of_each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
of_each_type = pytest.mark.parametrize("dtype", TYPES, ids=["float32", "float64"])


def compiled(case: Case, dtype: Any, lanes: int, **target: bool) -> Compiled:
    return Compiled(FUNCTIONS[case.name], dtype, lanes, case.arity, **target)


def bound(case: Case, dtype: Any) -> float:
    return case.bounds[TYPES.index(dtype)]


def test_every_function_has_a_case() -> None:
    assert FUNCTIONS.keys() - BY_NAME.keys() == {"float_power", "pow_operator"}
    assert FUNCTIONS["float_power"] is FUNCTIONS["pow_operator"] is FUNCTIONS["power"]


@of_each
@of_each_type
def test_errors_keep_the_bound(case: Case, dtype: Any) -> None:
    found = worst(case, compiled(case, dtype, 16), arguments(case, dtype, COUNT[dtype]))
    assert found[0] <= bound(case, dtype), found


@of_each
@of_each_type
def test_errors_without_fused_operations_keep_the_bound(case: Case, dtype: Any) -> None:
    function = compiled(case, dtype, 4, has_fma=False, has_avx512=False)
    found = worst(case, function, arguments(case, dtype, COUNT[dtype] // 3, seed=1))
    assert found[0] <= bound(case, dtype) + UNFUSED, found


@of_each
@of_each_type
def test_special_arguments_give_what_numpy_gives(case: Case, dtype: Any) -> None:
    arrays = specials(dtype, case.arity)
    with np.errstate(all="ignore"):
        wanted = case.wide(*arrays)
    for lanes, target in [(16, native()), (0, {"has_avx512": False})]:
        bad = unlike(compiled(case, dtype, lanes, **target)(*arrays), wanted)
        assert not bad.any(), [x[bad] for x in arrays]


@of_each
@of_each_type
def test_bits_do_not_depend_on_lanes_nor_on_instructions_for_exponents(case: Case, dtype: Any) -> None:
    arrays = [
        np.concatenate(pair)
        for pair in zip(specials(dtype, case.arity), arguments(case, dtype, 20_000, seed=2), strict=True)
    ]
    first = compiled(case, dtype, 0, has_avx512=False)(*arrays)
    assert np.isfinite(first).sum() > 1000
    for lanes in LANES[dtype]:
        np.testing.assert_array_equal(compiled(case, dtype, lanes)(*arrays), first)
    np.testing.assert_array_equal(compiled(case, dtype, 16, has_avx512=False)(*arrays), first)


@pytest.mark.parametrize("case", [case for case in CASES if case.arity == 2], ids=lambda case: case.name)
@of_each_type
def test_a_number_beside_a_vector_is_in_all_lanes(case: Case, dtype: Any) -> None:
    function, number = FUNCTIONS[case.name], -2.5
    x = np.concatenate([specials(dtype)[0], arguments(case, dtype, 1000)[0]])
    both, filled = compiled(case, dtype, 16), np.full_like(x, number)
    first = Compiled(lambda v: function(v.b.number(v.type, number), v), dtype, 16)
    second = Compiled(lambda v: function(v, v.b.number(v.type, number)), dtype, 16)
    np.testing.assert_array_equal(first(x), both(filled, x))
    np.testing.assert_array_equal(second(x), both(x, filled))


@pytest.mark.parametrize("dtype", TYPES)
def test_powers_of_integers_are_exact(dtype: Any) -> None:
    x, y = [a.ravel().astype(dtype) for a in np.meshgrid(np.arange(-12, 13), np.arange(0, 7))]
    np.testing.assert_array_equal(
        compiled(BY_NAME["power"], dtype, 16)(x, y), (x.astype(int) ** y.astype(int))
    )
    twos = np.arange(-100, 100).astype(dtype)
    np.testing.assert_array_equal(compiled(BY_NAME["exp2"], dtype, 16)(twos), np.ldexp(1.0, twos.astype(int)))
    np.testing.assert_array_equal(compiled(BY_NAME["log2"], dtype, 16)(np.exp2(twos)), twos)


def test_the_measure_finds_errors() -> None:
    case, x = BY_NAME["exp"], np.linspace(-5, 5, 1000)
    exact = exact_values(case, [x])
    right = exact[0] + exact[1]
    assert errors(right, exact).max() <= 0.5
    assert 2.4 < errors(right + 3 * np.spacing(right), exact).min() < 3.6
    assert np.isinf(errors(np.full_like(x, np.nan), exact)).all()
    single = exact_values(case, [x.astype(np.float32)])
    assert errors(single[0].astype(np.float32), single).max() <= 0.5
    assert 0.4 < errors(np.nextafter(single[0].astype(np.float32), np.float32(9)), single).max() < 1.6
    assert unlike(np.array([0.0, np.inf, 1.0, np.nan]), np.array([-0.0, 1.0, np.nan, 1.0])).all()


@pytest.mark.exhaustive
@of_each
@pytest.mark.parametrize("part", range(16))
def test_all_float32(case: Case, part: int) -> None:
    """Every float32, or every one in ``STRIDE``; of functions of two numbers as many pairs."""
    function, largest = compiled(case, np.float32, 16), 0.0
    for start in range(part << 28, (part + 1) << 28, STRIDE << 20):
        if case.arity == 1:
            bits = np.arange(start, min(start + (STRIDE << 20), (part + 1) << 28), STRIDE)
            arrays = [bits.astype(np.uint32).view(np.float32)]
        else:
            arrays = arguments(case, np.float32, 1 << 20, seed=start)
        found = worst(case, function, arrays)
        assert found[0] <= bound(case, np.float32), found
        largest = max(largest, found[0])
    print(f"{case.name} {largest:.3f}")
