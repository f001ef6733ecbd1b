"""What holds for every tree."""

from __future__ import annotations

import copy
import pickle
from collections import defaultdict
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from funcgrad import tree
from tests.tree.strategies import trees


@given(trees)
def test_round_trip(value: Any) -> None:
    """Taking apart and putting together gives the same tree and the same treedef."""
    leaves, treedef = tree.flatten(value)
    back = tree.unflatten(treedef, leaves)
    assert back == value
    again = tree.flatten(back)
    assert again == (leaves, treedef)
    assert treedef.same_order(again[1])
    assert hash(treedef) == hash(again[1])
    assert repr(treedef).count("*") == len(leaves) == treedef.num_leaves


@given(trees)
def test_both_ways_of_flattening_agree(value: Any) -> None:
    """The way that asks ``is_leaf`` finds what the quick one finds."""
    leaves, treedef = tree.flatten(value)
    careful, same = tree.flatten(value, is_leaf=lambda x: False)
    assert careful == leaves
    assert same.same_order(treedef)


@given(trees)
def test_treedefs_are_values(value: Any) -> None:
    """A treedef survives pickling and copying; it is the same object again."""
    treedef = tree.structure(value)
    assert copy.copy(treedef) is copy.deepcopy(treedef) is treedef
    assert pickle.loads(pickle.dumps(treedef)).same_order(treedef)


@given(trees, trees)
def test_equality_means_the_same_structure(one: Any, two: Any) -> None:
    """Treedefs are equal exactly when a tree with one structure fits the other; then hashes agree."""
    first, second = tree.structure(one), tree.structure(two)
    assert (first == second) == (second == first)
    if first == second:
        assert hash(first) == hash(second)
        assert tree.structure(tree.unflatten(first, tree.flatten_like(first, two))) == second
    if first.same_order(second):
        assert first == second
        assert tree.flatten_like(first, two) == tree.leaves(two)


def _reversed(value: Any) -> Any:
    """The same tree, with the keys of its dicts in reverse."""
    if type(value) is dict:
        return {key: _reversed(value[key]) for key in reversed(value)}
    if type(value) is defaultdict:
        return defaultdict(value.default_factory, {key: _reversed(value[key]) for key in reversed(value)})
    if type(value) in (list, tuple):
        return type(value)(_reversed(item) for item in value)
    return value


@given(trees)
def test_order_of_keys_does_not_matter(value: Any) -> None:
    """Dicts whose keys come in another order match, leaf by leaf."""
    treedef = tree.structure(value)
    numbered = treedef.unflatten(range(treedef.num_leaves))
    other = _reversed(numbered)
    assert tree.structure(other) == treedef
    assert hash(tree.structure(other)) == hash(treedef)
    assert tree.flatten_like(treedef, other) == list(range(treedef.num_leaves))
    assert tree.map(lambda x, y: x - y, numbered, other) == treedef.unflatten([0] * treedef.num_leaves)
    assert tree.broadcast_prefix(numbered, other) == tree.leaves(other)
    if treedef.same_order(tree.structure(other)):
        assert tree.leaves(other) == tree.leaves(numbered)


@given(trees)
def test_map_identity(value: Any) -> None:
    """Mapping the identity gives the tree again."""
    assert tree.map(lambda x: x, value) == value
    assert tree.map(lambda x, y: y, value, value) == value
    assert tree.map_with_path(lambda path, x: x, value) == value


def _step(value: Any, key: Any) -> Any:
    if isinstance(key, tree.AttrKey):
        fields = getattr(value, "fields", None)
        return fields[key.name] if fields is not None else getattr(value, key.name)
    if isinstance(key, tree.SequenceKey):
        return value[key.idx]
    if isinstance(key, tree.DictKey):
        return value[key.key]
    return value.items[key.key]


@given(trees)
def test_paths_lead_to_leaves(value: Any) -> None:
    """Following a path step by step ends at its leaf; paths are distinct and come in the leaves' order."""
    pairs, treedef = tree.flatten_with_path(value)
    assert [path for path, _ in pairs] == treedef.paths()
    assert [leaf for _, leaf in pairs] == tree.leaves(value)
    assert len({path for path, _ in pairs}) == len(pairs)
    for path, leaf in pairs:
        found = value
        for key in path:
            found = _step(found, key)
        assert found is leaf


@given(trees)
def test_is_leaf_takes_path(value: Any) -> None:
    """With paths, ``is_leaf`` is told where it is asked."""
    seen: list[Any] = []

    def never(path: Any, subtree: Any) -> bool:
        seen.append((path, subtree))
        return False

    tree.leaves_with_path(value, never, is_leaf_takes_path=True)
    assert seen[0] == ((), value)
    pairs = tree.leaves_with_path(value)
    assert [pair for pair in seen if pair in pairs] == pairs or not pairs


@given(trees, st.data())
def test_prefixes(value: Any, data: st.DataObject) -> None:
    """What a tree is cut into grows together again, and broadcasting repeats each leaf below it."""
    cut = data.draw(st.sampled_from([list, dict, tuple, int]))
    prefix = tree.structure(value, is_leaf=lambda x: type(x) is cut)
    subtrees = tree.flatten_up_to(prefix, value)
    assert prefix.unflatten(subtrees) == value
    numbers = prefix.unflatten(range(prefix.num_leaves))
    counts = [len(tree.leaves(subtree)) for subtree in subtrees]
    repeated = [number for number, count in enumerate(counts) for _ in range(count)]
    assert tree.broadcast_prefix(numbers, value) == repeated
    assert tree.leaves(tree.broadcast(numbers, value)) == repeated


@given(trees, trees)
def test_transpose_twice(one: Any, two: Any) -> None:
    """Transposing twice gives the tree again."""
    outer, inner = tree.structure(one), tree.structure(two)
    count = outer.num_leaves * inner.num_leaves
    value = tree.map(lambda _: two, one)
    numbered = tree.structure(value).unflatten(range(count))
    turned = tree.transpose(outer, inner, numbered)
    assert tree.structure(turned) == tree.structure(tree.map(lambda _: one, two))
    if count:
        assert tree.transpose(inner, None, turned) == numbered
