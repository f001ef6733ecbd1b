"""NumPy's linear algebra, differentiable: on arrays and traced values, of NumPy and of CuPy."""

from __future__ import annotations

import numpy as _np

from .._src.ops.namespace import Namespace as _Namespace

_space = _Namespace(__name__, _np.linalg, {"LinAlgError": _np.linalg.LinAlgError})
__getattr__, __dir__, __all__ = _space.get, _space.dir, _space.all
globals().update(_space.names)
