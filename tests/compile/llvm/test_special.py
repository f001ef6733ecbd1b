"""Trigonometric and special functions of the LLVM engine: degrees, large angles, factors, and orders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite")
pytest.importorskip("scipy")

from funcgrad import make_jaxpr
from funcgrad._src.compile.engines.llvm.composed import COMPOSED
from funcgrad._src.compile.engines.llvm.maths.table2 import FUNCTIONS
from funcgrad._src.ops.special_stable import gaussian_p
from funcgrad._src.ops.trig import sinc_p
from tests.compile.llvm.special_cases import CASES
from tests.compile.llvm.vector_maths import TYPES, Compiled, bound, worst

DEGREES = {"deg2rad": np.deg2rad, "radians": np.radians, "rad2deg": np.rad2deg, "degrees": np.degrees}

of_each_type = pytest.mark.parametrize("dtype", TYPES, ids=["float32", "float64"])


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
        found = worst(case, Compiled(FUNCTIONS[name], np.float64, lanes), [np.concatenate([x, -x])])
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
