"""SciPy's minimizers with derivatives computed here, and solutions of equations that are differentiable.

`minimize`, `least_squares` and `curve_fit` hand SciPy gradients, Jacobians and products with the Hessian;
their parameters may be pytrees. `root`, `fixed_point`, `brentq` and `newton` are differentiable by the
arguments of the equation, by the implicit function theorem.

Examples
--------
>>> import numpy as np
>>> from funcgrad import grad
>>> from funcgrad.scipy.optimize import minimize, root
>>> found = minimize(lambda p: (p["x"] - 3.0) ** 2, {"x": 0.0}, method="Newton-CG")
>>> round(found.x["x"], 6)
3.0
>>> round(grad(lambda a: root(lambda x, a: np.cos(x) - a * x, np.array([1.0]), (a,)).x[0])(1.0), 6)
-0.441611
"""

from __future__ import annotations

from .._src.scipy.optimize import curve_fit, least_squares, minimize
from .._src.scipy.roots import brentq, fixed_point, newton, root, root_scalar

__all__ = [
    "brentq",
    "curve_fit",
    "fixed_point",
    "least_squares",
    "minimize",
    "newton",
    "root",
    "root_scalar",
]
