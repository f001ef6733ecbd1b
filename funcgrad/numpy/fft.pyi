"""Types of funcgrad.numpy.fft: the signatures are NumPy's."""

from collections.abc import Sequence
from typing import Literal

from funcgrad.typing import Array, ArrayLike

__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]

_Norm = Literal["backward", "ortho", "forward"] | None

def fft(
    a: ArrayLike, n: int | None = None, axis: int = -1, norm: _Norm = None, out: Array | None = None
) -> Array: ...
def fft2(
    a: ArrayLike,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = (-2, -1),
    norm: _Norm = None,
    out: Array | None = None,
) -> Array: ...
def fftfreq(n: int, d: ArrayLike = 1.0, device: Literal["cpu"] | None = None) -> Array: ...
def fftn(
    a: ArrayLike,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: _Norm = None,
    out: Array | None = None,
) -> Array: ...
def fftshift(x: ArrayLike, axes: int | Sequence[int] | None = None) -> Array: ...
def hfft(
    a: ArrayLike, n: int | None = None, axis: int = -1, norm: _Norm = None, out: Array | None = None
) -> Array: ...
def ifft(
    a: ArrayLike, n: int | None = None, axis: int = -1, norm: _Norm = None, out: Array | None = None
) -> Array: ...
def ifft2(
    a: ArrayLike,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = (-2, -1),
    norm: _Norm = None,
    out: Array | None = None,
) -> Array: ...
def ifftn(
    a: ArrayLike,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: _Norm = None,
    out: Array | None = None,
) -> Array: ...
def ifftshift(x: ArrayLike, axes: int | Sequence[int] | None = None) -> Array: ...
def ihfft(
    a: ArrayLike, n: int | None = None, axis: int = -1, norm: _Norm = None, out: Array | None = None
) -> Array: ...
def irfft(
    a: ArrayLike, n: int | None = None, axis: int = -1, norm: _Norm = None, out: Array | None = None
) -> Array: ...
def irfft2(
    a: ArrayLike,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = (-2, -1),
    norm: _Norm = None,
    out: Array | None = None,
) -> Array: ...
def irfftn(
    a: ArrayLike,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: _Norm = None,
    out: Array | None = None,
) -> Array: ...
def rfft(
    a: ArrayLike, n: int | None = None, axis: int = -1, norm: _Norm = None, out: Array | None = None
) -> Array: ...
def rfft2(
    a: ArrayLike,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = (-2, -1),
    norm: _Norm = None,
    out: Array | None = None,
) -> Array: ...
def rfftfreq(n: int, d: ArrayLike = 1.0, device: Literal["cpu"] | None = None) -> Array: ...
def rfftn(
    a: ArrayLike,
    s: Sequence[int] | None = None,
    axes: Sequence[int] | None = None,
    norm: _Norm = None,
    out: Array | None = None,
) -> Array: ...
