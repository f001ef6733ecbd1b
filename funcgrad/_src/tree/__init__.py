"""FLOOR 0: pytrees, the nested containers of arrays that every transformation takes and returns."""

from __future__ import annotations

from .dataclass_node import register_dataclass
from .flattening import flatten, unflatten
from .functions import (
    all,
    broadcast,
    flatten_with_path,
    leaves,
    leaves_with_path,
    map,
    map_with_path,
    reduce,
    structure,
    transpose,
)
from .keys import AttrKey, DictKey, FlattenedIndexKey, KeyPath, SequenceKey, path_str
from .matching import broadcast_prefix, flatten_like, flatten_up_to
from .registry import register_node
from .static import static_key
from .treedef import LEAF, TreeDef

__all__ = [
    "LEAF",
    "AttrKey",
    "DictKey",
    "FlattenedIndexKey",
    "KeyPath",
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
    "reduce",
    "register_dataclass",
    "register_node",
    "static_key",
    "structure",
    "transpose",
    "unflatten",
]
