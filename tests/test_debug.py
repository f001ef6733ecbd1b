"""What `funcgrad.debug` promises: a write that would spoil a gradient is found; `jit` can be left out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import checkpoint, debug, grad, jit, make_jaxpr, value_and_grad, vjp
from funcgrad.errors import ConcretizationError, MutationError

LARGE, SMALL = 10_000, 10


def writer(array: np.ndarray, after: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function that uses ``array`` and then writes it."""

    def fun(x: Any) -> Any:
        y = after(x * array)
        array[0] = 5.0
        return y

    return fun


# --- checking_mutation ------------------------------------------------------------------------------


@pytest.mark.parametrize("transform", [grad, value_and_grad, lambda f: lambda x: vjp(f, x)])
def test_a_write_after_the_use_is_found(transform: Callable[..., Any]) -> None:
    fun = transform(writer(np.ones(LARGE), np.sum))
    with debug.checking_mutation(), pytest.raises(MutationError):
        fun(2.0)


def test_the_error_names_the_line_of_the_use() -> None:
    table = np.ones(LARGE)
    with debug.checking_mutation(), pytest.raises(MutationError) as caught:
        grad(writer(table, np.sum))(2.0)
    line = writer.__code__.co_firstlineno + 4
    assert str(caught.value) == (
        "grad: an array was written after it was used and before the backward pass read it.\n"
        "  expected  the contents that it had when it was used\n"
        "  got       other contents in a float64[10000] that is kept by reference\n"
        f"  at        test_debug.py:{line} in fun\n"
        "  try       use a copy, x.copy(), or write after the derivative has been computed"
    )


def test_without_the_check_nothing_is_said_and_nothing_computed() -> None:
    assert grad(writer(np.ones(LARGE), np.sum))(2.0) == LARGE + 4


def test_a_small_array_is_copied_and_may_be_written() -> None:
    with debug.checking_mutation():
        assert grad(writer(np.ones(SMALL), np.sum))(2.0) == SMALL


def test_an_argument_written_by_its_owner_is_found() -> None:
    x = np.ones(LARGE)

    def fun(y: Any) -> Any:
        z = (y * y).sum()
        x[0] = 5.0
        return z

    with debug.checking_mutation(), pytest.raises(MutationError):
        grad(fun)(x)


def test_an_argument_that_no_rule_reads_may_be_written() -> None:
    x = np.ones(LARGE)

    def fun(y: Any) -> Any:
        z = y.sum()
        x[0] = 5.0
        return z

    with debug.checking_mutation():
        assert grad(fun)(x).sum() == LARGE


def test_a_pullback_may_outlive_its_call_and_its_arrays() -> None:
    table = np.ones(LARGE)
    with debug.checking_mutation():
        _, pullback = vjp(lambda x: (x * table).sum(), 2.0)
        table[:] = 7.0
        assert pullback(np.float64(1.0)) == (LARGE,)


def test_views_and_strided_arrays_are_checked_too() -> None:
    table = np.ones((100, 200))

    def fun(x: Any) -> Any:
        y = (x * table.T[::2]).sum()
        table[3, 4] = np.nan
        return y

    with debug.checking_mutation(), pytest.raises(MutationError):
        grad(fun)(2.0)


def test_the_residuals_of_calls_are_checked_too() -> None:
    table = np.ones(LARGE)
    inner = checkpoint(lambda x, t: (x * t).sum())

    def fun(x: Any) -> Any:
        y = inner(x, table)
        table[0] = 5.0
        return y

    with debug.checking_mutation(), pytest.raises(MutationError):
        grad(fun)(2.0)


# --- disable_jit ------------------------------------------------------------------------------------


def test_without_jit_python_sees_values() -> None:
    @jit(guards=False)
    def fun(x: Any) -> Any:
        return 2 * x if x > 0 else x

    with debug.disable_jit():
        assert (fun(3.0), fun(-3.0), fun.trace_count) == (6.0, -3.0, 0)
    with pytest.raises(ConcretizationError):
        fun(3.0)


def test_without_jit_derivatives_are_those_of_the_function() -> None:
    fun = jit(lambda x: (x**3).sum())
    with debug.disable_jit():
        assert grad(fun)(2.0) == 12.0
        names = [eqn.primitive.name for eqn in make_jaxpr(fun)(np.ones(2)).eqns]
    assert names == ["integer_pow", "sum"]


def test_without_jit_donated_arguments_are_left_alone() -> None:
    x = np.ones(3)
    with debug.disable_jit():
        jit(lambda x: x + 1, donate_argnums=0)(x)
    np.testing.assert_array_equal(x, np.ones(3))


# --- both -------------------------------------------------------------------------------------------

SWITCHES = [debug.checking_mutation, debug.disable_jit]


def is_off(switch: Any) -> bool:
    """Whether a switch has no effect here."""
    if switch is debug.checking_mutation:
        return bool(grad(writer(np.ones(LARGE), np.sum))(2.0) == LARGE + 4)
    fun = jit(lambda x: x)
    fun(1.0)
    return fun.trace_count == 1


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_ends_with_its_block_whatever_happens(switch: Any) -> None:
    with pytest.raises(ZeroDivisionError), switch(), switch():
        raise ZeroDivisionError
    assert is_off(switch)


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_nests(switch: Any) -> None:
    with switch():
        with switch():
            pass
        with pytest.raises((MutationError, AssertionError)):
            assert is_off(switch)


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_holds_for_its_own_thread(switch: Any) -> None:
    found: list[bool] = []
    with switch():
        thread = threading.Thread(target=lambda: found.append(is_off(switch)))
        thread.start()
        thread.join()
    assert found == [True]
