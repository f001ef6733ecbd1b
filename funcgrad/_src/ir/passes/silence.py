"""Silencing: leave out what is done for its effect alone."""

from __future__ import annotations

from typing import Any

from ..jaxpr import Equation, Jaxpr, effects_of


def silence(jaxpr: Jaxpr) -> Jaxpr:
    """``jaxpr`` without the equations that have an effect and no result, in sub-jaxprs too.

    A program that is computed a second time must not print a second time.
    """
    if not jaxpr.effects:
        return jaxpr
    found: Jaxpr | None = jaxpr.cache.get("silence")
    if found is None:
        eqns = [_silent(eqn) for eqn in jaxpr.eqns if eqn.outs or not eqn.primitive.effect]
        found = jaxpr.cache["silence"] = Jaxpr(
            jaxpr.in_vars,
            eqns,
            jaxpr.outs,
            hidden_vars=jaxpr.hidden_vars,
            hidden=jaxpr.hidden,
            axes=jaxpr.axes,
        )
    return found


def _silent(eqn: Equation) -> Equation:
    if not effects_of(eqn):
        return eqn
    params: dict[str, Any] = {key: _silent_param(value) for key, value in eqn.params.items()}
    return Equation(eqn.primitive, eqn.ins, params, eqn.outs, eqn.source)


def _silent_param(value: Any) -> Any:
    if isinstance(value, Jaxpr):
        return silence(value)
    if type(value) is tuple:
        return tuple(map(_silent_param, value))
    return value
