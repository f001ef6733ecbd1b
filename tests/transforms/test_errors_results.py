"""What functions and rules may not return: the whole text of each error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import (
    checkpoint,
    custom_jvp,
    custom_vjp,
    grad,
    hvp,
    jacfwd,
    jacrev,
    jit,
    jvp,
    value_and_grad,
    vjp,
    vmap,
)
from tests.error_texts import WAYS, X, here, place, text_of

# --- what a function returns -------------------------------------------------------------------------


def doubles(x: Any) -> Any:  # at: doubles
    return x * 2


NOT_SCALAR = """NonScalarLossError: {name}: `doubles` must return one real scalar, but returned an array.
  expected  {dtype}[]
  got       {dtype}[3]
  at        {at}
  try       take the mean over the batch, or use jacrev for the full Jacobian"""
LOSSES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "grad": ("grad", lambda x: grad(doubles)(x)),
    "value_and_grad": ("value_and_grad", lambda x: value_and_grad(doubles)(x)),
    "hvp": ("hvp", lambda x: hvp(doubles, (x,), (x,))),
    "vmap of grad": ("grad", lambda x: vmap(grad(doubles))(np.stack([x, x]))),
    "jit of grad": ("grad", lambda x: jit(grad(doubles))(x)),
    "jvp of grad": ("grad", lambda x: jvp(grad(doubles), (x,), (x,))),
    "grad of checkpoint": ("grad", lambda x: grad(checkpoint(doubles))(x)),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("way", LOSSES)
def test_a_loss_that_is_no_scalar(way: str, dtype: str) -> None:
    name, call = LOSSES[way]
    expected = NOT_SCALAR.format(name=name, dtype=dtype, at=place(__file__, "doubles", "doubles"))
    assert text_of(lambda: call(np.ones(3, dtype))) == expected


def returns_nothing(x: Any) -> Any:  # at: nothing
    np.sin(x)


def returns(value: Any) -> Callable[..., Any]:
    def function(*args: Any) -> Any:  # at: returns
        return value

    return function


RETURNS = place(__file__, "returns", "function")
RETURNED: dict[str, tuple[Callable[[], Any], str]] = {
    "None": (
        lambda: grad(returns_nothing)(X),
        (
            "NonScalarLossError: grad: `returns_nothing` must return one real scalar, but returned None.\n"
            "  expected  float64[]\n"
            "  got       None\n"
            "  at        {nothing}\n"
            "  try       end the function with: return loss"
        ),
    ),
    "a tree": (
        lambda: grad(returns({"a": 1.0, "b": np.ones(2)}))(X),
        (
            "NonScalarLossError: grad: `function` must return one real scalar, but returned a dict.\n"
            "  expected  float64[]\n"
            "  got       {{'a': float, 'b': float64[2]}}\n"
            "  at        {returns}\n"
            "  try       return one scalar; has_aux=True returns extra values beside it"
        ),
    ),
    "text": (
        lambda: value_and_grad(returns("a"))(X),
        (
            "NonScalarLossError: value_and_grad: `function` must return one real scalar, "
            "but returned no number.\n"
            "  expected  float64[]\n"
            "  got       str\n"
            "  at        {returns}\n"
            "  try       return a floating scalar"
        ),
    ),
    "complex": (
        lambda: grad(returns(np.complex64(1j)))(X),
        (
            "NonScalarLossError: grad: `function` must return one real scalar, "
            "but returned a complex number.\n"
            "  expected  float32[]\n"
            "  got       complex64\n"
            "  at        {returns}\n"
            "  try       take its real part or modulus, or set holomorphic=True"
        ),
    ),
    "real": (
        lambda: grad(returns(1.0), holomorphic=True)(1j),
        (
            "NonScalarLossError: grad: `function` must return one complex scalar, "
            "but returned a real number.\n"
            "  expected  complex128[]\n"
            "  got       float\n"
            "  at        {returns}\n"
            "  try       leave holomorphic=True away"
        ),
    ),
    "integer": (
        lambda: grad(returns(3))(X),
        (
            "NonScalarLossError: grad: `function` must return one real scalar, "
            "but returned a value of dtype int64.\n"
            "  expected  float64[]\n"
            "  got       int\n"
            "  at        {returns}\n"
            "  try       return a floating scalar"
        ),
    ),
    "no pair": (
        lambda: grad(returns(1.0), has_aux=True)(X),
        (
            "ArgumentError: grad: with has_aux=True `function` must return a pair (output, aux).\n"
            "  expected  a tuple of length 2\n"
            "  got       float\n"
            "  at        {returns}\n"
            "  try       return output, aux"
        ),
    ),
    "three": (
        lambda: jacrev(returns((1.0, 2.0, 3.0)), has_aux=True)(X),
        (
            "ArgumentError: jacrev: with has_aux=True `function` must return a pair (output, aux).\n"
            "  expected  a tuple of length 2\n"
            "  got       a tuple of length 3\n"
            "  at        {returns}\n"
            "  try       return output, (aux, more_aux)"
        ),
    ),
}
NO_NUMBER = """DtypeError: {name}: `function` returned something that is no array of numbers: \
`output['a'][1]`.
  expected  arrays and numbers, in any pytree
  got       dtype object
  at        {at}"""


@pytest.mark.parametrize("name", RETURNED)
def test_what_a_function_returned(name: str) -> None:
    call, text = RETURNED[name]
    nothing = place(__file__, "nothing", "returns_nothing")
    assert text_of(call) == text.format(nothing=nothing, returns=RETURNS)


@pytest.mark.parametrize(
    "way",
    ["vjp", "jvp", "linearize", "jacfwd", "jacrev", "hessian", "vmap", "jit", "make_jaxpr", "eval_shape"],
)
def test_an_output_that_is_no_number(way: str) -> None:
    bad = returns({"a": [1.0, np.array([None])]})
    assert text_of(lambda: WAYS[way].run(bad)) == NO_NUMBER.format(name=way, at=RETURNS)


# --- rules -------------------------------------------------------------------------------------------


def with_vjp(fwd: Any, bwd: Any) -> Any:
    @custom_vjp
    def relu(x: Any, n: Any = 1.0) -> Any:
        return np.maximum(x, 0) * n

    if fwd is not None:
        relu.defvjp(fwd, bwd)
    return relu


def with_jvp(rule: Any) -> Any:
    @custom_jvp
    def relu(x: Any) -> Any:
        return np.maximum(x, 0)

    relu.defjvp(rule)
    return relu


def fwd(x: Any, n: Any = 1.0) -> Any:
    return np.maximum(x, 0) * n, x


# name: (call, rule, text); ``{at}`` is the line of the rule
RULES: dict[str, tuple[Callable[[Any], Any], Any, str]] = {
    "wrong shape": (
        lambda rule: grad(with_vjp(fwd, rule), argnums=1)(X, X),
        lambda x, g: (g, np.ones(2)),
        (
            "The bwd rule of `relu` returned a cotangent for `n` that does not fit it.\n"
            "  expected  float64\n"
            "  got       float64[2]\n"
            "  at        {at}"
        ),
    ),
    "wrong dtype": (
        lambda rule: grad(lambda x: with_vjp(fwd, rule)(x).sum())(np.ones(3, np.float32)),
        lambda x, g: (np.ones(3), None),
        (
            "The bwd rule of `relu` returned a cotangent for `x` that does not fit it.\n"
            "  expected  float32[3]\n"
            "  got       float64[3]\n"
            "  at        {at}"
        ),
    ),
    "no tuple": (
        lambda rule: grad(with_vjp(fwd, rule))(X),
        lambda x, g: g * np.ones(2),
        (
            "The bwd rule of `relu` must return a tuple with one cotangent for each argument of `relu`.\n"
            "  expected  a tuple of length 2\n"
            "  got       float64[2]\n"
            "  at        {at}"
        ),
    ),
    "wrong tree": (
        lambda rule: grad(with_vjp(fwd, rule))(X),
        lambda x, g: ({"x": g}, None),
        (
            "The bwd rule of `relu` returned a cotangent of another tree for `x`: "
            "cotangent is a dict, not a leaf.\n"
            "  expected  leaf\n"
            "  got       dict with keys 'x'\n"
            "  at        {at}"
        ),
    ),
    "no number": (
        lambda rule: grad(with_vjp(fwd, rule))(X),
        lambda x, g: ("a", None),
        (
            "The bwd rule of `relu` returned a cotangent for `x` that does not fit it.\n"
            "  expected  float64\n"
            "  got       str\n"
            "  at        {at}"
        ),
    ),
    "fwd": (
        lambda rule: vjp(with_vjp(rule, lambda x, g: (g,)), X),
        lambda x, n: x * 1.0,
        (
            "The fwd rule of `relu` must return a pair (output, residuals).\n"
            "  expected  a tuple of length 2\n"
            "  got       float64\n"
            "  at        {at}"
        ),
    ),
    "jvp shape": (
        lambda rule: jvp(with_jvp(rule), (X,), (X,)),
        lambda primals, tangents: (primals[0], np.ones(3)),
        (
            "The jvp rule of `relu` returned a tangent that does not fit its output.\n"
            "  expected  float64\n"
            "  got       float64[3]\n"
            "  at        {at}"
        ),
    ),
    "jvp tree": (
        lambda rule: jacfwd(with_jvp(rule))(X),
        lambda primals, tangents: (primals[0], tangents),
        (
            "The jvp rule of `relu` returned a tangent of another tree than its output: "
            "tangent is a tuple, not a leaf.\n"
            "  expected  leaf\n"
            "  got       tuple of 1\n"
            "  at        {at}"
        ),
    ),
    "jvp pair": (
        lambda rule: grad(with_jvp(rule))(X),
        lambda primals, tangents: tangents[0],
        (
            "The jvp rule of `relu` must return a pair (output, tangent).\n"
            "  expected  a tuple of length 2\n"
            "  got       float64\n"
            "  at        {at}"
        ),
    ),
}
NOT_LINEAR = """NonLinearError: The {rule} rule of `relu` is not linear: it applies `minimum` \
to what it should be linear in.
  expected  sums, products with constants, and data movement
  got       the operation `minimum`
  at        {at}
  try       give the function both rules: defvjp(fwd, bwd) and defjvp(rule)"""


@pytest.mark.parametrize("name", RULES)
def test_what_a_rule_returned(name: str) -> None:
    call, rule, text = RULES[name]
    assert text_of(lambda: call(rule)) == "RuleOutputError: " + text.format(at=here(rule))


def test_a_rule_that_is_not_linear() -> None:
    clipped: Any = lambda x, g: (np.minimum(g, 1.0), None)  # noqa: E731
    text = NOT_LINEAR.format(rule="bwd", at=here(clipped))
    assert text_of(lambda: jvp(with_vjp(fwd, clipped), (X,), (X,))) == text
    bent: Any = lambda primals, tangents: (primals[0], np.minimum(tangents[0], 1.0))  # noqa: E731
    text = NOT_LINEAR.format(rule="jvp", at=here(bent))
    assert text_of(lambda: grad(with_jvp(bent))(X)) == text
    assert text_of(lambda: grad(lambda x: vmap(with_jvp(bent))(x).sum())(np.ones(3))) == text


DERIVATIVES = ["grad", "vjp", "jvp", "linearize", "jacrev", "hessian"]


@pytest.mark.parametrize("way", [*DERIVATIVES, "vmap of grad", "jit of grad"])
def test_a_function_whose_rule_was_never_set(way: str) -> None:
    relu: Any = with_vjp(None, None)
    under = WAYS[way]

    def calls(x: Any) -> Any:
        return relu(x)  # at: no rule

    assert text_of(lambda: under.run(calls)) == (
        f"MissingRuleError: {under.inner}: `relu` has no derivative rule.\n"
        f"  at        {place(__file__, 'no rule', 'calls')}\n"
        "  try       give it one: relu.defvjp(fwd, bwd) or relu.defjvp(rule)"
    )
    assert vmap(relu)(np.ones(2)).tolist() == [1.0, 1.0]
