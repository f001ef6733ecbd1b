"""Compiled functions shared by threads, interrupted, and called from within themselves.

Memory that a program works in belongs to one call at a time: nothing of one call shows in another's result.
"""

from __future__ import annotations

import asyncio
import ctypes
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from funcgrad import custom_vjp, grad, jit, value_and_grad, vmap
from funcgrad._src.base import config
from funcgrad._src.core.trace import current
from funcgrad.extend import Linear, Primitive, aval_of, elementwise_batch
from funcgrad.tree import leaves
from tests.compile.exactness import bits_are_numpys
from tests.compile.ownership import arrays_of, assert_owned, same_bits

Function = Callable[..., Any]
THREADS = 8
LARGE = 70_001


@pytest.fixture
def hurry() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


# --- what is called -----------------------------------------------------------------------------------


def chain(x: Any) -> Any:
    y = np.sin(x) * np.exp(-x * x)
    z = np.where(y > 0.1, y, x * 0.5)
    return z / (1 + z * z), np.tanh(z) * 2.0


def network(w: Any, x: Any) -> Any:
    return np.square(np.tanh(x @ w["a"]) @ w["b"]).mean()


def attention(x: Any) -> Any:
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True) * x, e.sum(axis=0)


def written(x: Any) -> Any:
    y = x * 2.0
    y[1:] += x[:-1]
    y[0] = 3.0
    y *= x
    return y, y[::-1] + 1.0


def step(w: Any, x: Any) -> Any:
    value, g = value_and_grad(network)(w, x)
    return {k: w[k] - 0.1 * g[k] for k in w}, value


def numbers(*shape: int) -> Function:
    """Arguments for a seed: one array."""
    return lambda seed: (np.random.default_rng(seed).normal(size=shape),)


def layers(n: int, m: int, dtype: Any = np.float64) -> Function:
    """Arguments for a seed: weights and a batch."""

    def make(seed: int) -> tuple[Any, Any]:
        rng = np.random.default_rng(seed)
        w = {"a": rng.normal(size=(m, n)).astype(dtype), "b": rng.normal(size=(n, 3)).astype(dtype)}
        return w, rng.normal(size=(5, m)).astype(dtype)

    return make


# one function, its options, and arguments of several kinds
SHARED: dict[str, tuple[Function, dict[str, Any], list[Function]]] = {
    "chain": (chain, {}, [numbers(7), numbers(LARGE), numbers(3, 40_000), numbers(0)]),
    "gradient": (grad(lambda x: np.sum(chain(x)[0])), {}, [numbers(7), numbers(LARGE)]),
    "network": (value_and_grad(network), {}, [layers(4, 3), layers(150, 200), layers(40, 30, np.float32)]),
    "attention": (attention, {}, [numbers(3, 4), numbers(200, 301), numbers(2, 33_000)]),
    "written": (written, {}, [numbers(7), numbers(LARGE), numbers(30, 2_000)]),
    "map": (vmap(attention), {}, [numbers(2, 3, 4), numbers(3, 50, 400)]),
    "donated": (step, {"donate_argnums": 0}, [layers(4, 3), layers(150, 200), layers(40, 30, np.float32)]),
}
SEEDS = 3


@pytest.mark.parametrize("name", SHARED)
@pytest.mark.usefixtures("hurry")
def test_threads_get_what_one_thread_gets(name: str) -> None:
    """The first calls, which trace and compile, are made at once too; results stay as they were."""
    function, options, makers = SHARED[name]
    alone, shared = jit(function, **options), jit(function, **options)
    jobs = [(make, seed) for make in makers for seed in range(SEEDS)]
    wanted = {job: leaves(alone(*job[0](job[1]))) for job in jobs}
    results: list[tuple[Any, Any]] = []
    together = threading.Barrier(THREADS)

    def work(thread: int) -> None:
        order = random.Random(thread)
        together.wait()
        for job in order.sample(jobs, len(jobs)) + order.sample(jobs, len(jobs)):
            results.append((job, leaves(shared(*job[0](job[1])))))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    assert len(results) == THREADS * 2 * len(jobs)
    for job, found in results:
        assert all(same_bits(a, b) for a, b in zip(found, wanted[job], strict=True)), job
    assert_owned([found for job, found in results[:: len(jobs) // 2]])


@pytest.mark.usefixtures("hurry")
def test_many_functions_at_once() -> None:
    """Threads that call different functions do not meet in memory that the functions might share."""
    functions = {name: jit(f, **options) for name, (f, options, _) in SHARED.items()}
    jobs = [(name, make) for name, (_, _, makers) in SHARED.items() for make in makers]
    wanted = {job: leaves(functions[job[0]](*job[1](1))) for job in jobs}
    wrong: list[str] = []

    def work(thread: int) -> None:
        for name, make in random.Random(thread).sample(jobs, len(jobs)):
            found = leaves(functions[name](*make(1)))
            if not all(same_bits(a, b) for a, b in zip(found, wanted[name, make], strict=True)):
                wrong.append(name)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    assert wrong == []


# --- an operation in the middle that does as it is told -----------------------------------------------

told: list[Callable[[Any], Any]] = []


def _visit(xp: Any, x: Any) -> Any:
    return told[-1](x) if told else x.copy()


visit_p = Primitive("tests.visit", _visit)
visit_p.aval = aval_of
visit_p.rule = Linear(lambda g, x: visit_p.bind(g))
visit_p.batch = elementwise_batch(visit_p)


@pytest.fixture
def tell() -> Iterator[Callable[[Callable[[Any], Any]], None]]:
    """What the operation does, until the test ends."""
    yield told.append
    told.clear()


def around(x: Any) -> Any:
    """Values on both sides of the operation, of which some live across it."""
    y = np.exp(-x * x) * 2.0
    z = visit_p.bind(np.sin(x) + y)
    return z * y - x, np.sum(z)


def stepped(w: Any, x: Any) -> Any:
    """An update with the operation between the writes of a donated argument."""
    return visit_p.bind(w * 0.5 + x) * 2.0


MIDDLE: dict[str, tuple[Function, dict[str, Any]]] = {
    "value": (around, {}),
    "gradient": (grad(lambda x: around(x)[1]), {}),
    "donated": (lambda x: stepped(x, x + 1.0), {"donate_argnums": 0}),
}


def raising(error: type[BaseException]) -> Callable[[Any], Any]:
    def raise_it(x: Any) -> Any:
        raise error

    return raise_it


def interrupting(x: Any) -> Any:
    signal.raise_signal(signal.SIGINT)
    return x.copy()


@pytest.mark.parametrize("size", [5, LARGE])
@pytest.mark.parametrize("error", [ZeroDivisionError, MemoryError, KeyboardInterrupt, SystemExit, "signal"])
@pytest.mark.parametrize("name", MIDDLE)
def test_an_error_in_the_middle_leaves_a_function_that_works(
    name: str, error: Any, size: int, tell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    function, options = MIDDLE[name]
    compiled = jit(function, **options)
    x = np.random.default_rng(0).normal(size=size)
    first = leaves(compiled(x.copy()))
    kept = [np.copy(a) for a in first]
    if error == "signal":
        if threading.current_thread() is not threading.main_thread():
            pytest.skip("signals come to the main thread")
        handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    tell(interrupting if error == "signal" else raising(error))
    try:
        for i in range(3):
            with pytest.raises(KeyboardInterrupt if error == "signal" else error):
                compiled(x + i)
            assert current.get() is None
    finally:
        if error == "signal":
            signal.signal(signal.SIGINT, handler)
    told.clear()
    again = leaves(compiled(x.copy()))
    assert all(same_bits(a, b) for a, b in zip(again, kept, strict=True))
    assert all(same_bits(a, b) for a, b in zip(first, kept, strict=True)), "an earlier result has changed"
    assert_owned([first, again])
    assert compiled.trace_count == 1


@pytest.mark.parametrize("size", [5, LARGE])
@pytest.mark.parametrize("name", MIDDLE)
def test_a_function_called_from_within_itself(name: str, size: int, tell: Any) -> None:
    """The inner call has memory of its own; the outer one goes on with what it had."""
    function, options = MIDDLE[name]
    compiled, plain = jit(function, **options), jit(function)
    x = np.random.default_rng(0).normal(size=size)
    wanted = [[np.copy(a) for a in leaves(plain(x + i))] for i in range(4)]
    inner: list[Any] = []

    def call_again(v: Any) -> Any:
        if len(inner) < 3:
            inner.append(None)
            depth = len(inner)
            inner[depth - 1] = depth, leaves(compiled(x + depth))
        return v.copy()

    tell(call_again)
    outer = leaves(compiled(x.copy()))
    for depth, found in [(0, outer), *inner]:
        assert all(same_bits(a, b) for a, b in zip(found, wanted[depth], strict=True)), depth
    assert_owned([outer, *[found for _, found in inner]])


@pytest.mark.usefixtures("hurry")
def test_a_pool_within_a_call(tell: Any) -> None:
    """While one thread stands in the middle of a program, others run the same one from end to end."""
    compiled = jit(around)
    x = np.random.default_rng(0).normal(size=LARGE)
    wanted = [leaves(jit(around)(x + i)) for i in range(5)]
    found: list[Any] = []
    caller = threading.get_ident()

    def pool(v: Any) -> Any:
        if threading.get_ident() == caller:
            with ThreadPoolExecutor(4) as workers:
                found.extend(workers.map(lambda i: leaves(compiled(x + i)), range(1, 5)))
        return v.copy()

    tell(pool)
    outer = leaves(compiled(x))
    for got, expected in zip([outer, *found], wanted, strict=True):
        assert all(same_bits(a, b) for a, b in zip(got, expected, strict=True))


def test_a_custom_rule_calls_compiled_functions() -> None:
    """A pullback that runs compiled code, of itself too, inside compiled code."""
    inner = jit(lambda g, x: g * np.cos(x) * np.exp(np.sin(x) - np.sin(x)))

    @custom_vjp
    def f(x: Any) -> Any:
        return np.sin(x)

    f.defvjp(lambda x: (np.sin(x), x), lambda x, g: (inner(g, x),))
    x = np.linspace(0.0, 1.0, LARGE)
    compiled = jit(grad(lambda x: np.sum(jit(f)(x) * 2.0)))
    wanted = 2.0 * np.cos(x)
    np.testing.assert_allclose(compiled(x), wanted, rtol=1e-14)
    np.testing.assert_allclose(grad(lambda x: np.sum(jit(f)(x) * 2.0))(x), wanted, rtol=1e-14)


def test_a_compiled_recursion() -> None:
    @jit
    def power(x: Any, n: int) -> Any:
        return x * power(x, n - 1) if n else np.ones_like(x)

    x = np.linspace(0.5, 1.0, LARGE)
    expected = x * (x * (x * (x * np.ones_like(x))))
    assert same_bits(power(x, 4), expected)
    assert same_bits(grad(lambda x: np.sum(power(x, 4)))(np.array([2.0])), np.array([32.0]))


# --- interrupts, tasks, generators ---------------------------------------------------------------------


class Interrupt(BaseException):
    """Sent to a thread while it works."""


class Rounds:
    """A thread's work: the same calls again and again, until it is told to stop."""

    def __init__(self, name: str) -> None:
        function, options, makers = SHARED[name]
        self.compiled = jit(function, **options)
        self.jobs = [(make, seed) for make in makers[:2] for seed in range(2)]
        self.wanted = [leaves(self.compiled(*make(seed))) for make, seed in self.jobs]
        self.ready, self.stop = threading.Event(), threading.Event()
        self.wrong: list[Any] = []

    def run(self) -> None:
        while not self.stop.is_set():
            for (make, seed), expected in zip(self.jobs, self.wanted, strict=True):
                found = leaves(self.compiled(*make(seed)))
                if not all(same_bits(a, b) for a, b in zip(found, expected, strict=True)):
                    self.wrong.append((make, seed))

    def run_interrupted(self) -> None:
        while not self.stop.is_set():
            try:
                self.ready.set()
                self.run()
            except Interrupt:  # one comes only after `ready`
                pass


@pytest.mark.parametrize("name", ["chain", "network", "donated"])
@pytest.mark.usefixtures("hurry")
def test_interrupts_at_any_moment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread is interrupted again and again, wherever it is; another goes on with the same function.

    Its blocks run on itself alone: CPython may raise the interrupt in a thread that is just being started.
    """
    monkeypatch.setattr(config, "threads", 1)
    rounds = Rounds(name)
    threads = [threading.Thread(target=work) for work in (rounds.run_interrupted, rounds.run)]
    for thread in threads:
        thread.start()
    target = ctypes.c_ulong(threads[0].ident or 0)
    for _ in range(30):
        assert rounds.ready.wait(60)
        rounds.ready.clear()
        ctypes.pythonapi.PyThreadState_SetAsyncExc(target, ctypes.py_object(Interrupt))
    assert rounds.ready.wait(60)
    rounds.stop.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert rounds.wrong == []


def test_tasks_take_turns() -> None:
    compiled = jit(around)
    x = np.random.default_rng(0).normal(size=300)
    wanted = [leaves(jit(around)(x + i)) for i in range(20)]

    async def task(i: int) -> None:
        for _ in range(3):
            found = leaves(compiled(x + i))
            await asyncio.sleep(0)
            assert all(same_bits(a, b) for a, b in zip(found, wanted[i], strict=True))

    async def everything() -> None:
        await asyncio.gather(*[task(i) for i in range(20)])

    asyncio.run(everything())


def test_generators_keep_their_results() -> None:
    compiled = jit(chain)

    def results(seed: int) -> Iterator[Any]:
        for i in range(4):
            yield compiled(*numbers(LARGE)(seed + i))

    plain = chain if bits_are_numpys() else jit(chain)
    pairs = list(zip(results(0), results(10), strict=True))
    for i, (a, b) in enumerate(pairs):
        for found, seed in ((a, i), (b, 10 + i)):
            expected = plain(*numbers(LARGE)(seed))
            assert all(same_bits(x, y) for x, y in zip(leaves(found), leaves(expected), strict=True))
    assert_owned(arrays_of(pairs))


# --- the user's floating-point state ------------------------------------------------------------------


@pytest.mark.parametrize("size", [5, LARGE])
def test_errstate_is_the_callers(size: int) -> None:
    """A warning made an error stops the program; a callback may call it again."""
    compiled = jit(lambda x: np.log(x) * 2.0 + np.exp(x), engine="numpy")
    good, bad = np.linspace(1.0, 2.0, size), np.linspace(1.0, 2.0, size)
    bad[-1] = 0.0
    wanted = compiled(good).copy()
    for _ in range(2):
        with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
            compiled(bad)
        assert same_bits(compiled(good), wanted)
    seen: list[Any] = []
    with np.errstate(divide="call", call=lambda kind, flag: seen.append(compiled(good))):
        found = compiled(bad)
    assert seen
    assert all(same_bits(x, wanted) for x in seen)
    with np.errstate(divide="ignore"):
        assert same_bits(found, np.log(bad) * 2.0 + np.exp(bad))
