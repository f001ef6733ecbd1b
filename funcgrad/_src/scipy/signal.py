"""Convolution and correlation along any axes, by SciPy's functions.

Every function here is a part of the full convolution of one operand with the other, or with the other
reversed and conjugated. One primitive computes it, by the function of SciPy's that was asked for. It is
linear in each operand, and the transpose by one is a convolution with the other reversed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backends import require
from ..base.errors import UnsupportedError
from ..core.aval import Aval, abstract_place, aval_of, make_aval
from ..core.primitive import Primitive
from ..ops.contract import conj
from ..ops.declare import Multilinear
from ..ops.given import arrays_of
from ..ops.plain import plainly
from ..ops.rearrange import flip_axes
from ..ops.shape import concrete
from ..ops.slices import ALL, Cut, embed, in_front
from ..ops.structural import convert

scipy_signal: Any = require("scipy.signal", "scipy")

Axes = tuple[int, ...]
_MODES = ("full", "same", "valid")


def _reversed(v: Any) -> Any:
    """The operand with which to convolve in order to correlate; its own inverse."""
    return conj(flip_axes(v, tuple(range(aval_of(v).ndim))))


# How SciPy computes: (a, v, mode, axes). The correlations are given the reversed conjugate.
_HOW: dict[str, Callable[..., Any]] = {
    "fft": scipy_signal.fftconvolve,
    "oa": scipy_signal.oaconvolve,
    "direct": lambda a, v, mode, axes: scipy_signal.convolve(a, v, mode, "direct"),
    "correlate": lambda a, v, mode, axes: scipy_signal.correlate(a, _reversed(v), mode, "direct"),
    "convolve2d": lambda a, v, mode, axes: scipy_signal.convolve2d(a, v, mode),
    "correlate2d": lambda a, v, mode, axes: scipy_signal.correlate2d(a, _reversed(v), mode),
}
_BY_FFT = ("fft", "oa")


# --- the part of the full result ---------------------------------------------------------------------


def _part(m: int, n: int, mode: str, how: str) -> tuple[int, int]:
    """Where along an axis a mode's result begins in the full one, and how long it is."""
    if mode == "full":
        return 0, m + n - 1
    if mode == "valid":
        return min(m, n) - 1, abs(m - n) + 1
    return n // 2 if how == "correlate2d" else (n - 1) // 2, m


def _parts(a: Sequence[int], v: Sequence[int], mode: str, axes: Axes, how: str) -> Any:
    """The index of a mode's result in the full one, and the shape of the full one."""
    index: list[Cut] = []
    shape: list[int] = []
    for i, (m, n) in enumerate(zip(a, v, strict=True)):
        if i in axes:
            start, length = _part(m, n, mode, how)
            index.append((start, start + length, None))
            shape.append(m + n - 1)
        else:  # SciPy cuts what it has repeated to the length of the first operand
            index.append(((n - 1) // 2, (n - 1) // 2 + 1, None) if mode == "same" and m == 1 else ALL)
            shape.append(n if m == 1 else m)
    return tuple(index), tuple(shape)


# --- the primitive -----------------------------------------------------------------------------------


def _convolve(xp: Any, a: Any, v: Any, *, mode: str, axes: Axes, how: str) -> Any:
    if xp is np and (how in _BY_FFT or len(axes) == a.ndim):
        return _HOW[how](a, v, mode, axes)
    index, shape = _parts(a.shape, v.shape, mode, axes, how)
    dtype = _dtype(how, a.dtype, v.dtype)
    full = (_by_fft if how in _BY_FFT else _by_windows)(xp, a, v, shape, axes)
    return full[tuple(slice(*part) for part in index)].astype(dtype)


def _by_fft(xp: Any, a: Any, v: Any, shape: Axes, axes: Axes) -> Any:
    """The full convolution by transforms."""
    real = a.dtype.kind != "c" and v.dtype.kind != "c"
    there, back = (xp.fft.rfftn, xp.fft.irfftn) if real else (xp.fft.fftn, xp.fft.ifftn)
    lengths = [shape[axis] for axis in axes]
    return back(there(a, lengths, axes) * there(v, lengths, axes), lengths, axes)


def _by_windows(xp: Any, a: Any, v: Any, shape: Axes, axes: Axes) -> Any:
    """The full convolution, of stacks of arrays: the sums over all windows, without copies of them."""
    widths = [v.shape[i] - 1 if i in axes else 0 for i in range(a.ndim)]
    wide = xp.zeros([m + 2 * w for m, w in zip(a.shape, widths, strict=True)], np.result_type(a, v))
    wide[tuple(slice(w, w + m) for m, w in zip(a.shape, widths, strict=True))] = a
    lengths = tuple(v.shape[axis] for axis in axes)
    windows = xp.lib.stride_tricks.sliding_window_view(wide, lengths, axis=axes)
    outer = list(range(a.ndim))
    kernel = [a.ndim + axes.index(i) if i in axes else i for i in outer]
    return xp.einsum(windows, [*outer, *range(a.ndim, windows.ndim)], xp.flip(v, axes), kernel, outer)


@functools.lru_cache(maxsize=256)
def _dtype(how: str, a: np.dtype[Any], v: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of SciPy's result."""
    return _HOW[how](np.ones((2, 2), a), np.ones((2, 2), v), "full", (0, 1)).dtype  # type: ignore[no-any-return]


def _aval(a: Aval, v: Aval, *, mode: str, axes: Axes, how: str) -> Aval:
    index, _ = _parts(a.shape, v.shape, mode, axes, how)
    free = [n if m == 1 else m for m, n in zip(a.shape, v.shape, strict=True)]
    shape = tuple(free[i] if c[1] is None else c[1] - c[0] for i, c in enumerate(index))
    return make_aval(shape, _dtype(how, a.dtype, v.dtype), "array", abstract_place((a, v)))


def _batch(size: int, values: Any, at: Any, *, mode: str, axes: Axes, how: str) -> Any:
    a, v = in_front(size, values, at)
    return convolve_p.bind(a, v, mode=mode, axes=tuple(axis + 1 for axis in axes), how=how), 0


# full[k] = sum_i a[i] v[k-i], so the cotangent of a[i] is sum_k g[k] v[k-i]: g's convolution with v reversed,
# where no edge takes part. Along other axes the product is plain, and the driver sums what was broadcast.


def _back(g: Any, other: Any, shapes: Any, mode: str, axes: Axes, how: str) -> Any:
    index, shape = _parts(shapes[0], shapes[1], mode, axes, how)
    full = g if mode == "full" else embed(g, shape, index)
    how = "direct" if how not in _BY_FFT else how
    return convolve_p.bind(full, flip_axes(other, axes), mode="valid", axes=axes, how=how)


convolve_p: Primitive = Primitive("scipy.signal.convolve", _convolve)
convolve_p.aval = _aval
convolve_p.rule = Multilinear(
    lambda g, a, v, *, mode, axes, how: _back(g, v, (a.shape, v.shape), mode, axes, how),
    lambda g, a, v, *, mode, axes, how: _back(g, a, (a.shape, v.shape), mode, axes, how),
)
convolve_p.batch = _batch


# --- what all functions share ------------------------------------------------------------------------


def _fits(a: Axes, v: Axes, mode: Any, axes: Any) -> bool:
    """Whether SciPy takes operands of these shapes."""
    if len(a) != len(v) or mode not in _MODES:
        return False
    pairs = [(m, n, i in axes and 1 not in (m, n)) for i, (m, n) in enumerate(zip(a, v, strict=True))]
    if not all(inside or m == n or 1 in (m, n) for m, n, inside in pairs):
        return False
    inner = [(m, n) for m, n, inside in pairs if inside]
    return mode != "valid" or all(m >= n for m, n in inner) or all(m <= n for m, n in inner)


def _checked(function: Callable[..., Any], a: Any, v: Any, mode: Any, axes: Any = None) -> Any:
    """The operands and axes; SciPy's own error for what it does not take."""
    a, v = arrays_of(a, v)
    ndim = aval_of(a).ndim
    normal = _normal_axes(axes, ndim)
    if not _fits(aval_of(a).shape, aval_of(v).shape, mode, normal):
        zeros = [np.broadcast_to(np.zeros((), aval_of(x).dtype), aval_of(x).shape) for x in (a, v)]
        function(*zeros, mode, *(() if axes is None else (axes,)))
    return a, v, normal


def _normal_axes(axes: Any, ndim: int) -> Axes:
    if axes is None:
        return tuple(range(ndim))
    found = np.lib.array_utils.normalize_axis_tuple(axes, ndim)
    if not found:
        raise ValueError("when provided, axes cannot be empty")
    return tuple(found)


def _product(a: Any, v: Any, mode: str, axes: Axes, how: str) -> Any:
    if not aval_of(a).ndim:
        return a * v
    if not aval_of(a).size or not aval_of(v).size:
        return np.array([])
    return convolve_p.bind(a, v, mode=mode, axes=axes, how=how)


def _method(a: Any, v: Any, mode: str, method: str) -> str:
    """What ``method="auto"`` means: for floats it depends on the shapes alone."""
    if method != "auto":
        return method
    if mode == "valid" and any(m < n for m, n in zip(aval_of(a).shape, aval_of(v).shape, strict=True)):
        a, v = v, a
    values = [concrete(x) for x in (a, v)]
    if any(type(x) is not np.ndarray for x in values):
        if any(aval_of(x).dtype.kind not in "fc" for x in (a, v)):
            return "direct"
        values = [np.broadcast_to(np.zeros((), aval_of(x).dtype), aval_of(x).shape) for x in (a, v)]
    return str(scipy_signal.choose_conv_method(*values, mode=mode))


def _by_method(a: Any, v: Any, mode: str, method: str, direct: str) -> Any:
    axes = tuple(range(aval_of(a).ndim))
    if not axes or _method(a, v, mode, method) == "direct":
        return _product(a, v, mode, axes, direct)
    dtype = np.result_type(aval_of(a).dtype, aval_of(v).dtype)
    out = _product(a, v, mode, axes, "fft")
    return convert(np.round(out) if dtype.kind in "iu" else out, dtype)


# --- public ------------------------------------------------------------------------------------------


@plainly(scipy_signal.convolve)
def convolve(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    """The convolution of two arrays of as many dimensions: ``sum_i in1[i] in2[k - i]``.

    ``mode``: all of it (``"full"``), the middle of ``in1``'s shape (``"same"``), or what needs no zeros
    around (``"valid"``). ``method``: ``"direct"``, ``"fft"``, or the faster one (``"auto"``). Linear in each
    operand; the derivative is computed by the same method.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import grad
    >>> from funcgrad.scipy.signal import convolve
    >>> grad(lambda v: convolve(np.array([1.0, 2.0, 3.0]), v, "valid").sum())(np.ones(2))
    array([5., 3.])
    """
    a, v, _ = _checked(scipy_signal.convolve, in1, in2, mode)
    _check_method(method)
    return _by_method(a, v, mode, method, "direct")


@plainly(scipy_signal.correlate)
def correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    """The correlation of two arrays of as many dimensions: ``sum_i in1[i + k] conj(in2[i])``.

    Modes and methods are those of ``convolve``.
    """
    a, v, _ = _checked(scipy_signal.correlate, in1, in2, mode)
    _check_method(method)
    return _by_method(a, _reversed(v), mode, method, "correlate" if method == "direct" else "direct")


@plainly(scipy_signal.fftconvolve)
def fftconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
    """The convolution along ``axes`` (None: all) by Fourier transforms; other axes broadcast."""
    a, v, axes = _checked(scipy_signal.fftconvolve, in1, in2, mode, axes)
    return _product(a, v, mode, axes, "fft")


@plainly(scipy_signal.oaconvolve)
def oaconvolve(in1: Any, in2: Any, mode: str = "full", axes: Any = None) -> Any:
    """``fftconvolve`` piece by piece: faster where one operand is much longer than the other."""
    a, v, axes = _checked(scipy_signal.oaconvolve, in1, in2, mode, axes)
    return _product(a, v, mode, axes, "oa")


@plainly(scipy_signal.convolve2d)
def convolve2d(in1: Any, in2: Any, mode: Any = "full", boundary: Any = "fill", fillvalue: Any = 0) -> Any:
    """The convolution of two matrices, with zeros around them.

    Another ``boundary`` or ``fillvalue`` is for plain arrays only: pad with ``np.pad`` first.
    """
    return _planar("convolve2d", in1, in2, mode, boundary, fillvalue)


@plainly(scipy_signal.correlate2d)
def correlate2d(in1: Any, in2: Any, mode: Any = "full", boundary: Any = "fill", fillvalue: Any = 0) -> Any:
    """The correlation of two matrices, with zeros around them; see ``convolve2d``."""
    return _planar("correlate2d", in1, in2, mode, boundary, fillvalue)


def _planar(name: str, in1: Any, in2: Any, mode: Any, boundary: Any, fillvalue: Any) -> Any:
    if boundary not in ("fill", 0) or type(fillvalue) not in (int, float) or fillvalue != 0:
        raise UnsupportedError(
            f"{name}: on traced values there are zeros around a matrix.",
            expected="boundary='fill', fillvalue=0",
            got=f"boundary={boundary!r}, fillvalue={fillvalue!r}",
            hint="widen it first with np.pad(x, width, mode=...), and take mode='valid'",
        )
    mode = {0: "valid", 1: "same", 2: "full"}.get(mode, mode)
    a, v, axes = _checked(getattr(scipy_signal, name), in1, in2, mode)
    if len(axes) != 2:
        raise ValueError(f"{name} inputs must both be 2-D arrays")
    return _product(a, v if name == "convolve2d" else _reversed(v), mode, axes, name)


def _check_method(method: Any) -> None:
    if method not in ("auto", "direct", "fft"):
        raise ValueError("Acceptable method flags are 'auto', 'direct', or 'fft'.")
