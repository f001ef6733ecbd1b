"""Every primitive has every slot and stands in a row; and the table notices a wrong rule."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import funcgrad._src.transforms.sweep as sweep
from funcgrad._src.core.aval import aval_of
from funcgrad._src.core.primitive import Primitive, all_primitives, find_primitive
from funcgrad._src.ops.declare import NONDIFF, Form, Linear, Multilinear
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
    rows = [case for case in ROWS if name in case.primitives.replace(",", " ").split()]
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
    wrong = copy.copy(rule)
    if rule.kind == "partials":
        wrong.partials = tuple(off(p) if i == operand else p for i, p in enumerate(rule.partials))
    elif rule.kind == "transposes":
        wrong = _wrong_transpose(
            rule, lambda i, pull: (lambda *a, **k: 1.001 * pull(i, *a, **k)) if i == operand else None
        )
    else:
        wrong.vjp = lambda *a, **k: [
            1.001 * g if i == operand and g is not None else g for i, g in enumerate(rule.vjp(*a, **k))
        ]
    return wrong


def off(partial: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **params: 1.001 * partial(*args, **params)


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


def _wrong_transpose(rule: Any, change: Callable[[int, Any], Any]) -> Any:
    base = Linear if isinstance(rule, Linear) else Multilinear

    class Wrong(base):  # type: ignore[misc, valid-type]
        __slots__ = ()

        def pull(self, i: int, g: Any, inputs: Any, params: Any) -> Any:
            changed = change(i, lambda j: rule.pull(j, g, inputs, params))
            return rule.pull(i, g, inputs, params) if changed is None else changed()

        def keeps(self, mask: int, n: int) -> Any:
            return rule.keeps(mask, n)

        def active(self, i: int) -> bool:
            return rule.active(i)

    wrong = Wrong.__new__(Wrong)
    for cls in type(rule).__mro__:
        for slot in getattr(cls, "__slots__", ()):
            if hasattr(rule, slot):
                setattr(wrong, slot, getattr(rule, slot))
    wrong.accumulate = None
    return wrong


def swapped(rule: Any) -> Any:
    """The rule with its first two operands' derivatives exchanged."""
    wrong = copy.copy(rule)
    if rule.kind == "partials":
        wrong.partials = (rule.partials[1], rule.partials[0], *rule.partials[2:])
    elif rule.kind == "transposes":
        other = {0: 1, 1: 0}
        wrong = _wrong_transpose(rule, lambda i, pull: (lambda: pull(other[i])) if i in other else None)
    else:

        def vjp(*args: Any, **params: Any) -> Any:
            found = list(rule.vjp(*args, **params))
            return [found[1], found[0], *found[2:]]

        wrong.vjp = vjp
    return wrong


def differentiable(primitive: Primitive) -> list[Case]:
    """The rows about a primitive that have a derivative."""
    return [case for case in BY_SUBJECT[primitive.name] if positions(case, operands(case))]


def caught(primitive: Primitive, cases: list[Case], monkeypatch: pytest.MonkeyPatch, wrong: Any) -> bool:
    """Whether some row fails with this rule in place of the right one."""
    monkeypatch.setattr(primitive, "rule", wrong)
    for case in cases:
        try:
            check_derivatives(case, operands(case), 1)
        except Exception:  # noqa: BLE001
            return True
    return False


def active_operands(primitive: Primitive) -> list[int]:
    """The operands by which the rule says it can be differentiated, as the rows bind it."""
    found: set[int] = set()
    for case in differentiable(primitive):
        for eqn in equations(case):
            if eqn.primitive is primitive:
                found |= {
                    i for i, atom in enumerate(eqn.ins) if primitive.rule.active(i) and atom.aval.inexact
                }
    return sorted(found)


WITH_RULES = [p.name for p in OPS if p.rule is not NONDIFF and isinstance(p.rule, Form)]
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
    one_operand = not {0, 1} <= set(active_operands(primitive))
    assert one_operand or caught(primitive, cases, monkeypatch, swapped(primitive.rule))


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
