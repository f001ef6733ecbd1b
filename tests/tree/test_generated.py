"""Generated code takes trees apart and puts them together as `flatten` and `unflatten` do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from funcgrad import tree
from funcgrad._src.base.writer import Writer
from funcgrad._src.tree.generated import FEW, LIMIT, MISMATCH, UndecidableError, make_build, write_open
from funcgrad._src.tree.treedef import LEAF
from tests.tree.nodes import Layer, Point, Stack
from tests.tree.strategies import trees


def make_open(like: Any) -> Callable[[Any], list[Any] | None]:
    """The leaves of trees like this one, None for others."""
    writer = Writer()
    names = write_open(writer, tree.structure(like), "root")
    writer.decline_if(
        *[f"{writer.constant(tree.structure)}({n}) is not {writer.constant(LEAF)}" for n in names]
    )
    writer.decline_on(MISMATCH)
    writer.lines.append(f"return [{', '.join(names)}]")
    return writer.function("open", "root")


def same(a: tree.TreeDef, b: tree.TreeDef) -> bool:
    return a.same_order(b)


@given(trees)
def test_a_tree_is_built_as_unflatten_builds_it(x: Any) -> None:
    leaves, treedef = tree.flatten(x)
    marks = [object() for _ in leaves]
    for given_ in (marks, tuple(marks)):
        built, expected = make_build(treedef)(given_), treedef.unflatten(marks)
        assert type(built) is type(expected)
        found, again = tree.flatten(built)
        assert same(again, treedef)
        assert all(a is b for a, b in zip(found, marks, strict=True))


@given(trees, trees)
def test_only_a_tree_of_the_same_structure_and_order_is_opened(x: Any, y: Any) -> None:
    open_ = make_open(x)
    assert open_(x) == tree.leaves(x)
    leaves, treedef = tree.flatten(y)
    assert open_(y) == (leaves if same(treedef, tree.structure(x)) else None)


class Word(str):
    __slots__ = ()


MANY = {f"k{i}": i for i in range(2 * FEW)}
OTHERS: dict[str, tuple[Any, Any]] = {
    "order of keys": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "one key more": ({"a": 1}, {"a": 1, "b": 2}),
    "one key less": ({"a": 1, "b": 2}, {"a": 1}),
    "class of a key": ({1: 1}, {True: 1}),
    "float for an int": ({1: 1}, {1.0: 1}),
    "sign of a key": ({0.0: 1}, {-0.0: 1}),
    "tuple for a list": ([1], (1,)),
    "named tuple for a tuple": ((1, 2), Point(1, 2)),
    "length": ([1, 2], [1, 2, 3]),
    "nothing": ([], [1]),
    "None for a leaf": ([1], [None]),
    "leaf for None": ([None], [1]),
    "static data": (Layer(1, 2, "in"), Layer(1, 2, "out")),
    "class of static data": (Stack(1, tag=1), Stack(1, tag=True)),
    "order of many keys": (MANY, dict(reversed(MANY.items()))),
    "one of many keys": (MANY, {**{k: v for k, v in MANY.items() if k != "k0"}, "k": 0}),
    "one of many keys more": (MANY, {**MANY, "k": 0}),
}


@pytest.mark.parametrize("why", OTHERS)
def test_another_tree_is_declined(why: str) -> None:
    one, two = OTHERS[why]
    for x, y in ((one, two), (two, one)):
        assert make_open(x)(x) == tree.leaves(x)
        assert make_open(x)(y) is None


@pytest.mark.parametrize("x", [{"a": 1}, MANY], ids=["few", "many"])
def test_a_subclass_of_str_is_another_key(x: Any) -> None:
    assert make_open(x)({Word(key): value for key, value in x.items()}) is None


@pytest.mark.parametrize(
    "key",
    ["'", '"', '"""', "\\", "\n", "{x}", "\ud800", "", "k0", "class", b"'", -1, 10**5000, 1j, None, ("a", 0)],
    ids=lambda key: type(key).__name__,
)
def test_any_key_is_a_key(key: Any) -> None:
    x = {key: 1, "other": [2]}
    assert make_open(x)(dict(x)) == [1, 2]
    assert make_build(tree.structure(x))([1, 2]) == x


def test_equal_keys_need_not_be_the_same_object() -> None:
    name = "".join(["not ", "interned"])
    assert make_open({name: 1, ("a", 1): 2})({"".join(["not ", "interned"]): 1, ("a", 1): 2}) == [1, 2]


@pytest.mark.parametrize(
    "x", [{object(): 1}, {Word("a"): 1}, Stack(1, tag=[1]), Stack(1, tag=lambda x, y=[]: x)]
)
def test_what_only_code_of_the_users_compares_is_refused(x: Any) -> None:
    with pytest.raises(UndecidableError):
        make_open(x)


def test_depth_is_no_limit() -> None:
    def nested(depth: int) -> Any:
        x: Any = 1
        for i in range(depth):
            x = [x] if i % 2 else {"a": (x,)}
        return x

    treedef = tree.structure(nested(600))
    assert make_open(nested(600))(nested(600)) == [1]
    assert make_open(nested(600))(nested(601)) is None
    assert same(tree.structure(make_build(treedef)([1])), treedef)


@pytest.mark.parametrize("count", [LIMIT - 1, LIMIT + 1])
def test_large_trees_are_built_too(count: int) -> None:
    x = list(range(count))
    assert make_build(tree.structure(x))(x) == x


def test_a_wrong_number_of_leaves_is_an_error() -> None:
    build = make_build(tree.structure([1, {"a": 2}]))
    for leaves in ([], [1], [1, 2, 3]):
        with pytest.raises(ValueError):
            build(leaves)
