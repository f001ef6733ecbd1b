"""Cholesky's derivative on arrays, block by block.

With S = L^-H half(L^H h) L^-1 (linalg.py) the Hermitian part of S is found without a system of the whole
size: the steps of a blocked factorisation are undone from the last on. Almost all the work is products of
matrices, n^3 operations altogether where the formula takes 4 n^3.

Source: Murray, "Differentiation of the Cholesky decomposition", 2016, section 4.2 (for real matrices; here a
transpose is an adjoint).
"""

from __future__ import annotations

from typing import Any

BLOCK = 64  # rows and columns of a diagonal block; measured, 32 to 64 are equally fast


def half(xp: Any, x: Any) -> Any:
    """The lower triangles, their diagonals halved."""
    return 0.5 * (xp.tril(x) + xp.tril(x, -1))


def adjoint(xp: Any, x: Any) -> Any:
    """The conjugate transpose of each matrix."""
    turned = xp.swapaxes(x, -1, -2)
    return xp.conj(turned) if x.dtype.kind == "c" else turned


def cholesky_change(xp: Any, low: Any, h: Any, block: int = BLOCK) -> Any:
    """The Hermitian part of ``low^-H half(low^H h) low^-1``; of both the lower triangle counts."""
    out = h.copy()
    cuts = [(max(0, end - block), end) for end in range(low.shape[-1], 0, -block)]
    for start, end in cuts:
        _undo(xp, low, out, start, end)
    for start, end in cuts:
        out[..., :start, start:end] = adjoint(xp, out[..., start:end, :start])
    out *= 0.5
    return out


def _undo(xp: Any, low: Any, out: Any, start: int, end: int) -> None:
    """Undo one step: leave the cotangents of what ``low[start:end]`` was computed from in ``out``.

    Those of the diagonal block and its adjoint are added up, in both triangles.
    """
    here, below, left = slice(start, end), slice(end, None), slice(None, start)
    diagonal, row = low[..., here, here], low[..., here, left]
    inverse = xp.linalg.inv(diagonal)
    rest = low.shape[-1] > end
    if rest:
        column = xp.matmul(out[..., below, here], inverse)
        out[..., below, here] = column
        out[..., here, here] -= xp.matmul(adjoint(xp, column), low[..., below, here])
    inner = half(xp, xp.matmul(adjoint(xp, diagonal), xp.tril(out[..., here, here])))
    both = xp.matmul(xp.matmul(adjoint(xp, inverse), inner), inverse)
    both += adjoint(xp, both)
    out[..., here, here] = both
    if start:
        if rest:
            out[..., below, left] -= xp.matmul(column, row)
            out[..., here, left] -= xp.matmul(adjoint(xp, column), low[..., below, left])
        out[..., here, left] -= xp.matmul(both, row)
