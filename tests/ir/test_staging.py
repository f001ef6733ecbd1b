"""Staging: what is recorded, what is computed at once, and what is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from funcgrad import grad
from funcgrad._src.base.errors import LeakedTracerError, MutationError, WrongThreadError
from funcgrad._src.core.inplace import rebind
from funcgrad._src.core.trace import tracing
from funcgrad._src.ir.evaluate import eval_jaxpr
from funcgrad._src.ir.jaxpr import Jaxpr
from funcgrad._src.ir.staging import StagingTrace, stage
from funcgrad._src.ops.structural import full_like_aval, sum_axes
from funcgrad._src.transforms.make_jaxpr import make_jaxpr
from tests.ir.programs import F3, registered, show_p


@pytest.fixture(autouse=True, scope="module")
def _primitives() -> Iterator[None]:
    with registered():
        yield


def names(jaxpr: Jaxpr) -> list[str]:
    return [eqn.primitive.name for eqn in jaxpr.eqns]


def test_what_meets_no_traced_value_is_computed_at_once() -> None:
    table = np.ones(3)
    jaxpr = make_jaxpr(lambda x: x + sum_axes(table * 2.0))(np.ones(3))
    assert names(jaxpr) == ["add"]
    assert jaxpr.hidden == ()


def test_an_array_that_meets_a_traced_value_is_hidden_once_and_by_reference() -> None:
    table = np.ones(3)
    jaxpr = make_jaxpr(lambda x: (x + table) * table)(np.ones(3))
    assert len(jaxpr.hidden) == 1
    assert jaxpr.hidden[0] is table


def test_a_new_array_is_an_equation() -> None:
    jaxpr = make_jaxpr(lambda x: (x, full_like_aval(F3, 2.0)))(np.ones(3))
    assert names(jaxpr) == ["full"]
    assert jaxpr.hidden == ()


def test_an_effect_is_recorded_even_without_traced_operands() -> None:
    def shows(x: Any) -> Any:
        show_p.bind(np.ones(3))
        return x

    jaxpr = make_jaxpr(shows)(np.ones(3))
    assert names(jaxpr) == ["ir_tests.show"]
    assert jaxpr.effects == {"ordered"}


def test_values_are_computed_beside_the_program_when_asked_for() -> None:
    trace = StagingTrace("jit", values=True)
    with tracing(trace):
        x = trace.new_input(np.arange(3.0))
        y = x * 2.0 + 1.0
        assert trace.concrete(y)[2] == 5.0
        jaxpr = trace.finish([x.data], [y])
    np.testing.assert_array_equal(eval_jaxpr(jaxpr, [np.arange(3.0)])[0], np.arange(3.0) * 2.0 + 1.0)


def test_tracers_of_outer_traces_are_hidden_inputs() -> None:
    inner: list[Jaxpr] = []

    def outer(y: Any) -> Any:
        jaxpr = make_jaxpr(lambda x: x * y)(np.ones(3))
        assert jaxpr.hidden == (y,)
        inner.append(jaxpr)
        return eval_jaxpr(jaxpr, [np.full(3, 3.0)])[0]

    jaxpr = make_jaxpr(outer)(np.ones(3))
    assert names(jaxpr) == ["multiply"]
    assert jaxpr != inner[0].closed()
    gradient = grad(lambda y: sum_axes(outer(y) * y))(np.ones(3))
    np.testing.assert_array_equal(gradient, np.full(3, 6.0))


def test_a_tracer_that_has_leaked_is_no_hidden_input() -> None:
    kept: list[Any] = []
    make_jaxpr(lambda x: kept.append(x * 1.0) or x)(np.ones(3))
    with pytest.raises(LeakedTracerError, match="used after `make_jaxpr` had ended"):
        make_jaxpr(lambda x: x * kept[0])(np.ones(3))
    with pytest.raises(LeakedTracerError):
        make_jaxpr(lambda x: kept[0])(np.ones(3))


def test_a_tracer_is_not_used_on_another_thread() -> None:
    caught: list[BaseException] = []

    def elsewhere(x: Any) -> None:
        try:
            make_jaxpr(lambda y: y * x)(np.ones(3))
        except WrongThreadError as error:
            caught.append(error)

    def fun(x: Any) -> Any:
        thread = threading.Thread(target=elsewhere, args=(x,))
        thread.start()
        thread.join()
        return x

    make_jaxpr(fun)(np.ones(3))
    assert len(caught) == 1


def test_arguments_are_not_written() -> None:
    def writes(x: Any) -> list[Any]:
        rebind(x, x * 2.0)
        return [x]

    with pytest.raises(MutationError, match="would write into an argument"):
        stage(writes, [F3])


def test_values_made_inside_may_be_written() -> None:
    def writes(x: Any) -> list[Any]:
        y = x * 1.0
        rebind(y, y + 1.0)
        return [y, x]

    assert names(stage(writes, [F3])) == ["multiply", "add"]
