"""Unchanged NumPy code finds funcgrad's ops: operators, methods, attributes and protocols of a tracer.

The derivative of every op is the op table's affair; here it is only checked that the value is NumPy's,
kind included, and that something traced comes out where the input is traced.
"""

from __future__ import annotations

import copy
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jvp, vjp, vmap
from funcgrad._src.core.aval import aval_of
from funcgrad._src.core.trace import Tracer
from funcgrad._src.ir.staging import stage
from funcgrad._src.ops.tables import FUNCTIONS, UFUNCS

Use = Callable[[Any], Any]
X = np.array([[1.5, -0.25, 2.0], [0.75, 1.0, -3.0]])
V = np.array([0.5, 2.0, 1.25])
I = np.array([[3, 1, 2], [7, 5, 6]])


def look(use: Use, x: Any) -> Any:
    """What ``use`` gives on a tracer of reverse mode for ``x``."""
    seen: list[Any] = []
    vjp(lambda x: (seen.append(use(x)), x * 1.0)[1], x)
    return seen[0]


def number(value: Any) -> Any:
    """The number behind a tracer; other values as they are."""
    if isinstance(value, tuple):
        return tuple(map(number, value))
    return value.trace.concrete(value) if type(value) is Tracer else value


def same(have: Any, want: Any) -> bool:
    """Equal in type, dtype, shape and bits."""
    if isinstance(want, tuple):
        return len(have) == len(want) and all(map(same, have, want))
    if type(have) is not type(want):
        return False
    if not isinstance(want, (np.ndarray, np.generic)):
        return bool(have == want)
    return have.dtype == want.dtype and have.shape == want.shape and have.tobytes() == want.tobytes()


# --- operators ---------------------------------------------------------------------------------------

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "divmod": divmod,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
OTHERS: dict[str, Any] = {
    "array": V,
    "scalar": np.float64(1.5),
    "float32": np.float32(2.25),  # whose root is exact: scalars and arrays may differ in a last bit
    "float": 1.5,
    "int": 2,
    "list": [1.0, 2.0, 3.0],
}
POINTS: dict[str, Any] = {
    "matrix": np.abs(X),
    "float32 vector": V.astype(np.float32),
    "0-d": np.array(0.5),
    "scalar": np.float64(0.5),
    "float": 0.5,
}
CONTRACTS = {"<", "<=", ">", ">=", "==", "!=", "//"}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("name", BINARY)
def test_binary_operators_give_what_numpy_gives(name: str, other: str, point: str) -> None:
    x, y, op = POINTS[point], OTHERS[other], BINARY[name]
    if not (isinstance(x, float) and isinstance(y, list)):  # Python's own refusal
        assert same(number(look(lambda x: op(x, y), x)), op(x, y))
        assert same(number(look(lambda x: op(y, x), x)), op(y, x))


UNARY: dict[str, Use] = {"-": operator.neg, "+": operator.pos, "abs": abs}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("name", UNARY)
def test_unary_operators_give_what_numpy_gives(name: str, point: str) -> None:
    x = POINTS[point]
    out = look(UNARY[name], x)
    assert type(out) is Tracer
    assert same(number(out), UNARY[name](x))


BITS: dict[str, Callable[[Any, Any], Any]] = {
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "//": operator.floordiv,
    "%": operator.mod,
}


@pytest.mark.parametrize("name", BITS)
def test_operators_of_integers_under_vmap(name: str) -> None:
    op = BITS[name]
    assert same(vmap(lambda i: op(i, 2))(I), op(I, 2))
    assert same(vmap(lambda i: op(9, i))(I), op(9, I))


def test_inversion_and_truth_of_integers() -> None:
    assert same(vmap(lambda i: ~i)(I), ~I)
    assert same(vmap(lambda i: ~(i > 2))(I), ~(I > 2))


@pytest.mark.parametrize("other", [None, "text", ...])
def test_what_is_no_number_is_unequal(other: Any) -> None:
    assert same(look(lambda x: x == other, X), np.zeros((2, 3), bool))
    assert same(look(lambda x: x != other, X), np.ones((2, 3), bool))
    assert look(lambda x: x == other, 2.0) is False
    assert look(lambda x: x != other, 2.0) is True


class Other:
    """A type that opts out of NumPy's operators."""

    __array_ufunc__ = None

    def __rmul__(self, x: Any) -> str:
        return "reflected"

    def __lt__(self, x: Any) -> str:
        return "less"

    def __eq__(self, x: object) -> Any:
        return "equal"

    __hash__ = None  # type: ignore[assignment]


def test_a_type_that_opts_out_of_numpys_operators_is_asked() -> None:
    assert look(lambda x: x * Other(), X) == "reflected"
    assert look(lambda x: x > Other(), X) == "less"
    assert look(lambda x: x == Other(), X) == "equal"


class Wrapped:
    """A foreign array type with NumPy's protocols."""

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return "its own ufunc"

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return "its own function"


def test_a_foreign_array_type_answers_for_itself() -> None:
    assert look(lambda x: np.add(x, Wrapped()), X) == "its own ufunc"
    assert look(lambda x: np.concatenate([x, Wrapped()]), X) == "its own function"


# --- methods and attributes --------------------------------------------------------------------------

METHODS: dict[str, Use] = {
    "sum": lambda x: x.sum(),
    "sum axis": lambda x: x.sum(0),
    "sum keepdims": lambda x: x.sum(axis=-1, keepdims=True),
    "mean": lambda x: x.mean(axis=1),
    "prod": lambda x: x.prod(),
    "max": lambda x: x.max(1),
    "min": lambda x: x.min(),
    "std": lambda x: x.std(axis=0, ddof=1),
    "var": lambda x: x.var(),
    "all": lambda x: x.all(),
    "any": lambda x: x.any(axis=0),
    "argmax": lambda x: x.argmax(),
    "argmin": lambda x: x.argmin(axis=1),
    "cumsum": lambda x: x.cumsum(axis=1),
    "cumprod": lambda x: x.cumprod(),
    "reshape": lambda x: x.reshape(3, 2),
    "reshape tuple": lambda x: x.reshape((-1,)),
    "reshape order": lambda x: x.reshape(3, 2, order="F"),
    "ravel": lambda x: x.ravel(),
    "flatten": lambda x: x.flatten("F"),
    "transpose": lambda x: x.transpose(),
    "transpose axes": lambda x: x.transpose(1, 0),
    "transpose tuple": lambda x: x.transpose((1, 0)),
    "swapaxes": lambda x: x.swapaxes(0, 1),
    "squeeze": lambda x: x[:, None].squeeze(),
    "astype": lambda x: x.astype("float32"),
    "astype int": lambda x: x.astype(int),
    "copy": lambda x: x.copy(),
    "dot": lambda x: x.dot(V),
    "clip": lambda x: x.clip(0, 1),
    "clip keywords": lambda x: x.clip(max=1.0),
    "conj": lambda x: x.conj(),
    "conjugate": lambda x: x.conjugate(),
    "round": lambda x: x.round(1),
    "take": lambda x: x.take([1, 2], axis=1),
    "repeat": lambda x: x.repeat(2, axis=0),
    "diagonal": lambda x: x.diagonal(),
    "nonzero": lambda x: x.nonzero(),
    "matmul": lambda x: x @ V,
    "rmatmul": lambda x: V[:2] @ x,
    "getitem": lambda x: x[1],
    "getitem element": lambda x: x[1, 2],
    "getitem mask": lambda x: x[X > 0],
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "real": lambda x: x.real,
    "imag": lambda x: x.imag,
    "flat": lambda x: x.flat[2],
    "round()": lambda x: round(x[0, 0]),
    "floor": lambda x: math.floor(x[1, 0]),
    "ceil": lambda x: math.ceil(x[1, 0]),
    "trunc": lambda x: math.trunc(x[1, 2]),
    "int": lambda x: int(x[1, 2]),
    "bool": lambda x: bool(x[0, 1]),
    "contains": lambda x: (2.0 in x, 5.0 in x),
    "len": len,
    "shape": lambda x: x.shape,
    "dtype": lambda x: x.dtype,
    "ndim": lambda x: x.ndim,
    "size": lambda x: x.size,
    "itemsize": lambda x: x.itemsize,
    "nbytes": lambda x: x.nbytes,
    "device": lambda x: x.device,
    "flat length": lambda x: len(x.flat),
    "flat elements": lambda x: tuple(x.flat),
    "rows": tuple,
    "np.shape": np.shape,
    "np.ndim": np.ndim,
    "np.size": lambda x: (np.size(x), np.size(x, 1), np.size(x, axis=-2)),
    "np.iscomplexobj": lambda x: (np.iscomplexobj(x), np.isrealobj(x)),
    "np.allclose": lambda x: (np.allclose(x, X + 1e-12), np.allclose(X, x + 1)),
    "np.array_equal": lambda x: (np.array_equal(x, X), np.array_equal(X, x + 1), np.array_equal(x, V)),
    "np.array_equal nan": lambda x: np.array_equal(x * np.nan, X * np.nan, equal_nan=True),
    "np.array_equiv": lambda x: (np.array_equiv(x, [X, X]), np.array_equiv(x, V), np.array_equiv(x, [1, 2])),
    "np.common_type": lambda x: np.common_type(x, np.ones(2, np.complex64)),
    "np.can_cast": lambda x: np.can_cast(x.dtype, np.float32),
    "np.result_type": lambda x: np.result_type(x, np.complex64(1)),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_and_attributes_give_what_numpy_gives(name: str) -> None:
    assert same(number(look(METHODS[name], X)), METHODS[name](X))


def fill(x: Any) -> Any:
    y = x.copy()
    y[0].fill(2.5)
    return y


def sort(x: Any) -> Any:
    y = x.copy()
    y.sort(axis=0)
    return y


def real_part(x: Any) -> Any:
    z = x * (1 + 2j)
    z.real = 3 * x
    z.imag = -1.0
    return z


def flat(x: Any) -> Any:
    y = x.copy()
    y.flat = x[:, 1].copy()[0]
    y.flat[2] = x[0, 0]
    return y


def item_and_operators(x: Any) -> Any:
    y = x.copy()
    y[0, 1:] = 7.0
    y[:, 0] *= x[1, 2]
    y += x
    y -= 1
    y /= 2
    y **= 2
    y //= 0.5
    return y


def rows_and_columns(x: Any) -> Any:
    y = x @ np.eye(3)
    y @= np.ones((3, 3))
    y.T[1] = 0.5
    return y


def onto_a_plain_array(x: Any) -> Any:
    y = np.zeros(3)
    for row in x:
        y += row
    y -= 1
    y[0] = 5.0
    return y


WRITES: list[Use] = [fill, onto_a_plain_array, real_part, flat, item_and_operators, rows_and_columns]


@pytest.mark.parametrize("function", WRITES, ids=lambda f: f.__name__)
def test_writes_have_numpys_effect(function: Use) -> None:
    assert same(number(look(function, X)), function(X))


LATE: dict[str, Use] = {
    "argsort": lambda x: x.argsort(axis=0),
    "argpartition": lambda x: x.argpartition(1)[:, 1],
    "compress": lambda x: x.compress([True, False, True], axis=1),
    "searchsorted": lambda x: (x[0] * 0).searchsorted(0.5),
    "sort": sort,
}


@pytest.mark.parametrize("use", LATE.values(), ids=LATE)
def test_methods_whose_ops_are_read_when_they_are_asked_for(use: Use) -> None:
    assert same(number(look(use, X)), use(X))


def test_writing_without_writing() -> None:
    out = look(lambda x: x.at[0, 1].set(x[1, 1]), X)
    assert type(out) is Tracer
    assert number(out)[0, 1] == X[1, 1]


@pytest.mark.parametrize("module", [copy.copy, copy.deepcopy])
def test_copies_are_traced(module: Use) -> None:
    out = look(module, X)
    assert type(out) is Tracer
    assert same(number(out), X)


def test_a_table_of_tracers() -> None:
    """Tracers are told apart by identity in sets and dicts, though == is elementwise."""
    assert look(lambda x: {x: 1}[x], X) == 1
    assert look(lambda x: len({x, x}), X) == 1


def test_python_decides_by_the_number() -> None:
    assert grad(lambda x: x * x if x > 1 else -x)(3.0) == 6.0
    assert grad(lambda x: x * x if x > 1 else -x)(0.5) == -1.0
    assert jvp(lambda x: x * 2 if bool(x) else x, (3.0,), (1.0,)) == (6.0, 2.0)
    assert grad(lambda x: grad(lambda y: y * y * x if y > x else y)(2.0))(1.0) == 4.0


def test_a_number_without_derivative_may_leave() -> None:
    def loss(x: Any) -> Any:
        return x * float(x > 1) * np.sum(np.asarray(x > 0))

    assert grad(loss)(2.0) == 1.0


# --- text --------------------------------------------------------------------------------------------


def test_the_text_shows_number_aval_and_transform() -> None:
    assert look(repr, np.array([1.0, 2.0])) == "Tracer(array([1., 2.]), float64[2], vjp)"
    assert look(str, 2.5) == "Tracer(2.5, float, vjp)"
    assert look(lambda x: f"{x:.2f}|{x}|{x:>6}", 2.5) == "2.50|2.5|   2.5"
    assert look(np.array_repr, np.ones(1)) == "Tracer(array([1.]), float64[1], vjp)"


def test_the_text_without_a_number() -> None:
    seen: list[str] = []
    stage(lambda x: [seen.append(f"{x!r} {x:.2f}"), x * 1.0][1:], [np.ones(2)])
    vmap(lambda x: (seen.append(repr(x)), x)[1])(np.ones((3, 2)))
    assert seen == ["Tracer(unknown, float64[2], make_jaxpr) unknown", "Tracer(unknown, float64[2], vmap)"]


# --- NumPy's protocols -------------------------------------------------------------------------------

CALLS: dict[str, Use] = {
    "a ufunc": np.sin,
    "a ufunc of two": lambda x: np.multiply(V, x),
    "a ufunc and a list": lambda x: np.add([1.0, 2.0, 3.0], x),
    "a ufunc and numbers": lambda x: np.maximum(x, 0),
    "a ufunc with dtype": lambda x: np.add(x, 1, dtype="float32"),
    "reduce": lambda x: np.add.reduce(x),
    "reduce axis": lambda x: np.add.reduce(x, axis=1, keepdims=True),
    "reduce maximum": lambda x: np.maximum.reduce(x, axis=None),
    "reduce multiply": lambda x: np.multiply.reduce(x),
    "accumulate": lambda x: np.add.accumulate(x),
    "outer": lambda x: np.multiply.outer(x, V),
    "matmul": lambda x: np.matmul(x, V),
    "a function": np.sum,
    "a function of a list": lambda x: np.concatenate([x, X]),
    "stack": lambda x: np.stack([x, x, X]),
    "where": lambda x: np.where(X > 0, x, 0),
    "einsum": lambda x: np.einsum("ij,j->i", x, V),
    "linalg": lambda x: np.linalg.norm(x),
    "zeros_like": np.zeros_like,
}


@pytest.mark.parametrize("name", CALLS)
def test_numpys_functions_give_what_numpy_gives(name: str) -> None:
    assert same(number(look(CALLS[name], X)), CALLS[name](X))


def test_a_ufunc_of_a_python_number_gives_a_numpy_scalar() -> None:
    out = look(np.negative, 2.0)
    assert same(number(out), np.float64(-2.0))
    assert look(lambda x: np.add(x, 1).dtype, 2.0) == np.float64


def test_result_type_knows_that_python_numbers_are_weak() -> None:
    assert look(lambda x: np.result_type(x, np.float32), 2.0) == np.float32
    assert look(lambda x: np.result_type(x, np.float32), np.float64(2.0)) == np.float64


def test_every_op_stands_for_a_numpy_object() -> None:
    assert all(isinstance(ufunc, np.ufunc) for ufunc in UFUNCS)
    assert all(callable(function) for function in FUNCTIONS)


def test_avals_pass_through_the_operators() -> None:
    assert str(look(lambda x: aval_of(x * 2), np.ones((2, 3), np.float32))) == "float32[2,3]"
    assert str(look(lambda x: aval_of(x * 2), 1.0)) == "float"
