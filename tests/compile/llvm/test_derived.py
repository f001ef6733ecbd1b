"""Powers, and what is made of the functions of ``MATHS``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad._src.compile.engines.llvm import elementwise
from tests.compile.llvm.elementwise_rows import BY_MATHS, FLOATS, primitive
from tests.compile.llvm.one_equation import differences, equation, numbers, run

pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")


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


@pytest.fixture
def maths(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """An empty table of functions."""
    for name in list(elementwise.MATHS):
        monkeypatch.delitem(elementwise.MATHS, name)
    return elementwise.MATHS


@pytest.mark.parametrize("name", sorted(BY_MATHS.keys() - {"sinc"}))  # sinc has a way of its own
def test_a_function_comes_from_the_table(name: str, maths: dict[str, Any]) -> None:
    call, letters = BY_MATHS[name]
    eqn = equation(call, letters)
    assert not elementwise.supports(eqn)
    maths["power" if name == "float_power" else name] = lambda *xs: xs[-1] + 1
    try:
        (x,) = numbers("d")
        for got in run(eqn, [x] * len(letters)):
            assert differences(got, x + 1, [x]) == []
        if name != "float_power":  # which computes in float64
            assert not elementwise.supports(equation(call, "e" * len(letters)))
    finally:
        maths.clear()


def test_what_is_made_of_a_logarithm(maths: dict[str, Any]) -> None:
    product, entropy = equation(primitive("xlogy"), "dd"), equation(primitive("entr"), "d")
    assert not elementwise.supports(product)
    assert not elementwise.supports(entropy)
    maths["log"] = lambda x: x - 1
    try:
        x, y = arrays = numbers("dd")
        for got in run(product, arrays):
            want = np.where((x == 0) & (y == y), 0, x * (y - 1))
            assert differences(got, want, arrays) == []
        for got in run(entropy, [x]):
            want = np.where(x == 0, 0, np.where(x < 0, -np.inf, -x * (x - 1)))
            assert differences(got, want, [x]) == []
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
