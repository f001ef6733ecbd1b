"""The checker: a good program passes, and each way to break one is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from funcgrad._src.base import config
from funcgrad._src.base.errors import JaxprError
from funcgrad._src.core.aval import make_aval
from funcgrad._src.core.primitive import Primitive
from funcgrad._src.ir.check import check_jaxpr
from funcgrad._src.ir.jaxpr import Equation, Jaxpr, Literal, Var
from funcgrad._src.ir.staging import StagingTrace, stage
from funcgrad._src.ops.arithmetic import multiply
from funcgrad._src.ops.structural import transpose_p
from tests.ir.programs import F3, PYTHON_FLOAT, any_p, call_p, registered, show_p

F4 = make_aval((4,), np.dtype(float))
F32 = make_aval((3,), np.dtype(np.float32))
MUL = multiply.primitive


@pytest.fixture(autouse=True, scope="module")
def _primitives() -> Iterator[None]:
    with registered():
        yield


class Parts:
    """A good program in pieces: ``{ lambda h ; x s . y = multiply x s; z = multiply y h; in (z, 2.0) }``."""

    def __init__(self) -> None:
        self.h, self.x, self.s, self.y, self.z = Var(F3), Var(F3), Var(PYTHON_FLOAT), Var(F3), Var(F3)
        self.hidden_vars: list[Any] = [self.h]
        self.hidden: list[Any] = [np.ones(3)]
        self.in_vars: list[Any] = [self.x, self.s]
        self.first = Equation(MUL, [self.x, self.s], {}, [self.y])
        self.second = Equation(MUL, [self.y, self.h], {}, [self.z])
        self.outs: list[Any] = [self.z, Literal(2.0)]
        self.axes: list[Any] = ["i"]
        self.more: list[Equation] = []

    def jaxpr(self) -> Jaxpr:
        eqns = [self.first, self.second, *self.more]
        return Jaxpr(
            self.in_vars, eqns, self.outs, hidden_vars=self.hidden_vars, hidden=self.hidden, axes=self.axes
        )


def wrong_literal() -> Literal:
    literal = Literal(2.0)
    literal.aval = F3
    return literal


def literal_array() -> Literal:
    return Literal(np.ones(3))


def unregistered() -> Primitive:
    primitive = object.__new__(Primitive)
    primitive.name, primitive.multiple, primitive.effect = "ir_tests.unknown", False, None
    return primitive


def impostor() -> Primitive:
    primitive = unregistered()
    primitive.name = "multiply"
    return primitive


def call(body: Jaxpr, parts: Parts) -> Equation:
    return Equation(call_p, [parts.x], {"body": body}, [Var(aval) for aval in body.out_avals])


def other_body() -> Jaxpr:
    return Jaxpr([Var(F4)], [], [])


def broken_body() -> Jaxpr:
    x = Var(F3)
    return Jaxpr([x], [Equation(MUL, [x, Var(F3)], {}, [Var(F3)])], [x])


def open_body() -> Jaxpr:
    return Jaxpr([], [], [], hidden_vars=[Var(F3)])


Mutation = Callable[[Parts], Any]
MUTATIONS: list[tuple[str, Mutation]] = [
    ("a variable is bound twice among the inputs", lambda p: p.in_vars.append(p.x)),
    ("a variable is bound twice among the inputs", lambda p: p.in_vars.append(p.h)),
    ("an input is not a variable", lambda p: p.in_vars.append(Literal(1.0))),
    ("the hidden values do not fit", lambda p: p.hidden.append(np.ones(3))),
    ("the hidden values do not fit", lambda p: p.hidden.__setitem__(0, np.ones(4))),
    ("the axis names are not different strings", lambda p: p.axes.append("i")),
    ("the axis names are not different strings", lambda p: p.axes.append(0)),
    ("output 2 is read before it is bound", lambda p: p.outs.append(Var(F3))),
    ("output 0 is neither a variable nor a literal", lambda p: p.outs.__setitem__(0, 1.0)),
    ("equation 0, `c:float64[3] = multiply a ?`, has an operand 1 that is read before it is bound",
     lambda p: p.first.ins.__setitem__(1, p.z)),
    ("equation 0, `c:float64[3] = multiply ? b`, has an operand 0 that is read before",
     lambda p: p.first.ins.__setitem__(0, p.y)),
    ("has an operand 0 that is neither a variable nor a literal", lambda p: p.first.ins.__setitem__(0, None)),
    ("is the literal 2.0 of type float, but says float64[3]",
     lambda p: p.first.ins.__setitem__(1, wrong_literal())),
    ("is a literal, but an array", lambda p: p.first.ins.__setitem__(1, literal_array())),
    ("equation 1, `c:float64[3] = multiply c h0`, binds a variable that is bound already",
     lambda p: p.second.outs.__setitem__(0, p.y)),
    ("binds a variable that is bound already", lambda p: p.first.outs.__setitem__(0, p.x)),
    ("binds a variable twice", lambda p: p.first.outs.append(p.y)),
    ("has a result that is not a variable", lambda p: p.first.outs.__setitem__(0, Literal(1.0))),
    ("has results of other types than its primitive's rule", lambda p: p.second.outs.__setitem__(0, Var(F4))),
    ("has results of other types than its primitive's", lambda p: p.second.outs.__setitem__(0, Var(F32))),
    ("has results of other types than its primitive's rule", lambda p: p.second.outs.append(Var(F3))),
    ("has operands that `multiply` does not take", lambda p: p.first.ins.append(p.x)),
    ("has operands that `transpose` does not take",
     lambda p: p.more.append(Equation(transpose_p, [p.x], {"axis": (0,)}, [Var(F3)]))),
    ("has operands that `multiply` does not take", lambda p: p.hidden.clear() or setattr(p.h, "aval", F4)),
    ("has operands that `transpose` does not take",
     lambda p: p.more.append(Equation(transpose_p, [p.x], {"axes": (3,)}, [Var(F3)]))),
    ("applies the primitive 'ir_tests.unknown', which is not registered",
     lambda p: setattr(p.first, "primitive", unregistered())),
    ("applies another primitive than the one registered as 'multiply'",
     lambda p: setattr(p.first, "primitive", impostor())),
    ("has the param 'a', which is not hashable",
     lambda p: p.more.append(Equation(any_p, [], {"gives": (), "a": [1]}, []))),
    ("has the param 'a', which is not hashable",
     lambda p: p.more.append(Equation(any_p, [], {"gives": (), "a": (np.ones(3),)}, []))),
    ("has params that are not named by strings", lambda p: p.more.append(Equation(show_p, [], {0: 1}, []))),
    ("has a broken sub-jaxpr: check_jaxpr: equation 0", lambda p: p.more.append(call(broken_body(), p))),
    ("has operands that `ir_tests.call` does not take", lambda p: p.more.append(call(other_body(), p))),
    ("has a sub-jaxpr whose hidden values are missing", lambda p: p.more.append(call(open_body(), p))),
]  # fmt: skip


def test_a_good_program_passes() -> None:
    parts = Parts()
    parts.more.append(call(Jaxpr([Var(F3)], [], []), parts))
    check_jaxpr(parts.jaxpr())


@pytest.mark.parametrize(("message", "mutate"), MUTATIONS)
def test_a_broken_program_is_found(message: str, mutate: Mutation) -> None:
    parts = Parts()
    mutate(parts)
    with pytest.raises(JaxprError) as raised:
        check_jaxpr(parts.jaxpr())
    assert message in raised.value.headline


def test_the_message_has_the_types() -> None:
    parts = Parts()
    parts.second.outs[0] = Var(F4)
    with pytest.raises(JaxprError) as raised:
        check_jaxpr(parts.jaxpr())
    lines = str(raised.value).splitlines()
    assert lines[0] == (
        "check_jaxpr: equation 1, `d:float64[4] = multiply c h0`, "
        "has results of other types than its primitive's rule gives."
    )
    assert lines[1:3] == [
        "  expected  float64[3]",
        "  got       float64[4]",
    ]


def test_programs_that_passed_may_be_trusted() -> None:
    parts = Parts()
    jaxpr = parts.jaxpr()
    check_jaxpr(jaxpr)
    parts.first.ins[1] = Var(F3)
    check_jaxpr(jaxpr, again=False)
    with pytest.raises(JaxprError):
        check_jaxpr(jaxpr)


def test_every_staged_program_is_checked_in_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    assert config.check_jaxprs

    def lose_an_equation(x: Any) -> list[Any]:
        y = x * 2.0
        assert type(x.trace) is StagingTrace
        x.trace.eqns.clear()
        return [y]

    with pytest.raises(JaxprError, match="output 0 is read before it is bound"):
        stage(lose_an_equation, [F3])
    monkeypatch.setattr(config, "check_jaxprs", False)
    stage(lose_an_equation, [F3])
