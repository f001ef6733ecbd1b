"""Spherical harmonics, ``Y(n, m, θ, φ)`` with the polar angle θ.

dY/dφ = i m Y, and the ladder operators (e^(±iφ)(±d/dθ + i cot θ d/dφ) Y_m = √((n∓m)(n±m+1)) Y_{m±1}) give
dY/dθ = (√((n-m)(n+m+1)) e^(-iφ) Y_{m+1} - √((n+m)(n-m+1)) e^(iφ) Y_{m-1}) / 2, which is regular at the poles.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..base.errors import UnsupportedError
from ..core.aval import Aval, abstract_place, make_aval, result_kind
from .declare import Partials
from .plain import plainly
from .special import function_of, no_slope, scipy_special
from .special_kit import order
from .tables import implements
from .ufunc import pointwise


@functools.lru_cache(maxsize=256)
def _example(dtypes: tuple[Any, ...]) -> Any:
    """What SciPy returns for scalars of these dtypes: an array, or a scalar, of the result's dtype."""
    return scipy_special.sph_harm_y(*[dtype.type(1) for dtype in dtypes])


def _aval(*avals: Aval) -> Aval:
    shape = np.broadcast_shapes(*[a.shape for a in avals])
    example = _example(tuple(a.dtype for a in avals))
    kind = result_kind(avals, shape)
    if kind != "array":
        kind = "array" if isinstance(example, np.ndarray) else "scalar"
    return make_aval(shape, example.dtype, kind, abstract_place(avals))


def _host(n: Any, m: Any, theta: Any, phi: Any) -> Any:
    return scipy_special.sph_harm_y(n, m, theta, phi)


def _real(x: Any) -> Any:
    """An angle: rules see a Python float in the dtype of the result, which is complex."""
    return x.real if isinstance(x, np.complexfloating) else x


def _by_theta(out: Any, n: Any, m: Any, theta: Any, phi: Any) -> Any:
    n, m, theta, phi = order(n), order(m), _real(theta), _real(phi)
    turn = np.exp(-1j * phi)
    up = np.sqrt(np.maximum((n - m) * (n + m + 1), 0)) * turn * harmonic_p.bind(n, m + 1, theta, phi)
    down = np.sqrt(np.maximum((n + m) * (n - m + 1), 0)) / turn * harmonic_p.bind(n, m - 1, theta, phi)
    return (up - down) / 2


harmonic_p = pointwise(
    "sph_harm_y",
    lambda xp, n, m, theta, phi: function_of(xp, "sph_harm_y")(n, m, theta, phi),
    Partials(
        no_slope("sph_harm_y", "n m theta phi", "n"),
        no_slope("sph_harm_y", "n m theta phi", "m"),
        _by_theta,
        lambda out, n, m, theta, phi: 1j * order(m) * out,
    ),
    _aval,
    host=_host,
)
harmonic_p.kernel = None

if hasattr(scipy_special, "sph_harm_y"):  # since SciPy 1.15

    @implements("scipy.special.sph_harm_y")
    @plainly(scipy_special.sph_harm_y)
    def sph_harm_y(n: Any, m: Any, theta: Any, phi: Any, *, diff_n: int = 0) -> Any:
        """The spherical harmonic of degree ``n`` and order ``m``; it is differentiable by its angles."""
        if diff_n:
            raise UnsupportedError(
                f"sph_harm_y: the argument diff_n={diff_n!r} is not supported on traced values.",
                hint="leave it out, and differentiate: jvp, jacfwd, hessian",
            )
        return harmonic_p.bind(n, m, theta, phi)
