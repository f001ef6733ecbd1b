"""make_jaxpr and eval_shape: programs and types without computing anything."""

from __future__ import annotations

import pickle
from collections import namedtuple
from typing import Any

import numpy as np
import pytest

from funcgrad import grad
from funcgrad._src.base.errors import ArgumentError, ConcretizationError, DtypeError
from funcgrad._src.core.aval import make_aval
from funcgrad._src.ir.evaluate import eval_jaxpr
from funcgrad._src.ir.parse import parse_jaxpr
from funcgrad._src.ops.structural import sum_axes
from funcgrad._src.transforms.make_jaxpr import ShapeDtype, eval_shape, make_jaxpr

Pair = namedtuple("Pair", "w b")
X = np.ones((2, 3))


def scale(x: Any, s: Any = 2.0) -> Any:
    return x * s


@pytest.mark.parametrize(
    ("argument", "avals"),
    [
        (X, ["float64[2,3]"]),
        (np.float32(1), ["float32"]),
        (1.0, ["float"]),
        (1j, ["complex"]),
        (3, []),
        (True, []),
        (np.int64(3), ["int64"]),
        (np.array(3), ["int64[]"]),
        (ShapeDtype((4,), "f4"), ["float32[4]"]),
        (ShapeDtype((), float, kind="python"), ["float"]),
        (make_aval((5,), np.dtype(float)), ["float64[5]"]),
        (namedtuple("Spec", "shape dtype")((1, 2), "f4"), None),
        ({"w": X, "n": 3, "b": [1.0]}, ["float64[2,3]", "float"]),
    ],
)
def test_what_becomes_an_input(argument: Any, avals: list[str] | None) -> None:
    if avals is None:  # a named tuple is a tree, not a leaf with shape and dtype
        with pytest.raises(DtypeError):
            make_jaxpr(lambda x: 0.0)(argument)
    else:
        assert [str(a) for a in make_jaxpr(lambda x: 0.0)(argument).in_avals] == avals


def test_anything_with_shape_and_dtype_will_do() -> None:
    class Dataset:
        shape = (7, 2)
        dtype = "float32"

    assert eval_shape(scale, Dataset()) == ShapeDtype((7, 2), "float32")


def test_python_ints_and_bools_are_constants() -> None:
    def fun(x: Any, n: int, flag: bool) -> Any:
        assert type(n) is int
        assert flag is True
        for _ in range(n):
            x = x * n
        return x

    jaxpr = make_jaxpr(fun)(X, 3, True)
    assert len(jaxpr.in_vars) == 1
    assert str(jaxpr).count("multiply a 3:int") == 1
    assert len(jaxpr.eqns) == 3


def test_static_argnums_are_passed_as_they_are() -> None:
    table = np.arange(3.0)

    def fun(x: Any, how: Any, by: Any) -> Any:
        assert by is table
        assert how == "sum"
        return sum_axes(x)

    for static in [(1, 2), (-2, 2), [1, -1]]:
        assert make_jaxpr(fun, static_argnums=static)(X, "sum", table).in_avals == (
            make_aval((2, 3), X.dtype),
        )
    assert str(make_jaxpr(scale, static_argnums=1)(X, 2.0)) == str(make_jaxpr(scale)(X))


def test_keyword_arguments_are_inputs_too() -> None:
    assert [str(a) for a in make_jaxpr(scale)(X, s=2.0).in_avals] == ["float64[2,3]", "float"]


def test_return_shape_gives_the_tree_of_results() -> None:
    jaxpr, shapes = make_jaxpr(lambda x: {"y": Pair(x * 2.0, sum_axes(x)), "n": 3}, return_shape=True)(X)
    assert shapes == {
        "y": Pair(ShapeDtype((2, 3), float), ShapeDtype((), float, kind="scalar")),
        "n": ShapeDtype((), "int64", kind="python"),
    }
    assert [str(a) for a in jaxpr.out_avals] == ["float64[2,3]", "float64", "int"]


def test_eval_shape_needs_no_memory() -> None:
    huge = ShapeDtype((10**9, 10**6), "f4")
    assert eval_shape(lambda x, s: {"out": x * s}, huge, s=2.0) == {"out": huge}


def test_shape_dtype() -> None:
    spec = ShapeDtype([np.int64(2), 3], np.float32)
    assert (spec.shape, spec.dtype, spec.ndim, spec.size) == ((2, 3), np.dtype("f4"), 2, 6)
    assert (spec.kind, spec.place) == ("array", "host")
    assert repr(spec) == "ShapeDtype((2, 3), float32)"
    assert repr(ShapeDtype((), bool, kind="python")) == "ShapeDtype((), bool, kind='python')"
    assert repr(ShapeDtype((1,), int, place="cupy:0")) == "ShapeDtype((1,), int64, place='cupy:0')"
    assert spec == ShapeDtype((2, 3), "f4")
    assert hash(spec) == hash(ShapeDtype((2, 3), "f4"))
    assert spec != ShapeDtype((2, 3), "f8")
    assert pickle.loads(pickle.dumps(spec)) == spec


def loss(w: Any, x: Any) -> Any:
    return sum_axes((x * w) * (x * w))


def test_the_program_of_a_gradient() -> None:
    w = np.arange(3.0)
    jaxpr = make_jaxpr(grad(loss))(w, X)
    assert parse_jaxpr(str(jaxpr)) == jaxpr
    assert jaxpr.hidden == ()
    np.testing.assert_array_equal(eval_jaxpr(jaxpr, [w, X])[0], grad(loss)(w, X))


def test_the_program_of_a_second_derivative() -> None:
    jaxpr = make_jaxpr(grad(grad(lambda x: x * x * x)))(2.0)
    assert [str(a) for a in (*jaxpr.in_avals, *jaxpr.out_avals)] == ["float", "float"]
    assert eval_jaxpr(jaxpr, [2.0]) == [12.0]


def test_values_are_not_there() -> None:
    with pytest.raises(ConcretizationError):
        make_jaxpr(lambda x: x if x > 0 else -x)(1.0)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda: make_jaxpr(lambda p: p)({"w": [1.0, "x"]}),
            DtypeError,
            (
                "make_jaxpr: `p['w'][1]` is no array of numbers.\n"
                "  expected  an array, a number, or anything with shape and dtype\n"
                "  got       str\n"
            ),
        ),
        (
            lambda: eval_shape(scale, X, s=np.array(["a"])),
            DtypeError,
            (
                "eval_shape: `s` is no array of numbers.\n"
                "  expected  an array, a number, or anything with shape and dtype\n"
                "  got       dtype <U1\n"
            ),
        ),
        (
            lambda: make_jaxpr(name_it)(X),
            DtypeError,
            (
                "make_jaxpr: `name_it` returned something that is no array of numbers: `output['name']`.\n"
                "  expected  arrays and numbers, in any pytree\n"
                "  got       str\n"
            ),
        ),
        (
            lambda: make_jaxpr(scale, static_argnums=2)(X),
            ArgumentError,
            (
                "make_jaxpr: static_argnums=2 of `scale` is out of range.\n"
                "  expected  an index into 1 positional argument\n"
                "  got       2\n"
            ),
        ),
        (
            lambda: make_jaxpr(scale, static_argnums="x"),
            ArgumentError,
            (
                "make_jaxpr: static_argnums must be an int or a tuple of ints.\n"
                "  expected  an int or a tuple of ints\n"
                "  got       'x'\n"
            ),
        ),
        (
            lambda: make_jaxpr(3),  # type: ignore[arg-type]
            ArgumentError,
            "make_jaxpr: the first argument must be a function.\n  expected  a callable\n  got       int\n",
        ),
    ],
)
def test_errors(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert str(raised.value).startswith(text)


def name_it(x: Any) -> Any:
    return {"x": x, "name": "x"}


def test_it_pickles_with_its_function() -> None:
    again = pickle.loads(pickle.dumps(make_jaxpr(scale, (1,), True)))
    assert again(X, 3.0) == make_jaxpr(scale, (1,), True)(X, 3.0)
    assert repr(again) == "make_jaxpr(scale)"
