"""Mistakes that compiled programs made once, each in a few lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit
from funcgrad._src.compile import blocks

pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")

RNG = np.random.default_rng(0)
CUBE = RNG.random((50, 50, 50))
SMALL = RNG.random((4, 5))
TALL = RNG.random((1500, 100))
BYTES = np.array([1, 2, 3], np.uint8)
LEAST = np.array([-128, 5], np.int8)
MANY = np.arange(500_000, dtype=np.int32)
HALVES = np.concatenate([np.ones(100_000, np.float16), -np.ones(100_000, np.float16)])
STACK = RNG.random((60, 50, 2, 2)).transpose(1, 0, 2, 3)
SWAPPED = RNG.random((40_000, 30)).astype(">f8")


def two_dims_of_one_axis(x: Any) -> Any:
    q = np.exp(x)
    return q.sum(axis=1, keepdims=True) + q.sum(axis=1)


def repeated_and_turned(v: Any, a: Any, b: Any) -> Any:
    y = np.exp(np.broadcast_to(v[:, None], (6, 6)).T)
    return np.sin(y.T) + a @ b, y


def softmax(x: Any) -> Any:
    y = np.exp(x - x.max(axis=1, keepdims=True))
    return y / y.sum(axis=1, keepdims=True)


def rounded(x: Any) -> Any:
    return np.maximum(np.sin(np.round(x.transpose(0, 2, 1), 2).transpose(0, 2, 1)), 0.5)


# name: function, arguments
CASES: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "turned, three axes": (lambda x: np.exp(x.T) * 2 + 1, [CUBE]),
    "turned, three axes, gradient": (grad(lambda x: np.sum(np.sin(x.T) * np.cos(x.T))), [CUBE]),
    "raveled in Fortran's order": (lambda x: (x * 2).ravel(order="F") @ np.arange(20.0), [SMALL]),
    "two dimensions of one axis": (two_dims_of_one_axis, [TALL]),
    "two dimensions of one axis, summed": (lambda x: np.sin(two_dims_of_one_axis(x)).max(axis=0), [TALL]),
    "the sign of bytes": (lambda x: 2.5 * (-x), [BYTES]),
    "the sign of the least": (lambda x: 2.5 * (-x), [LEAST]),
    "bytes taken away": (lambda x, y: y + (-x), [BYTES, np.ones(3)]),
    "bytes taken away from integers": (lambda x, y: y - (-x), [BYTES, np.ones(3, np.int32)]),
    "quotients of bytes": (lambda x, y: (-x) / (-y), [BYTES, BYTES + np.uint8(1)]),
    "products of signs": (lambda x, y: (-x) * (-y), [BYTES, np.ones(3)]),
    "a sum of another dtype": (lambda x: (x * 2).sum(dtype=np.int8), [MANY]),
    "a product of another dtype": (lambda x: (x * 2 + 1).prod(dtype=np.int32), [MANY]),
    "a sum of bools": (lambda x: (x > 2).sum(dtype=bool), [MANY]),
    "float16 that cancels": (lambda x: (x * 2).sum(), [HALVES]),
    "stacks in another order": (lambda a: np.maximum(a @ a, 0.5), [STACK]),
    "stacks and a matrix": (lambda a, b: np.maximum(a @ b, 0.5), [STACK, RNG.random((2, 2))]),
    "repeated and turned": (
        repeated_and_turned,
        [np.linspace(-1, 1, 6), RNG.random((6, 6)), RNG.random((6, 6))],
    ),
    "rounded, another order": (rounded, [RNG.random((20, 30, 20))]),
    "squares of bools": (lambda x: (x**2) * 100 + (x**2) * 100, [np.array([True] * 3)]),
    "minus zero, complex": (lambda z: np.sqrt(z + (-0.0)), [np.array([complex(-1, -0.0)])]),
    "a batch of one": (softmax, [RNG.random((1, 1000, 500))]),
    "another byte order": (lambda a, b: a @ b, [SWAPPED, RNG.random((30, 4)).astype(">f8")]),
    "another byte order, wide": (lambda a, b: a @ b, [SWAPPED, RNG.random((30, 90)).astype(">f8")]),
}


@pytest.mark.parametrize("small", [False, True], ids=["as it is", "small blocks"])
@pytest.mark.parametrize("name", CASES)
def test_compiled_is_eager(name: str, small: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    function, args = CASES[name]
    if small:
        monkeypatch.setattr(blocks, "BYTES", 1 << 12)
    expected = function(*args)
    compiled = jit(function)
    for _ in range(3):  # the short way, too
        found = compiled(*args)
    pairs = zip(found, expected, strict=True) if isinstance(expected, tuple) else [(found, expected)]
    for got, wanted in pairs:
        assert type(got) is type(wanted)
        assert got.dtype == wanted.dtype
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-15)
        assert np.array_equal(np.signbit(got.imag), np.signbit(wanted.imag)) or got.dtype.kind != "c"


def test_what_is_infinite_in_its_dtype_is_not_finite() -> None:
    """A mask's number that float32 does not hold: the zero beside it wins all the same."""
    m, k = np.array([True, False, True] * 10), np.array([True] * 15 + [False] * 15)
    x = w = np.ones(30, np.float32)

    def f(x: Any, w: Any) -> Any:
        p = np.where(m, 1e300, m.astype(np.float32))
        return np.sum(np.where(k, x * p, np.float32(0)) * w)

    expected = grad(f)(x, w)
    assert not np.isnan(expected[15:]).any()
    assert np.array_equal(jit(grad(f))(x, w)[15:], expected[15:])
