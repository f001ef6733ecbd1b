"""The op table: from each row, value, aval, derivatives, batching, compilation and kinds of gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import jit, jvp, vjp, vmap
from funcgrad._src.core.aval import aval_of
from tests.compile.exactness import bits_are_numpys, keeps_bits
from tests.ops.case import Case
from tests.ops.rows import (
    ROWS,
    assert_avals,
    assert_close,
    assert_same,
    check_derivatives,
    floating,
    function_of,
    inexact,
    is_differentiable,
    is_number,
    leaves_of,
    operands,
    positions,
    recorded,
    reshaped,
    rng_for,
    rows,
    traceable,
    with_complex,
    with_dtype,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
every_row = rows()
COPIES = 3


def chosen_from(args: Sequence[Any], chosen: Sequence[int]) -> list[Any]:
    return [args[i] for i in chosen]


def variants(case: Case) -> list[tuple[str, list[Any]]]:
    """The row's operands in each dtype that it is run with."""
    args = operands(case)
    found = [("float64", args)]
    if case.float32:
        found.append(("float32", with_dtype(args, "float32")))
    if case.complex:
        found.append(("complex128", with_complex(args, rng_for(case, 1))))
    return found


@every_row
def test_the_value_is_numpys_bit_for_bit(case: Case) -> None:
    for dtype, args in variants(case):
        expected = case.call(np, *args)
        assert_same(case.call(fnp, *args), expected, f"{dtype}: funcgrad.numpy on plain operands")
        traced = traceable(args)
        values = chosen_from(args, traced)
        if not traced:
            continue
        for xp, name in ((np, "np"), (fnp, "funcgrad.numpy")):
            call = function_of(case, args, traced, xp)
            assert_same(vjp(call, *values)[0], expected, f"{dtype}: {name} under vjp")
            assert_same(jvp(call, values, values)[0], expected, f"{dtype}: {name} under jvp")


@rows(lambda case: not case.known)
def test_each_aval_rule_tells_what_is_computed(case: Case) -> None:
    for dtype, args in variants(case):
        known = [i for i, arg in enumerate(args) if is_number(arg)]
        for eqn in recorded(function_of(case, args, known), chosen_from(args, known)):
            found = eqn.primitive.abstract([atom.aval for atom in eqn.ins], eqn.params)
            got = list(found) if eqn.primitive.multiple else [found]
            assert_avals(got, [var.aval for var in eqn.outs], f"{dtype}: {eqn.primitive}")


@rows(is_differentiable)
def test_derivatives_agree_with_differences(case: Case) -> None:
    args = operands(case)
    check_derivatives(case, args, case.order)
    if case.complex:
        check_derivatives(case, with_complex(args, rng_for(case, 1)), case.order)


def kinds_of_operands(case: Case) -> list[tuple[str, list[Any]]]:
    """Operands of other kinds, where NumPy takes them."""
    found = list(variants(case))
    for kind, word in (("array", "0-d"), ("scalar", "NumPy scalar"), ("python", "Python float")):
        args = reshaped(case, lambda shape: (), kind)
        if args is not None and numpy_takes(case, args):
            found.append((word, args))
    return found


def numpy_takes(case: Case, args: Sequence[Any]) -> bool:
    try:
        case.call(np, *args)
    except (ValueError, TypeError, IndexError, AttributeError, np.linalg.LinAlgError):
        return False
    return True


@rows(is_differentiable)
def test_a_gradient_is_like_its_input_and_a_tangent_like_its_output(case: Case) -> None:
    for word, args in kinds_of_operands(case):
        chosen = positions(case, args)
        if not chosen:
            continue
        call, values = function_of(case, args, chosen), chosen_from(args, chosen)
        expected = case.call(np, *args)
        out, pull = vjp(call, *values)
        assert_same(out, expected, f"{word}: under vjp")
        assert_avals(pull(out), values, f"{word}: cotangents")
        out, tangent = jvp(call, values, values)
        assert_same(out, expected, f"{word}: under jvp")
        assert_avals(floating(leaves_of(tangent)), floating(leaves_of(out)), f"{word}: tangents")


# --- batching --------------------------------------------------------------------------------------


def batches(case: Case, args: Sequence[Any]) -> list[list[Any]]:
    """For each operand several draws, the first as in ``args``."""
    draws = [args, *[operands(case, number) for number in range(1, COPIES)]]
    return [[other[i] for other in draws] for i in range(len(args))]


def stackable(copies: Sequence[Any]) -> bool:
    return all(is_number(c) and np.shape(c) == np.shape(copies[0]) for c in copies)


def looped(fun: Callable[..., Any], columns: Sequence[Sequence[Any]]) -> list[Any]:
    results = [leaves_of(fun(*row)) for row in zip(*columns, strict=True)]
    return [np.stack([np.asarray(result[k]) for result in results]) for k in range(len(results[0]))]


@rows(lambda case: case.vmap and case.args != ())
def test_vmap_is_the_loop(case: Case) -> None:
    args = operands(case)
    copies = batches(case, args)
    able = [i for i in range(len(args)) if stackable(copies[i])]
    # An index is mapped together with what it reads: a plain array cannot be asked by a traced index.
    alone = [i for i in able if inexact(args[i]) or len(able) == 1]
    groups = [[i] for i in alone] + ([able] if len(able) > 1 else [])
    for group in groups:
        call = function_of(case, args, group)
        expected = looped(call, [copies[i] for i in group])
        for last in (False, True):
            axes = tuple(np.ndim(args[i]) if last else 0 for i in group)
            stacks = [np.stack(copies[i], axis) for i, axis in zip(group, axes, strict=True)]
            got = leaves_of(vmap(call, in_axes=axes)(*stacks))
            what = f"operands {group} at axes {axes}"
            if case.bits and not last:
                assert_same(got, expected, what)
            else:
                assert_close(got, expected, what)


@rows(lambda case: case.vmap and is_differentiable(case))
def test_derivatives_are_batched_as_the_loop(case: Case) -> None:
    args = operands(case)
    chosen = positions(case, args)
    copies = batches(case, args)
    assert all(stackable(copies[i]) for i in chosen)
    call = function_of(case, args, chosen)

    def both(*values: Any) -> Any:
        out, pull = vjp(call, *values)
        return pull(out), jvp(call, values, values)[1]

    columns = [copies[i] for i in chosen]
    stacks = [np.stack(column) for column in columns]
    assert_close(leaves_of(vmap(both)(*stacks)), looped(both, columns), "vmap of vjp and jvp", 1e-9)


# --- compilation -----------------------------------------------------------------------------------


@rows(lambda case: case.jit)
def test_jit_is_eager(case: Case) -> None:
    for dtype, args in variants(case):
        known = [i for i, arg in enumerate(args) if is_number(arg)]
        call, values = function_of(case, args, known), chosen_from(args, known)
        expected, compiled = case.call(np, *args), jit(call)
        exact = case.bits and (bits_are_numpys() or keeps_bits(compiled.lower(*values).jaxpr))
        for _ in range(2):
            if exact:
                assert_same(compiled(*values), expected, dtype)
            else:
                assert_close(compiled(*values), expected, dtype)


def tolerance(case: Case) -> float:
    """Of a row that computes in float32 inside, machine code may round there."""
    return max(1e-9, 1e-4 * case.rtol)


@rows(lambda case: case.jit and is_differentiable(case))
def test_derivatives_compile(case: Case) -> None:
    args = operands(case)
    chosen = positions(case, args)
    call, values = function_of(case, args, chosen), chosen_from(args, chosen)

    def both(*values: Any) -> Any:
        out, pull = vjp(call, *values)
        return pull(out), jvp(call, values, values)[1]

    assert_close(jit(both)(*values), both(*values), "jit of vjp and jvp", tolerance(case))


@rows(lambda case: case.jit and is_differentiable(case))
def test_a_compiled_function_has_the_same_derivatives(case: Case) -> None:
    args = operands(case)
    chosen = positions(case, args)
    call, values = function_of(case, args, chosen), chosen_from(args, chosen)
    out, pull = vjp(call, *values)
    assert_close(vjp(jit(call), *values)[1](out), pull(out), "vjp of jit", tolerance(case))
    assert_close(
        jvp(jit(call), values, values)[1], jvp(call, values, values)[1], "jvp of jit", tolerance(case)
    )


def test_there_are_rows() -> None:
    assert len(ROWS) > 50
    assert all(aval_of(arg) for case in ROWS for arg in operands(case) if is_number(arg))
