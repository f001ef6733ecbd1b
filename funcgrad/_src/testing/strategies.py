"""Hypothesis strategies: shapes, arrays, pytrees. Hypothesis is asked for at the first call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backends import require


def strategies_module() -> Any:
    """``hypothesis.strategies``, or MissingExtraError naming the extra ``test``."""
    return require("hypothesis.strategies", "test")


def shapes(*, min_dims: int = 0, max_dims: int = 3, min_side: int = 1, max_side: int = 4) -> Any:
    """A strategy of array shapes.

    Parameters
    ----------
    min_dims, max_dims : int, optional
        How many dimensions.
    min_side, max_side : int, optional
        How long each may be; ``min_side=0`` draws empty arrays too.

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Of tuples of int.

    Examples
    --------
    >>> from hypothesis import given
    >>> from funcgrad.testing import shapes
    >>> @given(shapes(max_dims=2))
    ... def test(shape):
    ...     assert len(shape) <= 2
    >>> test()
    """
    st = strategies_module()
    side = st.integers(min_side, max_side)
    return st.lists(side, min_size=min_dims, max_size=max_dims).map(tuple)


def arrays(
    shape: Any = None,
    dtype: Any = "float64",
    *,
    low: float = -2.0,
    high: float = 2.0,
    avoid: Sequence[float] = (),
    margin: float = 0.05,
) -> Any:
    """A strategy of arrays with numbers that differences can handle.

    The numbers lie in ``[low, high]``, at least ``margin`` away from every number in ``avoid``: give
    the kinks and poles of your function there.

    Parameters
    ----------
    shape : tuple of int or strategy, optional
        `shapes()` by default.
    dtype : dtype or strategy, optional
        Real or complex floating point; of a complex number both parts are drawn so.
    low, high, margin : float, optional
        The range and the distance to keep.
    avoid : sequence of float, optional
        Where no number may lie.

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Of numpy.ndarray.

    Examples
    --------
    >>> import numpy as np
    >>> from hypothesis import given
    >>> from funcgrad.testing import arrays, check_grads
    >>> @given(arrays(avoid=[0.0]))
    ... def test(x):
    ...     check_grads(np.abs, (x,), order=1)
    """
    st = strategies_module()

    @st.composite  # type: ignore[untyped-decorator, unused-ignore]
    def draw_array(draw: Any) -> np.ndarray[Any, Any]:
        size = draw(
            shapes() if shape is None else shape if hasattr(shape, "example") else st.just(tuple(shape))
        )
        kind = np.dtype(draw(dtype) if hasattr(dtype, "example") else dtype)
        count = int(np.prod(size, dtype=int))
        complex_too = kind.kind == "c"
        numbers = st.floats(low, high, allow_nan=False, allow_subnormal=False)
        apart = numbers.filter(lambda x: all(abs(x - a) >= margin for a in avoid))
        total = 2 * count if complex_too else count
        values = np.array(draw(st.lists(apart, min_size=total, max_size=total)), dtype=np.float64)
        if complex_too:
            values = values.view(np.complex128)
        return values.astype(kind).reshape(size)

    return draw_array()


def pytrees(leaves: Any = None, *, max_leaves: int = 6) -> Any:
    """A strategy of pytrees: tuples, lists and dicts, nested, with ``None`` here and there.

    Parameters
    ----------
    leaves : strategy, optional
        What to draw leaves from; `arrays()` by default.
    max_leaves : int, optional
        How many leaves at most, roughly.

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Of pytrees.

    Examples
    --------
    >>> from hypothesis import given
    >>> from funcgrad import tree
    >>> from funcgrad.testing import pytrees
    >>> @given(pytrees())
    ... def test(params):
    ...     leaves, treedef = tree.flatten(params)
    ...     assert tree.structure(tree.unflatten(treedef, leaves)) == treedef
    >>> test()
    """
    st = strategies_module()
    base = arrays() if leaves is None else leaves

    def nodes(children: Any) -> Any:
        lists = st.lists(children, max_size=3)
        dicts = st.dictionaries(st.sampled_from(["w", "b", "x", 0, 1]), children, max_size=3)
        return st.one_of(lists, lists.map(tuple), dicts)

    return st.recursive(st.one_of(base, base, base, st.none()), nodes, max_leaves=max_leaves)
