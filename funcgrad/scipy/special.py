"""SciPy's special functions, differentiable: on arrays and traced values, of NumPy and of CuPy.

A ufunc of scipy.special finds funcgrad's op when it is called on traced values: ``scipy.special.erf(x)``
works as it stands. This namespace has the same functions, with types, and beside them those that SciPy
writes in Python, which cannot be handed over: ``polygamma``, ``logsumexp``, ``softmax``, ``multigammaln``.
On plain arrays every function returns what SciPy's returns. A name of SciPy's that is not differentiable is
here too: on traced values it says why, and what to write instead.

Examples
--------
>>> import numpy as np
>>> from funcgrad import grad
>>> from funcgrad.scipy.special import erf, polygamma
>>> grad(erf)(0.0)
1.1283791670955126
>>> grad(lambda x: polygamma(0, x))(1.0)
1.6449340668482266
"""

from __future__ import annotations

from .._src.backends import require as _require
from .._src.ops.namespace import Namespace as _Namespace
from .._src.ops.special_refused import PLAIN as _PLAIN
from .._src.ops.special_refused import refused_here as _refused_here

_space = _Namespace(__name__, _require("scipy.special", "scipy"), _refused_here(), _PLAIN)
__getattr__, __dir__, __all__ = _space.get, _space.dir, _space.all
globals().update(_space.names)
