"""The op table on a device: results stay there, nothing crosses over, and launches are few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import jit, jvp, value_and_grad, vjp, vmap
from funcgrad._src.backends import to_host
from funcgrad._src.core.aval import aval_of
from funcgrad._src.core.primitive import all_primitives
from funcgrad._src.ops.strong import strong_mul_p
from tests.mock_device import MockArray, counting, launch, to_mock
from tests.ops.case import Case
from tests.ops.rows import (
    assert_close,
    function_of,
    leaves_of,
    operands,
    positions,
    rows,
    subject,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")


def moved(args: Sequence[Any]) -> list[Any]:
    """Arrays on the device, scalars as they are."""
    return [to_mock(arg) if isinstance(arg, np.ndarray) else arg for arg in args]


def assert_there(results: Any, what: str) -> None:
    for leaf in leaves_of(results):
        if isinstance(leaf, bool):  # NumPy answers some questions with a bool of Python's
            continue
        assert isinstance(leaf, MockArray), f"{what}: {type(leaf).__name__} instead of an array of the device"
        assert leaf.device.id == 0


def is_elementwise(name: str) -> bool:
    return any(p.name == name and p.kernel is not None for p in all_primitives())


def has_arrays(case: Case) -> bool:
    """Whether there is something to move to the device."""
    return case.device and any(isinstance(arg, np.ndarray) for arg in operands(case))


def differentiable_arrays(case: Case) -> list[int]:
    """The operands to differentiate by that live on the device."""
    args = operands(case)
    return [i for i in positions(case, args) if isinstance(args[i], np.ndarray)]


def can_differentiate(case: Case) -> bool:
    return case.device and bool(differentiable_arrays(case))


@rows(has_arrays)
def test_batches_and_compiled_calls_stay_there(case: Case) -> None:
    args = operands(case)
    chosen = [i for i, arg in enumerate(args) if isinstance(arg, np.ndarray)]
    there = moved(args)
    call, host_call = function_of(case, there, chosen), function_of(case, args, chosen)
    far, values = [there[i] for i in chosen], [args[i] for i in chosen]
    if case.jit:
        compiled = jit(call)
        with counting() as counted:
            got = compiled(*far)
        assert counted["to_host"] == counted["syncs"] == 0
        assert_there(got, "jit")
        assert_close([to_host(x) for x in leaves_of(got)], host_call(*values), "jit", kinds=False)
    if case.vmap:
        stacks = [np.stack([value, value]) for value in values]
        far = [to_mock(stack) for stack in stacks]
        with counting() as counted:
            got = vmap(call)(*far)
        assert counted["to_host"] == counted["syncs"] == 0
        assert_there(got, "vmap")
        assert_close([to_host(x) for x in leaves_of(got)], vmap(host_call)(*stacks), "vmap", kinds=False)


@rows(has_arrays)
def test_results_live_where_the_operands_do_and_nothing_crosses(case: Case) -> None:
    args = operands(case)
    there = moved(args)
    expected = case.call(np, *args)
    with counting() as counted:
        got = case.call(fnp, *there)
    assert_there(got, "eager")
    assert counted["to_host"] == 0
    assert case.known or counted["syncs"] == 0
    assert_close([to_host(leaf) for leaf in leaves_of(got)], expected, "eager", kinds=False)


@rows(can_differentiate)
def test_derivatives_live_there_and_equal_the_hosts(case: Case) -> None:
    args = operands(case)
    chosen = differentiable_arrays(case)
    there = moved(args)
    values, far = [args[i] for i in chosen], [there[i] for i in chosen]
    with counting() as counted:
        out, pull = vjp(function_of(case, there, chosen), *far)
        cotangents = pull(out)
        tangent = jvp(function_of(case, there, chosen), far, far)[1]
    assert counted["to_host"] == 0
    assert case.known or counted["syncs"] == 0
    assert_there([out, cotangents, tangent], "derivatives")
    assert [aval_of(g) for g in leaves_of(cotangents)] == [aval_of(x) for x in far]
    call = function_of(case, args, chosen)
    expected, host_pull = vjp(call, *values)
    assert_close([to_host(g) for g in leaves_of(cotangents)], host_pull(expected), "vjp", 1e-10, kinds=False)
    expected = jvp(call, values, values)[1]
    assert_close([to_host(t) for t in leaves_of(tangent)], expected, "jvp", 1e-10, kinds=False)


# Reverse mode launches at most four times as many kernels as the forward pass, for each operand. These
# derivatives are formulas of several operations, each a kernel of its own until the program is compiled;
# the numbers are what they take now, and only go down.
FORMULAS = {
    "absolute": 7, "arccos": 7, "arccosh": 8, "arcsin": 7, "arcsinh": 6, "arctan": 5, "arctan2": 19,
    "arctanh": 6, "clip": 5, "copysign": 5, "ellipeinc": 188, "ellipj": 200, "ellipk": 175,
    "ellipkinc": 189, "ellipkm1": 175, "float_power": 7, "fmax": 6, "fmin": 6, "hypot": 6,
    "integer_pow": 5, "logaddexp": 15, "logaddexp2": 16, "maximum": 6, "minimum": 6, "pow": 7, "power": 7,
    "sign_complex": 12, "sinc": 62, "softplus": 9, "where": 5,
}  # fmt: skip
OF_SPECIAL_FUNCTIONS = 500  # the kernel of a special function is as long as many of arithmetic


def allowed_launches(name: str) -> int:
    """How many launches a derivative may take for each of the value's."""
    family = next(p.family for p in all_primitives() if p.name == name)
    return FORMULAS.get(name, OF_SPECIAL_FUNCTIONS if family.startswith("special_") else 4)


def one_kernel(xp: Any, a: Any, b: Any, *, strong: tuple[bool, bool]) -> Any:
    """The strong product as compiled code has it: one kernel, which selects as it multiplies."""
    return launch(lambda a, b: strong_mul_p.host(a, b, strong=strong), (a, b), {})


@rows(lambda case: is_elementwise(subject(case)) and can_differentiate(case))
def test_reverse_mode_launches_few_kernels(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    args = operands(case)
    there = moved(args)
    chosen = differentiable_arrays(case)
    monkeypatch.setattr(strong_mul_p, "impl", one_kernel)
    call, values = function_of(case, there, chosen), [there[i] for i in chosen]
    with counting() as forward:
        call(*values)
    with counting() as both:
        out, pull = vjp(call, *values)
        pull(out)
    allowed = allowed_launches(subject(case))
    took = both["launches"] / (max(1, forward["launches"]) * len(chosen))
    assert took <= allowed, (
        f"{subject(case)}: its derivative takes {took:g} times the launches of its value, {allowed} are "
        "allowed; a derivative that is a formula of several operations may be entered in FORMULAS"
    )


def test_the_formulas_are_those_of_primitives() -> None:
    assert set(FORMULAS) <= {primitive.name for primitive in all_primitives()}


def test_a_network_launches_at_most_four_times_its_forward_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strong_mul_p, "impl", one_kernel)
    rng = np.random.default_rng(0)
    x, w1, w2 = (to_mock(rng.normal(size=shape)) for shape in ((8, 5), (5, 6), (6, 3)))

    def loss(w1: Any, w2: Any) -> Any:
        return np.sum((np.tanh(x @ w1) @ w2) ** 2)

    with counting() as forward:
        loss(w1, w2)
    with counting() as both:
        value_and_grad(loss, argnums=(0, 1))(w1, w2)
    assert both["launches"] <= 4 * forward["launches"]
