"""Integrals of sampled functions: the trapezoidal rule and Simpson's."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from ..backends import require
from ..base.errors import UnsupportedError
from ..core.aval import aval_of
from ..ops.given import arrays_of
from ..ops.plain import is_plain, plainly

scipy_integrate: Any = require("scipy.integrate", "scipy")


@plainly(scipy_integrate.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral of ``y`` along ``axis`` by the trapezoidal rule, at points ``x`` or ``dx`` apart."""
    return np.trapezoid(arrays_of(y)[0], x, dx, axis)


@plainly(scipy_integrate.cumulative_trapezoid)
def cumulative_trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: Any = None) -> Any:
    """The integral by the trapezoidal rule up to each point; ``initial=0`` puts a zero in front."""
    if initial not in (None, 0) or not is_plain(initial):
        raise ValueError("`initial` must be `None` or `0`.")
    y = np.moveaxis(arrays_of(y)[0], axis, -1)
    out = np.cumsum(_widths(y, x, dx, axis) * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)
    if initial is not None:
        out = np.concatenate([np.zeros_like(out[..., :1]), out], axis=-1)
    return np.moveaxis(out, -1, axis)


def _widths(y: Any, x: Any, dx: Any, axis: int) -> Any:
    """The distances between points, along the last axis."""
    if x is None:
        return dx
    x = arrays_of(x)[0]
    if aval_of(x).ndim > 1:
        x = np.moveaxis(x, axis, -1)
    if aval_of(x).shape[-1] != aval_of(y).shape[-1]:
        raise ValueError("If given, length of x along axis must be the same as y.")
    return np.diff(x, axis=-1)


@plainly(scipy_integrate.simpson)
def simpson(y: Any, x: Any = None, *, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral of ``y`` along ``axis`` by Simpson's rule, at points ``x`` or ``dx`` apart.

    For an even number of points the last interval has Cartwright's correction, as in SciPy. On traced
    values the sums are taken in another order than SciPy's, so that the last bits may differ.
    """
    y = np.moveaxis(arrays_of(y)[0], axis, -1)
    n = aval_of(y).shape[-1]
    h = _widths(y, x, dx, axis)
    h = np.broadcast_to(h, (n - 1,)) if aval_of(h).ndim == 0 else h
    if n == 0:
        return np.sum(y, axis=-1)
    if n <= 2:
        return np.sum(h * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)
    odd = n if n % 2 else n - 1
    result = np.sum(_parabolas(y[..., :odd], h[..., : odd - 1]), axis=-1)
    return result if n % 2 else result + _last(y, h)


def _parabolas(y: Any, h: Any) -> Any:
    """The integral of the parabola through every three points."""
    h0, h1 = h[..., ::2], h[..., 1::2]
    total, ratio = h0 + h1, h0 / h1
    left, middle, right = y[..., :-2:2], y[..., 1:-1:2], y[..., 2::2]
    weighted = left * (2.0 - 1.0 / ratio) + middle * (total * total / (h0 * h1)) + right * (2.0 - ratio)
    return total / 6.0 * weighted


def _last(y: Any, h: Any) -> Any:
    """The last interval of an even number of points, by the parabola through the last three.

    K. V. Cartwright, "Simpson's rule cumulative integration with MS Excel and irregularly-spaced data",
    Journal of Mathematical Sciences and Mathematics Education 12 (2), 2017, equation 8.
    """
    h0, h1 = h[..., -2], h[..., -1]
    alpha = (2.0 * h1**2 + 3.0 * h0 * h1) / (6.0 * (h1 + h0))
    beta = (h1**2 + 3.0 * h0 * h1) / (6.0 * h0)
    eta = h1**3 / (6.0 * h0 * (h0 + h1))
    return alpha * y[..., -1] + beta * y[..., -2] - eta * y[..., -3]


def cumulative_simpson(y: Any, *, x: Any = None, dx: Any = 1.0, axis: int = -1, initial: Any = None) -> Any:
    """SciPy's on plain arrays; refused on traced values."""
    if is_plain((y, x, dx, initial)):
        return scipy_integrate.cumulative_simpson(y, x=x, dx=dx, axis=axis, initial=initial)
    _refuse("cumulative_simpson", "take cumulative_trapezoid on a finer grid, or simpson of the parts")


def solve_ivp(fun: Any, t_span: Any, y0: Any, *args: Any, **kwargs: Any) -> Any:
    """SciPy's on plain arrays; refused on traced values: ``odeint`` is differentiable."""
    if is_plain((t_span, y0, kwargs.get("args"))):
        return scipy_integrate.solve_ivp(fun, t_span, y0, *args, **kwargs)
    _refuse("solve_ivp", "write odeint(fun, y0, t, args, tfirst=True), which gives the states at the times t")


def _refuse(name: str, hint: str) -> NoReturn:
    raise UnsupportedError(f"`scipy.integrate.{name}` does not work on traced values.", hint=hint)
