"""Nested loops: what is kept of one round for several loops outside."""

from __future__ import annotations

from typing import Any

import numpy as np

from funcgrad import jit
from funcgrad._src.compile.engines.llvm.bands import Keep
from funcgrad._src.compile.engines.llvm.nest import _all, is_heavy, make_bands
from funcgrad._src.compile.engines.llvm.reductions import in_stages

X = np.random.default_rng(3).random((3, 4, 5, 6))


def normalised(x: Any) -> Any:
    """Reductions over one axis after the other, with what they reduce read again behind each."""
    e = np.exp(x)
    p = e / np.sum(e, axis=3, keepdims=True)
    q = e / np.max(np.sum(p, axis=3, keepdims=True), axis=2, keepdims=True)
    return q / np.max(q, axis=(1, 2, 3), keepdims=True) + p


def test_what_is_kept_at_two_depths_is_kept_for_the_outer_one_first() -> None:
    """So its memory, which is made when it is first kept, is large enough for all."""
    (step,) = jit(normalised, engine="llvm").lower(X).plan.steps
    assert step.loop is not None
    depths: dict[int, list[int]] = {}
    for item in _all(make_bands(in_stages(step.loop), is_heavy)):
        if isinstance(item, Keep):
            depths.setdefault(item.register, []).append(item.depth)
    assert any([len(found) > 1 for found in depths.values()])
    assert all([found[0] == min(found) for found in depths.values()])


def test_what_is_kept_is_what_is_read() -> None:
    np.testing.assert_allclose(jit(normalised, engine="llvm")(X), normalised(X), rtol=1e-14)
