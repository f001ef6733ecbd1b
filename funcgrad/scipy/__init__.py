"""SciPy's functions, differentiable. They need the extra ``scipy``, and are imported module by module.

>>> import funcgrad.scipy.special as special
>>> from funcgrad import grad
>>> grad(special.erf)(0.0)
1.1283791670955126
"""

from __future__ import annotations

__all__: list[str] = []
