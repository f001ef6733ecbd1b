"""Constant folding: what is computed from numbers written in the program alone, and is a number."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ...core.aval import SCALAR_AVALS
from ..jaxpr import Equation, Jaxpr, Literal, effects_of
from .sweep import Found, Sweep, with_atoms


def fold(jaxpr: Jaxpr) -> Found:
    """Replace equations on literals by their results, if these are Python or NumPy scalars.

    The primitive itself computes them, with warnings off. What raises stays, to raise when it runs.
    Arrays, hidden inputs among them, are never folded, nor is anything with an effect.
    """
    sweep = Sweep(jaxpr, {})
    for eqn in jaxpr.eqns:
        if sweep.known:
            eqn = with_atoms(eqn, sweep.known)
        literals = _literals(eqn) if _has_literals_alone(eqn) else None
        if literals is None:
            sweep.eqns.append(eqn)
        else:
            sweep.known.update(zip(eqn.outs, literals, strict=True))
            sweep.note("numbers computed beforehand")
    return sweep.finish()


def _has_literals_alone(eqn: Equation) -> bool:
    for atom in eqn.ins:
        if type(atom) is not Literal:
            return False
    return bool(eqn.ins)


def _literals(eqn: Equation) -> list[Literal] | None:
    if effects_of(eqn) or any([var.aval.kind == "array" for var in eqn.outs]):
        return None
    results = _evaluated(eqn)
    if results is None or len(results) != len(eqn.outs):
        return None
    if any([type(value) not in SCALAR_AVALS for value in results]):
        return None
    literals = [Literal(value) for value in results]
    fits = [literal.aval == var.aval for literal, var in zip(literals, eqn.outs, strict=True)]
    return literals if all(fits) else None


def _evaluated(eqn: Equation) -> tuple[Any, ...] | None:
    """The results; None if the primitive raises."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = eqn.primitive.evaluate([atom.value for atom in eqn.ins], eqn.params)
        except Exception:  # noqa: BLE001 (whatever it raises, it shall raise when the program runs)
            return None
    return tuple(found) if eqn.primitive.multiple else (found,)
