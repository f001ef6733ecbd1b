"""Spherical Bessel functions.

With f_n one of j_n, y_n: f_n' = (n f_{n-1} - (n+1) f_{n+1}) / (2n+1); i_n' has a plus, and k_n' is minus that
sum (DLMF 10.51.1, 10.51.4). The same holds for the derivatives themselves, ``derivative=True``. SciPy's are
no ufuncs, but functions of Python: traced values are for those of funcgrad.scipy.special.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..core.aval import Aval, abstract_place, make_aval, result_kind
from ..core.primitive import Primitive
from ..core.trace import Tracer
from .declare import Partials
from .plain import plainly
from .special import function_of, no_slope, scipy_special
from .tables import implements
from .ufunc import pointwise


@functools.lru_cache(maxsize=256)
def _dtype(name: str, dtypes: tuple[Any, ...]) -> Any:
    """The dtype of SciPy's result, which is not that of its ufunc in every version."""
    n, z = (np.ones(1, dtype) for dtype in dtypes)
    return getattr(scipy_special, name)(n, z).dtype


def _declare(name: str, signs: tuple[int, int], *, rises: bool) -> Primitive:
    """A primitive for one kind. ``signs`` are those of the two terms."""

    def aval(n: Aval, z: Aval, *, derivative: bool) -> Aval:
        shape = np.broadcast_shapes(n.shape, z.shape)
        kind = result_kind((n, z), shape)
        dtype, place = _dtype(name, (n.dtype, z.dtype)), abstract_place((n, z))
        return make_aval(shape, dtype, "scalar" if kind == "python" else kind, place)

    def slope(out: Any, n: Any, z: Any, *, derivative: bool) -> Any:
        def term(n: Any) -> Any:
            return primitive.bind(n, z, derivative=derivative)

        below = n * term(np.maximum(n - 1, 0))
        value = (signs[0] * below + signs[1] * (n + 1) * term(n + 1)) / (2 * n + 1)
        return np.where(z == 0, -out, value) if rises else value

    def refuse(out: Any, n: Any, z: Any, *, derivative: bool) -> Any:
        return no_slope(name, "n z", "n")(out, n, z)

    primitive = pointwise(
        name,
        lambda xp, n, z, *, derivative: function_of(xp, name)(n, z, derivative=derivative),
        Partials(refuse, slope),
        aval,
        host=getattr(scipy_special, name),
    )
    primitive.kernel = None
    return primitive


spherical_jn_p = _declare("spherical_jn", (1, -1), rises=False)
spherical_yn_p = _declare("spherical_yn", (1, -1), rises=True)
spherical_in_p = _declare("spherical_in", (1, 1), rises=False)
spherical_kn_p = _declare("spherical_kn", (-1, -1), rises=False)


def _bind(primitive: Primitive, n: Any, z: Any, derivative: Any) -> Any:
    if type(n) is not Tracer:
        n = np.asarray(n, dtype=np.dtype("long"))[()]
    return primitive.bind(n, z, derivative=bool(derivative))


@implements("scipy.special.spherical_jn")
@plainly(scipy_special.spherical_jn)
def spherical_jn(n: Any, z: Any, derivative: bool = False) -> Any:
    """The spherical Bessel function j of whole order ``n``, or its derivative."""
    return _bind(spherical_jn_p, n, z, derivative)


@implements("scipy.special.spherical_yn")
@plainly(scipy_special.spherical_yn)
def spherical_yn(n: Any, z: Any, derivative: bool = False) -> Any:
    """The spherical Bessel function y of whole order ``n``, or its derivative."""
    return _bind(spherical_yn_p, n, z, derivative)


@implements("scipy.special.spherical_in")
@plainly(scipy_special.spherical_in)
def spherical_in(n: Any, z: Any, derivative: bool = False) -> Any:
    """The modified spherical Bessel function i of whole order ``n``, or its derivative."""
    return _bind(spherical_in_p, n, z, derivative)


@implements("scipy.special.spherical_kn")
@plainly(scipy_special.spherical_kn)
def spherical_kn(n: Any, z: Any, derivative: bool = False) -> Any:
    """The modified spherical Bessel function k of whole order ``n``, or its derivative."""
    return _bind(spherical_kn_p, n, z, derivative)
