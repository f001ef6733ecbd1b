"""Treedefs as values: equality, hash, order, pickling, and the table that keeps one object of each."""

from __future__ import annotations

import functools
import gc
import pickle
import sys
import threading
import weakref
from collections import OrderedDict, defaultdict
from typing import Any

import numpy as np
import pytest

from funcgrad import tree
from funcgrad._src.base.errors import ArgumentError
from funcgrad._src.tree import treedef as treedef_module
from tests.tree.nodes import Layer, Point, Stack

# one, two, equal, in the same order
PAIRS: list[tuple[Any, Any, bool, bool]] = [
    (1, "leaf", True, True),
    ([1], [2], True, True),
    ([1], (1,), False, False),
    ([1], [None], False, False),
    ([1], [1, 2], False, False),
    ([[1], 2], [1, [2]], False, False),
    ({"a": 1, "b": 2}, {"a": 3, "b": 4}, True, True),
    ({"a": 1, "b": 2}, {"b": 3, "a": 4}, True, False),
    ({"a": [1], "b": 2}, {"b": 3, "a": [4]}, True, False),
    ({"a": [1], "b": 2}, {"b": [3], "a": 4}, False, False),
    ({"a": 1}, {"b": 1}, False, False),
    ([{"a": 1, "b": 2}], [{"b": 3, "a": 4}], True, False),
    ({"a": 1}, OrderedDict(a=1), False, False),
    ({"a": 1}, defaultdict(list, a=1), False, False),
    (OrderedDict(a=1, b=2), OrderedDict(b=1, a=2), False, False),
    (defaultdict(list, a=1, b=2), defaultdict(list, b=1, a=2), True, False),
    (defaultdict(list, a=1), defaultdict(int, a=1), False, False),
    ({1: 0}, {True: 0}, True, True),
    (Point(1, 2), (1, 2), False, False),
    (Layer(1, 2), Layer(3, 4), True, True),
    (Layer(1, 2, "in"), Layer(3, 4, "out"), False, False),
    (Stack(1, tag=1), Stack(1, tag=True), False, False),
    (Stack(1, tag=[1]), Stack(1, tag=[1]), True, True),
    (Stack(1, tag=[1]), Stack(1, tag=[2]), False, False),
    ([Stack(tag={}), {"a": 1, "b": 2}], [Stack(tag={}), {"b": 1, "a": 2}], True, False),
]


@pytest.mark.parametrize(("one", "two", "equal", "same"), PAIRS)
def test_equality(one: Any, two: Any, equal: bool, same: bool) -> None:
    """Treedefs are equal whatever the order of keys; `same_order` asks for the order too."""
    first, second = tree.structure(one), tree.structure(two)
    assert (first == second, second == first) == (equal, equal)
    assert (first.same_order(second), second.same_order(first)) == (same, same)
    assert (first != second) is not equal


def test_not_equal_to_other_things() -> None:
    """A treedef is not its tree."""
    assert tree.structure([1]) != [1]
    assert tree.structure(1) != 0


def test_children() -> None:
    """The parts of a treedef are treedefs."""
    treedef = tree.structure({"w": [1, 2], "b": None})
    assert treedef.children() == [tree.structure([1, 2]), tree.structure(None)]
    assert treedef.node_type is dict
    assert [kid.node_type for kid in treedef.children()] == [list, type(None)]
    assert treedef.paths() == [(tree.DictKey("w"), tree.SequenceKey(i)) for i in range(2)]
    assert (treedef.num_leaves, treedef.num_nodes) == (2, 5)


def test_static_data_without_hash() -> None:
    """Static data that is not hashable is fine until somebody asks for the hash."""
    treedef = tree.structure([Stack(1, tag=["a"])])
    with pytest.raises(ArgumentError) as caught:
        hash(treedef)
    lines = str(caught.value).splitlines()
    assert lines[0] == "a treedef with static data that is not hashable cannot be hashed."
    assert lines[1] == "  got       PyTreeDef([Stack[['a']](*)])"
    assert lines[3] == "  try       make arrays data (children), and other static data hashable"
    assert pickle.loads(pickle.dumps(treedef)) == treedef


def test_static_arrays_cannot_be_compared() -> None:
    """Arrays as static data are refused by name when they have to be compared."""
    array = np.ones(2)
    assert tree.structure(Stack(tag=array)) == tree.structure(Stack(tag=array))
    with pytest.raises(ArgumentError) as caught:
        assert tree.structure(Stack(tag=array)) == tree.structure(Stack(tag=np.ones(2)))
    lines = str(caught.value).splitlines()
    assert lines[0] == "the static data of two `Stack` nodes cannot be compared."
    assert lines[1] == "  expected  data that == compares to True or False"
    assert lines[2].startswith("  got       ValueError: The truth value of an array")
    assert lines[4] == "  try       make arrays data (children) instead of static data"


def test_nothing_is_kept_alive() -> None:
    """The table of treedefs keeps no closure and no object of the user's."""

    class Big:
        pass

    def use() -> weakref.ref[Big]:
        big = Big()
        value = [Stack(1, tag=lambda: big), defaultdict(functools.partial(id, big), a=1), {"a": 1}]
        treedef = tree.structure(value)
        assert treedef == tree.structure(value)
        assert treedef is not tree.structure(value)
        return weakref.ref(big)

    gone = use()
    gc.collect()
    assert gone() is None


def _plain() -> None:
    """A function of the module, as an activation is."""


PLAIN = [None, "a", 1, True, 2.5, b"x", 1j, int, (1, ("a", None)), frozenset({1}), _plain, len]


@pytest.mark.parametrize("tag", PLAIN, ids=lambda tag: getattr(tag, "__name__", repr(tag)))
def test_plain_static_data_is_interned(tag: Any) -> None:
    """Treedefs with ordinary static data are one object each."""
    assert tree.structure([Stack(1, tag=tag)]) is tree.structure([Stack(2, tag=tag)])


def test_the_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full table is emptied; treedefs made before and after are equal all the same."""
    before = tree.structure({"w": [1, 2], "b": 3})
    monkeypatch.setattr(treedef_module, "LIMIT", 50)
    for size in range(200):
        tree.structure([0] * (size % 20) + [str(size), {str(size): 1}])
    assert len(treedef_module.TABLE) <= 51
    after = tree.structure({"w": [1, 2], "b": 3})
    assert after is not before
    assert after == before
    assert after.same_order(before)
    assert hash(after) == hash(before)
    assert tree.structure([{"w": [1, 2], "b": 3}]) == tree.structure([{"b": 3, "w": [1, 2]}])
    assert tree.flatten_like(before, {"b": 3, "w": [1, 2]}) == [1, 2, 3]


def test_interning_under_threads() -> None:
    """Threads that flatten new structures at the same time get the same objects and right leaves."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    barrier = threading.Barrier(8)
    found: list[list[Any]] = [[] for _ in range(8)]

    def work(number: int) -> None:
        barrier.wait(timeout=60)
        for i in range(200):
            value = {f"k{i}": [number, i], "x": Point(i, (number,)), i: None}
            leaves, treedef = tree.flatten(value)
            right = leaves == [number, i, i, number] and tree.unflatten(treedef, leaves) == value
            found[number].append(treedef if right else None)

    try:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert all(len(row) == 200 and None not in row for row in found)
    assert all(one is two for row in found for one, two in zip(row, found[0], strict=True))


def test_long_treedefs_are_freed() -> None:
    """A chain of nodes much deeper than the stack goes away without a crash."""
    value: Any = Stack(tag=object())
    for _ in range(50_000):
        value = (value,)
    treedef = tree.structure(value)
    assert treedef.num_nodes == 50_001
    gone = weakref.ref(treedef)
    del treedef
    gc.collect()
    assert gone() is None
