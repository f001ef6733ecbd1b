"""Every primitive has every slot and stands in a row; and the table notices a wrong rule."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import funcgrad._src.transforms.sweep as sweep
from funcgrad import vjp
from funcgrad._src.base.errors import WrongDerivativeError
from funcgrad._src.core.aval import aval_of
from funcgrad._src.core.primitive import Primitive, all_primitives, find_primitive
from funcgrad._src.ops.declare import NONDIFF, Form
from tests.ops.case import Case
from tests.ops.rows import (
    ROWS,
    TABLE,
    check_derivatives,
    function_of,
    is_number,
    operands,
    positions,
    recorded,
    subject,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")

# A primitive that calls a function belongs to its transform, and is tested with it.
OPS = [
    p for p in all_primitives() if p.family and getattr(p.rule, "kind", "") != "call" and "." not in p.name
]
NAMES = [p.name for p in OPS]
BY_SUBJECT: dict[str, list[Case]] = defaultdict(list)
for _case in ROWS:
    if not _case.known:
        BY_SUBJECT[subject(_case)].append(_case)


# --- slots -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_slot_is_filled(name: str) -> None:
    primitive = find_primitive(name)
    assert primitive.aval is not None
    assert isinstance(primitive.rule, Form)
    assert primitive.batch is not None


@pytest.mark.parametrize("name", NAMES)
def test_every_primitive_stands_in_a_row(name: str) -> None:
    rows = [case for case in ROWS if name in case.primitives.replace(",", " ").split() and not case.known]
    assert rows
    # A primitive without operands has nothing that a trace could follow.
    assert any(not case.args or name in {e.primitive.name for e in equations(case)} for case in rows)


def equations(case: Case) -> list[Any]:
    args = operands(case)
    known = [i for i, arg in enumerate(args) if is_number(arg)]
    return recorded(function_of(case, args, known), [args[i] for i in known])


def test_every_row_names_primitives_that_exist() -> None:
    known = {p.name for p in all_primitives()}
    unknown = {
        name: found
        for name, case in TABLE.items()
        if (found := set(case.primitives.replace(",", " ").split()) - known)
    }
    assert unknown == {}


# --- wrong rules -----------------------------------------------------------------------------------


def scaled(rule: Any, operand: int) -> Any:
    """The rule with its derivative by one operand off by 0.1 %."""

    def off(i: int, right: Any) -> Any:
        if i != operand or right is None:
            return right
        return lambda *args, **params: 1.001 * (right if isinstance(right, int) else right(*args, **params))

    return changed(rule, off)


def changed(rule: Any, change: Callable[[int, Any], Any]) -> Any:
    """A rule with another function for each operand, which keeps what the right one keeps."""

    class Wrong(type(rule)):  # type: ignore[misc]
        __slots__ = ()

        def keeps(self, mask: int, n: int) -> Any:
            found = rule.keeps(mask, n)
            return (True,) * (n + 1) if found is not False and rule.kind == "partials" else found

        def active(self, i: int) -> bool:
            return rule.active(i)

    wrong = copy_into(Wrong, rule)
    if rule.kind == "partials":
        wrong.partials = tuple(change(i, p) for i, p in enumerate(rule.partials))
    elif rule.kind == "explicit":
        wrong.vjp = lambda *a, **k: [
            None if g is None else change(i, lambda g=g: g)() for i, g in enumerate(rule.vjp(*a, **k))
        ]
    elif rule.varargs is not None:
        wrong.varargs = lambda i, *a, **k: change(i, partial(rule.varargs, i))(*a, **k)
    else:
        wrong.transposes = tuple(change(i, t) for i, t in enumerate(rule.transposes))
        wrong.optimistic = tuple(change(i, t) for i, t in enumerate(rule.optimistic))
        wrong.accumulate = None
    return wrong


def copy_into(kind: type, rule: Any) -> Any:
    """The rule's slots in an object of another class."""
    new = kind.__new__(kind)
    for slot in [slot for cls in type(rule).__mro__ for slot in getattr(cls, "__slots__", ())]:
        if hasattr(rule, slot):
            setattr(new, slot, getattr(rule, slot))
    new.table = {}
    return new


def scaled_forward(rule: Any) -> Any:
    """An explicit rule whose jvp is off by 0.1 %."""
    wrong = copy.copy(rule)

    def jvp(*args: Any, **params: Any) -> Any:
        found = rule.jvp(*args, **params)
        if isinstance(found, (tuple, list)):
            return [None if t is None else 1.001 * t for t in found]
        return None if found is None else 1.001 * found

    wrong.jvp = jvp
    return wrong


def swapped(rule: Any) -> Any:
    """The rule with its first two operands' derivatives exchanged."""
    other = {0: 1, 1: 0}
    if rule.kind == "partials":
        return changed(rule, lambda i, right: rule.partials[other.get(i, i)])
    wrong = changed(rule, lambda i, right: right)
    if rule.kind == "explicit":
        wrong.vjp = lambda *a, **k: exchanged(rule.vjp(*a, **k))
    elif rule.varargs is not None:
        wrong.varargs = lambda i, *a, **k: rule.varargs(other.get(i, i), *a, **k)
    else:
        wrong.transposes = exchanged(rule.transposes)
        wrong.optimistic = exchanged(rule.optimistic)
    return wrong


def exchanged(items: Any) -> tuple[Any, ...]:
    first, second, *rest = items
    return (second, first, *rest)


def differentiable(primitive: Primitive) -> list[Case]:
    """The rows about a primitive that have a derivative."""
    return [case for case in BY_SUBJECT[primitive.name] if positions(case, operands(case))]


def caught(
    primitive: Primitive,
    cases: list[Case],
    monkeypatch: pytest.MonkeyPatch,
    wrong: Any,
    *errors: type[Exception],
) -> bool:
    """Whether some row fails with this rule in place of the right one, at first order or at second."""
    monkeypatch.setattr(primitive, "rule", wrong)
    return any(fails(case, order, errors) for order in (1, 2) for case in cases if case.order >= order)


def fails(case: Case, order: int, errors: tuple[type[Exception], ...]) -> bool:
    try:
        check_derivatives(case, operands(case), order)
    except (WrongDerivativeError, *errors):
        return True
    return False


def active_operands(primitive: Primitive) -> list[int]:
    """The operands by which some row differentiates the primitive, at first or second order."""
    found: set[int] = set()
    for case in differentiable(primitive):
        args = operands(case)
        chosen = positions(case, args)
        _, pull = vjp(function_of(case, args, chosen), *[args[i] for i in chosen])
        for made_by, numbers, *_ in pull._tape.rows:
            if made_by is primitive:
                found |= {
                    i for i, number in enumerate(numbers) if number is not None and made_by.rule.active(i)
                }
    return sorted(found)


def refuses(rule: Form) -> bool:
    """Whether by every operand the derivative is an error that says so."""
    return rule.partials is not None and all(getattr(p, "refuses", False) for p in rule.partials)


WITH_RULES = [
    p.name for p in OPS if p.rule is not NONDIFF and isinstance(p.rule, Form) and not refuses(p.rule)
]
# sum_i x_i f(x) is the same whichever operand comes first.
SYMMETRIC = {"add": "both partial derivatives are 1"}


@pytest.mark.parametrize("name", WITH_RULES)
def test_a_rule_off_by_a_thousandth_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    primitive = find_primitive(name)
    rule, cases = primitive.rule, differentiable(primitive)
    missed = []
    for operand in active_operands(primitive):
        if not caught(primitive, cases, monkeypatch, scaled(rule, operand)):
            missed.append(f"operand {operand}")
        monkeypatch.setattr(primitive, "rule", rule)
    if rule.kind == "explicit" and not caught(primitive, cases, monkeypatch, scaled_forward(rule)):
        missed.append("jvp")
    assert cases
    assert missed == []


@pytest.mark.parametrize("name", [name for name in WITH_RULES if name not in SYMMETRIC])
def test_swapped_operands_are_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    primitive = find_primitive(name)
    cases = differentiable(primitive)
    if not {0, 1} <= set(active_operands(primitive)):
        return
    # Exchanged cotangents need not fit their operands: that is noticed too.
    errors = (ValueError, TypeError, IndexError)
    assert caught(primitive, cases, monkeypatch, swapped(primitive.rule), *errors)


def broadcasting(case: Case) -> bool:
    """Whether the row broadcasts an operand it is differentiated by."""
    args = operands(case)
    shapes = [np.shape(args[i]) for i in positions(case, args)]
    try:
        full = np.broadcast_shapes(*[np.shape(a) for a in args if is_number(a)])
    except ValueError:
        return False
    return any(shape != full for shape in shapes)


@pytest.mark.parametrize("name", [name for name in WITH_RULES if find_primitive(name).kernel is not None])
def test_a_dropped_unbroadcast_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = sweep.fit

    def first_of(cotangent: Any, aval: Any) -> Any:
        have = aval_of(cotangent)
        if have.size > aval.size:
            index = tuple(0 if i < have.ndim - aval.ndim else slice(None) for i in range(have.ndim))
            cotangent = cotangent[index]
            narrow = aval.shape[: np.ndim(cotangent)]
            cotangent = cotangent[tuple(slice(0, 1) if n == 1 else slice(None) for n in narrow)]
        return right(cotangent, aval)

    primitive = find_primitive(name)
    cases = [case for case in differentiable(primitive) if broadcasting(case)]
    monkeypatch.setattr(sweep, "fit", first_of)
    one_operand = len(active_operands(primitive)) < 2
    assert one_operand or caught(primitive, cases, monkeypatch, primitive.rule)
