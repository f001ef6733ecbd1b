"""The short way into a compiled function serves the calls that the general way would, and no other."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from types import CellType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcgrad import debug, grad, jit, tree, vmap
from funcgrad._src.core.aval import aval_of
from funcgrad._src.transforms.closure import Closure
from funcgrad._src.transforms.fastcall import DECLINED, RECENT, Pattern, make_call, make_match
from funcgrad._src.tree.generated import FEW, LIMIT
from funcgrad.errors import ArgumentError, FuncgradError
from tests.mock_device import MockArray
from tests.tree.strategies import trees


def nothing(*args: Any, **kwargs: Any) -> float:
    return 0.0


def pattern_of(
    *args: Any,
    fun: Callable[..., Any] = nothing,
    static: tuple[Any, ...] = (),
    hidden: Any = (),
    **kwargs: Any,
) -> Pattern:
    """What a program for this call was made for; ``static`` has positions and names."""
    nums = frozenset(i for i in static if isinstance(i, int))
    moving = tuple(arg for i, arg in enumerate(args) if i not in nums)
    named = {key: value for key, value in kwargs.items() if key not in static}
    leaves, structure = tree.flatten((moving, named))
    closure = Closure(fun)
    names = frozenset(i for i in static if isinstance(i, str))
    known = tuple((value, aval_of(value)) for value in hidden)
    return Pattern(args, kwargs, nums, names, structure, leaves, closure, closure.now(), known)


def general_finds(first: Any, second: Any, static: tuple[Any, ...] = ()) -> bool:
    """Whether a compiled function runs the program of the first call in the second."""
    f = jit(
        nothing,
        static_argnums=tuple(i for i in static if isinstance(i, int)),
        static_argnames=tuple(i for i in static if isinstance(i, str)),
    )
    f(*first[0], **first[1])
    try:
        f(*second[0], **second[1])
    except FuncgradError:
        return False
    return f.trace_count == 1


class Sub(np.ndarray):  # type: ignore[type-arg]
    pass


# Leaves, made anew by number. Those that are no leaves of a compiled function come last.
LEAVES: list[Callable[[], Any]] = [
    lambda: np.ones((2, 3)),
    lambda: np.ones(3),
    lambda: np.float64(1.5),
    lambda: 2.5,
    lambda: 1,
    lambda: np.asfortranarray(np.ones((2, 3))),
    lambda: np.ones((4, 6))[::2, ::2],
    lambda: np.ones((2, 3), np.float32),
    lambda: np.ones((3, 2)),
    lambda: np.ones((2, 4)),
    lambda: np.ones((2, 3, 1)),
    lambda: np.ones((1, 2, 3)),
    lambda: np.ones(6),
    lambda: np.ones((0, 3)),
    lambda: np.ones((0, 2)),
    lambda: np.ones((6, 1)),
    lambda: np.array(1.0),
    lambda: np.ones((2, 3), ">f8"),
    lambda: np.ones((2, 3), np.dtype(np.float64, metadata={"a": 1})),
    lambda: np.ones((2, 3), bool),
    lambda: np.ones((2, 3), np.longlong),
    lambda: np.ones((2, 3), np.int64),
    lambda: -0.0,
    lambda: 1j,
    lambda: True,
    lambda: False,
    lambda: 0,
    lambda: 10**5000,
    lambda: 10**5000 + 1,
    lambda: np.float32(1.0),
    lambda: np.int64(1),
    lambda: np.longlong(1),
    lambda: np.bool_(True),
    lambda: np.complex128(1.0),
    lambda: None,
    lambda: np.ones((2, 3)).view(Sub),
    lambda: MockArray(np.ones((2, 3))),
    lambda: "text",
    lambda: np.ones((2, 3), object),
]
GOOD = len(LEAVES) - 4


def fill(codes: Any, shift: int = 0) -> Any:
    """The tree with new leaves for its numbers."""
    return tree.map(lambda code: LEAVES[(code + shift) % GOOD](), codes)


@pytest.mark.parametrize("code", range(GOOD))
def test_a_leaf_is_told_from_every_other(code: int) -> None:
    match = make_match(pattern_of(LEAVES[code]()))
    assert match is not None
    for other in LEAVES:
        expected = general_finds(((LEAVES[code](),), {}), ((other(),), {}))
        assert (match((other(),), {}) is not None) is expected, other()


def reversed_dicts(x: Any) -> Any:
    if type(x) is dict:
        return {key: reversed_dicts(x[key]) for key in reversed(x)}
    return type(x)(map(reversed_dicts, x)) if type(x) in (list, tuple) else x


MUTATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "new leaves": lambda x, y: fill(x),
    "other leaves": lambda x, y: fill(x, 5),
    "one leaf": lambda x, y: fill(tree.map(lambda a: a, x)),
    "order of dicts": lambda x, y: fill(reversed_dicts(x)),
    "in a list": lambda x, y: [fill(x)],
    "another tree": lambda x, y: fill(y),
}


@given(trees, trees, st.sampled_from(sorted(MUTATIONS)), st.booleans(), st.data())
def test_a_call_is_served_if_the_general_way_finds_the_program(
    x: Any, y: Any, how: str, by_name: bool, data: st.DataObject
) -> None:
    def call(arg: Any) -> Any:
        return ((np.ones(2),), {"b": 1.0, "a": arg}) if by_name else ((arg, 1), {})

    first, second = call(fill(x)), call(MUTATIONS[how](x, y))
    if how == "one leaf" and (leaves := tree.leaves(x)):
        codes, structure = tree.flatten(x)
        position = data.draw(st.integers(0, len(leaves) - 1))
        codes[position] = data.draw(st.integers(0, GOOD - 1))
        second = call(fill(tree.unflatten(structure, codes)))
    match = make_match(pattern_of(*first[0], **first[1]))
    assert match is not None
    assert match(*first) is not None
    assert (match(*second) is not None) is general_finds(first, second)


CALLS: list[Any] = [
    ((1.0,), {}),
    ((), {"a": 1.0}),
    ((), {}),
    ((1.0, 2.0), {}),
    ((1.0,), {"b": 1.0, "c": 2.0}),
    ((1.0,), {"c": 2.0, "b": 1.0}),
    ((1.0,), {"b": 1.0}),
    (([1.0],), {}),
    ((1.0, []), {}),
]


@pytest.mark.parametrize("first", CALLS, ids=repr)
def test_arguments_are_told_apart_by_place_name_and_order(first: Any) -> None:
    match = make_match(pattern_of(*first[0], **first[1]))
    assert match is not None
    for call in CALLS:
        assert (match(*call) is not None) is general_finds(first, call)


def test_operands_are_the_hidden_arrays_and_the_leaves_that_are_not_static() -> None:
    h = np.ones(2)
    args = ({"w": np.ones((2, 3)), "n": 3}, np.ones((3, 2)).T, True, 1.0)
    match = make_match(pattern_of(*args, hidden=[h]), layouts=True)
    assert match is not None
    operands, mask = match(args, {})
    assert [id(x) for x in operands] == [id(x) for x in (h, args[0]["w"], args[1], args[3])]
    assert mask == 0b011
    single = make_match(pattern_of(args[1]))
    assert single is not None
    assert single((args[1],), {}) == (args[1],)


@pytest.mark.parametrize("count", [2, FEW + 2])
@pytest.mark.parametrize("donated", [(), (0,), (0, 1)])
def test_the_mask_tells_which_arrays_are_contiguous(count: int, donated: tuple[int, ...]) -> None:
    layouts = [np.ones((2, 3)), np.ones((3, 2)).T.copy("F"), np.ones((2, 4))[:, :3]]
    args = [np.ones((2, 3)) for _ in range(count)]
    pattern = pattern_of(1.0, *args)
    positions = tuple(1 + i for i in donated)
    match = make_match(Pattern(**{**vars(pattern), "donated": positions}), layouts=True)
    assert match is not None
    for i in range(count):
        for layout in layouts:
            some = [np.ones((2, 3)) if j != i else layout.copy("K") for j in range(count)]
            if layout.base is not None and i not in donated:
                some[i] = layout
            _, mask = match((1.0, *some), {})
            assert mask == sum(x.flags.c_contiguous << j for j, x in enumerate(some, 1))


class Point:
    pass


POINT = Point()
STATICS: list[Any] = [
    1, True, 1.0, 0.0, -0.0, "a", None, (1, "a"), (True, "a"), frozenset({1}), frozenset({True}), np.float32,
    np.dtype("f4"), np.dtype(">f4"), np.float32(1), np.float64(1), POINT, nothing, abs, b"a", 1j,
    float("nan"),
]  # fmt: skip


@pytest.mark.parametrize("value", STATICS, ids=repr)
def test_static_arguments_are_compared_by_type_and_value(value: Any) -> None:
    by_place = make_match(pattern_of(1.0, value, static=(1, "mode")))
    by_name = make_match(pattern_of(1.0, mode=value, static=(1, "mode")))
    assert by_place is not None
    assert by_name is not None
    for other in [*STATICS, pickle.loads(pickle.dumps(value)), Point(), [1], np.ones(2)]:
        first, second = ((1.0, value), {}), ((1.0, other), {})
        assert (by_place(*second) is not None) is general_finds(first, second, (1, "mode")), other
        first, second = ((1.0,), {"mode": value}), ((1.0,), {"mode": other})
        assert (by_name(*second) is not None) is general_finds(first, second, (1, "mode")), other


class Equal:
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Equal)

    def __hash__(self) -> int:
        return 1


@pytest.mark.parametrize(
    "pattern",
    [
        lambda: pattern_of(1.0, Equal(), static=(1,)),
        lambda: pattern_of(1.0, (Equal(),), static=(1,)),
        lambda: pattern_of({Equal(): 1.0}),
        lambda: pattern_of(MockArray(np.ones(2))),
        lambda: pattern_of([1.0] * LIMIT),
        lambda: pattern_of(1.0, hidden=[MockArray(np.ones(2))]),
    ],
    ids=["static argument", "inside a static argument", "key", "place", "size", "hidden place"],
)
def test_what_generated_code_cannot_compare_has_no_short_way(pattern: Callable[[], Pattern]) -> None:
    made = pattern()
    assert make_match(made) is None
    assert make_call(made, nothing, tree.structure(1.0)) is None


def test_many_arguments_of_one_kind() -> None:
    args = [np.ones((2, 3)) for _ in range(3 * FEW)]
    match = make_match(pattern_of(*args))
    assert match is not None
    found = match(tuple(args), {})
    assert [id(x) for x in found] == [id(x) for x in args]
    for i in (0, FEW, 3 * FEW - 1):
        for other in LEAVES[1:5]:
            assert match((*args[:i], other(), *args[i + 1 :]), {}) is None
    assert match(tuple(args[1:]), {}) is None


# --- the closure ---


def closing_over(value: Any) -> tuple[Callable[..., Any], CellType]:
    def f(x: Any) -> Any:
        return (x, value)[0]

    assert f.__closure__ is not None
    return f, f.__closure__[0]


VALUES: list[Any] = [
    2.0, 2, 1, True, 0.0, -0.0, "a", np.float64(2.0), np.float32(2.0), (1, 2), [1, 2], POINT, None,
    np.ones(2),
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_rebound_variable_is_noticed(value: Any) -> None:
    f, cell = closing_over(value)
    match = make_match(pattern_of(1.0, fun=f))
    assert match is not None
    for other in [*VALUES, pickle.loads(pickle.dumps(value))]:
        compiled = jit(f)
        for cell.cell_contents in (value, other):
            compiled(1.0)
        assert (match((1.0,), {}) is not None) is (compiled.trace_count == 1), other
    del cell.cell_contents
    assert match((1.0,), {}) is None


GLOBAL: Any = 2.0


def uses_global(x: Any) -> Any:
    return x * GLOBAL


def test_a_rebound_or_deleted_global_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    match = make_match(pattern_of(1.0, fun=uses_global))
    assert match is not None
    assert match((1.0,), {}) == (1.0,)
    for other, expected in ((float("2.0"), True), (2, False), (3.0, False)):
        monkeypatch.setitem(globals(), "GLOBAL", other)
        assert (match((1.0,), {}) is not None) is expected
    monkeypatch.delitem(globals(), "GLOBAL")
    assert match((1.0,), {}) is None


def test_an_empty_variable_has_no_short_way() -> None:
    f, cell = closing_over(1)
    del cell.cell_contents
    assert make_match(pattern_of(1.0, fun=f)) is None


def test_a_hidden_array_of_another_shape_or_dtype_is_declined() -> None:
    hidden = np.ones(6, np.int64)
    match = make_match(pattern_of(1.0, hidden=[hidden]))
    assert match is not None
    hidden[:] = 2
    assert match((1.0,), {})[0] is hidden
    hidden.resize((2, 3), refcheck=False)
    assert match((1.0,), {}) is None


# --- whole calls ---


def test_a_call_runs_the_program_and_builds_the_result() -> None:
    args = ({"w": np.ones((2, 3))}, 2)
    structure = tree.structure({"out": [1, None, (2,)]})
    call = make_call(pattern_of(*args), lambda w: (w + 1.0, w), structure)
    assert call is not None
    result = call(args, {})
    np.testing.assert_array_equal(result["out"][0], 2 * np.ones((2, 3)))
    assert result["out"][1] is None
    assert result["out"][2][0] is not args[0]["w"]  # what you get is yours
    assert call((args[0], 3), {}) is DECLINED
    assert repr(DECLINED) == "DECLINED"
    owned = make_call(pattern_of(*args), lambda w: (w, w), structure, own=False)
    assert owned is not None
    assert owned(args, {})["out"][0] is args[0]["w"]
    seen = make_call(pattern_of(*args), lambda mask, w: (mask, w), structure, layouts=True)
    assert seen is not None
    assert seen(args, {})["out"][0] == 1


def test_none_is_a_result() -> None:
    call = make_call(pattern_of(1.0), lambda x: (), tree.structure(None))
    assert call is not None
    assert call((1.0,), {}) is None


@pytest.mark.parametrize("error", [KeyError, NameError, ValueError])
def test_an_error_of_the_program_is_no_reason_to_decline(error: type[Exception]) -> None:
    def run(x: Any) -> Any:
        raise error

    call = make_call(pattern_of(1.0), run, tree.structure(1.0))
    assert call is not None
    with pytest.raises(error):
        call((1.0,), {})


def step(params: Any, x: Any, rate: Any) -> Any:
    return {key: p - rate * x.sum() for key, p in params.items()}


def params(*shapes: Any, dtype: Any = float) -> Any:
    return {f"p{i}": np.full(shape, 2.0 * i, dtype) for i, shape in enumerate(shapes)}


def test_the_second_and_third_call_are_the_first() -> None:
    f = jit(step)
    x = np.ones(3)
    for make in (lambda: params((2, 3), 3), lambda: params(3, 3), lambda: params(3, dtype=np.float32)):
        for _ in range(3):
            for rate in (0.5, np.float64(0.5), 2, np.float32(1.0)):
                result, expected = f(make(), x, rate), step(make(), x, rate)
                for key, value in expected.items():
                    assert result[key].dtype == value.dtype
                    np.testing.assert_array_equal(result[key], value)
    assert f.trace_count == 12
    assert f.fast


def test_the_short_way_ends_with_the_cache() -> None:
    f = jit(step)
    for _ in range(3):
        f(params(3), np.ones(3), 1.0)
    f.clear_cache()
    assert f.trace_count == 0
    f(params(3), np.ones(3), 1.0)
    assert f.trace_count == 1


def test_donated_arrays_are_given_back_call_after_call() -> None:
    f = jit(lambda p, x: {key: value - x for key, value in p.items()}, donate_argnums=0)
    start = params((2, 3), (2, 3))
    p, x = dict(start), np.ones((4, 3))[1]  # a view, but of something else
    for _ in range(4):
        p = f(p, x)
    assert all(p[key] is start[key] for key in start)
    np.testing.assert_array_equal(p["p1"], np.full((2, 3), -2.0))


def test_donation_that_is_not_safe_is_noticed_in_the_short_way() -> None:
    f = jit(lambda p, x: p - x, donate_argnums=0)
    for _ in range(3):
        f(np.ones(3), np.ones(3))
    p = np.ones(3)
    for x in (p, p[:], p[::-1]):
        with pytest.warns(UserWarning, match="shares memory"):
            np.testing.assert_array_equal(f(p, x), np.zeros(3))
    np.testing.assert_array_equal(p, np.ones(3))


def test_a_closed_over_array_is_not_overwritten_as_an_argument() -> None:
    w = np.ones((2, 3))
    row = w[0]
    f = jit(lambda p: p - w, donate_argnums=0)
    g = jit(lambda p: p - row, donate_argnums=0)
    for compiled in (f, g):
        for _ in range(3):
            compiled(np.ones((2, 3)))
        with pytest.warns(UserWarning, match="a closed-over array"):
            np.testing.assert_array_equal(compiled(w), np.zeros((2, 3)))
    np.testing.assert_array_equal(w, np.ones((2, 3)))


def test_other_traces_and_disabled_compilation_go_the_general_way() -> None:
    f = jit(lambda x: np.sin(x).sum())
    x = np.ones(3)
    for _ in range(3):
        value = f(x)
    np.testing.assert_array_equal(grad(f)(x), np.cos(x))
    np.testing.assert_array_equal(vmap(f)(np.ones((2, 3))), [value, value])
    calls = []
    g = jit(lambda x: calls.append(x) or x)
    for _ in range(3):
        g(x)
    with debug.disable_jit():
        g(x)
    assert len(calls) == 2
    assert calls[1] is x


def test_nothing_is_donated_under_another_trace() -> None:
    f = jit(lambda p: p * 2.0, donate_argnums=0)
    p = np.ones(3)
    for _ in range(3):
        p = f(p)
    np.testing.assert_array_equal(grad(lambda w: (w * f(p)).sum())(np.ones(3)), np.full(3, 16.0))
    np.testing.assert_array_equal(p, np.full(3, 8.0))


def test_a_program_that_only_runs_under_traces_gets_no_short_way() -> None:
    f = jit(np.sin)
    for _ in range(3):
        grad(f)(1.0)
    assert f.fast == ()


def test_a_program_of_another_place_gets_no_short_way() -> None:
    f = jit(np.sin)
    for _ in range(3):
        assert type(f(MockArray(np.ones(2)))) is MockArray
    assert f.fast == ()


def test_the_programs_used_last_are_asked() -> None:
    f = jit(lambda x, n: x * n)
    for n in [*range(RECENT + 2), *range(RECENT + 2)]:
        f(1.0, n)
    assert len(f.fast) == RECENT
    answers = [call((1.0, n), {}) for call in f.fast for n in range(RECENT + 2)]
    assert sorted(x for x in answers if x is not DECLINED) == [2.0, 3.0, 4.0, 5.0]
    newest = f.fast[0]
    f(1.0, RECENT)
    assert f.fast[0] is newest  # served without a change
    f(1.0, 0)
    assert f.fast[0]((1.0, 0), {}) == 0.0
    assert f.fast[1] is newest


def test_an_error_is_that_of_the_general_way() -> None:
    w = np.ones(3)
    f = jit(lambda x: x * w)
    for _ in range(3):
        f(1.0)
    w.resize(6, refcheck=False)
    with pytest.raises(ArgumentError, match="closes over changed its shape or dtype"):
        f(1.0)


def test_a_pickled_function_finds_its_own_short_way() -> None:
    f = jit(uses_global)
    for _ in range(3):
        f(1.0)
    again = pickle.loads(pickle.dumps(f))
    assert [again(3.0) for _ in range(3)] == [6.0, 6.0, 6.0]
    assert again.trace_count == 1


def test_eight_threads_rebind_and_call() -> None:
    f = jit(lambda p, n: {key: value * n for key, value in p.items()})
    wrong: list[Any] = []

    def work(seed: int) -> None:
        for i in range(60):
            n, size = (seed + i) % 3, 1 + (seed * i) % 3
            result = f({"a": np.full(size, float(seed))}, n)
            if result["a"].shape != (size,) or (result["a"] != seed * n).any():
                wrong.append((seed, i))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
