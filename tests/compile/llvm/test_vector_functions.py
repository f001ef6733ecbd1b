"""Vector functions of the LLVM engine keep their bounds in ulps, and are right at special arguments.

The bounds hold with fused multiplication and without, and are those of the table in the guide.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite")
pytest.importorskip("scipy")

from funcgrad._src.compile.engines.llvm.maths.error_functions import gaussian
from funcgrad._src.compile.engines.llvm.maths.functions import FUNCTIONS
from tests.compile.llvm import elementary_cases, special_cases
from tests.compile.llvm.vector_maths import (
    LANES,
    TYPES,
    Case,
    Compiled,
    arguments,
    bound,
    errors,
    exact_values,
    native,
    specials,
    unlike,
    worst,
)

CASES = sorted([*elementary_cases.CASES, *special_cases.CASES], key=lambda case: case.name)
BY_NAME = {case.name: case for case in CASES}
OTHERS = {"deg2rad", "degrees", "rad2deg", "radians", "float_power", "pow_operator"}
COUNT = {np.float32: 200_000, np.float64: 3000}
STRIDE = int(os.environ.get("STRIDE", "1"))
TARGETS = {"fused": {}, "unfused": {"has_fma": False, "has_avx512": False}}

of_each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
of_each_type = pytest.mark.parametrize("dtype", TYPES, ids=["float32", "float64"])
of_each_target = pytest.mark.parametrize("target", TARGETS)


def compiled(case: Case, dtype: Any, lanes: int, **target: bool) -> Compiled:
    return Compiled(FUNCTIONS.get(case.name, gaussian), dtype, lanes, case.arity, **target)


def test_every_function_has_a_case() -> None:
    assert FUNCTIONS.keys() | {"gaussian"} == BY_NAME.keys() | OTHERS
    assert FUNCTIONS["float_power"] is FUNCTIONS["pow_operator"] is FUNCTIONS["power"]


@of_each
@of_each_type
@of_each_target
def test_errors_keep_the_bound(case: Case, dtype: Any, target: str) -> None:
    function = compiled(case, dtype, 16 if target == "fused" else 4, **TARGETS[target])
    found = worst(case, function, arguments(case, dtype, COUNT[dtype], seed=len(target)))
    assert found[0] <= bound(case, dtype), found


@of_each
@of_each_type
def test_special_arguments(case: Case, dtype: Any) -> None:
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
@of_each_target
@pytest.mark.parametrize("part", range(16))
def test_all_float32(case: Case, target: str, part: int) -> None:
    """Every float32, or every one in ``STRIDE``; of functions of two numbers as many pairs."""
    function, largest = compiled(case, np.float32, 16, **TARGETS[target]), 0.0
    for start in range(part << 28, (part + 1) << 28, STRIDE << 20):
        if case.arity == 1:
            bits = np.arange(start, min(start + (STRIDE << 20), (part + 1) << 28), STRIDE)
            arrays = [bits.astype(np.uint32).view(np.float32)]
        else:
            arrays = arguments(case, np.float32, 1 << 20, seed=start)
        found = worst(case, function, arrays)
        assert found[0] <= bound(case, np.float32), found
        largest = max(largest, found[0])
    print(f"{case.name} {target} {largest:.3f}")
