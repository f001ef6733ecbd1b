"""Who owns what: results are the caller's alone, and arguments stay as they were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from funcgrad.tree import leaves


def arrays_of(tree: Any) -> list[Any]:
    """The arrays among the leaves of a tree."""
    return [x for x in leaves(tree) if type(x) is np.ndarray]


def shared(a: Any, b: Any) -> bool:
    """Whether two arrays have an element in common."""
    return bool(np.may_share_memory(a, b)) and bool(np.shares_memory(a, b))


def assert_owned(outs: Any, others: Sequence[Any] = ()) -> None:
    """Results can be written, and share memory with no other result and none of ``others``."""
    found = arrays_of(outs)
    for i, x in enumerate(found):
        assert x.flags.writeable, "a result is read-only"
        assert not any(n > 1 and s == 0 for n, s in zip(x.shape, x.strides, strict=True)) or not x.size
        assert not any(shared(x, other) for other in found[:i]), "two results share memory"
        assert not any(shared(x, other) for other in others), "a result shares memory with something else"


def base_of(x: Any) -> Any:
    """The array whose memory ``x`` shows."""
    while type(x.base) is np.ndarray:
        x = x.base
    return x


def memory_of(args: Any) -> list[Any]:
    """Copies of all memory behind the arrays of a tree, with what they do not show of it."""
    return [base_of(x).copy(order="K") for x in arrays_of(args)]


def assert_unchanged(args: Any, before: list[Any]) -> None:
    """Nothing that `memory_of` has seen was written to."""
    for x, old in zip(arrays_of(args), before, strict=True):
        assert same_bits(base_of(x), old), "an argument was written to"


def same_bits(a: Any, b: Any, *, zeros: bool = True) -> bool:
    """Whether two values have the same bits: NaN is NaN, and of ``zeros`` the sign counts."""
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind == "c":
        return same_bits(a.real, b.real, zeros=zeros) and same_bits(a.imag, b.imag, zeros=zeros)
    if not np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
        return False
    return a.dtype.kind != "f" or not zeros or bool(np.all((np.signbit(a) == np.signbit(b)) | np.isnan(a)))
