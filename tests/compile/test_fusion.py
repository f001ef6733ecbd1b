"""Which equations make one loop program, in which order these run, and that they compute the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from funcgrad import debug, grad
from funcgrad._src.compile import fusion
from funcgrad._src.compile.fusion import LIMIT, Fusion, is_elementwise
from funcgrad._src.compile.loops import Compute, Loop
from funcgrad._src.compile.plan import Plan
from funcgrad._src.ir.jaxpr import Equation, Literal, Var
from tests.compile.ownership import same_bits
from tests.compile.planning import planned, quiet, random_plans, run_jaxpr, run_loop

Function = Callable[..., Any]
A = np.linspace(0.1, 2.0, 12).reshape(3, 4)
B = A[::-1].copy()
ROW, COLUMN = np.linspace(1.0, 2.0, 4), np.linspace(2.0, 3.0, 3)[:, None]
SQUARE = np.linspace(0.1, 2.0, 16).reshape(4, 4)


def groups_of(found: Plan) -> list[list[str]]:
    """The names of the equations in each group, in order."""
    return [[row.eqn.primitive.name for row in loop.body] for loop in found.groups]


# --- what makes a group ------------------------------------------------------------------------------

TOGETHER: dict[str, tuple[Function, tuple[Any, ...], list[str]]] = {
    "a chain": (lambda a: np.sin(a) * 2.0 + 1.0, (A,), ["sin", "multiply", "add"]),
    "two chains of one shape": (
        lambda a, b: (np.sin(a) * 2.0, np.cos(b) * 3.0),
        (A, B),
        ["sin", "multiply", "cos", "multiply"],
    ),
    "broadcast operands": (
        lambda a, row, column: (a - row) * column / 3.0,
        (A, ROW, COLUMN),
        ["subtract", "multiply", "divide"],
    ),
    "NumPy's and Python's numbers": (
        lambda a, s: (a * s + 2.0) * np.float32(3.0),
        (A, np.float64(0.5)),
        ["multiply", "add", "multiply"],
    ),
    "casts and masks": (
        lambda a: np.where(a > 1.0, a.astype(np.float32), 0.0),
        (A,),
        ["greater", "convert", "where"],
    ),
    "a sum over rows, read again": (
        lambda a: (e := np.exp(a)) / np.sum(e, axis=1, keepdims=True),
        (A,),
        ["exp", "sum", "divide"],
    ),
    "small values between": (
        lambda a: a - np.log(np.exp(a).sum(axis=1, keepdims=True)),
        (A,),
        ["exp", "sum", "log", "subtract"],
    ),
    "a sum over columns": (lambda a: np.sum(np.exp(a) * 2.0, axis=0), (A,), ["exp", "multiply", "sum"]),
    "a sum over all": (lambda a: np.max(np.exp(a) * a), (A,), ["exp", "multiply", "max"]),
    "all reductions": (
        lambda a: ((e := np.exp(a)).sum(axis=1), e.max(axis=0), e.min(), e.prod(axis=1)),
        (A,),
        ["exp", "sum", "max", "min", "prod"],
    ),
    "transposed, all": (lambda a: np.exp(a.T) * a.T + 1.0, (A,), ["exp", "multiply", "add"]),
    "strong products": (
        grad(lambda a: np.where(a > 0, np.log(a), 0.0).sum()),
        (A,),
        ["greater", "convert", "divide", "strong_mul"],
    ),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_what_makes_one_group(name: str) -> None:
    function, args, names = TOGETHER[name]
    assert groups_of(planned(function, *args)) == [names]


def between(a: Any) -> Any:
    y = np.exp(a) * 2.0
    debug.callback(lambda: None)
    return y + 1.0, np.sin(a) * 3.0


# A function, its arguments, and for each group what is in it; single equations make none.
APART: dict[str, tuple[Function, tuple[Any, ...], list[list[str]]]] = {
    "one equation": (np.exp, (A,), []),
    "another shape": (lambda a, row: (np.exp(a) + 1.0, np.exp(row) + 1.0), (A, ROW), [["exp", "add"]] * 2),
    "used transposed": (
        lambda a: (e := np.exp(a) * 2.0) * np.sin(e.T),
        (SQUARE,),
        [["exp", "multiply"], ["sin", "multiply"]],
    ),
    "an operand in the other order": (lambda a: np.exp(a) * np.sin(a.T), (SQUARE,), [["exp", "multiply"]]),
    "effects between": (between, (A,), [["exp", "multiply"], ["add", "sin", "multiply"]]),
    "a sum over the slowest axis, read again": (
        lambda a: (e := np.exp(a) * 2.0) / np.sum(e, axis=0),
        (A,),
        [["exp", "multiply", "sum"]],
    ),
    "a sum over all, read again": (
        lambda a: (e := np.exp(a) * 2.0) / np.sum(e),
        (A,),
        [["exp", "multiply", "sum"]],
    ),
    "a product between": (
        lambda a: np.exp((np.exp(a) * 2.0) @ a.T) + 1.0,
        (A,),
        [["exp", "multiply"], ["exp", "add"]],
    ),
    "gaps in an operand": (lambda a: np.exp(a[:, ::2]) * 2.0, (A,), [["exp", "multiply"]]),
    "an unknown layout": (lambda a: np.exp(a) * 2.0, (np.broadcast_to(A[:1], A.shape),), []),
    "nothing in it": (lambda a: np.exp(a) * 2.0, (A[:0],), []),
    "where over a whole array": (lambda a: np.cumsum(np.exp(a) * 2.0, axis=1), (A,), [["exp", "multiply"]]),
}


@pytest.mark.parametrize("name", APART)
def test_what_does_not_make_one_group(name: str) -> None:
    function, args, names = APART[name]
    assert groups_of(planned(function, *args)) == names


def test_a_group_is_limited() -> None:
    def long(a: Any) -> Any:
        for i in range(2 * LIMIT + 10):
            a = np.sin(a) if i % 2 else np.cos(a)
        return a

    assert [len(names) for names in groups_of(planned(long, A))] == [LIMIT, LIMIT, 10]


def test_no_results_but_those_that_are_read_elsewhere() -> None:
    def function(a: Any) -> Any:
        e = np.exp(a)
        f = e * 2.0
        return f, (f + e) @ ROW

    (loop,) = planned(function, A).groups
    assert [store.register for store in loop.stores] == [loop.body[1].register, loop.body[2].register]


# --- the order of execution --------------------------------------------------------------------------


def check_order(found: Plan) -> None:
    """Every equation is there once, and reads what was computed before."""
    there = set(found.jaxpr.in_vars)
    for step in found.steps:
        for eqn in step.eqns:
            for atom in eqn.ins:
                assert not isinstance(atom, Var) or atom in there, f"{eqn} reads what is not computed yet"
            there.update(eqn.outs)
    done = [eqn for step in found.steps for eqn in step.eqns]
    assert len(done) == len(found.jaxpr.eqns)
    assert {id(eqn) for eqn in done} == {id(eqn) for eqn in found.jaxpr.eqns}
    effects = [eqn for eqn in done if eqn.primitive.effect]
    assert effects == [eqn for eqn in found.jaxpr.eqns if eqn.primitive.effect]


SORTS = {"small": 120, "special": 60, "large": 20, "dense": 80}
KINDS = ["value", "gradient", "second gradient", "map"]


@pytest.mark.parametrize("variant", KINDS)
@pytest.mark.parametrize("sort", SORTS)
def test_operands_are_computed_before(sort: str, variant: str) -> None:
    for name, found, _ in random_plans(range(SORTS[sort]), sort, variant):
        try:
            check_order(found)
        except AssertionError as error:
            pytest.fail(f"{name}: {error}\n{found}")


def test_a_group_that_closes_too_late_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fusion, "_need", lambda self, eqn, group: None)
    plans = [found for _, found, _ in random_plans(range(60), "dense", "value")]
    with pytest.raises(AssertionError, match="not computed yet"):
        list(map(check_order, plans))


# --- what a loop program computes --------------------------------------------------------------------


def bound(loop: Loop, var: Var, value: Any, values: dict[Var, Any]) -> float:
    """How far a result may be off: nothing, or what adding up in another order explains."""
    if value.dtype.kind not in "fc":
        return 0.0
    row = next(row for row in loop.body if row.eqn.outs[0] is var)
    operands = [np.abs(values[a]) for a in row.eqn.ins if isinstance(a, Var)]
    largest = max([float(np.max(x, initial=0.0, where=np.isfinite(x))) for x in map(np.asarray, operands)])
    size = max(x.size for x in map(np.asarray, operands)) if row.axes else 1
    return 64 * float(np.finfo(value.dtype).eps) * (1 + largest) * size


def check_loop(loop: Loop, values: dict[Var, Any]) -> int:
    """The results of a loop program are those of the equations one by one; how many were compared."""
    inputs = {load.var: values[load.var] for load in loop.loads}
    with quiet():
        found = run_loop(loop, inputs)
    for var, got in found.items():
        value = np.asarray(values[var])
        assert (got.shape, got.dtype) == (value.shape, value.dtype)
        assert np.allclose(
            got,
            value,
            rtol=1e-5 if value.dtype.itemsize < 8 else 1e-10,
            atol=bound(loop, var, value, values),
            equal_nan=True,
        ), f"{loop}\n{got}\n{value}"
    return len(found)


@pytest.mark.parametrize("name", TOGETHER)
def test_a_loop_computes_what_its_equations_do(name: str) -> None:
    function, args, _ = TOGETHER[name]
    found = planned(function, *args)
    values = run_jaxpr(found.jaxpr, args)
    for loop in found.groups:
        for var, got in run_loop(loop, {load.var: values[load.var] for load in loop.loads}).items():
            plain = not any(row.axes for row in loop.body)
            assert same_bits(got, values[var]) if plain else np.allclose(got, values[var], rtol=1e-13)


@pytest.mark.parametrize("variant", KINDS)
@pytest.mark.parametrize("sort", SORTS)
def test_random_loops_compute_what_their_equations_do(sort: str, variant: str) -> None:
    compared = 0
    for name, found, args in random_plans(range(SORTS[sort]), sort, variant):
        values = run_jaxpr(found.jaxpr, args)
        for loop in found.groups:
            try:
                compared += check_loop(loop, values)
            except AssertionError as error:
                pytest.fail(f"{name}: {error}")
    assert compared > 0


def loops() -> Iterator[tuple[Loop, dict[Var, Any]]]:
    """Loop programs of random functions, with all values."""
    for sort, variant in (("dense", "value"), ("small", "gradient")):
        for _, found, args in random_plans(range(50), sort, variant):
            values = run_jaxpr(found.jaxpr, args)
            for loop in found.groups:
                yield loop, values


def _exchanged(loop: Loop) -> Loop:
    """Operands of what is not commutative change places."""
    body = [
        Compute(row.eqn, row.args[::-1], row.register, row.axes) if len(row.args) == 2 else row
        for row in loop.body
    ]
    return _copy(loop, body=tuple(body))


def _copy(loop: Loop, **changes: Any) -> Loop:
    fields = {name: getattr(loop, name) for name in type(loop).__annotations__}
    return Loop(**{**fields, **changes})


def _turned(loop: Loop) -> Loop:
    loads = [type(load)(load.var, load.dims[::-1], load.register) for load in loop.loads]
    return _copy(loop, loads=tuple(loads))


def _whole(loop: Loop) -> Loop:
    """Reductions forget an axis."""
    body = [Compute(row.eqn, row.args, row.register, row.axes[1:]) for row in loop.body]
    return _copy(loop, body=tuple(body))


def _narrow(loop: Loop) -> Loop:
    return _copy(loop, varies=tuple([v[1:] for v in loop.varies]))


@pytest.mark.parametrize("change", [_exchanged, _turned, _whole, _narrow], ids=lambda f: f.__name__)
def test_a_wrong_loop_is_noticed(change: Callable[[Loop], Loop]) -> None:
    def wrong() -> int:
        count = 0
        for loop, values in loops():
            try:
                check_loop(change(loop), values)
            except (AssertionError, ValueError, TypeError, IndexError):
                count += 1
        return count

    assert wrong() > 0


# --- what is elementwise -----------------------------------------------------------------------------


def test_numbers_are_not_arrays() -> None:
    """NumPy's scalars are computed by themselves: no group holds one as a result."""
    found = planned(lambda s: np.exp(s) * 2.0 + np.sin(s), np.float64(0.5))
    assert not found.groups
    assert not any(is_elementwise(eqn) for eqn in found.jaxpr.eqns)


def test_every_value_of_a_group_varies_along_the_slowest_axis_or_leaves_it() -> None:
    """The note on axis 0: otherwise a block would not have all of what it reads."""
    for loop, _ in loops():
        long = [k for k, n in enumerate(loop.sizes) if n > 1]
        if not long or loop.sizes[0] == 1:
            continue
        for row in loop.body:
            assert 0 in loop.varies[row.register] or 0 in row.axes
        ended = {row.register for row in loop.body if 0 in row.axes}
        assert not any(a in ended for row in loop.body for a in row.args if not isinstance(a, Literal))


def test_fusion_asks_for_layouts() -> None:
    """Without them there is nothing to fuse."""
    jaxpr = planned(lambda a: np.exp(a) * 2.0, A).jaxpr
    assert all(isinstance(item, Equation) for item in fusion.Fusion(jaxpr, {}).items)
