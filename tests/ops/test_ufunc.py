"""The callable that stands for a ufunc: NumPy's keyword arguments, kinds of numbers, and refusals."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import errors, grad, vjp
from funcgrad._src.ops.arithmetic import add, divide
from funcgrad._src.ops.logic import isnat
from funcgrad._src.ops.tables import UFUNCS
from funcgrad._src.ops.trig import sin

X = np.array([0.5, -1.0, 2.0])
MASK = np.array([True, False, True])

# name, function of X, in NumPy's words
FORMS: dict[str, Callable[[Any], Any]] = {
    "dtype": lambda x: np.sin(x, dtype=np.float32),
    "dtype of integers": lambda x: np.multiply(np.arange(3), x, dtype=np.float32),
    "out": lambda x: np.multiply(x, 2.0, out=x * 0.0),
    "out by position": lambda x: np.multiply(x, 2.0, x * 0.0),
    "out in a tuple": lambda x: np.multiply(x, 2.0, out=(x * 0.0,)),
    "out with broadcasting": lambda x: np.add(x, 1.0, out=np.ones((2, 3)) * x),
    "out of another dtype": lambda x: np.add(x, 1.0, out=(x * 0.0).astype(np.float32)),
    "out of two": lambda x: np.modf(x, out=(x * 0.0, None))[0],
    "where": lambda x: np.divide(1.0, x, out=x + 1.0, where=MASK),
    "where out of domain": lambda x: np.log(x, out=x * 1.0, where=x > 0),
    "where by position": lambda x: np.sqrt(x, x * 1.0, where=x > 0),
    "defaults": lambda x: np.exp(x, casting="same_kind", order="K", subok=True),
}


@pytest.mark.parametrize("name", FORMS)
def test_keyword_arguments_mean_what_numpy_means(name: str) -> None:
    fun = FORMS[name]
    expected = fun(X)
    got, pull = vjp(fun, X)
    assert type(got) is type(expected)
    assert got.dtype == expected.dtype
    np.testing.assert_array_equal(got, expected)
    (cotangent,) = pull(np.ones_like(expected))
    assert cotangent.dtype == X.dtype
    assert np.isfinite(cotangent).all()


def test_what_is_masked_out_has_the_targets_derivative() -> None:
    (cotangent,) = vjp(FORMS["where"], X)[1](np.ones(3))
    np.testing.assert_allclose(cotangent, [-4.0, 1.0, -0.25])


def test_an_out_argument_is_returned_and_sees_the_result() -> None:
    def fun(x: Any) -> Any:
        target = x * 0.0
        assert np.multiply(x, x, out=target) is target
        return target[2]

    np.testing.assert_allclose(grad(fun)(X), [0.0, 0.0, 4.0])


# what is called under grad, class of the error, what its text says
REFUSED: dict[str, tuple[Callable[[Any], Any], type[Exception], str]] = {
    "plain target": (lambda x: np.sin(x, out=np.zeros(3)), errors.MutationError, "np.zeros_like"),
    "scalar target": (lambda x: add(x[0], 1.0, out=x[0] * 1.0), errors.ArgumentError, "must be an array"),
    "real target": (lambda x: np.add(x, 1j, out=x * 0.0), errors.DtypeError, "cannot be cast"),
    "where alone": (lambda x: np.sin(x, where=MASK), errors.UnsupportedError, "give out="),
    "casting": (lambda x: np.sin(x, casting="unsafe"), errors.UnsupportedError, "casting='unsafe'"),
    "unknown": (lambda x: sin(x, wheer=MASK), errors.ArgumentError, "'wheer'"),
    "too few": (lambda x: add(x), errors.ArgumentError, "2 operands"),
    "dates": (np.isnat, errors.UnsupportedError, "not dates"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_refused_by_name(name: str) -> None:
    fun, error, text = REFUSED[name]
    with pytest.raises(error) as caught:
        vjp(fun, X)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda fun: fun.reduce([1.0, 3.0, 2.0]),
        lambda fun: fun.accumulate(X),
        lambda fun: fun.reduceat(X, [0, 2]),
        lambda fun: fun.outer([1, 2], X),
    ],
)
@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.maximum, np.logaddexp, np.hypot])
def test_methods_on_plain_arrays_are_numpys(ufunc: Any, call: Callable[[Any], Any]) -> None:
    got, expected = call(UFUNCS[ufunc]), call(ufunc)
    assert type(got) is type(expected)
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("ufunc", [np.add, np.subtract, np.power])
def test_the_method_at_writes_into_plain_arrays(ufunc: Any) -> None:
    got, expected = X.copy(), X.copy()
    assert UFUNCS[ufunc].at(got, [0, 0, 2], 2.0) is None
    ufunc.at(expected, [0, 0, 2], 2.0)
    np.testing.assert_array_equal(got, expected)


SCALARS = [1.5, 2, True, np.float64(0.7), np.float32(0.7), np.int8(3), np.array(0.7), [1.0, 2.0], X]


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("ufunc", [np.add, np.divide, np.power, np.remainder, np.less, np.maximum, np.hypot])
def test_plain_operands_give_what_numpy_gives(ufunc: Any) -> None:
    for first in SCALARS:
        for second in SCALARS:
            if np.shape(first) and np.shape(second) and np.shape(first) != np.shape(second):
                continue
            got, expected = UFUNCS[ufunc](first, second), ufunc(first, second)
            assert type(got) is type(expected)
            assert got.dtype == expected.dtype
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("fun", [np.add, np.multiply, np.maximum, np.arctan2, np.power])
def test_a_ufunc_turns_python_floats_into_numpys(fun: Any) -> None:
    value, pull = vjp(lambda x: fun(x, 2), 3.0)
    assert type(value) is np.float64
    assert type(pull(np.float64(1.0))[0]) is float


def test_an_operator_leaves_python_floats_alone() -> None:
    for fun in (
        lambda x: x + 1,
        lambda x: x**2,
        lambda x: 2.0**x,
        lambda x: x % 2.0,
        lambda x: x // 2.0,
        lambda x: divmod(x, 2.0)[1],
        lambda x: -abs(x) / 3,
    ):
        assert type(vjp(fun, 3.5)[0]) is float


def test_plain_calls_with_keywords_are_numpys() -> None:
    target = np.zeros(3)
    assert divide(1.0, X, out=target, where=X > 0) is target
    np.testing.assert_array_equal(target, [2.0, 0.0, 0.5])
    np.testing.assert_array_equal(isnat(np.array(["NaT"], "M8[s]")), [True])


def test_a_ufunc_pickles_and_has_numpys_attributes() -> None:
    assert pickle.loads(pickle.dumps(add)) is add
    assert (add.nin, add.nout, add.nargs, add.identity) == (2, 1, 3, 0)
    assert repr(sin) == "<funcgrad ufunc 'sin'>"
    assert add.__name__ == "add"


def test_every_ufunc_of_numpy_is_there() -> None:
    ours = {name for name in dir(np) if isinstance(getattr(np, name), np.ufunc)}
    assert {name for name in ours if getattr(np, name) not in UFUNCS} == set()
