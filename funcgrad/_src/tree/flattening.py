"""Flatten and unflatten: a quick way for small trees, a careful one for the rest.

The quick way recurses, and gives up on deep trees.  The careful way keeps its own stack: it is as deep
as memory allows, finds cycles, and asks ``is_leaf``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..base.errors import ArgumentError, TreeError
from .keys import KeyPath, path_str
from .registry import KINDS, LEAF_CLASSES, NodeKind
from .static import static_key
from .treedef import LEAF, TABLE, TreeDef, make_node

_DEEP = 64


class _TooDeepError(Exception):
    """The quick way gives up."""


def flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], TreeDef]:
    """Take a pytree apart into its leaves and its structure.

    Parameters
    ----------
    tree : pytree
        Tuples, lists, dicts, named tuples, None and registered classes are nodes, all else is a leaf.
    is_leaf : callable, optional
        ``is_leaf(subtree)`` is asked at every step, the root included; true makes a leaf of it.

    Returns
    -------
    leaves : list
        In the order of the containers; dicts in the order of insertion.
    treedef : TreeDef

    Raises
    ------
    TreeError
        If the tree contains itself.

    Examples
    --------
    >>> from funcgrad import tree
    >>> tree.flatten({"w": 1.0, "b": (2.0, None)})
    ([1.0, 2.0], PyTreeDef({'w': *, 'b': (*, None)}))
    """
    if is_leaf is not None:
        return flatten_carefully(tree, is_leaf)
    kind = KINDS[type(tree)]
    if kind is None:
        return [tree], LEAF
    leaves: list[Any] = []
    try:
        return leaves, _walk(tree, kind, leaves, 0)
    except (_TooDeepError, RecursionError):
        return flatten_carefully(tree)


def _walk(tree: Any, kind: NodeKind, leaves: list[Any], depth: int) -> TreeDef:
    data: Any = None
    key: Any = None
    cls = kind.cls
    if cls is dict:
        children: Any = tree.values()
        data = tuple(tree)
        key = data
        for name in data:
            if type(name) is not str:
                key = static_key(data)
                break
    elif cls is tuple or cls is list:
        children = tree
    else:
        children, data = kind.open(tree)
        key = static_key(data)
    shape: Any
    kids = None
    for child in children:
        if type(child) not in LEAF_CLASSES:
            kids, shape = _walk_children(children, leaves, depth)
            break
    else:
        leaves += children
        shape = len(children)
    try:
        known = TABLE.get((kind, key, shape))
    except TypeError:  # static data that is not hashable
        known = None
    return known or make_node(kind, data, (LEAF,) * shape if kids is None else tuple(kids), tree)


def _walk_children(children: Any, leaves: list[Any], depth: int) -> tuple[list[TreeDef], Any]:
    if depth > _DEEP:
        raise _TooDeepError
    kids: list[TreeDef] = []
    tokens: list[int | None] = []
    for child in children:
        kind = KINDS[type(child)]
        if kind is None:
            leaves.append(child)
            kids.append(LEAF)
            tokens.append(0)
        else:
            kid = _walk(child, kind, leaves, depth + 1)
            kids.append(kid)
            tokens.append(kid.token)
    return kids, tuple(tokens)


class _Frame:
    """A node whose children are being flattened."""

    __slots__ = ("children", "data", "kids", "kind", "tree")

    def __init__(self, kind: NodeKind, tree: Any) -> None:
        children, self.data = kind.open(tree)
        self.kind, self.tree, self.children = kind, tree, tuple(children)
        self.kids: list[TreeDef] = []

    def key(self) -> Any:
        """The step to the child that comes next."""
        return self.kind.keys_of(self.data, len(self.children), self.tree)[len(self.kids)]


def flatten_carefully(
    tree: Any, is_leaf: Callable[..., bool] | None = None, is_leaf_takes_path: bool = False
) -> tuple[list[Any], TreeDef]:
    """`flatten` without recursion, with ``is_leaf`` and with a watch for cycles."""
    leaves: list[Any] = []
    frames: list[_Frame] = []
    active: set[int] = set()
    value, done = tree, None
    while True:
        kind = KINDS[type(value)]
        stop = is_leaf is not None and _ask(is_leaf, value, frames, is_leaf_takes_path)
        if kind is None or stop:
            leaves.append(value)
            done = LEAF
        else:
            if id(value) in active:
                raise _cycle(value, frames)
            frames.append(_Frame(kind, value))
            active.add(id(value))
            done = None
        while frames:
            frame = frames[-1]
            if done is not None:
                frame.kids.append(done)
            if len(frame.kids) < len(frame.children):
                break
            done = make_node(frame.kind, frame.data, tuple(frame.kids), frame.tree)
            active.discard(id(frame.tree))
            frames.pop()
        if not frames:
            return leaves, done or LEAF
        value = frames[-1].children[len(frames[-1].kids)]


def _path(frames: list[_Frame]) -> KeyPath:
    return tuple([frame.key() for frame in frames])


def _ask(is_leaf: Callable[..., bool], value: Any, frames: list[_Frame], takes_path: bool) -> bool:
    return bool(is_leaf(_path(frames), value) if takes_path else is_leaf(value))


def _cycle(value: Any, frames: list[_Frame]) -> TreeError:
    path = _path(frames)
    first = next(i for i, frame in enumerate(frames) if frame.tree is value)
    return TreeError(
        f"flatten: the tree contains itself: {_shortened(path)} is {_shortened(path[:first])} again.",
        expected="a tree, in which no container is inside itself",
        got=f"a {type(value).__qualname__} that contains itself",
    )


def _shortened(path: KeyPath) -> str:
    if len(path) <= 20:
        return path_str(path, "tree")
    return f"{path_str(path[:10], 'tree')}…{path_str(path[-5:])}"


def check_treedef(treedef: object, function: str) -> None:
    """Refuse what is not a treedef, such as leaves and treedef in the wrong order."""
    if not isinstance(treedef, TreeDef):
        raise ArgumentError(
            f"{function}: treedef is not a TreeDef.",
            expected="a TreeDef, as flatten and structure give it",
            got=type(treedef).__qualname__,
        )


def unflatten(treedef: TreeDef, leaves: Iterable[Any]) -> Any:
    """Put a pytree together again.

    Parameters
    ----------
    treedef : TreeDef
        The structure.
    leaves : iterable
        As many leaves as the structure has; any objects will do.

    Returns
    -------
    pytree

    Raises
    ------
    TreeError
        If the number of leaves is wrong.

    Examples
    --------
    >>> from funcgrad import tree
    >>> leaves, treedef = tree.flatten({"w": 1, "b": 2})
    >>> tree.unflatten(treedef, [10 * leaf for leaf in leaves])
    {'w': 10, 'b': 20}
    """
    check_treedef(treedef, "unflatten")
    return treedef.unflatten(leaves)
