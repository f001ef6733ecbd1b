"""The comparison of compiled programs notices a compiler's mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad.tree import map as tree_map
from tests.compile import comparing, random_programs
from tests.compile.random_programs import Program, program_of, shrink
from tests.compile.variants import VARIANTS, Variant

Function = Callable[..., Any]


def program(
    *statements: str, inputs: tuple[str, ...] = ("data(0, (40, 30), f64)",), outs: str = "v9"
) -> Program:
    """A program with one result or more."""
    return Program(inputs, (), statements, (), tuple(outs.split()))


WAVE = program("v9 = np.sin(v0) * 2 + 1")
SUM = program("v9 = np.sum(v0 * v0, axis=0)")
LONG = program("v9 = np.exp(v0)", inputs=("data(0, (50_000,), f32)",))
TWO = program("v1 = v0 + 1", "v9 = v0 * 2", outs="v9 v1")
CENTRED = program("v1 = v0 + 1000", "v9 = np.var(v1 * 1.5)")


def one_buffer(f: Function) -> Function:
    """Every call returns the same memory."""
    kept: list[Any] = []

    def call(*args: Any) -> Any:
        kept.append(f(*args))
        kept[0][...] = kept[-1]
        return kept[0]

    return call


def writes(f: Function) -> Function:
    """An argument is used as scratch memory."""

    def call(x: Any) -> Any:
        found = f(x)
        x[0, 0] += 1.0
        return found

    return call


def forgets(f: Function) -> Function:
    """The first result is the result of every call."""
    kept: list[Any] = []

    def call(*args: Any) -> Any:
        kept.append(f(*args))
        return kept[0].copy()

    return call


def views_of_one(f: Function) -> Function:
    """Two results in the same memory."""

    def call(*args: Any) -> Any:
        first, _ = f(*args)
        return first, first

    return call


def last_block(f: Function) -> Function:
    """The elements after the last whole block are left out."""

    def call(*args: Any) -> Any:
        found = f(*args)
        found[32_768:] = found[0]
        return found

    return call


def narrow(f: Function) -> Function:
    """Everything is computed in single precision."""
    return lambda *args: f(*tree_map(lambda x: x.astype(np.float32), args)).astype(np.float64)


def cancels(f: Function) -> Function:
    """The variance as the mean of the squares less the square of the mean."""
    return lambda x: np.mean(((x + 1000) * 1.5) ** 2) - np.mean((x + 1000) * 1.5) ** 2


def after(change: Function) -> Function:
    """A compiler that changes the result."""
    return lambda f: lambda *args: change(f(*args))


BROKEN: dict[str, tuple[Program, Function]] = {
    "one buffer": (WAVE, one_buffer),
    "argument written": (WAVE, writes),
    "first result again": (WAVE, forgets),
    "two results in one": (TWO, views_of_one),
    "last block": (LONG, last_block),
    "single precision": (SUM, narrow),
    "cancellation": (CENTRED, cancels),
    "one ulp": (WAVE, after(lambda y: np.nextafter(y, np.inf))),
    "another dtype": (WAVE, after(lambda y: y.astype(np.float32))),
    "another kind": (CENTRED, after(np.asarray)),
    "another shape": (SUM, after(lambda y: y[None])),
    "read-only": (WAVE, after(random_programs.namespace()["locked"])),
    "broadcast": (SUM, after(lambda y: np.broadcast_to(y, y.shape))),
    "an error in one element": (SUM, after(lambda y: y + np.eye(1, y.size)[0] * 1e-9)),
}


def good(f: Function) -> Function:
    return f


@pytest.mark.usefixtures("numpy_engine")  # of which the bits are promised
@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    checked, wrong = BROKEN[name]
    for compiler, noticed in ((good, False), (wrong, True)):
        # What is compared to the bit is what is compiled as a whole: `jit` stands for that.
        monkeypatch.setattr("tests.compile.variants.jit", compiler)
        if noticed:
            with pytest.raises(AssertionError):
                comparing.check_program(checked, "value")
        else:
            comparing.check_program(checked, "value")


@pytest.mark.usefixtures("numpy_engine")
def test_another_order_of_a_sum_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of products a sum may be a product of matrices; of other values it keeps NumPy's order."""
    plain = program("v9 = np.sum(v0, axis=0)")
    for checked, backwards in (
        (SUM, lambda x: np.sum((x * x)[::-1], axis=0)),
        (plain, lambda x: x[::-1].sum(0)),
    ):
        monkeypatch.setattr("tests.compile.variants.jit", lambda f, g=backwards: g)
        if checked is SUM:
            assert comparing.check_program(checked, "value") == "close"
        else:
            with pytest.raises(AssertionError, match="nothing is summed"):
                comparing.check_program(checked, "value")


def test_a_decision_by_rounding_is_excluded() -> None:
    tie = Program(
        ("np.ones(3)",), (), ("d1_0 = v0 > 1", "v1 = np.where(v0 > 1, v0, -v0)"), ("d1_0",), ("v1",)
    )
    assert comparing.decides_by_rounding(tie, tie.arguments())
    assert not comparing.decides_by_rounding(tie, [np.full(3, 2.0)])


def test_variants_are_what_they_are_called() -> None:
    f = random_programs.Program(("0.5",), (), ("v1 = v0 * v0 * v0",), (), ("v1",)).function()
    x = np.array([0.5, 2.0])
    found = VARIANTS["gradient"].wrap(f, [0])(x)
    weights = np.array([-0.75, -0.5])
    np.testing.assert_allclose(found[0], 3 * x**2 * weights)
    assert isinstance(VARIANTS["value"], Variant)


def test_a_program_that_fails_shrinks() -> None:
    """What is left is the statement that fails, and what it needs."""
    found = (program_of(seed) for seed in range(1000))
    long = next(p for p in found if len(p.statements) >= 6 and any("tanh" in s for s in p.statements[3:]))
    small = shrink(long, lambda p: "tanh" in p.source())
    assert len(small.statements) == 1
    assert len(small.outs) == 1
    small.function()(*small.arguments())


@pytest.mark.parametrize("x", [np.array(1.3, np.float32), np.float64(0.7), np.ones(3), np.array(1 + 2j), 0.5])
def test_what_is_moved_stays_of_its_kind(x: Any) -> None:
    found = comparing.moved(x, np.random.default_rng(0))
    assert (type(found), np.shape(found)) == (type(x), np.shape(x))
    assert np.asarray(found).dtype == np.asarray(x).dtype
    assert not np.any(found == x)
