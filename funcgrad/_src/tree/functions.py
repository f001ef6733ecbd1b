"""What one does with whole trees: the functions of ``jax.tree``, under the same names."""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable
from typing import Any, TypeVar, overload

from ..base.errors import TreeError
from .flattening import check_treedef, flatten, flatten_carefully
from .keys import KeyPath, path_str
from .matching import broadcast_prefix, flatten_like, flatten_up_to
from .treedef import TreeDef

_T = TypeVar("_T")
_ABSENT: Any = object()


def leaves(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[Any]:
    """The leaves of a pytree.

    Parameters
    ----------
    tree : pytree
        The tree.
    is_leaf : callable, optional
        As in `flatten`.

    Returns
    -------
    list

    Examples
    --------
    >>> from funcgrad import tree
    >>> tree.leaves([1, (2, None), {"a": 3}])
    [1, 2, 3]
    """
    return flatten(tree, is_leaf)[0]


def structure(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> TreeDef:
    """The structure of a pytree.

    Parameters
    ----------
    tree : pytree
        The tree.
    is_leaf : callable, optional
        As in `flatten`.

    Returns
    -------
    TreeDef

    Examples
    --------
    >>> from funcgrad import tree
    >>> tree.structure([1, (2, None)])
    PyTreeDef([*, (*, None)])
    """
    return flatten(tree, is_leaf)[1]


def map(f: Callable[..., Any], tree: Any, *rest: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """Apply a function to each leaf.

    Parameters
    ----------
    f : callable
        Takes a leaf of ``tree`` and what stands in its place in each of ``rest``.
    tree : pytree
        Its structure is the structure of the result.
    *rest : pytrees
        Of the same structure, or going on below the leaves of ``tree``.
    is_leaf : callable, optional
        As in `flatten`; asked about ``tree``.

    Returns
    -------
    pytree

    Raises
    ------
    TreeError
        If ``tree`` is not a prefix of each tree of ``rest``.

    Examples
    --------
    >>> from funcgrad import tree
    >>> tree.map(lambda x, g: x - g, {"w": 3, "b": [4]}, {"b": [1], "w": 2})
    {'w': 1, 'b': [3]}
    """
    flat, treedef = flatten(tree, is_leaf)
    if not rest:
        return treedef.unflatten(list(builtins.map(f, flat)))
    columns = _columns("map", treedef, rest, is_leaf)
    return treedef.unflatten(list(builtins.map(f, flat, *columns)))


def _columns(
    name: str, treedef: TreeDef, rest: tuple[Any, ...], is_leaf: Callable[..., bool] | None
) -> list[list[Any]]:
    columns = []
    for index, tree in enumerate(rest):
        if is_leaf is None:
            column, found = flatten(tree)
            if found is treedef or treedef.same_order(found):
                columns.append(column)
                continue
        columns.append(flatten_up_to(treedef, tree, f"{name}: the trees do not match", f"rest[{index}]"))
    return columns


def flatten_with_path(
    tree: Any, is_leaf: Callable[..., bool] | None = None, is_leaf_takes_path: bool = False
) -> tuple[list[tuple[KeyPath, Any]], TreeDef]:
    """Take a pytree apart into pairs of key path and leaf, and its structure.

    Parameters
    ----------
    tree : pytree
        The tree.
    is_leaf : callable, optional
        As in `flatten`.
    is_leaf_takes_path : bool, optional
        Whether ``is_leaf`` is called as ``is_leaf(path, subtree)``.

    Returns
    -------
    pairs : list of (path, leaf)
    treedef : TreeDef

    Examples
    --------
    >>> from funcgrad import tree
    >>> pairs, treedef = tree.flatten_with_path({"w": [5, 6]})
    >>> [(tree.path_str(path, "p"), leaf) for path, leaf in pairs]
    [("p['w'][0]", 5), ("p['w'][1]", 6)]
    """
    if is_leaf is not None and is_leaf_takes_path:
        flat, treedef = flatten_carefully(tree, is_leaf, is_leaf_takes_path=True)
    else:
        flat, treedef = flatten(tree, is_leaf)
    return list(zip(treedef.paths(), flat, strict=True)), treedef


def leaves_with_path(
    tree: Any, is_leaf: Callable[..., bool] | None = None, is_leaf_takes_path: bool = False
) -> list[tuple[KeyPath, Any]]:
    """The leaves of a pytree with their key paths.

    Parameters
    ----------
    tree, is_leaf, is_leaf_takes_path
        As in `flatten_with_path`.

    Returns
    -------
    list of (path, leaf)

    Examples
    --------
    >>> from funcgrad import tree
    >>> tree.leaves_with_path((7, None))
    [((SequenceKey(idx=0),), 7)]
    """
    return flatten_with_path(tree, is_leaf, is_leaf_takes_path)[0]


def map_with_path(
    f: Callable[..., Any],
    tree: Any,
    *rest: Any,
    is_leaf: Callable[..., bool] | None = None,
    is_leaf_takes_path: bool = False,
) -> Any:
    """Apply a function to each key path and leaf.

    Parameters
    ----------
    f : callable
        Takes the path, the leaf of ``tree``, and what stands in its place in each of ``rest``.
    tree, *rest, is_leaf
        As in `map`.
    is_leaf_takes_path : bool, optional
        As in `flatten_with_path`.

    Returns
    -------
    pytree

    Examples
    --------
    >>> from funcgrad import tree
    >>> tree.map_with_path(lambda path, x: f"{tree.path_str(path)}={x}", {"w": 1, "b": (2,)})
    {'w': "['w']=1", 'b': ("['b'][0]=2",)}
    """
    pairs, treedef = flatten_with_path(tree, is_leaf, is_leaf_takes_path)
    columns = _columns("map_with_path", treedef, rest, is_leaf)
    results = [f(path, leaf, *others) for (path, leaf), *others in zip(pairs, *columns, strict=True)]
    return treedef.unflatten(results)


@overload
def reduce(
    function: Callable[[_T, Any], _T], tree: Any, *, is_leaf: Callable[[Any], bool] | None = None
) -> _T: ...
@overload
def reduce(
    function: Callable[[_T, Any], _T],
    tree: Any,
    initializer: _T,
    is_leaf: Callable[[Any], bool] | None = None,
) -> _T: ...
def reduce(
    function: Callable[[Any, Any], Any],
    tree: Any,
    initializer: Any = _ABSENT,
    is_leaf: Callable[[Any], bool] | None = None,
) -> Any:
    """Combine all leaves from left to right, as `functools.reduce` does.

    Parameters
    ----------
    function : callable
        Takes the value so far and the next leaf.
    tree : pytree
        The tree.
    initializer : optional
        The value to begin with; without it the first leaf.
    is_leaf : callable, optional
        As in `flatten`.

    Returns
    -------
    object

    Raises
    ------
    TreeError
        If there are no leaves and no ``initializer``.

    Examples
    --------
    >>> from funcgrad import tree
    >>> import operator
    >>> tree.reduce(operator.add, {"w": 1, "b": [2, 3]}, 0)
    6
    """
    flat = leaves(tree, is_leaf)
    if initializer is not _ABSENT:
        return functools.reduce(function, flat, initializer)
    if not flat:
        raise TreeError("reduce: the tree has no leaves.", hint="pass an initializer")
    return functools.reduce(function, flat)


def all(tree: Any, *, is_leaf: Callable[[Any], bool] | None = None) -> bool:
    """Whether all leaves are true; so for a tree without leaves.

    Parameters
    ----------
    tree : pytree
        The tree.
    is_leaf : callable, optional
        As in `flatten`.

    Returns
    -------
    bool

    Examples
    --------
    >>> from funcgrad import tree
    >>> tree.all({"w": True, "b": [1, 0]})
    False
    """
    return builtins.all(leaves(tree, is_leaf))


def broadcast(prefix_tree: Any, full_tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """Repeat the leaves of a prefix over the whole structure of another tree.

    Parameters
    ----------
    prefix_tree, full_tree, is_leaf
        As in `broadcast_prefix`.

    Returns
    -------
    pytree
        With the structure of ``full_tree`` and the leaves of ``prefix_tree``.

    Raises
    ------
    TreeError
        If the first is not a prefix of the second.

    Examples
    --------
    >>> from funcgrad import tree
    >>> tree.broadcast((0, 1), ("x", {"w": "y", "b": "z"}))
    (0, {'w': 1, 'b': 1})
    """
    return structure(full_tree).unflatten(broadcast_prefix(prefix_tree, full_tree, is_leaf))


def transpose(outer_treedef: TreeDef, inner_treedef: TreeDef | None, pytree_to_transpose: Any) -> Any:
    """Turn a tree of trees inside out.

    Parameters
    ----------
    outer_treedef : TreeDef
        The structure of the upper part.
    inner_treedef : TreeDef or None
        The structure below each leaf of it; None takes that of the first subtree.
    pytree_to_transpose : pytree
        The tree of trees.

    Returns
    -------
    pytree
        With the inner structure above the outer one.

    Raises
    ------
    TreeError
        If the tree is not made up in this way.

    Examples
    --------
    >>> from funcgrad import tree
    >>> outer, inner = tree.structure([0, 0]), tree.structure({"a": 0, "b": 0})
    >>> tree.transpose(outer, inner, [{"a": 1, "b": 2}, {"b": 4, "a": 3}])
    {'a': [1, 3], 'b': [2, 4]}
    """
    check_treedef(outer_treedef, "transpose")
    subtrees = flatten_up_to(outer_treedef, pytree_to_transpose, "transpose: not the outer structure")
    if inner_treedef is None:
        if not subtrees:
            raise TreeError("transpose: an empty outer tree does not tell the inner structure.")
        inner_treedef = structure(subtrees[0])
    check_treedef(inner_treedef, "transpose")
    rows = [
        flatten_like(inner_treedef, subtree, "transpose: not the inner structure", path_str(path, "tree"))
        for path, subtree in zip(outer_treedef.paths(), subtrees, strict=True)
    ]
    columns = [[row[index] for row in rows] for index in range(inner_treedef.num_leaves)]
    return inner_treedef.unflatten([outer_treedef.unflatten(column) for column in columns])
