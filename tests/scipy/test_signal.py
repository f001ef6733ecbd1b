"""Convolution and correlation: SciPy's values, and derivatives by both operands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.signal

from funcgrad import grad, jit, jvp, vjp, vmap
from funcgrad.errors import UnsupportedError
from funcgrad.scipy import signal
from funcgrad.testing import check_grads
from tests.mock_device import to_mock

RNG = np.random.default_rng(5)
MODES = ("full", "same", "valid")
SHAPES: list[tuple[Any, Any]] = [
    ((6,), (3,)),
    ((3,), (6,)),
    ((4,), (4,)),
    ((5,), (1,)),
    ((4, 5), (2, 3)),
    ((2, 2), (4, 3)),
    ((3, 4, 2), (2, 2, 2)),
]
FORMS: list[tuple[str, dict[str, Any]]] = [
    ("convolve", {"method": "direct"}),
    ("convolve", {"method": "fft"}),
    ("convolve", {"method": "auto"}),
    ("correlate", {"method": "direct"}),
    ("correlate", {"method": "fft"}),
    ("correlate", {}),
    ("fftconvolve", {}),
    ("oaconvolve", {}),
    ("convolve2d", {}),
    ("correlate2d", {}),
]
CASES = [
    (name, form, shapes, mode)
    for name, form in FORMS
    for shapes in SHAPES
    for mode in MODES
    if not name.endswith("2d") or len(shapes[0]) == 2
]
AXES: list[tuple[Any, Any, Any]] = [
    ((3, 5), (3, 2), 1),
    ((3, 5), (1, 2), -1),
    ((1, 5), (3, 2), (1,)),
    ((5, 2, 4), (3, 2, 2), (2, 0)),
    ((4, 3), (2, 3), [0]),
]


def numbers(shape: Any, dtype: Any = np.float64) -> Any:
    """Random numbers; small integers for an integer dtype."""
    dtype = np.dtype(dtype)
    if dtype.kind in "iu":
        return RNG.integers(0, 9, size=shape).astype(dtype)
    x = RNG.normal(size=shape)
    return (x + 1j * RNG.normal(size=shape)).astype(dtype) if dtype.kind == "c" else x.astype(dtype)


def both(name: str, *args: Any, **form: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Our function and SciPy's of two operands."""

    def ours(a: Any, v: Any) -> Any:
        return getattr(signal, name)(a, v, *args, **form)

    def theirs(a: Any, v: Any) -> Any:
        return getattr(scipy.signal, name)(a, v, *args, **form)

    return ours, theirs


@pytest.mark.parametrize(("name", "form", "shapes", "mode"), CASES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128])
def test_values_are_scipys(name: str, form: Any, shapes: Any, mode: str, dtype: Any) -> None:
    """Bit for bit, plain and traced, in either mode."""
    ours, theirs = both(name, mode, **form)
    a, v = (numbers(shape, dtype) for shape in shapes)
    want = theirs(a, v)
    np.testing.assert_array_equal(ours(a, v), want, strict=True)
    np.testing.assert_array_equal(vjp(ours, a, v)[0], want, strict=True)
    np.testing.assert_array_equal(jvp(ours, (a, v), (a, v))[0], want, strict=True)


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_compiled(name: str, form: Any) -> None:
    ours, theirs = both(name, **form)
    a, v = numbers((5, 4)), numbers((2, 3))
    np.testing.assert_array_equal(jit(ours)(a, v), theirs(a, v), strict=True)


@pytest.mark.parametrize(
    ("name", "form", "shapes", "mode"), [c for c in CASES if c[2] in SHAPES[:2] + SHAPES[4:6]]
)
def test_derivatives(name: str, form: Any, shapes: Any, mode: str) -> None:
    ours, _ = both(name, mode, **form)
    check_grads(ours, tuple(map(numbers, shapes)), order=2)


@pytest.mark.parametrize("name", ["convolve", "correlate", "fftconvolve"])
@pytest.mark.parametrize("mode", MODES)
def test_complex_derivatives(name: str, mode: str) -> None:
    """Correlation conjugates its second operand, and a real one may stand beside a complex one."""
    ours, _ = both(name, mode)
    a, v = numbers((4, 3), complex), numbers((2, 2))
    check_grads(ours, (a, v), order=2)
    check_grads(ours, (numbers((4, 3)), numbers((2, 2), complex)), order=2)


@pytest.mark.parametrize(("left", "right", "axes"), AXES)
@pytest.mark.parametrize("name", ["fftconvolve", "oaconvolve"])
@pytest.mark.parametrize("mode", MODES)
def test_along_axes(left: Any, right: Any, axes: Any, name: str, mode: str) -> None:
    """Other axes broadcast, as SciPy's do."""
    ours, theirs = both(name, mode, axes=axes)
    a, v = numbers(left), numbers(right)
    np.testing.assert_array_equal(vjp(ours, a, v)[0], theirs(a, v), strict=True)
    check_grads(ours, (a, v), order=2)


@pytest.mark.parametrize(("name", "form"), FORMS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("in_axes", [(0, 0), (2, None), (None, 1)])
def test_batched(name: str, form: Any, mode: str, in_axes: Any) -> None:
    """vmap is the loop, up to rounding."""
    ours, theirs = both(name, mode, **form)
    a, v = numbers((5, 4)), numbers((2, 3))
    stacks = [
        x if axis is None else np.stack([x, 2 * x, x - 1], axis=axis)
        for x, axis in zip((a, v), in_axes, strict=True)
    ]
    rows = [
        theirs(
            *(
                x if axis is None else np.take(x, i, axis=axis)
                for x, axis in zip(stacks, in_axes, strict=True)
            )
        )
        for i in range(3)
    ]
    np.testing.assert_allclose(vmap(ours, in_axes=in_axes)(*stacks), np.stack(rows), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("method", ["auto", "direct", "fft"])
def test_integers_beside_traced_floats(method: str) -> None:
    a, v = numbers((6,)), numbers((3,), np.int64)
    ours, theirs = both("convolve", method=method)
    np.testing.assert_array_equal(vjp(lambda a: ours(a, v), a)[0], theirs(a, v), strict=True)
    np.testing.assert_array_equal(jit(ours)(v, v), theirs(v, v), strict=True)


def test_gradient_keeps_float32() -> None:
    a, v = numbers((6,), np.float32), numbers((3,), np.float32)
    assert grad(lambda a: signal.fftconvolve(a, v).sum())(a).dtype == np.float32


def test_numbers_and_nothing() -> None:
    assert vjp(lambda x: signal.convolve(x, 3.0), 2.0)[1](np.float64(1.0)) == (3.0,)
    assert vjp(lambda x: signal.fftconvolve(x, np.ones(0)), np.ones(3))[0].shape == (0,)


@pytest.mark.parametrize("name", ["convolve", "correlate", "fftconvolve"])
def test_on_a_device(name: str) -> None:
    a, v = numbers((5, 4)), numbers((2, 3))
    far = getattr(signal, name)(to_mock(a), to_mock(v), "same")
    np.testing.assert_allclose(far.get(), getattr(scipy.signal, name)(a, v, "same"), rtol=1e-12, atol=1e-12)


WRONG: list[tuple[Any, Any, Any]] = [
    (np.ones(3), np.ones((2, 2)), "full"),
    (np.ones((3, 1)), np.ones((2, 2)), "valid"),
    (np.ones(3), np.ones(2), "most"),
]


@pytest.mark.parametrize("name", ["convolve", "correlate"])
@pytest.mark.parametrize(("a", "v", "mode"), WRONG)
def test_errors_are_scipys(name: str, a: Any, v: Any, mode: str) -> None:
    with pytest.raises(ValueError) as want:
        getattr(scipy.signal, name)(a, v, mode)
    with pytest.raises(ValueError) as have:
        vjp(lambda a: getattr(signal, name)(a, v, mode), a)
    assert str(have.value) == str(want.value)


def test_errors_by_name() -> None:
    with pytest.raises(ValueError, match="Acceptable method flags"):
        grad(lambda a: signal.convolve(a, a, method="magic").sum())(np.ones(3))
    with pytest.raises(UnsupportedError) as error:
        grad(lambda a: signal.convolve2d(a, a, boundary="wrap").sum())(np.ones((3, 3)))
    assert str(error.value).startswith("convolve2d: on traced values there are zeros around a matrix.\n")
