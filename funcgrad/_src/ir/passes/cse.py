"""Common subexpressions: what is computed twice is computed once."""

from __future__ import annotations

from typing import Any

from ..jaxpr import Equation, Jaxpr, Literal, effects_of, params_key
from ..text import scalar_text
from .sweep import Found, Sweep, with_atoms

# On real numbers these give the same bits either way round.
_COMMUTE = frozenset(
    {
        *("add", "multiply", "equal", "not_equal", "logical_and", "logical_or", "logical_xor"),
        *("bitwise_and", "bitwise_or", "bitwise_xor"),
    }
)


def cse(jaxpr: Jaxpr) -> Found:
    """Let equal equations share their results: the same primitive, operands and params.

    Operands of sums, products and comparisons of real numbers may be exchanged. Params and literals are equal
    by type and value: 1, 1.0 and True differ, and so do 0.0 and -0.0. Equations with effects are not shared.
    """
    sweep = Sweep(jaxpr, {})
    seen: dict[Any, Equation] = {}
    known = sweep.known
    for eqn in jaxpr.eqns:
        if known:
            eqn = with_atoms(eqn, known)
        first = _first(eqn, seen)
        if first is eqn:
            sweep.eqns.append(eqn)
        else:
            known.update(zip(eqn.outs, first.outs, strict=True))
            sweep.note("duplicates of earlier equations")
    return sweep.finish()


def _first(eqn: Equation, seen: dict[Any, Equation]) -> Equation:
    """The earliest equation that computes the same."""
    if eqn.primitive.effect is not None or (eqn.params and effects_of(eqn)):
        return eqn
    try:
        first = seen.setdefault(_key(eqn), eqn)
    except TypeError:  # a param that cannot be a key
        return eqn
    same = first is eqn or [var.aval for var in first.outs] == [var.aval for var in eqn.outs]
    return first if same else eqn


def _key(eqn: Equation) -> tuple[Any, ...]:
    ins = [_number_key(atom) if type(atom) is Literal else atom for atom in eqn.ins]
    name = eqn.primitive.name
    if name in _COMMUTE and hash(ins[0]) > hash(ins[1]) and _is_real(eqn):
        ins.reverse()
    return (name, params_key(eqn.params), *ins) if eqn.params else (name, *ins)


def _number_key(literal: Literal) -> Any:
    value = literal.value
    return (type(value), repr(value) if type(value) is float else scalar_text(value))


def _is_real(eqn: Equation) -> bool:
    return all([atom.aval.dtype.kind in "fbiu" for atom in eqn.ins])
