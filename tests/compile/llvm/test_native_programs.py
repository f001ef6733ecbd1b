"""Random programs of native steps agree with NumPy, and write nowhere else; also on several threads."""

from __future__ import annotations

import pytest

from funcgrad import config
from funcgrad._src.compile.engines.llvm import areas, engine, movement, tasks
from funcgrad._src.compile.engines.llvm.code import Code
from tests.compile.llvm.fences import Fences, put_up
from tests.compile.llvm.native_programs import complaint

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:jit. a donated argument:UserWarning"),
]
WAYS = ("plain", "donated", "gradient")
MANY = 2000


@pytest.fixture
def fences(monkeypatch: pytest.MonkeyPatch) -> Fences:
    return put_up(monkeypatch)


def complaints(seeds: range, way: str, fences: Fences) -> list[str]:
    found = []
    for seed in seeds:
        found.append(complaint(seed, way))
        if not fences.stand():
            found.append(f"{way}: seed {seed} writes beside its memory")
    return [text for text in found if text]


@pytest.mark.parametrize("way", WAYS)
def test_random_programs(way: str, fences: Fences) -> None:
    assert complaints(range(70), way, fences) == []


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearly all loops are split, and three threads take the tasks."""
    monkeypatch.setattr(tasks, "LARGE", 256)
    monkeypatch.setattr(tasks, "_TASK", 64)
    monkeypatch.setattr(tasks, "ALIGNED", 256)  # as many elements as the widest vectors that take turns
    monkeypatch.setattr(engine, "TOGETHER", 256)
    monkeypatch.setattr(config, "threads", 3, raising=False)


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("way", WAYS)
def test_random_programs_on_several_threads(way: str, fences: Fences) -> None:
    assert complaints(range(500, 560), way, fences) == []


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("start", range(10_000, 10_000 + MANY, 500))
def test_many_programs(start: int, way: str, fences: Fences) -> None:
    assert complaints(range(start, start + 500), way, fences) == []


@pytest.mark.slow
@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("start", range(20_000, 20_000 + MANY, 500))
def test_many_programs_on_several_threads(start: int, way: str, fences: Fences) -> None:
    assert complaints(range(start, start + 500), way, fences) == []


MISTAKES = {
    "no turned axes": (
        areas.Area,
        "cut",
        lambda old: lambda self, d, a, n, jump=1: old(self, d, a, n, abs(jump)),
    ),
    "fewer lanes": (Code, "first_lanes", lambda old: lambda self, n, lanes: old(self, max(n - 1, 1), lanes)),
    "more lanes": (Code, "first_lanes", lambda old: lambda self, n, lanes: old(self, n + 1, lanes)),
    "no copy first": (movement, "started", lambda old: movement.result),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch, fences: Fences) -> None:
    place, attribute, change = MISTAKES[name]
    monkeypatch.setattr(place, attribute, change(getattr(place, attribute)))
    assert any(complaints(range(seed, seed + 1), "plain", fences) for seed in range(300))
