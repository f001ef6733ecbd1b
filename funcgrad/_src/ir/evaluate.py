"""Evaluate a jaxpr by binding its primitives: under whatever trace is current."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..base.errors import JaxprError
from ..base.source import placing
from .jaxpr import Jaxpr, Literal, Var


def last_uses(jaxpr: Jaxpr) -> list[list[Var]]:
    """For each equation the variables read there for the last time and needed no more."""
    kept = {atom for atom in jaxpr.outs if isinstance(atom, Var)}
    rows: list[list[Var]] = []
    for eqn in reversed(jaxpr.eqns):
        row = []
        for atom in (*eqn.ins, *eqn.outs):
            if isinstance(atom, Var) and atom not in kept:
                kept.add(atom)
                row.append(atom)
        rows.append(row)
    rows.reverse()
    return rows


@placing
def eval_jaxpr(jaxpr: Jaxpr, args: Sequence[Any], hidden: Sequence[Any] | None = None) -> list[Any]:
    """The outputs of ``jaxpr`` on ``args``, each equation bound under the current trace.

    ``hidden`` replaces the closed-over values; values are freed after their last use.
    """
    given = jaxpr.hidden if hidden is None else hidden
    if len(args) != len(jaxpr.in_vars) or len(given) != len(jaxpr.hidden_vars):
        raise _wrong_count(jaxpr, len(args), len(given))
    values: dict[Any, Any] = dict(zip(jaxpr.in_vars, args, strict=True))
    values.update(zip(jaxpr.hidden_vars, given, strict=True))
    for eqn, dead in zip(jaxpr.eqns, _dead_rows(jaxpr), strict=True):
        place = eqn.source  # noqa: F841  (found by user_location)
        operands = [a.value if type(a) is Literal else values[a] for a in eqn.ins]
        out = eqn.primitive.bind(*operands, **eqn.params)
        del operands
        if eqn.primitive.multiple:
            values.update(zip(eqn.outs, out, strict=True))
        else:
            values[eqn.outs[0]] = out
        for var in dead:
            del values[var]
    return [a.value if type(a) is Literal else values[a] for a in jaxpr.outs]


def _wrong_count(jaxpr: Jaxpr, args: int, hidden: int) -> JaxprError:
    return JaxprError(
        "eval_jaxpr: the number of values does not fit the program.",
        expected=f"{len(jaxpr.in_vars)} arguments and {len(jaxpr.hidden_vars)} hidden values",
        got=f"{args} arguments and {hidden} hidden values",
        hint="hidden values are no part of a jaxpr's text: eval_jaxpr(jaxpr, args, hidden)"
        if hidden == 0
        else None,
    )


def _dead_rows(jaxpr: Jaxpr) -> list[list[Var]]:
    rows: list[list[Var]] | None = jaxpr.cache.get("last_uses")
    if rows is None:
        rows = jaxpr.cache["last_uses"] = last_uses(jaxpr)
    return rows
