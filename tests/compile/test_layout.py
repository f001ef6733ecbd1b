"""Layouts that the planner foretells are those that NumPy makes."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from funcgrad import jit, make_jaxpr
from funcgrad._src.compile.codes import GAPS, OTHER, REPEATED, ROWS, TURNED, C, F, code_of, order_of
from funcgrad._src.compile.compiler import c_contiguous
from funcgrad._src.compile.layout import Layout, c_layout, layouts
from funcgrad._src.ir.jaxpr import Jaxpr, Literal
from funcgrad.scipy.linalg import cho_solve, solve_triangular
from funcgrad.tree import leaves
from tests.ops.case import Case
from tests.ops.rows import function_of, is_number, operands, rows

pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")


def lies_so(array: Any, layout: Layout) -> bool:
    """Whether an array lies in this order, and without gaps if the layout says so, forwards then."""
    moved = array.transpose(layout.order)
    steps = [abs(s) for s, n in zip(moved.strides, moved.shape, strict=True) if n != 1]
    falling = steps == sorted(steps, reverse=True)
    return not array.size or (falling and (not layout.dense or moved.flags.c_contiguous))


def check(jaxpr: Jaxpr, args: list[Any]) -> int:
    """Compare every layout that is known with that of the value; return how many were compared."""
    known = layouts(jaxpr, c_contiguous(args))
    found: dict[Any, Any] = dict(zip(jaxpr.in_vars, args, strict=True))
    compared = 0
    for eqn in jaxpr.eqns:
        ins = [atom.value if isinstance(atom, Literal) else found[atom] for atom in eqn.ins]
        outs = eqn.primitive.host(*ins, **eqn.params)
        outs = outs if eqn.primitive.multiple else (outs,)
        found.update(zip(eqn.outs, outs, strict=True))
        for var in eqn.outs:
            if var in known and type(found[var]) is np.ndarray:
                assert lies_so(found[var], known[var]), f"{eqn}: {known[var]}, {found[var].strides}"
                compared += 1
    return compared


def turned(x: Any) -> Any:
    """The same numbers, with the second axis the slowest."""
    return x if x.ndim < 2 else np.ascontiguousarray(np.moveaxis(x, 1, 0)).swapaxes(0, 1)


def backwards(x: Any, *axes: int) -> Any:
    """The same numbers, from the last to the first along these axes."""
    return np.flip(np.ascontiguousarray(np.flip(x, axes)), axes)


LAID = (
    np.ascontiguousarray,
    np.asfortranarray,
    turned,
    lambda x: backwards(x, 0),
    lambda x: backwards(x, -1),
    lambda x: backwards(x, *range(x.ndim)),
)


@rows(lambda case: case.jit)
def test_layouts_of_every_row(case: Case) -> None:
    args = operands(case)
    known = [i for i, arg in enumerate(args) if is_number(arg)]
    values = [args[i] for i in known]
    jaxpr = make_jaxpr(function_of(case, args, known))(*values)
    if not jaxpr.hidden_vars:
        for way in LAID:
            check(jaxpr, [way(v) if isinstance(v, np.ndarray) and v.ndim else v for v in values])


A = np.arange(24.0).reshape(2, 3, 4)


def chosen(a: Any) -> Any:
    """Zeros and ones, as indices."""
    return (a[:, 1] % 2).astype(np.int64)


PROGRAMS: dict[str, tuple[Any, int]] = {
    "transposes": (lambda a: np.transpose(a, (2, 0, 1)) * 2.0 + 1.0, 3),
    "back again": (lambda a: np.transpose(np.transpose(a) * 2.0), 3),
    "broadcast": (lambda a: a[:, :1] * a[:1] + a[0], 5),
    "orders that differ": (lambda a: a[0] @ a[0].T + (a[0] @ a[0].T).T, 5),
    "reductions": (lambda a: a.sum(axis=1) + a.max(axis=1), 3),
    "cut outside": (lambda a: a[1:] * 2.0, 2),
    "cut inside": (lambda a: a[:, 1:] * 2.0, 1),
    "reshaped": (lambda a: a.reshape(6, 4).T * 3.0, 3),
    "repeated": (lambda a: -np.broadcast_to(a[:, :, :1], (2, 3, 4)) * a, 4),
    "repeated outside": (lambda a: -np.broadcast_to(a[:1], (2, 3, 4)), 1),
    "repeated numbers": (lambda a: np.broadcast_to(a[0, 0, 0], (2, 3)) + a[0, :1, :3], 3),
    "factors": (lambda a: np.linalg.cholesky(a[0][:1] @ a[0][:1].T).T * 2.0, 5),
    "triangles": (lambda a: np.tril(a) + np.triu(a), 3),
    "diagonal": (lambda a: np.diag(a[0]) + 1.0, 3),
    "solutions": (lambda a: (solve_triangular(a[..., :3] + 1.0, a), cho_solve((a[1, :, :3], True), a[0])), 6),
    "running": (lambda a: np.cumsum(a, axis=1) * 2.0, 2),
    "rows by index": (lambda a: np.transpose(a)[chosen(a)] * 2.0, 6),
    "columns by index": (lambda a: a[:, chosen(a)] * 2.0 + np.take(a, chosen(a), 1), 10),
    "the last by index": (lambda a: a[..., chosen(a)] * 2.0, 5),
    "crossed by index": (lambda a: a[chosen(a), 1:, chosen(a)] * 2.0, 8),
    "parts of what is turned": (
        lambda a: (a.T[1] * 2.0, a.T[:, 1:] * 2.0, a.T[..., 1] * 2.0, a.T[1:3, 0]),
        9,
    ),
    "backwards": (lambda a: a[::-1] * 2.0, 0),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_layouts_that_are_followed(name: str) -> None:
    """At least so many are known, and right."""
    function, least = PROGRAMS[name]
    assert check(make_jaxpr(function)(A), [A]) >= least


B = np.zeros((2, 3, 4, 5))
CODES = [
    ("C", B, C, None),
    ("Fortran", B.T, F, None),
    ("a scalar", 1.0, OTHER, None),
    ("backwards", B[::-1], ROWS, None),
    ("backwards, far apart", B[..., ::-2], GAPS, None),
    ("rows backwards", B[..., ::-1], GAPS, None),
    ("cut inside", B[:, 1:], ROWS, None),
    ("nothing in it", B[:0].T, C, None),
    ("repeated", np.broadcast_to(1.0, 5), REPEATED, None),
    ("repeated rows", np.broadcast_to(np.ones(5), (3, 5)), OTHER, None),
    ("windows", np.lib.stride_tricks.sliding_window_view(np.ones(9), 3), OTHER, None),
    ("turned", B.transpose(2, 0, 3, 1), None, (1, 3, 0, 2)),
    ("turned, with axes of one", B[:, None].transpose(2, 4, 0, 1, 3), None, (3, 2, 0, 4, 1)),
    ("turned and cut", B[:, 1:].transpose(2, 0, 3, 1), OTHER, None),
    ("turned and backwards", B[::-1].transpose(2, 0, 3, 1), OTHER, None),
]


@pytest.mark.parametrize(("x", "code", "order"), [row[1:] for row in CODES], ids=[row[0] for row in CODES])
def test_codes(x: Any, code: int | None, order: tuple[int, ...] | None) -> None:
    found = code_of(x)
    if order is None:
        assert found == code
        return
    assert found >= TURNED
    assert order_of(found, x.ndim) == order
    wide = [axis for axis in order if x.shape[axis] != 1]
    assert x.transpose(order).flags.c_contiguous
    assert len(wide) > 1


def test_orders_of_axes_have_different_codes() -> None:
    orders = list(itertools.permutations(range(4)))
    found = {code_of(B.transpose(np.argsort(order))) for order in orders}
    assert len(found) == len(orders)


FUNCTIONS: dict[str, Any] = {
    "elementwise": lambda x, y: np.tanh(x) * y + x,
    "sums": lambda x, y: tuple([(x * y).sum(axis=axis) for axis in (None, 0, 1, 2, (0, 2), (0, 1))]),
    "softmax": lambda x, y: np.exp(x) / np.exp(x).sum(axis=1, keepdims=True) + y.max(axis=2, keepdims=True),
    "products": lambda x, y: (x @ y.swapaxes(1, 2), np.einsum("ijk,ijk->ik", x, y)),
    "cuts": lambda x, y: np.concatenate([x[1:] * 2.0, y[:1], -x[::2]]) + x[:1, :, ::-1],
    "shapes": lambda x, y: (
        x.reshape(x.shape[0], -1) * 2.0,
        y.transpose(2, 0, 1) + 1.0,
        np.cumsum(x, axis=1),
    ),
}


@pytest.mark.parametrize("shape", [(3, 4, 5), (20, 30, 70), (1, 6, 2)])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_compiled_for_every_layout(name: str, shape: tuple[int, ...]) -> None:
    x, y = np.random.default_rng(0).normal(size=(2, *shape))
    compiled = jit(FUNCTIONS[name])
    for one, other in itertools.product(LAID, repeat=2):
        given = one(x), other(y)
        for a, b in zip(leaves(compiled(*given)), leaves(FUNCTIONS[name](*given)), strict=True):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13)
    assert compiled.trace_count == 1


def test_a_wrong_layout_is_noticed() -> None:
    assert not lies_so(A.T, c_layout(3))
    assert not lies_so(A[:, 1:], c_layout(3))
    assert not lies_so(A[::-1], c_layout(3))
    assert lies_so(A, c_layout(3))
