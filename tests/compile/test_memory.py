"""Memory of compiled programs, counted by tracemalloc: no more than the best code by hand takes.

After the first call a program works in memory that it has already: what is allocated is what is returned.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from funcgrad import grad, jit, value_and_grad
from funcgrad._src.base import config
from funcgrad.tree import leaves

Function = Callable[..., Any]
ROUTINE = 12_000  # bytes: Python's own objects in a call; every array here is larger
ITERATORS = 3 * (8192 * 8 + 600)  # bytes: the buffers of one call of a ufunc that casts or broadcasts
RATE = 1e-6


class Taken(NamedTuple):
    """Bytes of array data that live between the calls, and that come on top during one."""

    live: int
    more: int

    @property
    def peak(self) -> int:
        """The most at any time."""
        return self.live + self.more


def taken(prepare: Callable[[], Function]) -> Taken:
    """What the third call of the function takes; inputs, buffers and pools that it keeps are counted."""
    gc.collect()
    tracemalloc.start()
    try:
        call = prepare()
        for _ in range(2):
            call()
        gc.collect()
        call()
        data = tracemalloc.DomainFilter(inclusive=True, domain=np.lib.tracemalloc_domain)
        live = sum(t.size for t in tracemalloc.take_snapshot().filter_traces([data]).traces)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        call()
        return Taken(live, tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()


# --- the step of a two-layer network -----------------------------------------------------------------

Sizes = tuple[int, int, int, int]
NETWORKS: list[tuple[Sizes, Any]] = [
    ((64, 1000, 100, 10), np.float64),
    ((64, 1000, 100, 10), np.float32),
    ((64, 100, 1000, 10), np.float32),
    ((256, 300, 200, 40), np.float64),
]


def data_of(sizes: Sizes, dtype: Any) -> list[Any]:
    """Inputs, targets and both weights."""
    rng = np.random.default_rng(0)
    batch, inputs, hidden, outputs = sizes
    shapes = ((batch, inputs), (batch, outputs), (inputs, hidden), (hidden, outputs))
    return [(rng.standard_normal(shape) / shape[0] ** 0.5).astype(dtype) for shape in shapes]


def by_hand(sizes: Sizes, dtype: Any) -> Function:
    """The step with every buffer made beforehand."""
    x, y, w1, w2 = data_of(sizes, dtype)
    h, error = x @ w1, y.copy()
    mask, h_ct = h > 0, np.empty_like(h)
    w1_ct, w2_ct = np.empty_like(w1), np.empty_like(w2)

    def step() -> Any:
        np.matmul(x, w1, out=h)
        np.maximum(h, 0, out=h)
        np.greater(h, 0, out=mask)
        np.matmul(h, w2, out=error)
        np.subtract(error, y, out=error)
        value = np.vdot(error, error)
        np.multiply(error, dtype(-2 * RATE), out=error)
        np.matmul(error, w2.T, out=h_ct)
        np.multiply(h_ct, mask, out=h_ct)
        np.matmul(h.T, error, out=w2_ct)
        np.matmul(x.T, h_ct, out=w1_ct)
        np.add(w1, w1_ct, out=w1)
        np.add(w2, w2_ct, out=w2)
        return value

    return step


def compiled_step(sizes: Sizes, dtype: Any) -> Function:
    """The step as a compiled function that is given the weights."""

    def loss(w: Any, x: Any, y: Any) -> Any:
        return np.square(np.maximum(x @ w[0], 0) @ w[1] - y).sum()

    def update(w: Any, x: Any, y: Any) -> Any:
        value, (a, b) = value_and_grad(loss)(w, x, y)
        return (w[0] - RATE * a, w[1] - RATE * b), value

    x, y, *w = data_of(sizes, dtype)
    compiled, state = jit(update, donate_argnums=0), [tuple(w)]
    del w

    def step() -> Any:
        state[0], value = compiled(state[0], x, y)
        return value

    return step


@pytest.mark.parametrize(("sizes", "dtype"), NETWORKS, ids=lambda v: getattr(v, "__name__", str(v)))
def test_a_step_takes_no_more_than_by_hand(sizes: Sizes, dtype: Any) -> None:
    mine = taken(lambda: compiled_step(sizes, dtype))
    hand = taken(lambda: by_hand(sizes, dtype))
    assert mine.peak <= hand.peak + ROUTINE, (mine, hand)


@pytest.mark.parametrize(("sizes", "dtype"), NETWORKS, ids=lambda v: getattr(v, "__name__", str(v)))
def test_a_step_allocates_nothing(sizes: Sizes, dtype: Any) -> None:
    """The weights are given, so that nothing is returned but a number."""
    assert taken(lambda: compiled_step(sizes, dtype)).more <= ROUTINE


def test_the_compiled_step_is_the_step() -> None:
    """What is measured computes the same."""
    mine, hand = (make((16, 30, 20, 5), np.float64) for make in (compiled_step, by_hand))
    for _ in range(5):
        np.testing.assert_allclose(mine(), hand(), rtol=1e-10)


# --- other programs -----------------------------------------------------------------------------------

N = 100_000


def reduced(x: Any) -> Any:
    return np.sum(np.tanh(x) * np.exp(-x * x))


def softmax_loss(w: Any, x: Any) -> Any:
    z = x @ w
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return -np.mean(np.log(e[:, :1] / np.sum(e, axis=1, keepdims=True)))


def branches(x: Any) -> Any:
    return np.mean(np.where(x > 0, np.sin(x), x * 0.5) ** 2)


def written(x: Any) -> Any:
    y = np.exp(x) * 2.0
    y[10:20] += 1.0
    y *= x
    return y.sum()


def centred(x: Any) -> Any:
    return np.mean((x - x.mean(axis=0)) ** 2)


def cast(x: Any) -> Any:
    return np.sum(np.cos(x.astype(np.float32)) + x)


def numbers(*shape: int) -> Any:
    return np.random.default_rng(0).normal(size=shape)


# function, its arguments, whether the first is given
PROGRAMS: dict[str, tuple[Function, list[Any], bool]] = {
    "reduced": (reduced, [numbers(N)], False),
    "gradient, given": (lambda x: x - 0.1 * grad(reduced)(x), [numbers(N)], True),
    "softmax loss": (softmax_loss, [numbers(30, 400), numbers(200, 30)], False),
    "softmax step, given": (
        lambda w, x: w - 0.1 * grad(softmax_loss)(w, x),
        [numbers(30, 400), numbers(200, 30)],
        True,
    ),
    "branches": (branches, [numbers(300, 400)], False),
    "written": (written, [numbers(N)], False),
    "centred": (centred, [numbers(300, 400)], False),
    "cast": (cast, [numbers(N)], False),
    "long chain": (lambda x: sum((np.sin(x * i) for i in range(30)), 0.0).sum(), [numbers(N)], False),
    "several given": (lambda x, y: (x * 2.0 + y, np.sum(y)), [numbers(N), numbers(N)], True),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_is_allocated_after_the_first_call(name: str) -> None:
    function, args, given = PROGRAMS[name]

    def prepare() -> Function:
        compiled = jit(function, donate_argnums=0 if given else None)
        first, *rest = (x.copy() for x in args)
        state = [first]

        def call() -> None:
            out = compiled(state[0], *rest)
            if given:
                state[0] = leaves(out)[0]

        return call

    assert taken(prepare).more <= ROUTINE + ITERATORS


@pytest.mark.parametrize("count", [1, 2])
def test_results_are_all_that_is_allocated(count: int) -> None:
    """Without donation: as many bytes as are returned, while the program needs more than these inside."""
    x = numbers(N)

    def f(x: Any) -> Any:
        y, z = np.sin(x), np.exp(-x)
        return tuple((y * z + i) / (y * y + z) for i in range(count))

    def prepare() -> Function:
        compiled = jit(f)
        return lambda: compiled(x)

    assert taken(prepare).more <= count * x.nbytes + ROUTINE


def test_what_programs_keep_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls of many kinds do not leave a workspace of each behind."""
    x = numbers(N)
    monkeypatch.setattr(config, "idle_memory", 4 * x.nbytes)

    def prepare() -> Function:
        compiled = jit(lambda x: np.sum(np.tanh(x) * np.exp(-x * x)), engine="numpy")
        return lambda: [compiled(x[: N - k]) for k in range(0, 200, 10)]

    assert taken(prepare).live <= 5 * x.nbytes
    monkeypatch.setattr(config, "idle_memory", 100 * x.nbytes)
    assert taken(prepare).live > 5 * x.nbytes


def test_an_allocation_is_noticed() -> None:
    def call() -> None:
        np.sum(np.ones(N) * 2.0)

    assert taken(lambda: call).more >= 8 * N
