"""Large loop programs in blocks: which axes become one, when it is worth it, where registers lie, results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit
from funcgrad._src.compile import blocks
from funcgrad._src.compile.blocks import BYTES, LEAST, Scratch, in_blocks, merged
from funcgrad._src.compile.engines import numpy_blocks
from funcgrad._src.compile.engines.numpy_blocks import suspicious
from funcgrad._src.compile.loops import Compute
from funcgrad._src.compile.overwrite import elementwise_ufunc
from tests.compile import exactness
from tests.compile.ownership import same_bits
from tests.compile.planning import planned, random_plans
from tests.compile.random_programs import program_of
from tests.compile.test_random_programs import fails

pytestmark = [pytest.mark.usefixtures("numpy_engine"), pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")]

Function = Callable[..., Any]
BLOCK = BYTES // 8  # numbers of eight bytes in one block
CUBE = np.linspace(-1.0, 1.0, 30 * 40 * 500).reshape(30, 40, 500)
LONG = np.linspace(-2.0, 2.0, 5 * BLOCK)


def blocks_of(function: Function, *args: Any) -> list[Scratch]:
    """The loops of a function that run in blocks."""
    return [step.blocks for step in planned(function, *args).steps if step.blocks is not None]


# --- axes that become one ----------------------------------------------------------------------------

MERGED: dict[str, tuple[Function, tuple[Any, ...], tuple[int, ...]]] = {
    "all": (lambda a: np.exp(a) * 2.0, (CUBE,), (600_000,)),
    "a row": (lambda a, b: np.exp(a - b) * 2.0, (CUBE, CUBE[0, 0]), (1200, 500)),
    "a plane": (lambda a, b: np.exp(a - b) * 2.0, (CUBE, CUBE[0]), (30, 20_000)),
    "a column": (lambda a, b: np.exp(a - b) * 2.0, (CUBE, CUBE[:, :1, :1].copy()), (30, 20_000)),
    "a row in between": (lambda a, b: np.exp(a - b) * 2.0, (CUBE, CUBE[0, :, :1].copy()), (30, 40, 500)),
    "a number": (lambda a, b: np.exp(a - b) * 2.0, (CUBE, np.float64(2.0)), (600_000,)),
    "reduced inside": (lambda a: np.exp(a * 2.0).max(axis=2), (CUBE,), (1200, 500)),
    "reduced outside": (lambda a: np.exp(a * 2.0).max(axis=(0, 1)), (CUBE,), (1200, 500)),
    "reduced in between": (lambda a: np.exp(a * 2.0).max(axis=1), (CUBE,), (30, 40, 500)),
    "reduced whole": (lambda a: np.exp(a * 2.0).max(), (CUBE,), (600_000,)),
    "Fortran's order": (lambda a: np.exp(a.T) * 2.0, (CUBE,), (600_000,)),
    "an order of its own": (lambda a: np.exp(a.transpose(1, 2, 0)) * 2.0, (CUBE,), (600_000,)),
    "axes of length one": (lambda a: np.exp(a) * 2.0, (CUBE[:, None, :1].copy(),), (15_000,)),
    "gaps": (lambda a: np.exp(a[:, :, :300]) * 2.0, (CUBE,), (30, 40, 300)),
}


@pytest.mark.parametrize("name", MERGED)
def test_axes_that_become_one(name: str) -> None:
    function, args, sizes = MERGED[name]
    found = planned(function, *args)
    (loop,) = found.groups
    assert found.known is not None
    small = merged(loop, found.known)
    assert small.sizes == sizes
    assert small.points == loop.points
    reduced = [np.prod([loop.sizes[k] for k in row.axes]) for row in loop.body]
    assert [np.prod([small.sizes[k] for k in row.axes]) for row in small.body] == reduced


# --- when a loop runs in blocks ----------------------------------------------------------------------

WORTH: dict[str, tuple[Function, tuple[Any, ...], bool]] = {
    "large": (lambda a: np.exp(a) * 2.0, (LONG,), True),
    "one operation": (np.exp, (LONG,), False),
    "just large enough": (lambda a: np.exp(a) * 2.0, (LONG[: LEAST * BLOCK],), True),
    "just too small": (lambda a: np.exp(a) * 2.0, (LONG[: LEAST * BLOCK - 1],), False),
    "two long rows": (lambda a: np.exp(a * 2.0).max(axis=1), (np.ones((2, 500_000)),), False),
    "two long rows, plainly": (lambda a: np.exp(a * 2.0), (np.ones((2, 500_000)),), True),
    "short rows": (lambda a: np.exp(a * 2.0).max(axis=1), (np.ones((500_000, 2)),), True),
    "as many partial results as numbers": (
        lambda a: np.exp(a * 2.0).max(axis=0),
        (np.ones((30, 20_000)),),
        False,
    ),
}


@pytest.mark.parametrize("name", WORTH)
def test_when_a_loop_runs_in_blocks(name: str) -> None:
    function, args, worth = WORTH[name]
    found = blocks_of(function, *args)
    assert bool(found) == worth
    for made in found:
        assert made.count >= LEAST
        assert made.count * made.rows >= made.loop.sizes[0] > (made.count - 1) * made.rows
        assert max(made.scratch, default=0) <= BYTES or made.rows == 1


def test_blocks_are_measured_by_the_widest_register() -> None:
    """Half the numbers if one of the values is twice as wide."""
    x = np.ones(8 * BLOCK, np.float32)
    (narrow,) = blocks_of(lambda a: np.exp(a) * np.float32(2.0), x)
    (wide,) = blocks_of(lambda a: np.exp(a.astype(np.float64)) * 2.0, x)
    assert (narrow.rows, wide.rows) == (2 * BLOCK, BLOCK)


# --- where registers lie -----------------------------------------------------------------------------


def check_places(made: Scratch) -> None:
    """Scratch memory holds what is read from it, and is large enough."""
    loop, holds = made.loop, dict[int, int]()
    for row in loop.body:
        args = [a for a in row.args if isinstance(a, int)]
        for a in args:
            kind, number = made.place[a]
            assert kind != "partial", "a partial result is read"
            assert kind != "scratch" or holds[number] == a, f"r{a} was overwritten"
        kind, number = made.place[row.register]
        if kind == "scratch":
            check_scratch(made, row, [a for a in args if made.place[a] == (kind, number)])
            holds[number] = row.register
    assert all(made.place[store.register][0] in ("store", "partial") for store in loop.stores)
    for register, (kind, number) in enumerate(made.place):
        if kind == "partial":
            assert made.partials[number] == made.count * nbytes(made, register, 1)


def check_scratch(made: Scratch, row: Compute, same: list[int]) -> None:
    """A result may lie where these operands lie only if it is computed element by element."""
    varies = made.loop.varies
    for a in same:
        alike = elementwise_ufunc(row.eqn) and varies[a] == varies[row.register]
        assert alike, f"r{row.register} overwrites r{a} while it is read"
    assert made.scratch[made.place[row.register][1]] >= nbytes(made, row.register, made.rows), "too small"


def nbytes(made: Scratch, register: int, rows: int) -> int:
    """The bytes of a register in so many rows."""
    loop = made.loop
    points = np.prod([rows if k == 0 else loop.sizes[k] for k in loop.varies[register]], dtype=int)
    return int(points) * loop.avals[register].dtype.itemsize


def small_blocks() -> Iterator[tuple[str, Scratch]]:
    """Loops of random programs in blocks of a few numbers."""
    for sort, variant in (("dense", "value"), ("dense", "gradient"), ("small", "second gradient")):
        for name, found, _ in random_plans(range(60), sort, variant):
            yield from ((name, step.blocks) for step in found.steps if step.blocks is not None)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of eight numbers, so that small arrays have many."""
    monkeypatch.setattr(blocks, "BYTES", 64)
    monkeypatch.setattr(exactness, "LARGE", 8)  # from here on sums may be split


@pytest.mark.usefixtures("tiny")
def test_scratch_memory_is_not_overwritten_while_it_is_read() -> None:
    count = 0
    for name, made in small_blocks():
        try:
            check_places(made)
        except AssertionError as error:
            pytest.fail(f"{name}: {error}\n{made.loop}\n{made.place}")
        count += 1
    assert count > 50


def _free_all(old: Any) -> Any:
    def row(self: Any, row: Compute, stored: dict[int, int]) -> None:
        self._free({a for a in row.args if isinstance(a, int)})
        old(self, row, stored)

    return row


SPOILED: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "operands are free at once": ("_row", _free_all),
    "one memory for all": ("_scratch", lambda old: lambda self, n: old(self, n) * 0),
    "memory for one row": ("_bytes", lambda old: lambda self, register, rows: old(self, register, 1)),
}


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("name", SPOILED)
def test_a_planted_mistake_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    method, change = SPOILED[name]
    cls = blocks._Placing
    monkeypatch.setattr(cls, method, change(getattr(cls, method)))
    made = [found for _, found in small_blocks()]
    with pytest.raises(AssertionError):
        list(map(check_places, made))


def test_a_long_chain_needs_little_scratch_memory() -> None:
    def chain(a: Any) -> Any:
        b = a
        for _ in range(30):
            b = np.sin(b) * a + 1.5
        return b

    (made,) = blocks_of(chain, LONG)
    assert len(made.scratch) == 1


# --- results -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("name", ["value", "gradient", "second gradient", "map", "donated"])
@pytest.mark.parametrize(("sort", "count"), [("dense", 25), ("small", 60), ("special", 60)])
def test_random_programs_in_tiny_blocks(sort: str, count: int, name: str) -> None:
    """All that is promised about compiled programs, where nearly every group runs in blocks."""
    for seed in range(500, 500 + count):
        why = fails(program_of(seed, sort), name)
        assert why is None, f"seed {seed}: {why}"


@pytest.mark.usefixtures("tiny")
def test_a_wrong_block_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory for one register too few, and the results are wrong."""
    monkeypatch.setattr(blocks._Placing, "_row", _free_all(blocks._Placing._row))
    assert any(fails(program_of(seed, "dense"), "gradient") for seed in range(60))


EDGES = [LEAST * BLOCK + k for k in (-1, 0, 1)] + [4 * BLOCK + k for k in (-1, 0, 1)]


@pytest.mark.parametrize("size", EDGES)
def test_sizes_around_the_edges_of_blocks(size: int) -> None:
    x = np.linspace(-2.0, 2.0, size)

    def f(x: Any) -> Any:
        y = np.sin(x) * np.exp(-x * x)
        return y, y.max(), y.min(), y.sum()

    got, expected = jit(f)(x), f(x)
    assert all(same_bits(a, b) for a, b in zip(got[:3], expected[:3], strict=True))
    assert abs(got[3] - expected[3]) <= 4 * np.sqrt(size) * 1.2e-16 * np.abs(expected[0]).sum()


ONES = [(1, 3 * BLOCK), (3 * BLOCK, 1), (1, 3 * BLOCK, 1), (3 * BLOCK // 4, 1, 4), (1, 1, 3 * BLOCK)]


@pytest.mark.parametrize("shape", ONES, ids=str)
@pytest.mark.parametrize("name", ["max", "sum", "prod"])
def test_reductions_along_axes_of_length_one(name: str, shape: tuple[int, ...]) -> None:
    """There is nothing to add up: not even the sign of a zero is other than NumPy's."""
    a = np.linspace(-1.0, 1.0, 3 * BLOCK).reshape(shape) * 0.0
    for axis, n in enumerate(shape):
        if n == 1:
            f = lambda a, axis=axis: getattr(a * 2.0 * a, name)(axis=axis)  # noqa: E731
            assert same_bits(jit(f)(a), f(a))


SHAPES = [(2, 200_000), (200_000, 2), (1, 400_000), (400_000, 1), (3, 5, 40_000), (40_000, 5, 3), (700, 701)]


def several(a: Any, row: Any) -> Any:
    e = np.exp(a - row)
    return e / (1.0 + e), e.max(axis=-1), e.min(axis=0), np.maximum(e, 1.0) * row


@pytest.mark.parametrize("order", ["C", "F", "as it comes"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_shapes_and_orders(shape: tuple[int, ...], order: str) -> None:
    """Nothing is added up here: every bit is NumPy's."""
    a = np.random.default_rng(0).normal(size=shape)
    row = np.linspace(0.0, 1.0, shape[-1])
    a = {"C": a, "F": np.asfortranarray(a), "as it comes": a[..., ::-1]}[order]
    for got, expected in zip(jit(several)(a, row), several(a, row), strict=True):
        assert same_bits(got, expected)


@pytest.mark.parametrize("axis", [0, 1, 2, (0, 1), (1, 2), (0, 2), None])
@pytest.mark.parametrize("turn", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_reductions_along_any_axes(axis: Any, turn: tuple[int, ...], keepdims: bool) -> None:
    def f(a: Any) -> Any:
        e = np.sin(a.transpose(turn)) * 2.0
        return e.max(axis=axis, keepdims=keepdims), e.sum(axis=axis, keepdims=keepdims)

    largest, total = jit(f)(CUBE)
    assert same_bits(largest, f(CUBE)[0])
    terms = np.abs(np.sin(CUBE.transpose(turn)) * 2.0).sum(axis=axis, keepdims=keepdims)
    assert np.all(np.abs(total - f(CUBE)[1]) <= 4 * np.sqrt(CUBE.size) * 1.2e-16 * terms)
    assert (type(total), total.shape) == (type(f(CUBE)[1]), f(CUBE)[1].shape)


# --- strong zero -------------------------------------------------------------------------------------


def where_log(x: Any) -> Any:
    return np.where(x > 0, np.log(x) ** 2, 0.0).sum()


@pytest.mark.parametrize("block", ["first", "middle", "last", "all", "none"])
@pytest.mark.parametrize("at", [0, BLOCK // 2, -1], ids=["start", "inside", "end"])
def test_blocks_with_singular_places(block: str, at: int) -> None:
    """The gradient of log at zero meets a zero cotangent, in this block or that."""
    x = np.linspace(0.5, 1.5, 5 * BLOCK - 7)
    starts = {"first": [0], "middle": [2], "last": [4], "all": [0, 1, 2, 3, 4], "none": []}[block]
    for k in starts:
        x[k * BLOCK : (k + 1) * BLOCK][at] = 0.0
    got = jit(grad(where_log))(x)
    assert np.isfinite(got).all()
    np.testing.assert_allclose(got, grad(where_log)(x), rtol=1e-13)


def test_only_blocks_with_singular_places_are_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []
    monkeypatch.setattr(
        numpy_blocks, "any_nan", lambda x: (seen.append(bool(np.isnan(x).any())), seen[-1])[1]
    )
    x = np.linspace(0.5, 1.5, 5 * BLOCK)
    x[2 * BLOCK] = 0.0
    jit(grad(where_log))(x)
    assert sorted(seen) == [False] * 4 + [True]


def test_blocks_that_do_not_look_for_nan_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numpy_blocks, "any_nan", lambda x: False)
    x = np.linspace(0.5, 1.5, 5 * BLOCK)
    x[-1] = 0.0
    with np.errstate(all="ignore"):
        assert np.isnan(jit(grad(where_log))(x)).any()


# What follows a strong product in a group: whether a NaN of a plain one would still show in the results.
AFTER: dict[str, tuple[Function, bool]] = {
    "nothing": (lambda g, x: g, True),
    "arithmetic": (lambda g, x: -(g * 2.0 + x) / 3.0, True),
    "a square": (lambda g, x: (g**2).sum(), True),
    "functions that pass it on": (lambda g, x: np.exp(np.sin(g)), True),
    "a branch": (lambda g, x: np.where(x > 0.7, g, 1.0), True),
    "a reduction": (lambda g, x: (g * x).max(), True),
    "a mask": (lambda g, x: np.where(g > 1.0, x, -x), False),
    "a comparison": (lambda g, x: (g > 1.0).astype(np.float64) * x, False),
    "fmax": (lambda g, x: np.fmax(g, x), False),
    "fmin": (lambda g, x: np.fmin(g, x), False),
    "a power": (lambda g, x: np.power(x * 0.0 + 1.0, g), False),
    "hypot": (lambda g, x: np.hypot(g, np.inf * x), False),
    "a sign": (lambda g, x: np.copysign(x, g), False),
    "integers": (lambda g, x: g.astype(np.int64) + 1, False),
    "a test": (lambda g, x: np.isnan(g).astype(np.float64) + x, False),
}


@pytest.mark.parametrize("name", AFTER)
def test_where_a_nan_might_hide_products_are_strong(name: str) -> None:
    after, shows = AFTER[name]

    def f(x: Any) -> Any:
        return after(grad(where_log)(x), x)

    x = np.linspace(0.5, 1.5, 5 * BLOCK)
    x[[0, 2 * BLOCK + 5, -1]] = 0.0
    found = planned(f, x)
    strong = [step.blocks for step in found.steps if step.blocks is not None]
    assert [suspicious(made, found.finite) is not None for made in strong] == [shows]
    with np.errstate(all="ignore"):
        got, expected = jit(f)(x), f(x)
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_a_name_too_many_in_the_table_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were a comparison said to pass NaN on, results would be wrong: `_passes` looks at the dtype, too."""
    monkeypatch.setattr(numpy_blocks, "_passes", lambda row, tainted: True)
    x = np.linspace(0.5, 1.5, 5 * BLOCK)
    x[-1] = 0.0
    f = lambda x: np.fmax(grad(where_log)(x), -1.0)  # noqa: E731
    assert f(x)[-1] == 0.0
    assert jit(f)(x)[-1] == -1.0


def test_too_small_for_blocks_or_too_short() -> None:
    found = planned(lambda a: np.exp(a) * 2.0, LONG[:10])
    (loop,) = found.groups
    assert found.known is not None
    assert in_blocks(loop, found.known) is None
