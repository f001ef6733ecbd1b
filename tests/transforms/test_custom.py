"""custom_vjp and custom_jvp: both modes, both rules, every combination, and what rules may return."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from funcgrad import (
    checkpoint,
    custom_jvp,
    custom_vjp,
    grad,
    hessian,
    jacfwd,
    jit,
    jvp,
    linearize,
    make_jaxpr,
    vjp,
    vmap,
)
from funcgrad.errors import ClosedOverTracerError, MissingRuleError, NonLinearError, RuleOutputError


@custom_vjp
def cube_v(x: Any) -> Any:
    return x * x * x


cube_v.defvjp(lambda x: (x * x * x, x), lambda x, g: (3.0 * x * x * g,))


@custom_jvp
def cube_j(x: Any) -> Any:
    return x * x * x


@cube_j.defjvp
def _cube_rule(primals: Any, tangents: Any) -> Any:
    (x,), (t,) = primals, tangents
    return x * x * x, 3.0 * x * x * t


CUBES = {"vjp": cube_v, "jvp": cube_j}
POINTS = np.array([1.0, 2.0, 3.0])


@pytest.mark.parametrize("rule", CUBES)
def test_either_rule_serves_every_transformation(rule: str) -> None:
    f = CUBES[rule]
    slopes = 3 * POINTS**2
    assert f(2.0) == 8.0
    assert grad(f)(2.0) == 12.0
    assert grad(grad(f))(2.0) == 12.0
    assert jvp(f, (2.0,), (1.0,)) == (8.0, 12.0)
    assert jvp(grad(f), (2.0,), (1.0,)) == (12.0, 12.0)
    assert grad(lambda x: jvp(f, (x,), (1.0,))[1])(2.0) == 12.0
    assert linearize(f, 2.0)[1](1.0) == 12.0
    assert vjp(f, 2.0)[1](1.0) == (12.0,)
    assert hessian(f)(2.0) == 12.0
    np.testing.assert_array_equal(vmap(f)(POINTS), POINTS**3)
    np.testing.assert_array_equal(vmap(grad(f))(POINTS), slopes)
    np.testing.assert_array_equal(grad(lambda x: vmap(f)(x).sum())(POINTS), slopes)
    np.testing.assert_array_equal(jacfwd(vmap(f))(POINTS), np.diag(slopes))
    assert jit(f)(2.0) == 8.0
    assert jit(grad(f))(2.0) == 12.0
    assert grad(jit(f))(2.0) == 12.0
    assert jvp(jit(f), (2.0,), (1.0,))[1] == 12.0
    np.testing.assert_array_equal(vmap(jit(grad(f)))(POINTS), slopes)
    np.testing.assert_array_equal(jit(vmap(grad(jit(f))))(POINTS), slopes)
    assert grad(checkpoint(f))(2.0) == 12.0
    assert "call" in str(make_jaxpr(f)(2.0))


def test_one_function_may_have_both_rules() -> None:
    used: list[str] = []

    @custom_vjp
    def f(x: Any) -> Any:
        return x * 2.0

    def bwd(_: Any, g: Any) -> Any:
        used.append("vjp")
        return (2.0 * g,)

    def rule(primals: Any, tangents: Any) -> Any:
        used.append("jvp")
        return primals[0] * 2.0, tangents[0] * 2.0

    f.defvjp(lambda x: (x * 2.0, None), bwd)
    f.defjvp(rule)
    assert grad(f)(1.0) == 2.0
    assert jvp(f, (1.0,), (1.0,))[1] == 2.0
    assert used == ["vjp", "jvp"]


def test_the_rule_is_used_rather_than_the_function() -> None:
    """The tutorial's ReLU passes the gradient at 0."""

    @custom_vjp
    def relu(x: Any) -> Any:
        return np.maximum(x, 0)

    def bwd(x: Any, g: Any) -> Any:
        g = g.copy()
        g[x < 0] = 0
        return (g,)

    relu.defvjp(lambda x: (np.maximum(x, 0), x), bwd)
    x = np.array([-1.0, 0.0, 2.0])
    np.testing.assert_array_equal(grad(lambda v: relu(v).sum())(x), [0.0, 1.0, 1.0])
    np.testing.assert_array_equal(jit(grad(lambda v: relu(v).sum()))(x), [0.0, 1.0, 1.0])


def test_trees_static_arguments_and_zero_cotangents() -> None:
    def scale(n: int, p: Any, y: Any) -> Any:
        return {"out": p["w"] * y * n}, y

    f = custom_vjp(scale, nondiff_argnums=0)
    f.defvjp(
        lambda n, p, y: (scale(n, p, y), (p, y)),
        lambda n, res, g: ({"w": g[0]["out"] * res[1] * n}, None),
    )
    gradient = grad(lambda p, y: f(3, p, y)[0]["out"], (0, 1))({"w": 2.0}, 5.0)
    assert gradient == ({"w": 15.0}, 0.0)
    assert grad(lambda p, y: f(3, p=p, y=y)[0]["out"])({"w": 2.0}, 5.0) == {"w": 15.0}


def test_vmap_sums_the_cotangent_of_a_shared_argument() -> None:
    @custom_vjp
    def product(x: Any, w: Any) -> Any:
        return x * w

    product.defvjp(lambda x, w: (x * w, (x, w)), lambda res, g: (g * res[1], g * res[0]))
    mapped = grad(lambda w: vmap(product, in_axes=(0, None))(POINTS, w).sum())
    assert mapped(2.0) == 6.0


def bad(bwd: Any) -> Any:
    @custom_vjp
    def f(x: Any, y: Any) -> Any:
        return x.sum() * y

    f.defvjp(lambda x, y: (x.sum() * y, None), bwd)
    return grad(f, (0, 1))


BAD = {
    "no tuple": (
        lambda _, g: g,
        "The bwd rule of `f` must return a tuple with one cotangent for each argument of `f`.",
        "a tuple of length 2",
        "float64",
    ),
    "wrong length": (
        lambda _, g: (g,),
        "The bwd rule of `f` must return a tuple with one cotangent for each argument of `f`.",
        "a tuple of length 2",
        "a tuple of length 1",
    ),
    "wrong shape": (
        lambda _, g: (np.ones(4), g),
        "The bwd rule of `f` returned a cotangent for `x` that does not fit it.",
        "float64[3]",
        "float64[4]",
    ),
    "wrong dtype": (
        lambda _, g: (np.ones(3, np.float32), g),
        "The bwd rule of `f` returned a cotangent for `x` that does not fit it.",
        "float64[3]",
        "float32[3]",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_a_rule_returns_is_checked(name: str) -> None:
    bwd, headline, expected, got = BAD[name]
    with pytest.raises(RuleOutputError) as caught:
        bad(bwd)(np.ones(3), 2.0)
    lines = str(caught.value).splitlines()
    assert lines[0] == headline
    assert lines[1] == f"  expected  {expected}"
    assert lines[2].startswith(f"  got       {got}")
    assert "test_custom.py" in lines[3]


def test_a_wrong_tree_names_argument_and_rule() -> None:
    @custom_vjp
    def f(p: Any) -> Any:
        return p["w"] * 2.0

    f.defvjp(lambda p: (p["w"] * 2.0, None), lambda _, g: ({"v": g},))
    with pytest.raises(RuleOutputError) as caught:
        grad(f)({"w": 1.0})
    assert str(caught.value).startswith("The bwd rule of `f` returned a cotangent of another tree for `p`: ")


def test_a_clipped_pullback_cannot_be_transposed() -> None:
    @custom_vjp
    def f(x: Any) -> Any:
        return x * 1.0

    f.defvjp(lambda x: (x * 1.0, None), lambda _, g: (np.minimum(g, 1.0),))
    assert grad(lambda x: 5.0 * f(x))(1.0) == 1.0
    with pytest.raises(NonLinearError) as caught:
        jvp(f, (1.0,), (1.0,))
    assert "defjvp" in str(caught.value)


def test_closing_over_a_traced_value_is_refused() -> None:
    def outer(w: Any) -> Any:
        @custom_vjp
        def f(x: Any) -> Any:
            return x * w

        f.defvjp(lambda x: (x * w, None), lambda _, g: (g * w,))
        return f(3.0)

    with pytest.raises(ClosedOverTracerError) as caught:
        grad(outer)(2.0)
    assert "pass the value as an argument" in str(caught.value)


def test_a_function_without_a_rule_says_so() -> None:
    @custom_vjp
    def f(x: Any) -> Any:
        return x

    assert f(1.0) == 1.0
    with pytest.raises(MissingRuleError) as caught:
        grad(f)(1.0)
    assert str(caught.value).startswith("grad: `f` has no derivative rule.")


def test_a_module_level_function_with_rules_pickles() -> None:
    assert pickle.loads(pickle.dumps(cube_v)) is cube_v
    assert pickle.loads(pickle.dumps(grad(cube_v)))(2.0) == 12.0


# --- checkpoint ------------------------------------------------------------------------------------


def test_checkpoint_keeps_values_and_derivatives() -> None:
    calls: list[int] = []

    def f(x: Any) -> Any:
        calls.append(1)
        return np.sin(x) * x if x > 0 else x

    g = checkpoint(f)
    for transform in (grad, lambda h: lambda x: jvp(h, (x,), (1.0,))[1], jacfwd):
        assert transform(g)(1.5) == pytest.approx(transform(f)(1.5), rel=1e-15)
    assert grad(grad(g))(1.5) == pytest.approx(grad(grad(f))(1.5), rel=1e-14)
    calls.clear()
    grad(g)(1.5)
    assert len(calls) == 2  # once forward, once again when the sweep arrives


def test_checkpoint_keeps_only_its_inputs() -> None:
    def deep(x: Any) -> Any:
        for _ in range(100):
            x = np.sin(x)
        return x

    sizes = []
    for f in (deep, checkpoint(deep)):
        _, pullback = vjp(lambda x, f=f: f(x), np.ones(1000))
        sizes.append(len(pullback._tape.residuals()))
    assert sizes[1] <= 2 < 100 <= sizes[0]


def test_checkpoint_may_close_over_traced_values() -> None:
    assert grad(lambda w: checkpoint(lambda x: x * w * w)(3.0))(2.0) == 12.0
    assert jit(grad(lambda w: checkpoint(lambda x: x * w * w)(3.0)))(2.0) == 12.0
    np.testing.assert_array_equal(
        vmap(grad(lambda w: checkpoint(lambda x: x * w * w)(3.0)))(POINTS), 6 * POINTS
    )


# --- what is not linear ------------------------------------------------------------------------------


def rule_of(tangent: Any) -> Any:
    @custom_jvp
    def f(x: Any) -> Any:
        return x * x

    f.defjvp(lambda p, t: (p[0] * p[0], tangent(p[0], t[0])))
    return f


NOT_LINEAR = {
    "affine": lambda x, t: 2.0 * x * t + 1.0,
    "constant": lambda x, t: np.cos(x),
    "square": lambda x, t: t * t,
    "inside jit": lambda x, t: jit(np.sin)(t),
    "quotient": lambda x, t: t / (1.0 + t),
    "branch": lambda x, t: np.where(t > 1.0, 1.0, t),
}


@pytest.mark.parametrize("name", NOT_LINEAR)
def test_a_rule_that_is_not_linear_is_refused(name: str) -> None:
    with pytest.raises(NonLinearError) as caught:
        grad(rule_of(NOT_LINEAR[name]))(1.0)
    assert "is not linear" in str(caught.value)


LINEAR = {
    "quotient": (lambda x, t: 2.0 * t / x, 2.0),
    "product": (lambda x, t: x * t + t * x, 2.0),
    "inside jit": (lambda x, t: jit(lambda u: 3.0 * u)(t), 3.0),
    "contraction": (lambda x, t: np.dot(np.stack([t, t]), np.array([1.0, 1.0])), 2.0),
    "selection": (lambda x, t: np.where(x > 0, t, 0.0), 1.0),
}


@pytest.mark.parametrize("name", LINEAR)
def test_a_rule_that_is_linear_is_transposed(name: str) -> None:
    rule, slope = LINEAR[name]
    assert grad(rule_of(rule))(1.0) == slope
