"""What `funcgrad.extend` promises: operations of other packages are operations like ours."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import scipy.special

from funcgrad import checkpoint, grad, hessian, jit, jvp, make_jaxpr, vjp, vmap
from funcgrad.errors import ArgumentError, JaxprError, MissingRuleError
from funcgrad.extend import (
    NONDIFF,
    Aval,
    Explicit,
    Jaxpr,
    Linear,
    Multilinear,
    Partials,
    Primitive,
    Ufunc,
    all_primitives,
    aval_of,
    check_jaxpr,
    dce,
    elementwise,
    elementwise_batch,
    eval_jaxpr,
    find_primitive,
    implements,
    inline,
    make_aval,
    parse_jaxpr,
    strong_mul,
)
from funcgrad.testing import check_grads

X, Y = np.array([[0.3, -1.2, 0.7], [1.1, 0.4, -0.6]]), np.array([0.5, 2.0])


def complete(primitive: Primitive, rule: Any, aval: Callable[..., Aval], batch: Any = None) -> Primitive:
    primitive.rule, primitive.aval = rule, aval
    primitive.batch = batch if batch is not None else elementwise_batch(primitive)
    return primitive


def scale_batch(size: int, values: Any, axes: Any) -> Any:
    a, s = (
        np.broadcast_to(v, (size, *np.shape(v))) if axis is None else np.moveaxis(v, axis, 0)
        for v, axis in zip(values, axes, strict=True)
    )
    return a * s[..., None], 0


# One primitive for each form, and the arguments with which it is tried.
cube_p = complete(
    Primitive("tests.cube", lambda xp, x: x * x * x), Partials(lambda out, x: 3 * x * x), aval_of
)
mirror_p = complete(
    Primitive("tests.mirror", lambda xp, x: x[..., ::-1]), Linear(lambda g, x: mirror(g)), aval_of
)
scale_p = complete(
    Primitive("tests.scale", lambda xp, a, s: a * s[:, None]),
    Multilinear(lambda g, a, s: scale_p.bind(g, s), lambda g, a, s: (g * a).sum(axis=1)),
    lambda a, s: make_aval(a.shape, np.result_type(a.dtype, s.dtype)),
    scale_batch,
)
half_square_p = complete(
    Primitive("tests.half_square", lambda xp, x: 0.5 * x * x),
    Explicit(jvp=lambda ts, out, x: ts[0] * x, vjp=lambda g, out, x: (g * x,)),
    aval_of,
)
sign_p = complete(Primitive("tests.sign", lambda xp, x: xp.sign(x)), NONDIFF, aval_of)


def mirror(x: Any) -> Any:
    return mirror_p.bind(x)


FORMS = {"partials": (cube_p, (X,)), "linear": (mirror_p, (X,)), "multilinear": (scale_p, (X, Y)),
         "explicit": (half_square_p, (X,)), "nondiff": (sign_p, (X,))}  # fmt: skip
each_form = pytest.mark.parametrize(("primitive", "args"), FORMS.values(), ids=FORMS)


@each_form
def test_every_form_serves_both_modes_and_the_second_order(primitive: Primitive, args: Any) -> None:
    check_grads(primitive.bind, args, order=2)


@each_form
def test_every_form_maps_as_the_loop(primitive: Primitive, args: Any) -> None:
    batches = [np.stack([arg, 2 * arg, arg - 0.25]) for arg in args]
    loop = np.stack([primitive.bind(*row) for row in zip(*batches, strict=True)])
    np.testing.assert_array_equal(vmap(primitive.bind)(*batches), loop)


@each_form
def test_every_form_compiles_and_is_well_typed(primitive: Primitive, args: Any) -> None:
    fun = jit(lambda *xs: primitive.bind(*xs) + 1.0)
    np.testing.assert_array_equal(fun(*args), primitive.bind(*args) + 1.0)
    check_jaxpr(fun.lower(*args).jaxpr)


def test_a_primitive_is_found_by_its_name_and_pickles_by_it() -> None:
    assert find_primitive("tests.cube") is cube_p
    assert cube_p in all_primitives()
    assert pickle.loads(pickle.dumps(cube_p)) is cube_p


def test_two_primitives_cannot_have_one_name() -> None:
    with pytest.raises(JaxprError) as caught:
        Primitive("tests.cube", lambda xp, x: x)
    assert caught.value.headline == "There is a primitive named 'tests.cube' already."


bare_p = Primitive("tests.bare", lambda xp, x: x + 1.0)


@pytest.mark.parametrize(
    ("slot", "use"),
    [
        ("derivative", lambda: grad(bare_p.bind)(1.0)),
        ("derivative", lambda: jvp(bare_p.bind, (1.0,), (1.0,))),
        ("batching", lambda: vmap(bare_p.bind)(X)),
        ("aval", lambda: make_jaxpr(bare_p.bind)(X)),
    ],
)
def test_a_missing_rule_is_an_error_that_names_the_slot(slot: str, use: Callable[[], Any]) -> None:
    with pytest.raises(MissingRuleError) as caught:
        use()
    assert caught.value.headline == f"The primitive `tests.bare` has no {slot} rule."


def test_a_primitive_without_rules_computes() -> None:
    assert bare_p.bind(1.0) == 2.0


# --- elementwise, implements ------------------------------------------------------------------------

cosine_cdf = elementwise(
    "tests.cosine_cdf",
    Partials(lambda out, x: (1 + np.cos(x)) / (2 * np.pi)),
    ufunc=scipy.special._ufuncs._cosine_cdf,
    doc="The distribution function of a raised cosine.",
)


def test_a_ufunc_of_another_package_is_declared_in_one_call() -> None:
    assert isinstance(cosine_cdf, Ufunc)
    check_grads(cosine_cdf, (X,), order=2)
    np.testing.assert_array_equal(jit(cosine_cdf)(X), scipy.special._ufuncs._cosine_cdf(X))
    np.testing.assert_array_equal(vmap(cosine_cdf)(X), scipy.special._ufuncs._cosine_cdf(X))


def test_the_ufunc_itself_then_answers_on_traced_values() -> None:
    np.testing.assert_array_equal(
        grad(lambda x: scipy.special._ufuncs._cosine_cdf(x).sum())(X), (1 + np.cos(X)) / (2 * np.pi)
    )


WINS = """
import numpy as np, scipy.special
from funcgrad import grad
from funcgrad.extend import Partials, elementwise

def declare(ufunc):
    elementwise("tests." + ufunc.__name__, Partials(lambda out, x: 7.0), ufunc=ufunc, doc="Sevens.")

declare(scipy.special.erf)
print(grad(scipy.special.erfc)(0.5) < 0)  # reads our family
declare(scipy.special.erfc)
print(grad(scipy.special.erf)(0.5), grad(scipy.special.erfc)(0.5))
"""


def test_a_declared_ufunc_stays_declared_before_and_after_ours_is_read() -> None:
    done = subprocess.run([sys.executable, "-c", WINS], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "7.0", "7.0"]


def weighted(values: Any, weights: Any) -> Any:
    """A function that hands itself over, as NumPy's own do."""
    for value in (values, weights):
        protocol = getattr(type(value), "__array_function__", None)
        if protocol is not None and type(value) is not np.ndarray:
            return protocol(value, weighted, (type(value),), (values, weights), {})
    return float(np.dot(values, weights))


@implements(weighted)
def weighted_op(values: Any, weights: Any) -> Any:
    return np.dot(values, weights)


def test_a_function_can_be_given_a_form_for_traced_values() -> None:
    np.testing.assert_array_equal(grad(weighted)(Y, np.array([1.0, 3.0])), [1.0, 3.0])


# --- rules that cannot work -------------------------------------------------------------------------


def bare(primitive: Primitive) -> None:
    primitive.rule = lambda out, x: 3 * x * x


def too_few() -> Any:
    halved_p = Primitive("tests.halved", lambda xp, x, y: x * y / 2)
    halved_p.rule = Partials(lambda out, x: 0.5)
    return grad(lambda y: halved_p.bind(2.0, y))(1.0)


PLAIN = "A rule must be a plain Python function"
WRONG_RULES: dict[str, tuple[Callable[[], Any], str]] = {
    "ufunc": (lambda: Partials(np.cos), PLAIN),
    "jitted": (lambda: Linear(jit(lambda g, x: g)), PLAIN),
    "partial": (lambda: Multilinear(partial(lambda k, g, x: g, 2)), PLAIN),
    "vjp in C": (lambda: Explicit(jvp=lambda ts, out, x: ts[0], vjp=np.multiply), PLAIN),
    "number": (lambda: Partials(2), PLAIN),  # type: ignore[arg-type]
    "no output": (lambda: Partials(lambda x: 2 * x), "(out, x0, **params)"),
    "starred": (lambda: Partials(lambda *values: 2.0), "by name"),
    "no keep": (lambda: Explicit(jvp=lambda ts, out, x: ts[0], vjp=lambda g, *all: [g]), "keep="),
    "no form": (lambda: bare(cube_p), "`tests.cube` must be a form of derivative"),
    "too few": (too_few, "no coefficient for operand 1"),
}


@pytest.mark.parametrize("name", WRONG_RULES)
def test_a_rule_that_cannot_work_is_refused(name: str) -> None:
    declare, text = WRONG_RULES[name]
    with pytest.raises(ArgumentError) as caught:
        declare()
    assert text in str(caught.value)


def test_a_rule_may_be_a_partial_function_of_its_params() -> None:
    rule = Partials(partial(lambda out, x, power: power * x ** (power - 1), power=3))
    assert rule.keeps(1, 1) == (False, True)


# --- strong_mul, avals ------------------------------------------------------------------------------


def test_strong_mul_gives_zero_for_a_strong_zero() -> None:
    zeros, infinite = np.zeros(2), np.full(2, np.inf)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(strong_mul(zeros, infinite), zeros)
        np.testing.assert_array_equal(strong_mul(infinite, zeros, strong=(True, True)), zeros)
        assert np.isnan(strong_mul(infinite, zeros)).all()


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.0, "float"), (np.float32(2), "float32"), (X, "float64[2,3]"), (np.zeros(()), "float64[]")],
)
def test_an_aval_says_shape_dtype_and_kind(value: Any, text: str) -> None:
    aval = aval_of(value)
    assert repr(aval) == text
    assert aval == make_aval(aval.shape, aval.dtype, aval.kind, aval.place)


# --- programs ---------------------------------------------------------------------------------------


def program() -> Jaxpr:
    found: Jaxpr = make_jaxpr(lambda x: (cube_p.bind(x), np.sin(x), jit(np.cos)(x)))(X)
    return found


def test_a_program_with_foreign_primitives_is_read_back() -> None:
    again = parse_jaxpr(str(program()))
    check_jaxpr(again)
    assert again == program()


def test_a_program_can_be_evaluated_under_any_transformation() -> None:
    jaxpr = program()
    np.testing.assert_array_equal(eval_jaxpr(jaxpr, [X])[0], X * X * X)
    np.testing.assert_array_equal(grad(lambda x: eval_jaxpr(jaxpr, [x])[0].sum())(X), 3 * X * X)


def test_passes_shorten_and_flatten_a_program() -> None:
    for flat in (inline(program()), inline(program(), {"jit"})):
        assert [eqn.primitive.name for eqn in flat.eqns] == ["tests.cube", "sin", "cos"]
    assert [eqn.primitive.name for eqn in inline(program(), {"call"}).eqns][-1] == "jit"
    twice = make_jaxpr(checkpoint(lambda x: np.sin(x) * 2.0))(X)
    assert [eqn.primitive.name for eqn in twice.eqns] == ["call"]
    assert [eqn.primitive.name for eqn in inline(twice).eqns] == ["sin", "multiply"]
    assert [eqn.primitive.name for eqn in dce(program(), [False, True, False]).eqns] == ["sin"]


def test_derivatives_of_a_multilinear_primitive_are_exact() -> None:
    _, pullback = vjp(scale_p.bind, X, Y)
    by_a, by_s = pullback(np.ones_like(X))
    np.testing.assert_array_equal(by_a, np.broadcast_to(Y[:, None], X.shape))
    np.testing.assert_array_equal(by_s, X.sum(axis=1))
    second = hessian(lambda s: scale_p.bind(X, s).sum())(Y)
    np.testing.assert_array_equal(second, np.zeros((2, 2)))
