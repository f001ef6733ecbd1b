"""Rows for ops/fft.py and ops/fourier.py: the transforms of numpy.fft."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from funcgrad._src.ops.fourier import scale_interior_p
from tests.ops.case import Arg, Case

Call = Callable[..., Any]

ROW = Arg((6,))
MATRIX = Arg((3, 4))
CUBE = Arg((2, 3, 4))
SPECTRUM = Arg((3, 4), dtype="complex128")
CUBE_SPECTRUM = Arg((2, 3, 4), dtype="complex128")
EMPTY = Arg((0, 4))
# Operands of one shape only: NumPy's irfft pads an axis of length 0 with whatever is in memory.
FIXED = Arg(make=lambda rng: rng.uniform(-2, 2, (3, 4)))
FIXED_SPECTRUM = Arg(make=lambda rng: rng.uniform(-2, 2, (3, 4)) + 1j * rng.uniform(-2, 2, (3, 4)))


def row(primitives: str, label: str, call: Call, arg: Arg = MATRIX, **options: Any) -> Case:
    """A row of one operand."""
    return Case(primitives, call, (arg,), label=label, **options)


def target(np: Any, x: Any, shape: tuple[int, ...], dtype: str = "complex128") -> Any:
    """A zero array beside ``x`` to write into."""
    return np.zeros_like(x, shape=shape, dtype=dtype)


def into(
    np: Any, name: str, x: Any, shape: tuple[int, ...], dtype: str = "complex128", **options: Any
) -> Any:
    """A transform written into an array, and that array doubled."""
    out = target(np, x, shape, dtype)
    found = getattr(np.fft, name)(x, out=out, **options)
    return found, out + out


COMPLEX = [
    row("fft", "plain", lambda np, x: np.fft.fft(x), complex=True),
    row("fft", "odd", lambda np, x: np.fft.fft(x), Arg((5,)), complex=True),
    row("fft", "single", lambda np, x: np.fft.fft(x), Arg((3, 1)), complex=True),
    row("fft", "axis", lambda np, x: np.fft.fft(x, axis=1), CUBE, complex=True),
    row("fft", "cut", lambda np, x: np.fft.fft(x, n=3), ROW, complex=True),
    row("fft", "padded", lambda np, x: np.fft.fft(x, 9, 0, "ortho"), ROW, complex=True),
    row("fft", "forward", lambda np, x: np.fft.fft(x, axis=-2, norm="forward"), complex=True),
    row("fft", "empty", lambda np, x: np.fft.fft(x), EMPTY),
    row("fft", "empty-padded", lambda np, x: np.fft.fft(x, 3, axis=0), EMPTY),
    row("fft", "out", lambda np, x: into(np, "fft", x, (3, 4)), complex=True, float32=False),
    row("fft", "from-spectrum", lambda np, x: np.fft.fft(x), SPECTRUM),
    row("ifft", "plain", lambda np, x: np.fft.ifft(x), complex=True),
    row("ifft", "cut", lambda np, x: np.fft.ifft(x, 2, axis=0), complex=True),
    row("ifft", "padded", lambda np, x: np.fft.ifft(x, n=8, norm="ortho"), ROW, complex=True),
    row("ifft", "forward", lambda np, x: np.fft.ifft(x, norm="forward"), complex=True),
    row("fft", "there-and-back", lambda np, x: np.fft.ifft(np.fft.fft(x) * (1 + 1j)).real),
]

REAL = [
    row("rfft", "even", lambda np, x: np.fft.rfft(x)),
    row("rfft", "odd", lambda np, x: np.fft.rfft(x, axis=0)),
    row("rfft", "single", lambda np, x: np.fft.rfft(x, n=1)),
    row("rfft", "two", lambda np, x: np.fft.rfft(x, n=2, norm="forward")),
    row("rfft", "cut", lambda np, x: np.fft.rfft(x, n=3, norm="ortho"), ROW),
    row("rfft", "padded", lambda np, x: np.fft.rfft(x, n=9), ROW),
    row("rfft", "axis", lambda np, x: np.fft.rfft(x, 5, 1), CUBE),
    row("rfft", "empty", lambda np, x: np.fft.rfft(x), EMPTY),
    row("rfft", "out", lambda np, x: into(np, "rfft", x, (3, 3)), float32=False),
    row("irfft", "even", lambda np, x: np.fft.irfft(x), SPECTRUM),
    row("irfft", "odd", lambda np, x: np.fft.irfft(x, n=5), SPECTRUM),
    row("irfft", "single", lambda np, x: np.fft.irfft(x, n=1), SPECTRUM),
    row("irfft", "two", lambda np, x: np.fft.irfft(x, n=2, norm="forward"), SPECTRUM),
    row("irfft", "cut", lambda np, x: np.fft.irfft(x, n=4, norm="ortho"), SPECTRUM),
    row("irfft", "padded", lambda np, x: np.fft.irfft(x, n=12, axis=0), FIXED_SPECTRUM),
    row("irfft", "real", lambda np, x: np.fft.irfft(x, axis=1, norm="ortho"), CUBE),
    row("irfft", "empty", lambda np, x: np.fft.irfft(x), EMPTY),
    row("irfft", "out", lambda np, x: into(np, "irfft", x, (3, 6), "float64"), SPECTRUM, float32=False),
    row(
        "scale_interior",
        "even",
        lambda np, x: scale_interior_p.bind(x, axis=1, n=6, factor=2.0),
        complex=True,
    ),
    row(
        "scale_interior", "odd", lambda np, x: scale_interior_p.bind(x, axis=1, n=7, factor=0.5), complex=True
    ),
]

HERMITIAN = [
    row("irfft", "hfft", lambda np, x: np.fft.hfft(x), SPECTRUM),
    row("irfft", "hfft-odd", lambda np, x: np.fft.hfft(x, n=5, axis=0, norm="ortho"), FIXED_SPECTRUM),
    row("irfft", "hfft-real", lambda np, x: np.fft.hfft(x, norm="forward")),
    row("rfft", "ihfft", lambda np, x: np.fft.ihfft(x)),
    row("rfft", "ihfft-cut", lambda np, x: np.fft.ihfft(x, n=3, axis=1, norm="ortho"), CUBE),
    row("rfft", "ihfft-forward", lambda np, x: np.fft.ihfft(x, 7, norm="forward")),
    row("rfft", "ihfft-out", lambda np, x: into(np, "ihfft", x, (3, 3)), float32=False),
]

SEVERAL = [
    row("fft", "all", lambda np, x: np.fft.fftn(x), CUBE, complex=True),
    row("fft", "axes", lambda np, x: np.fft.fftn(x, axes=(2, 0), norm="ortho"), CUBE, complex=True),
    row("fft", "shape", lambda np, x: np.fft.fftn(x, (5, -1), axes=(-1, 0)), CUBE, complex=True),
    row("fft", "shape-cut", lambda np, x: np.fft.fftn(x, (2, 2), (1, 2), "forward"), CUBE, complex=True),
    row("fft", "repeated", lambda np, x: np.fft.fftn(x, axes=(0, 1, 0)), complex=True),
    row("fft", "repeated-shape", lambda np, x: np.fft.fftn(x, s=(5, 2, 3), axes=(1, 0, 1)), complex=True),
    row("fft", "one", lambda np, x: np.fft.fftn(x, axes=(0,)), complex=True),
    row("fft", "out-all", lambda np, x: into(np, "fftn", x, (3, 4)), FIXED, complex=True, float32=False),
    row("fft", "two", lambda np, x: np.fft.fft2(x), CUBE, complex=True),
    row("fft", "two-axes", lambda np, x: np.fft.fft2(x, s=(4, 3), axes=(0, 2), norm="ortho"), CUBE),
    row("ifft", "all", lambda np, x: np.fft.ifftn(x), CUBE, complex=True),
    row("ifft", "repeated", lambda np, x: np.fft.ifftn(x, axes=(1, 1)), complex=True),
    row("ifft", "two", lambda np, x: np.fft.ifft2(x, s=(2, 6), norm="forward"), CUBE, complex=True),
    row("rfft", "all", lambda np, x: np.fft.rfftn(x), CUBE),
    row("rfft", "axes", lambda np, x: np.fft.rfftn(x, axes=(2, 0), norm="ortho"), CUBE),
    row("rfft", "shape", lambda np, x: np.fft.rfftn(x, s=(2, 5), axes=(0, 1), norm="forward"), CUBE),
    row("rfft, fft", "repeated", lambda np, x: np.fft.rfftn(x, axes=(1, 0, 1))),
    row("rfft", "two-axes", lambda np, x: np.fft.rfft2(x, s=(4, 3)), CUBE),
    row("irfft", "all", lambda np, x: np.fft.irfftn(x), CUBE_SPECTRUM),
    row("irfft", "axes", lambda np, x: np.fft.irfftn(x, axes=(2, 0), norm="ortho"), CUBE_SPECTRUM),
    row("irfft", "shape", lambda np, x: np.fft.irfftn(x, s=(4, 5), axes=(0, 1)), CUBE_SPECTRUM),
    row("irfft", "shape-whole", lambda np, x: np.fft.irfftn(x, s=(-1, -1), axes=(0, 1)), SPECTRUM),
    row("irfft, ifft", "repeated", lambda np, x: np.fft.irfftn(x, axes=(1, 0, 1)), SPECTRUM),
    row("irfft", "real-all", lambda np, x: np.fft.irfftn(x)),
    row("irfft", "two-axes", lambda np, x: np.fft.irfft2(x, norm="forward"), CUBE_SPECTRUM),
]

FREQUENCIES = [
    Case(
        "multiply",
        lambda np, d: np.fft.fftfreq(7, d),
        (Arg((), 0.5, 2.0, kind="python"),),
        device=False,
        label="fftfreq",
    ),
    Case(
        "multiply",
        lambda np, d: np.fft.rfftfreq(8, d=d),
        (Arg((), 0.5, 2.0, kind="scalar"),),
        device=False,
        label="rfftfreq",
    ),
    row("roll", "fftshift", lambda np, x: np.fft.fftshift(x), CUBE, complex=True),
    row("roll", "fftshift-axis", lambda np, x: np.fft.fftshift(x, axes=-2), complex=True),
    row("roll", "fftshift-axes", lambda np, x: np.fft.fftshift(x, axes=(0, 2)), CUBE),
    row("roll", "fftshift-empty", lambda np, x: np.fft.fftshift(x), EMPTY),
    row("roll", "ifftshift", lambda np, x: np.fft.ifftshift(x), CUBE, complex=True),
    row("roll", "ifftshift-axes", lambda np, x: np.fft.ifftshift(x, axes=[0]), complex=True),
]

CASES: list[Case] = [*COMPLEX, *REAL, *HERMITIAN, *SEVERAL, *FREQUENCIES]
