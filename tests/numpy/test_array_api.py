"""funcgrad.numpy beside array_api_strict, the reference of the array API standard: names, signatures, values.

Values are compared bit for bit, called plainly and through jit, on special values too. Where NumPy itself
leaves the standard, the namespace follows NumPy: ``DEVIATIONS`` lists it.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import array_api_strict as strict
import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import jit
from tests.compile.exactness import bits_are_numpys

OLD = not hasattr(np, "__array_namespace_info__")  # NumPy 2.0 rounds integers to floats, and lacks some names
SPACES = {"": (strict, fnp), "linalg": (strict.linalg, fnp.linalg), "fft": (strict.fft, fnp.fft)}
OF_STRICT_ITSELF = {
    "ArrayAPIStrictFlags",
    "Device",
    "__version__",
    "get_array_api_strict_flags",
    "reset_array_api_strict_flags",
    "set_array_api_strict_flags",
}
if OLD:
    OF_STRICT_ITSELF |= {"__array_namespace_info__", "from_dlpack"}
DEVIATIONS = {
    ("fftfreq", "dtype"): "NumPy gives float64",
    ("rfftfreq", "dtype"): "NumPy gives float64",
}


def functions() -> Iterator[tuple[str, str]]:
    """Every function of the standard: its namespace and its name."""
    for space, (theirs, _) in SPACES.items():
        for name in theirs.__all__:
            if isinstance(getattr(theirs, name, None), FunctionType) and name not in OF_STRICT_ITSELF:
                yield space, name


def lacking(space: str, name: str) -> list[str]:
    """The parameters of the standard's function that ours does not take as the standard calls it."""
    theirs, ours = (getattr(module, name) for module in SPACES[space])
    have = list(inspect.signature(ours).parameters.values())
    kinds = {p.kind for p in have}
    by_name = {p.name for p in have if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)}
    by_place = sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in have)
    found = []
    for i, p in enumerate(inspect.signature(theirs).parameters.values()):
        if p.kind is p.POSITIONAL_ONLY:
            fits = i < by_place or p.VAR_POSITIONAL in kinds
        else:
            fits = p.kind is p.VAR_POSITIONAL or p.name in by_name or p.VAR_KEYWORD in kinds
        if not fits and (name, p.name) not in DEVIATIONS:
            found.append(p.name)
    return found


def test_every_name_of_the_standard_is_there() -> None:
    for space, (theirs, ours) in SPACES.items():
        missing = [n for n in theirs.__all__ if n not in OF_STRICT_ITSELF and not hasattr(ours, n)]
        assert missing == [], space
    assert fnp.__array_api_version__ >= "2024.12"


@pytest.mark.parametrize(("space", "name"), list(functions()))
def test_a_function_takes_what_the_standard_gives_it(space: str, name: str) -> None:
    assert lacking(space, name) == []


def test_the_deviations_are_numpys() -> None:
    for name, parameter in DEVIATIONS:
        module = np.fft if "fft" in name else np
        assert parameter not in inspect.signature(getattr(module, name)).parameters


# --- values ----------------------------------------------------------------------------------------

INF, NAN = np.inf, np.nan
PARTS = ((0.0, -0.0, 1.5, -INF, NAN), (0.0, -0.0, -2.0, INF))
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, -3.0, 1e300, 5e-324, INF, -INF, NAN]
SAMPLES: dict[str, Any] = {
    "float64": np.array(SPECIAL),
    "float32": np.array([1e38 if x == 1e300 else x for x in SPECIAL], np.float32),
    "complex128": np.array([complex(a, b) for a in PARTS[0] for b in PARTS[1]]),
    "int64": np.array([0, 1, -1, 2, 7, -8, 62]),
    "uint8": np.array([0, 1, 2, 7, 255], np.uint8),
    "bool": np.array([True, False]),
}


def arity(name: str) -> int:
    """How many operands an elementwise function has."""
    return len(inspect.signature(getattr(strict, name)).parameters)


ELEMENTWISE = {
    "abs", "acos", "acosh", "add", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and",
    "bitwise_invert", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "ceil",
    "conj", "copysign", "cos", "cosh", "divide", "equal", "exp", "expm1", "floor", "floor_divide",
    "greater", "greater_equal", "hypot", "imag", "isfinite", "isinf", "isnan", "less", "less_equal", "log",
    "log10", "log1p", "log2", "logaddexp", "logical_and", "logical_not", "logical_or", "logical_xor",
    "maximum", "minimum", "multiply", "negative", "nextafter", "not_equal", "positive", "pow", "real",
    "reciprocal", "remainder", "round", "sign", "signbit", "sin", "sinh", "sqrt", "square", "subtract",
    "tan", "tanh", "trunc",
}  # fmt: skip


ROUNDING = ("ceil", "floor", "round", "trunc")
ONLY_INTEGERS = ("bitwise_left_shift", "bitwise_right_shift")


def operands(name: str, dtype: str) -> tuple[Any, ...] | None:
    """All pairs of samples (or all samples) of a dtype; None if the standard does not allow it."""
    kind = np.dtype(dtype).kind
    if (kind in "fc" and name in ONLY_INTEGERS) or (OLD and kind not in "fc" and name in ROUNDING):
        return None
    if (name, dtype) == ("sign", "complex128"):  # the reference divides by the modulus, and rounds otherwise
        return None
    x = SAMPLES[dtype]
    args = (x,) if arity(name) == 1 else tuple(np.reshape(a, -1) for a in np.meshgrid(x, x))
    if name.endswith("_shift"):
        args = (args[0], np.abs(args[1]) % 8)
    if name in ("floor_divide", "remainder") and dtype in ("int64", "uint8"):
        args = (args[0], np.where(args[1] == 0, args[1] + 1, args[1]))
    if name == "pow" and dtype in ("int64", "uint8"):
        args = (args[0], np.abs(args[1]) % 5)
    try:
        with warnings.catch_warnings(action="ignore"):
            getattr(strict, name)(*map(strict.asarray, args))
    except TypeError:
        return None
    return args


def plain(result: Any) -> Any:
    """NumPy's arrays in place of the reference's."""
    if isinstance(result, (tuple, list)):
        return tuple(map(plain, result))
    return result._array if hasattr(result, "_array") else result


def assert_same(got: Any, expected: Any, exact: bool = True) -> None:
    expected = plain(expected)
    if isinstance(expected, tuple):
        assert len(got) == len(expected)
        for g, e in zip(got, expected, strict=True):
            assert_same(g, e, exact)
        return
    got, expected = np.asarray(got), np.asarray(expected)
    assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
    if exact:
        assert np.array_equal(got, expected, equal_nan=got.dtype.kind in "fc")
        if got.dtype.kind == "f":
            known = ~np.isnan(expected)
            assert np.array_equal(np.signbit(got)[known], np.signbit(expected)[known])
    else:
        np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("name", "dtype"),
    [(name, dtype) for name in sorted(ELEMENTWISE) for dtype in SAMPLES if operands(name, dtype) is not None],
)
def test_elementwise_values(name: str, dtype: str) -> None:
    args = operands(name, dtype)
    assert args is not None
    expected = getattr(strict, name)(*map(strict.asarray, args))
    function = getattr(fnp, name)
    assert_same(function(*args), expected)
    assert_same(jit(lambda *args: function(*args), engine="numpy")(*args), expected)
    if bits_are_numpys():
        return
    found = np.asarray(jit(lambda *args: function(*args))(*args))
    plain = np.asarray(expected)
    assert (found.dtype, found.shape) == (plain.dtype, plain.shape)
    if found.dtype.kind in "fc":  # machine code promises some ulps
        np.testing.assert_allclose(found, plain, rtol=8 * np.finfo(found.dtype).eps, atol=0)
    else:
        assert np.array_equal(found, plain)


X = np.array([[3.0, -1.0, 2.5], [0.5, 4.0, -2.0]])
CUBE = np.arange(24.0).reshape(2, 3, 4) % 7
SQUARE = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.2], [0.5, -0.2, 2.0]])
COUNTS = np.array([3, 1, 2, 3])
Call = Callable[[Any, Callable[[Any], Any]], Any]
# What is called, with the namespace and a maker of its arrays; jitted if the shape depends on no values.
CALLS: dict[str, Call] = {
    "sum": lambda xp, a: xp.sum(a(X), axis=1, keepdims=True),
    "sum of integers": lambda xp, a: xp.sum(a(COUNTS)),
    "sum dtype": lambda xp, a: xp.sum(a(X), dtype=xp.float32),
    "prod": lambda xp, a: xp.prod(a(X), axis=(0, 1)),
    "mean": lambda xp, a: xp.mean(a(X), axis=0),
    "std": lambda xp, a: xp.std(a(X), correction=1.0),
    "var": lambda xp, a: xp.var(a(X), axis=-1, correction=1, keepdims=True),
    "max": lambda xp, a: xp.max(a(X), axis=0),
    "min": lambda xp, a: xp.min(a(X)),
    "cumulative_sum": lambda xp, a: xp.cumulative_sum(a(X), axis=1, include_initial=True),
    "cumulative_prod": lambda xp, a: xp.cumulative_prod(a(X), axis=0),
    "all": lambda xp, a: xp.all(a(X), axis=0),
    "any": lambda xp, a: xp.any(a(X), keepdims=True),
    "diff": lambda xp, a: xp.diff(a(X), axis=1, n=2, prepend=a(np.zeros((2, 1)))),
    "argmax": lambda xp, a: xp.argmax(a(X), axis=1, keepdims=True),
    "argmin": lambda xp, a: xp.argmin(a(X)),
    "count_nonzero": lambda xp, a: xp.count_nonzero(a(X), axis=0),
    "searchsorted": lambda xp, a: xp.searchsorted(a(np.arange(4.0)), a(X), side="right"),
    "where": lambda xp, a: xp.where(a(X > 0), a(X), a(np.float32([1.0]))),
    "clip": lambda xp, a: xp.clip(a(X), -1, 2.0),
    "sort": lambda xp, a: xp.sort(a(X), axis=0, stable=True),
    "argsort": lambda xp, a: xp.argsort(a(COUNTS), stable=True),
    "take": lambda xp, a: xp.take(a(X), a(np.array([2, 0])), axis=1),
    "take_along_axis": lambda xp, a: xp.take_along_axis(a(X), a(np.array([[0], [2]])), axis=1),
    "concat": lambda xp, a: xp.concat([a(X), a(COUNTS[:3].reshape(1, 3).astype("f4"))], axis=0),
    "concat flat": lambda xp, a: xp.concat((a(X), a(X)), axis=None),
    "stack": lambda xp, a: xp.stack([a(X), a(X)], axis=-1),
    "unstack": lambda xp, a: xp.unstack(a(X), axis=1),
    "broadcast_to": lambda xp, a: xp.broadcast_to(a(X), (2, 2, 3)),
    "broadcast_arrays": lambda xp, a: tuple(xp.broadcast_arrays(a(X), a(X[:, :1]))),
    "expand_dims": lambda xp, a: xp.expand_dims(a(X), axis=1),
    "squeeze": lambda xp, a: xp.squeeze(a(X[:, :1]), axis=1),
    "flip": lambda xp, a: xp.flip(a(CUBE), axis=(0, 2)),
    "moveaxis": lambda xp, a: xp.moveaxis(a(CUBE), (0, 1), (-1, 0)),
    "permute_dims": lambda xp, a: xp.permute_dims(a(CUBE), (2, 0, 1)),
    "repeat": lambda xp, a: xp.repeat(a(X), 2, axis=0),
    "reshape": lambda xp, a: xp.reshape(a(X), (3, -1), copy=True),
    "roll": lambda xp, a: xp.roll(a(CUBE), (1, -2), axis=(0, 2)),
    "tile": lambda xp, a: xp.tile(a(X), (2, 1, 2)),
    "tril": lambda xp, a: xp.tril(a(SQUARE), k=1),
    "triu": lambda xp, a: xp.triu(a(SQUARE), k=-1),
    "meshgrid": lambda xp, a: tuple(xp.meshgrid(a(X[1]), a(X[0]), indexing="ij")),
    "astype": lambda xp, a: xp.astype(a(X), xp.float32),
    "matmul": lambda xp, a: xp.matmul(a(X), a(SQUARE)),
    "matrix_transpose": lambda xp, a: xp.matrix_transpose(a(CUBE)),
    "tensordot": lambda xp, a: xp.tensordot(a(CUBE), a(X), axes=((0, 1), (0, 1))),
    "vecdot": lambda xp, a: xp.vecdot(a(X), a(X), axis=-2),
    "linalg.cholesky": lambda xp, a: xp.linalg.cholesky(a(SQUARE), upper=True),
    "linalg.cross": lambda xp, a: xp.linalg.cross(a(X), a(X[::-1]), axis=-1),
    "linalg.det": lambda xp, a: xp.linalg.det(a(SQUARE)),
    "linalg.diagonal": lambda xp, a: xp.linalg.diagonal(a(CUBE), offset=1),
    "linalg.eigh": lambda xp, a: xp.linalg.eigh(a(SQUARE)),
    "linalg.eigvalsh": lambda xp, a: xp.linalg.eigvalsh(a(SQUARE)),
    "linalg.inv": lambda xp, a: xp.linalg.inv(a(SQUARE)),
    "linalg.matrix_norm": lambda xp, a: xp.linalg.matrix_norm(a(CUBE), ord="nuc", keepdims=True),
    "linalg.matrix_power": lambda xp, a: xp.linalg.matrix_power(a(SQUARE), -2),
    "linalg.matrix_rank": lambda xp, a: xp.linalg.matrix_rank(a(SQUARE), rtol=1e-3),
    "linalg.outer": lambda xp, a: xp.linalg.outer(a(X[0]), a(X[1])),
    "linalg.pinv": lambda xp, a: xp.linalg.pinv(a(X), rtol=1e-9),
    "linalg.qr": lambda xp, a: xp.linalg.qr(a(X), mode="complete"),
    "linalg.slogdet": lambda xp, a: xp.linalg.slogdet(a(SQUARE)),
    "linalg.solve": lambda xp, a: xp.linalg.solve(a(SQUARE), a(X[0])),
    "linalg.svd": lambda xp, a: xp.linalg.svd(a(X), full_matrices=False),
    "linalg.svdvals": lambda xp, a: xp.linalg.svdvals(a(X)),
    "linalg.trace": lambda xp, a: xp.linalg.trace(a(CUBE), offset=-1),
    "linalg.vector_norm": lambda xp, a: xp.linalg.vector_norm(a(X), axis=0, ord=3),
    "fft.fft": lambda xp, a: xp.fft.fft(a(X + 0j), n=4, axis=0, norm="ortho"),
    "fft.ifftn": lambda xp, a: xp.fft.ifftn(a(X + 0j), s=(4, 2), axes=(0, 1)),
    "fft.rfft": lambda xp, a: xp.fft.rfft(a(X)),
    "fft.irfft": lambda xp, a: xp.fft.irfft(a(X + 1j), n=4),
    "fft.hfft": lambda xp, a: xp.fft.hfft(a(X + 1j)),
    "fft.fftshift": lambda xp, a: xp.fft.fftshift(a(X), axes=1),
}
WITHOUT_ARRAYS: dict[str, Callable[[Any], Any]] = {
    "arange": lambda xp: xp.arange(1, 10, 3),
    "linspace": lambda xp: xp.linspace(0.0, 1.0, num=5, endpoint=False),
    "eye": lambda xp: xp.eye(2, 3, k=1),
    "zeros": lambda xp: xp.zeros((2, 3), dtype=xp.float32),
    "ones": lambda xp: xp.ones(4),
    "full": lambda xp: xp.full((2, 2), 7),
    "zeros_like": lambda xp: xp.zeros_like(xp.ones((2, 3), dtype=xp.int64)),
    "full_like": lambda xp: xp.full_like(xp.ones(3), 2.5),
    "fft.fftfreq": lambda xp: xp.fft.fftfreq(5, d=0.5),
}
DEPENDS_ON_VALUES: dict[str, Call] = {
    "nonzero": lambda xp, a: xp.nonzero(a(np.where(X > 0, X, 0.0))),
    "unique_all": lambda xp, a: tuple(xp.unique_all(a(COUNTS))),
    "unique_counts": lambda xp, a: tuple(xp.unique_counts(a(COUNTS))),
    "unique_inverse": lambda xp, a: tuple(xp.unique_inverse(a(COUNTS))),
    "unique_values": lambda xp, a: xp.sort(xp.unique_values(a(COUNTS))),  # in no order
}


def as_it_is(value: Any) -> Any:
    return value


@pytest.mark.parametrize("name", CALLS)
def test_values(name: str) -> None:
    call = CALLS[name]
    expected = call(strict, strict.asarray)
    assert_same(call(fnp, as_it_is), expected)
    given: list[Any] = []
    call(fnp, lambda value: (given.append(value), value)[1])

    def traced(arrays: list[Any]) -> Any:
        left = iter(arrays)
        return call(fnp, lambda value: next(left))

    assert_same(jit(traced)(given), expected, exact=False)


@pytest.mark.parametrize("name", WITHOUT_ARRAYS)
def test_values_of_creation(name: str) -> None:
    assert_same(WITHOUT_ARRAYS[name](fnp), WITHOUT_ARRAYS[name](strict))


@pytest.mark.parametrize("name", DEPENDS_ON_VALUES)
def test_values_whose_shape_depends_on_values(name: str) -> None:
    assert_same(DEPENDS_ON_VALUES[name](fnp, as_it_is), DEPENDS_ON_VALUES[name](strict, strict.asarray))


def test_data_types() -> None:
    assert fnp.isdtype(fnp.float32, "real floating")
    assert fnp.result_type(fnp.float32, np.ones(2)) == np.float64
    assert fnp.can_cast(np.int32, np.int64)


@pytest.mark.skipif(OLD, reason="NumPy 2.1 brought it")
def test_information() -> None:
    assert fnp.__array_namespace_info__().default_dtypes()["real floating"] == np.float64
