"""Random trees over every class of node."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from typing import Any

from hypothesis import strategies as st

from tests.tree.nodes import Frozen, Layer, Named, Old, Point, Stack


def _nodes(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.sampled_from(["a", "b", "w", 0, 1, True, 0.5, None, ("k", 1)])
    dicts = st.dictionaries(names, children, max_size=3)
    lists = st.lists(children, max_size=3)
    return st.one_of(
        lists,
        lists.map(tuple),
        dicts,
        dicts.map(OrderedDict),
        dicts.map(lambda d: defaultdict(list, d)),
        st.builds(Point, children, children),
        st.builds(Old, children, children),
        st.builds(Layer, children, children, st.sampled_from(["in", "out"])),
        st.builds(Frozen, value=children),
        st.builds(lambda items, tag: Stack(*items, tag=tag), lists, st.sampled_from([None, 1, True, "t"])),
        st.dictionaries(st.sampled_from("uvw"), children, max_size=3).map(lambda d: Named(**d)),
    )


trees: st.SearchStrategy[Any] = st.recursive(st.none() | st.integers(0, 9), _nodes, max_leaves=8)
