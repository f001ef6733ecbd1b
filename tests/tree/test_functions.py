"""The functions over whole trees."""

from __future__ import annotations

import operator
from typing import Any

import pytest

from funcgrad import tree
from funcgrad._src.base.errors import ArgumentError, TreeError
from tests.tree.nodes import Named, Point


def _add(*values: Any) -> Any:
    return sum(values)


# tree, rest, is_leaf, result
MAPS: list[tuple[Any, tuple[Any, ...], Any, Any]] = [
    (1, (), None, 1),
    ([1, (2, None)], (), None, [1, (2, None)]),
    ({"a": 1, "b": 2}, ({"b": 20, "a": 10},), None, {"a": 11, "b": 22}),
    (Point(1, {"w": 2}), (Point(3, {"w": 4}), Point(5, {"w": 6})), None, Point(9, {"w": 12})),
    (None, (None,), None, None),
]


@pytest.mark.parametrize(("value", "rest", "is_leaf", "result"), MAPS)
def test_map(value: Any, rest: tuple[Any, ...], is_leaf: Any, result: Any) -> None:
    """`map` applies the function leaf by leaf and keeps the structure of the first tree."""
    assert tree.map(_add, value, *rest, is_leaf=is_leaf) == result
    assert tree.map_with_path(lambda path, *xs: _add(*xs), value, *rest, is_leaf=is_leaf) == result


def test_map_over_a_prefix() -> None:
    """The other trees may go on below the leaves of the first, and None can be made a leaf."""
    assert tree.map(lambda x, y: (x, y), {"a": 1}, {"a": [2, 3]}) == {"a": (1, [2, 3])}
    is_none = tree.map(lambda x, y: y if x is None else x, [None, 1], [5, 6], is_leaf=lambda x: x is None)
    assert is_none == [5, 1]
    paths = tree.map_with_path(lambda path, x, y: (tree.path_str(path), y), [[0]], [["a"]])
    assert paths == [[("[0][0]", "a")]]


def test_map_does_not_look_below_the_leaves() -> None:
    """What ``is_leaf`` makes a leaf of is not opened, in no tree: here it contains itself."""
    ring: list[Any] = []
    ring.append(ring)
    found = tree.map(lambda x, y: x is y, {"w": ring}, {"w": ring}, is_leaf=lambda x: x is ring)
    assert found == {"w": True}


def test_map_keeps_order_of_first_tree() -> None:
    """The result has the keys in the order of the first tree."""
    assert list(tree.map(_add, {"b": 1, "a": 2}, {"a": 0, "b": 0})) == ["b", "a"]


MAP_ERRORS: list[tuple[Any, tuple[Any, ...], str]] = [
    ({"a": 1}, ({"b": 1},), "the trees do not match: rest[0] lacks the key 'a'."),
    ([1, [2]], ([1, [2]], [1, 2]), "the trees do not match: rest[1][1] is a leaf, not a list."),
    ([1, 2], ([1, 2], [1]), "the trees do not match: rest[1] has 1 child, not 2."),
]


@pytest.mark.parametrize(("value", "rest", "text"), MAP_ERRORS)
def test_map_errors(value: Any, rest: tuple[Any, ...], text: str) -> None:
    """Trees that do not match are an error with the place."""
    with pytest.raises(TreeError) as caught:
        tree.map(_add, value, *rest)
    assert caught.value.headline == f"map: {text}"
    with pytest.raises(TreeError) as caught:
        tree.map_with_path(_add, value, *rest)
    assert caught.value.headline == f"map_with_path: {text}"


def test_is_leaf_takes_path() -> None:
    """`is_leaf` may decide by the path, names of custom nodes included."""
    value = {"a": [1, 2], "b": Named(u=[3], v=(4,))}
    stop = [(tree.DictKey("a"),), (tree.DictKey("b"), tree.AttrKey("v"))]
    found = tree.leaves_with_path(value, lambda path, x: path in stop, is_leaf_takes_path=True)
    assert [(tree.path_str(path), leaf) for path, leaf in found] == [
        ("['a']", [1, 2]),
        ("['b'].u[0]", 3),
        ("['b'].v", (4,)),
    ]
    mapped = tree.map_with_path(
        lambda path, x: len(path), value, is_leaf=lambda path, x: path in stop, is_leaf_takes_path=True
    )
    assert mapped == {"a": 1, "b": Named(u=[3], v=2)}


def test_reduce() -> None:
    """`reduce` goes from left to right, with or without a first value."""
    value = {"b": "x", "a": ["y", ("z", None)]}
    assert tree.reduce(operator.add, value) == "xyz"
    assert tree.reduce(operator.add, value, "w") == "wxyz"
    assert tree.reduce(lambda n, x: n + len(x), [[1, 2], [3]], 0, lambda x: x == [1, 2] or x == [3]) == 3
    assert tree.reduce(operator.add, [], 5) == 5
    assert tree.reduce(lambda x, y: y, [1, None], is_leaf=lambda x: x is None) is None


def test_reduce_of_nothing() -> None:
    """Without leaves and without a first value there is nothing to return."""
    with pytest.raises(TreeError) as caught:
        tree.reduce(operator.add, [None, {}])
    assert caught.value.headline == "reduce: the tree has no leaves."
    assert caught.value.hint == "pass an initializer"


ALL: list[tuple[Any, bool]] = [
    ({}, True),
    (None, True),
    ([1, {"a": "x"}], True),
    ([1, {"a": 0}], False),
    (0, False),
]


@pytest.mark.parametrize(("value", "result"), ALL)
def test_all(value: Any, result: bool) -> None:
    """`all` asks every leaf, None only if it is made one."""
    assert tree.all(value) is result
    assert tree.all([value, None], is_leaf=lambda x: x is None) is False


# outer, inner, tree, result
TRANSPOSED: list[tuple[Any, Any, Any, Any]] = [
    ([0, 0], {"a": 0, "b": 0}, [{"a": 1, "b": 2}, {"b": 4, "a": 3}], {"a": [1, 3], "b": [2, 4]}),
    ({"a": 0, "b": 0}, (0, 0), {"b": (3, 4), "a": (1, 2)}, ({"a": 1, "b": 3}, {"a": 2, "b": 4})),
    (0, [0], [1], [1]),
    ([], (0, 0), [], ([], [])),
    ([0, None], 0, [1, None], [1, None]),
]


@pytest.mark.parametrize(("outer", "inner", "value", "result"), TRANSPOSED)
def test_transpose(outer: Any, inner: Any, value: Any, result: Any) -> None:
    """A tree of trees is turned inside out; the inner structure may be left to be found."""
    outer_def, inner_def = tree.structure(outer), tree.structure(inner)
    assert tree.transpose(outer_def, inner_def, value) == result
    if outer_def.num_leaves:
        assert tree.transpose(outer_def, None, value) == result


def test_transpose_errors() -> None:
    """What is not made up of the two structures is refused, with the place."""
    outer, inner = tree.structure({"w": 0}), tree.structure([0, 0])
    with pytest.raises(TreeError) as caught:
        tree.transpose(outer, inner, [1])
    assert caught.value.headline == "transpose: not the outer structure: tree is a list, not a dict."
    with pytest.raises(TreeError) as caught:
        tree.transpose(outer, inner, {"w": [1, (2,)]})
    assert caught.value.headline == "transpose: not the inner structure: tree['w'][1] is a tuple, not a leaf."
    with pytest.raises(TreeError) as caught:
        tree.transpose(tree.structure([]), None, [])
    assert caught.value.headline == "transpose: an empty outer tree does not tell the inner structure."
    wrong: Any = [0]
    with pytest.raises(ArgumentError):
        tree.transpose(wrong, inner, {"w": [1, 2]})
