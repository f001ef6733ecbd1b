"""The four discrete Fourier transforms along distinct axes, as primitives; fft.py makes numpy.fft of them.

The implementation is NumPy's. A transform is linear, and its matrix symmetric, so the transpose of each is
a transform again, cut or filled with zeros to the operand's lengths. Transposes are plain: where a real
transform conjugates, it says so below.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.aval import Aval, array_aval
from ..core.primitive import Primitive
from .contract import conj
from .declare import Linear
from .shape import shape_of
from .slices import cut, embed
from .structural import move_axis

FAMILY = "fourier"
Axes = tuple[int, ...]
SWAPPED = {"backward": "forward", "ortho": "ortho", "forward": "backward"}


# --- lengths and dtypes ----------------------------------------------------------------------------


@functools.lru_cache(maxsize=256)
def transform_dtype(name: str, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of a transform of this dtype; NumPy's TypeError if there is none."""
    return getattr(np.fft, name)(np.ones(2, dtype)).dtype  # type: ignore[no-any-return]


def _shape(name: str, shape: Sequence[int], s: Axes, axes: Axes) -> Axes:
    """The shape of a transform."""
    found = list(shape)
    for n, axis in zip(s, axes, strict=True):
        found[axis] = n
    if name == "rfft":
        found[axes[-1]] = s[-1] // 2 + 1
    return tuple(found)


def _fitted(x: Any, shape: Axes) -> Any:
    """``x`` cut or filled with zeros at the end of its axes, to have this shape."""
    have = shape_of(x)
    if any(n > m for n, m in zip(have, shape, strict=True)):
        x = cut(x, tuple((None, min(n, m), None) for n, m in zip(have, shape, strict=True)))
    if (have := shape_of(x)) == shape:
        return x
    return embed(x, shape, tuple((None, n, None) for n in have))


# --- scale_interior: the frequencies that stand for two --------------------------------------------


def _scale_interior(xp: Any, x: Any, *, axis: int, n: int, factor: float) -> Any:
    out = x.copy()
    out[(*(slice(None),) * axis, slice(1, (n + 1) // 2))] *= factor
    return out


scale_interior_p = Primitive("scale_interior", _scale_interior, family=FAMILY)
scale_interior_p.aval = lambda x, *, axis, n, factor: x
scale_interior_p.rule = Linear(
    lambda g, x, *, axis, n, factor: scale_interior_p.bind(g, axis=axis, n=n, factor=factor)
)
scale_interior_p.batch = lambda size, values, at, *, axis, n, factor: (
    scale_interior_p.bind(move_axis(values[0], at[0], 0), axis=axis + 1, n=n, factor=factor),
    0,
)


def _scaled(x: Any, s: Axes, axes: Axes, factor: float) -> Any:
    """Of a real transform's frequencies those times ``factor`` that also stand for their negative."""
    return scale_interior_p.bind(x, axis=axes[-1], n=s[-1], factor=factor)


# --- the transforms --------------------------------------------------------------------------------


def _transform(
    name: str, device: Callable[..., Any], back: Callable[..., Any], many: Callable[..., Any]
) -> Primitive:
    """The primitive ``name``: ``device`` on other places than the host, ``back`` its transpose.

    The transform of NumPy's along several axes is ``many``.
    """
    one = getattr(np.fft, name)

    def host(x: Any, *, s: Axes, axes: Axes, norm: str) -> Any:
        return one(x, s[0], axes[0], norm) if len(axes) == 1 else many(x, s, axes, norm)

    def impl(xp: Any, x: Any, *, s: Axes, axes: Axes, norm: str) -> Any:
        dtype = transform_dtype(name, x.dtype)
        if not x.size:
            return xp.zeros(_shape(name, x.shape, s, axes), dtype)
        return device(xp.fft, x, s, axes, norm).astype(dtype, copy=False)

    def aval(x: Aval, *, s: Axes, axes: Axes, norm: str) -> Aval:
        return array_aval(x, _shape(name, x.shape, s, axes), transform_dtype(name, x.dtype))

    def batch(size: int, values: Any, at: Any, *, s: Axes, axes: Axes, norm: str) -> Any:
        shifted = tuple(axis + 1 for axis in axes)
        return primitive.bind(move_axis(values[0], at[0], 0), s=s, axes=shifted, norm=norm), 0

    primitive = Primitive(name, impl, host=host, family=FAMILY)
    primitive.aval = aval
    primitive.rule = Linear(back)
    primitive.batch = batch
    return primitive


# y_k = c sum_j w^(jk) x_j with w = exp(-2 pi i / n) (ifft: +): the matrix is symmetric.


def _fft_back(g: Any, x: Any, *, s: Axes, axes: Axes, norm: str) -> Any:
    return _fitted(fft_p.bind(g, s=s, axes=axes, norm=norm), x.shape)


def _ifft_back(g: Any, x: Any, *, s: Axes, axes: Axes, norm: str) -> Any:
    return _fitted(ifft_p.bind(g, s=s, axes=axes, norm=norm), x.shape)


# rfft is that for real x and k <= n/2, so the cotangent of x_j is the real part of c sum_k w^(jk) g_k.
# irfft of h is, with the imaginary parts of h_0 and (n even) h_(n/2) left out,
#     y_j = c sum_k v_k Re(w^(-jk) h_k),   v_k = 1 for k = 0 and k = n/2, else 2.
# Hence rfft's transpose is irfft of conj(g) / v.  h_k = a + ib has the cotangent dy/da - i dy/db, which is
# v_k c sum_j w^(-jk) g_j, the conjugate of rfft(g) times v; at k = 0 and n/2 it is real, so the imaginary
# parts that irfft does not read get zero. The factor c is that of the other direction: the norm is swapped.
# Along further axes both are plain transforms, and conjugation turns one direction into the other.


def _rfft_back(g: Any, x: Any, *, s: Axes, axes: Axes, norm: str) -> Any:
    h = conj(_scaled(g, s, axes, 0.5))
    return _fitted(irfft_p.bind(h, s=s, axes=axes, norm=SWAPPED[norm]), x.shape)


def _irfft_back(g: Any, x: Any, *, s: Axes, axes: Axes, norm: str) -> Any:
    y = rfft_p.bind(g, s=s, axes=axes, norm=SWAPPED[norm])
    return _fitted(conj(_scaled(y, s, axes, 2.0)), x.shape)


def _fft_device(fft: Any, x: Any, s: Axes, axes: Axes, norm: str) -> Any:
    return fft.fft(x, s[0], axes[0], norm) if len(axes) == 1 else fft.fftn(x, s, axes, norm)


def _ifft_device(fft: Any, x: Any, s: Axes, axes: Axes, norm: str) -> Any:
    return fft.ifft(x, s[0], axes[0], norm) if len(axes) == 1 else fft.ifftn(x, s, axes, norm)


def _rfft_device(fft: Any, x: Any, s: Axes, axes: Axes, norm: str) -> Any:
    return fft.rfft(x, s[0], axes[0], norm) if len(axes) == 1 else fft.rfftn(x, s, axes, norm)


def _irfft_device(fft: Any, x: Any, s: Axes, axes: Axes, norm: str) -> Any:
    """Axis by axis: a device's transform along several at once is right for Hermitian input alone."""
    if len(axes) > 1:
        x = _ifft_device(fft, x, s[:-1], axes[:-1], norm)
    return fft.irfft(x, s[-1], axes[-1], norm)


fft_p = _transform("fft", _fft_device, _fft_back, np.fft.fftn)
ifft_p = _transform("ifft", _ifft_device, _ifft_back, np.fft.ifftn)
rfft_p = _transform("rfft", _rfft_device, _rfft_back, np.fft.rfftn)
irfft_p = _transform("irfft", _irfft_device, _irfft_back, np.fft.irfftn)


TRANSFORMS = {"fft": fft_p, "ifft": ifft_p, "rfft": rfft_p, "irfft": irfft_p}
