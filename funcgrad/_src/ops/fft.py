"""NumPy's Fourier transforms, along one axis or several, by the primitives of fourier.py.

A transform along several axes is one application; an axis that is named twice is transformed by two.
On plain arrays NumPy's own function is called.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np

from ..backends import backend_of
from ..base.errors import UnsupportedError
from ..core.aval import aval_of
from ..core.trace import Tracer
from .axes import normal_axis
from .contract import conj
from .fourier import SWAPPED, TRANSFORMS, Axes, transform_dtype
from .rearrange import roll
from .shape import as_array, operand, shape_of
from .tables import implements
from .ufunc import write_out

# NumPy 2.0 transforms the axes after that of rfft from the first to the last, its successors from the last.
_OLD_ORDER = np.lib.NumpyVersion(np.__version__) < "2.1.0"

# --- arguments -------------------------------------------------------------------------------------


def _apply(name: str, x: Any, s: Sequence[Any], axes: Sequence[Any], norm: Any) -> Any:
    """A transform, with its arguments checked as NumPy checks them."""
    lengths = tuple(map(index, s))
    if (n := min(lengths)) < 1:
        raise ValueError(f"Invalid number of FFT data points ({n}) specified.")
    norm, aval = _norm(norm), aval_of(x)
    places = tuple(normal_axis(axis, aval.ndim) for axis in axes)
    transform_dtype(name, aval.dtype)  # a device would drop the imaginary part that NumPy refuses
    return TRANSFORMS[name].bind(x, s=lengths, axes=places, norm=norm)


def _norm(norm: Any) -> str:
    if norm is None:
        return "backward"
    if norm not in SWAPPED:
        raise ValueError(f'Invalid norm value {norm}; should be "backward", "ortho" or "forward".')
    return str(norm)


def _is_plain(a: Any, out: Any) -> bool:
    """Whether nothing is traced or on a device: NumPy's own function will do."""
    if type(a) is Tracer or type(out) is Tracer:
        return False
    backend = backend_of(a)
    return backend is None or backend.xp is np


def _written(out: Any, result: Any, name: str, axes: Sequence[int]) -> Any:
    """The result, written into ``out`` if that is given."""
    if out is None:
        return result
    have, want = shape_of(out), shape_of(result)
    if len(have) != len(want) or any(have[axis] != want[axis] for axis in axes):
        raise ValueError("output array has wrong shape.")
    return write_out(out, result, f"fft.{name}(out=...)")


def _refuse_out(name: str, out: Any) -> None:
    if out is not None:
        raise UnsupportedError(
            f"fft.{name}: NumPy takes out= here and leaves it unwritten.",
            hint="leave out= away and use the result",
        )


# --- along one axis --------------------------------------------------------------------------------


def _one(name: str, x: Any, n: Any, axis: Any, norm: Any) -> Any:
    """A transform along one axis, of its default length if ``n`` is None."""
    return _apply(name, x, (_length(name, shape_of(x), n, axis),), (axis,), norm)


def _length(name: str, shape: Axes, n: Any, axis: Any) -> Any:
    if n is not None:
        return n
    return (shape[axis] - 1) * 2 if name == "irfft" else shape[axis]


def _along(name: str, a: Any, n: Any, axis: Any, norm: Any, out: Any) -> Any:
    return _written(out, _one(name, operand(a), n, axis, norm), name, (axis,))


@implements(np.fft.fft)
def fft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    """The discrete Fourier transform along ``axis``, cut or filled with zeros to length ``n``."""
    return np.fft.fft(a, n, axis, norm, out) if _is_plain(a, out) else _along("fft", a, n, axis, norm, out)


@implements(np.fft.ifft)
def ifft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    """The inverse of ``fft``."""
    return np.fft.ifft(a, n, axis, norm, out) if _is_plain(a, out) else _along("ifft", a, n, axis, norm, out)


@implements(np.fft.rfft)
def rfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    """The frequencies 0 to n/2 of ``fft`` of a real ``a``."""
    return np.fft.rfft(a, n, axis, norm, out) if _is_plain(a, out) else _along("rfft", a, n, axis, norm, out)


@implements(np.fft.irfft)
def irfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    """The inverse of ``rfft``, real, of length ``n`` (even by default).

    The imaginary part of the first frequency, and for an even ``n`` of the one at n/2, is ignored: the
    derivative by it is zero. Every other frequency stands for its negative too, and counts twice.
    """
    if _is_plain(a, out):
        return np.fft.irfft(a, n, axis, norm, out)
    return _along("irfft", a, n, axis, norm, out)


@implements(np.fft.hfft)
def hfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    """The real transform of half a Hermitian signal: ``irfft`` of the conjugate, in the other direction."""
    if _is_plain(a, out):
        return np.fft.hfft(a, n, axis, norm, out)
    _refuse_out("hfft", out)
    return _along("irfft", conj(operand(a)), n, axis, SWAPPED[_norm(norm)], None)


@implements(np.fft.ihfft)
def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    """The inverse of ``hfft``: the conjugate of ``rfft``, in the other direction."""
    if _is_plain(a, out):
        return np.fft.ihfft(a, n, axis, norm, out)
    found = conj(_along("rfft", a, n, axis, SWAPPED[_norm(norm)], None))
    return _written(out, found, "ihfft", (axis,))


# --- along several axes ----------------------------------------------------------------------------


def _lengths(shape: Axes, s: Any, axes: Any, halved: bool) -> tuple[list[Any], list[Any]]:
    """The lengths (None: the default) and axes meant by ``s`` and ``axes``, with NumPy's warnings."""
    lengths = None if s is None else list(s)
    if axes is None:
        if lengths is not None:
            _deprecated("`axes` should not be `None` if `s` is not `None` (deprecated in NumPy 2.0).")
        axes = range(-len(shape if lengths is None else lengths), 0)
    axes = list(axes)
    if lengths is None:
        lengths = [shape[axis] for axis in axes]
        if halved:
            lengths[-1] = None
        return lengths, axes
    if len(lengths) != len(axes):
        raise ValueError("Shape and axes have different lengths.")
    if None in lengths:
        _deprecated("`None` in `s` is deprecated in NumPy 2.0.")
    return [shape[axis] if n == -1 else n for n, axis in zip(lengths, axes, strict=True)], axes


def _deprecated(text: str) -> None:
    warnings.warn(text, DeprecationWarning, stacklevel=6)


def _several(name: str, a: Any, s: Any, axes: Any, norm: Any, out: Any, shown: str) -> Any:
    a = as_array(operand(a))
    lengths, axes = _lengths(shape_of(a), s, axes, name == "irfft")
    if name in ("fft", "ifft") and not axes:
        _refuse_out(shown, out)
        return a
    result = _transformed(name, a, lengths, axes, norm)
    if out is not None and len(axes) > 1 and aval_of(out).dtype != aval_of(result).dtype:
        raise UnsupportedError(
            f"fft.{shown}: NumPy rounds to the dtype of out= after each axis, which is not done here.",
            expected=f"a target of {aval_of(result).dtype}",
            got=str(aval_of(out)),
            hint="leave out= away and convert the result with astype",
        )
    return _written(out, result, shown, axes)


def _transformed(name: str, x: Any, lengths: list[Any], axes: list[Any], norm: Any) -> Any:
    """All axes by one primitive; one after the other, in NumPy's order, if one is named twice."""
    shape, last, pairs = shape_of(x), axes[-1], list(zip(lengths, axes, strict=True))
    if len({normal_axis(axis, len(shape)) for axis in axes}) == len(axes):
        s = [_length("fft", shape, n, axis) for n, axis in pairs[:-1]]
        s.append(_length(name, shape, lengths[-1], last))
        return _apply(name, x, s, axes, norm)
    if name == "irfft":
        for n, axis in pairs[:-1]:
            x = _one("ifft", x, n, axis, norm)
        return _one(name, x, lengths[-1], last, norm)
    x = _one(name, x, lengths[-1], last, norm)
    forward = name == "rfft" and _OLD_ORDER
    for n, axis in pairs[:-1] if forward else reversed(pairs[:-1]):
        x = _one("fft" if name == "rfft" else name, x, n, axis, norm)
    return x


@implements(np.fft.fftn)
def fftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> Any:
    """``fft`` along several axes (by default all), the last one first; an axis may be named again."""
    if _is_plain(a, out):
        return np.fft.fftn(a, s, axes, norm, out)
    return _several("fft", a, s, axes, norm, out, "fftn")


@implements(np.fft.ifftn)
def ifftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> Any:
    """``ifft`` along several axes (by default all): the inverse of ``fftn``."""
    if _is_plain(a, out):
        return np.fft.ifftn(a, s, axes, norm, out)
    return _several("ifft", a, s, axes, norm, out, "ifftn")


@implements(np.fft.rfftn)
def rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> Any:
    """``rfft`` along the last of several axes (by default all), then ``fft`` along the others."""
    if _is_plain(a, out):
        return np.fft.rfftn(a, s, axes, norm, out)
    return _several("rfft", a, s, axes, norm, out, "rfftn")


@implements(np.fft.irfftn)
def irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> Any:
    """The inverse of ``rfftn``: ``ifft`` along all axes but the last, then ``irfft``, whose notes hold."""
    if _is_plain(a, out):
        return np.fft.irfftn(a, s, axes, norm, out)
    return _several("irfft", a, s, axes, norm, out, "irfftn")


@implements(np.fft.fft2)
def fft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, out: Any = None) -> Any:
    """``fft`` along two axes, by default the last two."""
    if _is_plain(a, out):
        return np.fft.fft2(a, s, axes, norm, out)
    return _several("fft", a, s, axes, norm, out, "fft2")


@implements(np.fft.ifft2)
def ifft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, out: Any = None) -> Any:
    """``ifft`` along two axes, by default the last two."""
    if _is_plain(a, out):
        return np.fft.ifft2(a, s, axes, norm, out)
    _refuse_out("ifft2", out)
    return _several("ifft", a, s, axes, norm, None, "ifft2")


@implements(np.fft.rfft2)
def rfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, out: Any = None) -> Any:
    """``rfftn`` along two axes, by default the last two."""
    if _is_plain(a, out):
        return np.fft.rfft2(a, s, axes, norm, out)
    return _several("rfft", a, s, axes, norm, out, "rfft2")


@implements(np.fft.irfft2)
def irfft2(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None, out: Any = None) -> Any:
    """``irfftn`` along two axes, by default the last two."""
    if _is_plain(a, out):
        return np.fft.irfft2(a, s, axes, norm, out)
    _refuse_out("irfft2", out)
    return _several("irfft", a, s, axes, norm, None, "irfft2")


# --- frequencies, and their order ------------------------------------------------------------------


@implements(np.fft.fftfreq)
def fftfreq(n: int, d: Any = 1.0, device: Any = None) -> Any:
    """The frequencies of ``fft`` of ``n`` samples that are ``d`` apart; differentiable in ``d``."""
    return _frequencies(np.fft.fftfreq, n, d, device)


@implements(np.fft.rfftfreq)
def rfftfreq(n: int, d: Any = 1.0, device: Any = None) -> Any:
    """The frequencies of ``rfft`` of ``n`` samples that are ``d`` apart; differentiable in ``d``."""
    return _frequencies(np.fft.rfftfreq, n, d, device)


def _frequencies(function: Any, n: int, d: Any, device: Any) -> Any:
    return function(n, d, device=device)


def _shifted(x: Any, axes: Any, sign: int) -> Any:
    shape = shape_of(x)
    if axes is None:
        axes = tuple(range(len(shape)))
    elif isinstance(axes, (int, np.integer)):
        axes = (axes,)
    return roll(x, [sign * (shape[axis] // 2) for axis in axes], tuple(axes))


@implements(np.fft.fftshift)
def fftshift(x: Any, axes: Any = None) -> Any:
    """``x`` with the frequency 0 moved to the middle of ``axes`` (by default all)."""
    return np.fft.fftshift(x, axes) if _is_plain(x, None) else _shifted(operand(x), axes, 1)


@implements(np.fft.ifftshift)
def ifftshift(x: Any, axes: Any = None) -> Any:
    """The inverse of ``fftshift``; they differ where a length is odd."""
    return np.fft.ifftshift(x, axes) if _is_plain(x, None) else _shifted(operand(x), axes, -1)
