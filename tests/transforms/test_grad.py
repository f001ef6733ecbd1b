"""grad, value_and_grad, vjp, jvp: arguments, results, kinds, ownership."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, hessian, hvp, jacfwd, jacrev, jvp, linear_transpose, linearize, value_and_grad, vjp


def energy(x: Any, y: Any, *, scale: Any = 1.0) -> Any:
    return np.sum(x * x * y) * scale


X, Y = np.array([1.0, 2.0]), np.array([3.0, 4.0])


def test_argnums_and_argnames_select_and_shape_the_result() -> None:
    dx, dy = 2 * X * Y, X * X
    assert_same(grad(energy)(X, Y), dx)
    assert_same(grad(energy, 1)(X, Y), dy)
    assert_same(grad(energy, -1)(X, Y), dy)
    assert_same(grad(energy, (0, 1))(X, Y), (dx, dy))
    assert_same(grad(energy, (1,))(X, Y), (dy,))
    assert_same(grad(energy, argnames="y")(X, Y), dy)
    assert_same(grad(energy, argnames="y")(X, y=Y), dy)
    assert_same(grad(energy, argnames=("x", "scale"))(X, Y, scale=2.0), {"x": 2 * dx, "scale": 19.0})
    assert_same(grad(energy, 0, argnames="scale")(X, Y, scale=2.0), (2 * dx, 19.0))


def assert_same(got: Any, expected: Any) -> None:
    if isinstance(expected, (tuple, dict)):
        assert type(got) is type(expected)
        assert len(got) == len(expected)
        pairs = (
            zip(got, expected, strict=True)
            if isinstance(expected, tuple)
            else [(got[k], expected[k]) for k in expected]
        )
        for a, b in pairs:
            assert_same(a, b)
    else:
        np.testing.assert_allclose(got, expected, rtol=1e-14)


def test_aux_comes_back_as_it_is() -> None:
    def f(x: Any) -> Any:
        y = x * x
        return np.sum(y), {"y": y, "note": "text", "n": 3}

    gradient, aux = grad(f, has_aux=True)(X)
    assert_same(gradient, 2 * X)
    assert_same(aux["y"], X * X)
    assert (aux["note"], aux["n"]) == ("text", 3)
    (value, _), again = value_and_grad(f, has_aux=True)(X)
    assert value == 5.0
    assert_same(again, gradient)
    assert vjp(f, X, has_aux=True)[2]["n"] == 3
    assert jvp(f, (X,), (X,), has_aux=True)[2]["note"] == "text"
    assert linearize(f, X, has_aux=True)[2]["n"] == 3


@pytest.mark.parametrize(
    "x",
    [2.0, np.float64(2), np.float32(2), np.float16(2), np.array(2.0), np.array(2, np.float32), np.ones((2, 0)),
     np.ones((2, 3), np.float32), np.arange(6.0)[::-2], np.asfortranarray(np.ones((2, 3))),
     np.broadcast_to(np.float64(2), (3, 2)), np.complex64(1 + 2j), 1 + 2j, np.ones(2, complex)],
    ids=lambda x: f"{type(x).__name__}-{getattr(x, 'dtype', '')}-{np.shape(x)}",
)  # fmt: skip
def test_a_gradient_has_its_inputs_dtype_shape_and_kind(x: Any) -> None:
    gradient = grad(lambda v: (v * v.conjugate()).real.sum() if np.ndim(v) else (v * v.conjugate()).real)(x)
    assert type(gradient) is type(x)
    assert np.shape(gradient) == np.shape(x)
    assert np.asarray(gradient).dtype == np.asarray(x).dtype
    np.testing.assert_allclose(gradient, 2 * np.conj(x))


def test_read_only_input_and_writable_result() -> None:
    x = np.ones(3)
    x.flags.writeable = False
    gradient = grad(lambda v: (v * v).sum())(x)
    gradient[0] = 7.0


def test_what_you_get_is_yours() -> None:
    """Results share memory with no input, no other output and no residual."""
    x, y = np.ones(3), np.ones(3)
    gx, gy = grad(lambda a, b: (a + b).sum(), (0, 1))(x, y)
    gx[:] = 9.0
    assert gy[0] == 1.0
    out, pullback = vjp(lambda a: (a, a.T, np.exp(a)), x)
    for item in out:
        item[...] = -1.0
    assert_same(x, np.ones(3))
    ct = (np.ones(3), np.zeros(3), np.ones(3))
    first = pullback(ct)[0]
    assert_same(first, np.ones(3) * (1 + np.e))
    first[:] = 0.0
    assert_same(pullback(ct)[0], np.ones(3) * (1 + np.e))
    assert_same(ct[0], np.ones(3))
    value, tangent = jvp(lambda a: (a, a), (x,), (y,))
    tangent[0][:] = 5.0
    assert_same(tangent[1], y)
    assert_same(y, np.ones(3))
    assert_same(value, (x, x))


@pytest.mark.parametrize("n", [3, 20_000])
def test_writing_into_an_input_after_vjp_changes_nothing(n: int) -> None:
    """Small arrays are copied when they are kept, large ones when the pullback outlives the call."""
    for transform in (vjp, linearize):
        x, w = np.full(n, 2.0), np.full(n, 3.0)
        _, linear = transform(lambda a, w=w: a * a * w, x)
        x[:], w[:] = 100.0, 100.0
        result = linear(np.ones(n))
        assert_same(result[0] if transform is vjp else result, np.full(n, 12.0))


def test_reusing_a_small_buffer_inside_the_function() -> None:
    def f(x: Any) -> Any:
        buf = np.ones(3)
        y = x * buf
        buf[:] = 0.0
        return y.sum()

    assert_same(grad(f)(np.ones(3)), np.ones(3))


def test_a_pullback_frees_its_residuals_when_asked_to() -> None:
    _, pullback = vjp(lambda x: x * x, 3.0, once=True)
    assert pullback(1.0) == (6.0,)
    with pytest.raises(TypeError) as caught:
        pullback(1.0)
    assert "once=True" in str(caught.value)


def test_value_is_numpys_to_the_last_bit() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 7)).astype(np.float32)

    def f(v: Any) -> Any:
        return np.sum(np.tanh(v) @ v.T) / 3

    value, _ = value_and_grad(f)(x)
    assert type(value) is type(f(x))
    assert value == f(x)


def test_a_constant_output_has_zero_gradient() -> None:
    gradient = grad(lambda x: 1.0)(X)
    assert_same(gradient, np.zeros(2))
    gradient[0] = 1.0


def test_trees_of_every_sort() -> None:
    params = {"b": [np.ones(2), None], "a": (1.0, np.float32(2))}
    gradient = grad(lambda p: p["b"][0].sum() * p["a"][0] * p["a"][1])(params)
    assert list(gradient) == ["b", "a"]
    assert gradient["b"][1] is None
    assert type(gradient["a"][0]) is float
    assert type(gradient["a"][1]) is np.float32


def test_whole_derivatives() -> None:
    def f(p: Any) -> Any:
        return {"u": p["x"] * p["y"], "v": np.sum(p["x"])}

    p = {"x": np.array([1.0, 2.0]), "y": 3.0}
    for jacobian in (jacfwd, jacrev):
        j = jacobian(f)(p)
        assert_same(j["u"]["x"], 3.0 * np.eye(2))
        assert_same(j["u"]["y"], p["x"])
        assert_same(j["v"]["x"], np.ones(2))
        assert_same(j["v"]["y"], 0.0)
    assert_same(hessian(lambda x: np.sum(x**3))(X), np.diag(6 * X))
    assert_same(hvp(lambda x: np.sum(x**3), (X,), (Y,)), (3 * X**2, 6 * X * Y))
    assert_same(hvp(lambda a, b: a * a * b, (2.0, 3.0), (1.0, 0.0)), ((12.0, 4.0), (6.0, 4.0)))


def test_linear_transpose() -> None:
    a = np.arange(6.0).reshape(2, 3)
    assert_same(linear_transpose(lambda x: a @ x, np.zeros(3))(np.ones(2)), (a.sum(0),))


def test_complex_convention() -> None:
    z = 1.0 + 2.0j
    assert grad(lambda w: (w * w).real)(z) == 2 * z
    assert grad(lambda w: w * w * w, holomorphic=True)(z) == pytest.approx(3 * z * z)


@pytest.mark.parametrize("make", [grad, value_and_grad, jacfwd, jacrev, hessian])
def test_a_transformed_module_level_function_pickles(make: Any) -> None:
    f = make(total)
    again = pickle.loads(pickle.dumps(f))
    assert_same(again(X), f(X))


def total(x: Any) -> Any:
    return np.sum(x * x)


def test_a_transformed_function_keeps_name_and_binds_as_a_method() -> None:
    class Model:
        w = 3.0

        derivative = grad(lambda self, x: self.w * x * x, 1)

    assert grad(total).__name__ == "total"
    assert Model().derivative(2.0) == 12.0
