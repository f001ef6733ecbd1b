"""Large results own their memory, which is that of former results only when nobody holds those any more."""

from __future__ import annotations

import ctypes
import os
import pickle
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from funcgrad import config, jit
from funcgrad._src.base import config as switches
from funcgrad._src.compile.engines.llvm import recycling, results
from tests.house.source import ROOT

N = 300_000  # of float64: 2.4 MB
X = np.arange(float(N))
NAME, NUMPYS = results.NAME.decode(), "default_allocator"
multiarray: Any = np._core.multiarray  # type: ignore[attr-defined]
handler: Callable[..., str] = multiarray.get_handler_name
add = jit(lambda x, y: x + y, engine="llvm")


def store() -> recycling.Store:
    found = results.results()
    assert found is not None
    return found.store


def held() -> int:
    return int(store().held)


def place(x: Any) -> int:
    return int(x.__array_interface__["data"][0])


@pytest.fixture(autouse=True)
def emptied() -> Iterator[None]:
    """An empty store, of the usual limit."""
    before, threads = switches.idle_memory, switches.threads
    config.set_idle_memory(1 << 26)
    config.release_memory()
    yield
    config.set_idle_memory(before)
    config.set_threads(threads)
    config.release_memory()


def test_a_result_is_an_array_like_any_other() -> None:
    for _ in range(3):
        y = add(X, 1.0)
        assert handler(y) == NAME
        assert y.flags.owndata
        assert y.flags.writeable
        assert y.base is None
        np.testing.assert_array_equal(y, X + 1.0)
    assert [handler(x) for x in (y + 1, y.copy(), np.empty(N), add(X[:10], 1.0))] == [NUMPYS] * 4
    assert handler() == NUMPYS


def test_from_which_size_on() -> None:
    x = np.zeros(recycling.LEAST // 8)
    assert [handler(add(y, 1.0)) for y in (x, x[1:])] == [NAME, NUMPYS]


HOLDERS: dict[str, Callable[[Any], Any]] = {
    "itself": lambda y: y,
    "slice": lambda y: y[5:7],
    "transpose": lambda y: y.reshape(2, -1).T,
    "memoryview": memoryview,
    "iterator": iter,
    "pickle": pickle.PickleBuffer,
    "flat": lambda y: y.flat,
}


@pytest.mark.parametrize("name", HOLDERS)
def test_memory_is_used_again_when_nobody_holds_it(name: str) -> None:
    y = add(X, 1.0)
    at = place(y)
    holder = HOLDERS[name](y)
    del y
    z = add(X, 2.0)
    assert place(z) != at
    assert held() == 0
    del holder
    assert held() == 8 * N
    assert place(add(X, 3.0)) == at
    np.testing.assert_array_equal(z, X + 2.0)


def test_a_block_serves_its_own_size_alone() -> None:
    y, z = add(X, 1.0), add(X[:-1], 1.0)
    places = place(y), place(z)
    del y, z
    assert held() == 8 * (2 * N - 1)
    again = add(X[:-1], 2.0), add(X, 2.0)
    assert (place(again[1]), place(again[0])) == places
    assert held() == 0


@pytest.mark.parametrize("size", [0, 1, 100, N - 1, N + 1, 3 * N])
def test_resize(size: int) -> None:
    y = add(X, 1.0)
    y.resize(size, refcheck=False)
    np.testing.assert_array_equal(y[:N], X[:size] + 1.0)
    assert not y[N:].any()
    del y
    assert held() == (8 * size if 8 * size >= recycling.LEAST else 0)
    z = add(np.arange(float(size)), 1.0)
    np.testing.assert_array_equal(z, np.arange(1.0, size + 1.0))


def test_the_oldest_goes_when_there_is_too_much() -> None:
    config.set_idle_memory(8 * (2 * N + 100))
    arrays = [add(X[k:], 1.0) for k in range(3)]
    places = [place(y) for y in arrays]
    while arrays:
        arrays.pop(0)
    assert held() == 8 * (2 * N - 3)
    assert [place(add(X[k:], 1.0)) == places[k] for k in (1, 2)] == [True, True]
    config.set_idle_memory(0)
    assert held() == 0
    add(X, 1.0)
    assert held() == 0


def test_there_are_only_so_many_blocks() -> None:
    x = np.ones(recycling.LEAST // 8)
    config.set_idle_memory(1 << 30)
    arrays = [add(x, float(k)) for k in range(recycling.BLOCKS + 5)]
    assert [y[0] for y in arrays] == [1.0 + k for k in range(len(arrays))]
    arrays.clear()
    assert held() == recycling.BLOCKS * recycling.LEAST
    assert store().count == recycling.BLOCKS
    config.release_memory()
    assert (held(), store().count) == (0, 0)


def test_who_finds_the_store_locked_does_without() -> None:
    """So does a child that was forked while another thread had the lock."""
    y, kept = add(X, 1.0), add(X, 5.0)
    del kept
    store().lock = 1
    try:
        z = add(X, 2.0)
        del y
        config.release_memory()
        assert held() == 8 * N
        np.testing.assert_array_equal(z, X + 2.0)
    finally:
        store().lock = 0
    config.release_memory()
    assert held() == 0


def test_another_handler_is_respected() -> None:
    numpys = results.Numpys()
    other = results.Handler.from_buffer_copy(numpys.handler)
    other.name = b"another"
    add(X, 1.0)
    before = numpys.swap(results.capsule_of(other))
    try:
        y = add(X, 1.0)
        assert (handler(), handler(y)) == ("another", "another")
    finally:
        numpys.swap(before)
    np.testing.assert_array_equal(y, X + 1.0)
    assert (handler(), handler(add(X, 1.0))) == (NUMPYS, NAME)


def test_a_handler_that_an_interrupt_left_is_set_back() -> None:
    found = results.results()
    assert found is not None
    results.Numpys().swap(found.capsule)
    assert handler() == NAME
    assert handler(add(X, 1.0)) == NAME
    assert handler() == NUMPYS


def test_an_error_sets_the_handler_back() -> None:
    found = results.results()
    assert found is not None
    with pytest.raises(ValueError, match="negative"):
        found.empty((-1,), np.dtype(float))
    assert handler() == NUMPYS


@pytest.mark.parametrize(
    ("word", "value"), [("ABI", 1), ("CAPSULE", b"another name"), ("loaded", lambda _: 0)]
)
def test_where_numpy_is_another_there_is_no_store(
    monkeypatch: pytest.MonkeyPatch, word: str, value: Any
) -> None:
    monkeypatch.setattr(results, word, value)
    assert results._results.__wrapped__() is None


def test_without_a_store_results_are_made_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    assert results.maker(1 << 30) is not np.empty
    monkeypatch.setattr(results, "results", lambda: None)
    assert results.maker(1 << 30) is np.empty


def test_the_places_in_numpys_table_are_those_of_its_headers() -> None:
    with open(os.path.join(np.get_include(), "numpy", "__multiarray_api.h"), encoding="utf-8") as file:
        text = " ".join(file.read().split())
    for name, number in [
        ("PyArray_GetNDArrayCVersion", results._GET_ABI),
        ("PyDataMem_SetHandler", results._SET_HANDLER),
        ("PyDataMem_DefaultHandler", results._DEFAULT_HANDLER),
    ]:
        assert f"PyArray_API[{number}])" in text.split(f"#define {name} ")[1][:100]
    assert ctypes.sizeof(results.Handler) == 128 + 5 * ctypes.sizeof(ctypes.c_void_p)


def test_what_is_traced_is_what_arrays_hold() -> None:
    add(X, 1.0)  # the program is made
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        y = add(X, 1.0)
        assert 8 * N <= tracemalloc.get_traced_memory()[0] - before < 9 * N
        del y
        assert tracemalloc.get_traced_memory()[0] - before < N
    finally:
        tracemalloc.stop()


def test_a_result_may_be_donated() -> None:
    step = jit(lambda x: x * 2.0, donate_argnums=0, engine="llvm")
    y = add(X, 1.0)
    at = place(y)
    z = step(y)
    assert place(z) == at
    np.testing.assert_array_equal(z, (X + 1.0) * 2.0)


@pytest.mark.parametrize("team", [1, 3])
def test_live_results_never_share_memory(team: int) -> None:
    """Calls and drops in any order, on several threads, each of which may have helpers."""
    config.set_threads(team)
    wrong: list[float] = []
    done: list[int] = []

    def work(seed: int) -> None:
        random = np.random.default_rng(seed)
        live: list[tuple[Any, float, int]] = []
        for _ in range(150):
            if live and (random.random() < 0.45 or len(live) > 6):
                y, number, first = live.pop(int(random.integers(len(live))))
                if not np.array_equal(y, X[first:] + number):
                    wrong.append(number)
            else:
                number, first = float(random.integers(1000)), int(random.integers(3))
                live.append((add(X[first:], number), number, first))
        done.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (wrong, sorted(done)) == ([], [0, 1, 2, 3])
    assert 0 < held() <= switches.idle_memory


ENDS = {
    "globals": "y = f(x); z = f(x)[3:]",
    "dropped": "y = f(x); del y; z = f(x)",
    "atexit": "import atexit; atexit.register(lambda y: f(x), f(x)); y = f(x)",
    "cycle": "y = [f(x)]; y.append(y)",
    "builtins": "import builtins; builtins.y = f(x)",
    "sys": "import sys; sys.y = f(x); y = f(x); del y",
    "no function": "y = f(x); del f, jit, config",
    "no modules": (
        "import gc, sys; y = f(x); z = f(x)\n"
        "for name in list(sys.modules): name.startswith('funcgrad') and sys.modules.pop(name)\n"
        "del f, jit, config; gc.collect(); del y"
    ),
    "finalizer": "class C:\n  def __del__(self): self.y = None\nc = C(); c.y = f(x); c.c = c",
    "thread": (
        "import threading; t = threading.Thread(target=lambda: globals().update(y=f(x)))\n"
        "t.start(); t.join(); z = f(x); del y"
    ),
    "fork": (
        "import os; y = f(x); z = f(x); del z; child = os.fork()\n"
        "z = f(x); assert (z == x + 1).all() and (y == z).all(); del z\n"
        "if child: assert os.waitpid(child, 0)[1] == 0"
    ),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_process_ends_with_results_alive(name: str) -> None:
    if name == "fork" and not hasattr(os, "fork"):
        pytest.skip("no fork")
    code = (
        "import numpy as np\nfrom funcgrad import config, jit\n"
        f"x = np.arange({N}.0)\nf = jit(lambda x: x + 1.0, engine='llvm')\n{ENDS[name]}\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
