"""Passes: what they take away and what they must leave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from funcgrad._src.base.errors import JaxprError
from funcgrad._src.ir.check import check_jaxpr
from funcgrad._src.ir.evaluate import eval_jaxpr
from funcgrad._src.ir.jaxpr import Equation, Jaxpr, Literal, Var
from funcgrad._src.ir.passes.dce import dce
from funcgrad._src.ir.passes.guards_first import guards_first, last_guard
from funcgrad._src.ir.passes.inline import inline
from funcgrad._src.ops.arithmetic import multiply
from funcgrad._src.ops.decisions import guard_p
from funcgrad._src.transforms.make_jaxpr import make_jaxpr
from tests.ir.programs import F3, call_p, programs, registered, show_p


@pytest.fixture(autouse=True, scope="module")
def _primitives() -> Iterator[None]:
    with registered():
        yield


ONES, TWOS = np.ones(3), np.full(3, 2.0)


def wasteful(x: Any, y: Any) -> Any:
    unused = x * TWOS
    also = unused + y
    return (x + ONES) * 3.0, also - 1.0, x


def test_dce_keeps_what_the_outputs_need() -> None:
    jaxpr = make_jaxpr(wasteful)(np.ones(3), np.ones(3))
    assert dce(jaxpr) == jaxpr
    assert str(dce(jaxpr, [True, False, True])) == (
        "funcgrad.jaxpr 1\n"
        "{ lambda h0:float64[3] ; a:float64[3] b:float64[3] .\n"
        "  let\n"
        "    c:float64[3] = add a h0\n"
        "    d:float64[3] = multiply c 3.0:float\n"
        "  in (d, a) }"
    )
    assert dce(jaxpr, [True, False, True]).hidden == (ONES,)
    assert dce(jaxpr, [False, False, True]).eqns == ()
    assert len(jaxpr.eqns) == 5


def test_dce_keeps_effects_and_their_operands() -> None:
    x, y = Var(F3), Var(F3)
    show = Equation(show_p, (y,), {}, ())
    jaxpr = Jaxpr([x], [Equation(multiply.primitive, (x, Literal(2.0)), {}, (y,)), show], [])
    assert dce(jaxpr) == jaxpr
    inner = Jaxpr([z := Var(F3)], [Equation(show_p, (z,), {}, ())], [])
    call = Jaxpr([x], [Equation(call_p, (x,), {"body": inner}, ())], [])
    assert dce(call) == call


def test_dce_wants_one_bool_for_each_output() -> None:
    with pytest.raises(JaxprError, match="used_outputs does not fit"):
        dce(make_jaxpr(wasteful)(np.ones(3), np.ones(3)), [True])


@given(programs())
def test_dce_gives_good_programs_and_is_idempotent(jaxpr: Jaxpr) -> None:
    small = dce(jaxpr)
    check_jaxpr(small)
    assert dce(small) == small
    assert small.effects == jaxpr.effects


@given(programs())
def test_inlining_gives_good_programs_without_calls(jaxpr: Jaxpr) -> None:
    flat = inline(jaxpr, ["ir_tests.call"])
    check_jaxpr(flat)
    assert flat.out_avals == jaxpr.out_avals
    assert all(eqn.primitive is not call_p for eqn in flat.eqns)
    assert inline(flat, ["ir_tests.call"]) == flat


def test_inlined_calls_compute_the_same() -> None:
    body = make_jaxpr(lambda x: (x * 2.0, 7.0))(np.ones(3))
    x = Var(F3)
    first = Equation(call_p, (x,), {"body": body}, tuple(Var(a) for a in body.out_avals))
    second = Equation(call_p, (first.outs[0],), {"body": body}, tuple(Var(a) for a in body.out_avals))
    outer = Jaxpr([x], [first, second], [second.outs[0], first.outs[1]])
    twice = Jaxpr(
        [x], [Equation(call_p, (x,), {"body": outer}, (y := Var(F3), z := Var(outer.out_avals[1])))], [y, z]
    )
    flat = inline(twice, {"ir_tests.call"})
    assert [eqn.primitive.name for eqn in flat.eqns] == ["multiply", "multiply"]
    out, seven = eval_jaxpr(flat, [np.ones(3)])
    np.testing.assert_array_equal(out, np.full(3, 4.0))
    assert seven == 7.0


# --- guards first --------------------------------------------------------------------------------------


def guard(var: Var, number: int) -> Equation:
    return Equation(guard_p, (var,), {"kind": "bool", "expected": True, "number": number, "static": ()}, ())


def test_effects_wait_for_the_last_guard() -> None:
    x, y, z, w = Var(F3), Var(F3), Var(F3), Var(F3)
    first, second = Equation(show_p, (x,), {}, ()), Equation(show_p, (y,), {}, ())
    twice = Equation(multiply.primitive, (x, Literal(2.0)), {}, (y,))
    thrice = Equation(multiply.primitive, (x, Literal(3.0)), {}, (z,))
    last = Equation(multiply.primitive, (z, Literal(1.0)), {}, (w,))
    jaxpr = Jaxpr([x], [first, twice, guard(y, 0), second, thrice, guard(z, 1), last], [w])
    found = guards_first(jaxpr)
    check_jaxpr(found)
    assert [jaxpr.eqns.index(eqn) for eqn in found.eqns] == [1, 2, 4, 5, 0, 3, 6]
    assert (last_guard(jaxpr), last_guard(found)) == (5, 3)
    assert guards_first(found) is found
    assert dce(found).eqns == found.eqns


def test_what_depends_on_an_effect_waits_with_it() -> None:
    x, y, z = Var(F3), Var(F3), Var(F3)
    inner = Jaxpr([a := Var(F3)], [Equation(show_p, (a,), {}, ())], [a])
    call = Equation(call_p, (x,), {"body": inner}, (y,))
    later = Equation(multiply.primitive, (y, Literal(2.0)), {}, (z,))
    found = guards_first(Jaxpr([x], [call, later, guard(x, 0)], [z]))
    assert [eqn.primitive.name for eqn in found.eqns] == ["guard", call_p.name, "multiply"]


def test_without_a_guard_or_an_effect_nothing_moves() -> None:
    jaxpr = make_jaxpr(wasteful)(np.ones(3), np.ones(3))
    assert guards_first(jaxpr) is jaxpr
    assert last_guard(jaxpr) == -1
    x = Var(F3)
    only = Jaxpr([x], [guard(x, 0)], [x])
    assert guards_first(only) is only
