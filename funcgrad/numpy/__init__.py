"""NumPy's functions, differentiable: on arrays and traced values, of NumPy and of CuPy.

``np.sin(x)`` already finds funcgrad's op when ``x`` is traced. This namespace has the same functions under
the same names, with types, and beside them what NumPy cannot hand over: ``array([x, y])``, ``asarray(x)``,
``full(3, x)`` of traced values. On plain arrays every function returns what NumPy's returns. A name that
NumPy has and that is missing here has no derivative yet.

Examples
--------
>>> import numpy as np
>>> from funcgrad import grad
>>> import funcgrad.numpy as fnp
>>> grad(lambda x: fnp.sum(fnp.array([x, 2 * x]) ** 2))(3.0)
30.0
"""

from __future__ import annotations

import numpy as _np

from .._src.ops.namespace import Namespace as _Namespace
from .._src.ops.refused import PLAIN as _PLAIN
from . import fft as fft
from . import linalg as linalg

__array_api_version__ = "2024.12"

_space = _Namespace(__name__, _np, {"fft": fft, "linalg": linalg}, _PLAIN)
__getattr__, __dir__, __all__ = _space.get, _space.dir, _space.all
globals().update(_space.names)
