"""A pytree of numbers as one flat array, and back."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..backends import HOST
from ..base.errors import TreeError
from ..core.aval import Aval, aval_of
from ..core.flat import describe_value, leaf_paths
from ..tree import TreeDef, flatten, unflatten
from .arithmetic import multiply
from .join import concatenate
from .shape import as_array
from .slices import cut
from .structural import convert, convert_p, full_p, real, reshape


class Unravel:
    """The way back from `ravel`: called on a flat array it gives the tree."""

    __slots__ = ("avals", "size", "tree")

    def __init__(self, tree: TreeDef, avals: tuple[Aval, ...]) -> None:
        self.tree = tree
        self.avals = avals
        self.size = sum(aval.size for aval in avals)

    def __call__(self, flat: Any) -> Any:
        """The tree whose leaves, one after the other, are the numbers of ``flat``."""
        have = aval_of(flat)
        if have.shape != (self.size,):
            raise TreeError(
                "unravel: the flat array does not fit the tree.",
                expected=f"an array of shape ({self.size},)",
                got=describe_value(flat),
            )
        leaves, start = [], 0
        for aval in self.avals:
            piece = cut(flat, ((start, start + aval.size, None),))
            leaves.append(_restored(piece, aval))
            start += aval.size
        return unflatten(self.tree, leaves)

    def __repr__(self) -> str:
        return f"<unravel to {self.size} numbers in {self.tree}>"


def _restored(piece: Any, aval: Aval) -> Any:
    """A leaf of this aval: memory of its own, the real part where the leaf is real."""
    if aval_of(piece).dtype.kind == "c" and aval.dtype.kind != "c":
        piece = real(piece)
    kind = aval.kind if aval_of(piece).place == HOST else "array"
    return convert_p.bind(reshape(piece, aval.shape), dtype=aval.dtype, kind=kind)


def ravel(tree: Any) -> tuple[Any, Unravel]:
    """All numbers of a pytree in one flat array, and the function that puts them back.

    Parameters
    ----------
    tree : pytree of arrays and numbers
        The leaves stand one after the other in the tree's order, each in C order. They must be at one
        place; numbers go where the arrays are.

    Returns
    -------
    flat : array of shape (n,)
        A new array. Its dtype is the one to which the leaves' dtypes promote; a Python float counts as
        float64, an int as int64. A tree without leaves gives an empty float64 array.
    unravel : callable
        ``unravel(flat)`` is the tree again: of the same structure, each leaf with its own shape, dtype and
        kind (array, NumPy scalar, Python number). Of a complex ``flat`` a real leaf takes the real part.
        The leaves have memory of their own. On a device numbers come back as 0-d arrays.

    Raises
    ------
    TreeError
        By ``unravel``, if the flat array has another shape.

    Notes
    -----
    Both are differentiable, by linear maps, and work under every transformation.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import tree
    >>> flat, unravel = tree.ravel({"w": np.array([[1.0, 2.0]]), "b": 3.0})
    >>> flat
    array([1., 2., 3.])
    >>> unravel(10 * flat)
    {'w': array([[10., 20.]]), 'b': 30.0}
    """
    leaves, treedef = flatten(tree)
    try:
        avals = tuple(aval_of(leaf) for leaf in leaves)
    except TypeError:
        raise _no_numbers(tree, leaves) from None
    if not leaves:
        return np.zeros(0), Unravel(treedef, ())
    dtype = functools.reduce(np.promote_types, [aval.dtype for aval in avals])
    place = next((aval.place for aval in avals if aval.kind == "array"), HOST)
    rows = [_row(leaf, aval, dtype, place) for leaf, aval in zip(leaves, avals, strict=True)]
    return concatenate(rows), Unravel(treedef, avals)


def _row(leaf: Any, aval: Aval, dtype: np.dtype[Any], place: str) -> Any:
    """A leaf as a flat array of this dtype at this place."""
    leaf = convert(leaf, dtype)
    if aval.kind == "array":
        return reshape(leaf, (aval.size,))
    if place == HOST:
        return reshape(as_array(leaf), (1,))
    return multiply(full_p.bind(shape=(1,), value=1, dtype=dtype, place=place), leaf)


def _no_numbers(tree: Any, leaves: list[Any]) -> TreeError:
    for path, leaf in zip(leaf_paths(["tree"], [tree]), leaves, strict=True):
        try:
            aval_of(leaf)
        except TypeError:
            return TreeError(
                f"ravel: `{path}` is no array of numbers.",
                expected="arrays and numbers, in any pytree",
                got=describe_value(leaf),
            )
    raise AssertionError("every leaf has an aval")
