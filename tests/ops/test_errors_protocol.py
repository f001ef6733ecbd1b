"""What Python and NumPy may not do with a traced value: each refusal by class and by its whole text."""

from __future__ import annotations

import asyncio
import math
import operator
import pickle
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special

from funcgrad import grad, jvp, vmap
from funcgrad._src.base.errors import (
    ConcretizationError,
    CutGradientError,
    DtypeError,
    FuncgradError,
    LeakedTracerError,
    MissingRuleError,
    UnsupportedError,
    WrongThreadError,
)
from funcgrad._src.core.trace import Tracer
from funcgrad._src.ir.staging import stage
from funcgrad._src.ops.tables import UFUNCS

Use = Callable[[Any], Any]


def under_grad(use: Use, x: Any = 2.0) -> None:
    """Call ``use`` on a tracer of reverse mode."""

    def loss(x: Any) -> Any:
        use(x)
        return x * 1.0

    grad(loss)(x)


def under_jvp(use: Use) -> None:
    """Call ``use`` on a tracer of forward mode."""
    jvp(lambda x: (use(x), x * 1.0)[1], (2.0,), (1.0,))


def under_vmap(use: Use, dtype: str = "float64") -> None:
    """Call ``use`` on a tracer of a batch."""
    vmap(lambda x: (use(x), x * 1)[1])(np.ones(3, dtype))


def under_staging(use: Use, dtype: str = "float64") -> None:
    """Call ``use`` on a tracer without a number."""
    stage(lambda x: [use(x), x * 1][1:], [np.dtype(dtype).type(1)])


def text_of(run: Callable[..., None], use: Use, *args: Any) -> str:
    """The class and the text of the error, without the line that tells the place."""
    with pytest.raises((FuncgradError, TypeError)) as caught:
        run(use, *args)
    lines = [line for line in str(caught.value).splitlines() if not line.startswith("  at ")]
    return "\n".join([type(caught.value).__name__, *lines])


CUT = """CutGradientError
{what} would cut the gradient: `grad` cannot follow {made}.
  expected  NumPy functions and operators on the traced value itself
  got       a tracer of float
  try       {hint}; stop_gradient(x) first, if the gradient is to stop here"""
STAY = "keep x as it is: np.sin(x) in place of math.sin(x), x in place of float(x)"
STACK = "np.stack([x, y]) or funcgrad.numpy.array([x, y]), and x in place of np.asarray(x)"

NUMBER, ARRAY = "a plain number", "a plain array"
ASARRAY = "np.asarray(x) or np.array([x])"
CUTS: dict[str, tuple[Use, str, str, str]] = {
    "float": (float, "float(x)", NUMBER, STAY),
    "math": (math.sin, "float(x)", NUMBER, STAY),
    "complex": (complex, "complex(x)", NUMBER, STAY),
    "item": (lambda x: x.item(), "x.item()", NUMBER, "index instead: x[()], x[i, j]"),
    "tolist": (lambda x: x.tolist(), "x.tolist()", "plain numbers", "list(x) gives traced rows"),
    "asarray": (np.asarray, ASARRAY, ARRAY, STACK),
    "array of a list": (lambda x: np.array([x, 1.0]), ASARRAY, ARRAY, STACK),
    "full": (lambda x: np.full(2, x), ASARRAY, ARRAY, STACK),
    "float64": (np.float64, ASARRAY, ARRAY, STACK),
}


@pytest.mark.parametrize("name", CUTS)
def test_a_number_that_would_leave_without_its_derivative(name: str) -> None:
    use, what, made, hint = CUTS[name]
    assert text_of(under_grad, use) == CUT.format(what=what, made=made, hint=hint)


def test_forward_mode_cuts_nothing_either() -> None:
    assert "`jvp` cannot follow a plain number" in text_of(under_jvp, float)


def test_an_inner_derivative_is_not_cut_by_an_outer_number() -> None:
    """Under two derivatives the outer one counts as well."""
    with pytest.raises(CutGradientError):
        grad(lambda x: grad(lambda y: y * float(x))(1.0))(2.0)


STATIC = "; or mark the argument with static_argnums"
TRUTH = "np.where(condition, a, b)" + STATIC
LENGTH = "take lengths from x.shape, or index with the array itself: a[i], np.take(a, i)" + STATIC
ABSTRACT = """ConcretizationError
{what}: Python needs the value of a traced array, but under `make_jaxpr` it has no value while it is traced.
  expected  a value that is the same in every call
  got       a tracer of {aval}
  try       {hint}"""
BATCH = """ConcretizationError
{what}: Python needs the value of a traced array, but under `vmap` it has another value for each example.
  expected  one value
  got       a tracer of {aval}
  try       {hint}"""

WITHOUT_VALUE: list[tuple[Callable[..., None], str, Use, str, str, str]] = [
    (under_staging, ABSTRACT, bool, "`if x:` or bool(x)", "float64", TRUTH),
    (under_staging, ABSTRACT, lambda x: 1 if x > 0 else 2, "`if x:` or bool(x)", "bool_", TRUTH),
    (under_staging, ABSTRACT, int, "int(x)", "float64", LENGTH),
    (under_staging, ABSTRACT, range, "an index or a length", "int64", LENGTH),
    (under_staging, ABSTRACT, operator.index, "an index or a length", "int64", LENGTH),
    (
        under_staging,
        ABSTRACT,
        float,
        "float(x)",
        "float64",
        STAY + STATIC,
    ),
    (
        under_vmap,
        BATCH,
        bool,
        "`if x:` or bool(x)",
        "float64",
        "np.where(condition, a, b) chooses for each example",
    ),
    (
        under_vmap,
        BATCH,
        range,
        "an index or a length",
        "int64",
        "index with the array itself: a[i], np.take(a, i); a length must be the same for all examples",
    ),
    (under_vmap, BATCH, math.sin, "float(x)", "float64", STAY),
]


@pytest.mark.parametrize("row", WITHOUT_VALUE, ids=lambda row: f"{row[0].__name__} {row[3]} {row[4]}")
def test_a_value_that_python_asks_for_and_nobody_has(row: Any) -> None:
    run, text, use, what, aval, hint = row
    dtype = "int64" if aval == "int64" else "float64"
    assert text_of(run, use, dtype) == text.format(what=what, aval=aval, hint=hint)


def test_a_derivative_inside_a_batch_has_no_value_either() -> None:
    with pytest.raises(ConcretizationError):
        vmap(grad(lambda x: x * 1.0 if bool(x) else x))(np.ones(3))


MISSING_HINT = (
    "put the call into a function with custom_vjp or custom_jvp, which give its derivative; "
    "or pass stop_gradient(x), if none is wanted"
)
MISSING: dict[str, tuple[Use, str]] = {
    "a ufunc of NumPy": (np.conjugate, "np.conjugate has no rule for traced values."),
    "a ufunc of SciPy": (scipy.special.smirnov, "The ufunc `_smirnovp` has no rule for traced values."),
    "a function": (
        lambda x: np.lib.stride_tricks.sliding_window_view(x, 1),
        "np.lib.stride_tricks.sliding_window_view has no rule for traced values.",
    ),
}


@pytest.mark.parametrize("name", MISSING)
def test_a_function_without_a_rule_is_named(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(UFUNCS, np.conjugate, raising=False)
    use, headline = MISSING[name]
    if name == "a ufunc of SciPy":
        use = lambda x: scipy.special._ufuncs._smirnovp(3, x)  # noqa: E731
    assert text_of(under_grad, use) == f"MissingRuleError\n{headline}\n  try       {MISSING_HINT}"


NO_NUMBERS: dict[str, Use] = {
    "objects times x": lambda x: np.array([object()]) * x,
    "x times objects": lambda x: x * np.array([object()]),
    "x times text": lambda x: x * np.array(["a"]),
    "a ufunc of dates": lambda x: np.add(np.array(["2020"], "M8[Y]"), x),
    "x times None": lambda x: x * None,
    "None minus x": lambda x: None - x,
    "x less than text": lambda x: x < "a",
}


@pytest.mark.parametrize("name", NO_NUMBERS)
def test_what_is_no_number_is_refused(name: str) -> None:
    with pytest.raises(DtypeError):
        under_grad(NO_NUMBERS[name])


def test_an_array_subclass_is_refused_by_name() -> None:
    class Sub(np.ndarray):
        pass

    with pytest.raises(DtypeError, match="subclass Sub"):
        under_grad(lambda x: x * np.ones(2).view(Sub))


NUMPYS_OWN: dict[str, tuple[Use, type[Exception], str]] = {
    "iter": (iter, TypeError, "iteration over a 0-d array"),
    "unpack": (lambda x: [*x], TypeError, "iteration over a 0-d array"),
    "len": (len, TypeError, "len() of unsized object"),
    "index": (operator.index, TypeError, "only integer scalar arrays can be converted to a scalar index"),
    "strides": (
        lambda x: x.strides,
        AttributeError,
        "Traced values do not support ndarray.strides: a traced value has no memory of its own to describe.",
    ),
    "misspelt": (lambda x: x.shap, AttributeError, "a traced array has no attribute 'shap'"),
}


@pytest.mark.parametrize("name", NUMPYS_OWN)
def test_what_numpy_refuses_too(name: str) -> None:
    use, error, text = NUMPYS_OWN[name]
    with pytest.raises(error) as caught:
        under_grad(use)
    assert str(caught.value).splitlines()[0] == text


def test_the_truth_of_several_numbers_is_numpys_error() -> None:
    with pytest.raises(ValueError, match="truth value of an array"):
        grad(lambda x: (bool(x), x)[1])(np.ones(2))


def test_a_tracer_is_not_pickled() -> None:
    with pytest.raises(UnsupportedError) as caught:
        under_grad(pickle.dumps)
    assert caught.value.headline == "A traced value of `grad` cannot be pickled or sent to another process."
    assert caught.value.hint == "return it from the function and pickle the result"


def test_the_method_trace_is_taken() -> None:
    with pytest.raises(UnsupportedError) as caught:
        under_grad(lambda x: x.trace())
    assert caught.value.hint == "write np.trace(x) instead"


AFTERWARDS: dict[str, Use] = {
    "an operator": lambda x: x + 1.0,
    "a reflected operator": lambda x: 1.0 - x,
    "a comparison": lambda x: x > 0,
    "equality": lambda x: x == 0,
    "a ufunc": np.negative,
    "an array's operator": lambda x: np.ones(2) * x,
    "bool": bool,
    "float": float,
    "int": int,
    "asarray": np.asarray,
}


@pytest.mark.parametrize("name", AFTERWARDS)
def test_a_leaked_tracer_is_refused(name: str) -> None:
    kept: list[Any] = []
    under_grad(kept.append)
    with pytest.raises(LeakedTracerError, match="was used after `grad` had ended"):
        AFTERWARDS[name](kept[0])
    assert type(kept[0]) is Tracer
    assert repr(kept[0]) == "Tracer(2.0, float, grad)"


@pytest.mark.parametrize("name", AFTERWARDS)
def test_another_thread_is_refused(name: str) -> None:
    found: list[BaseException] = []

    def work(x: Any) -> None:
        try:
            AFTERWARDS[name](x)
        except WrongThreadError as error:
            found.append(error)

    def use(x: Any) -> None:
        thread = threading.Thread(target=work, args=(x,))
        thread.start()
        thread.join()

    under_grad(use)
    assert len(found) == 1


def test_a_task_that_outlives_the_trace_is_refused() -> None:
    async def later(x: Any) -> Any:
        await asyncio.sleep(0)
        return x + 1.0

    async def main() -> Any:
        tasks: list[Any] = []
        under_grad(lambda x: tasks.append(asyncio.create_task(later(x))))
        return await tasks[0]

    with pytest.raises(LeakedTracerError):
        asyncio.run(main())


def test_missing_rules_are_not_implemented_errors() -> None:
    assert issubclass(MissingRuleError, NotImplementedError)


@pytest.mark.parametrize("name", ["getfield", "setflags", "byteswap", "newbyteorder"])
def test_methods_about_memory_are_not_there(name: str) -> None:
    """Code that asks with hasattr gets the answer no."""
    under_grad(lambda x: not hasattr(x, name) or pytest.fail(f"{name} is there"))
