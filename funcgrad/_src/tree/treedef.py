"""The structure of a pytree: everything but its leaves.

NOTE: Interning.  `make_node` composes a treedef from its children's and keeps one object for each
structure, so that comparing two treedefs mostly is comparing pointers.  The key of the table holds the
kind of node, its data by type and value, and a *token* (a number) for each child; the number of children
stands for them where all are leaves.  Only plain data is kept: a treedef that holds a closure or any
other object has no token, nor has any treedef above it; these compare by structure.  The table is
emptied when it is full; tokens are never used twice, so a treedef made before compares by structure.
"""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import Iterable
from itertools import count
from typing import Any, TypeAlias

from ..base.errors import ArgumentError, TreeError
from .keys import KeyPath, counted
from .registry import KINDS, NodeKind
from .static import is_plain, static_key

LIMIT = 2**16  # of the table, in children
TABLE: dict[Any, TreeDef] = {}
_lock = allocate_lock()
_tokens = count(1)
_weight = 0

# Push this many leaves, then close a node over the last so many values: (leaves, node, children).
Step: TypeAlias = "tuple[int, TreeDef, int]"


class TreeDef:
    """The structure of a pytree, as `flatten` and `structure` give it.

    Treedefs can be compared, hashed, pickled and printed.  Two dicts have equal treedefs whatever the
    order of their keys; `same_order` tells whether the leaves come in the same order too.

    Attributes
    ----------
    num_leaves : int
        How many leaves the tree has.
    num_nodes : int
        How many nodes it has, leaves and empty nodes included.

    Examples
    --------
    >>> from funcgrad import tree
    >>> tree.structure({"w": 1.0, "b": [2.0, 3.0]})
    PyTreeDef({'w': *, 'b': [*, *]})
    """

    __slots__ = (
        "__weakref__", "_hash", "_keys", "_recipe", "data", "is_flat", "kids", "kind", "names",
        "num_leaves", "num_nodes", "static", "token",
    )  # fmt: skip

    kind: NodeKind | None
    data: Any
    static: Any
    names: tuple[Any, ...] | None
    kids: tuple[TreeDef, ...]
    num_leaves: int
    num_nodes: int
    is_flat: bool
    token: int | None
    _keys: KeyPath | None
    _hash: int | None
    _recipe: list[tuple[int, Any, Any, int]] | None

    @property
    def node_type(self) -> type | None:
        """The class of the root; None for a leaf."""
        return None if self.kind is None else self.kind.cls

    @property
    def keys(self) -> KeyPath:
        """The steps from the root to each child."""
        if self._keys is not None or self.kind is None:
            return self._keys or ()
        return self.kind.keys(self.data, len(self.kids))

    def children(self) -> list[TreeDef]:
        """The treedefs of the children of the root."""
        return list(self.kids)

    def unflatten(self, leaves: Iterable[Any]) -> Any:
        """The tree with this structure and these leaves; see `funcgrad.tree.unflatten`."""
        flat = leaves if type(leaves) is list else list(leaves)
        if len(flat) != self.num_leaves:
            raise TreeError(
                "unflatten: the number of leaves does not fit the treedef.",
                expected=f"{counted(self.num_leaves, 'leaf', 'leaves')} for {self!r}",
                got=counted(len(flat), "leaf", "leaves"),
            )
        if self.kind is None:
            return flat[0]
        if self.is_flat:
            return self.kind.close(self.data, flat)
        if self._recipe is None:
            self._recipe = [(n, node.kind.close, node.data, m) for n, node, m in steps(self) if node.kind]
        return _fold(self._recipe, flat)

    def paths(self) -> list[KeyPath]:
        """The key path of each leaf, in the order of the leaves."""
        found: list[KeyPath] = []
        todo: list[tuple[TreeDef, KeyPath]] = [(self, ())]
        while todo:
            node, path = todo.pop()
            if node.kind is None:
                found.append(path)
            elif node.is_flat:
                found.extend([(*path, key) for key in node.keys])
            else:
                pairs = zip(node.kids, node.keys, strict=True)
                todo.extend([(kid, (*path, key)) for kid, key in pairs][::-1])
        return found

    def same_order(self, other: TreeDef) -> bool:
        """Whether ``other`` is equal and its leaves come in the same order."""
        return self is other or (self._may_equal(other) and _equal(self, other, ordered=True))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, TreeDef):
            return NotImplemented
        return self._may_equal(other) and _equal(self, other, ordered=False)

    def _may_equal(self, other: TreeDef) -> bool:
        return self._hash == other._hash and self.num_nodes == other.num_nodes

    def __hash__(self) -> int:
        if self._hash is None:
            raise ArgumentError(
                "a treedef with static data that is not hashable cannot be hashed.",
                got=repr(self),
                hint="make arrays data (children), and other static data hashable",
            )
        return self._hash

    def __repr__(self) -> str:
        recipe = [(n, node.kind.show, node.data, m) for n, node, m in steps(self) if node.kind]
        return f"PyTreeDef({_fold(recipe, ['*'] * self.num_leaves)})"

    def __copy__(self) -> TreeDef:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> TreeDef:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, ([(n, node.node_type, node.data, node._keys, m) for n, node, m in steps(self)],)


def steps(treedef: TreeDef) -> list[Step]:
    """How to build a tree bottom-up, without recursion: empty for a leaf."""
    found: list[Step] = []
    leaves = 0
    todo: list[tuple[TreeDef, bool]] = [(treedef, False)]
    while todo:
        node, opened = todo.pop()
        if node.kind is None:
            leaves += 1
        elif opened or node.is_flat:
            leaves += len(node.kids) * (not opened)
            found.append((leaves, node, len(node.kids)))
            leaves = 0
        else:
            todo.append((node, True))
            todo.extend([(kid, False) for kid in reversed(node.kids)])
    return found


def _fold(recipe: list[tuple[int, Any, Any, int]], flat: list[Any]) -> Any:
    values: list[Any] = []
    start = 0
    for leaves, close, data, arity in recipe:
        stop = start + leaves
        if leaves == arity:
            values.append(close(data, flat[start:stop]))
        else:
            values += flat[start:stop]
            split = len(values) - arity
            values[split:] = [close(data, values[split:])]
        start = stop
    return values[0] if recipe else flat[0]


def _restore(entries: list[tuple[int, type, Any, KeyPath | None, int]]) -> TreeDef:
    values: list[TreeDef] = []
    for leaves, cls, data, keys, arity in entries:
        kind = KINDS[cls]
        if kind is None:
            raise ArgumentError(
                f"a pickled treedef holds `{cls.__qualname__}`, which is not a pytree node in this process.",
                hint="register the class in the module that defines it",
            )
        values += [LEAF] * leaves
        split = len(values) - arity
        values[split:] = [make_node(kind, data, tuple(values[split:]), keys=keys)]
    return values[0] if entries else LEAF


def make_node(
    kind: NodeKind, data: Any, kids: tuple[TreeDef, ...], tree: Any = None, keys: KeyPath | None = None
) -> TreeDef:
    """The one treedef of a node.  ``tree`` is asked for its keys if ``keys`` are not given."""
    key = _table_key(kind, data, kids)
    if key is not None and (known := TABLE.get(key)) is not None:
        return known
    if keys is None and kind.find_keys is not None:
        keys = kind.keys_of(data, len(kids), tree)
    node = _new(kind, data, kids, keys)
    return node if key is None or not is_plain(data) else _intern(key, node)


def _table_key(kind: NodeKind, data: Any, kids: tuple[TreeDef, ...]) -> Any:
    tokens = tuple([kid.token for kid in kids])
    if None in tokens:
        return None
    key = (kind, static_key(data), tokens if any(tokens) else len(kids))
    try:
        hash(key)
    except TypeError:
        return None
    return key


def _intern(key: Any, node: TreeDef) -> TreeDef:
    global _weight
    with _lock:
        if _weight > LIMIT:
            TABLE.clear()
            _weight = 0
        _weight += 1 + len(node.kids)
        node.token = next(_tokens)
        return TABLE.setdefault(key, node)


def _new(kind: NodeKind | None, data: Any, kids: tuple[TreeDef, ...], keys: KeyPath | None) -> TreeDef:
    node = TreeDef()
    node.kind, node.data, node.kids = kind, data, kids
    node.static, node.names = (None, None) if kind is None else kind.split(data)
    node.num_leaves = sum([kid.num_leaves for kid in kids]) if kind else 1
    node.num_nodes = 1 + sum([kid.num_nodes for kid in kids])
    node.is_flat = kind is not None and all(kid.kind is None for kid in kids)
    node.token = node._recipe = None
    node._keys = keys
    node._hash = _hash_of(node)
    return node


def _hash_of(node: TreeDef) -> int | None:
    hashes: Any = tuple([kid._hash for kid in node.kids])
    if None in hashes:
        return None
    if node.names is not None:
        hashes = frozenset(zip(node.names, hashes, strict=True))
    try:
        return hash((node.node_type, static_key(node.static), hashes))
    except TypeError:
        return None


def _equal(one: TreeDef, two: TreeDef, ordered: bool) -> bool:
    todo = [(one, two)]
    while todo:
        a, b = todo.pop()
        if a is b:
            continue
        if a.node_type is not b.node_type or len(a.kids) != len(b.kids) or not same_static(a, b.static):
            return False
        kids: Any = b.kids
        if a.names != b.names:
            kids = None if ordered else reordered(a.names, b.names, kids)
            if kids is None:
                return False
        todo += zip(a.kids, kids, strict=True)
    return True


def same_static(node: TreeDef, static: Any) -> bool:
    """Whether ``static`` is the static data of ``node``, by type and value."""
    if static is node.static:
        return True
    try:
        return bool(static_key(node.static) == static_key(static))
    except (TypeError, ValueError) as error:
        name = node.kind.cls.__qualname__ if node.kind else "leaf"
        raise ArgumentError(
            f"the static data of two `{name}` nodes cannot be compared.",
            expected="data that == compares to True or False",
            got=f"{type(error).__name__}: {error}",
            hint="make arrays data (children) instead of static data",
        ) from error


def reordered(names: Any, other_names: Any, values: Iterable[Any]) -> list[Any] | None:
    """The ``values`` that belong to ``other_names``, in the order of ``names``; None if these differ."""
    by_name = dict(zip(other_names, values, strict=True))
    if len(by_name) != len(names):
        return None
    try:
        return [by_name[name] for name in names]
    except KeyError:
        return None


LEAF = _new(None, None, (), None)
LEAF.token = 0
