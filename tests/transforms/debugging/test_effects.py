"""print, breakpoint and callback: once for each execution, in order, under every transformation."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import (
    checkpoint,
    custom_jvp,
    custom_vjp,
    debug,
    eval_shape,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacrev,
    jit,
    jvp,
    linear_transpose,
    linearize,
    make_jaxpr,
    value_and_grad,
    vjp,
    vmap,
)
from funcgrad._src.ir.passes.silence import silence
from funcgrad.errors import ArgumentError, DtypeError
from funcgrad.extend import check_jaxpr, dce, eval_jaxpr, inline, parse_jaxpr
from tests.error_texts import here, place, text_of
from tests.mock_device import to_mock

X, V = np.float64(2.0), np.array([2.0, 3.0])
TABLE = np.arange(6.0).reshape(2, 3)


def shown(x: Any) -> Any:
    """Prints its argument and its square."""
    debug.print("x {}", x)
    y = x * x
    debug.print("y {y}", y=y)
    return y


ONCE = ["x 2.0", "y 4.0"]
EACH = ["x 2.0", "x 3.0", "y 4.0", "y 9.0"]
WAYS: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "plain": (lambda: shown(X), ONCE),
    "grad": (lambda: grad(shown)(X), ONCE),
    "value_and_grad": (lambda: value_and_grad(shown)(X), ONCE),
    "vjp": (lambda: vjp(shown, X), ONCE),
    "jvp": (lambda: jvp(shown, (X,), (X,)), ONCE),
    "linearize": (lambda: linearize(shown, X), ONCE),
    "linear map": (lambda: linearize(shown, X)[1](1.0), ONCE),
    "jacfwd": (lambda: jacfwd(shown)(X), ONCE),
    "jacrev": (lambda: jacrev(shown)(X), ONCE),
    "hessian": (lambda: hessian(shown)(X), ONCE),
    "hvp": (lambda: hvp(shown, (X,), (X,)), ONCE),
    "grad of grad": (lambda: grad(grad(shown))(X), ONCE),
    "vmap": (lambda: vmap(shown)(V), EACH),
    "vmap of grad": (lambda: vmap(grad(shown))(V), EACH),
    "grad of vmap": (lambda: grad(lambda v: vmap(shown)(v).sum())(V), EACH),
    "vmap of nothing that is mapped": (lambda: vmap(lambda v: shown(X) + v)(V), ONCE),
    "jit": (lambda: jit(shown)(X), ONCE),
    "jit of grad": (lambda: jit(grad(shown))(X), ONCE),
    "grad of jit": (lambda: grad(jit(shown))(X), ONCE),
    "jvp of jit": (lambda: jvp(jit(shown), (X,), (X,)), ONCE),
    "vmap of jit": (lambda: vmap(jit(shown))(V), EACH),
    "jit of vmap": (lambda: jit(vmap(shown))(V), EACH),
    "jit of vmap of grad of jit": (lambda: jit(vmap(grad(jit(shown))))(V), EACH),
    "linearize of jit": (lambda: linearize(jit(shown), X)[1](1.0), ONCE),
    "checkpoint": (lambda: checkpoint(shown)(X), ONCE),
    "grad of checkpoint": (lambda: grad(checkpoint(shown))(X), ONCE),
    "grad of checkpoint of jit": (lambda: grad(checkpoint(jit(shown)))(X), ONCE),
    "jit of grad of checkpoint": (lambda: jit(grad(checkpoint(shown)))(X), ONCE),
    "jit of grad of checkpoint of jit": (lambda: jit(grad(checkpoint(jit(shown))))(X), ONCE),
    "grad of jit of checkpoint": (lambda: grad(jit(checkpoint(shown)))(X), ONCE),
    "grad of checkpoint of checkpoint": (lambda: grad(checkpoint(checkpoint(shown)))(X), ONCE),
    "grad of vmap of checkpoint": (lambda: grad(lambda v: vmap(checkpoint(shown))(v).sum())(V), EACH),
    "make_jaxpr": (lambda: make_jaxpr(shown)(X), []),
    "eval_shape": (lambda: eval_shape(shown, X), []),
    "without jit": (lambda: without_jit(), ONCE),
}


def without_jit() -> None:
    with debug.disable_jit():
        jit(shown)(X)


@pytest.mark.parametrize("way", WAYS)
def test_it_prints_once_for_each_execution_and_in_order(way: str, capsys: pytest.CaptureFixture[str]) -> None:
    run, lines = WAYS[way]
    run()
    assert capsys.readouterr().out.splitlines() == lines


COMPILED: dict[str, tuple[Callable[[Any], Any], Any, list[str]]] = {
    "jit": (jit(shown), X, ONCE),
    "jit of grad": (jit(grad(shown)), X, ONCE),
    "jit of vmap": (jit(vmap(shown)), V, EACH),
    "grad of jit": (grad(jit(shown)), X, ONCE),
    "vmap of jit": (vmap(jit(shown)), V, EACH),
}


@pytest.mark.parametrize("way", COMPILED)
def test_a_compiled_program_prints_at_every_execution(way: str, capsys: pytest.CaptureFixture[str]) -> None:
    run, x, lines = COMPILED[way]
    for _ in range(3):
        run(x)
        assert capsys.readouterr().out.splitlines() == lines


def test_a_pullback_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    pullbacks = [vjp(fun, X)[1] for fun in (shown, jit(shown), checkpoint(shown), checkpoint(jit(shown)))]
    capsys.readouterr()
    assert [pull(1.0) for pull in pullbacks for _ in range(2)] == [(4.0,)] * 8
    assert capsys.readouterr().out == ""


def test_programs_made_while_something_is_computed_again_have_their_effects(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """They are kept for other calls, which print."""
    compiled = jit(shown)
    grad(checkpoint(compiled))(X)
    assert capsys.readouterr().out.splitlines() == ONCE
    for run, x, lines in ((compiled, X, ONCE), (grad(compiled), X, ONCE), (vmap(grad(compiled)), V, EACH)):
        run(x)
        assert capsys.readouterr().out.splitlines() == lines
    calls: list[int] = []

    @jit
    def second(x: Any) -> Any:
        debug.print("second")
        return x

    def fun(x: Any) -> Any:
        calls.append(0)
        return second(x) * x if len(calls) == 2 else x * x

    grad(checkpoint(fun))(X)
    assert capsys.readouterr().out == ""
    second(X)
    assert capsys.readouterr().out == "second\n"


def test_arrays_of_two_places_may_be_shown_together(capsys: pytest.CaptureFixture[str]) -> None:
    debug.print("{} {}", to_mock(np.ones(2)), np.ones(2))
    assert capsys.readouterr().out.endswith(" [1. 1.]\n")


def test_derivatives_are_those_of_the_silent_function(capsys: pytest.CaptureFixture[str]) -> None:
    assert (grad(shown)(X), jvp(shown, (X,), (X,))[1], hessian(shown)(X)) == (4.0, 8.0, 2.0)
    np.testing.assert_array_equal(vmap(grad(jit(shown)))(V), [4.0, 6.0])
    assert capsys.readouterr().out


def test_the_examples_of_nested_vmaps_come_from_outside_in(capsys: pytest.CaptureFixture[str]) -> None:
    def pair(a: Any, b: Any) -> Any:
        debug.print("{}{}", a, b)
        return a * b

    table = vmap(vmap(pair, in_axes=(None, 0)), in_axes=(0, None))
    table(np.array([1, 2]), np.array([3, 4, 5]))
    lines = ["13", "14", "15", "23", "24", "25"]
    assert capsys.readouterr().out.splitlines() == lines
    jit(table)(np.array([1, 2]), np.array([3, 4, 5]))
    assert capsys.readouterr().out.splitlines() == lines


def test_an_example_has_its_axes_where_the_function_sees_them(capsys: pytest.CaptureFixture[str]) -> None:
    vmap(lambda row: debug.print("{}", row) or row, in_axes=1)(TABLE)
    assert capsys.readouterr().out.splitlines() == ["[0. 3.]", "[1. 4.]", "[2. 5.]"]


SHOWN: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("{}", (np.float32(0.1),), {}, "0.1"),
    ("{!r}", (np.float32(0.1),), {}, "np.float32(0.1)"),
    ("{}", (np.arange(3.0),), {}, "[0. 1. 2.]"),
    ("{0} {0}", (1.5,), {}, "1.5 1.5"),
    ("{:.2f}|{:>{w}}", (1.0, 2, 5), {"w": 4}, "1.00|   2"),
    ("{x[w]} {y[0]}", (), {"x": {"w": 1.0}, "y": (2.0, None)}, "1.0 2.0"),
    ("{} {a}", ("text",), {"a": None}, "text None"),
    ("{x.shape}", (), {"x": np.ones((2, 1))}, "(2, 1)"),
    ("{{}} only", (), {}, "{} only"),
    ("{}", (True,), {}, "True"),
]


@pytest.mark.parametrize(("fmt", "args", "kwargs", "line"), SHOWN)
@pytest.mark.parametrize("compiled", [False, True])
def test_values_are_shown_as_str_format_shows_them(
    fmt: str, args: Any, kwargs: Any, line: str, compiled: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    def fun(z: Any) -> Any:
        debug.print(fmt, *args, **kwargs)
        return z

    (jit(fun) if compiled else fun)(1.0)
    assert capsys.readouterr().out == line + "\n"


def test_print_returns_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert debug.print("") is None
    assert debug.callback(str, 1.0) is None


# --- programs --------------------------------------------------------------------------------------


def test_the_equation_has_a_text_that_is_read_back() -> None:
    program = make_jaxpr(vmap(shown))(V)
    assert str(program) == (
        "funcgrad.jaxpr 1\n"
        "{ lambda ; a:float64[2] .\n"
        "  effects ('ordered',)\n"
        "  let\n"
        "    () = debug_print[fixed=(), fmt='x {}', mapped=((2, (0,)),), tree=tree(((*,), {}))] a\n"
        "    b:float64[2] = multiply a a\n"
        "    () = debug_print[fixed=(), fmt='y {y}', mapped=((2, (0,)),), tree=tree(((), {'y': *}))] b\n"
        "  in (b,) }"
    )
    check_jaxpr(program)
    assert parse_jaxpr(str(program)) == program
    assert pickle.loads(pickle.dumps(program)) == program


def test_a_breakpoint_has_a_text_that_is_read_back() -> None:
    program = make_jaxpr(lambda x: debug.breakpoint(x, y=x) or x)(X)
    assert parse_jaxpr(str(program)) == program


PASSES: dict[str, Callable[[Any], Any]] = {
    "dce": lambda p: dce(p, [False]),
    "inline": inline,
    "both": lambda p: inline(dce(p)),
    "text": lambda p: parse_jaxpr(str(p)),
}


@pytest.mark.parametrize("name", PASSES)
@pytest.mark.parametrize("fun", [shown, jit(shown), checkpoint(shown)])
def test_passes_keep_effects_in_order(name: str, fun: Any, capsys: pytest.CaptureFixture[str]) -> None:
    program = make_jaxpr(fun)(X)
    if name == "text" and fun is not shown and fun.transform == "checkpoint":
        return  # a call has no text
    eval_jaxpr(PASSES[name](program), [X])
    assert capsys.readouterr().out.splitlines() == ONCE


def test_silence_leaves_out_effects_at_any_depth(capsys: pytest.CaptureFixture[str]) -> None:
    program = make_jaxpr(lambda x: jit(jit(shown))(x) + jit(shown)(x))(X)
    assert program.effects == {"ordered"}
    assert silence(program).effects == set()
    assert eval_jaxpr(silence(program), [X]) == [8.0]
    assert capsys.readouterr().out == ""
    assert silence(silence(program)) is silence(program)


def test_what_is_printed_is_not_overwritten_before(capsys: pytest.CaptureFixture[str]) -> None:
    """A donated buffer that an effect reads keeps its numbers until then."""

    @jit
    def fun(x: Any) -> Any:
        y = x + 1.0
        z = y * 2.0
        debug.print("{} {}", y[0], z[0])
        return z * 3.0

    large = np.ones(100_000)
    step = jit(fun.fun, donate_argnums=0)
    for run in (fun, step):
        run(large.copy())
    assert capsys.readouterr().out == "2.0 4.0\n" * 2


# --- callback --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("way", ["plain", "grad", "jit", "jit of grad", "vmap", "jit of vmap"])
def test_a_callback_gets_the_numbers(way: str, ordered: bool) -> None:
    seen: list[Any] = []

    def fun(x: Any) -> Any:
        debug.callback(lambda tree, text: seen.append((tree["x"], text)), {"x": x}, "t", ordered=ordered)
        return x * x

    transform: Any = {
        "plain": lambda f: f,
        "grad": grad,
        "jit": jit,
        "jit of grad": lambda f: jit(grad(f)),
        "vmap": vmap,
        "jit of vmap": lambda f: jit(vmap(f)),
    }[way]
    mapped = "vmap" in way
    transform(fun)(V if mapped else X)
    assert seen == ([(2.0, "t"), (3.0, "t")] if mapped else [(2.0, "t")])
    assert all(type(x) is np.float64 for x, _ in seen)


def test_effects_of_callbacks() -> None:
    effects = [
        make_jaxpr(lambda x, o=ordered: debug.callback(print, x, ordered=o) or x)(X).effects
        for ordered in (True, False)
    ]
    assert effects == [{"ordered"}, {"unordered"}]


def test_a_callback_s_arrays_are_its_own() -> None:
    def spoil(x: Any) -> None:
        x[:] = np.nan

    def fun(x: Any) -> Any:
        y = x * 1.0
        debug.callback(spoil, y)
        return (y * y).sum()

    for run in (fun, grad(fun), jit(fun), jit(grad(fun))):
        assert np.isfinite(run(V)).all()


def test_an_error_of_a_callback_is_the_caller_s() -> None:
    def fail(x: Any) -> None:
        raise KeyError("from the callback")

    for run in (jit, grad, vmap):
        with pytest.raises(KeyError, match="from the callback"):
            run(lambda x: debug.callback(fail, x) or x * 1.0)(V if run is vmap else X)


def test_effects_in_rules_of_one_s_own(capsys: pytest.CaptureFixture[str]) -> None:
    """A rule prints when it runs; a tangent map that is transposed has no numbers to print."""
    f = custom_vjp(lambda x: x * x)
    f.defvjp(
        lambda x: (debug.print("fwd {}", x) or x * x, x),
        lambda x, g: (debug.print("bwd {}", g) or 2 * x * g,),
    )
    assert grad(f)(X) == jit(grad(f))(X) == 4.0
    assert capsys.readouterr().out.splitlines() == ["fwd 2.0", "bwd 1.0"] * 2
    h = custom_jvp(lambda x: x * x)
    h.defjvp(lambda p, t: (p[0] ** 2, debug.print("t {}", t[0]) or 2 * p[0] * t[0]))
    assert (jvp(h, (X,), (X,))[1], grad(h)(X)) == (8.0, 4.0)
    assert capsys.readouterr().out.splitlines() == ["t 2.0"]
    assert linear_transpose(lambda t: debug.print("{}", t) or 3.0 * t, 1.0)(2.0) == (6.0,)
    assert capsys.readouterr().out == ""


# --- breakpoint ------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["plain", "grad", "jit", "jit of grad", "grad of jit", "vmap", "vmap of jit"])
def test_a_breakpoint_has_the_numbers(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def hook() -> None:
        frame = sys._getframe(1)
        seen.append((eval("x, y['z'], args", frame.f_globals, frame.f_locals), frame.f_code.co_filename))

    monkeypatch.setattr(sys, "breakpointhook", hook)

    def fun(x: Any) -> Any:
        y = x * x
        debug.breakpoint(y, x=x, y={"z": y})  # at: stop
        return y

    transform: Any = {
        "plain": lambda f: f,
        "grad": grad,
        "jit": jit,
        "jit of grad": lambda f: jit(grad(f)),
        "grad of jit": lambda f: grad(jit(f)),
        "vmap": vmap,
        "vmap of jit": lambda f: vmap(jit(f)),
    }[way]
    run = transform(fun)
    where = f"<funcgrad breakpoint at {place(__file__, 'stop', 'fun')}>"
    for _ in range(2):
        seen.clear()
        run(V if "vmap" in way else X)
        stops = [((2.0, 4.0, (4.0,)), where)]
        assert seen == (stops + [((3.0, 9.0, (9.0,)), where)] if "vmap" in way else stops)


# --- mistakes --------------------------------------------------------------------------------------

FORMATS: list[tuple[Any, tuple[Any, ...], dict[str, Any], str, str]] = [
    ("{}", (), {}, "has a field 0, but there is no such argument", "0 positional arguments"),
    ("{} {}", (1,), {}, "has a field 1, but there is no such argument", "1 positional argument"),
    ("{x}", (), {"y": 1, "z": 2}, "has a field 'x', but no argument has that name", "y, z"),
    ("{:{w}}", (1,), {}, "has a field 'w', but no argument has that name", "none"),
    ("{", (), {}, "is none that str.format takes: Single '{' encountered in format string", "'{'"),
]


@pytest.mark.parametrize(("fmt", "args", "kwargs", "what", "got"), FORMATS)
def test_a_format_that_does_not_fit(fmt: str, args: Any, kwargs: Any, what: str, got: str) -> None:
    call = lambda: jit(lambda z: debug.print(fmt, *args, **kwargs) or z)(1.0)  # noqa: E731
    assert text_of(call) == (
        f"ArgumentError: debug.print: the format {what}.\n"
        "  expected  an argument for each field of the format\n"
        f"  got       {got}\n"
        f"  at        {here(call)}\n"
        '  try       debug.print("x = {}, y = {y}", x, y=y), and "{{" for a brace'
    )


def test_what_cannot_be_printed_or_called() -> None:
    wrong: Any = np.ones(2)
    call = lambda: debug.print(wrong)  # noqa: E731
    assert text_of(call) == (
        "ArgumentError: debug.print: the first argument must be a format string.\n"
        "  expected  a str, as str.format takes it\n"
        "  got       float64[2]\n"
        f"  at        {here(call)}\n"
        '  try       debug.print("{}", x)'
    )
    with pytest.raises(ArgumentError, match=r"debug.callback: the first argument must be a function"):
        debug.callback(wrong)

    class Unhashable:
        __hash__ = None  # type: ignore[assignment]

        def __call__(self) -> None: ...

    with pytest.raises(ArgumentError, match="must be hashable"):
        debug.callback(Unhashable())
    thing = lambda: debug.print("{}", Unhashable())  # noqa: E731
    assert text_of(thing) == (
        "DtypeError: debug.print: an argument is neither a number nor a constant of the program.\n"
        "  expected  pytrees of arrays and numbers, text and other hashable values\n"
        "  got       Unhashable\n"
        f"  at        {here(thing)}\n"
        "  try       pass str(value)"
    )
    with pytest.raises(DtypeError):
        debug.callback(print, np.array([None]))
