"""jit's cache never hits wrongly, and says why it did not hit."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from funcgrad import debug, grad, jit, value_and_grad, vmap
from funcgrad.errors import ArgumentError, MixedPlacesError, MutationError
from tests.mock_device import MockArray, to_mock

X = np.array([1.0, 2.0, 3.0])


def describes(tree: Any) -> Any:
    """A result that tells everything by which a program may be specialised."""
    kinds: list[Any] = []

    def look(value: Any) -> Any:
        if isinstance(value, dict):
            kinds.append(("dict", *value))
            return sum(look(v) for v in value.values())
        if isinstance(value, (tuple, list)):
            kinds.append((type(value).__name__, len(value)))
            return sum(look(v) for v in value)
        shown = repr(value) if type(value) in (int, bool) else ""
        kinds.append((str(np.result_type(value)), np.shape(value), shown))
        return np.sum(value * 2)

    return look(tree) * 1.0, len(kinds), float(hash(str(kinds)) % 1000)


# --- never wrongly -----------------------------------------------------------------------------------

ARGUMENTS: dict[str, Any] = {
    "float64": X,
    "float32": X.astype(np.float32),
    "int64": X.astype(int),
    "int32": X.astype(np.int32),
    "bool": X > 1,
    "complex": X + 0j,
    "longer": np.arange(4.0),
    "row": X[None],
    "column": X[:, None],
    "empty": X[:0],
    "0-d": np.array(2.0),
    "scalar": np.float64(2.0),
    "float32 scalar": np.float32(2.0),
    "weak float": 2.0,
    "weak complex": 2j,
    "1": 1,
    "True": True,
    "0": 0,
    "False": False,
    "2": 2,
    "int scalar": np.int64(1),
    "bool scalar": np.True_,
    "tuple": (X, X),
    "list": [X, X],
    "nested": (X, (X,)),
    "dict": {"a": X, "b": X},
    "dict of another order": {"b": X, "a": X},
    "dict of other keys": {"a": X, "c": X},
    "ordered dict": OrderedDict(a=X, b=X),
    "with None": (X, None),
}


def test_every_kind_of_argument_has_its_program() -> None:
    known = {name: value for name, value in ARGUMENTS.items() if name != "with None"}
    f = jit(describes)
    for _ in range(2):
        for value in known.values():
            expected, found = describes(value), f(value)
            np.testing.assert_array_equal(found[0], expected[0])
            assert np.asarray(found[0]).dtype == np.asarray(expected[0]).dtype
            assert found[1:] == expected[1:]
    assert f.trace_count == len(known)


def test_none_is_part_of_the_tree() -> None:
    f = jit(lambda pair: pair[0] * 2.0 if pair[1] is None else pair[0] + pair[1])
    assert f((1.0, None)) == 2.0
    assert f((1.0, 2.0)) == 3.0
    assert f((1.0, None)) == 2.0
    assert f.trace_count == 2


STATICS: list[Any] = [
    1,
    True,
    1.0,
    0,
    False,
    0.0,
    -0.0,
    1j,
    "1",
    (1,),
    (True,),
    (1.0,),
    None,
    np.int64(1),
    float("nan"),
]


def test_static_values_differ_by_type_and_bits() -> None:
    f = jit(lambda x, s: (x, float(hash(repr((type(s), s))) % 1000)), static_argnums=1)
    for _ in range(2):
        for s in STATICS:
            assert f(2.0, s) == (2.0, float(hash(repr((type(s), s))) % 1000))
    assert f.trace_count == len(STATICS)


def test_places_have_programs_of_their_own() -> None:
    f = jit(lambda x: x * 2.0 + 1.0)
    for _ in range(2):
        assert type(f(X)) is np.ndarray
        assert type(f(to_mock(X))) is MockArray
    assert f.trace_count == 2
    with pytest.raises(MixedPlacesError):
        jit(lambda x, y: (x, y))(X, to_mock(X))


def test_positional_and_named_arguments() -> None:
    f = jit(lambda x, y: x - y)
    assert (f(3.0, 1.0), f(3.0, y=1.0), f(y=3.0, x=1.0), f(x=3.0, y=1.0)) == (2.0, 2.0, -2.0, 2.0)


# --- what a function closes over -----------------------------------------------------------------------


def test_a_mutated_array_gives_its_new_values() -> None:
    w = np.ones(3)
    f = jit(lambda x: (x * w).sum() if (x * w).sum() > 5 else -x[0])
    assert f(X) == 6.0
    w[:] = 0.5
    assert f(X) == -1.0  # the guard reads the array again, too
    w[:] = 2.0
    assert f(X) == 12.0
    assert f.trace_count == 2


def test_a_hidden_array_of_another_shape_is_an_error() -> None:
    w = np.ones(3)
    f = jit(lambda x: x * w)
    f(X)
    w.resize((1, 3), refcheck=False)
    with pytest.raises(
        ArgumentError, match="an array that `<lambda>` closes over changed its shape or dtype"
    ):
        f(X)


def test_an_array_written_while_the_function_is_traced_is_an_error() -> None:
    buffer = np.zeros(3)

    def fun(x: Any) -> Any:
        y = x * buffer
        buffer[:] = 1.0
        return y + x * buffer

    with pytest.raises(MutationError):
        jit(fun)(X)


SCALE: Any = 2.0


def reads_global(x: Any) -> Any:
    return x * SCALE if x > 0 else -x


@pytest.mark.parametrize("value", [3, 3.0, True, np.float32(3.0), np.array(3.0)], ids=repr)
def test_a_global_bound_to_another_value(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    f = jit(reads_global)
    assert f(2.0) == 4.0
    monkeypatch.setitem(globals(), "SCALE", value)
    assert f(2.0) == 2.0 * value
    assert f.trace_count == 2
    assert "global 'SCALE' was bound to another object" in f.why_retraced()
    monkeypatch.setitem(globals(), "SCALE", 2.0)
    assert f(2.0) == 4.0
    assert f.trace_count == 2


def test_an_equal_number_is_the_same_closure() -> None:
    n = 1000.5
    f = jit(lambda x: x * n)
    f(1.0)
    n = float("1000.5")
    f(1.0)
    assert f.trace_count == 1


def test_a_bound_method_follows_its_object() -> None:
    class Model:
        def __init__(self, w: Any) -> None:
            self.w = w

        def apply(self, x: Any) -> Any:
            return x * self.w

    model = Model(np.full(3, 2.0))
    f = jit(model.apply)
    np.testing.assert_array_equal(f(X), 2 * X)
    model.w[:] = 3.0
    np.testing.assert_array_equal(f(X), 3 * X)
    assert f.trace_count == 1


def test_outer_tracers_are_inputs_of_one_call() -> None:
    def outer(w: Any) -> Any:
        f = jit(lambda x: x * w if x > 1 else w)
        return f(2.0) + f(0.5) + f(3.0)

    for w in (2.0, 5.0):
        assert value_and_grad(outer)(w) == (6.0 * w, 6.0)
        assert jit(outer)(w) == 6.0 * w
        assert grad(jit(outer))(w) == 6.0
    np.testing.assert_array_equal(vmap(outer)(X), 6.0 * X)


def test_a_program_with_an_outer_tracer_does_not_outlive_it() -> None:
    cell: list[Any] = [None]
    f = jit(lambda x: x * cell[0])

    def with_tracer(w: Any) -> Any:
        cell[0] = w
        return f(2.0)

    assert grad(with_tracer)(3.0) == 2.0
    assert grad(with_tracer)(4.0) == 2.0
    cell[0] = 5.0
    assert f(2.0) == 10.0


def test_configuration() -> None:
    f = jit(lambda x: x * 2.0 if x > 0 else x)
    assert f(1.0) == 2.0
    with debug.disable_jit():
        assert f(1.0) == 2.0
    with debug.checking_mutation():
        assert f(1.0) == 2.0
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        jit(lambda x: x / 0.0, engine="numpy")(X)
    assert f.trace_count == 1


def test_clear_cache() -> None:
    f = jit(lambda x: x if x > 0 else -x)
    f(1.0), f(-1.0)
    f.clear_cache()
    assert (f.trace_count, f.why_retraced()) == (0, "<lambda> has not been traced")
    assert (f(-2.0), f.trace_count) == (2.0, 1)


# --- threads -------------------------------------------------------------------------------------------


def hammer(work: Callable[[int, int], None], times: int = 60) -> None:
    """Eight threads begin at once; the first thing that goes wrong is raised here."""
    start, wrong = threading.Barrier(8), []

    def run(seed: int) -> None:
        start.wait()
        try:
            for i in range(times):
                work(seed, i)
        except BaseException as problem:  # noqa: BLE001  (a thread must tell)
            wrong.append(problem)

    threads = [threading.Thread(target=run, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]


def test_eight_threads_with_every_kind_of_argument() -> None:
    f, values = jit(describes), [v for name, v in ARGUMENTS.items() if name != "with None"]
    expected = [describes(value) for value in values]

    def work(seed: int, i: int) -> None:
        k = (seed * 7 + i) % len(values)
        found = f(values[k])
        np.testing.assert_array_equal(found[0], expected[k][0])
        assert found[1:] == expected[k][1:]

    hammer(work)
    count = f.trace_count
    for value in values:
        f(value)
    assert f.trace_count == count


def test_eight_threads_while_guards_fail_and_programs_are_added() -> None:
    def fun(x: Any, n: Any) -> Any:
        total = x * 0.0
        for k in range(int(n)):
            total = total + x * k if (x * k).sum() > 10 else total - 1.0
        return total

    f = jit(value_and_grad(lambda x, n: fun(x, n).sum()))
    expected = {n: value_and_grad(lambda x, n: fun(x, n).sum())(X, np.int64(n)) for n in range(7)}

    def work(seed: int, i: int) -> None:
        n = (seed + 3 * i) % 7
        value, gradient = f(X, np.int64(n))
        assert value == expected[n][0]
        np.testing.assert_array_equal(gradient, expected[n][1])

    hammer(work)
    paths = [entry.path for families in f.entries.values() for family in families for entry in family.entries]
    assert len(paths) == len(set(paths)) == 7


def test_eight_threads_with_donated_arrays() -> None:
    step = jit(lambda p, g: p - g if g.sum() > 0 else p + g, donate_argnums=0)

    def work(seed: int, i: int) -> None:
        sign = 1.0 if (seed + i) % 2 else -1.0
        p = np.full(3, float(seed))
        assert step(p, np.full(3, sign)) is p
        np.testing.assert_array_equal(p, np.full(3, seed - 1.0))

    hammer(work)


# --- why ----------------------------------------------------------------------------------------------


class Why(NamedTuple):
    """Two calls, and what is said of the second."""

    first: tuple[Any, ...]
    second: tuple[Any, ...]
    said: str


WHYS = {
    "dtype": Why(
        (X, 1.0),
        (X.astype(np.float32), 1.0),
        "`p` has another dtype: float32[3], was float64[3]",
    ),
    "shape": Why((X, 1.0), (X[:2], 1.0), "`p` has another shape: float64[2], was float64[3]"),
    "kind": Why((X, 1.0), (X, np.float64(1.0)), "`n` has another kind: float64, was float"),
    "place": Why((X, 1.0), (to_mock(X), 1.0), "`p` has another place: "),
    "leaf": Why(
        ({"w": [X, X]}, 1.0),
        ({"w": [X, X[:1]]}, 1.0),
        "`p['w'][1]` has another shape: float64[1], was float64[3]",
    ),
    "tree": Why(((X,), 1.0), ([X], 1.0), "another tree of arguments: "),
    "order": Why(({"a": X, "b": X}, 1.0), ({"b": X, "a": X}, 1.0), "a dict has its keys in another order"),
    "int": Why(
        (X, 2),
        (X, 3),
        "`n` is 3, was 2, and Python's ints and bools are compiled in (np.int64(n) in place of a Python int "
        "is traced)",
    ),
    "bool": Why((X, True), (X, False), "`n` is False, was True, and Python's ints and bools are compiled in"),
    "static": Why((X, 1.0, "a"), (X, 1.0, "b"), "the static argument `mode` is 'b', was 'a'"),
    "static, left out": Why((X, 1.0, "a"), (X, 1.0), "the static argument `mode` is not given"),
    "two at once": Why(
        (X, 2), (X[:2], 3), "`p` has another shape: float64[2], was float64[3]; `n` is 3, was 2"
    ),
}


@pytest.mark.parametrize("name", WHYS)
def test_why_a_function_was_traced_again(name: str) -> None:
    def double(p: Any, n: Any, mode: str = "") -> Any:
        return p, n

    why, f = WHYS[name], jit(double, static_argnums=2)
    f(*why.first)
    f(*why.second)
    first, second = f.why_retraced().split("\n")
    assert ": the first call; arguments: " in first
    assert second.startswith("double traced at test_jit_cache.py:")
    assert why.said in second


def test_the_most_alike_call_is_what_the_cause_is_told_by() -> None:
    f = jit(lambda x, n: x * n)
    f(X, 1)
    f(X[:2], 2)
    f(X, 3)
    assert "`n` is 3, was 1" in f.why_retraced().split("\n")[-1]
    assert "shape" not in f.why_retraced().split("\n")[-1]
