"""jit: when it traces again, what it reads, what it may overwrite."""

from __future__ import annotations

import functools
import pickle
import threading
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit, value_and_grad, vmap
from funcgrad.errors import ArgumentError, ConcretizationError

X = np.array([1.0, 2.0, 3.0])


def affine(p: Any, x: Any) -> Any:
    return p["w"] * x + p["b"]


def test_one_trace_for_one_kind_of_arguments() -> None:
    f = jit(affine)
    p = {"w": np.ones(3), "b": 2.0}
    np.testing.assert_array_equal(f(p, X), X + 2.0)
    np.testing.assert_array_equal(f({"w": 2 * np.ones(3), "b": 5.0}, X), 2 * X + 5.0)
    assert f.trace_count == 1


@pytest.mark.parametrize(
    "changed",
    [
        np.ones(3, np.float32),
        np.ones((2, 3)),
        np.float64(1.0),
        1.0,
        np.ones(3, int),
        (np.ones(3),),
        [np.ones(3)],
        1,
        True,
        1j,
    ],
    ids=repr,
)
def test_another_kind_of_argument_is_another_program(changed: Any) -> None:
    f = jit(lambda x: x[0] * 2 if isinstance(x, (tuple, list)) else x * 2)
    f(X)
    assert f.trace_count == 1
    result = f(changed)
    expected = changed[0] * 2 if isinstance(changed, (tuple, list)) else changed * 2
    assert type(result) is type(expected)
    np.testing.assert_array_equal(result, expected)
    assert f.trace_count == 2
    f(changed)
    assert f.trace_count == 2


def test_python_ints_and_bools_are_static_by_value_and_type() -> None:
    f = jit(lambda x, n: x * n + 1.0 if n else x)
    assert [f(2.0, n) for n in (1, True, 0, False, 3)] == [3.0, 3.0, 2.0, 2.0, 7.0]
    assert f.trace_count == 5


def test_static_arguments() -> None:
    f = jit(lambda x, mode, k=1: x * k if mode == "scale" else x + k, static_argnums=1, static_argnames="k")
    assert f(2.0, "scale", k=3) == 6.0
    assert f(2.0, "shift", k=3) == 5.0
    assert f(4.0, "scale", k=3) == 12.0
    assert f.trace_count == 2
    with pytest.raises(ArgumentError) as caught:
        f(2.0, [1])
    assert (
        str(caught.value).splitlines()[0] == "jit: the static argument `mode` of `<lambda>` is not hashable."
    )


@pytest.mark.parametrize("dtype", [np.float32, np.dtype("f4"), float, "f4"], ids=repr)
def test_a_dtype_in_any_form_is_a_static_argument(dtype: Any) -> None:
    f = jit(lambda x, dtype: x.astype(dtype), static_argnums=1)
    assert [f(X, dtype).dtype, f(X, dtype).dtype] == [np.dtype(dtype)] * 2
    assert f.trace_count == 1


def test_dicts_of_another_order_get_their_own_program() -> None:
    f = jit(lambda p: p["a"] - 2.0 * p["b"])
    assert f({"a": 1.0, "b": 10.0}) == -19.0
    assert f({"b": 10.0, "a": 1.0}) == -19.0


def test_closed_over_arrays_are_read_again_and_rebound_names_traced_again() -> None:
    w = np.ones(3)
    f = jit(lambda x: x * w)
    np.testing.assert_array_equal(f(X), X)
    w[:] = 2.0
    np.testing.assert_array_equal(f(X), 2 * X)
    assert f.trace_count == 1
    w = np.full(3, 5.0)
    np.testing.assert_array_equal(f(X), 5 * X)
    assert f.trace_count == 2
    assert "free variable 'w' was bound to another object" in f.why_retraced()


GLOBAL = 2.0


def uses_global(x: Any) -> Any:
    return x * GLOBAL


def test_a_rebound_global_is_traced_again(monkeypatch: pytest.MonkeyPatch) -> None:
    f = jit(uses_global)
    assert f(3.0) == 6.0
    monkeypatch.setitem(globals(), "GLOBAL", 5.0)
    assert f(3.0) == 15.0
    assert "global 'GLOBAL' was bound to another object" in f.why_retraced()


def test_what_numpy_computes_from_plain_arrays_is_frozen_and_listed() -> None:
    w = np.ones(3)
    f = jit(lambda x: x * (w + 1.0) + w)
    np.testing.assert_array_equal(f(X), 2 * X + 1)
    frozen = f.lower(X).frozen
    assert len(frozen) == 1
    np.testing.assert_array_equal(frozen[0], [2.0, 2.0, 2.0])


def test_an_outer_tracer_closed_over_is_an_input_of_that_call() -> None:
    assert grad(lambda w: jit(lambda x: x * w * w)(3.0))(2.0) == 12.0
    np.testing.assert_array_equal(vmap(lambda w: jit(lambda x: x * w)(2.0))(X), 2 * X)

    seen = jit(lambda x: grad(lambda y: x * y * y)(3.0))
    assert seen(2.0) == 12.0


def test_donated_arrays_are_overwritten_when_that_is_safe() -> None:
    step = jit(lambda p, g: p - 0.5 * g, donate_argnums=0)
    p, g = np.ones(3), np.ones(3)
    result = step(p, g)
    assert result is p
    np.testing.assert_array_equal(p, [0.5, 0.5, 0.5])
    np.testing.assert_array_equal(g, np.ones(3))


def test_donated_views_of_the_argument_are_not_overwritten_too_early() -> None:
    f = jit(lambda p: (p + p[::-1], p[::-1] * 2.0), donate_argnums=0)
    p = np.array([1.0, 2.0, 3.0])
    first, second = f(p.copy())
    np.testing.assert_array_equal(first, [4.0, 4.0, 4.0])
    np.testing.assert_array_equal(second, [6.0, 4.0, 2.0])


CLOSED = np.ones(3)
UNSAFE: dict[str, Any] = {
    "is read-only": lambda: (np.broadcast_to(np.float64(1.0), (3,)).copy(), np.ones(3)),
    "does not own its memory": lambda: (np.ones(6)[::2], np.ones(3)),
    "shares memory with another argument or a closed-over array": lambda: (CLOSED, CLOSED),
}


@pytest.mark.parametrize("why", UNSAFE)
def test_unsafe_donations_are_left_alone(why: str) -> None:
    p, g = UNSAFE[why]()
    if why == "is read-only":
        p.flags.writeable = False
    before = p.copy()
    step = jit(lambda a, b: a - 0.5 * b, donate_argnums=0)
    with pytest.warns(UserWarning, match="it is left alone") as caught:
        result = step(p, g)
    assert why in str(caught[0].message)
    np.testing.assert_array_equal(p, before)
    np.testing.assert_array_equal(result, before - 0.5 * g)


def test_donation_is_ignored_under_another_transformation() -> None:
    step = jit(lambda p: p * p, donate_argnums=0)
    x = np.ones(3) * 3
    np.testing.assert_array_equal(grad(lambda p: step(p).sum())(x), 2 * x)
    np.testing.assert_array_equal(x, np.ones(3) * 3)


def test_results_are_the_callers() -> None:
    f = jit(lambda x: (x, x.T, x * 1.0, x * 1.0))
    x = np.ones((2, 2))
    for out in f(x):
        out[...] = 7.0
    np.testing.assert_array_equal(x, np.ones((2, 2)))
    np.testing.assert_array_equal(f(x)[0], np.ones((2, 2)))


def test_without_guards_branching_on_a_traced_value_says_how() -> None:
    with pytest.raises(ConcretizationError) as caught:
        jit(lambda x: x if x > 0 else -x, guards=False)(1.0)
    assert "np.where" in str(caught.value)


def test_the_code_can_be_read() -> None:
    lowered = jit(lambda x: np.sin(x) * 2.0 + x, engine="numpy").lower(X)
    assert "def program(" in lowered.code
    assert [str(eqn.primitive) for eqn in lowered.jaxpr.eqns] == ["sin", "multiply", "add"]
    assert str(lowered.plan).count("\n") == 3  # a line a step, and the workspace


def test_eight_threads_share_a_compiled_function() -> None:
    f = jit(value_and_grad(lambda x, n: (x * n).sum()))
    wrong: list[Any] = []

    def work(seed: int) -> None:
        for i in range(50):
            n = (seed + i) % 5
            value, gradient = f(X * seed, n)
            if value != 6.0 * seed * n or not np.array_equal(gradient, np.full(3, float(n))):
                wrong.append((seed, n))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_methods_partials_and_pickles() -> None:
    class Model:
        def __init__(self, w: float) -> None:
            self.w = w

        def apply(self, x: Any) -> Any:
            return x * self.w

    assert jit(functools.partial(affine, {"w": 2.0, "b": 1.0}))(3.0) == 7.0
    assert jit(Model(3.0).apply)(2.0) == 6.0
    assert pickle.loads(pickle.dumps(jit(uses_global)))(1.0) == 2.0


def test_results_equal_eager_to_the_last_bit() -> None:
    def f(x: Any, w: Any) -> Any:
        h = np.maximum(x @ w, 0)
        return np.tanh(h) * 2.0 - np.exp(-h), h.sum(axis=0)

    rng = np.random.default_rng(1)
    for dtype in (np.float32, np.float64):
        x, w = rng.normal(size=(8, 5)).astype(dtype), rng.normal(size=(5, 4)).astype(dtype)
        for a, b in zip(jit(f, engine="numpy")(x, w), f(x, w), strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_array_equal(a, b)
