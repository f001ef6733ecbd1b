"""Random loop programs in machine code agree with NumPy; and the comparison notices mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad._src.compile.engines import workspace
from funcgrad._src.compile.engines.llvm import gathers, movement, nest, reductions, totals
from tests.compile.llvm.fuzzing import complaint

pytestmark = pytest.mark.filterwarnings("ignore")
SAMPLE, ALL = 250, 10_000


@pytest.fixture(autouse=True)
def poisoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory that nobody has written is NaN."""

    def aligned(size: int) -> tuple[Any, int]:
        memory = np.full(size + 64, 255, np.uint8)
        return memory, -memory.__array_interface__["data"][0] % 64

    monkeypatch.setattr(workspace, "_aligned", aligned)


def complaints(seeds: range) -> list[str]:
    return [found for seed in seeds if (found := complaint(seed))]


@pytest.mark.parametrize("start", range(0, SAMPLE, 50))
def test_random_loop_programs(start: int) -> None:
    assert complaints(range(start, start + 50)) == []


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, ALL, 500))
def test_ten_thousand_loop_programs(start: int) -> None:
    assert complaints(range(start, start + 500)) == []


def first_turn(self: Any, x: Any, turn: int) -> None:
    """Of the vectors that take turns only the first is added."""
    if not turn:
        self.hold(self.combine(self.held(turn), x), turn)


MISTAKES: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "one vector of four": (totals._Plain, "add", first_turn),
    "no safety": (totals._Careful, "flush", lambda self: totals._Plain.open(self, self.total.start)),
    "another beginning": (reductions, "identity", lambda name, dtype: 1),
    "the first of a total": (totals, "identity", lambda name, dtype: 0.0 if dtype.kind in "fc" else 0),
    "set for added": (
        gathers,
        "values",
        lambda code, eqn, around, name: movement.values(code, eqn, around, None),
    ),
    "half as wide": (nest, "lanes_of", lambda dtypes, size, width: min(2, 1 << (size - 1).bit_length())),
}


@pytest.mark.parametrize("name", [name for name in MISTAKES if name != "half as wide"])
def test_a_mistake_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*MISTAKES[name])
    for seed in range(400):
        try:
            if complaint(seed):
                return
        except Exception:  # noqa: BLE001  (a mistake may also be found by LLVM)
            return
    pytest.fail("nobody noticed")


def test_narrow_vectors_are_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*MISTAKES["half as wide"])
    assert complaints(range(60)) == []
