"""The op table: layouts of operands, who owns results, and what a pullback depends on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from funcgrad import jit, jvp, vjp
from funcgrad._src.core.aval import Aval
from tests.ops.case import Case
from tests.ops.rows import (
    assert_avals,
    assert_close,
    assert_same,
    function_of,
    is_differentiable,
    is_number,
    leaves_of,
    operands,
    positions,
    reshaped,
    rows,
    traceable,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")

# --- layouts ---------------------------------------------------------------------------------------


def negative(x: np.ndarray) -> np.ndarray:
    flipped = (..., *(slice(None, None, -1),) * x.ndim)
    return x[flipped].copy()[flipped]


def spaced(x: np.ndarray) -> np.ndarray:
    wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]) if x.ndim else (2,), x.dtype)
    wide[..., ::2] = x
    return wide[..., ::2] if x.ndim else wide[0:1].reshape(())


def read_only(x: np.ndarray) -> np.ndarray:
    y = x.copy()
    y.flags.writeable = False
    return y


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "negative strides": negative,
    "Fortran order": lambda x: np.array(x, order="F"),
    "non-contiguous": spaced,
    "read-only": read_only,
}


def changed(values: Sequence[Any], change: Callable[[np.ndarray], np.ndarray]) -> list[Any]:
    return [change(v) if isinstance(v, np.ndarray) else v for v in values]


@rows(is_differentiable)
def test_every_layout_gives_numpys_value_and_the_same_gradient(case: Case) -> None:
    args = operands(case)
    chosen = positions(case, args)
    for word, change in LAYOUTS.items():
        other = changed(args, change)
        expected = case.call(np, *changed(args, change))
        traced = traceable(other)
        if not traced:
            continue
        got = vjp(function_of(case, other, traced), *[other[i] for i in traced])[0]
        assert_same(got, expected, f"{word}: value")
        if chosen:
            out, pull = vjp(function_of(case, args, chosen), *[args[i] for i in chosen])
            cotangents = vjp(function_of(case, other, chosen), *[other[i] for i in chosen])[1](out)
            assert_close(cotangents, pull(out), f"{word}: cotangents", 1e-10)
            assert all(g.flags.writeable for g in leaves_of(cotangents) if isinstance(g, np.ndarray))


@rows(is_differentiable)
def test_an_operand_repeated_by_strides_has_a_gradient_of_its_own_for_every_element(case: Case) -> None:
    args = operands(case)
    for i in positions(case, args):
        if not isinstance(args[i], np.ndarray) or case.args[i].make is not None or args[i].size < 2:
            continue
        repeated = np.broadcast_to(args[i].reshape(-1)[0], args[i].shape)
        if not numpy_takes(case, [*args[:i], repeated, *args[i + 1 :]]):
            continue
        call = function_of(case, args, [i])
        out, pull = vjp(call, repeated)
        assert_same(out, call(repeated), f"operand {i}: value")
        expected = cotangents_if_regular(call, repeated.copy(), out)
        if expected is not None:
            assert_close(pull(out), expected, f"operand {i}: cotangent", 1e-10)


def cotangents_if_regular(call: Callable[..., Any], x: Any, out: Any) -> Any:
    """The cotangents; None where a matrix of equal elements, which is singular, has no derivative."""
    try:
        return vjp(call, x)[1](out)
    except np.linalg.LinAlgError:
        return None


def numpy_takes(case: Case, args: Sequence[Any]) -> bool:
    try:
        case.call(np, *args)
    except Exception:  # noqa: BLE001 (LAPACK's own complaint, on an older SciPy, among them)
        return False
    return True


@rows(is_differentiable)
def test_empty_operands_are_taken_where_numpy_takes_them(case: Case) -> None:
    shapes = [arg.shape for arg in case.args if arg.shape]
    gone = shapes[0][0] if shapes else 0  # every axis of this length: operands still fit each other
    args = reshaped(case, lambda shape: tuple(0 if n == gone else n for n in shape))
    if args is None or not numpy_takes(case, args):
        return
    expected = case.call(np, *args)
    chosen = positions(case, args)
    call, values = function_of(case, args, chosen), [args[i] for i in chosen]
    out, pull = vjp(call, *values)
    assert_same(out, expected, "value")
    assert_avals(pull(out), values, "cotangents")
    assert_same(jvp(call, values, values)[0], expected, "value under jvp")


# --- ownership -------------------------------------------------------------------------------------


def arrays_in(tree: Any) -> list[np.ndarray]:
    return [leaf for leaf in leaves_of(tree) if isinstance(leaf, np.ndarray)]


def assert_owned(results: Any, inputs: Any, what: str) -> None:
    """Results are writable and share memory with no input and none of their own."""
    mine = arrays_in(results)
    for number, array in enumerate(mine):
        assert array.flags.writeable, f"{what}: result {number} is read-only"
        for other in (*arrays_in(inputs), *mine[:number]):
            assert not np.shares_memory(array, other), f"{what}: result {number} shares memory"


def overwrite(results: Any) -> None:
    for array in arrays_in(results):
        array[...] = 7


def copied(tree: Any) -> list[Any]:
    return [leaf.copy() if isinstance(leaf, np.ndarray) else leaf for leaf in leaves_of(tree)]


@rows(is_differentiable)
def test_results_are_the_callers(case: Case) -> None:
    args = operands(case)
    chosen = positions(case, args)
    call, values = function_of(case, args, chosen), [args[i] for i in chosen]
    before = copied(args)
    first = jvp(call, values, copied(values))
    assert_owned(first, args, "jvp")
    expected = copied(first)
    overwrite(first)
    assert_same(jvp(call, values, copied(values)), expected, "jvp again")
    out, pull = vjp(call, *values)
    assert_owned(out, args, "vjp")
    seed = [o.copy() if isinstance(o, np.ndarray) else o for o in leaves_of(out)]
    seed_tree = out if not isinstance(out, np.ndarray) else seed[0]
    cotangents = pull(seed_tree)
    assert_owned(cotangents, [args, seed_tree], "pullback")
    expected = copied(cotangents)
    overwrite(cotangents)
    if isinstance(out, np.ndarray):
        overwrite(out)
    assert_same(pull(seed_tree), expected, "pullback again")
    assert_same(args, before, "operands")


@rows(lambda case: case.jit)
def test_compiled_results_are_the_callers(case: Case) -> None:
    args = operands(case)
    known = [i for i, arg in enumerate(args) if is_number(arg)]
    values = [args[i] for i in known]
    compiled = jit(function_of(case, args, known))
    first = compiled(*values)
    assert_owned(first, args, "jit")
    expected = copied(first)
    overwrite(first)
    assert_same(copied(compiled(*values)), expected, "jit again")


# --- what a pullback depends on --------------------------------------------------------------------


@rows(is_differentiable)
def test_a_pullback_depends_on_nobody_elses_memory(case: Case) -> None:
    args = operands(case)
    chosen = positions(case, args)
    seed, right = vjp(function_of(case, args, chosen), *[args[i] for i in chosen])
    expected = right(seed)
    for word, wrap in {"eager": lambda f: f, **({"compiled": jit} if case.jit else {})}.items():
        private = [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in args]
        out, pull = vjp(wrap(function_of(case, private, chosen)), *[private[i] for i in chosen])
        for array in arrays_in([private, out]):
            array.fill(1 if array.dtype.kind in "biu" else np.nan)
        assert_close(
            pull(seed),
            expected,
            f"{word}: pullback after its operands were overwritten",
            max(1e-12, 1e-4 * case.rtol),
        )


class Poison:
    """Stands for a value that a rule did not declare as kept: it has a shape and a dtype, and no numbers."""

    __slots__ = ("aval", "dtype", "ndim", "shape", "size")

    def __init__(self, aval: Any) -> None:
        self.aval = aval
        if aval is not None:
            self.shape, self.dtype, self.ndim, self.size = aval.shape, aval.dtype, aval.ndim, aval.size

    def __funcgrad_aval__(self) -> Aval:
        return self.aval

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a rule used a value that it does not keep")

    __array__ = __array_ufunc__ = __array_function__ = __bool__ = __eq__ = __lt__ = __le__ = _refuse
    __gt__ = __ge__ = __add__ = __radd__ = __mul__ = __rmul__ = __sub__ = __rsub__ = _refuse
    __truediv__ = __rtruediv__ = __neg__ = __getitem__ = __len__ = __iter__ = __float__ = _refuse
    __hash__ = None  # type: ignore[assignment]


def poisoned(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(poisoned, value))
    return Poison(value) if value is None or type(value) is Aval else value


@rows(is_differentiable)
def test_a_rule_uses_only_what_it_keeps(case: Case) -> None:
    args = operands(case)
    chosen = positions(case, args)
    out, pull = vjp(function_of(case, args, chosen), *[args[i] for i in chosen])
    expected = pull(out)
    for row in pull._tape.rows:
        if isinstance(row[4], list):
            row[4][:] = map(poisoned, row[4])
    assert_same(pull(out), expected, "pullback with poison in place of what is not kept")
