"""Large loops: the same bits whoever works off their tasks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import config, grad, jit, value_and_grad
from funcgrad._src.compile.engines.llvm import tasks
from funcgrad._src.ops.at import at
from funcgrad.tree import leaves
from tests.compile.ownership import same_bits

Function = Callable[..., Any]
RANDOM = np.random.default_rng(5)
LONG = RANDOM.normal(size=300_007)
ROWS = RANDOM.normal(size=(2003, 301))
SEGMENTS = RANDOM.integers(0, 1000, len(LONG))
WHOLE = RANDOM.integers(-50, 50, (3001, 200))


def reduced(x: Any) -> Any:
    return np.sum(np.tanh(x) * np.exp(-x * x))


PROGRAMS: dict[str, tuple[Function, tuple[Any, ...]]] = {
    "elementwise": (lambda x: (np.sin(x) * 2.0, x > 0), (LONG,)),
    "gradient": (value_and_grad(reduced), (LONG,)),
    "single": (value_and_grad(reduced), (LONG.astype(np.float32),)),
    "extremes": (lambda x: (np.exp(x).max(), np.exp(x).min(), (np.abs(x) + 1).prod()), (LONG,)),
    "rows": (lambda x: np.exp(x) / np.exp(x).sum(axis=1, keepdims=True), (ROWS,)),
    "columns": (lambda x: (np.exp(x).sum(axis=0), x.max(axis=0), np.exp(x).sum(axis=1)), (ROWS,)),
    "complex": (lambda x: (np.exp(x) * 1j * x).sum(axis=0), (ROWS,)),
    "whole numbers": (lambda x: ((x * x).sum(), (x * x + x).sum(axis=0), (x * 3).min(axis=0)), (WHOLE,)),
    "segments": (lambda x, i: at(np.zeros(1000))[i].add(np.tanh(x) * x[i]), (LONG, SEGMENTS)),
    "strong": (grad(lambda x: np.where(x > 0, np.log(x) * np.sqrt(x), 0.0).sum()), (LONG,)),
}


@pytest.fixture(autouse=True)
def together(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let several threads take tasks of these loops, which are not large enough for that."""
    monkeypatch.setattr(tasks, "LARGE", 1 << 12)
    monkeypatch.setattr(tasks, "_TASK", 1 << 12)
    monkeypatch.setattr("funcgrad._src.compile.engines.llvm.engine.TOGETHER", 1 << 12)
    yield
    config.set_threads(None)


def on(threads: int, f: Function, *args: Any) -> tuple[list[Any], str]:
    config.set_threads(threads)
    compiled = jit(f, engine="llvm")
    return leaves(compiled(*args)), compiled.lower(*args).code


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_number_of_threads_does_not_show(name: str) -> None:
    f, args = PROGRAMS[name]
    alone, code = on(1, f, *args)
    assert "together" not in code
    for x, wanted in zip(alone, leaves(f(*args)), strict=True):
        assert np.allclose(
            x,
            wanted,
            rtol=1e-5 if x.dtype.char == "f" else 1e-12,
            atol=1e-6 if x.dtype.char == "f" else 1e-13,
        )
    for threads in (2, 5):
        shared, code = on(threads, f, *args)
        assert "together" in code
        assert all(map(same_bits, alone, shared))


def test_a_small_loop_stays_on_one_thread() -> None:
    _, code = on(4, lambda x: np.exp(x), LONG[:300])
    assert "together" not in code


def test_many_threads_may_call_one_program() -> None:
    """Each call has its own memory, its own counters, its own results."""
    config.set_threads(3)
    f = jit(value_and_grad(lambda x: (np.tanh(x) * x).sum()), engine="llvm")
    inputs = [LONG[:70_000] * (k + 1) for k in range(4)]
    wanted = [leaves(f(x)) for x in inputs]
    wrong: list[int] = []

    def call(k: int) -> None:
        for _ in range(20):
            if not all(map(same_bits, leaves(f(inputs[k])), wanted[k])):
                wrong.append(k)

    threads = [threading.Thread(target=call, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("axis", [0, 1, 2, (0, 2), (0, 1), (1, 2), None])
@pytest.mark.parametrize("turn", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)])
def test_columns_lie_as_the_result_does(turn: tuple[int, ...], axis: Any) -> None:
    """Partial results are in the order of the loops, which need not be that of the result."""
    x = RANDOM.normal(size=(30, 20, 50))

    def f(x: Any) -> Any:
        y = x.transpose(turn)
        return np.sum(np.tanh(y), axis=axis), np.max(y * 2, axis=axis, keepdims=True)

    found, code = on(2, f, x)
    assert "together" in code
    for a, b in zip(found, f(x), strict=True):
        assert a.shape == b.shape
        assert np.allclose(a, b, rtol=1e-12, atol=1e-12)


def written_between(x: Any) -> Any:
    y = np.exp(x)
    y[0] += 1.0
    return y, np.tanh(y)


def test_no_other_step_is_in_a_kernel_that_several_threads_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be made by each of them: here one after the other, so that it shows."""

    def in_turn(kernel: Function, given: tuple[Any, ...], own: tuple[Any, ...]) -> None:
        for one in own:
            kernel(*given) if one is None else kernel(*given, one)

    monkeypatch.setattr("funcgrad._src.compile.engines.llvm.engine.together", in_turn)
    x = LONG[:30_000]
    found, code = on(3, written_between, x)
    assert code.count("together") == 2
    assert all(map(np.allclose, found, written_between(x)))
