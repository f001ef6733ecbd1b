"""The memory of a program between its calls: arrays lie where they should, and a pool lends them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import config, jit
from funcgrad._src.compile.engines import workspace
from funcgrad._src.compile.engines.workspace import Area, Workspace
from funcgrad._src.core.aval import aval_of
from tests.compile.ownership import shared

pytestmark = pytest.mark.usefixtures("numpy_engine")

F64 = np.dtype(np.float64)
ORDERS = [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)]


def start(array: Any) -> int:
    """The address of the first element."""
    return int(array.__array_interface__["data"][0])


@pytest.mark.parametrize("order", ORDERS)
def test_an_array_lies_in_its_order_without_gaps(order: tuple[int, ...]) -> None:
    made = Workspace([1000])
    made.area(0, aval_of(np.zeros((2, 3, 4))), order)
    (array,) = made.make()
    assert array.shape == (2, 3, 4)
    assert array.transpose(order).flags.c_contiguous
    assert array.flags.writeable


@pytest.mark.parametrize("sizes", [[8], [1, 64, 65], [100, 100, 100], [0, 8], []])
def test_slots_are_aligned_and_lie_apart(sizes: list[int]) -> None:
    made = Workspace(sizes)
    for k, n in enumerate(sizes):
        made.raw(k, (n,), np.dtype(np.uint8))
    arrays = made.make()
    assert [array.size for array in arrays] == sizes
    assert all(start(array) % 64 == 0 for array in arrays if array.size)
    assert not any(shared(a, b) for i, a in enumerate(arrays) for b in arrays[:i])


def test_arrays_of_one_slot_share_it() -> None:
    made = Workspace([64])
    first, second = made.raw(0, (8,), F64), made.raw(0, (4, 4), np.dtype(np.float32))
    arrays = made.make()
    assert start(arrays[first]) == start(arrays[second])


def test_what_is_asked_for_twice_is_made_once() -> None:
    made = Workspace([64, 64])
    aval = aval_of(np.zeros((2, 4)))
    assert made.area(0, aval, (0, 1)) == made.area(0, aval, (0, 1)) == made.raw(0, (2, 4), F64)
    assert made.area(0, aval, (1, 0)) != made.area(0, aval, (0, 1)) != made.area(1, aval, (0, 1))
    assert len(made.rows) == 3
    assert all(isinstance(row, Area) for row in made.rows)


def test_views_are_made_with_what_they_show() -> None:
    made = Workspace([64])
    base = made.raw(0, (2, 4), F64)
    turned = made.derived(base, "T", lambda x: x.T)
    assert made.derived(base, "T", lambda x: x.T) == turned
    arrays = made.make()
    arrays[base][...] = np.arange(8.0).reshape(2, 4)
    assert np.array_equal(arrays[turned], np.arange(8.0).reshape(2, 4).T)


def test_nobody_gets_what_another_call_has() -> None:
    made = Workspace([64])
    made.raw(0, (8,), F64)
    one, other = made.take(), made.take()
    assert not shared(one[0], other[0])
    made.pool.append(other)
    assert made.take() is other
    assert not made.pool


def test_a_call_that_raises_loses_its_workspace_and_nothing_else() -> None:
    """What the interrupted call has left behind shows in no later one."""
    x = np.linspace(0.5, 1.5, 30)

    def f(x: Any) -> Any:
        return np.tanh(np.outer(x, x) @ np.sin(x)).sum()

    compiled = jit(f)
    expected = compiled(x)
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        compiled(x * np.inf)
    assert compiled(x) == expected


def test_idle_workspaces_are_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when a lower limit is set; never one that a call is using."""
    monkeypatch.setattr(workspace, "_known", {})  # there are those of other programs
    idle, used = Workspace([1000]), Workspace([2000])
    for made in (idle, used):
        made.raw(0, (8,), F64)
    idle.pool.append(idle.take())
    lent = used.take()
    assert (idle.count, used.count) == (1, 1)
    config.release_memory()
    assert (idle.pool, idle.count, used.count) == ([], 0, 1)
    used.pool.append(lent)
    workspace._trim(used.nbytes)
    assert used.count == 1
    workspace._trim(used.nbytes - 1)
    assert (used.pool, used.count) == ([], 0)
