"""The checker: a jaxpr keeps its grammar, and its types follow from its primitives' rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..base.errors import ConcretizationError, FuncgradError, JaxprError
from ..core.aval import Aval, aval_of
from ..core.primitive import Primitive, find_primitive
from .jaxpr import Equation, Jaxpr, Literal, Var, sub_jaxprs, unhashable_param
from .printer import write_equation

_RULE_ERRORS = (FuncgradError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError)


def check_jaxpr(jaxpr: Jaxpr, *, again: bool = True) -> None:
    """Raise JaxprError, naming the equation, unless ``jaxpr`` is well formed and well typed.

    Every variable is bound once, and before it is read; literals are scalars of their own type; params
    are hashable; primitives are registered, and their rules give the types of the results; sub-jaxprs are
    well formed too.

    Parameters
    ----------
    jaxpr : Jaxpr
    again : bool
        False: trust a program that has passed before.
    """
    if not again and "checked" in jaxpr.cache:
        return
    _check_heads(jaxpr)
    bound: set[Any] = {*jaxpr.hidden_vars, *jaxpr.in_vars}
    for index, eqn in enumerate(jaxpr.eqns):
        for inner in sub_jaxprs(eqn):
            _check_inner(jaxpr, index, inner, again)
        complaint = _check_form(eqn) or _check_ins(eqn, bound) or _check_outs(eqn, bound) or _check_types(eqn)
        if complaint is not None:
            raise _error(jaxpr, index, *complaint)
        bound.update(eqn.outs)
    for position, atom in enumerate(jaxpr.outs):
        what = _check_atom(atom, bound)
        if what is not None:
            raise JaxprError(f"check_jaxpr: output {position} {what}.")
    jaxpr.cache["checked"] = True


Complaint = tuple[str, str | None, str | None]


def _check_heads(jaxpr: Jaxpr) -> None:
    heads = (*jaxpr.hidden_vars, *jaxpr.in_vars)
    if any(type(var) is not Var or type(var.aval) is not Aval for var in heads):
        raise JaxprError("check_jaxpr: an input is not a variable with an aval.")
    if len(set(heads)) != len(heads):
        raise JaxprError("check_jaxpr: a variable is bound twice among the inputs and hidden inputs.")
    if not all(isinstance(axis, str) for axis in jaxpr.axes) or len(set(jaxpr.axes)) != len(jaxpr.axes):
        raise JaxprError("check_jaxpr: the axis names are not different strings.", got=repr(jaxpr.axes))
    if jaxpr.hidden:
        expected = [str(var.aval) for var in jaxpr.hidden_vars]
        got = [str(aval_of(value)) for value in jaxpr.hidden]
        if got != expected:
            raise JaxprError(
                "check_jaxpr: the hidden values do not fit the hidden variables.",
                expected=", ".join(expected) or "none",
                got=", ".join(got),
            )


def _check_inner(jaxpr: Jaxpr, index: int, inner: Jaxpr, again: bool) -> None:
    try:
        check_jaxpr(inner, again=again)
    except JaxprError as error:
        raise _error(
            jaxpr, index, f"has a broken sub-jaxpr: {error.headline}", error.expected, error.got
        ) from error
    if len(inner.hidden) != len(inner.hidden_vars):
        raise _error(
            jaxpr, index, "has a sub-jaxpr whose hidden values are missing", "a closed sub-jaxpr", None
        )


def _check_form(eqn: Equation) -> Complaint | None:
    primitive = eqn.primitive
    if not isinstance(primitive, Primitive):
        return "does not apply a primitive", None, type(primitive).__name__
    try:
        if find_primitive(primitive.name) is not primitive:
            return f"applies another primitive than the one registered as {primitive.name!r}", None, None
    except JaxprError:
        return f"applies the primitive {primitive.name!r}, which is not registered", None, None
    if not all(type(name) is str for name in eqn.params):
        return "has params that are not named by strings", None, None
    name = unhashable_param(eqn.params)
    if name is not None:
        got = type(eqn.params[name]).__name__
        return f"has the param {name!r}, which is not hashable", "a hashable value", got
    return None


def _check_ins(eqn: Equation, bound: set[Any]) -> Complaint | None:
    for position, atom in enumerate(eqn.ins):
        what = _check_atom(atom, bound)
        if what is not None:
            return f"has an operand {position} that {what}", None, None
    return None


def _check_atom(atom: Any, bound: set[Any]) -> str | None:
    if type(atom) is Var:
        return None if atom in bound else "is read before it is bound"
    if type(atom) is not Literal:
        return "is neither a variable nor a literal"
    try:
        actual = aval_of(atom.value)
    except TypeError:
        return "is a literal, but no number"
    if actual.kind == "array":
        return "is a literal, but an array; arrays are hidden inputs"
    if actual != atom.aval:
        return f"is the literal {atom.value!r} of type {actual}, but says {atom.aval}"
    return None


def _check_outs(eqn: Equation, bound: set[Any]) -> Complaint | None:
    for var in eqn.outs:
        if type(var) is not Var or type(var.aval) is not Aval:
            return "has a result that is not a variable with an aval", None, None
        if var in bound:
            return "binds a variable that is bound already", None, None
    if len(set(eqn.outs)) != len(eqn.outs):
        return "binds a variable twice", None, None
    return None


def _check_types(eqn: Equation) -> Complaint | None:
    got = [var.aval for var in eqn.outs]
    try:
        found = eqn.primitive.abstract([atom.aval for atom in eqn.ins], eqn.params)
    except ConcretizationError:
        return None  # the type depends on values: it was found by running
    except _RULE_ERRORS as error:
        what = str(error).partition("\n")[0]
        return f"has operands that `{eqn.primitive.name}` does not take: {what.rstrip('.')}", None, None
    expected = list(found) if eqn.primitive.multiple else [found]
    if got == expected:
        return None
    return "has results of other types than its primitive's rule gives", _types(expected), _types(got)


def _types(avals: Sequence[Aval]) -> str:
    return ", ".join(map(str, avals)) or "none"


def _error(jaxpr: Jaxpr, index: int, what: str, expected: str | None, got: str | None) -> JaxprError:
    eqn = jaxpr.eqns[index]
    text = write_equation(jaxpr, index)
    return JaxprError(
        f"check_jaxpr: equation {index}, `{text}`, {what}.", expected=expected, got=got, at=eqn.source
    )
