"""Every equation knows the user's line, those of derivatives that of the operation that they belong to."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import checkpoint, custom_vjp, grad, jit, jvp, linearize, make_jaxpr, vjp, vmap
from funcgrad._src.base.source import Location, local_variables, placing, user_location
from funcgrad._src.transforms.derived import batch_program, jvp_program, vjp_programs
from funcgrad.errors import MissingRuleError
from funcgrad.extend import Equation, Primitive, eval_jaxpr, make_aval
from tests.error_texts import place

X, V = np.float64(2.0), np.array([2.0, 3.0])


def wave(x: Any) -> Any:
    y = np.sin(x)  # at: sin
    return y**3  # at: cube


PLACES = {"sin": place(__file__, "sin", "wave"), "integer_pow": place(__file__, "cube", "wave")}


def places(eqns: Any) -> list[tuple[str, str]]:
    """The line of each equation, and the operation that it is the derivative of."""
    return [(str(eqn.source), eqn.source.derivative_of) for eqn in eqns if eqn.source is not None]


STAGED: dict[str, Callable[[], Any]] = {
    "grad": lambda: make_jaxpr(grad(wave))(X).eqns,
    "vjp": lambda: make_jaxpr(lambda x: vjp(wave, x)[1](1.0))(X).eqns,
    "grad of jit": lambda: inner(make_jaxpr(grad(jit(wave)))(X)),
    "vmap of grad": lambda: make_jaxpr(vmap(grad(wave)))(V).eqns,
    "grad of vmap": lambda: make_jaxpr(grad(lambda v: vmap(wave)(v).sum()))(V).eqns,
    "grad of checkpoint": lambda: inner(make_jaxpr(grad(checkpoint(wave)))(X)),
    "derived": lambda: [e for p in vjp_programs(make_jaxpr(wave)(X), 1)[:2] for e in p.eqns],
}


def inner(program: Any) -> list[Equation]:
    """The equations of a program and of those that it calls."""
    found = []
    for eqn in program.eqns:
        body = eqn.params.get("jaxpr")
        found += inner(body) if body is not None else [eqn]
    return found


@pytest.mark.parametrize("way", STAGED)
def test_a_backward_pass_has_the_lines_of_the_forward_operations(way: str) -> None:
    found = places(STAGED[way]())
    for name, at in PLACES.items():
        assert (at, "") in found
        assert (at, name) in found
    assert {at for at, name in found if name in PLACES} == set(PLACES.values())


def test_derived_programs_keep_the_lines() -> None:
    program = make_jaxpr(wave)(X)
    moved, _ = jvp_program(program, 1)
    mapped, _ = batch_program(program, 2, (0,), [make_aval((2,), np.dtype(float))])
    for derived in (moved, mapped):
        assert {at for at, _ in places(derived.eqns)} == set(PLACES.values())


def test_a_linear_map_and_forward_mode_have_the_lines() -> None:
    for program in (linearize(wave, X)[1].jaxpr, make_jaxpr(lambda x: jvp(wave, (x,), (x,)))(X)):  # type: ignore[attr-defined]
        assert {at for at, _ in places(program.eqns)} == set(PLACES.values())


def test_a_rule_s_own_equations_have_the_rule_s_lines() -> None:
    f = custom_vjp(lambda x: x * x)

    def backward(x: Any, g: Any) -> Any:
        return (g * x * 2.0,)  # at: rule

    f.defvjp(lambda x: (f(x), x), backward)
    found = places(make_jaxpr(grad(lambda x: f(x)))(X).eqns)
    line = place(__file__, "rule", "backward")
    assert [at for at, _ in found if at == line] == [line, line]


def test_the_text_says_what_a_line_is_the_derivative_of() -> None:
    text = make_jaxpr(grad(wave))(X).pretty(sources=True)
    assert f"= cos a  # {PLACES['sin']}, derivative of sin" in text
    assert f"= sin a  # {PLACES['sin']}\n" in text


def test_an_error_in_a_program_names_the_line_of_the_equation() -> None:
    unmapped = Primitive("tests.unmapped", lambda xp, x: x)
    unmapped.aval = lambda x: x

    def fun(x: Any) -> Any:
        return unmapped.bind(x)  # at: unmapped

    program = make_jaxpr(fun)(X)
    for run in (vmap(jit(fun)), vmap(lambda x: eval_jaxpr(program, [x])[0])):
        with pytest.raises(MissingRuleError) as caught:
            run(V)
        assert str(caught.value.at) == place(__file__, "unmapped", "fun")


def test_a_place_holds_for_what_runs_inside_and_ours() -> None:
    """A frame of the user's that is further in comes first; without a place the search goes on."""
    here = Location("there.py", 3, "f")

    @placing
    def inside(place: Location | None) -> Location | None:
        return user_location()

    code = inside.__code__.replace(co_filename="<funcgrad test>")
    inside.__code__ = code
    placing(inside)
    assert inside(here) == here
    found = inside(None)
    assert found is not None
    assert found.function.endswith("test_a_place_holds_for_what_runs_inside_and_ours")


def test_local_variables_are_those_of_functions_and_nothing_is_kept() -> None:
    def fun() -> tuple[dict[str, Any], Any]:
        value = [1]
        found = local_variables(sys._getframe())
        return found, value

    found, value = fun()
    assert found == {"value": value}
    assert local_variables(sys._getframe()).keys() >= {"found", "value", "fun"}
    assert eval("f(s._getframe())", {"f": local_variables, "s": sys}) == {}
