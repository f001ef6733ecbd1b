"""``sgd`` is the formula in its docstring: pure, in place, compiled, batched, differentiated, anywhere."""

from __future__ import annotations

import pickle
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from funcgrad import grad, jit, jvp, tree, vmap
from funcgrad.optim import SGDState, sgd, sgd_step
from tests.mock_device import counting, to_mock

SETTINGS = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.9, "nesterov": True},
    {"weight_decay": 0.01},
    {"momentum": 0.5, "weight_decay": 0.1},
    {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-4},
]
SHAPES = {"w": (3, 4), "b": (4,), "scale": ()}


def some_tree(seed: int, dtype: Any = np.float64) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {name: np.array(rng.standard_normal(shape), dtype) for name, shape in SHAPES.items()}


def gradients(count: int, dtype: Any = np.float64) -> list[dict[str, Any]]:
    return [some_tree(100 + i, dtype) for i in range(count)]


def loop(p: Any, grads: list[Any], rate: Any, momentum=0.0, nesterov=False, weight_decay=0.0) -> Any:
    """One parameter, step by step, as the docstring of ``sgd`` says."""
    v = np.zeros_like(p)
    for i, g in enumerate(grads):
        g = g + weight_decay * p
        v = momentum * v + g
        g = g + momentum * v if nesterov else v
        p = p - (rate(i) if callable(rate) else rate) * g
    return p


def follow(opt: Any, params: Any, grads: list[Any], step: str = "step") -> Any:
    state = opt.init(params)
    for g in grads:
        params, state = getattr(opt, step)(params, g, state)
    return params, state


def assert_same_bits(got: Any, expected: Any) -> None:
    pairs = zip(tree.leaves_with_path(got), tree.leaves(expected), strict=True)
    for (path, a), b in pairs:
        assert (type(a), np.asarray(a).dtype) == (type(b), np.asarray(b).dtype), path
        assert np.asarray(a).tobytes() == np.asarray(b).tobytes(), path


# --- the formula -----------------------------------------------------------------------------------


@pytest.mark.parametrize("options", SETTINGS, ids=str)
@pytest.mark.parametrize("rate", [0.1, lambda count: 0.1 / (1 + count)], ids=["fixed", "schedule"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_steps_follow_the_formula(options: dict[str, Any], rate: Any, dtype: Any) -> None:
    params, grads = some_tree(0, dtype), gradients(4, dtype)
    got, state = follow(sgd(rate, **options), params, grads)
    for name in SHAPES:
        expected = loop(params[name], [g[name] for g in grads], rate, **options)
        assert got[name].dtype == dtype
        np.testing.assert_allclose(got[name], expected, rtol=20 * np.finfo(dtype).eps)
    assert state.count == 4
    assert (state.velocity is None) == ("momentum" not in options)


def test_one_step_in_numbers() -> None:
    opt = sgd(0.5, momentum=0.5, nesterov=True, weight_decay=1.0)
    params, state = opt.step(np.array([1.0]), np.array([1.0]), opt.init(np.array([1.0])))
    # g = 1 + 1 = 2, v = 2, g = 2 + 1 = 3, p = 1 − 1.5
    assert (params.tolist(), state.velocity.tolist()) == ([-0.5], [2.0])


def test_the_step_without_state_is_that_without_options() -> None:
    params, (g,) = some_tree(0), gradients(1)
    assert_same_bits(sgd_step(params, g, 0.1), follow(sgd(0.1), params, [g])[0])


coefficients = st.floats(0.0, 1.0).filter(lambda c: c == 0.0 or c > 1e-3)


@given(coefficients, coefficients, coefficients, st.integers(1, 5))
def test_what_the_options_mean(rate: float, momentum: float, decay: float, count: int) -> None:
    params, grads = some_tree(0), gradients(count)

    def end(*args: Any, **options: Any) -> Any:
        return np.concatenate(
            [leaf.ravel() for leaf in tree.leaves(follow(sgd(*args, **options), params, grads)[0])]
        )

    def close(a: Any, b: Any) -> None:
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)

    both = end(rate, momentum, weight_decay=decay)
    close(both, end(lambda _: rate, momentum, weight_decay=decay))  # a constant schedule is a number
    close(end(rate, 0.0), end(np.float64(rate)))
    decayed = [tree.map(lambda g, p: g + decay * p, grads[0], params), *grads[1:]]
    first = tree.leaves(follow(sgd(rate, momentum), params, decayed[:1])[0])
    for a, b in zip(
        first, tree.leaves(follow(sgd(rate, momentum, weight_decay=decay), params, grads[:1])[0]), strict=True
    ):
        close(a, b)  # weight decay is the gradient of λ/2 Σ p²
    start = np.concatenate([leaf.ravel() for leaf in tree.leaves(params)])
    close(end(2 * rate, momentum) - start, 2 * (end(rate, momentum) - start))  # without decay: linear in η
    if momentum:  # Nesterov's step is the plain one with the velocity looked ahead
        plain, ahead = end(rate, momentum) - start, end(rate, momentum, nesterov=True) - start
        _, state = follow(sgd(rate, momentum), params, grads)
        v = np.concatenate([leaf.ravel() for leaf in tree.leaves(state.velocity)])
        close(ahead, plain - rate * momentum * v)


# --- in place --------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", SETTINGS, ids=str)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128])
def test_in_place_has_the_bits_of_the_pure_step(options: dict[str, Any], dtype: Any) -> None:
    opt, params, grads = sgd(0.1, **options), some_tree(0, dtype), gradients(3, dtype)
    expected, end = follow(opt, params, grads)
    written = tree.map(np.copy, params)
    arrays = tree.leaves(written)
    got, state = follow(opt, written, grads, "step_inplace")
    assert got is written
    assert all(a is b for a, b in zip(tree.leaves(got), arrays, strict=True))
    assert_same_bits((got, state), (expected, end))


def test_in_place_keeps_the_velocity_s_arrays() -> None:
    opt, params = sgd(0.1, momentum=0.9), some_tree(0)
    state = opt.init(params)
    _, after = opt.step_inplace(params, some_tree(1), state)
    assert after.velocity is state.velocity
    assert after.count == 1


def test_the_pure_step_writes_nothing() -> None:
    opt, params, (g,) = sgd(0.1, momentum=0.9, weight_decay=0.1), some_tree(0), gradients(1)
    state = opt.init(params)
    for leaf in tree.leaves((params, g, state.velocity)):
        leaf.flags.writeable = False
    new, after = opt.step(params, g, state)
    assert_same_bits((params, g), (some_tree(0), gradients(1)[0]))
    assert not any(leaf.any() for leaf in tree.leaves(state.velocity))
    for a in tree.leaves((new, after.velocity)):
        assert isinstance(a, np.ndarray)
        assert a.flags.writeable
        assert not any(np.shares_memory(a, b) for b in tree.leaves((params, g, state.velocity)))


def test_disjoint_views_of_one_array_are_written() -> None:
    flat = np.arange(12.0)
    params = {
        "a": flat[:5],
        "b": flat[5:6],
        "c": flat[6:].reshape(2, 3)[:, 0],
        "d": flat[6:].reshape(2, 3)[:, 1:],
    }
    opt = sgd(1.0)
    opt.step_inplace(params, tree.map(np.ones_like, params), opt.init(params))
    assert flat.tolist() == [i - 1.0 for i in range(12)]


# --- composed --------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", SETTINGS, ids=str)
@pytest.mark.parametrize("donated", [(), 0], ids=["", "donated"])
def test_compiled_steps_have_the_bits_of_the_pure_step(options: dict[str, Any], donated: Any) -> None:
    opt, params, grads = sgd(lambda count: 0.1 / (1 + count), **options), some_tree(0), gradients(4)
    step = jit(opt.step, donate_argnums=donated)
    expected = follow(opt, params, grads)
    params = tree.map(np.copy, params)
    state = opt.init(params)
    for g in grads:
        params, state = step(params, g, state)
    assert_same_bits((params, state.velocity), (expected[0], expected[1].velocity))
    assert state.count == 4
    assert step.trace_count == 1


def test_a_batch_of_learning_rates() -> None:
    params, (g,) = some_tree(0), gradients(1)
    rates = np.array([0.1, 0.2, 0.3])
    got = vmap(lambda rate: sgd_step(params, g, rate))(rates)
    for name in SHAPES:
        expected = np.stack([params[name] - rate * g[name] for rate in rates])
        np.testing.assert_allclose(got[name], expected, rtol=1e-14)


def test_an_ensemble_takes_its_steps_at_once() -> None:
    opt = sgd(lambda count: 0.1 / (1 + count), momentum=0.9)
    stacked = [
        tree.map(lambda *leaves: np.stack(leaves), *[some_tree(3 * k + i) for i in range(3)])
        for k in range(3)
    ]
    params, *grads = stacked
    state = vmap(opt.init)(params)
    for g in grads:
        params, state = vmap(opt.step)(params, g, state)
    for i in range(3):
        alone, _ = follow(opt, some_tree(i), [some_tree(3 + i), some_tree(6 + i)])
        for name in SHAPES:
            np.testing.assert_allclose(params[name][i], alone[name], rtol=1e-14)


def descent(rate: Any, momentum: Any, decay: Any) -> Any:
    """The loss after three steps down Σ w⁴, as a function of the coefficients."""
    opt = sgd(rate, momentum, nesterov=True, weight_decay=decay)
    params = {"w": np.array([1.0, -0.5])}
    state = opt.init(params)
    for _ in range(3):
        grads = grad(lambda p: (p["w"] * p["w"] * p["w"] * p["w"]).sum())(params)
        params, state = opt.step(params, grads, state)
    return (params["w"] * params["w"]).sum()


@pytest.mark.parametrize("argnum", [0, 1, 2], ids=["learning_rate", "momentum", "weight_decay"])
def test_training_differentiates_by_its_coefficients(argnum: int) -> None:
    at, eps = [0.1, 0.5, 0.2], 1e-6
    moved = [[c + sign * eps * (i == argnum) for i, c in enumerate(at)] for sign in (1, -1)]
    expected = (descent(*moved[0]) - descent(*moved[1])) / (2 * eps)
    assert grad(descent, argnum)(*at) == pytest.approx(expected, rel=1e-7)
    tangents = tuple(float(i == argnum) for i in range(3))
    assert jvp(descent, tuple(at), tangents)[1] == pytest.approx(expected, rel=1e-7)
    assert jit(grad(descent, argnum))(*at) == pytest.approx(expected, rel=1e-7)


# --- dtypes, kinds, places -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rate",
    [0.1, np.float64(0.1), np.array(0.1), lambda count: np.float64(0.1), lambda count: 0.1 * 0.5**count],
)
@pytest.mark.parametrize("momentum", [0.0, np.array(0.9), np.float64(0.9)])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.complex64])
def test_coefficients_never_promote(rate: Any, momentum: Any, dtype: Any) -> None:
    opt, params, (g,) = sgd(rate, momentum), some_tree(0, dtype), gradients(1, dtype)
    for step in (opt.step, jit(opt.step)):
        new, state = step(params, g, opt.init(params))
        assert {leaf.dtype for leaf in tree.leaves((new, state.velocity))} == {np.dtype(dtype)}


def test_a_traced_rate_does_not_promote() -> None:
    params, (g,) = some_tree(0, np.float32), gradients(1, np.float32)
    for rate in (0.1, np.float64(0.1), np.array(0.1)):
        new = jit(sgd_step)(params, g, rate)
        assert_same_bits(new, sgd_step(params, g, 0.1))


@pytest.mark.parametrize(
    "value", [1.0, np.float64(1.0), np.float32(1.0), np.array(1.0), np.array(1.0, np.float32)]
)
def test_a_number_stays_what_it_is(value: Any) -> None:
    opt = sgd(0.5, momentum=0.5)
    for step in (opt.step, jit(opt.step)):
        new, state = step({"p": value}, {"p": value}, opt.init({"p": value}))
        assert_same_bits(
            new, {"p": type(value)(0.5) if not isinstance(value, np.ndarray) else np.array(0.5, value.dtype)}
        )
        assert type(state.velocity["p"]) is type(value)


def test_a_gradient_of_another_precision_is_cast() -> None:
    params, (g,) = some_tree(0, np.float32), gradients(1)
    expected = sgd_step(params, tree.map(np.float32, g), 0.1)
    assert all((sgd_step(params, g, 0.1)[k] == expected[k]).all() for k in SHAPES)
    assert sgd_step(params, g, 0.1)["w"].dtype == np.float32


def test_a_complex_parameter_goes_downhill() -> None:
    z = np.array([1 + 2j, -3 + 0.5j])
    g = grad(lambda z: (z * np.conj(z)).real.sum())(z)
    np.testing.assert_allclose(sgd_step(z, g, 0.25), 0.5 * z)
    opt = sgd(0.25)
    np.testing.assert_allclose(opt.step(z, g, opt.init(z))[0], 0.5 * z)


@pytest.mark.parametrize("options", SETTINGS, ids=str)
@pytest.mark.parametrize("step", ["step", "step_inplace"])
def test_on_a_device(options: dict[str, Any], step: str) -> None:
    opt, params, grads = sgd(0.1, **options), some_tree(0), gradients(2)
    on_device, device_grads = tree.map(to_mock, params), [tree.map(to_mock, g) for g in grads]
    expected, _ = follow(opt, params, grads)
    state = opt.init(on_device)
    with counting() as counted:
        for g in device_grads:
            on_device, state = getattr(opt, step)(on_device, g, state)
    assert (counted["to_host"], counted["to_device"], counted["syncs"]) == (0, 0, 0)
    assert all((on_device[name].get() == expected[name]).all() for name in SHAPES)


# --- the rest --------------------------------------------------------------------------------------


def test_trees_of_every_kind() -> None:
    params = (np.ones(2), [np.ones(1), {"b": np.ones(()), "a": None}], SGDState(np.ones(1), None))
    opt = sgd(0.5, momentum=0.5)
    new, state = opt.step(params, params, opt.init(params))
    assert tree.structure(new) == tree.structure(state.velocity) == tree.structure(params)
    assert opt.step({}, {}, opt.init({}))[0] == {}


def test_keys_match_whatever_their_order() -> None:
    new = sgd_step({"a": 1.0, "b": 2.0}, {"b": 2.0, "a": 0.0}, 0.5)
    assert list(new.items()) == [("a", 1.0), ("b", 1.0)]


def test_optimisers_and_states_pickle() -> None:
    opt = pickle.loads(pickle.dumps(sgd(0.1, momentum=0.9)))
    params, (g,) = some_tree(0), gradients(1)
    state = pickle.loads(pickle.dumps(opt.init(params)))
    assert_same_bits(opt.step(params, g, state), follow(sgd(0.1, momentum=0.9), params, [g]))
