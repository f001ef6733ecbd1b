"""Rows of the op table: shapes, slices, joining, rearranging, diagonals, and the structural primitives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from funcgrad._src.ops.beside import to_place_p
from funcgrad._src.ops.rearrange import sum_runs_p
from funcgrad._src.ops.slices import cut, cut_axis, embed, write_slice

from .case import Arg, Case

CUBE = (Arg(shape=(2, 3, 4)),)
MATRIX = (Arg(shape=(3, 4)),)
ROW = (Arg(shape=(5,)),)
TWO = (Arg(shape=(2, 3)), Arg(shape=(2, 3)))
EMPTY = (Arg(shape=(0, 3)),)


def row(
    primitives: str, label: str, call: Callable[..., Any], args: tuple[Arg, ...] = MATRIX, **options: Any
) -> Case:
    """A row with a label; data movement is exact in every dtype."""
    options.setdefault("complex", True)
    return Case(primitives, call, args, label=label, **options)


RESHAPE = [
    row("reshape", "pair", lambda np, x: np.reshape(x, (6, 4)), CUBE),
    row("reshape", "fortran", lambda np, x: np.reshape(x, (4, 6), order="F"), CUBE),
    row("reshape", "minus-one", lambda np, x: np.reshape(x, (2, -1)), CUBE),
    row("reshape", "integer", lambda np, x: np.reshape(x, -1), CUBE),
    row("reshape", "empty", lambda np, x: np.reshape(x, (3, 0)), EMPTY),
    row("reshape", "to-0d", lambda np, x: np.reshape(x, ()), (Arg(shape=(1, 1)),)),
    row("reshape", "copy", lambda np, x: np.reshape(x, (4, 3), copy=True), numpy="2.1"),
    row("reshape", "ravel", lambda np, x: np.ravel(x), CUBE),
    row("reshape", "ravel-fortran", lambda np, x: np.ravel(x, order="F"), CUBE),
    row("reshape", "squeeze", lambda np, x: np.squeeze(x), (Arg(shape=(1, 3, 1)),)),
    row("reshape", "squeeze-axis", lambda np, x: np.squeeze(x, axis=-1), (Arg(shape=(1, 3, 1)),)),
    row("reshape", "squeeze-axes", lambda np, x: np.squeeze(x, axis=(0, 2)), (Arg(shape=(1, 3, 1)),)),
    row("reshape", "expand-dims", lambda np, x: np.expand_dims(x, 1)),
    row("reshape", "expand-dims-tuple", lambda np, x: np.expand_dims(x, (0, -1))),
    row("reshape", "atleast-1d", lambda np, x: np.atleast_1d(x)),
    row("reshape", "atleast-2d", lambda np, x, y: np.atleast_2d(x, y), (Arg(shape=(3,)), Arg(shape=(2, 3)))),
    row("reshape", "atleast-3d", lambda np, x, y: np.atleast_3d(x, y), (Arg(shape=(3,)), Arg(shape=(2, 3)))),
]

TRANSPOSE = [
    row("transpose", "reversed", lambda np, x: np.transpose(x), CUBE),
    row("transpose", "axes", lambda np, x: np.transpose(x, (1, 2, 0)), CUBE),
    row("transpose", "negative", lambda np, x: np.permute_dims(x, (-1, 0, 1)), CUBE),
    row("transpose", "matrix", lambda np, x: np.matrix_transpose(x), CUBE),
    row("transpose", "swapaxes", lambda np, x: np.swapaxes(x, 0, -1), CUBE),
    row("transpose", "moveaxis", lambda np, x: np.moveaxis(x, 0, -1), CUBE),
    row("transpose", "moveaxis-tuple", lambda np, x: np.moveaxis(x, (0, 1), (-1, 0)), CUBE),
    row("transpose", "rollaxis", lambda np, x: np.rollaxis(x, 2), CUBE),
    row("transpose", "rollaxis-start", lambda np, x: np.rollaxis(x, 0, 3), CUBE),
]

BROADCAST = [
    row("broadcast_to", "front", lambda np, x: np.broadcast_to(x, (2, 3, 4))),
    row("broadcast_to", "ones", lambda np, x: np.broadcast_to(x, (2, 3, 4)), (Arg(shape=(3, 1)),)),
    row("broadcast_to", "scalar", lambda np, x: np.broadcast_to(x, 3), (Arg(shape=(), kind="scalar"),)),
    row("broadcast_to", "0d", lambda np, x: np.broadcast_to(x, ()), (Arg(shape=()),)),
    row("broadcast_to", "none", lambda np, x: np.broadcast_to(x, (0, 3)), (Arg(shape=(1, 3)),)),
    row(
        "broadcast_to",
        "arrays",
        lambda np, x, y: np.broadcast_arrays(x, y),
        (Arg(shape=(3, 1)), Arg(shape=(2, 1, 4))),
    ),
]

COPY = [
    row("copy", "array", lambda np, x: np.copy(x)),
    row("copy", "order", lambda np, x: np.copy(x, order="F")),
    row("copy", "same-dtype", lambda np, x: np.astype(x, x.dtype)),
    row("convert", "single", lambda np, x: np.astype(x, np.float32), rtol=1e-4, order=1, complex=False),
    row("convert", "complex", lambda np, x: np.astype(x, np.complex128)),
    row("convert", "integer", lambda np, x: np.astype(x, np.int64), diff=(), complex=False),
    row("convert", "scalar-to-0d", lambda np, x: np.copy(x), (Arg(shape=(), kind="scalar"),)),
]

SLICES = [
    row("slice", "every-axis", lambda np, x: cut(x, ((None, None, -1), (3, 0, -2)))),
    row("slice", "one-axis", lambda np, x: cut_axis(x, 1, 1, None)),
    row("embed", "steps", lambda np, x: embed(x, (7, 5), ((0, None, 3), (1, None, None)))),
    row("embed", "back", lambda np, x: embed(x, (3, 6), ((None, None, -1), (4, 0, -1)))),
    row(
        "write_slice",
        "rows",
        lambda np, x, y: write_slice(x, y, ((1, None, None),)),
        (Arg(shape=(3, 4)), Arg(shape=(2, 4))),
    ),
    row(
        "write_slice",
        "steps",
        lambda np, x, y: write_slice(x, y, ((None, None, 2), (1, 3, None))),
        (Arg(shape=(3, 4)), Arg(shape=(2, 2))),
    ),
    row("slice", "split", lambda np, x: np.split(x, 2, axis=1)),
    row("slice", "split-at", lambda np, x: np.split(x, [1, 3], axis=-1)),
    row("slice", "split-beyond", lambda np, x: np.split(x, [-1, 2, 7])),
    row("slice", "array-split", lambda np, x: np.array_split(x, 3), ROW),
    row("slice", "hsplit", lambda np, x: np.hsplit(x, 2)),
    row("slice", "hsplit-row", lambda np, x: np.hsplit(x, [2]), ROW),
    row("slice", "vsplit", lambda np, x: np.vsplit(x, 3)),
    row("slice", "dsplit", lambda np, x: np.dsplit(x, 2), CUBE),
    row("slice", "unstack", lambda np, x: np.unstack(x, axis=1), numpy="2.1"),
    row("slice", "unstack-row", lambda np, x: np.unstack(x), ROW, numpy="2.1"),
]

JOIN = [
    row("concatenate", "rows", lambda np, x, y: np.concatenate((x, y)), TWO),
    row("concatenate", "axis", lambda np, x, y: np.concatenate([x, y, x], axis=-1), TWO),
    row("concatenate", "none", lambda np, x, y: np.concatenate((x, y), axis=None), TWO),
    row("concatenate", "one", lambda np, x: np.concatenate((x,))),
    row(
        "concatenate",
        "empty",
        lambda np, x, y: np.concatenate((x, y)),
        (Arg(shape=(0, 3)), Arg(shape=(2, 3))),
    ),
    row(
        "concatenate",
        "dtype",
        lambda np, x, y: np.concatenate((x, y), dtype=np.complex128),
        TWO,
        complex=False,
    ),
    row(
        "concatenate",
        "mixed",
        lambda np, x, y: np.concatenate((x, y)),
        (Arg(shape=(2, 3)), Arg(shape=(2, 3), dtype="int64")),
    ),
    row("concatenate", "vstack", lambda np, x, y: np.vstack((x, y)), (Arg(shape=(3,)), Arg(shape=(2, 3)))),
    row("concatenate", "hstack", lambda np, x, y: np.hstack((x, y)), TWO),
    row("concatenate", "hstack-rows", lambda np, x, y: np.hstack((x, y)), (Arg(shape=(3,)), Arg(shape=(2,)))),
    row("concatenate", "dstack", lambda np, x, y: np.dstack((x, y)), TWO),
    row(
        "concatenate",
        "columns",
        lambda np, x, y: np.column_stack((x, y)),
        (Arg(shape=(3,)), Arg(shape=(3, 2))),
    ),
    row("concatenate", "append", lambda np, x, y: np.append(x, y), TWO),
    row("concatenate", "append-axis", lambda np, x, y: np.append(x, y, axis=1), TWO),
    row("concatenate", "block", lambda np, x, y: np.block([[x, y], [y, x]]), TWO),
    row("concatenate", "meshgrid", lambda np, x, y: np.meshgrid(x, y), (Arg(shape=(3,)), Arg(shape=(2,)))),
    row(
        "reshape",
        "meshgrid-sparse",
        lambda np, x, y: np.meshgrid(x, y, sparse=True, indexing="ij"),
        (Arg(shape=(3,)), Arg(shape=(2,))),
    ),
    row("stack", "rows", lambda np, x, y: np.stack((x, y)), TWO),
    row("stack", "axis", lambda np, x, y: np.stack([x, y], axis=-1), TWO),
    row(
        "stack",
        "scalars",
        lambda np, x, y: np.stack([x, y, 1.0]),
        (Arg(shape=(), kind="scalar"), Arg(shape=(), kind="scalar")),
    ),
    row("stack", "dtype", lambda np, x, y: np.stack([x, y], dtype=np.complex128), TWO, complex=False),
]

X_AND_NUMBER = (Arg(shape=(3,)), Arg(shape=(), kind="python"))
# A number beside an array has no place of its own: it goes where the array is.
BESIDE = [
    row("to_place", "number", lambda np, x, y: to_place_p.bind(y, x), X_AND_NUMBER, diff=(1,)),
    row(
        "to_place",
        "scalar",
        lambda np, x, y: to_place_p.bind(y, x),
        (Arg(shape=(3,)), Arg(shape=(), kind="scalar")),
        diff=(1,),
    ),
    row("concatenate", "number-append", lambda np, x, y: np.append(x, y), X_AND_NUMBER),
    row("concatenate", "number-first", lambda np, x, y: np.append(y, x), X_AND_NUMBER),
    row("concatenate", "number-none", lambda np, x, y: np.concatenate((x, y, 2.0), axis=None), X_AND_NUMBER),
    row("concatenate", "number-hstack", lambda np, x, y: np.hstack((x, y, 1)), X_AND_NUMBER),
    row("concatenate", "number-vstack", lambda np, x, y: np.vstack((x[:1], y, 1.0)), X_AND_NUMBER),
    row("concatenate", "number-dstack", lambda np, x, y: np.dstack((x[:1], y, 1.0)), X_AND_NUMBER),
    row("concatenate", "number-columns", lambda np, x, y: np.column_stack((x[:1], y)), X_AND_NUMBER),
    row("concatenate", "number-block", lambda np, x, y: np.block([x, y, 1.0]), X_AND_NUMBER),
    row("reshape", "number-atleast-1d", lambda np, x, y: np.atleast_1d(x, y, 1.0), X_AND_NUMBER),
    row("reshape", "number-atleast-3d", lambda np, x, y: np.atleast_3d(x, y, 1.0), X_AND_NUMBER),
    row("concatenate", "number-meshgrid", lambda np, x, y: np.meshgrid(x, y), X_AND_NUMBER),
    row("broadcast_to", "number-arrays", lambda np, x, y: np.broadcast_arrays(x, y, 1.0), X_AND_NUMBER),
    row("stack", "number", lambda np, x, y: np.stack([x[0], y, 1.0]), X_AND_NUMBER),
]

REARRANGE = [
    row("flip", "all", lambda np, x: np.flip(x), CUBE),
    row("flip", "axis", lambda np, x: np.flip(x, -1)),
    row("flip", "axes", lambda np, x: np.flip(x, (0, 2)), CUBE),
    row("flip", "lr", lambda np, x: np.fliplr(x)),
    row("flip", "ud", lambda np, x: np.flipud(x)),
    row("flip", "rot90", lambda np, x: np.rot90(x)),
    row("flip", "rot90-twice", lambda np, x: np.rot90(x, 2, axes=(1, 2)), CUBE),
    row("flip", "rot90-back", lambda np, x: np.rot90(x, -1, axes=(2, 0)), CUBE),
    row("flip", "rot90-none", lambda np, x: np.rot90(x, 4)),
    row("roll", "row", lambda np, x: np.roll(x, 2)),
    row("roll", "axis", lambda np, x: np.roll(x, -1, axis=1)),
    row("roll", "axes", lambda np, x: np.roll(x, (1, 2), axis=(0, -1))),
    row("roll", "one-shift", lambda np, x: np.roll(x, 1, axis=(0, 1))),
    row("roll", "shifts-of-a-row", lambda np, x: np.roll(x, (1, 2))),
    row("repeat", "row", lambda np, x: np.repeat(x, 3)),
    row("repeat", "axis", lambda np, x: np.repeat(x, 2, axis=-1)),
    row("repeat", "none", lambda np, x: np.repeat(x, 0, axis=0)),
    row("repeat, sum_runs", "counts", lambda np, x: np.repeat(x, [2, 0, 3], axis=0)),
    row("repeat, sum_runs", "counts-axis", lambda np, x: np.repeat(x, np.array([1, 2, 0, 1]), axis=1)),
    row("sum_runs", "runs", lambda np, x: sum_runs_p.bind(x, repeats=(2, 0, 1), axis=0)),
    row("reshape", "tile", lambda np, x: np.tile(x, 2)),
    row("reshape", "tile-axes", lambda np, x: np.tile(x, (2, 1, 3))),
    row("reshape", "tile-few", lambda np, x: np.tile(x, (2, 1)), CUBE),
    row("copy", "tile-once", lambda np, x: np.tile(x, (1, 1))),
    row("pad", "width", lambda np, x: np.pad(x, 1)),
    row("pad", "widths", lambda np, x: np.pad(x, ((1, 0), (2, 3)))),
    row("pad", "pair", lambda np, x: np.pad(x, (1, 2), constant_values=3)),
    row("pad", "values", lambda np, x: np.pad(x, ((1, 2), (0, 1)), constant_values=((1, 2), (3, 4)))),
]

DIAGONALS = [
    row("tril", "square", lambda np, x: np.tril(x)),
    row("tril", "above", lambda np, x: np.tril(x, 1), CUBE),
    row("tril", "row", lambda np, x: np.tril(x), ROW),
    row("triu", "square", lambda np, x: np.triu(x)),
    row("triu", "below", lambda np, x: np.triu(x, -1), CUBE),
    row("triu", "row", lambda np, x: np.triu(x, 1), ROW),
    row("diagonal", "main", lambda np, x: np.diagonal(x)),
    row("diagonal", "axes", lambda np, x: np.diagonal(x, 1, 2, 0), CUBE),
    row("diagonal", "below", lambda np, x: np.diagonal(x, offset=-1, axis1=-2, axis2=-1), CUBE),
    row("diagonal", "outside", lambda np, x: np.diagonal(x, 9)),
    row("diagonal", "diag", lambda np, x: np.diag(x, k=-1)),
    row("diagonal, sum", "trace", lambda np, x: np.trace(x)),
    row("diagonal, sum", "trace-axes", lambda np, x: np.trace(x, 1, 2, 0), CUBE),
    row("embed_diagonal", "diag", lambda np, x: np.diag(x), ROW),
    row("embed_diagonal", "diag-above", lambda np, x: np.diag(x, 2), ROW),
    row("embed_diagonal", "diag-below", lambda np, x: np.diag(x, -1), ROW),
    row("embed_diagonal", "diagflat", lambda np, x: np.diagflat(x, 1)),
]

CASES: list[Case] = [
    *RESHAPE,
    *TRANSPOSE,
    *BROADCAST,
    *COPY,
    *SLICES,
    *JOIN,
    *BESIDE,
    *REARRANGE,
    *DIAGONALS,
]
