"""Layouts that the planner foretells are those that NumPy makes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import make_jaxpr
from funcgrad._src.compile.compiler import c_contiguous
from funcgrad._src.compile.layout import Layout, c_layout, layouts
from funcgrad._src.ir.jaxpr import Jaxpr, Literal
from tests.ops.case import Case
from tests.ops.rows import function_of, is_number, operands, rows

pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")


def lies_so(array: Any, layout: Layout) -> bool:
    """Whether an array lies in this order, and without gaps if the layout says so."""
    moved = array.transpose(layout.order)
    steps = [s for s, n in zip(moved.strides, moved.shape, strict=True) if n != 1]
    falling = steps == sorted(steps, reverse=True) and all(step >= 0 for step in steps)
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


@rows(lambda case: case.jit)
def test_layouts_of_every_row(case: Case) -> None:
    args = operands(case)
    known = [i for i, arg in enumerate(args) if is_number(arg)]
    values = [args[i] for i in known]
    jaxpr = make_jaxpr(function_of(case, args, known))(*values)
    if not jaxpr.hidden_vars:
        check(jaxpr, values)
        check(jaxpr, [np.asfortranarray(v) if isinstance(v, np.ndarray) and v.ndim else v for v in values])


A = np.arange(24.0).reshape(2, 3, 4)
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
    "running": (lambda a: np.cumsum(a, axis=1) * 2.0, 2),
    "backwards": (lambda a: a[::-1] * 2.0, 0),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_layouts_that_are_followed(name: str) -> None:
    """At least so many are known, and right."""
    function, least = PROGRAMS[name]
    assert check(make_jaxpr(function)(A), [A]) >= least


def test_a_wrong_layout_is_noticed() -> None:
    assert not lies_so(A.T, c_layout(3))
    assert not lies_so(A[:, 1:], c_layout(3))
    assert not lies_so(A[::-1], c_layout(3))
    assert lies_so(A, c_layout(3))
