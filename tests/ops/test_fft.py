"""Fourier transforms: what rows of the table do not say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import grad, jacrev, jvp, make_jaxpr, vjp, vmap
from funcgrad.errors import MutationError, UnsupportedError
from tests.mock_device import counting, to_mock

X = np.linspace(-1.0, 2.0, 12).reshape(3, 4)
Z = X + 1j * X[::-1]


def traced(fun: Callable[..., Any], x: Any = X) -> Any:
    return vjp(fun, x)[0]


# --- arguments -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.fft.fft(x, n=0),
        lambda x: np.fft.fft(x, norm="both"),
        lambda x: np.fft.fft(x, axis=2),
        lambda x: np.fft.fft(x, n=3, axis=-3),
        lambda x: np.fft.fft(x, n=2.5),
        lambda x: np.fft.irfft(x, axis=7),
        lambda x: np.fft.irfft(x[:, :1]),
        lambda x: np.fft.hfft(x, norm=""),
        lambda x: np.fft.fftn(x, s=(2,), axes=(0, 1)),
        lambda x: np.fft.fftn(x, s=(2, 0), axes=(0, 1)),
        lambda x: np.fft.fftn(x, axes=(0, 2)),
        lambda x: np.fft.fftn(x, axes=1),
        lambda x: np.fft.rfftn(x, axes=()),
        lambda x: np.fft.irfftn(x, axes=()),
        lambda x: np.fft.fftshift(x, axes=2),
        lambda x: np.fft.rfft(x * 1j),
        lambda x: np.fft.fft(x, out=np.zeros_like(x, shape=(3, 5), dtype=complex)),
        lambda x: np.fft.fft(x, out=np.zeros_like(x)),
    ],
)
def test_errors_are_numpys(call: Any) -> None:
    with pytest.raises(Exception) as theirs:
        call(X)
    expected = TypeError if issubclass(theirs.type, TypeError) else theirs.type  # NumPy's are private classes
    with pytest.raises(expected):
        traced(call)


@pytest.mark.parametrize("name", ["hfft", "ifft2", "irfft2"])
def test_a_target_that_numpy_leaves_unwritten_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedError, match=rf"fft.{name}: NumPy takes out= here and leaves it unwritten"):
        traced(lambda x: getattr(np.fft, name)(x, out=np.zeros_like(x, dtype=complex)))


def test_a_plain_target_takes_no_traced_result() -> None:
    with pytest.raises(MutationError):
        traced(lambda x: np.fft.fft(x, out=np.zeros((3, 4), complex)))


def test_a_target_of_another_dtype_is_refused_along_several_axes() -> None:
    with pytest.raises(UnsupportedError, match="NumPy rounds to the dtype of out= after each axis"):
        traced(lambda x: np.fft.fftn(x, out=np.zeros_like(x, dtype=np.complex64)))


def test_a_target_of_another_dtype_along_one_axis() -> None:
    expected = np.fft.fft(X, out=np.zeros((3, 4), np.complex64))
    got = traced(lambda x: np.fft.fft(x, out=np.zeros_like(x, dtype=np.complex64)))
    assert got.dtype == np.complex64
    assert np.array_equal(got, expected)


@pytest.mark.parametrize("options", [{"s": (2, 3)}, {"s": (2, None), "axes": (0, 1)}])
def test_deprecated_forms_warn_as_numpys(options: Any) -> None:
    with pytest.warns(DeprecationWarning, match="`"):
        expected = np.fft.fftn(X, **options)
    with pytest.warns(DeprecationWarning, match="`"):
        assert np.array_equal(traced(lambda x: np.fft.fftn(x, **options)), expected)


def test_no_axes_change_nothing() -> None:
    assert np.array_equal(traced(lambda x: np.fft.fftn(x, axes=())), X)
    assert fnp.fft.fftn(2.0).shape == ()
    assert np.array_equal(grad(lambda x: np.fft.fftn(x, axes=()).sum())(X), np.ones((3, 4)))


def test_lists_and_integers_are_numpys() -> None:
    assert np.array_equal(fnp.fft.fft([1, 2, 3]), np.fft.fft([1, 2, 3]))
    assert fnp.fft.fft(np.float32([1, 2])).dtype == np.complex64


# --- derivatives -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "silent"), [(6, [0, 3]), (7, [0]), (1, [0]), (2, [0, 1])])
def test_imaginary_parts_that_irfft_does_not_read_have_no_derivative(n: int, silent: list[int]) -> None:
    z = (np.arange(1.0, 5.0) + 0.5j)[: n // 2 + 1]
    by_imaginary = jacrev(lambda im: np.fft.irfft(z.real + 1j * im, n))(z.imag)
    assert np.flatnonzero(~by_imaginary.any(axis=0)).tolist() == silent
    tangent = jvp(lambda z: np.fft.irfft(z, n), (z,), (1j * np.isin(np.arange(z.size), silent),))[1]
    assert not tangent.any()


def test_the_transposes_are_the_matrices() -> None:
    f = np.fft.fft(np.eye(5))
    assert np.allclose(jacrev(np.fft.fft, holomorphic=True)(np.ones(5, complex)), f)
    assert np.allclose(jacrev(lambda x: np.fft.rfft(x).imag)(np.ones(5)), f[:3].imag)


@pytest.mark.parametrize(
    ("fun", "name"),
    [(np.fft.fftn, "fft"), (np.fft.ifftn, "ifft"), (np.fft.rfftn, "rfft"), (np.fft.irfftn, "irfft")],
)
def test_all_axes_are_one_equation_also_in_batches(fun: Any, name: str) -> None:
    assert [eqn.primitive.name for eqn in make_jaxpr(vmap(fun))(np.ones((2, 3, 4))).eqns] == [name]


# --- devices, imports ------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [np.fft.fftn, np.fft.rfftn])
def test_one_launch_on_a_device(call: Any) -> None:
    with counting() as counted:
        fnp_call = getattr(fnp.fft, call.__name__)
        out = fnp_call(to_mock(X))
    assert (counted["launches"], counted["to_host"], counted["to_device"]) == (1, 0, 0)
    assert np.array_equal(out.get(), call(X))


def test_irfftn_of_what_is_not_hermitian_on_a_device() -> None:
    assert np.allclose(fnp.fft.irfftn(to_mock(Z)).get(), np.fft.irfftn(Z))


def test_a_device_refuses_complex_input_where_numpy_does() -> None:
    with pytest.raises(TypeError):
        fnp.fft.rfft(to_mock(Z))


@pytest.mark.parametrize("use", ["import funcgrad", "import funcgrad.numpy", "import funcgrad.numpy.fft"])
def test_numpy_fft_is_not_imported_before_it_is_used(use: str) -> None:
    """Unless NumPy itself imports it at once."""
    code = f"import sys, numpy; early = 'numpy.fft' in sys.modules; {use}; "
    subprocess.run(
        [sys.executable, "-c", code + "assert early or 'numpy.fft' not in sys.modules"], check=True
    )


def test_the_namespace_before_numpys_is_imported() -> None:
    code = "import funcgrad.numpy as fnp; assert 'rfft' in dir(fnp.fft); "
    code += "assert fnp.fft.fft([1.0, 1.0]).tolist() == [2, 0]"
    subprocess.run([sys.executable, "-c", code], check=True)
