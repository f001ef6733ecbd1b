"""Integrals of samples and solutions of differential equations, differentiable.

On plain arrays these are SciPy's functions.

Examples
--------
>>> import numpy as np
>>> from funcgrad import grad
>>> from funcgrad.scipy.integrate import odeint, simpson
>>> grad(lambda y: simpson(y, dx=0.5))(np.ones(3))
array([0.16666667, 0.66666667, 0.16666667])
>>> def spring(state, t, stiffness):
...     position, velocity = state
...     return np.stack([velocity, -stiffness * position])
>>> def position(stiffness):
...     return odeint(spring, np.array([1.0, 0.0]), np.array([0.0, 1.0]), (stiffness,))[1, 0]
>>> round(grad(position)(4.0), 6), round(-np.sin(2.0) / 4, 6)
(-0.227324, np.float64(-0.227324))
"""

from __future__ import annotations

from .._src.scipy.odeint import odeint
from .._src.scipy.sampled import (
    cumulative_simpson,
    cumulative_trapezoid,
    simpson,
    solve_ivp,
    trapezoid,
)

__all__ = ["cumulative_simpson", "cumulative_trapezoid", "odeint", "simpson", "solve_ivp", "trapezoid"]
