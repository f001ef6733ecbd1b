"""Two trees side by side: leaves of one in the order of another, prefixes, and what does not match."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TypeAlias

from ..base.errors import TreeError
from .flattening import check_treedef, flatten
from .keys import AttrKey, DictKey, counted, path_str
from .registry import KINDS, NodeKind
from .treedef import TreeDef, reordered, same_static

# The way back to the root: (trail of the parent, the parent, number of the child).
_Trail: TypeAlias = "tuple[_Trail, TreeDef, int] | None"
_LISTED = 8


def flatten_like(treedef: TreeDef, tree: Any, what: str = "flatten_like", root: str = "tree") -> list[Any]:
    """The leaves of a tree that must have the given structure, in the order of that structure.

    Parameters
    ----------
    treedef : TreeDef
        The structure that the tree must have; dicts match by key, whatever their order.
    tree : pytree
        The tree to flatten.
    what : str, optional
        What the error says first: the public function and its argument.
    root : str, optional
        The name of the tree in the paths of the error.

    Returns
    -------
    list
        The leaves, in the order of ``treedef``.

    Raises
    ------
    TreeError
        With the path of the first place where tree and structure differ.

    Examples
    --------
    >>> from funcgrad import tree
    >>> tree.flatten_like(tree.structure({"a": 0, "b": 0}), {"b": 2, "a": 1})
    [1, 2]
    """
    check_treedef(treedef, "flatten_like")
    leaves, found = flatten(tree)
    if found is treedef or treedef.same_order(found):
        return leaves
    return _in_order(treedef, _Match(what, root, full=True).pairs(treedef, tree))


def flatten_up_to(treedef: TreeDef, tree: Any, what: str = "flatten_up_to", root: str = "tree") -> list[Any]:
    """The subtrees of a tree that stand where a prefix of it has its leaves.

    Parameters
    ----------
    treedef : TreeDef
        The structure of the upper part of the tree.
    tree : pytree
        The tree to cut.
    what, root : str, optional
        As in `flatten_like`.

    Returns
    -------
    list
        One subtree for each leaf of ``treedef``, in its order.

    Raises
    ------
    TreeError
        If the upper part of the tree has another structure.

    Examples
    --------
    >>> from funcgrad import tree
    >>> tree.flatten_up_to(tree.structure((0, 0)), ({"w": 1}, [2, 3]))
    [{'w': 1}, [2, 3]]
    """
    check_treedef(treedef, "flatten_up_to")
    return _in_order(treedef, _Match(what, root, full=False).pairs(treedef, tree))


def broadcast_prefix(
    prefix_tree: Any,
    full_tree: Any,
    is_leaf: Callable[[Any], bool] | None = None,
    what: str = "broadcast_prefix: prefix_tree is no prefix of full_tree",
    root: str = "full_tree",
) -> list[Any]:
    """The leaves of a prefix, each repeated for all leaves below it.

    Parameters
    ----------
    prefix_tree : pytree
        A tree that stops earlier than ``full_tree``.
    full_tree : pytree
        The tree whose leaves are counted.
    is_leaf : callable, optional
        Asked about the subtrees of ``prefix_tree``, as in `flatten`.
    what, root : str, optional
        As in `flatten_like`.

    Returns
    -------
    list
        One value for each leaf of ``full_tree``, in its order.

    Raises
    ------
    TreeError
        If the first is not a prefix of the second.

    Examples
    --------
    >>> from funcgrad import tree
    >>> tree.broadcast_prefix((0, 1), ("x", {"w": "y", "b": "z"}))
    [0, 1, 1]
    """
    leaves, treedef = flatten(prefix_tree, is_leaf)
    match = _Match(what, root, full=False)
    result: list[Any] = []
    for index, subtree in match.pairs(treedef, full_tree):
        result += [leaves[index]] * flatten(subtree)[1].num_leaves
    return result


def _in_order(treedef: TreeDef, pairs: Iterable[tuple[int, Any]]) -> list[Any]:
    result: list[Any] = [None] * treedef.num_leaves
    for index, subtree in pairs:
        result[index] = subtree
    return result


class _Match:
    """Walks along a treedef and a tree; the tree must have that structure, or only begin with it."""

    def __init__(self, what: str, root: str, full: bool) -> None:
        self.what, self.root, self.full = what, root, full

    def pairs(self, treedef: TreeDef, tree: Any) -> Iterable[tuple[int, Any]]:
        """For each leaf of ``treedef`` its number and the subtree there, in the order of ``tree``."""
        todo: list[tuple[TreeDef, int, Any, _Trail]] = [(treedef, 0, tree, None)]
        while todo:
            node, start, value, trail = todo.pop()
            kind = KINDS[type(value)]
            if node.kind is None:
                if self.full and kind is not None:
                    self._wrong_class(trail, node, value)
                yield start, value
                continue
            if kind is None or kind.cls is not node.kind.cls:
                self._wrong_class(trail, node, value)
            starts = [start]
            for kid in node.kids:
                starts.append(starts[-1] + kid.num_leaves)
            positions, children = self._children(trail, node, kind, value)
            todo.extend(
                [
                    (node.kids[i], starts[i], child, (trail, node, i))
                    for i, child in zip(positions, children, strict=True)
                ][::-1]
            )

    def _children(
        self, trail: _Trail, node: TreeDef, kind: NodeKind, value: Any
    ) -> tuple[Iterable[int], tuple[Any, ...]]:
        """The children of ``value`` and the numbers of those of ``node`` which they match."""
        opened, data = kind.open(value)
        children = tuple(opened)
        static, names = kind.split(data)
        positions: Iterable[int] = range(len(node.kids))
        if names != node.names:
            matched = reordered(names, node.names, positions)
            if matched is None:
                self._wrong_names(trail, node, names, value)
            positions = matched
        if len(children) != len(node.kids):
            problem = f"has {counted(len(children), 'child', 'children')}, not {len(node.kids)}"
            self._fail(trail, problem, describe_node(node), describe(value))
        if not same_static(node, static):
            self._fail(trail, "has other static data", repr(node.static), repr(static))
        return positions, children

    def _wrong_class(self, trail: _Trail, node: TreeDef, value: Any) -> NoReturn:
        kind = KINDS[type(value)]
        nouns = [_article(known.cls.__qualname__) if known else "a leaf" for known in (kind, node.kind)]
        problem = f"is {nouns[0]}, not {nouns[1]}"
        hint = None
        if value is None or node.node_type is type(None):
            problem = problem.replace("a NoneType", "None")
            hint = "None is an empty tree; is_leaf=lambda x: x is None makes it a leaf where is_leaf is taken"
        self._fail(trail, problem, describe_node(node), describe(value), hint)

    def _wrong_names(self, trail: _Trail, node: TreeDef, names: Any, value: Any) -> NoReturn:
        missing = [name for name in node.names or () if name not in names]
        if missing:
            problem = f"lacks the key {missing[0]!r}"
        else:
            extra = [name for name in names if name not in (node.names or ())]
            problem = f"has the unexpected key {extra[0]!r}"
        self._fail(trail, problem, describe_node(node), describe(value))

    def _fail(
        self, trail: _Trail, problem: str, expected: str, got: str, hint: str | None = None
    ) -> NoReturn:
        path = []
        while trail is not None:
            trail, node, index = trail
            path.append(node.keys[index])
        place = path_str(reversed(path), self.root)
        raise TreeError(f"{self.what}: {place} {problem}.", expected=expected, got=got, hint=hint)


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'AEIOaeio' else 'a'} {noun}"


def describe(tree: Any) -> str:
    """One level of a tree in words: ``dict with keys 'w', 'b'``."""
    kind = KINDS[type(tree)]
    if kind is None:
        aval = getattr(tree, "__funcgrad_aval__", None)  # a traced value is what it stands for
        return f"leaf of type {type(tree).__qualname__}" if aval is None else f"leaf of {aval()}"
    children, data = kind.open(tree)
    count = len(tuple(children))
    return _describe(kind, kind.keys_of(data, count, tree))


def describe_node(node: TreeDef) -> str:
    """One level of a treedef in words."""
    return "leaf" if node.kind is None else _describe(node.kind, node.keys)


def _describe(kind: NodeKind, keys: tuple[Any, ...]) -> str:
    name = kind.cls.__qualname__
    if kind.cls is type(None):
        return "None"
    listed: list[str] = []
    noun = "children"
    if keys and all(type(key) is DictKey for key in keys):
        noun, listed = "keys", [repr(key.key) for key in keys]
    elif keys and all(type(key) is AttrKey for key in keys):
        noun, listed = "fields", [key.name for key in keys]
    if not listed:
        return f"{name} of {len(keys)}"
    more = [f"… ({len(listed)} in all)"] if len(listed) > _LISTED else []
    return f"{name} with {noun} {', '.join(listed[:_LISTED] + more)}"
