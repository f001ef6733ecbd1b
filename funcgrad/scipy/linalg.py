"""SciPy's functions of matrices, differentiable.

SciPy writes these functions in Python, which cannot be handed over: call them by this namespace. On plain
arrays every function is SciPy's, with its ``overwrite_`` arguments; on traced values these are ignored, and
what is returned has SciPy's bits. Arrays of CuPy are refused: LAPACK works on the host.

Examples
--------
>>> import numpy as np
>>> from funcgrad import grad
>>> from funcgrad.scipy.linalg import expm, solve_triangular
>>> grad(lambda t: expm(t * np.array([[0.0, 1.0], [-1.0, 0.0]]))[0, 1])(0.0)
1.0
>>> u = np.array([[2.0, 1.0], [0.0, 4.0]])
>>> grad(lambda b: solve_triangular(u, b).sum())(np.array([1.0, 2.0])).tolist()
[0.5, 0.125]
"""

from __future__ import annotations

from .._src.backends import require as _require
from .._src.ops.linalg_refused import PLAIN as _PLAIN
from .._src.ops.linalg_refused import refused_here as _refused_here
from .._src.ops.namespace import Namespace as _Namespace

_space = _Namespace(__name__, _require("scipy.linalg", "scipy"), _refused_here(), _PLAIN)
__getattr__, __dir__, __all__ = _space.get, _space.dir, _space.all
globals().update(_space.names)
