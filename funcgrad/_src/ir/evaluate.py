"""Evaluate a jaxpr by binding its primitives: under whatever trace is current."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .jaxpr import Atom, Jaxpr, Literal, Var


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


def eval_jaxpr(jaxpr: Jaxpr, args: Sequence[Any], hidden: Sequence[Any] | None = None) -> list[Any]:
    """The outputs of ``jaxpr`` on ``args``, each equation bound under the current trace.

    ``hidden`` replaces the closed-over values; values are freed after their last use.
    """
    values: dict[Var, Any] = dict(zip(jaxpr.in_vars, args, strict=True))
    values.update(zip(jaxpr.hidden_vars, jaxpr.hidden if hidden is None else hidden, strict=True))

    def read(atom: Atom) -> Any:
        return atom.value if isinstance(atom, Literal) else values[atom]

    for eqn, dead in zip(jaxpr.eqns, _dead_rows(jaxpr), strict=True):
        out = eqn.primitive.bind(*map(read, eqn.ins), **eqn.params)
        if eqn.primitive.multiple:
            values.update(zip(eqn.outs, out, strict=True))
        else:
            values[eqn.outs[0]] = out
        for var in dead:
            del values[var]
    return [read(atom) for atom in jaxpr.outs]


def _dead_rows(jaxpr: Jaxpr) -> list[list[Var]]:
    rows: list[list[Var]] | None = jaxpr.cache.get("last_uses")
    if rows is None:
        rows = jaxpr.cache["last_uses"] = last_uses(jaxpr)
    return rows
