"""Leaves and structure of every class of node, and back."""

from __future__ import annotations

import enum
import pickle
from collections import OrderedDict, defaultdict
from typing import Any

import numpy as np
import pytest

from funcgrad import tree
from funcgrad._src.base.errors import ArgumentError, TreeError
from tests.tree.nodes import Frozen, Layer, Named, Old, Point, Stack


class Colour(enum.StrEnum):
    RED = "red"


class MyDict(dict[Any, Any]):
    pass


class MyList(list[Any]):
    pass


class MyTuple(tuple[Any, ...]):
    __slots__ = ()


LEAVES = [1, 2.5, "s", b"b", np.ones(3), np.float64(1), object(), MyDict(a=1), MyList([1]), MyTuple((1,))]
LEAVES += [int, {1, 2}, range(3), np.array([None])]

NODES: list[tuple[Any, list[Any], str]] = [
    (None, [], "None"),
    ((), [], "()"),
    ((1,), [1], "(*,)"),
    ((1, 2), [1, 2], "(*, *)"),
    ([], [], "[]"),
    ([1, [2], 3], [1, 2, 3], "[*, [*], *]"),
    ({}, [], "{}"),
    ({"w": 1, "b": [2, 3]}, [1, 2, 3], "{'w': *, 'b': [*, *]}"),
    ({2: 1, "a": None}, [1], "{2: *, 'a': None}"),
    (OrderedDict(b=1, a=2), [1, 2], "OrderedDict({'b': *, 'a': *})"),
    (defaultdict(list, b=1), [1], "defaultdict(list, {'b': *})"),
    (defaultdict(None, b=1), [1], "defaultdict(None, {'b': *})"),
    (Point(1, (2,)), [1, 2], "Point(x=*, y=(*,))"),
    (Old(1, 2), [1, 2], "Old(first=*, second=*)"),
    (Layer(1, 2), [1, 2], "Layer(w=*, b=*, name='layer')"),
    (Frozen(value=1), [1], "Frozen(value=*)"),
    (Stack(1, 2), [1, 2], "Stack(*, *)"),
    (Stack(1, tag="t"), [1], "Stack['t'](*)"),
    (Named(u=1, v=2), [1, 2], "Named[('u', 'v')](*, *)"),
    ([(), {}, None, []], [], "[(), {}, None, []]"),
    ({Colour.RED: 1}, [1], "{<Colour.RED: 'red'>: *}"),
]


@pytest.mark.parametrize("leaf", LEAVES, ids=lambda leaf: type(leaf).__name__)
def test_leaves(leaf: Any) -> None:
    """What is not a node is a leaf, subclasses of containers included."""
    leaves, treedef = tree.flatten(leaf)
    assert len(leaves) == 1
    assert leaves[0] is leaf
    assert treedef.unflatten(leaves) is leaf
    assert repr(treedef) == "PyTreeDef(*)"
    assert treedef.node_type is None
    assert (treedef.num_leaves, treedef.num_nodes, treedef.children(), treedef.paths()) == (1, 1, [], [()])


@pytest.mark.parametrize(("value", "leaves", "text"), NODES, ids=[row[2] for row in NODES])
def test_nodes(value: Any, leaves: list[Any], text: str) -> None:
    """Each node gives its leaves in order, prints like itself, is rebuilt, and counts right."""
    found, treedef = tree.flatten(value)
    assert found == leaves
    assert tree.leaves(value) == leaves
    assert repr(treedef) == f"PyTreeDef({text})"
    assert treedef is tree.structure(value)
    back = tree.unflatten(treedef, iter(leaves))
    assert back == value
    assert type(back) is type(value)
    assert treedef.node_type is type(value)
    assert treedef.num_leaves == len(leaves)
    assert treedef.num_nodes == 1 + sum(kid.num_nodes for kid in treedef.children())
    assert pickle.loads(pickle.dumps(treedef)) is treedef


def test_defaultdict_keeps_its_factory() -> None:
    """A rebuilt defaultdict makes what the first one made."""
    back = tree.map(lambda x: x + 1, defaultdict(list, a=1))
    assert back["new"] == []


def test_a_list_is_a_new_list() -> None:
    """Neither flatten nor unflatten hands out a list that is somebody else's."""
    value = [1, 2]
    leaves, treedef = tree.flatten(value)
    assert leaves is not value
    assert treedef.unflatten(leaves) is not leaves


KEYED = [
    ({1: 0}, {True: 0}),
    ({1: 0}, {1.0: 0}),
    ({0.0: 0}, {-0.0: 0}),
    ({"red": 0}, {Colour.RED: 0}),
    ({("k", 1): 0}, {("k", True): 0}),
    (OrderedDict({1: 0}), OrderedDict({True: 0})),
    (Stack(tag=1), Stack(tag=True)),
    (Stack(tag=(0.0,)), Stack(tag=(-0.0,))),
    (Stack(tag=1j), Stack(tag=complex(-0.0, 1))),
    (Stack(tag=frozenset({1})), Stack(tag=frozenset({True}))),
]


@pytest.mark.parametrize(("one", "two"), KEYED)
def test_equal_keys_of_two_types_are_kept_apart(one: Any, two: Any) -> None:
    """What compares equal in Python but is not the same comes back as it was."""
    first, second = tree.structure(one), tree.structure(two)
    for value, treedef in ((one, first), (two, second)):
        back = tree.unflatten(treedef, tree.leaves(value))
        if isinstance(value, Stack):
            assert repr(back.tag) == repr(value.tag)
        else:
            assert repr(back) == repr(value)


IS_LEAF: list[tuple[Any, Any, list[Any], str]] = [
    ([1, None], lambda x: x is None, [1, None], "[*, *]"),
    ([1, [2]], lambda x: isinstance(x, list), [[1, [2]]], "*"),
    ({"a": (1, 2), "b": 3}, lambda x: isinstance(x, tuple), [(1, 2), 3], "{'a': *, 'b': *}"),
    ((Stack(1), 2), lambda x: type(x) is Stack, [Stack(1), 2], "(*, *)"),
]


@pytest.mark.parametrize(("value", "is_leaf", "leaves", "text"), IS_LEAF)
def test_is_leaf(value: Any, is_leaf: Any, leaves: list[Any], text: str) -> None:
    """`is_leaf` stops at nodes, the root and None included."""
    found, treedef = tree.flatten(value, is_leaf=is_leaf)
    assert found == leaves == tree.leaves(value, is_leaf)
    assert repr(treedef) == f"PyTreeDef({text})" == repr(tree.structure(value, is_leaf))


def test_is_leaf_sees_every_subtree() -> None:
    """`is_leaf` is asked about each node and each leaf, from the root downwards."""
    seen: list[Any] = []

    def never(subtree: Any) -> bool:
        seen.append(subtree)
        return False

    tree.flatten([1, (2, None)], is_leaf=never)
    assert seen == [[1, (2, None)], 1, (2, None), 2, None]


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def _depth(value: Any) -> int:
    depth = 0
    while isinstance(value, list):
        value, depth = value[0], depth + 1
    return depth


@pytest.mark.parametrize("depth", [63, 64, 65, 66, 5_000])
def test_deep_trees(depth: int) -> None:
    """Nothing recurses: a deep tree is flattened, compared, printed, pickled, matched and rebuilt."""
    value = _nested(depth)
    leaves, treedef = tree.flatten(value)
    assert leaves == [1]
    assert treedef.num_nodes == depth + 1
    assert _depth(treedef.unflatten([2])) == depth
    assert treedef == tree.structure(_nested(depth))
    assert hash(treedef) == hash(tree.structure(_nested(depth)))
    assert repr(treedef) == f"PyTreeDef({'[' * depth}*{']' * depth})"
    assert len(treedef.paths()[0]) == depth
    assert pickle.loads(pickle.dumps(treedef)) == treedef
    assert tree.flatten_like(treedef, value) == tree.flatten_up_to(treedef, value) == [1]
    assert tree.broadcast_prefix(0, value) == [0]
    assert tree.map(lambda x, y: x + y, _nested(65), _nested(65)) == _nested_of(65, 2)


def _nested_of(depth: int, leaf: Any) -> Any:
    for _ in range(depth):
        leaf = [leaf]
    return leaf


def _cycle_in_list() -> Any:
    value: list[Any] = [1]
    value.append(value)
    return value


def _cycle_in_dict() -> Any:
    value: dict[str, Any] = {"w": 1}
    value["layers"] = [0, Point(1, value)]
    return value


def _cycle_below() -> Any:
    inner: dict[str, Any] = {}
    inner["self"] = Named(u=1, v=Stack(2, inner))
    return (1, {"a": inner})


CYCLES: list[tuple[Any, str, str]] = [
    (_cycle_in_list, "tree[1] is tree again", "list"),
    (_cycle_in_dict, "tree['layers'][1].y is tree again", "dict"),
    (_cycle_below, "tree[1]['a']['self'].v[<flat index 1>] is tree[1]['a'] again", "dict"),
]


@pytest.mark.parametrize(("make", "place", "name"), CYCLES)
def test_cycles(make: Any, place: str, name: str) -> None:
    """A tree that contains itself is an error that says where it closes."""
    with pytest.raises(TreeError) as caught:
        tree.flatten(make())
    lines = str(caught.value).splitlines()
    assert lines[0] == f"flatten: the tree contains itself: {place}."
    assert lines[1] == "  expected  a tree, in which no container is inside itself"
    assert lines[2] == f"  got       a {name} that contains itself"
    assert lines[3].startswith("  at        test_flattening.py:")


def test_long_cycle() -> None:
    """The path of a long cycle is shortened."""
    value: list[Any] = [None]
    value[0] = _nested_of(100, value)
    with pytest.raises(TreeError) as caught:
        tree.flatten(value)
    assert caught.value.headline == (
        f"flatten: the tree contains itself: tree{'[0]' * 10}…{'[0]' * 5} is tree again."
    )


def test_shared_subtrees_are_no_cycle() -> None:
    """The same container in two places is fine, at any depth."""
    shared = [1]
    assert tree.leaves([shared, {"a": shared}]) == [1, 1]
    assert tree.leaves([shared, {"a": shared}], is_leaf=lambda x: False) == [1, 1]
    assert tree.leaves(_nested_of(100, [shared, shared])) == [1, 1]


WRONG_COUNTS: list[tuple[Any, list[Any], str, str]] = [
    ([0, 0], [1], "2 leaves for PyTreeDef([*, *])", "1 leaf"),
    (0, [], "1 leaf for PyTreeDef(*)", "0 leaves"),
    ((0, [0]), [1, 2, 3], "2 leaves for PyTreeDef((*, [*]))", "3 leaves"),
    (None, [1], "0 leaves for PyTreeDef(None)", "1 leaf"),
]


@pytest.mark.parametrize(("value", "leaves", "expected", "got"), WRONG_COUNTS)
def test_wrong_number_of_leaves(value: Any, leaves: list[Any], expected: str, got: str) -> None:
    """Too many and too few leaves are refused."""
    with pytest.raises(TreeError) as caught:
        tree.unflatten(tree.structure(value), leaves)
    assert str(caught.value).splitlines()[:3] == [
        "unflatten: the number of leaves does not fit the treedef.",
        f"  expected  {expected}",
        f"  got       {got}",
    ]


def test_arguments_in_the_wrong_order() -> None:
    """Leaves where the treedef should be are refused by name."""
    swapped: tuple[Any, Any] = tree.flatten([1])
    with pytest.raises(ArgumentError) as caught:
        tree.unflatten(*swapped)
    assert str(caught.value).splitlines()[:3] == [
        "unflatten: treedef is not a TreeDef.",
        "  expected  a TreeDef, as flatten and structure give it",
        "  got       list",
    ]
