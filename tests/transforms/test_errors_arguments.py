"""Arguments that do not fit: the whole text of each error, with the path of the argument."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import funcgrad
from funcgrad import (
    grad,
    hessian,
    hvp,
    jacfwd,
    jacrev,
    jit,
    jvp,
    linear_transpose,
    linearize,
    value_and_grad,
    vjp,
    vmap,
)
from tests.error_texts import ROWS, X, here, place, text_of


class Config(NamedTuple):
    """A tree with fields."""

    rate: Any


def f(x: Any, y: Any = 1.0) -> Any:  # at: f
    return np.sum(x) * y


def model(params: Any) -> Any:
    return np.sum(params["w"][0])


INPUT = """NotDifferentiableInputError: {name}: cannot differentiate with respect to `{path}`, {which}.
  expected  {expected}
  got       {got}
  at        {at}
  try       {hint}"""
NOT_FLOATING = "which is not floating point"
NO_NUMBERS = "which is no array of numbers"
FLOATING, NUMBERS = "a floating or complex dtype", "a floating or complex number or array"
OUT = "leave it out with argnums / argnames"
# name: (call, (transform, path, which, expected, got, hint))
INPUTS: dict[str, tuple[Callable[[], Any], tuple[str, str, str, str, str, str]]] = {
    "a Python int": (
        lambda: grad(f)(3),
        ("grad", "x", NOT_FLOATING, FLOATING, "int", f"convert it: float(x), or {OUT}"),
    ),
    "a NumPy int": (
        lambda: value_and_grad(f, argnames="y")(X, y=np.int32(3)),
        ("value_and_grad", "y", NOT_FLOATING, FLOATING, "int32", f"convert it: np.float64(y), or {OUT}"),
    ),
    "an integer leaf": (
        lambda: jacrev(model)({"w": [np.ones(2, int)]}),
        (
            "jacrev",
            "params['w'][0]",
            NOT_FLOATING,
            FLOATING,
            "int64[2]",
            f"convert it: params['w'][0].astype(float), or {OUT}",
        ),
    ),
    "a field": (
        lambda: jacfwd(lambda c: c.rate)(Config(True)),
        ("jacfwd", "c.rate", NOT_FLOATING, FLOATING, "bool", f"convert it: float(c.rate), or {OUT}"),
    ),
    "the second argument": (
        lambda: hessian(f, argnums=(0, 1))(X, 2),
        ("hessian", "y", NOT_FLOATING, FLOATING, "int", f"convert it: float(y), or {OUT}"),
    ),
    "a primal of jvp": (
        lambda: jvp(f, (X, True), (X, X)),
        (
            "jvp",
            "primals[1]",
            NOT_FLOATING,
            FLOATING,
            "bool",
            "convert it: float(primals[1]), or close over it",
        ),
    ),
    "a primal of vjp": (
        lambda: vjp(f, np.arange(2)),
        (
            "vjp",
            "primals[0]",
            NOT_FLOATING,
            FLOATING,
            "int64[2]",
            "convert it: primals[0].astype(float), or close over it",
        ),
    ),
    "holomorphic": (
        lambda: grad(f, holomorphic=True)(X),
        (
            "grad",
            "x",
            "which is not complex (holomorphic=True)",
            "a complex dtype",
            "float64",
            f"convert it: np.complex128(x), or {OUT}",
        ),
    ),
    "an array of text": (
        lambda: grad(f)(np.array(["a"])),
        ("grad", "x", NO_NUMBERS, NUMBERS, "dtype <U1", OUT),
    ),
    "an array of objects": (
        lambda: linearize(f, np.array([1.0, None])),
        (
            "linearize",
            "primals[0]",
            NO_NUMBERS,
            NUMBERS,
            "dtype object",
            "convert it: primals[0].astype(float), or close over it",
        ),
    ),
    "text": (lambda: grad(model)({"w": ["a"]}), ("grad", "params['w'][0]", NO_NUMBERS, NUMBERS, "str", OUT)),
}


@pytest.mark.parametrize("name", INPUTS)
def test_what_cannot_be_differentiated_by(name: str) -> None:
    call, (transform, path, which, expected, got, hint) = INPUTS[name]
    text = INPUT.format(
        name=transform, path=path, which=which, expected=expected, got=got, hint=hint, at=here(call)
    )
    assert text_of(call) == text


def test_a_function_is_asked_for_before_it_is_called() -> None:
    """``grad(f(x))`` in place of ``grad(f)(x)``, for every transformation."""
    calls: dict[str, Callable[[Any], Any]] = {
        name: getattr(funcgrad, name)
        for name in funcgrad.__all__
        if name not in ("__version__", "stop_gradient", "jvp", "hvp", "vjp", "linearize")
    }
    calls |= {
        "jvp": lambda f: jvp(f, (X,), (X,)),
        "hvp": lambda f: hvp(f, (X,), (X,)),
        "vjp": lambda f: vjp(f, X),
        "linearize": lambda f: linearize(f, X),
    }
    for name, transform in calls.items():
        text = text_of(lambda transform=transform: transform(np.ones(3)))
        lines = [line for line in text.splitlines() if not line.startswith("  at ")]
        assert lines == [
            f"ArgumentError: {name}: the first argument must be a function.",
            "  expected  a callable",
            "  got       float64[3]",
            "  try       pass the function itself, f, instead of its result f(x)",
        ]


def line(x: Any) -> Any:
    return {"a": 2.0 * x}


def pullback() -> Any:
    return vjp(line, np.ones(3))[1]


def tangent_map() -> Any:
    return linearize(line, np.ones(3))[1]


def transposed() -> Any:
    return linear_transpose(line, np.ones(3))


def called_twice() -> None:
    once = vjp(line, X, once=True)[1]
    once({"a": 1.0})
    once({"a": 1.0})  # at: once


# name: (call, text); ``{at}`` is the line of the call, ``{f}`` that of ``f``
ARGUMENTS: dict[str, tuple[Callable[[], Any], str]] = {
    "argnums": (
        lambda: grad(f, 2)(X, X),
        (
            "ArgumentError: grad: argnums=2 of `f` is out of range.\n"
            "  expected  an index into 2 positional arguments\n"
            "  got       2\n"
            "  at        {at}\n"
            "  try       pass the argument by position, or select it with argnames"
        ),
    ),
    "argnums type": (
        lambda: jacfwd(f, "x"),
        (
            "ArgumentError: jacfwd: argnums must be an int or a tuple of ints.\n"
            "  expected  an int or a tuple of ints\n"
            "  got       'x'\n"
            "  at        {at}\n"
            "  try       argnames selects arguments by name"
        ),
    ),
    "argnames": (
        lambda: grad(f, argnames="z")(X, y=X),
        (
            "ArgumentError: grad: `f` was called without the argument 'z'.\n"
            "  expected  an argument named 'z'\n"
            "  got       x, y\n"
            "  at        {at}"
        ),
    ),
    "argnames type": (
        lambda: grad(f, argnames=3),  # type: ignore[call-overload]
        (
            "ArgumentError: grad: argnames must be a str or a tuple of strs.\n"
            "  expected  a str or a tuple of strs\n"
            "  got       3\n"
            "  at        {at}"
        ),
    ),
    "twice": (
        lambda: grad(f, 0, argnames="x")(X),
        (
            "ArgumentError: grad: an argument of `f` is selected twice.\n"
            "  expected  different arguments\n"
            "  got       argnums=0, argnames='x'\n"
            "  at        {at}"
        ),
    ),
    "in_axes length": (
        lambda: vmap(f, in_axes=(0,))(ROWS, X),
        (
            "ArgumentError: vmap: in_axes has 1 entry, but `f` was called with 2 positional arguments.\n"
            "  expected  a tuple of length 2\n"
            "  got       (0,)\n"
            "  at        {at}"
        ),
    ),
    "in_axes type": (
        lambda: vmap(f, in_axes="x"),
        (
            "ArgumentError: vmap: in_axes must be an int, None or a tuple with one entry for each argument.\n"
            "  expected  int, None or tuple\n"
            "  got       str\n"
            "  at        {at}"
        ),
    ),
    "in_axes tree": (
        lambda: vmap(model, in_axes=({"v": 0},))({"w": [ROWS]}),
        (
            "TreeError: vmap: in_axes does not fit what it maps: args[0] lacks the key 'v'.\n"
            "  expected  dict with keys 'v'\n"
            "  got       dict with keys 'w'\n"
            "  at        {at}"
        ),
    ),
    "in_axes leaf": (
        lambda: vmap(f, in_axes=(0.5,))(ROWS),
        (
            "ArgumentError: vmap: in_axes must hold ints and None.\n"
            "  expected  an int or None\n"
            "  got       0.5\n"
            "  at        {at}"
        ),
    ),
    "no axis": (
        lambda: vmap(model, in_axes=2)({"w": [ROWS]}),
        (
            "ArgumentError: vmap: `params['w'][0]` has no axis 2 to map over.\n"
            "  expected  an array with an axis 2\n"
            "  got       float64[2,3]\n"
            "  at        {at}\n"
            "  try       in_axes=None for an argument that is the same for every example"
        ),
    ),
    "sizes": (
        lambda: vmap(f)(ROWS, np.ones(4)),
        (
            "ArgumentError: vmap: the mapped axes have different sizes.\n"
            "  expected  one size\n"
            "  got       x: 2, y: 4\n"
            "  at        {at}"
        ),
    ),
    "nothing mapped": (
        lambda: vmap(f, in_axes=None)(ROWS),
        (
            "ArgumentError: vmap: nothing is mapped, so the size of the axis is unknown.\n"
            "  expected  at least one axis in in_axes, or axis_size\n"
            "  got       in_axes=None\n"
            "  at        {at}\n"
            "  try       map at least one argument, or give axis_size"
        ),
    ),
    "out_axes None": (
        lambda: vmap(f, out_axes=None)(ROWS),
        (
            "ArgumentError: vmap: an output with out_axes=None differs between examples.\n"
            "  expected  an output that does not depend on mapped arguments\n"
            "  got       a batch of 2\n"
            "  at        {at}\n"
            "  try       give it an axis in out_axes"
        ),
    ),
    "out_axes tree": (
        lambda: vmap(f, out_axes=(0, 0))(ROWS),
        (
            "TreeError: vmap: out_axes does not fit what it maps: output is a leaf, not a tuple.\n"
            "  expected  tuple of 2\n"
            "  got       leaf of float64\n"
            "  at        {at}"
        ),
    ),
    "text mapped": (
        lambda: vmap(model)({"w": [np.array(["a"])]}),
        (
            "DtypeError: vmap: `params['w'][0]` is no array of numbers.\n"
            "  expected  an array, a NumPy scalar or a Python number\n"
            "  got       dtype <U1\n"
            "  at        {at}\n"
            "  try       in_axes=None passes an argument as it is to every example"
        ),
    ),
    "text compiled": (
        lambda: jit(f)(X, y="a"),
        (
            "DtypeError: jit: `y` is no array of numbers.\n"
            "  expected  an array, a NumPy scalar or a Python number\n"
            "  got       str\n"
            "  at        {at}\n"
            "  try       static_argnums or static_argnames compiles an argument in as it is"
        ),
    ),
    "objects compiled": (
        lambda: jit(f, static_argnums=0)(2.0, (np.array([None]),)),
        (
            "DtypeError: jit: `y[0]` is no array of numbers.\n"
            "  expected  an array, a NumPy scalar or a Python number\n"
            "  got       dtype object\n"
            "  at        {at}\n"
            "  try       static_argnums or static_argnames compiles an argument in as it is"
        ),
    ),
    "static": (
        lambda: jit(f, static_argnums=1)(X, [2]),
        (
            "ArgumentError: jit: the static argument `y` of `f` is not hashable.\n"
            "  expected  a hashable value\n"
            "  got       list\n"
            "  at        {at}\n"
            "  try       pass a tuple instead of a list or array, or make the argument an ordinary one"
        ),
    ),
    "cotangent tree": (
        lambda: pullback()(np.ones(3)),
        (
            "TreeError: vjp: the cotangent does not match the output: cotangent is a leaf, not a dict.\n"
            "  expected  dict with keys 'a'\n"
            "  got       leaf of type ndarray\n"
            "  at        {at}"
        ),
    ),
    "cotangent shape": (
        lambda: pullback()({"a": np.ones(2)}),
        (
            "TreeError: vjp: `cotangent['a']` does not fit the output.\n"
            "  expected  float64[3]\n"
            "  got       float64[2]\n"
            "  at        {at}"
        ),
    ),
    "cotangent dtype": (
        lambda: pullback()({"a": 1j * np.ones(3)}),
        (
            "TreeError: vjp: `cotangent['a']` does not fit the output.\n"
            "  expected  float64[3]\n"
            "  got       complex128[3]\n"
            "  at        {at}\n"
            "  try       take the real part"
        ),
    ),
    "cotangent text": (
        lambda: pullback()({"a": "a"}),
        (
            "TreeError: vjp: `cotangent['a']` does not fit the output.\n"
            "  expected  float64[3]\n"
            "  got       str\n"
            "  at        {at}"
        ),
    ),
    "tangent shape": (
        lambda: jvp(line, (np.ones(3),), (np.ones(2),)),
        (
            "TreeError: jvp: the tangent of `primals[0]` does not fit it.\n"
            "  expected  float64[3]\n"
            "  got       float64[2]\n"
            "  at        {at}"
        ),
    ),
    "tangent dtype": (
        lambda: jvp(model, ({"w": [X]},), ({"w": [1j]},)),
        (
            "TreeError: jvp: the tangent of `primals[0]['w'][0]` does not fit it.\n"
            "  expected  float64\n"
            "  got       complex\n"
            "  at        {at}\n"
            "  try       take the real part"
        ),
    ),
    "tangent tree": (
        lambda: jvp(model, ({"w": [X]},), ({"v": [X]},)),
        (
            "TreeError: jvp: tangents do not match primals: tangents[0] lacks the key 'w'.\n"
            "  expected  dict with keys 'w'\n"
            "  got       dict with keys 'v'\n"
            "  at        {at}"
        ),
    ),
    "no tuple": (
        lambda: jvp(line, np.ones(3), np.ones(3)),
        (
            "ArgumentError: jvp: primals must be a tuple with one entry for each argument of `line`.\n"
            "  expected  a tuple or list\n"
            "  got       float64[3]\n"
            "  at        {at}\n"
            "  try       for one argument, a tuple of one: (primal,)"
        ),
    ),
    "vector of hvp": (
        lambda: hvp(f, (np.ones(3),), (np.ones(2),)),
        (
            "TreeError: hvp: the tangent of `primals[0]` does not fit it.\n"
            "  expected  float64[3]\n"
            "  got       float64[2]\n"
            "  at        {at}"
        ),
    ),
    "linear map tree": (
        lambda: tangent_map()([np.ones(3)]),
        (
            "TreeError: linearize: tangents do not match primals: tangents[0] is a list, not a leaf.\n"
            "  expected  leaf\n"
            "  got       list of 1\n"
            "  at        {at}"
        ),
    ),
    "linear map shape": (
        lambda: tangent_map()(np.ones(2)),
        (
            "TreeError: linearize: the tangent of `primals[0]` does not fit it.\n"
            "  expected  float64[3]\n"
            "  got       float64[2]\n"
            "  at        {at}"
        ),
    ),
    "transposed tree": (
        lambda: transposed()(np.ones(3)),
        (
            "TreeError: linear_transpose: the cotangent does not match the output: "
            "cotangent is a leaf, not a dict.\n"
            "  expected  dict with keys 'a'\n"
            "  got       leaf of type ndarray\n"
            "  at        {at}"
        ),
    ),
    "transposed shape": (
        lambda: transposed()({"a": X}),
        (
            "TreeError: linear_transpose: `cotangent['a']` does not fit the output.\n"
            "  expected  float64[3]\n"
            "  got       float64\n"
            "  at        {at}"
        ),
    ),
    "not linear": (
        lambda: linear_transpose(lambda x: np.sin(x), X),
        (
            "NonLinearError: linear_transpose: `<lambda>` is not linear: "
            "it applies `sin` to what it should be linear in.\n"
            "  expected  sums, products with constants, and data movement\n"
            "  got       the operation `sin`\n"
            "  at        {at}\n"
            "  try       linearize(f, *primals) returns the linear map of f at a point"
        ),
    ),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments_that_do_not_fit(name: str) -> None:
    call, text = ARGUMENTS[name]
    assert text_of(call) == text.format(at=here(call))


def test_a_pullback_that_was_made_for_one_call() -> None:
    assert text_of(called_twice) == (
        "ArgumentError: vjp: this pullback was made with once=True and has been called already.\n"
        "  expected  one call\n"
        "  got       a second call\n"
        f"  at        {place(__file__, 'once', 'called_twice')}\n"
        "  try       leave once=True away to call it several times"
    )
