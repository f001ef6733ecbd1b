"""Donated arguments: what may be written over is, in the right order; what may not be is left alone."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit, jvp, vjp, vmap
from funcgrad.tree import leaves
from tests.compile.ownership import (
    arrays_of,
    assert_owned,
    assert_unchanged,
    memory_of,
    same_bits,
    shared,
)

Function = Callable[..., Any]
SHAPES = {"small": (3, 3), "large": (260, 260)}  # 67,600 elements: several blocks
ALONE = "ignore:jit. a donated argument:UserWarning"


def pair(shape: tuple[int, ...], seed: int = 0, dtype: Any = np.float64) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape).astype(dtype), rng.normal(size=shape).astype(dtype)


# --- orders of reading and writing --------------------------------------------------------------------


def exchanged(x: Any, y: Any) -> Any:
    return y, x


def exchanged_and_changed(x: Any, y: Any) -> Any:
    return y * 2.0, x + 1.0


def crossed(x: Any, y: Any) -> Any:
    return x + y, x - y


def crossed_views(x: Any, y: Any) -> Any:
    return x.T + y, y[::-1] - x, x[:, ::-1] * 2.0


def unchanged(x: Any, y: Any) -> Any:
    return x


def unchanged_twice(x: Any, y: Any) -> Any:
    return x, x, y * 1.0


def views_returned(x: Any, y: Any) -> Any:
    return x[::-1], x.T, x[1:], x.reshape(-1)


def halves(x: Any, y: Any) -> Any:
    return x[: x.shape[0] // 2], x[x.shape[0] // 2 :], y


def read_late(x: Any, y: Any) -> Any:
    z = x * 2.0
    z = np.exp(-z * z)
    return z + x[::-1].T, np.sum(x) + np.sum(y)


def read_as_a_whole(x: Any, y: Any) -> Any:
    """Every element of the result needs all of the argument."""
    return x - x.mean() * y, x / np.sqrt(np.sum(x * x))


def read_along_an_axis(x: Any, y: Any) -> Any:
    return x - np.max(x, axis=0), x / np.sum(np.abs(x), axis=1, keepdims=True)


def products(x: Any, y: Any) -> Any:
    return x - 0.1 * (x.T @ y), y - 0.1 * (x @ x)


def product_in_place(x: Any, y: Any) -> Any:
    return x @ x, y @ x


def shifted(x: Any, y: Any) -> Any:
    z = x * 1.0
    z[1:] += x[:-1]
    z[:, 0] = y[0]
    return z, x


def written(x: Any, y: Any) -> Any:
    z = x.copy()
    z[0] = y[0]
    z[1:] *= x[:-1]
    return z, y


def cumulated(x: Any, y: Any) -> Any:
    return np.cumsum(x, axis=0) - x, np.sort(y, axis=None)[::-1].reshape(y.shape)


def chosen(x: Any, y: Any) -> Any:
    return np.where(x > y, y, x.T), np.where(x > y, x, y)


def narrowed(x: Any, y: Any) -> Any:
    """Results that no argument's memory fits."""
    return x.astype(np.float32), x > 0, x + 1j, np.concatenate([x, y]), x.sum(axis=0)


def unused(x: Any, y: Any) -> Any:
    return np.sin(y) * 2.0


def constants(x: Any, y: Any) -> Any:
    return np.zeros_like(x), np.ones(3), 2.0


def broadcasting(x: Any, y: Any) -> Any:
    return x[0] * y, x[:, :1] + y[:1], np.broadcast_to(x[0], x.shape)


def several_uses(x: Any, y: Any) -> Any:
    a = x + y
    b = a * x
    c = b - a * y
    return c, b / (a * a + 1.0), x


HAZARDS: list[Function] = [
    *(exchanged, exchanged_and_changed, crossed, crossed_views, unchanged, unchanged_twice, views_returned),
    *(halves, read_late, read_as_a_whole, read_along_an_axis, products, product_in_place, shifted, written),
    *(cumulated, chosen, narrowed, unused, constants, broadcasting, several_uses),
]


def agree(found: Any, expected: Any) -> bool:
    """The bits; products and sums to within rounding."""
    if same_bits(found, expected):
        return True
    unit = float(np.finfo(np.asarray(expected).dtype).eps)
    return bool(np.allclose(found, expected, rtol=1e3 * unit, atol=1e3 * unit))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("donated", [(0,), (1,), (0, 1)], ids=str)
@pytest.mark.parametrize("size", SHAPES)
@pytest.mark.parametrize("f", HAZARDS, ids=lambda f: f.__name__)
def test_nothing_is_read_after_it_was_written(
    f: Function, size: str, donated: tuple[int, ...], order: Any
) -> None:
    """The same results whatever is given; what is not given is unchanged, and earlier results stay."""
    compiled = jit(f, donate_argnums=donated)
    results = []
    for seed in range(3):
        given = [np.array(x, order=order) for x in pair(SHAPES[size], seed)]
        kept = [x for i, x in enumerate(given) if i not in donated]
        before = memory_of(kept)
        found = compiled(*given)
        assert_unchanged(kept, before)
        assert_owned(found, kept)
        results.append(found)
    assert_owned(results)
    for seed, found in enumerate(results):
        expected = f(*[np.array(x, order=order) for x in pair(SHAPES[size], seed)])
        for a, b in zip(leaves(found), leaves(expected), strict=True):
            assert (type(a), np.shape(a), getattr(a, "dtype", None)) == (
                type(b),
                np.shape(b),
                getattr(b, "dtype", None),
            )
            assert agree(a, b)


@pytest.mark.parametrize("size", SHAPES)
def test_many_steps_in_the_same_memory(size: str) -> None:
    """Arrays that a step has returned are given to the next one."""

    def step(state: Any) -> Any:
        w, m = state["w"], state["m"]
        m = 0.9 * m + w / (1.0 + w * w)
        return {"w": w - 0.1 * m + np.mean(m), "m": m}

    compiled = jit(step, donate_argnums=0)
    start = pair(SHAPES[size])
    state = plain = {"w": start[0].copy(), "m": start[1].copy()}
    plain = {k: v.copy() for k, v in plain.items()}
    for _ in range(20):
        state, plain = compiled(state), step(plain)
        assert_owned(state)
    for key in plain:
        assert agree(state[key], plain[key])


# --- what must be left alone --------------------------------------------------------------------------

LEFT: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "the same twice": lambda x: (x, x),
    "a view of it": lambda x: (x, x[1:]),
    "its transpose": lambda x: (x, x.T),
    "itself a view": lambda x: (np.concatenate([x, x])[: len(x)], x + 1.0),
    "a half, and the other half": lambda x: tuple(np.concatenate([x, x]).reshape(2, *x.shape)),
    "another shape": lambda x: (x.reshape(-1), x + 1.0),
    "reversed": lambda x: (x[::-1], x),
    "broadcast": lambda x: (np.broadcast_to(x[:1], x.shape), x),
    "read-only": lambda x: (locked(x), x + 1.0),
    "a buffer of bytes": lambda x: (np.frombuffer(bytearray(x.tobytes())).reshape(x.shape), x + 1.0),
}


def locked(x: Any) -> Any:
    """A read-only copy."""
    x = x.copy()
    x.flags.writeable = False
    return x


@pytest.mark.parametrize("size", SHAPES)
@pytest.mark.parametrize("name", LEFT)
def test_what_others_see_is_left_alone(name: str, size: str) -> None:
    def f(x: Any, y: Any) -> Any:
        return x * 2.0 + np.sum(y), np.sum(x) + y

    x, y = LEFT[name](pair(SHAPES[size])[0])
    before, expected = memory_of([x, y]), f(x, y)
    compiled = jit(f, donate_argnums=0)
    for _ in range(2):
        with pytest.warns(UserWarning, match=r"jit: a donated argument of `f` .* it is left alone") as caught:
            found = compiled(x, y)
        assert len(caught) == 1
        assert caught[0].filename == __file__
        assert_unchanged([x, y], before)
        assert_owned(found, [x, y])
        assert all(agree(a, b) for a, b in zip(found, expected, strict=True))


@pytest.mark.filterwarnings(ALONE)
@pytest.mark.parametrize("size", SHAPES)
def test_one_array_in_two_places_of_a_donated_tree(size: str) -> None:
    x, y = pair(SHAPES[size])
    compiled = jit(lambda p: {"a": p["a"] * 2.0, "b": p["b"] + p["c"]}, donate_argnums=0)
    before = memory_of([x])
    found = compiled({"a": x, "b": x, "c": y})
    expected = memory_of([x])[0] * 2.0
    assert_unchanged([x], before)
    assert_owned(found, [x])
    assert same_bits(found["a"], expected)


SEEN = np.random.default_rng(7).normal(size=(260, 260))
PART = SEEN[::2]


@pytest.mark.filterwarnings(ALONE)
@pytest.mark.parametrize("hidden", ["itself", "a view"])
def test_a_closed_over_array_is_left_alone(hidden: str) -> None:
    """Whether the function sees the donated array, or a view of it."""
    f = (lambda x: x * 2.0 + SEEN) if hidden == "itself" else (lambda x: x * 2.0 + np.sum(x[::2] * PART))
    compiled, kept = jit(f, donate_argnums=0), SEEN.copy()
    expected = f(kept)
    for _ in range(2):
        found = compiled(SEEN)
        assert same_bits(SEEN, kept)
        assert not shared(found, SEEN)
        assert agree(found, expected)
        given = kept.copy()
        assert agree(compiled(given), expected)
        assert same_bits(SEEN, kept)


def test_arrays_beside_numbers_and_statics() -> None:
    """Positions are counted among arrays, Python's ints, closed-over arrays and static arguments alike."""
    c = np.arange(4.0)

    def f(n: int, p: Any, mode: str, q: Any) -> Any:
        return {"w": p["w"] * p["n"] + c * n, "s": p["s"] * 2.0}, q - p["w"]

    compiled = jit(f, static_argnums=2, donate_argnums=(0, 1), donate_argnames="q")
    for n in (2, 3, 2):
        p, q = {"n": n, "w": np.ones(4), "s": 0.5, "flag": True}, np.full(4, 3.0)
        first, second = compiled(n, p, "a", q=q)
        assert same_bits(first["w"], np.ones(4) * n + c * n)
        assert first["s"] == 1.0
        assert same_bits(second, np.full(4, 2.0))
        assert_owned([first, second], [c])
        assert same_bits(c, np.arange(4.0))


@pytest.mark.parametrize(
    "value", [0.5, np.float64(0.5), np.float32(0.5), np.array(0.5), np.array(2), np.empty(0)]
)
def test_small_things_may_be_donated(value: Any) -> None:
    compiled = jit(lambda x: (x * 2, x + x), donate_argnums=0)
    wanted = value * 2, value + value
    for a, b in zip(compiled(value if np.isscalar(value) else value.copy()), wanted, strict=True):
        assert type(a) is type(b)
        assert same_bits(a, b)


# --- where donation means nothing ---------------------------------------------------------------------

IGNORED: dict[str, Callable[[Function, Any], Any]] = {
    "grad": lambda f, x: grad(lambda x: np.sum(f(x)))(x),
    "vjp": lambda f, x: vjp(f, x)[1](np.ones_like(x)),
    "jvp": lambda f, x: jvp(f, (x,), (x,)),
    "vmap": lambda f, x: vmap(f)(x),
    "jit": lambda f, x: jit(f)(x),
    "jit of grad": lambda f, x: jit(grad(lambda x: np.sum(f(x))))(x),
    "grad of jit": lambda f, x: grad(jit(lambda x: np.sum(f(x))))(x),
    "vmap of grad": lambda f, x: vmap(grad(lambda x: np.sum(f(x))))(x),
}


@pytest.mark.parametrize("size", SHAPES)
@pytest.mark.parametrize("name", IGNORED)
def test_donation_is_ignored_under_other_transformations(name: str, size: str) -> None:
    """Silently: views and read-only arrays too."""

    def f(x: Any) -> Any:
        return np.sin(x) * x + np.exp(-x * x)

    x = pair(SHAPES[size])[0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for given in (x, x[::-1], locked(x)):
            before = memory_of([given])
            found, expected = IGNORED[name](jit(f, donate_argnums=0), given), IGNORED[name](f, given)
            assert_unchanged([given], before)
            assert_owned(found, [given])
            assert all(map(agree, arrays_of(found), arrays_of(expected)))


def test_donation_inside_a_compiled_function() -> None:
    """An inner call may not write what the outer program still reads, nor the outer one's argument."""
    inner = jit(lambda x: x * 2.0 + 1.0, donate_argnums=0)

    def f(x: Any) -> Any:
        y = np.sqrt(np.abs(x))
        return inner(x) + inner(y) + y, y

    x = pair(SHAPES["large"])[0]
    before = memory_of([x])
    found = jit(f)(x)
    assert_unchanged([x], before)
    y = np.sqrt(np.abs(x))
    assert same_bits(found[0], (x * 2.0 + 1.0) + (y * 2.0 + 1.0) + y)
    assert same_bits(found[1], y)
