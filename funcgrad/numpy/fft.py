"""NumPy's Fourier transforms, differentiable: on arrays and traced values, of NumPy and of CuPy.

Examples
--------
>>> import numpy as np
>>> from funcgrad import grad
>>> import funcgrad.numpy as fnp
>>> grad(lambda x: (fnp.abs(fnp.fft.rfft(x)[1]) ** 2))(np.array([1.0, 0.0, 0.0, 0.0]))
array([ 2.,  0., -2.,  0.])
"""

from __future__ import annotations

from .._src.ops.namespace import Namespace as _Namespace

_space = _Namespace(__name__, "numpy.fft", {})
__getattr__, __dir__, __all__ = _space.get, _space.dir, _space.all
globals().update(_space.names)
