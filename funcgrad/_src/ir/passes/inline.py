"""Inlining: put the programs of calls in the place of the calls."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ..jaxpr import Equation, Jaxpr, Literal, Var, sub_jaxprs

CALLS = frozenset({"jit", "call"})


def inline(jaxpr: Jaxpr, primitives: Collection[str] = CALLS, *, hoist: bool = False) -> Jaxpr:
    """``jaxpr`` with every call of these primitives replaced by the equations of its sub-jaxpr.

    The default is all primitives that call a program once: ``"jit"``, and ``"call"``, which stands for
    checkpoint and for functions with rules of their own (what is left computes the same, but does not
    recompute, and is differentiated without those rules). Name fewer to keep the others, as in
    ``inline(jaxpr, {"jit"})``.

    A primitive may be named here if its one sub-jaxpr takes the equation's operands and gives its
    results. A call whose sub-jaxpr closes over arrays stays, unless ``hoist`` is true: then these arrays
    become hidden inputs of the result, the same array once. Calls within calls are replaced too; all else
    stays as it is. A program without calls is given back.
    """
    if not any([eqn.primitive.name in primitives for eqn in jaxpr.eqns]):
        return jaxpr
    eqns: list[Equation] = []
    known: dict[Any, Any] = {}  # variables of the program and of replaced calls, by what stands for them
    hidden = {id(value): var for var, value in zip(jaxpr.hidden_vars, jaxpr.hidden, strict=False)}
    hoisted: list[tuple[Var, Any]] = []
    todo: list[Any] = [iter(jaxpr.eqns)]
    leave: list[Any] = [None]
    while todo:
        eqn = next(todo[-1], None)
        if eqn is None:
            todo.pop()
            _return(leave.pop(), known)
            continue
        ins = tuple([known.get(atom, atom) for atom in eqn.ins])
        body = _body(eqn, primitives, hoist)
        if body is not None:
            for var, value in zip(body.hidden_vars, body.hidden, strict=True):
                if id(value) not in hidden:
                    hidden[id(value)] = var
                    hoisted.append((var, value))
                known[var] = hidden[id(value)]
            known.update(zip(body.in_vars, ins, strict=True))
            todo.append(iter(body.eqns))
            leave.append((eqn.outs, body.outs))
            continue
        outs = eqn.outs if len(todo) == 1 else tuple([Var(var.aval) for var in eqn.outs])
        known.update(zip(eqn.outs, outs, strict=True))
        eqns.append(Equation(eqn.primitive, ins, eqn.params, outs, eqn.source))
    found = [known.get(atom, atom) for atom in jaxpr.outs]
    hidden_vars = (*jaxpr.hidden_vars, *[var for var, _ in hoisted])
    values = (*jaxpr.hidden, *[value for _, value in hoisted])
    return Jaxpr(jaxpr.in_vars, eqns, found, hidden_vars=hidden_vars, hidden=values, axes=jaxpr.axes)


def _return(results: Any, known: dict[Any, Any]) -> None:
    if results is not None:
        outs, atoms = results
        values = [atom if type(atom) is Literal else known[atom] for atom in atoms]
        known.update(zip(outs, values, strict=True))


def _body(eqn: Equation, primitives: Collection[str], hoist: bool) -> Jaxpr | None:
    if eqn.primitive.name not in primitives:
        return None
    inner = sub_jaxprs(eqn)
    if len(inner) != 1 or (inner[0].hidden_vars and not (hoist and inner[0].hidden)):
        return None
    fits = len(inner[0].in_vars) == len(eqn.ins) and len(inner[0].outs) == len(eqn.outs)
    return inner[0] if fits else None
