"""checking_leaks: who holds a traced value that should be gone, and no complaint where nobody does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from funcgrad import (
    checkpoint,
    custom_vjp,
    debug,
    eval_shape,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacrev,
    jit,
    jvp,
    linear_transpose,
    linearize,
    make_jaxpr,
    tree,
    value_and_grad,
    vjp,
    vmap,
)
from funcgrad.errors import LeakedTracerError
from tests.error_texts import WAYS, here, place

X, V = np.float64(2.0), np.array([2.0, 3.0])
KEPT: list[Any] = []
TABLE: dict[str, Any] = {}


class Model:
    last: Any = None


class Slotted:
    __slots__ = ("last",)


MODEL, SLOTTED = Model(), Slotted()


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    yield
    KEPT.clear()
    TABLE.clear()
    MODEL.last = Model.last = SLOTTED.last = None


def error_of(call: Callable[[], Any]) -> LeakedTracerError:
    with pytest.raises(LeakedTracerError) as caught, debug.checking_leaks():
        call()
    return caught.value


# --- holders ---------------------------------------------------------------------------------------


def keeps_an_argument(x: Any) -> Any:
    KEPT.append(x)
    return x * x


def keeps_a_value(x: Any) -> Any:
    KEPT.append(3.0 * x)  # at: made
    return x * x


def keeps_in_a_dict(x: Any) -> Any:
    TABLE["w"] = [{"b": x}]
    return x * x


def keeps_as_an_attribute(x: Any) -> Any:
    MODEL.last = x
    return x * x


def keeps_as_a_class_attribute(x: Any) -> Any:
    Model.last = (x,)
    return x * x


def keeps_in_a_slot(x: Any) -> Any:
    SLOTTED.last = x
    return x * x


def keeps_in_a_function(x: Any) -> Any:
    KEPT.append(lambda y: x * y)
    return x * x


def keeps_in_a_generator(x: Any) -> Any:
    def later() -> Iterator[Any]:
        y = x + 1.0
        yield 0
        yield y

    KEPT.append(later())
    next(KEPT[0])
    return x * x


def keeps_a_default(x: Any) -> Any:
    def inner(y: Any = x) -> Any:
        return y

    TABLE["f"] = inner
    return x * x


GLOBAL = f"the global `KEPT` of `{__name__}`"
TABLE_ = f"the global `TABLE` of `{__name__}`"
HOLDERS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a list": (keeps_an_argument, f"item 0 of a list, in {GLOBAL}"),
    "a dict": (
        keeps_in_a_dict,
        f"item 'b' of a dict, in item 0 of a list, in item 'w' of a dict, in {TABLE_}",
    ),
    "an attribute": (
        keeps_as_an_attribute,
        f"attribute `last` of a `Model`, in the global `MODEL` of `{__name__}`",
    ),
    "a slot": (keeps_in_a_slot, f"attribute `last` of a `Slotted`, in the global `SLOTTED` of `{__name__}`"),
    "a function": (
        keeps_in_a_function,
        f"a free variable or default of `<lambda>`, in item 0 of a list, in {GLOBAL}",
    ),
    "a generator": (
        keeps_in_a_generator,
        f"a local variable of the generator `later`, in item 0 of a list, in {GLOBAL}",
    ),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_the_holder_is_named(holder: str) -> None:
    fun, words = HOLDERS[holder]
    error = error_of(lambda: grad(fun)(X))
    assert error.got is not None
    assert error.got.endswith(f", held by {words}")


@pytest.mark.parametrize("fun", [keeps_as_a_class_attribute, keeps_a_default])
def test_other_holders_are_found(fun: Any) -> None:
    assert "held by" in str(error_of(lambda: grad(fun)(X)))


def test_the_whole_text() -> None:
    assert str(error_of(lambda: grad(keeps_a_value)(X))) == (
        "checking_leaks: `grad` has ended, but a traced value of it is still held.\n"
        "  expected  no traced value outside the function that is traced\n"
        f"  got       a tracer of float64, made at {place(__file__, 'made', 'keeps_a_value')}, "
        f"held by item 0 of a list, in {GLOBAL}\n"
        f"  at        {place(__file__, 'made', 'keeps_a_value')}\n"
        "  try       return the value from the function instead of storing it; "
        "has_aux=True returns extra values beside the result"
    )


def test_the_text_for_an_argument() -> None:
    call = lambda: vmap(keeps_an_argument)(V)  # noqa: E731
    error = error_of(call)
    assert error.got == f"a tracer of float64, an argument, held by item 0 of a list, in {GLOBAL}"
    assert str(error.at) == here(call)


@pytest.mark.parametrize("way", WAYS)
def test_the_line_is_named_under_every_transformation(way: str) -> None:
    error = error_of(lambda: WAYS[way].run(keeps_a_value))
    assert f" of a list, in {GLOBAL}" in str(error)
    if way != "vmap":
        assert f"`{WAYS[way].inner}` has ended" in str(error)
    assert str(error.at) == place(__file__, "made", "keeps_a_value")


def test_a_local_variable_of_the_caller() -> None:
    kept: list[Any] = []
    last: Any = None

    def append(x: Any) -> Any:
        kept.append(x)
        return x * x

    def assign(x: Any) -> Any:
        nonlocal last
        last = x
        return x * x

    this = "test_a_local_variable_of_the_caller"
    assert f"held by item 0 of a list, in the local variable `kept` of `{this}`" in str(
        error_of(lambda: grad(append)(X))
    )
    kept.clear()
    assert f"held by the local variable `last` of `{this}`" in str(error_of(lambda: grad(assign)(X)))


def test_a_closure_that_nobody_else_names() -> None:
    def make() -> Callable[[Any], Any]:
        kept: list[Any] = []

        def fun(x: Any) -> Any:
            kept.append(x)
            return x * x

        return fun

    closure = make()
    error = error_of(lambda: grad(closure)(X))
    assert "held by item 0 of a list, in a free variable or default of `fun`, in the local variable" in str(
        error
    )


def test_a_value_of_an_outer_transformation_may_be_held_while_that_runs() -> None:
    def outer(x: Any) -> Any:
        seen = [x, x * 2.0]
        inner = grad(lambda y: y * seen[1])(x)
        return inner * seen[0]

    with debug.checking_leaks():
        assert grad(outer)(X) == 8.0


# --- nothing is held -------------------------------------------------------------------------------


@tree.register_dataclass
@dataclass
class Params:
    w: Any
    b: Any


def pair(x: Any) -> Any:
    return x * x, {"half": x / 2.0}


def fails(x: Any) -> Any:
    raise ZeroDivisionError


relu = custom_vjp(lambda x: np.maximum(x, 0.0))
relu.defvjp(lambda x: (relu(x), x), lambda x, g: (np.where(x > 0, g, 0.0),))
compiled = jit(lambda x: np.sin(x) * x)


def writes_in_place(x: Any) -> Any:
    y = np.zeros_like(x)
    y[0] = x[1]
    view = y[:1]
    view *= 2.0
    return y.sum()


CLEAN: dict[str, Callable[[], Any]] = {
    "has_aux": lambda: value_and_grad(pair, has_aux=True)(X),
    "vjp with aux": lambda: vjp(pair, X, has_aux=True)[1](1.0),
    "hessian": lambda: hessian(lambda v: (v**3).sum())(V),
    "jacobians": lambda: (jacfwd(np.sin)(V), jacrev(np.sin)(V)),
    "hvp": lambda: hvp(lambda v: (v**3).sum(), (V,), (V,)),
    "linearize": lambda: linearize(np.sin, X)[1](1.0),
    "linear_transpose": lambda: linear_transpose(lambda t: 3.0 * t, 1.0)(2.0),
    "jit of vmap of grad of jit": lambda: jit(vmap(grad(compiled)))(V),
    "a compiled function twice": lambda: (grad(compiled)(X), grad(compiled)(X)),
    "a closure over a traced value": lambda: grad(lambda x: vmap(lambda y: x * y)(V).sum())(X),
    "jit of a closure over a traced value": lambda: grad(lambda x: jit(lambda y: x * y)(V).sum())(X),
    "vjp inside grad": lambda: grad(lambda x: vjp(lambda y: x * y * y, x)[1](1.0)[0])(X),
    "checkpoint": lambda: grad(lambda x: checkpoint(lambda y: np.sin(x * y))(x))(X),
    "a rule of one's own": lambda: jit(grad(lambda x: relu(x) * x))(X),
    "dataclasses": lambda: grad(lambda p: (p.w * p.b).sum())(Params(V, X)),
    "in place": lambda: (grad(writes_in_place)(V), jit(writes_in_place)(V)),
    "programs": lambda: (make_jaxpr(pair)(X), eval_shape(pair, X)),
    "callbacks": lambda: jit(lambda x: debug.callback(str, x) or x)(X),
    "method": lambda: grad(Holder().loss)(X),
}


class Holder:
    """Its method uses a value that the instance keeps, a plain one."""

    def __init__(self) -> None:
        self.scale = 2.0

    def loss(self, x: Any) -> Any:
        scaled = [x * self.scale for _ in range(2)]
        return scaled[0] * scaled[1]


@pytest.mark.parametrize("case", CLEAN)
def test_nothing_is_said_where_nothing_is_held(case: str) -> None:
    with debug.checking_leaks():
        CLEAN[case]()


def test_a_call_that_fails_is_not_checked() -> None:
    """The error that is under way holds the frames, and with them the values."""
    with debug.checking_leaks():
        for run in (grad(fails), jit(fails), vmap(fails)):
            with pytest.raises(ZeroDivisionError):
                run(V if run.transform == "vmap" else X)
        assert grad(lambda x: x * x)(X) == 4.0


def test_results_are_those_without_the_check() -> None:
    with debug.checking_leaks():
        checked = jit(vmap(grad(compiled)))(V)
    np.testing.assert_array_equal(checked, vmap(grad(compiled))(V))


def test_with_debug_nans() -> None:
    with debug.checking_leaks(), debug.debug_nans():
        assert grad(lambda x: x * x)(X) == 4.0
        for run in (grad, vmap, lambda f: lambda x: jvp(f, (x,), (x,))):
            with pytest.raises(LeakedTracerError):
                run(keeps_a_value)(V if run is vmap else X)
            KEPT.clear()


# --- the block -------------------------------------------------------------------------------------


def test_outside_of_the_block_a_value_may_be_held_until_it_is_used() -> None:
    with pytest.raises(ZeroDivisionError), debug.checking_leaks():
        raise ZeroDivisionError
    assert grad(keeps_a_value)(X) == 4.0
    with pytest.raises(LeakedTracerError, match="was used after"):
        KEPT[0] + 1.0


def test_the_block_holds_for_its_own_thread() -> None:
    found: list[Any] = []
    with debug.checking_leaks():
        thread = threading.Thread(target=lambda: found.append(grad(keeps_a_value)(X)))
        thread.start()
        thread.join()
    assert found == [4.0]
