"""The program as a value: equality, hashing, copies, pickles; and programs of 50,000 equations."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from funcgrad._src.base.errors import JaxprError
from funcgrad._src.core.primitive import Primitive, find_primitive
from funcgrad._src.ir.check import check_jaxpr
from funcgrad._src.ir.evaluate import eval_jaxpr
from funcgrad._src.ir.jaxpr import Equation, Jaxpr, Literal, Var
from funcgrad._src.ir.parse import parse_jaxpr
from funcgrad._src.ir.passes.dce import dce
from funcgrad._src.ir.passes.inline import inline
from funcgrad._src.ops.arithmetic import multiply
from funcgrad._src.transforms.make_jaxpr import make_jaxpr
from funcgrad._src.tree import structure
from tests.ir.programs import F3, any_p, programs, registered, show_p

TABLE = np.arange(3.0)


@pytest.fixture(autouse=True, scope="module")
def _primitives() -> Iterator[None]:
    with registered():
        yield


def with_param(value: Any, primitive: Primitive = show_p) -> Jaxpr:
    return Jaxpr([], [Equation(primitive, (), {"p": value}, ())], [])


def with_literal(value: Any) -> Jaxpr:
    return Jaxpr([], [], [Literal(value)])


@pytest.mark.parametrize("make", [with_param, with_literal])
@pytest.mark.parametrize(
    ("one", "two"),
    [
        (1, 1.0),
        (1, True),
        (0.0, -0.0),
        (1.0, np.float64(1)),
        (1.0, 1 + 0j),
        (np.float32(1), np.float64(1)),
        (0j, -0j),
    ],
)
def test_equality_is_by_type_and_value(make: Any, one: Any, two: Any) -> None:
    assert make(one) == make(one)
    assert make(one) != make(two)


def test_equality_of_params() -> None:
    nan = float("nan")
    assert with_param(nan) == with_param(float("nan"))
    assert with_param((slice(0, nan), with_param)) == with_param((slice(0, nan), with_param))
    assert with_param(slice(0, 1)) == with_param(slice(0, 1))
    assert with_param(slice(0, 1)) != with_param(slice(0, True))
    assert with_param((0, (1,))) != with_param((0, (1.0,)))
    assert with_param(structure({"a": 1, "b": 2})) == with_param(structure({"a": 1, "b": 2}))
    assert with_param(structure({"a": 1, "b": 2})) != with_param(structure({"b": 2, "a": 1}))
    assert with_param(0) != with_param(0, any_p)


def test_hidden_values_take_no_part_in_equality_but_those_of_sub_jaxprs_do() -> None:
    one, two = (Jaxpr([], [], [], hidden_vars=[Var(F3)], hidden=[np.ones(3)]) for _ in range(2))
    assert one == two
    assert with_param(one) == with_param(one)
    assert with_param(one) != with_param(two)


@given(programs())
def test_every_program_pickles(jaxpr: Jaxpr) -> None:
    again = pickle.loads(pickle.dumps(jaxpr))
    assert again == jaxpr
    assert hash(again) == hash(jaxpr)
    assert str(again) == str(jaxpr)


def test_a_pickle_has_the_hidden_values_and_the_sources() -> None:
    jaxpr = make_jaxpr(lambda x: x * TABLE)(np.ones(3))
    again = pickle.loads(pickle.dumps(jaxpr))
    np.testing.assert_array_equal(eval_jaxpr(again, [np.ones(3)])[0], TABLE)
    assert again.hidden[0] is not TABLE
    assert again.pretty(sources=True) == jaxpr.pretty(sources=True)


def test_a_closed_over_tracer_does_not_pickle() -> None:
    inner: list[Jaxpr] = []

    def outer(y: Any) -> Any:
        inner.append(make_jaxpr(lambda x: x * y)(np.ones(3)))
        return y

    make_jaxpr(outer)(np.ones(3))
    with pytest.raises(JaxprError, match="closes over a traced value"):
        pickle.dumps(inner[0])


def test_copies_are_the_program_itself() -> None:
    jaxpr = make_jaxpr(lambda x: x * TABLE)(np.ones(3))
    assert copy.copy(jaxpr) is jaxpr
    assert copy.deepcopy([jaxpr])[0] is jaxpr


def test_closed_makes_hidden_inputs_ordinary() -> None:
    jaxpr = make_jaxpr(lambda x: x * TABLE)(np.ones(3))
    closed = jaxpr.closed()
    assert closed.hidden_vars == ()
    assert len(closed.in_vars) == 2
    np.testing.assert_array_equal(eval_jaxpr(closed, [TABLE, TABLE])[0], TABLE**2)
    assert closed.closed() is closed


def test_hidden_inputs_are_read_again_on_every_evaluation() -> None:
    table = np.ones(3)
    jaxpr = make_jaxpr(lambda x: x * table)(np.ones(3))
    table[:] = 5.0
    np.testing.assert_array_equal(eval_jaxpr(jaxpr, [np.ones(3)])[0], table)
    np.testing.assert_array_equal(eval_jaxpr(jaxpr, [np.ones(3)], [np.zeros(3)])[0], np.zeros(3))


DEPTH = 50_000


@pytest.fixture(scope="module")
def deep() -> Jaxpr:
    def chain(x: Any) -> Any:
        for _ in range(DEPTH):
            x = x * 0.5
        return x

    return make_jaxpr(chain)(np.ones(3))  # type: ignore[no-any-return]


def test_a_deep_program_is_read_back(deep: Jaxpr) -> None:
    text = str(deep)
    assert text.count("multiply") == DEPTH
    assert parse_jaxpr(text) == deep


def test_a_deep_program_is_checked_and_pickled(deep: Jaxpr) -> None:
    check_jaxpr(deep)
    assert pickle.loads(pickle.dumps(deep)) == deep


def test_a_deep_program_passes_through_the_passes(deep: Jaxpr) -> None:
    assert dce(deep) == deep
    assert dce(deep, [False]).eqns == ()
    assert inline(deep, ["no_call"]) == deep
    assert eval_jaxpr(deep, [np.ones(3)])[0][0] == 0.0


def test_a_deep_program_is_freed() -> None:
    x = Var(F3)
    eqns, last = [], x
    for _ in range(DEPTH):
        out = Var(F3)
        eqns.append(Equation(multiply.primitive, (last, Literal(2.0)), {}, (out,)))
        last = out
    jaxpr = Jaxpr([x], eqns, [last])
    hash(jaxpr)
    gone = weakref.ref(jaxpr)
    del jaxpr, eqns, last, out
    gc.collect()
    assert gone() is None


def test_a_program_with_an_unhashable_param_is_no_key() -> None:
    x, y = Var(F3), Var(F3)
    jaxpr = Jaxpr([x], [Equation(find_primitive("transpose"), (x,), {"axes": [0]}, (y,))], [y])
    with pytest.raises(JaxprError) as caught:
        hash(jaxpr)
    assert "`transpose` was bound with the param 'axes', which is not hashable" in str(caught.value)
    assert "axes=[0]" in str(caught.value)
