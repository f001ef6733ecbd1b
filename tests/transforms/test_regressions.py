"""What a hostile reader found once, and shall not find again: one row for each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import (
    checkpoint,
    custom_vjp,
    grad,
    hessian,
    jacfwd,
    jacrev,
    jit,
    jvp,
    linear_transpose,
    linearize,
    vjp,
    vmap,
)
from funcgrad.errors import (
    ArgumentError,
    MutationError,
    NonLinearError,
    NotDifferentiableInputError,
    TreeError,
)

X = np.array([1.0, 2.0, 3.0])


def pulled(y: Any, x: Any) -> Any:
    """The pullback of ``sum(t * y)`` at 1, kept while ``y`` is written."""
    _, pullback = vjp(lambda t: np.sum(t * y), x)
    y[:] = 0.0
    return pullback(1.0)[0]


def pulled_input(y: Any, x: Any) -> Any:
    _, pullback = vjp(lambda t: np.sum(t * t) / 2, y)
    y[:] = 0.0
    return pullback(1.0)[0]


def pushed(y: Any, x: Any) -> Any:
    _, linear = linearize(lambda t: t * y, x)
    y[:] = 0.0
    return linear(np.ones(3))


def pushed_input(y: Any, x: Any) -> Any:
    _, linear = linearize(lambda t: t * t / 2, y)
    y[:] = 0.0
    return linear(np.ones(3))


def transposed(y: Any, x: Any) -> Any:
    transpose = linear_transpose(lambda t: t * y, x)
    y[:] = 0.0
    return transpose(np.ones(3))[0]


@pytest.mark.parametrize("use", [pulled, pulled_input, pushed, pushed_input, transposed])
@pytest.mark.parametrize(
    "outer", [grad, lambda f: jit(grad(f)), lambda f: lambda x: jvp(grad(f), (x,), (x,))[0]]
)
def test_a_value_of_an_outer_trace_may_be_written_after_a_linear_map_was_made(use: Any, outer: Any) -> None:
    """Pullbacks and linear maps keep the value that the outer trace's array had."""
    assert np.allclose(outer(lambda x: np.sum(use(x.copy(), x) * x))(X), 2 * X)


def aux_of(transform: str) -> tuple[Any, Any]:
    def both(x: Any) -> Any:
        y = x * 2.0
        return y, y

    if transform == "jvp":
        out, _, aux = jvp(both, (X,), (X,), has_aux=True)
    else:
        out, _, aux = (vjp if transform == "vjp" else linearize)(both, X, has_aux=True)
    return out, aux


@pytest.mark.parametrize("transform", ["vjp", "jvp", "linearize"])
def test_aux_shares_no_memory_with_the_output(transform: str) -> None:
    """An array that is output and aux comes back as two arrays."""
    assert not np.shares_memory(*aux_of(transform))


def test_aux_shares_no_memory_with_a_residual() -> None:
    """Writing the aux of a vjp changes no pullback."""

    def loss(x: Any) -> Any:
        y = x * 2.0
        return np.sum(y * y), y

    _, pullback, aux = vjp(loss, X, has_aux=True)
    aux[:] = 0.0
    assert np.allclose(pullback(1.0)[0], 8 * X)


def test_a_repeated_sweep_starts_from_what_was_given() -> None:
    """An output given twice is a sum; the strong sweep must not add to it a second time."""

    def outs(x: Any) -> Any:
        y = x * 2.0
        return y, y, y * 1.5, np.where(x > 0, np.log(np.maximum(x, 0.0) * 1.0), 0.0)

    with np.errstate(all="ignore"):
        _, pullback = vjp(outs, np.array([0.0, 1.0, 2.0]))
        assert np.allclose(pullback((np.ones(3),) * 4)[0], [7.0, 8.0, 7.5])


def scaled_by(buffer: Any) -> Any:
    @custom_vjp
    def scaled(x: Any) -> Any:
        return x * buffer

    scaled.defvjp(lambda x: (x * buffer, buffer), lambda r, g: (r * g,))
    return scaled


@pytest.mark.parametrize("mapped", [False, True])
def test_residuals_of_a_users_rule_may_be_written_by_their_owner(mapped: bool) -> None:
    """The pullback keeps what the array held when the rule returned it."""
    buffer = np.ones(()) if mapped else np.ones(3)
    scaled = scaled_by(buffer)
    _, pullback = vjp(vmap(scaled) if mapped else scaled, X)
    buffer[...] = 5.0
    assert np.allclose(pullback(np.ones(3))[0], 1.0)


def compiled(buffer: Any) -> dict[str, Callable[[Any], Any]]:
    """Compiled derivatives of functions that close over an array."""
    custom = scaled_by(buffer)
    return {
        "grad": jit(grad(lambda x: np.sum(x * buffer))),
        "vjp": jit(lambda x: vjp(lambda t: t * buffer, x)[1](x)[0]),
        "jvp": jit(lambda x: jvp(lambda t: t * buffer, (x,), (x,))[1]),
        "linearize": jit(lambda x: linearize(lambda t: t * buffer, x)[1](x)),
        "transpose": jit(lambda x: linear_transpose(lambda t: t * buffer, x)(x)[0]),
        "jacfwd": jit(jacfwd(lambda x: x * buffer)),
        "jacrev": jit(jacrev(lambda x: x * buffer)),
        "hessian": jit(hessian(lambda x: np.sum(x * x * buffer))),
        "checkpoint": jit(grad(lambda x: np.sum(checkpoint(lambda t: t * buffer)(x)))),
        "custom": jit(grad(lambda x: np.sum(custom(x)))),
        "outside": grad(jit(lambda x: np.sum(x * buffer))),
    }


@pytest.mark.parametrize("name", sorted(compiled(X)))
def test_a_compiled_derivative_reads_closed_over_arrays_again(name: str) -> None:
    """Forward and backward part see the same contents: those of the call."""
    buffer = np.ones(3)
    fun = compiled(buffer)[name]
    before = fun(X)
    buffer[:] = 2.0
    assert np.allclose(fun(X), 2 * before)


def reuse(x: Any) -> Any:
    """A buffer that is used and then written."""
    buffer = np.ones(3)
    y = x * buffer
    buffer[:] = 0.0
    return y


def test_a_program_never_reads_a_buffer_that_was_reused() -> None:
    """Under jit a buffer of NumPy's, written after its use, is an error and no wrong number."""
    with pytest.raises(MutationError, match="jit: an array was written after a traced value had met it"):
        jit(reuse)(X)
    assert np.array_equal(grad(lambda x: np.sum(reuse(x)))(X), np.ones(3))


@pytest.mark.parametrize(
    "fun",
    [
        lambda t: np.where(t > 1, 1.0, t),
        lambda t: t if t[0] > 1 else 0 * t,
        lambda t: np.sign(t) * 2,
        lambda t: t * np.argmax(t),
        lambda t: t.astype(int) * 1.0,
        lambda t: np.maximum(t, 0),
    ],
)
def test_what_is_not_linear_is_not_transposed(fun: Callable[[Any], Any]) -> None:
    """A comparison, or anything else that loses the derivative, is seen although it is traced at zero."""

    @custom_vjp
    def twice(x: Any) -> Any:
        return x * 2

    twice.defvjp(lambda x: (x * 2, None), lambda r, g: (fun(g),))
    with pytest.raises(NonLinearError):
        jvp(twice, (X,), (X,))
    with pytest.raises(NonLinearError):
        linear_transpose(fun, X)


def test_forward_mode_through_checkpoint_with_arguments_that_do_not_move() -> None:
    """Arguments without a tangent are constants of the call."""
    fun = checkpoint(lambda x, w, n: x * w * n)
    assert np.allclose(jvp(lambda x: fun(x, X, 2), (X,), (X,))[1], 2 * X * X)
    assert np.allclose(jacfwd(lambda w: fun(X, w, 2))(X), np.diag(2 * X))


def power(x: Any, n: Any) -> Any:
    return x**n if n > 2 else x


def test_integers_stay_integers_in_calls_that_are_staged() -> None:
    """A Python int given to a checkpointed or custom function is no traced value under jit."""
    custom = custom_vjp(power)
    custom.defvjp(lambda x, n: (power(x, n), (x, n)), lambda r, g: (g * r[1] * r[0] ** (r[1] - 1), None))
    for fun in (checkpoint(power), custom):
        assert np.allclose(jit(lambda x, f=fun: f(x, 3))(X), X**3)
        assert np.allclose(jit(grad(lambda x, f=fun: np.sum(f(x, 3))))(X), 3 * X**2)
    closed = grad(lambda x: np.sum(checkpoint(lambda t, n: power(t, n) * x)(x, 3)))
    assert np.allclose(closed(X), 4 * X**3)


def test_arguments_of_custom_functions_are_those_python_would_bind() -> None:
    """Defaults count as arguments; unknown and repeated keywords are refused."""

    @custom_vjp
    def line(x: Any, a: Any = 2.0, b: Any = 3.0) -> Any:
        return x * a * b

    line.defvjp(lambda *r: (line(*r), r), lambda r, g: (g * r[1] * r[2], None, None))
    assert grad(lambda x: line(x, b=5.0))(1.0) == 10.0
    assert grad(line)(1.0) == 6.0
    for wrong in ({"c": 1.0}, {"x": 1.0}):
        with pytest.raises(TypeError):
            line(2.0, **wrong)


def test_the_sign_of_zero_is_part_of_a_program() -> None:
    """-0.0 as a constant, and as a closed-over number."""
    with np.errstate(all="ignore"):
        base = jit(lambda x: (-0.0) ** x)(X)
        assert np.array_equal(np.signbit(base), [True, False, True])
    zero = 0.0
    signed = jit(lambda x: np.copysign(x, zero))
    assert signed(X)[0] == 1.0
    zero = -0.0
    assert signed(X)[0] == -1.0


def returns_integer(x: Any) -> Any:
    return np.argmax(x)


@pytest.mark.parametrize(
    ("error", "match", "call"),
    [
        (ArgumentError, "out_axes=5 is out of range", lambda: vmap(lambda x: x, out_axes=5)(X)),
        (NotDifferentiableInputError, "an output of .* is not floating", lambda: jacrev(returns_integer)(X)),
        (NotDifferentiableInputError, "an output of .* is not floating", lambda: jacfwd(returns_integer)(X)),
        (ArgumentError, "static_argnums=2 is out of range", lambda: jit(power, static_argnums=2)),
        (ArgumentError, "has no argument 'm'", lambda: jit(power, donate_argnames="m")),
        (ArgumentError, "nondiff_argnums", lambda: custom_vjp(power, nondiff_argnums=(2,))),
        (TreeError, "does not fit the output", lambda: vjp(np.sin, X)[1](1j * X)),
        (TreeError, "does not fit the output", lambda: linear_transpose(lambda t: 2 * t, X)(1j * X)),
    ],
)
def test_what_cannot_be_meant_is_an_error(error: type[Exception], match: str, call: Any) -> None:
    """No wrapped axis, no zero for an integer, no imaginary part dropped."""
    with pytest.raises(error, match=match):
        call()


# --- what a user's rule is given, and gives ---------------------------------------------------------


def writing(place: str) -> Any:
    """A custom function of which one rule writes into what it was given."""

    def fwd(x: Any) -> Any:
        if place == "fwd":
            x[x < 2] = 0.0
        return x * 2.0, x

    def bwd(residual: Any, g: Any) -> Any:
        target = {"cotangent": g, "residual": residual}.get(place)
        if target is not None:
            target *= 2.0
        return (g,)

    fun = custom_vjp(lambda x: x * 2.0)
    fun.defvjp(fwd, bwd)
    return fun


@pytest.mark.parametrize("place", ["fwd", "cotangent", "residual"])
@pytest.mark.parametrize("outer", [lambda f: f, jit])
def test_a_users_rule_cannot_write_into_what_it_was_given(place: str, outer: Any) -> None:
    """The values belong to the trace, the cotangent perhaps to the caller; neither changes."""
    fun = writing(place)
    x, ct = X.copy(), np.ones(3)
    with pytest.raises(MutationError):
        outer(lambda x: vjp(lambda t: fun(np.exp(t)), x)[1](ct)[0])(x)
    with pytest.raises(MutationError):
        grad(lambda x: grad(lambda t: np.sum(fun(t)))(x)[0])(x)
    assert np.array_equal(x, X)
    assert np.array_equal(ct, np.ones(3))


def test_a_checkpointed_function_that_writes_an_argument_leaves_it_alone() -> None:
    """A large array is not copied for the trace, and is not written before the error."""
    x = np.ones(100_000)

    def fun(x: Any) -> Any:
        x[0] = 5.0
        return np.sum(x)

    with pytest.raises(MutationError):
        grad(checkpoint(fun))(x)
    assert x[0] == 1.0


def test_what_a_rule_returns_stays_its_owners() -> None:
    """A closed-over array may be an output or a cotangent; what comes back is another one."""
    held = np.ones(3)
    fun = custom_vjp(lambda x: held)
    fun.defvjp(lambda x: (held, None), lambda r, g: (held,))
    gradient = grad(lambda x: np.sum(fun(x)))(X)
    out, _ = vjp(fun, X)
    assert not np.shares_memory(gradient, held)
    assert not np.shares_memory(out, held)
    fun.defvjp(lambda x: (held, None), lambda r, g: (g,))
    square, pullback = vjp(lambda x: fun(x) * fun(x), X)
    held[:] = 100.0
    assert np.allclose(pullback(np.ones(3))[0], 2.0)
    assert np.allclose(square, 1.0)


def test_an_array_donated_twice_is_left_alone() -> None:
    """Each of the two shares memory with the other, whatever was done about the first."""
    x = np.ones(4)
    fun = jit(lambda a, b: (a * 2.0, b * 3.0), donate_argnums=(0, 1))
    with pytest.warns(UserWarning, match="shares memory"):
        doubled, tripled = fun(x, x)
    assert np.array_equal(x, np.ones(4))
    assert np.allclose(doubled, 2.0)
    assert np.allclose(tripled, 3.0)


def test_static_arguments_of_rules_may_be_counted_from_the_end() -> None:
    """``nondiff_argnums=-1`` is the last argument."""
    fun = custom_vjp(power, nondiff_argnums=-1)
    fun.defvjp(lambda x, n: (power(x, n), x), lambda n, x, g: (g * n * x ** (n - 1),))
    assert grad(fun)(2.0, 3) == 12.0


def test_data_given_to_a_checkpoint_dispatch_their_methods() -> None:
    def loss(w: Any, x: Any) -> Any:
        return (x.dot(w) ** 2).sum()

    w, x = np.ones(2), np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(grad(checkpoint(loss))(w, x), grad(loss)(w, x))
    data, product = checkpoint(lambda w, x: (x, x.dot(w)))(w, x)
    assert data is x
    assert type(product) is np.ndarray


def test_linearize_of_a_compiled_function_has_a_number_for_its_value() -> None:
    """The tangents are staged, the primal outputs are computed."""
    value, f_jvp = linearize(jit(lambda x: np.sin(x) * 2.0), np.array([0.5, 1.0]))
    np.testing.assert_array_equal(value, np.sin([0.5, 1.0]) * 2.0)
    np.testing.assert_allclose(f_jvp(np.array([1.0, 2.0])), 2.0 * np.cos([0.5, 1.0]) * [1.0, 2.0])
    assert linearize(lambda x: x if jit(np.sin)(x) > 0 else -x, 1.0)[0] == 1.0
    assert hessian(lambda x: jit(np.sin)(x) * x)(0.0) == 2.0


def test_linearize_computes_at_once_what_depends_on_no_tangent() -> None:
    """An array made of scalars, as np.where makes one, was staged with the tangents: it had no number."""
    out, linear = linearize(lambda x: np.where(x > 0, np.tanh(x), x), np.float64(0.0))
    assert (out, linear(2.0)) == (0.0, 2.0)
