"""Pytrees: nested containers of arrays, taken apart into leaves and structure and put together again.

A pytree is a leaf (an array, a number, anything) or a node: a tuple, list, dict, ``OrderedDict``,
``defaultdict``, named tuple, ``None`` (a node without children), or an instance of a class registered by
`register_dataclass` or `register_node`.  Every transformation of funcgrad takes and returns pytrees.
Dicts keep the order of their keys, and match one another by key, whatever the order.

Examples
--------
>>> from funcgrad import tree
>>> params = {"w": [1.0, 2.0], "b": 3.0}
>>> leaves, treedef = tree.flatten(params)
>>> leaves, treedef
([1.0, 2.0, 3.0], PyTreeDef({'w': [*, *], 'b': *}))
>>> tree.unflatten(treedef, leaves) == params
True
>>> tree.map(lambda p, g: p - 0.5 * g, params, {"b": 2.0, "w": [2.0, 4.0]})
{'w': [0.0, 0.0], 'b': 2.0}
>>> [tree.path_str(path, "params") for path, _ in tree.leaves_with_path(params)]
["params['w'][0]", "params['w'][1]", "params['b']"]
>>> flat, unravel = tree.ravel(params)
>>> flat, unravel(flat) == params
(array([1., 2., 3.]), True)
"""

from __future__ import annotations

from ._src.ops.ravel_tree import ravel
from ._src.tree import (
    AttrKey,
    DictKey,
    FlattenedIndexKey,
    SequenceKey,
    TreeDef,
    all,
    broadcast,
    broadcast_prefix,
    flatten,
    flatten_like,
    flatten_up_to,
    flatten_with_path,
    leaves,
    leaves_with_path,
    map,
    map_with_path,
    path_str,
    reduce,
    register_dataclass,
    register_node,
    structure,
    transpose,
    unflatten,
)

__all__ = [
    "AttrKey",
    "DictKey",
    "FlattenedIndexKey",
    "SequenceKey",
    "TreeDef",
    "all",
    "broadcast",
    "broadcast_prefix",
    "flatten",
    "flatten_like",
    "flatten_up_to",
    "flatten_with_path",
    "leaves",
    "leaves_with_path",
    "map",
    "map_with_path",
    "path_str",
    "ravel",
    "reduce",
    "register_dataclass",
    "register_node",
    "structure",
    "transpose",
    "unflatten",
]
