"""Python control flow on traced values under jit: the plain function's results, and no trace too many."""

from __future__ import annotations

import math
import pickle
import threading
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from funcgrad import (
    checkpoint,
    custom_vjp,
    debug,
    eval_shape,
    grad,
    hessian,
    jacfwd,
    jacrev,
    jit,
    jvp,
    linearize,
    make_jaxpr,
    value_and_grad,
    vjp,
    vmap,
)
from funcgrad._src.transforms.make_jaxpr import ShapeDtype
from funcgrad._src.transforms.programs import LIMIT
from funcgrad.errors import ConcretizationError, CutGradientError
from funcgrad.extend import NONDIFF, Primitive, check_jaxpr, parse_jaxpr
from tests.compile.exactness import rounding
from tests.mock_device import to_mock

# --- functions that decide ---------------------------------------------------------------------------


def branches(x: Any) -> Any:
    if x > 1.0:
        return x * x
    return 3.0 * x


def returns_early(x: Any) -> Any:
    y = np.sin(x)
    if y < 0:
        return y
    for _ in range(3):
        y = y * x
        if y > 2:
            return y * 2.0
    return y


def newton(a: Any) -> Any:
    x = a
    while abs(x * x - a) > 1e-10:
        x = 0.5 * (x + a / x)
    return x


def bisects(a: Any) -> Any:
    low, high = 0.0 * a, a + 1.0
    while high - low > 0.1:
        middle = 0.5 * (low + high)
        if middle * middle > a:
            high = middle
        else:
            low = middle
    return low * a


def recurses(x: Any) -> Any:
    return x * recurses(x / 2.0) if x > 1.0 else np.exp(x)


def counts(x: Any) -> Any:
    return sum((x**k for k in range(int(x) + 1)), 0.0 * x)


def asserts(x: Any) -> Any:
    assert x > -100.0
    return np.sqrt(x * x + 1.0)


def takes_the_least(x: Any) -> Any:
    return min(x * x, 2.0 * x) + max(x, 1.5)


def chains(x: Any) -> Any:
    return x if 0.0 < x < 1.0 else x * x if x >= 1.0 and not x > 3.0 else -x


def rounds(x: Any) -> Any:
    return x * round(x) + math.floor(x) * x - math.ceil(x) - math.trunc(x)


class Row(NamedTuple):
    """A function, numbers for which it decides differently, and how many different decisions there are."""

    fun: Callable[[Any], Any]
    numbers: tuple[float, ...]
    traces: int


SCALARS = {
    "if": Row(branches, (0.5, 2.0, -1.0, 7.0), 2),
    "early return": Row(returns_early, (4.0, 0.5, 2.0, 2.5, 0.6), 3),
    "while, Newton": Row(newton, (2.0, 2.1, 9.0, 100.0), 3),
    "while, bisection": Row(bisects, (1.0, 0.9, 2.0, 5.0), 3),
    "recursion": Row(recurses, (0.5, 1.5, 3.0, 7.0, 6.0), 4),
    "int": Row(counts, (0.5, 2.5, 2.7, 1.2, 0.1), 3),
    "assert": Row(asserts, (0.5, -2.0, 3.0), 1),
    "min, max": Row(takes_the_least, (0.5, 3.0, 1.75, 0.25), 3),
    "comparison chain, and, not": Row(chains, (0.5, 2.0, 5.0, -1.0, 0.1), 4),
    "round, floor, ceil, trunc": Row(rounds, (0.6, 1.2, 1.3, -0.6), 3),
}
UNDER: dict[str, Callable[[Callable[[Any], Any]], Callable[[Any], Any]]] = {
    "": lambda f: f,
    "grad": grad,
    "jvp": lambda f: lambda x: jvp(f, (x,), (1.0,)),
    "vjp": lambda f: lambda x: vjp(f, x)[1](1.0),
    "linearize": lambda f: lambda x: linearize(f, x)[1](1.0),
    "value_and_grad": value_and_grad,
    "hessian": hessian,
    "jacfwd": jacfwd,
    "jacrev": jacrev,
    "grad of grad": lambda f: grad(grad(f)),
    "grad of checkpoint": lambda f: grad(checkpoint(f)),
}


def same(a: Any, b: Any) -> None:
    np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("under", [name for name in UNDER if name != "grad of checkpoint"])
@pytest.mark.parametrize("name", SCALARS)
def test_jit_of_a_transformation_decides_as_python_does(name: str, under: str) -> None:
    row = SCALARS[name]
    plain, compiled = UNDER[under](row.fun), jit(UNDER[under](row.fun))
    for _ in range(3):
        for number in row.numbers:
            same(compiled(number), plain(number))
    assert compiled.trace_count == row.traces


@pytest.mark.parametrize("under", UNDER)
@pytest.mark.parametrize("name", SCALARS)
def test_a_transformation_of_jit_decides_as_python_does(name: str, under: str) -> None:
    row = SCALARS[name]
    compiled = jit(row.fun)
    plain, transformed = UNDER[under](row.fun), UNDER[under](compiled)
    for _ in range(2):
        for number in row.numbers:
            same(transformed(number), plain(number))
    assert compiled.trace_count == row.traces


@pytest.mark.parametrize("name", SCALARS)
def test_values_are_those_of_plain_python_to_the_last_bit(name: str) -> None:
    row = SCALARS[name]
    compiled = jit(row.fun)
    for number in [*row.numbers, *map(np.float64, row.numbers)]:
        expected, found = row.fun(number), compiled(number)
        assert found == pytest.approx(expected, rel=rounding(), abs=0.0)
        if type(number) is not float:
            assert type(found) is type(expected)


# --- shapes and dtypes that values decide ------------------------------------------------------------

A = np.array([3.0, -1.0, 2.0, -1.0, 0.0])
B = np.array([-3.0, 1.0, 1.0, 1.0, 2.0])
C = np.array([1.0, 2.0, 2.0, 5.0, 6.0])
ARRAYS: dict[str, Callable[[Any], Any]] = {
    "x[x > 0]": lambda x: x[x > 0] * 2.0,
    "sum of x[x > 0]": lambda x: (x[x > 0] ** 2).sum(),
    "a mask of rows": lambda x: np.outer(x, x)[x > 0, 1:],
    "two masks": lambda x: np.outer(x, x)[np.ix_(x > 0, x < 2)],
    "nonzero": lambda x: np.nonzero(x > 0)[0] * x.sum(),
    "flatnonzero": lambda x: x[np.flatnonzero(x > 1)],
    "argwhere": lambda x: np.argwhere(x > 1) + x[0],
    "where of one argument": lambda x: x[np.where(x > 1)],
    "unique": lambda x: np.unique(x) ** 2,
    "unique, all of it": lambda x: np.unique(x, return_index=True, return_inverse=True, return_counts=True),
    "unique_all": lambda x: tuple(np.unique_all(x)),
    "unique_values": lambda x: np.sort(np.unique_values(x)),
    "union1d": lambda x: np.union1d(x, x + 1.0),
    "intersect1d": lambda x: np.intersect1d(x, x + 1.0),
    "setdiff1d": lambda x: np.setdiff1d(x, np.array([1.0, 2.0])),
    "setxor1d": lambda x: np.setxor1d(x, np.array([1.0, 2.0])),
    "bincount": lambda x: np.bincount(abs(x).astype(int), x),
    "compress": lambda x: np.compress(x > 0, x),
    "extract": lambda x: np.extract(x > 0, x),
    "piecewise": lambda x: np.piecewise(x, [x > 0], [np.sqrt, lambda v: -v]),
    "trim_zeros": lambda x: np.trim_zeros(x * (x > 1)),
    "polymul": lambda x: np.polymul(x * (x > 1), x),
    "polydiv": lambda x: np.polydiv(x, np.array([1.0, 2.0])),
    "roots": lambda x: np.sort_complex(np.roots(x)),
    "poly of complex roots": lambda x: np.poly(x + 0j),
    "real_if_close": lambda x: np.real_if_close(x + 1e-20j * x),
    "eigvals": lambda x: np.sort(abs(np.linalg.eigvals(np.outer(x, x[::-1]) + np.diag(x)))),
    "tolerance": lambda x: x if np.allclose(x, x[0], atol=5.0) else -x,
    "in": lambda x: x * 2.0 if 2.0 in x else x,
    "in-place, where it holds": lambda x: writes_masked(x * 1.0),
    "any, all": lambda x: x if (x > 0).all() else -x if (x > 1).any() else 2.0 * x,
    "a slice up to a count": lambda x: x[: (x > 0).sum()] * 2.0,
    "range": lambda x: np.stack([x * i for i in range(int((x > 0).sum()))]),
}


def writes_masked(y: Any) -> Any:
    y[y > 0] = y[y > 0] * 10.0
    return y


def flat(out: Any) -> list[Any]:
    return list(out) if isinstance(out, tuple) else [out]


@pytest.mark.parametrize("name", ARRAYS)
def test_shapes_that_depend_on_values(name: str) -> None:
    fun, compiled = ARRAYS[name], jit(ARRAYS[name])
    for _ in range(2):
        for x in (A, B, C, A + 0.25):
            for found, expected in zip(flat(compiled(x)), flat(fun(x)), strict=True):
                assert np.asarray(found).dtype == np.asarray(expected).dtype
                np.testing.assert_array_equal(found, expected)
    count = compiled.trace_count
    for x in (A, B, C, A + 0.25):
        compiled(x)
    assert compiled.trace_count == count <= 4


INTEGERS = {
    "nonzero",
    "unique, all of it",
    "unique_all",
    "bincount",
    "eigvals",
    "roots",
    "poly of complex roots",
}


@pytest.mark.parametrize("name", [name for name in ARRAYS if name not in INTEGERS])
def test_derivatives_where_shapes_depend_on_values(name: str) -> None:
    def loss(x: Any) -> Any:
        return sum((np.sin(np.real(out)).sum() for out in flat(ARRAYS[name](x))), 0.0)

    of_jit, jit_of = jit(loss), jit(grad(loss))
    for x in (A, B, C):
        expected = grad(loss)(x)
        same(grad(of_jit)(x), expected)
        same(jit_of(x), expected)


def test_the_same_mask_counts_are_one_program() -> None:
    f = jit(lambda x: x[x > 0].sum())
    for x in (A, -A[::-1] + 1.0, A[::-1].copy()):
        f(x)
    assert [f(x) for x in (A, A[::-1].copy())] == [5.0, 5.0]
    assert f.trace_count == 2


# --- what a guard may not do -------------------------------------------------------------------------


def test_a_float_is_guarded_by_its_bits() -> None:
    f = jit(lambda x: math.copysign(1.0, float(x)) * x if float(x) == float(x) else x)
    assert [str(f(x)) for x in (0.0, -0.0, math.nan, -0.0, math.nan)] == ["0.0", "0.0", "nan", "0.0", "nan"]
    assert f.trace_count == 3


@pytest.mark.parametrize("leave", [float, complex, lambda x: x.item()], ids=["float", "complex", "item"])
def test_a_number_that_leaves_cuts_no_derivative(leave: Any) -> None:
    f = jit(lambda x: leave(np.square(x)) * x)
    assert f(np.float64(3.0)) == 27.0
    with pytest.raises(CutGradientError):
        grad(lambda x: np.real(f(x)))(np.float64(3.0))
    with pytest.raises(CutGradientError):
        jvp(f, (np.float64(4.0),), (np.float64(1.0),))


def test_a_number_that_leaves_beside_the_derivative() -> None:
    f = jit(lambda x, y: x * float(y))
    assert grad(f)(2.0, 3.0) == 3.0
    assert grad(f)(2.0, 5.0) == 5.0


def test_looking_leaves_no_guard() -> None:
    seen: list[str] = []

    def fun(x: Any) -> Any:
        y = x * 2.0
        seen.append(f"{y} {y!r}")
        return y

    f = jit(fun)
    assert (f(1.0), f(2.0), f.trace_count) == (2.0, 4.0, 1)
    assert seen == ["unknown Tracer(unknown, float, jit)"]
    assert f.lower(1.0).guards == ()


def test_without_control_flow_nothing_is_computed_while_tracing() -> None:
    calls: list[str] = []
    counted_p = counting("test_guards.counted", calls)
    f = jit(lambda x: counted_p.bind(x) + 1.0 if x > 0 else x)
    assert f(2.0) == 3.0
    assert calls == ["run"]  # the decision does not need it
    g = jit(lambda x: counted_p.bind(x * 2.0) if counted_p.bind(x) > 0 else x)
    calls.clear()
    assert g(2.0) == 4.0
    assert len(calls) == 3  # once to decide, twice in the program


def counting(name: str, calls: list[str], effect: str | None = None) -> Primitive:
    def impl(xp: Any, x: Any) -> Any:
        calls.append("run")
        return x

    primitive = Primitive(name, impl)
    primitive.aval = lambda x: x
    primitive.rule = NONDIFF
    primitive.effect = effect
    return primitive


def test_a_value_is_computed_once_however_often_python_asks() -> None:
    calls: list[str] = []
    counted_p = counting("test_guards.counted_once", calls)

    def fun(x: Any) -> Any:
        y = counted_p.bind(x)
        z = y * 2.0
        for _ in range(5):
            if z > 0 and y > 0:
                z = z + y
        return z

    assert jit(fun)(1.0) == 7.0
    assert len(calls) == 2


def test_an_effect_is_never_made_to_decide() -> None:
    calls: list[str] = []
    effect_p = counting("test_guards.effect", calls, "ordered")
    with pytest.raises(ConcretizationError, match="it depends on a call with an effect, which is not made"):
        jit(lambda x: x if effect_p.bind(x) > 0 else -x)(1.0)
    assert calls == []


def test_a_failed_guard_acts_before_any_effect() -> None:
    seen: list[float] = []

    def impl(xp: Any, x: Any) -> tuple[()]:
        seen.append(float(x))
        return ()

    note_p = Primitive("test_guards.note", impl, multiple=True)
    note_p.aval = lambda x: ()
    note_p.rule = NONDIFF
    note_p.effect = "ordered"

    def fun(x: Any) -> Any:
        note_p.bind(x)
        y = x * 2.0 if x > 0 else -x
        note_p.bind(y)
        if y > 10.0:
            y = y + 1.0
        note_p.bind(y)
        return y

    f = jit(fun)
    for x in (1.0, -1.0, 6.0, 1.0):
        seen.clear()
        compiled, effects = f(x), list(seen)
        seen.clear()
        assert (compiled, effects) == (fun(x), seen)
    assert f.trace_count == 3


def test_what_is_done_behind_a_decision_is_not_done_before_it() -> None:
    """Warnings are errors here: the logarithm of a negative number would be noticed."""
    f = jit(lambda x: np.log(x) * np.log(2.0 * x) if (x > 0).all() else x * 3.0)
    g = jit(lambda a, b: np.linalg.solve(a, b) if np.linalg.det(a) > 0.5 else b * 2.0)
    singular, regular = np.zeros((2, 2)), np.eye(2)
    for _ in range(2):
        for x in (A, abs(A) + 1.0):
            expected = np.log(x) * np.log(2.0 * x) if x[1] > 0 else x * 3.0
            np.testing.assert_allclose(f(x), expected, rtol=rounding())
        np.testing.assert_array_equal(g(regular, A[:2]), A[:2])
        np.testing.assert_array_equal(g(singular, A[:2]), A[:2] * 2.0)
    same(grad(lambda x: f(x).sum())(A), np.full(5, 3.0))
    assert (f.trace_count, g.trace_count) == (2, 2)


def test_results_of_plain_python_are_the_callers_too() -> None:
    f = jit(lambda x: x if float(x[0]) >= 0 else -x)
    for i in range(LIMIT):
        f(np.full(2, float(i)))
    x = np.full(2, 100.0)
    with pytest.warns(UserWarning, match="16 programs"):
        result = f(x)
    result[...] = 7.0
    np.testing.assert_array_equal(x, np.full(2, 100.0))


def test_a_donated_array_is_intact_when_a_guard_fails() -> None:
    def step(p: Any, g: Any) -> Any:
        q = p - 0.5 * g
        if q.sum() > 0:
            return q * 2.0
        return q - 1.0

    f = jit(step, donate_argnums=0)
    for start in (5.0, -5.0, 7.0, -7.0):
        p, g = np.full(3, start), np.ones(3)
        expected = step(p.copy(), g)
        result = f(p, g)
        assert result is p
        np.testing.assert_array_equal(result, expected)
        np.testing.assert_array_equal(g, np.ones(3))
    assert f.trace_count == 2


# --- many programs -----------------------------------------------------------------------------------


def test_too_many_programs_are_a_warning_and_plain_python() -> None:
    f = jit(lambda x: x * float(x))
    for i in range(LIMIT):
        assert f(float(i)) == float(i * i)
    with pytest.warns(UserWarning, match="plain Python from now on") as caught:
        assert f(100.0) == 10_000.0
    assert len(caught) == 1
    line = test_too_many_programs_are_a_warning_and_plain_python.__code__.co_firstlineno + 1
    assert str(caught[0].message) == (
        "jit: `<lambda>` has 16 programs for one kind of arguments, and met other values at "
        f"test_guards.py:{line} in <lambda>, where Python decides by a traced number: such calls run as "
        "plain Python from now on. np.where(condition, a, b) chooses without asking, static_argnums "
        "compiles an argument in, and jit(guards=False) makes every such place an error."
    )
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [f(101.0), f(3.0), f(102.0)] == [10_201.0, 9.0, 10_404.0]
        with pytest.raises(CutGradientError):
            grad(f)(200.0)
    assert f.trace_count == LIMIT


def test_beyond_the_limit_it_works_under_every_transformation() -> None:
    f = jit(counts)
    for i in range(LIMIT):
        same(f(i + 0.5), counts(i + 0.5))
    with pytest.warns(UserWarning, match="16 programs"):
        same(f(LIMIT + 0.5), counts(LIMIT + 0.5))
    same(grad(f)(20.5), grad(counts)(20.5))
    same(jit(grad(f))(20.5), grad(counts)(20.5))


def test_a_guard_at_the_edge_of_rounding_does_not_loop() -> None:
    """Compiled code may round otherwise: then there is no program, and Python itself has the say."""
    wrong = [False]

    def impl(xp: Any, x: Any) -> Any:
        return x + (1.0 if wrong[0] else 0.0)

    edge_p = Primitive("test_guards.edge", impl)
    edge_p.aval = lambda x: x
    edge_p.rule = NONDIFF

    def fun(x: Any) -> Any:
        wrong[0] = False  # while Python runs
        y = edge_p.bind(x)
        result = x * 2.0 if y > 0.5 else x
        wrong[0] = True
        return result

    f = jit(fun)
    assert [f(0.0) for _ in range(6)] == [0.0] * 6
    assert f.trace_count == 4


# --- checkpoints and functions with rules of their own -------------------------------------------------

UNUSUAL = custom_vjp(branches)
UNUSUAL.defvjp(lambda x: (branches(x), x), lambda x, g: (10.0 * g if x > 1.0 else -g,))


@pytest.mark.parametrize("fun", [checkpoint(branches), UNUSUAL], ids=["checkpoint", "custom_vjp"])
@pytest.mark.parametrize("under", ["", "grad", "value_and_grad", "vjp"])
def test_a_call_within_decides_as_a_part_of_the_whole(under: str, fun: Any) -> None:
    def around(x: Any) -> Any:
        return fun(x * 2.0) + (1.0 if x > 3.0 else x)

    plain = UNDER[under](around)
    for transformed in (UNDER[under](jit(around)), jit(UNDER[under](around))):
        for x in (0.25, 2.0, 4.0, 0.375, 5.0):
            same(transformed(x), plain(x))
    f = jit(around)
    for x in (0.25, 2.0, 4.0, 0.375, 5.0):
        f(x)
    assert f.trace_count == 3


# --- jit in jit, vmap, abstract traces -----------------------------------------------------------------


def test_a_decision_in_an_inner_jit_belongs_to_the_outer_program() -> None:
    inner = jit(branches)
    outer = jit(lambda x: inner(x) + 1.0)
    for x in (0.5, 2.0, 0.75, 3.0):
        assert outer(x) == branches(x) + 1.0
    assert outer.trace_count == 2
    assert [guard.kind for guard in outer.lower(2.0).guards] == ["bool"]
    same(grad(outer)(2.0), 4.0)
    same(jit(grad(outer))(0.5), 3.0)


def test_an_inner_jit_that_decides_by_what_is_known() -> None:
    inner = jit(branches)
    assert jit(lambda x: x * inner(3.0))(2.0) == 18.0


@pytest.mark.parametrize("seen", [False, True])
def test_under_vmap_a_decision_is_an_error_by_name(seen: bool) -> None:
    f = jit(branches)
    if seen:
        f(2.0)
    with pytest.raises(ConcretizationError) as caught:
        vmap(f)(np.array([0.5, 2.0]))
    assert caught.value.headline == (
        "`if x:` or bool(x): Python needs the value of a traced array, but under `vmap` it has another value "
        "for each example."
    )
    assert str(caught.value.at).endswith("in branches")
    assert caught.value.hint == "np.where(condition, a, b) chooses for each example"


def test_under_vmap_what_is_the_same_for_every_example_may_decide() -> None:
    f = jit(lambda x, y: x * 2.0 if y > 0 else x)
    mapped = vmap(f, in_axes=(0, None))
    for y in (1.0, -1.0):
        np.testing.assert_array_equal(mapped(A, y), A * 2.0 if y > 0 else A)
    np.testing.assert_array_equal(jit(mapped)(A, 1.0), A * 2.0)


@pytest.mark.parametrize("seen", [False, True])
@pytest.mark.parametrize("look", [lambda f: make_jaxpr(f)(2.0), lambda f: eval_shape(f, 2.0)])
def test_without_values_it_is_an_error(look: Any, seen: bool) -> None:
    f = jit(branches)
    if seen:
        f(2.0)
    with pytest.raises(ConcretizationError, match="it has no value while it is traced"):
        look(f)


def test_a_program_for_types_alone_cannot_decide() -> None:
    with pytest.raises(ConcretizationError, match="under `jit` it has no value while it is traced"):
        jit(branches).lower(ShapeDtype((), float, kind="scalar"))


def test_the_program_for_arguments_like_these() -> None:
    f = jit(branches)
    f(0.5)
    names = [eqn.primitive.name for eqn in f.lower(2.0).jaxpr.eqns]
    assert names == ["greater", "guard", "multiply"]
    assert f.lower(2.0).guards[0].outcome is True


def test_a_program_with_guards_is_checked_printed_read_and_pickled() -> None:
    f = jit(lambda x: np.unique(x[x > 0]) * float(x[0]) + complex(x[1]))
    jaxpr = f.lower(A).jaxpr
    check_jaxpr(jaxpr)
    assert jaxpr.effects == {"guard"}
    assert parse_jaxpr(str(jaxpr)) == jaxpr
    assert pickle.loads(pickle.dumps(jaxpr)) == jaxpr


def test_an_outer_tracer_decides() -> None:
    assert grad(lambda w: jit(lambda x: x * w * w if w > 1 else w)(3.0))(2.0) == 12.0
    assert grad(lambda w: jit(lambda x: x * w * w if w > 1 else w)(3.0))(0.5) == 1.0
    with pytest.raises(ConcretizationError, match="under `vmap`"):
        vmap(lambda w: jit(lambda x: x if w > 1 else w)(3.0))(A)


def test_an_outer_tracer_behind_one_decision_is_not_kept() -> None:
    cell: list[Any] = [2.0]
    f = jit(lambda x: x * cell[0] if x > 0 else x)

    def around(w: Any) -> Any:
        cell[0] = w
        return f(3.0)

    assert f(-1.0) == -1.0
    assert [grad(around)(2.0), grad(around)(4.0)] == [3.0, 3.0]
    assert f.trace_count == 3


@pytest.mark.parametrize("to", [np.asarray, to_mock], ids=["host", "device"])
def test_decisions_on_either_kind_of_array(to: Any) -> None:
    f = jit(lambda x: x[x > 0] * 2.0 if (x > 0).any() else -x)
    for x in (A, -abs(A), B):
        found, expected = f(to(x)), (x[x > 0] * 2.0 if (x > 0).any() else -x)
        assert type(found) is type(to(x))
        np.testing.assert_array_equal(found.get() if to is to_mock else found, expected)
    assert f.trace_count == 3


# --- guards=False --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fun", [branches, counts, lambda x: float(x), lambda x: np.stack([x, x])[np.stack([x, x]) > 0]]
)
def test_without_guards_a_decision_is_an_error(fun: Any) -> None:
    with pytest.raises(ConcretizationError, match="under `jit` it has no value while it is traced"):
        jit(fun, guards=False)(2.0)
    with pytest.raises(ConcretizationError):
        jit(jit(fun, guards=False))(2.0)
    with pytest.raises(ConcretizationError):
        jit(jit(fun), guards=False)(2.0)


def test_the_choice_is_an_option_of_the_decorator_and_pickles() -> None:
    @jit(guards=False)
    def fun(x: Any) -> Any:
        return x if x > 0 else -x

    with pytest.raises(ConcretizationError):
        fun(1.0)
    with pytest.raises(ConcretizationError):
        pickle.loads(pickle.dumps(jit(branches, guards=False)))(1.0)
    assert pickle.loads(pickle.dumps(jit(branches)))(2.0) == 4.0
    with debug.disable_jit():
        assert fun(-1.0) == 1.0


# --- in one word or another ----------------------------------------------------------------------------


def test_why_tells_which_decision_came_out_otherwise() -> None:
    f = jit(branches)
    f(2.0)
    f(0.5)
    line = branches.__code__.co_firstlineno + 1
    assert (
        f"the question (`if`, `while`, `and`, `assert`, bool) at test_guards.py:{line} in branches found "
        "False, where there was a program for True only"
    ) in f.why_retraced()
    g = jit(lambda x: x[x > 0])
    g(A)
    g(B)
    assert "what 'nonzero' found at test_guards.py:" in g.why_retraced()


# --- states ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_while_tracing_leaves_everything_usable(error: type[BaseException]) -> None:
    def fun(x: Any) -> Any:
        y = np.sin(x)
        if x > 1:
            raise error("stop")
        return y

    f = jit(fun)
    for _ in range(2):
        assert f(0.5) == np.sin(0.5)
        with pytest.raises(error) as caught:
            f(2.0)
        assert caught.value.__context__ is None
        with pytest.raises(error):
            grad(f)(2.0)
    same(grad(f)(0.5), np.cos(0.5))
    assert f.trace_count == 1


def test_a_failed_assertion_is_raised_every_time() -> None:
    def positive(x: Any) -> Any:
        assert x > 0, "must be positive"
        return np.log(x)

    f = jit(positive)
    assert f(1.0) == 0.0
    for _ in range(2):
        with pytest.raises(AssertionError, match="must be positive"):
            f(-1.0)
    assert f(1.0) == 0.0
    assert f.trace_count == 1


def test_eight_threads_decide_and_trace() -> None:
    f = jit(value_and_grad(newton))
    numbers = [1.5, 2.0, 9.0, 30.0, 100.0, 1e4, 1e6, 1e8]
    expected = {a: value_and_grad(newton)(a) for a in numbers}
    start = threading.Barrier(8)
    wrong: list[Any] = []

    def work(seed: int) -> None:
        start.wait()
        for i in range(40):
            a = numbers[(seed + i * 3) % len(numbers)]
            try:
                same(f(a), expected[a])
            except BaseException as problem:  # noqa: BLE001  (a thread must tell)
                wrong.append(problem)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    count = f.trace_count
    for a in numbers:
        f(a)
    assert f.trace_count == count


def test_decisions_deep_in_a_long_program() -> None:
    def fun(x: Any) -> Any:
        y = x
        for _ in range(50_000):
            y = y * 1.0000001
        return y if y > 1.0 else -y

    f = jit(fun)
    assert (f(1.0), f(0.5), f.trace_count) == (fun(1.0), fun(0.5), 2)
