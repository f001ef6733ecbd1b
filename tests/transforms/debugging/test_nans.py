"""debug_nans: which operation, on which line of the user's, first made NaN; under every transformation."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import (
    checkpoint,
    custom_jvp,
    custom_vjp,
    debug,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacrev,
    jit,
    jvp,
    linearize,
    make_jaxpr,
    value_and_grad,
    vjp,
    vmap,
)
from funcgrad.errors import FuncgradError, NanError
from tests.error_texts import here, place
from tests.mock_device import to_mock

pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")


def error_of(call: Callable[[], Any], singular: bool = False) -> NanError:
    """The error of a call under debug_nans."""
    with pytest.raises(NanError) as caught, debug.debug_nans(singular):
        call()
    return caught.value


def passes(call: Callable[[], Any], singular: bool = False) -> Any:
    """What a call returns under debug_nans."""
    with debug.debug_nans(singular):
        return call()


# --- values ----------------------------------------------------------------------------------------


def logarithm(x: Any) -> Any:
    y = x - 3.0
    z = np.log(y)  # at: log
    return z * 2.0


def quotient(x: Any) -> Any:
    zero = x - x
    return zero / zero  # at: quotient


def difference(x: Any) -> Any:
    big = np.exp(x * 1e6)
    return big - big  # at: difference


VALUES: dict[str, tuple[Callable[[Any], Any], str, str]] = {
    "logarithm of a negative": (logarithm, "log", "log"),
    "zero by zero": (quotient, "divide", "quotient"),
    "infinity less infinity": (difference, "subtract", "difference"),
}
X, V = np.float64(1.0), np.array([1.0, 2.0])
TRANSFORMS: dict[str, Callable[[Any], Any]] = {
    "grad": lambda f: grad(f)(X),
    "value_and_grad": lambda f: value_and_grad(f)(X),
    "vjp": lambda f: vjp(f, X),
    "jvp": lambda f: jvp(f, (X,), (X,)),
    "linearize": lambda f: linearize(f, X),
    "vmap": lambda f: vmap(f)(V),
    "jit": lambda f: jit(f)(X),
    "jit of grad": lambda f: jit(grad(f))(X),
    "grad of jit": lambda f: grad(jit(f))(X),
    "jvp of jit": lambda f: jvp(jit(f), (X,), (X,)),
    "vmap of jit": lambda f: vmap(jit(f))(V),
    "jit of vmap": lambda f: jit(vmap(f))(V),
    "vmap of grad": lambda f: vmap(grad(f))(V),
    "grad of vmap": lambda f: grad(lambda v: vmap(f)(v).sum())(V),
    "jit of vmap of grad of jit": lambda f: jit(vmap(grad(jit(f))))(V),
    "jacfwd": lambda f: jacfwd(f)(X),
    "jacrev": lambda f: jacrev(f)(X),
    "hessian": lambda f: hessian(f)(X),
    "hvp": lambda f: hvp(f, (X,), (X,)),
    "grad of grad": lambda f: grad(grad(f))(X),
    "grad of checkpoint": lambda f: grad(checkpoint(f))(X),
    "grad of jit of checkpoint": lambda f: grad(jit(checkpoint(f)))(X),
    "jit of grad of checkpoint": lambda f: jit(grad(checkpoint(f)))(X),
}


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("way", TRANSFORMS)
def test_a_value_that_becomes_nan(value: str, way: str) -> None:
    function, primitive, marker = VALUES[value]
    error = error_of(lambda: TRANSFORMS[way](function))
    assert error.headline == f"debug_nans: `{primitive}` made NaN of operands that hold none."
    assert str(error.at) == place(__file__, marker, function.__name__)


@pytest.mark.parametrize("way", TRANSFORMS)
def test_numbers_pass(way: str) -> None:
    """The results are those without the check."""

    def fun(x: Any) -> Any:
        y = np.sqrt(x * x + 1.0) / (x + 2.0)
        return np.where(x > 0, np.tanh(y), y)

    def flat(out: Any) -> list[Any]:
        return [
            np.asarray(part) for part in (out if isinstance(out, tuple) else (out,)) if not callable(part)
        ]

    checked, plain = flat(passes(lambda: TRANSFORMS[way](fun))), flat(TRANSFORMS[way](fun))
    for a, b in zip(checked, plain, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-15)
        assert (a.dtype, a.shape) == (b.dtype, b.shape)


def test_what_numpy_computes_for_funcgrad_numpy_is_seen() -> None:
    assert error_of(lambda: fnp.log(-1.0)).headline.startswith("debug_nans: `log`")
    assert error_of(lambda: fnp.sqrt(np.array([1.0, -1.0]))).headline.startswith("debug_nans: `sqrt`")


def test_the_whole_text() -> None:
    def fun(points: Any) -> Any:
        shifted = points - 2.0
        return np.log(shifted).sum()  # at: text

    error = error_of(lambda: grad(fun)(np.array([[3.0, 1.5], [1.0, 4.0]])))
    assert str(error) == (
        "debug_nans: `log` made NaN of operands that hold none.\n"
        "  expected  a number in every element\n"
        "  got       NaN in 2 of 4 elements of a float64[2,2], first at [0, 1], where shifted = -0.5\n"
        f"  at        {place(__file__, 'text', fun.__qualname__.rpartition('<locals>.')[2])}\n"
        "  try       choose good operands before the operation, as in np.log(np.where(x > 0, x, 1.0)), "
        "not results after it"
    )
    assert isinstance(error, FloatingPointError)
    assert isinstance(error, FuncgradError)


WHERE: dict[str, tuple[Callable[[], Any], str]] = {
    "a scalar": (lambda: grad(lambda x: np.log(-x))(1.0), "NaN, a float64, where operand 0 = -1.0"),
    "a named scalar": (lambda: grad(lambda x: np.log(x))(-X), "NaN, a float64, where x = -1.0"),
    "two operands": (
        lambda: grad(lambda x: np.arctanh(x).sum())(np.array([0.0, 2.0])),
        "NaN in 1 of 2 elements of a float64[2], first at [1], where x = 2.0",
    ),
    "broadcast": (
        lambda: grad(lambda x, row: (np.power(x, row)).sum())(
            np.array([[2.0], [-2.0]]), np.array([1.0, 0.5])
        ),
        "NaN in 1 of 4 elements of a float64[2,2], first at [1, 1], where x = -2.0, row = 0.5",
    ),
    "not elementwise": (
        lambda: grad(lambda x: np.dot(x, V))(np.array([np.inf, -np.inf])),
        "NaN, a float64, where x = a float64[2] from -inf to inf, operand 1 = a float64[2] from 1.0 to 2.0",
    ),
    "complex": (
        lambda: jvp(lambda z: z - z, (np.array([np.inf + 0j]),), (np.ones(1, complex),)),
        "NaN in 1 of 1 elements of a complex128[1], first at [0], where z = (inf+0j), z = (inf+0j)",
    ),
    "float32": (lambda: grad(np.arccosh)(np.float32(0.5)), "NaN, a float32, where operand 0 = 0.5"),
}


@pytest.mark.parametrize("case", WHERE)
def test_what_the_operands_are_there(case: str) -> None:
    call, got = WHERE[case]
    assert error_of(call).got == got


def test_a_device_is_asked_too() -> None:
    call = lambda: grad(lambda x: fnp.log(x).sum())(to_mock(np.array([1.0, -1.0])))  # noqa: E731
    assert error_of(call).headline == "debug_nans: `log` made NaN of operands that hold none."


# --- derivatives -----------------------------------------------------------------------------------


def kink(x: Any) -> Any:
    square = x**2  # at: square
    return np.sqrt(square)  # at: sqrt


Z, ZEROS = np.float64(0.0), np.zeros(2)
BACKWARD: dict[str, Callable[[Any], Any]] = {
    "grad": lambda f: grad(f)(Z),
    "value_and_grad": lambda f: value_and_grad(f)(Z),
    "vjp": lambda f: vjp(f, Z)[1](1.0),
    "grad of jit": lambda f: grad(jit(f))(Z),
    "grad of checkpoint": lambda f: grad(checkpoint(f))(Z),
}
IN_PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "jit of grad": lambda f: jit(grad(f))(Z),
    "jit of grad of jit": lambda f: jit(grad(jit(f)))(Z),
    "jit of vmap of grad": lambda f: jit(vmap(grad(f)))(ZEROS),
    "vmap of grad": lambda f: vmap(grad(f))(ZEROS),
    "vmap of grad of jit": lambda f: vmap(grad(jit(f)))(ZEROS),
    "grad of vmap": lambda f: grad(lambda v: vmap(f)(v).sum())(ZEROS),
    "jacrev": lambda f: jacrev(f)(Z),
    "jit of grad of checkpoint": lambda f: jit(grad(checkpoint(f)))(Z),
}


@pytest.mark.parametrize("way", BACKWARD)
def test_a_cotangent_that_becomes_nan(way: str) -> None:
    """The line is that of the forward operation; the text says where the infinity came from."""
    error = error_of(lambda: BACKWARD[way](kink))
    assert str(error) == (
        "debug_nans: the cotangent of the operand of `integer_pow` is NaN; what it is made of holds none.\n"
        "  expected  a number in every element of the derivative\n"
        "  got       NaN, a float64; it came in infinite, from `sqrt` at "
        f"{place(__file__, 'sqrt', 'kink')}\n"
        f"  at        {place(__file__, 'square', 'kink')}\n"
        "  try       keep its operand away from the point where the derivative is infinite, "
        "as in np.sqrt(np.where(x > 0, x, 1.0)) or np.sqrt(x + tiny)"
    )


@pytest.mark.parametrize("way", IN_PROGRAMS)
def test_a_cotangent_that_becomes_nan_in_a_program(way: str) -> None:
    """There the backward pass is made of operations; they belong to the forward one's line."""
    error = error_of(lambda: IN_PROGRAMS[way](kink))
    assert error.headline == (
        "debug_nans: in the derivative of `integer_pow`, the product of the chain rule made NaN of operands "
        "that hold none."
    ) or error.headline.startswith("debug_nans: the cotangent of the operand of `integer_pow` is NaN")
    assert str(error.at) == place(__file__, "square", "kink")


def pushed(x: Any) -> Any:
    root = np.sqrt(x)  # at: root
    return root - root  # at: cancel


FORWARD: dict[str, Callable[[Any], Any]] = {
    "jvp": lambda f: jvp(f, (Z,), (X,)),
    "jvp of jit": lambda f: jvp(jit(f), (Z,), (X,)),
    "jvp of vmap": lambda f: jvp(vmap(f), (ZEROS,), (V,)),
    "jvp of checkpoint": lambda f: jvp(checkpoint(f), (Z,), (X,)),
    "vmap of jvp": lambda f: vmap(lambda x, t: jvp(f, (x,), (t,)))(ZEROS, V),
    "jit of jvp": lambda f: jit(lambda x, t: jvp(f, (x,), (t,)))(Z, X),
}


@pytest.mark.parametrize("way", FORWARD)
def test_a_tangent_that_becomes_nan(way: str) -> None:
    error = error_of(lambda: FORWARD[way](pushed))
    assert str(error.at) == place(__file__, "cancel", "pushed")
    if way == "jvp":
        assert error.headline == (
            "debug_nans: the tangent of the result of `subtract` is NaN; what it is made of holds none."
        )


def test_an_infinite_derivative_is_no_nan() -> None:
    assert passes(lambda: grad(np.sqrt)(0.0)) == np.inf


def test_a_pullback_made_in_the_block_checks_wherever_it_is_called() -> None:
    _, pullback = passes(lambda: vjp(kink, Z))
    with pytest.raises(NanError):
        pullback(1.0)
    _, unchecked = vjp(kink, Z)
    assert np.isnan(unchecked(1.0)[0])


def test_rules_of_one_s_own() -> None:
    f = custom_vjp(lambda x: x * x)
    f.defvjp(lambda x: (x * x, x), lambda x, g: (g * np.nan,))
    error = error_of(lambda: grad(lambda x: f(x))(X))
    assert error.headline.startswith("debug_nans: the cotangent of the operand of `<lambda>` is NaN")
    h = custom_jvp(lambda x: np.log(x))
    h.defjvp(lambda p, t: (h(p[0]), t[0] / p[0]))
    call = lambda: grad(lambda x: h(x))(-X)  # noqa: E731
    assert error_of(call).headline == "debug_nans: `log` made NaN of operands that hold none."


# What these rules compute at 0 is NaN before it is selected away, or zero times infinity.
AT_ZERO: dict[str, Callable[[Any], Any]] = {
    "hypot": lambda x: np.hypot(x, 0.0 * x).sum(),
    "arctan2": lambda x: np.arctan2(x, 0.0 * x).sum(),
    "norm": np.linalg.norm,
    "std": np.std,
    "modulus": lambda x: np.abs(1j * x).sum(),
    "prod": np.prod,
    "cumprod": lambda x: np.cumprod(x).sum(),
    "sinc": lambda x: np.sinc(x).sum(),
    "protected": lambda x: np.where(x > 0, np.sqrt(x), 0.0).sum(),
    "power": lambda x: np.power(x, x).sum(),
    "kink": lambda x: np.sqrt(x**2).sum(),
}
ZERO, ONES = np.zeros(3), np.ones(3)
DERIVATIVES: dict[str, Callable[[Any], Any]] = {
    "grad": lambda f: grad(f)(ZERO),
    "jit of grad": lambda f: jit(grad(f))(ZERO),
    "grad of jit": lambda f: grad(jit(f))(ZERO),
    "vmap of grad": lambda f: vmap(grad(f))(ZERO[None]),
    "jit of vmap of grad": lambda f: jit(vmap(grad(f)))(ZERO[None]),
    "jvp": lambda f: jvp(f, (ZERO,), (ONES,))[1],
    "jit of jvp": lambda f: jit(lambda x, t: jvp(f, (x,), (t,))[1])(ZERO, ONES),
    "vmap of jvp": lambda f: vmap(lambda x, t: jvp(f, (x,), (t,))[1])(ZERO[None], ONES[None]),
    "jvp of vmap": lambda f: jvp(vmap(f), (ZERO[None],), (ONES[None],))[1],
    "jvp of jvp": lambda f: jvp(lambda x: jvp(f, (x,), (ONES,))[1], (ZERO,), (ONES,))[1],
    "hessian": lambda f: hessian(f)(ZERO),
    "jit of hessian": lambda f: jit(hessian(f))(ZERO),
    "grad of grad": lambda f: grad(lambda x: grad(f)(x).sum())(ZERO),
    "hvp": lambda f: hvp(f, (ZERO,), (ONES,)),
}


@pytest.mark.parametrize("function", AT_ZERO)
@pytest.mark.parametrize("way", DERIVATIVES)
def test_there_is_an_error_if_and_only_if_the_derivative_is_nan(function: str, way: str) -> None:
    run = lambda: DERIVATIVES[way](AT_ZERO[function])  # noqa: E731
    plain = run()
    on_the_way = [grad(AT_ZERO[function])(ZERO)] if way == "grad of grad" else []
    if any(np.isnan(found).any() for found in (plain, *on_the_way)):
        assert error_of(run).at is not None
    else:
        np.testing.assert_array_equal(passes(run), plain)


def test_the_table_above_has_both_kinds() -> None:
    found = {np.isnan(DERIVATIVES["hessian"](fun)).any().item() for fun in AT_ZERO.values()}
    assert found == {True, False}


# --- NaN that come in ------------------------------------------------------------------------------

HOLES = np.array([1.0, np.nan, 3.0])


def test_nan_in_an_argument_is_named_where_it_is_computed_with() -> None:
    def fun(data: Any) -> Any:
        rest = data[1:]
        return (data * 2.0).sum() + rest.sum()  # at: came

    error = error_of(lambda: grad(fun)(HOLES))
    assert str(error) == (
        "debug_nans: `data` of `multiply` holds NaN that no operation made.\n"
        "  expected  numbers in arguments, constants, and arrays that the function closes over\n"
        "  got       NaN in 1 of 3 elements of a float64[3], first at [1]\n"
        f"  at        {place(__file__, 'came', 'fun')}\n"
        "  try       replace such elements before they are used, as in np.where(np.isnan(x), 0.0, x), "
        "or leave them out"
    )


@pytest.mark.parametrize("way", ["vjp", "jvp", "vmap", "jit", "jit of grad", "closed over"])
def test_nan_that_comes_in_some_other_way(way: str) -> None:
    fun = lambda x: (x * 2.0).sum()  # noqa: E731
    runs: dict[str, Callable[[], Any]] = {
        "vjp": lambda: vjp(fun, HOLES),
        "jvp": lambda: jvp(fun, (HOLES,), (np.ones(3),)),
        "vmap": lambda: vmap(lambda x: x * 2.0)(HOLES),
        "jit": lambda: jit(fun)(HOLES),
        "jit of grad": lambda: jit(grad(fun))(HOLES),
        "closed over": lambda: grad(lambda y: (y * HOLES).sum())(1.0),
    }
    assert "of `multiply` holds NaN that no operation made" in error_of(runs[way]).headline


@pytest.mark.parametrize(
    "clean",
    [
        lambda x: np.where(np.isnan(x), 0.0, x).sum(),
        lambda x: np.nan_to_num(x).sum(),
        lambda x: x[~np.isnan(x)].sum(),
        lambda x: np.concatenate([x[:1], x[2:]]).reshape(2, 1).T.sum(),
        lambda x: x.copy()[::2].sum(),
    ],
)
def test_nan_that_are_moved_and_left_out_are_fine(clean: Any) -> None:
    assert np.isfinite(passes(lambda: grad(clean)(HOLES))).all()


def test_tangents_and_cotangents_that_were_given() -> None:
    error = error_of(lambda: vjp(np.sin, 1.0)[1](np.nan))
    assert error.headline == "debug_nans: the cotangent that was given holds NaN."
    error = error_of(lambda: jvp(np.sin, (1.0,), (np.nan,)))
    assert error.headline == "debug_nans: the tangent that was given holds NaN."


# --- singular points -------------------------------------------------------------------------------


def protected(x: Any) -> Any:
    root = np.sqrt(x)  # at: singular
    return np.where(x > 0, root, 0.0)


P, Q = np.float64(0.0), np.array([0.0, 4.0])
HIDDEN: dict[str, Callable[[], Any]] = {
    "grad": lambda: grad(protected)(P),
    "vjp": lambda: vjp(protected, P)[1](1.0),
    "jvp": lambda: jvp(protected, (P,), (P,)),
    "jit of grad": lambda: jit(grad(protected))(P),
    "grad of jit": lambda: grad(jit(protected))(P),
    "vmap of grad": lambda: vmap(grad(protected))(Q),
    "grad of vmap": lambda: grad(lambda v: vmap(protected)(v).sum())(Q),
    "jit of vmap of grad": lambda: jit(vmap(grad(protected)))(Q),
    "jvp of jit": lambda: jvp(jit(protected), (P,), (P,)),
    "grad of checkpoint": lambda: grad(checkpoint(protected))(P),
}


@pytest.mark.parametrize("way", HIDDEN)
def test_what_the_strong_zero_hides_is_an_error_if_asked_for(way: str) -> None:
    assert np.isfinite(np.asarray(passes(HIDDEN[way]))).all()
    error = error_of(HIDDEN[way], singular=True)
    assert error.headline == "debug_nans: in the derivative of `sqrt` zero times infinity was taken for zero."
    assert str(error.at) == place(__file__, "singular", "protected")


def test_the_whole_text_of_a_singular_point() -> None:
    error = error_of(lambda: grad(lambda v: protected(v).sum())(Q), singular=True)
    assert str(error) == (
        "debug_nans: in the derivative of `sqrt` zero times infinity was taken for zero.\n"
        "  expected  finite coefficients where a cotangent or tangent is zero (singular=True)\n"
        "  got       a plain product would be NaN in 1 of 2 elements of a float64[2], first at [0]\n"
        f"  at        {place(__file__, 'singular', 'protected')}\n"
        "  try       no change, if 0 is what you want there; else keep its operand away from the point where "
        "the derivative is infinite, as in np.sqrt(np.where(x > 0, x, 1.0)) or np.sqrt(x + tiny)"
    )


def test_a_derivative_without_singular_points_passes() -> None:
    fun = lambda x: np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0).sum()  # noqa: E731
    np.testing.assert_array_equal(passes(lambda: grad(fun)(Q), singular=True), [0.0, 0.25])
    np.testing.assert_array_equal(passes(lambda: jit(grad(fun))(Q), singular=True), [0.0, 0.25])


# --- the block -------------------------------------------------------------------------------------


def test_without_the_block_nothing_is_said() -> None:
    def unchecked() -> None:
        assert np.isfinite(grad(logarithm)(X))
        assert np.isnan(vmap(logarithm)(V)).all()
        assert np.isnan(jit(logarithm)(X))
        assert np.isnan(fnp.log(-1.0))

    unchecked()
    with pytest.raises(ZeroDivisionError), debug.debug_nans():
        raise ZeroDivisionError
    unchecked()


def test_the_block_holds_for_its_own_thread() -> None:
    found: list[Any] = []
    with debug.debug_nans():
        thread = threading.Thread(target=lambda: found.append(jit(logarithm)(X)))
        thread.start()
        thread.join()
        assert error_of(lambda: jit(logarithm)(X))
    assert np.isnan(found[0])


def test_blocks_nest_and_end_in_order() -> None:
    with debug.debug_nans(singular=True):
        with debug.debug_nans():
            grad(protected)(P)
        with pytest.raises(NanError):
            grad(protected)(P)


def test_a_block_inside_a_traced_function_sees_what_is_computed_there() -> None:
    def fun(x: Any) -> Any:
        y = np.zeros_like(x)
        with debug.debug_nans():
            y[0] = x[0]  # in-place code goes on as before
            z = np.log(y - 1.0)
        return z.sum()

    for run in (grad, lambda f: lambda x: jvp(f, (x,), (x,))):
        with pytest.raises(NanError):
            run(fun)(V)
    make_jaxpr(fun)(V)  # nothing is computed


def test_programs_compiled_before_are_checked_and_stay_compiled() -> None:
    fun = jit(logarithm)
    fun(X)
    assert error_of(lambda: fun(X)).at is not None
    assert np.isnan(fun(X))
    assert fun.trace_count == 1


def test_donated_arguments_are_left_alone() -> None:
    x = np.ones(3)
    passes(lambda: jit(lambda x: x + 1.0, donate_argnums=0)(x))
    np.testing.assert_array_equal(x, np.ones(3))


def test_the_error_of_a_lambda_names_its_line() -> None:
    call = lambda: grad(lambda x: np.log(x))(-1.0)  # noqa: E731
    assert str(error_of(call).at) == here(call)
