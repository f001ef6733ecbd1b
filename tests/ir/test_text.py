"""The printer and the parser: what is printed is read back as the same program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from funcgrad._src.base.errors import JaxprError
from funcgrad._src.core.aval import aval_of, make_aval
from funcgrad._src.ir.check import check_jaxpr
from funcgrad._src.ir.evaluate import eval_jaxpr
from funcgrad._src.ir.jaxpr import Equation, Jaxpr, Literal, Var
from funcgrad._src.ir.parse import parse_jaxpr
from funcgrad._src.ir.text import scalar_text
from funcgrad._src.ops.arithmetic import add, multiply
from funcgrad._src.transforms.make_jaxpr import make_jaxpr
from tests.ir.programs import (
    F3,
    PYTHON_FLOAT,
    any_p,
    avals,
    call_p,
    module_function,
    programs,
    registered,
    show_p,
)

TABLE = np.arange(3.0)


@pytest.fixture(autouse=True, scope="module")
def _primitives() -> Iterator[None]:
    with registered():
        yield


def affine(x: Any, s: Any) -> Any:
    y = 2.0 * x + TABLE
    return y * np.float32(3), s


def test_a_program_prints_as_the_grammar_says() -> None:
    assert str(make_jaxpr(affine)(np.ones(3), 1.5)) == (
        "funcgrad.jaxpr 1\n"
        "{ lambda h0:float64[3] ; a:float64[3] b:float .\n"
        "  let\n"
        "    c:float64[3] = multiply 2.0:float a\n"
        "    d:float64[3] = add c h0\n"
        "    e:float64[3] = multiply d float32(3.0)\n"
        "  in (e, b) }"
    )


def test_sources_are_comments() -> None:
    jaxpr = make_jaxpr(affine)(np.ones(3), 1.5)
    text = jaxpr.pretty(sources=True)
    assert "c:float64[3] = multiply 2.0:float a  # test_text.py:" in text
    assert " in affine\n" in text
    assert parse_jaxpr(text) == jaxpr


def test_sub_jaxprs_effects_and_axes_are_shown() -> None:
    x, y = Var(F3), Var(F3)
    body = Jaxpr([x], [Equation(show_p, (x,), {}, ())], [x])
    call = Equation(call_p, (y,), {"body": body}, (Var(F3),))
    jaxpr = Jaxpr([y], [call], [call.outs[0]], axes=("i",))
    assert str(jaxpr) == (
        "funcgrad.jaxpr 1\n"
        "{ lambda ; a:float64[3] .\n"
        "  axes ('i',)\n"
        "  effects ('ordered',)\n"
        "  let\n"
        "    b:float64[3] = ir_tests.call[\n"
        "      body={ lambda ; a:float64[3] .\n"
        "        effects ('ordered',)\n"
        "        let\n"
        "          () = ir_tests.show a\n"
        "        in (a,) }\n"
        "    ] a\n"
        "  in (b,) }"
    )
    assert parse_jaxpr(str(jaxpr)) == jaxpr


def test_variables_have_no_reserved_names() -> None:
    many = Jaxpr([Var(F3) for _ in range(20_000)], [], [])
    names = {word.partition(":")[0] for word in str(many).split() if ":float64" in word}
    assert len(names) == 20_000
    assert names.isdisjoint({"in", "let", "inf", "nan", "lambda"})
    assert parse_jaxpr(str(many)) == many


@given(programs())
def test_every_program_is_read_back(jaxpr: Jaxpr) -> None:
    text = str(jaxpr)
    again = parse_jaxpr(text)
    assert again == jaxpr
    assert hash(again) == hash(jaxpr)
    assert str(again) == text
    assert again.effects == jaxpr.effects
    check_jaxpr(again)


@given(avals)
def test_every_aval_is_read_back(aval: Any) -> None:
    jaxpr = Jaxpr([Var(aval)], [], [])
    assert parse_jaxpr(str(jaxpr)).in_avals == (aval,)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (-0.0, "-0.0"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (1e300, "1e+300"),
        (True, "True"),
        (7, "7"),
        (1 - 2j, "complex(1.0, -2.0)"),
        (np.float32(0.1), "float32(0.1)"),
        (np.float64("nan"), "float64(nan)"),
        (np.bool_(True), "bool_(True)"),
        (np.int8(-3), "int8(-3)"),
        (np.complex64(1j), "complex64(complex(0.0, 1.0))"),
        (np.float16(2), "float16(2.0)"),
    ],
)
def test_numbers_print_exactly(value: Any, text: str) -> None:
    assert scalar_text(value) == text


def test_numpys_bool_and_pythons_differ() -> None:
    assert str(aval_of(True)) == "bool"
    assert str(aval_of(np.bool_(True))) == "bool_"
    assert str(make_aval((2,), np.dtype(bool))) == "bool[2]"


def one(**params: Any) -> Jaxpr:
    return Jaxpr([], [Equation(any_p, (), {"gives": (), **params}, ())], [])


@pytest.mark.parametrize("value", [lambda x: x, object(), {1: 2}])
def test_what_has_no_text_is_shown_but_not_read(value: Any) -> None:
    text = str(one(f=value))
    assert "f=<" in text
    with pytest.raises(JaxprError) as raised:
        parse_jaxpr(text)
    assert raised.value.headline == (
        "parse_jaxpr: line 4, column 25: "
        "a value that has no text form (a lambda, a local function, an object) cannot be read."
    )


def test_functions_print_by_their_names() -> None:
    assert "f=ref('tests.ir.programs:module_function')" in str(one(f=module_function))


def test_a_module_that_is_not_imported_is_not_imported() -> None:
    text = str(one(f=module_function)).replace("tests.ir.programs", "antigravity")
    with pytest.raises(JaxprError) as raised:
        parse_jaxpr(text)
    assert "line 4, column 25: `ref(…)` cannot be read" in str(raised.value)
    assert "the module 'antigravity' is not imported" in str(raised.value)


HEAD = "funcgrad.jaxpr 1\n"


@pytest.mark.parametrize(
    ("text", "column", "what"),
    [
        ("{ lambda ; a:float64[3 . let in () }", 21, "expected a variable and its type"),
        ("{ lambda ; a:float63[3] . let in () }", 14, "'float63[3]' is no type"),
        ("{ lambda ; a:float a:float . let in () }", 20, "the variable `a` is bound twice"),
        ("{ lambda ; a:float . b:float = add a a", 22, "expected `let`"),
        ("{ lambda ; . let in () } more", 26, "the text goes on after the program"),
        ("{ lambda ; . effects ('ordered',) let in () }", 14, "the equations have the effects ()"),
        ("{ lambda ; . let in (", 22, "expected a value"),
        ("{ lambda ; . let b:float = add[a=" + "(" * 5000, 0, "programs and values are nested too deeply"),
    ],
)
def test_errors_in_a_program_name_line_and_column(text: str, column: int, what: str) -> None:
    check_error(HEAD + text, 2, column, what)


@pytest.mark.parametrize(
    ("equation", "column", "what"),
    [
        ("add a 1.0", 15, "the variable `a` is not bound"),
        ("no.such", 11, "there is no primitive named 'no.such'"),
        ("add 1:float 2.0", 15, "this literal is of type int"),
        ("add 'x' 2.0", 15, "a literal is a number"),
        ("add[axis=?] ", 20, "expected a value"),
        ("add[axis=(1, 2] ", 25, "expected `,`"),
        ("add[d=dtype('no')]", 17, "`dtype(…)` cannot be read"),
        ("add[d=int8(300)]", 22, "expected a number of dtype int8"),
        ("add[d=foo(3)]", 17, "there is no value of the form `foo(…)`"),
        ("add[d=tree((*, ?))]", 26, "expected a tree"),
        ("add[d=record('numpy:sin', 1)]", 17, "`record(…)` cannot be read"),
        ("add[d=primitive('no.such')]", 17, "`primitive(…)` cannot be read"),
    ],
)
def test_errors_in_an_equation_name_line_and_column(equation: str, column: int, what: str) -> None:
    check_error(f"{HEAD}{{ lambda ; . let\nb:float = {equation}\n in () }}", 3, column, what)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "a jaxpr's text begins with its version"),
        ("{ lambda ; . let in () }", "a jaxpr's text begins with its version"),
        ("funcgrad.jaxpr 2\n{ lambda ; . let in () }", "this is version 2 of the text form, not 1"),
    ],
)
def test_the_version_is_checked(text: str, what: str) -> None:
    check_error(text, 1, 1, what)


def check_error(text: str, line: int, column: int, what: str) -> None:
    with pytest.raises(JaxprError) as raised:
        parse_jaxpr(text)
    headline = raised.value.headline
    assert headline.startswith(f"parse_jaxpr: line {line}, column {column or ''}")
    assert f": {what}" in headline


def test_hidden_values_are_given_to_the_parser() -> None:
    jaxpr = make_jaxpr(affine)(np.ones(3), 1.5)
    again = parse_jaxpr(str(jaxpr), hidden=[TABLE])
    assert again.hidden[0] is TABLE
    y, s = eval_jaxpr(again, [np.ones(3), 2.0])
    np.testing.assert_array_equal(y, affine(np.ones(3), 2.0)[0])
    assert s == 2.0
    with pytest.raises(JaxprError, match="the hidden values do not fit"):
        parse_jaxpr(str(jaxpr), hidden=[np.ones(4)])
    with pytest.raises(JaxprError, match="the number of values does not fit"):
        eval_jaxpr(parse_jaxpr(str(jaxpr)), [np.ones(3), 2.0])


def test_equations_may_be_written_by_hand() -> None:
    jaxpr = parse_jaxpr(
        """
        funcgrad.jaxpr 1  """
        "\n{ lambda ; x:float64[3] my_scale:float .  # any names will do\n"
        "let y:float64[3] = multiply x my_scale in (y, 1.0) }"
    )
    x, s, y = Var(F3), Var(PYTHON_FLOAT), Var(F3)
    expected = Jaxpr([x, s], [Equation(multiply.primitive, (x, s), {}, (y,))], [y, Literal(1.0)])
    assert jaxpr == expected
    assert jaxpr != Jaxpr([x, s], [Equation(add.primitive, (x, s), {}, (y,))], [y, Literal(1.0)])
