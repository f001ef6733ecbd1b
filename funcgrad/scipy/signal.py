"""Convolution and correlation of SciPy, differentiable by both operands.

On plain arrays these are SciPy's functions; on traced values the numbers are SciPy's too, by the method that
it would take.

Examples
--------
>>> import numpy as np
>>> from funcgrad import grad
>>> from funcgrad.scipy.signal import fftconvolve
>>> signal, kernel = np.arange(5.0), np.array([1.0, -1.0])
>>> np.round(grad(lambda k: fftconvolve(signal, k, mode="valid").sum())(kernel), 12)
array([10.,  6.])
"""

from __future__ import annotations

from .._src.scipy.signal import convolve, convolve2d, correlate, correlate2d, fftconvolve, oaconvolve

__all__ = ["convolve", "convolve2d", "correlate", "correlate2d", "fftconvolve", "oaconvolve"]
