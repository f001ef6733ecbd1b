"""Trigonometric and special functions of the LLVM engine keep their bounds in ulps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite")
pytest.importorskip("scipy")

from funcgrad import make_jaxpr
from funcgrad._src.compile.engines.llvm.composed import COMPOSED
from funcgrad._src.compile.engines.llvm.maths.error_functions import gaussian
from funcgrad._src.compile.engines.llvm.maths.table2 import FUNCTIONS
from funcgrad._src.ops.special_stable import gaussian_p
from funcgrad._src.ops.trig import sinc_p
from tests.compile.llvm.special_cases import CASES
from tests.compile.llvm.vector_maths import (
    LANES,
    Case,
    Compiled,
    arguments,
    native,
    specials,
    unlike,
    worst,
)

TYPES = [np.float32, np.float64]
COUNT = {np.float32: 200_000, np.float64: 3000}
UNFUSED = 0.9  # ulps more, at most, where products round
DEGREES = {"deg2rad": np.deg2rad, "radians": np.radians, "rad2deg": np.rad2deg, "degrees": np.degrees}

of_each = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
of_each_type = pytest.mark.parametrize("dtype", TYPES, ids=["float32", "float64"])


def compiled(case: Case, dtype: Any, lanes: int, **target: bool) -> Compiled:
    return Compiled(FUNCTIONS.get(case.name, gaussian), dtype, lanes, case.arity, **target)


def bound(case: Case, dtype: Any) -> float:
    return case.bounds[TYPES.index(dtype)]


def test_every_function_has_a_case() -> None:
    assert FUNCTIONS.keys() | {"gaussian"} == {case.name for case in CASES} | DEGREES.keys()


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
def test_special_arguments_give_what_scipy_gives(case: Case, dtype: Any) -> None:
    arrays = specials(dtype, case.arity)
    with np.errstate(all="ignore"):
        wanted = case.wide(*arrays)
    for lanes, target in [(16, native()), (0, {"has_avx512": False})]:
        bad = unlike(compiled(case, dtype, lanes, **target)(*arrays), wanted)
        assert not bad.any(), [x[bad] for x in arrays]


@of_each
@of_each_type
def test_bits_do_not_depend_on_lanes(case: Case, dtype: Any) -> None:
    arrays = [
        np.concatenate(pair)
        for pair in zip(specials(dtype, case.arity), arguments(case, dtype, 20_000, seed=2), strict=True)
    ]
    first = compiled(case, dtype, 0)(*arrays)
    assert np.isfinite(first).sum() > 1000
    for lanes in LANES[dtype]:
        np.testing.assert_array_equal(compiled(case, dtype, lanes)(*arrays), first)


@pytest.mark.parametrize("name", DEGREES)
@of_each_type
def test_degrees_have_the_bits_of_numpy(name: str, dtype: Any) -> None:
    random = np.random.default_rng(0)
    x = np.concatenate([random.uniform(-400, 400, 10_000), random.normal(size=1000) * 1e30]).astype(dtype)
    np.testing.assert_array_equal(Compiled(FUNCTIONS[name], dtype, 16)(x), DEGREES[name](x))


@pytest.mark.parametrize("name", ["sin", "cos", "tan"])
def test_large_angles_next_to_zeros_and_poles(name: str) -> None:
    """Two of them are, of all doubles, the next to a multiple of π/2."""
    case = next(case for case in CASES if case.name == name)
    x = np.array([6381956970095103 * 2.0**797, 5.319372648326541e255, 1.7e308, 1e22, 2.0**1000])
    for lanes in (0, 16):
        found = worst(case, compiled(case, np.float64, lanes), [np.concatenate([x, -x])])
        assert found[0] <= bound(case, np.float64), found


@of_each_type
def test_sine_and_cosine_do_not_exceed_1(dtype: Any) -> None:
    x = (np.arange(-50_000, 50_000) * (np.pi / 2)).astype(dtype)
    for name in ("sin", "cos"):
        assert np.abs(Compiled(FUNCTIONS[name], dtype, 16)(x)).max() == 1


@pytest.mark.parametrize("c", [1.0, 0.5, -1.0])
def test_a_gaussian_has_the_factor_of_its_equation(c: float) -> None:
    (eqn,) = make_jaxpr(lambda x: gaussian_p.bind(x, c=c))(np.ones(3)).eqns
    way = COMPOSED["gaussian"](eqn)
    assert way is not None
    x = np.linspace(-20, 20, 801)
    found = Compiled(lambda v: way.function(v.b, v), np.float64, 8)(x)
    np.testing.assert_allclose(found, gaussian_p.bind(x, c=c), rtol=1e-15)


def test_of_sinc_only_the_function_itself_is_native() -> None:
    ways = []
    for order in (0, 1):
        (eqn,) = make_jaxpr(lambda x, order=order: sinc_p.bind(x, order=order))(np.ones(3)).eqns
        ways.append(COMPOSED["sinc"](eqn))
    assert [way is None for way in ways] == [False, True]
