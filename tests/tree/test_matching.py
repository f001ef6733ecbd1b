"""Trees side by side: what matches, in which order, and what the errors say."""

from __future__ import annotations

import sys
from collections import OrderedDict, defaultdict
from typing import Any

import pytest

from funcgrad import tree
from funcgrad._src.base.errors import ArgumentError, TreeError
from tests.tree.nodes import Layer, Named, Point, Stack

LIKE: list[tuple[Any, Any, list[Any]]] = [
    (0, 5, [5]),
    ([0, 0], [5, 6], [5, 6]),
    ({"a": 0, "b": 0}, {"b": 6, "a": 5}, [5, 6]),
    ({"a": {"x": 0, "y": [0, 0]}, "b": 0}, {"b": 8, "a": {"y": [6, 7], "x": 5}}, [5, 6, 7, 8]),
    (defaultdict(list, a=0, b=0), defaultdict(list, b=6, a=5), [5, 6]),
    ([{"a": 0, "b": None}], [{"b": None, "a": 5}], [5]),
    (Layer({"a": 0, "b": 0}, 0), Layer({"b": 6, "a": 5}, 7), [5, 6, 7]),
    ({1: 0, "a": 0}, {"a": 6, True: 5}, [5, 6]),
]


@pytest.mark.parametrize(("like", "value", "leaves"), LIKE)
def test_flatten_like(like: Any, value: Any, leaves: list[Any]) -> None:
    """Leaves come in the order of the given structure; dicts match by key."""
    treedef = tree.structure(like)
    assert tree.flatten_like(treedef, value) == leaves
    assert tree.flatten_up_to(treedef, value) == leaves
    assert treedef == tree.structure(value)


NONE_HINT = "None is an empty tree; is_leaf=lambda x: x is None makes it a leaf where is_leaf is taken"

# structure, tree, what is wrong, expected, got, hint; then whether a prefix may go on there
ERRORS: list[tuple[Any, Any, str, str, str, str | None, bool]] = [
    ({"w": 0, "b": 0}, {"w": 1}, "ct lacks the key 'b'", "dict with keys 'w', 'b'",
     "dict with keys 'w'", None, False),
    ({"w": 0}, {"w": 1, "b": 2}, "ct has the unexpected key 'b'", "dict with keys 'w'",
     "dict with keys 'w', 'b'", None, False),
    ({"w": 0}, {"v": 1}, "ct lacks the key 'w'", "dict with keys 'w'", "dict with keys 'v'", None, False),
    ({}, {"v": 1}, "ct has the unexpected key 'v'", "dict of 0", "dict with keys 'v'", None, False),
    ([0, {"w": (0, 0)}], [0, {"w": (1, 2, 3)}], "ct[1]['w'] has 3 children, not 2", "tuple of 2",
     "tuple of 3", None, False),
    ((0, [0]), (0, (0,)), "ct[1] is a tuple, not a list", "list of 1", "tuple of 1", None, False),
    ((0, [0]), (0, 2.5), "ct[1] is a leaf, not a list", "list of 1", "leaf of type float", None, False),
    ({"w": 0}, {"w": [1]}, "ct['w'] is a list, not a leaf", "leaf", "list of 1", None, True),
    ({"w": 0}, {"w": None}, "ct['w'] is None, not a leaf", "leaf", "None", NONE_HINT, True),
    ({"w": None}, {"w": 1}, "ct['w'] is a leaf, not None", "None", "leaf of type int", NONE_HINT, False),
    (Point(0, [0]), Point(0, {}), "ct.y is a dict, not a list", "list of 1", "dict of 0", None, False),
    (Point(0, 0), (0, 0), "ct is a tuple, not a Point", "Point with fields x, y", "tuple of 2", None, False),
    (Layer(0, 0), Layer(0, 0, "out"), "ct has other static data", "('layer',)", "('out',)", None, False),
    (Stack(0, [0]), Stack(0, 0), "ct[<flat index 1>] is a leaf, not a list", "list of 1", "leaf of type int",
     None, False),
    (Stack(0), Stack(0, 0), "ct has 2 children, not 1", "Stack of 1", "Stack of 2", None, False),
    (Stack(0, tag=1), Stack(0, tag=True), "ct has other static data", "1", "True", None, False),
    (Named(u=0), [Named(u=0)], "ct is a list, not a Named", "Named with fields u", "list of 1", None, False),
    ([Named(u=[0])], [Named(u=())], "ct[0].u is a tuple, not a list", "list of 1", "tuple of 0", None, False),
    (OrderedDict(a=0, b=0), OrderedDict(b=0, a=0), "ct has other static data", "('a', 'b')", "('b', 'a')",
     None, False),
    (defaultdict(list, a=0), defaultdict(int, a=0), "ct has other static data", "<class 'list'>",
     "<class 'int'>", None, False),
    (OrderedDict(a=0), {"a": 0}, "ct is a dict, not an OrderedDict", "OrderedDict with keys 'a'",
     "dict with keys 'a'", None, False),
    (dict.fromkeys(range(10), 0), {}, "ct lacks the key 0",
     "dict with keys 0, 1, 2, 3, 4, 5, 6, 7, … (10 in all)", "dict of 0", None, False),
]  # fmt: skip


@pytest.mark.parametrize(("like", "value", "problem", "expected", "got", "hint", "goes_on"), ERRORS)
def test_errors(
    like: Any, value: Any, problem: str, expected: str, got: str, hint: str | None, goes_on: bool
) -> None:
    """The first difference is named with its path, what was expected and what was there."""
    treedef = tree.structure(like)
    line = sys._getframe().f_lineno + 2
    with pytest.raises(TreeError) as caught:
        tree.flatten_like(treedef, value, what="vjp: the cotangent does not match", root="ct")
    lines = [
        f"vjp: the cotangent does not match: {problem}.",
        f"  expected  {expected}",
        f"  got       {got}",
        f"  at        test_matching.py:{line} in test_errors",
    ]
    assert str(caught.value).splitlines() == lines + ([f"  try       {hint}"] if hint else [])
    if goes_on:
        assert len(tree.flatten_up_to(treedef, value)) == treedef.num_leaves
    else:
        with pytest.raises(TreeError) as again:
            tree.flatten_up_to(treedef, value, "vjp: the cotangent does not match", "ct")
        assert again.value.headline == lines[0]
    assert treedef != tree.structure(value)


def test_default_words_of_errors() -> None:
    """Without other words the error names the function that was called."""
    treedef = tree.structure([0])
    with pytest.raises(TreeError) as caught:
        tree.flatten_like(treedef, [[1]])
    assert caught.value.headline == "flatten_like: tree[0] is a list, not a leaf."
    with pytest.raises(TreeError) as caught:
        tree.flatten_up_to(treedef, 1)
    assert caught.value.headline == "flatten_up_to: tree is a leaf, not a list."


@pytest.mark.parametrize("function", [tree.flatten_like, tree.flatten_up_to])
def test_treedef_is_checked(function: Any) -> None:
    """A tree in the place of the treedef is refused."""
    with pytest.raises(ArgumentError) as caught:
        function([1], [1])
    assert caught.value.headline == f"{function.__name__}: treedef is not a TreeDef."


def test_flatten_up_to_keeps_subtrees() -> None:
    """The subtrees are the caller's own objects."""
    inner = {"w": 1}
    (found,) = tree.flatten_up_to(tree.structure([0]), [inner])
    assert found is inner


BROADCAST: list[tuple[Any, Any, list[Any]]] = [
    (7, {"a": 1, "b": (2, 3)}, [7, 7, 7]),
    ((7, 8), ([1, 2], 3), [7, 7, 8]),
    ({"a": 7, "b": 8}, {"b": [1, 2], "a": 3}, [8, 8, 7]),
    ({"a": 7, "b": {"x": 8, "y": 9}}, {"b": {"y": (1, 2), "x": 3}, "a": ()}, [9, 9, 8]),
    (None, None, []),
]


@pytest.mark.parametrize(("prefix", "full", "leaves"), BROADCAST)
def test_broadcast_prefix(prefix: Any, full: Any, leaves: list[Any]) -> None:
    """Each leaf of the prefix is repeated for the leaves below it, in the order of the full tree."""
    assert tree.broadcast_prefix(prefix, full) == leaves
    assert tree.broadcast(prefix, full) == tree.structure(full).unflatten(leaves)


def test_broadcast_of_none() -> None:
    """With ``is_leaf``, None is a value to repeat; without, it is an empty tree and an error."""
    full = ({"w": 1, "b": 2}, 3)
    assert tree.broadcast_prefix((None, 0), full, is_leaf=lambda x: x is None) == [None, None, 0]
    assert tree.broadcast((None, 0), full, is_leaf=lambda x: x is None) == ({"w": None, "b": None}, 0)
    with pytest.raises(TreeError) as caught:
        tree.broadcast_prefix((None, 0), full)
    assert caught.value.headline == (
        "broadcast_prefix: prefix_tree is no prefix of full_tree: full_tree[0] is a dict, not None."
    )
    assert caught.value.hint == NONE_HINT
