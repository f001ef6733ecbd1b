"""Blocks on several threads: the same bits for any number of them, errors raised, contexts handed on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit, value_and_grad
from funcgrad._src.base import config
from funcgrad._src.compile import blocks
from funcgrad._src.compile.engines import numpy_blocks
from funcgrad._src.compile.engines.threads import run_blocks
from funcgrad.tree import leaves
from tests.compile.ownership import same_bits
from tests.compile.planning import BLOCK

pytestmark = [pytest.mark.usefixtures("numpy_engine"), pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")]

Function = Callable[..., Any]
COUNTS = [1, 2, 3, 8, 64]
X = np.random.default_rng(3).normal(size=7 * BLOCK + 11)
TABLE = np.random.default_rng(4).normal(size=(900, 300))


def reduced(x: Any) -> Any:
    return np.sum(np.tanh(x) * np.exp(-x * x))


def singular(x: Any) -> Any:
    return np.where(x > 0, np.log(x) * np.sqrt(x), 0.0).sum()


def rows(x: Any) -> Any:
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True), e.sum(axis=0), e.max(axis=0), e.sum()


PROGRAMS: dict[str, tuple[Function, Any]] = {
    "chain": (lambda x: (np.sin(x) * 2.0, np.cos(x) / 3.0), X),
    "reduced": (reduced, X),
    "gradient": (value_and_grad(reduced), X),
    "singular": (grad(singular), np.where(np.arange(X.size) % 20_000, np.abs(X), 0.0)),
    "rows": (rows, TABLE),
}


def on(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compile for so many threads from now on."""
    monkeypatch.setattr(config, "threads", threads)


@pytest.mark.parametrize("threads", COUNTS[1:])
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_number_of_threads_does_not_show(
    name: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    function, x = PROGRAMS[name]
    on(1, monkeypatch)
    expected = leaves(jit(function)(x))
    on(threads, monkeypatch)
    compiled = jit(function)
    for _ in range(5):
        got = leaves(compiled(x))
        assert all(same_bits(a, b) for a, b in zip(got, expected, strict=True))


@pytest.mark.parametrize("threads", COUNTS)
def test_there_are_no_more_threads_than_blocks(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def counted(block: Any, size: int, rows: int, given: Any, scratch: Any) -> None:
        seen.append(len(scratch))
        run_blocks(block, size, rows, given, scratch)

    monkeypatch.setattr(numpy_blocks, "run_blocks", counted)
    on(threads, monkeypatch)
    jit(reduced)(X)
    assert seen == [min(threads, 8)]


# --- run_blocks itself -------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", COUNTS)
@pytest.mark.parametrize(("size", "rows"), [(10, 3), (9, 3), (1, 3), (3, 3), (100, 1)])
def test_every_row_belongs_to_one_block(size: int, rows: int, threads: int) -> None:
    seen: list[tuple[int, int, int]] = []
    mine: list[tuple[Any, Any]] = []

    def block(k: int, i: int, j: int, given: str, scratch: int) -> None:
        seen.append((k, i, j))
        mine.append((scratch, threading.get_ident()))
        assert given == "given"

    run_blocks(block, size, rows, ("given",), [(k,) for k in range(threads)])
    expected = [(k, i, min(i + rows, size)) for k, i in enumerate(range(0, size, rows))]
    assert sorted(seen) == expected
    assert len(set(mine)) == len({scratch for scratch, _ in mine})  # no scratch memory for two threads


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), MemoryError()], ids=repr)
@pytest.mark.parametrize("bad", [0, 5, 19])
@pytest.mark.parametrize("threads", COUNTS)
def test_an_error_in_any_block_is_raised(threads: int, bad: int, error: BaseException) -> None:
    """And when it is, no thread is working any more."""
    working: list[int] = []

    def block(k: int, i: int, j: int, scratch: int) -> None:
        working.append(k)
        try:
            if k == bad:
                raise error
            np.sin(np.ones(1000))
        finally:
            working.remove(k)

    with pytest.raises(type(error)) as caught:
        run_blocks(block, 20, 1, (), [(k,) for k in range(threads)])
    assert caught.value is error
    assert not working


@pytest.mark.parametrize("threads", COUNTS)
def test_threads_see_the_context_of_the_call(threads: int) -> None:
    variable: ContextVar[str] = ContextVar("variable", default="none")
    variable.set("the call's")
    seen: set[tuple[str, str]] = set()

    def block(k: int, i: int, j: int, scratch: int) -> None:
        seen.add((variable.get(), np.geterr()["divide"]))

    with np.errstate(divide="call"):
        run_blocks(block, 50, 1, (), [(k,) for k in range(threads)])
    assert seen == {("the call's", "call")}


@pytest.mark.parametrize("threads", COUNTS)
def test_errors_of_numpy_are_raised_in_blocks(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `np.errstate(all="raise")`; the workspace of that call is not lent again."""
    on(threads, monkeypatch)
    compiled = jit(lambda x: (np.exp(np.log(x) * 2.0) + 1.0).sum())
    x = np.abs(X) + 0.5
    expected = compiled(x)
    spoiled = x.copy()
    spoiled[-1] = 0.0
    for _ in range(3):
        with np.errstate(all="raise"), pytest.raises(FloatingPointError):
            compiled(spoiled)
        assert compiled(x) == expected


@pytest.mark.parametrize("threads", [2, 3])
def test_small_blocks_on_threads(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BYTES", 64)
    on(1, monkeypatch)
    expected = leaves(jit(value_and_grad(reduced))(X[:999]))
    on(threads, monkeypatch)
    got = leaves(jit(value_and_grad(reduced))(X[:999]))
    assert all(same_bits(a, b) for a, b in zip(got, expected, strict=True))


def test_an_order_that_depends_on_threads_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Partial results in the order in which blocks are done add up to other bits."""

    def hasty(block: Any, size: int, rows: int, given: Any, scratch: Any) -> None:
        starts = list(range(0, size, rows))
        for k, i in enumerate(starts[::3] + starts[1::3] + starts[2::3]):
            block(k, i, min(i + rows, size), *given, *scratch[0])

    def total(x: Any) -> Any:
        return np.sum(np.tanh(x) * 1e3)

    on(1, monkeypatch)
    many = [np.random.default_rng(seed).normal(size=X.size) for seed in range(8)]
    expected = [jit(total)(x) for x in many]
    monkeypatch.setattr(numpy_blocks, "run_blocks", hasty)
    assert [jit(total)(x) for x in many] != expected
