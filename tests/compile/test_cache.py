"""The cache of compiled programs, asked by eight threads for programs that nearly are the same."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from funcgrad import debug, grad, jit
from funcgrad.tree import leaves, structure
from tests.compile.ownership import same_bits

THREADS = 8
X = np.linspace(0.5, 1.5, 6)


@pytest.fixture(autouse=True)
def hurry() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def f(p: Any, q: Any = 2, *, mode: Any = "a") -> Any:
    """Its result shows kind, dtype and shape of every leaf, and the static values."""
    return [(leaf * 2, leaf + q, np.sum(leaf)) for leaf in leaves(p)], len(repr(mode)), type(mode) is str


# Arguments of which no two may be answered by one program.
KINDS: dict[str, Any] = {
    "float64[6]": (X,),
    "float32[6]": (X.astype(np.float32),),
    "complex128[6]": (X.astype(np.complex128),),
    "int64[6]": (np.arange(6),),
    "int32[6]": (np.arange(6, dtype=np.int32),),
    "bool[6]": (X > 1,),
    "swapped": (X.astype(">f8"),),
    "float64[2,3]": (X.reshape(2, 3),),
    "float64[3,2]": (X.reshape(3, 2),),
    "float64[1,6]": (X[None],),
    "float64[0]": (X[:0],),
    "float64[]": (np.array(0.7),),
    "scalar": (np.float64(0.7),),
    "single": (np.float32(0.7),),
    "float": (0.7,),
    "complex": (0.7j,),
    "1": (1,),
    "True": (True,),
    "1.0": (1.0,),
    "np.int64(1)": (np.int64(1),),
    "np.True_": (np.True_,),
    "0": (0,),
    "False": (False,),
    "-0.0": (-0.0,),
    "tuple": ((X,),),
    "list": ([X],),
    "two": ((X, X),),
    "nested": ((X, (X,)),),
    "dict": ({"a": X, "b": 1.0},),
    "dict, turned": ({"b": 1.0, "a": X},),
    "none": ((X, None),),
    "q = 3": (X, 3),
    "q = 3.0": (X, 3.0),
    "q = True": (X, True),
    "q = an array": (X, X),
    "q = a single": (X, np.float32(3)),
}
MODES: list[Any] = ["a", "b", 1, True, 1.0, (1,), (True,), None]
LAYOUTS: list[Callable[[Any], Any]] = [
    lambda x: np.array(x),
    lambda x: np.copy(x, order="F"),
    lambda x: np.repeat(x, 2, axis=-1)[..., ::2] if x.ndim else x.copy(),
    lambda x: x[..., ::-1].copy()[..., ::-1] if x.ndim else x.copy(),
]


def again(args: Any, order: random.Random) -> Any:
    """The same arguments in other memory, of another layout."""
    if isinstance(args, tuple | list):
        return type(args)(again(a, order) for a in args)
    if isinstance(args, dict):
        return {k: again(v, order) for k, v in args.items()}
    return order.choice(LAYOUTS)(args) if type(args) is np.ndarray else args


def same(found: Any, expected: Any) -> bool:
    """Trees, types, dtypes, shapes and bits."""
    pairs = list(zip(leaves(found), leaves(expected), strict=True))
    alike = all(type(a) is type(b) and getattr(a, "dtype", 0) == getattr(b, "dtype", 0) for a, b in pairs)
    return alike and structure(found) == structure(expected) and all(same_bits(a, b) for a, b in pairs)


def test_no_program_answers_for_another() -> None:
    compiled = jit(f, static_argnames="mode")
    calls = [(args, mode) for args in KINDS.values() for mode in MODES[:2]] + [((X,), mode) for mode in MODES]
    wanted = [f(*args, mode=mode) for args, mode in calls]
    together = list(range(len(calls)))

    def work(thread: int) -> list[int]:
        order = random.Random(thread)
        wrong = []
        for i in order.sample(together, len(calls)):
            args, mode = calls[i]
            if not same(compiled(*again(args, order), mode=mode), wanted[i]):
                wrong.append(i)
        return wrong

    for _ in range(2):
        with ThreadPoolExecutor(THREADS) as pool:
            found = list(pool.map(work, range(THREADS)))
        assert [calls[i] for wrong in found for i in wrong] == []


def test_layouts_do_not_trace_again() -> None:
    compiled = jit(f)
    for layout in LAYOUTS * 2:
        assert same(compiled(layout(X)), f(X))
    assert compiled.trace_count == 1


def test_closures_that_change_between_calls() -> None:
    """Each thread has a closure of its own, and changes it in place and by another name."""

    def work(thread: int) -> bool:
        w = np.full(6, float(thread))
        scale = 2.0
        compiled = jit(lambda x: x * w * scale)
        good = []
        for i in range(20):
            w[:] = thread + i
            good.append(same_bits(compiled(X), X * w * scale))
            if i % 5 == 4:
                w, scale = w.copy(), scale + 1.0
        return all(good)

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(work, range(THREADS)))


def test_a_shared_closure_that_is_traced() -> None:
    """An outer tracer that is closed over belongs to one trace: no thread meets another's."""
    square = jit(lambda x, y: x * y)

    def work(thread: int) -> bool:
        def outer(w: Any) -> Any:
            inner = jit(lambda x: square(x, w) * w)
            return np.sum(inner(X) + square(w, w))

        w = np.full(6, 1.0 + thread)
        wanted = 2 * X * w + 2 * w
        return all(np.allclose(grad(outer)(w), wanted, rtol=1e-14) for _ in range(10))

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(work, range(THREADS)))


def test_a_thread_that_disables_compilation_does_so_for_itself() -> None:
    seen: list[bool] = []

    def g(x: Any) -> Any:
        seen.append(type(x) is np.ndarray)
        return x * 2.0

    compiled = jit(g)

    def work(thread: int) -> bool:
        if thread % 2:
            with debug.disable_jit():
                return all(same_bits(compiled(X), X * 2.0) for _ in range(10))
        return all(same_bits(compiled(X), X * 2.0) for _ in range(10))

    compiled(X)
    seen.clear()
    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(work, range(THREADS)))
    assert seen == [True] * (10 * THREADS // 2)
