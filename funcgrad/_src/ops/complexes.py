"""Parts of complex numbers, conjugate, modulus, sign and angle; absolute values of real ones.

A cotangent g of a complex value pairs with its tangent t as the real part of ``g * t``, without a
conjugate; the rules below are read off from that.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..core.aval import Aval, abstract_place, aval_of, make_aval
from ..core.inplace import link_view
from ..core.primitive import as_operand
from ..core.trace import Tracer
from .declare import NONDIFF, Explicit, Linear, Partials
from .logic import logical_or
from .select import promote, where
from .structural import real_p
from .tables import UFUNCS, implements
from .trig import arctan2
from .ufunc import Ufunc, elementwise, pointwise, ufunc_aval

# --- real and imaginary part -----------------------------------------------------------------------

# out = re + i im: the real part of g * (t_re + i t_im) is re(g) t_re - im(g) t_im.


def _join(xp: Any, re: Any, im: Any) -> Any:
    aval = _join_aval(aval_of(re), aval_of(im))
    out = xp.empty(aval.shape, aval.dtype)
    out[...] = re
    out.imag[...] = im
    return out


def _join_aval(re: Aval, im: Aval) -> Aval:
    shape = np.broadcast_shapes(re.shape, im.shape)
    return make_aval(shape, np.result_type(promote(re, im), np.complex64), "array", abstract_place((re, im)))


join_p = pointwise(
    "join_complex",
    _join,
    Linear(lambda g, re, im: real(g), lambda g, re, im: -imag(g), elementwise=True),
    _join_aval,
)

# out = im(z): g t_im is the real part of (-i g) t.
imag_p = pointwise(
    "imag",
    lambda xp, x: x.imag,
    Linear(lambda g, x: -1j * g),
    lambda x: make_aval(x.shape, np.empty(0, x.dtype).real.dtype, x.kind, x.place),
)
real_p.kernel = imag_p.kernel = None  # they may be views
real_p.put = lambda base, new: join_p.bind(new, imag_p.bind(base))
imag_p.put = lambda base, new: join_p.bind(real_p.bind(base), new)


def _is_complex(x: Any) -> bool:
    return aval_of(x).dtype.kind == "c"


@implements(np.real)
def real(val: Any) -> Any:
    """The real part, a view; a real ``val`` itself."""
    if type(val) is not Tracer:
        return np.real(val)
    return link_view(real_p.bind(val), val, real_p, {}) if _is_complex(val) else val


@implements(np.imag)
def imag(val: Any) -> Any:
    """The imaginary part, a view; zeros for a real ``val``."""
    if type(val) is not Tracer:
        return np.imag(val)
    out = imag_p.bind(val)
    return link_view(out, val, imag_p, {}) if _is_complex(val) else out


conjugate: Ufunc = elementwise(
    "conjugate", Linear(lambda g, x: conjugate(g), elementwise=True), doc="Complex conjugate, elementwise."
)

# --- signs and absolute values ---------------------------------------------------------------------

# s = z / |z| has the tangent  (t - s re(conj(s) t)) / |z|.  Paired with g:
#     re(g t) / |z| - re(g s) re(conj(s) t) / |z|,
# so the cotangent is (g - re(g s) conj(s)) / |z|. At z = 0 both are taken to be 0.


def _per_modulus(change: Any, z: Any) -> Any:
    modulus = absolute(z)
    return where(logical_or(modulus == 0, change == 0), 0.0, change / modulus)


def _sign_jvp(tangents: Any, out: Any, z: Any) -> Any:
    t = tangents[0]
    return _per_modulus(t - out * real(conjugate(out) * t), z)


sign_complex_p = pointwise(
    "sign_complex",
    lambda xp, z: xp.sign(z),
    Explicit(
        jvp=_sign_jvp,
        vjp=lambda g, out, z: [_per_modulus(g - real(g * out) * conjugate(out), z)],
    ),
    ufunc_aval(np.sign),
    host=np.sign,
)


class _Sign(Ufunc):
    """Two primitives: the sign is piecewise constant for real operands, but not for complex ones."""

    direct = frozenset()

    def __init__(self, op: Ufunc) -> None:
        super().__init__("sign", op.primitive, op.ufunc, op.__doc__ or "")
        self.bind = self._choose

    def _choose(self, x: Any) -> Any:
        x = x if type(x) is Tracer else as_operand(x)
        return (sign_complex_p if _is_complex(x) else self.primitive).bind(x)


sign = UFUNCS[np.sign] = _Sign(
    elementwise("sign", NONDIFF, doc="-1, 0 or 1; ``z / |z|`` for complex z. Its derivative at 0 is 0.")
)


def _absolute_slope(out: Any, x: Any) -> Any:
    """The sign; conjugated for complex x, since d|z| = re(conj(z) dz) / |z|. 0 at 0."""
    if not _is_complex(x):
        return sign(x)
    modulus = absolute(x)
    return where(modulus == 0, 0.0, conjugate(x) / modulus)


absolute = elementwise(
    "absolute",
    Partials(_absolute_slope),
    host=operator.abs,
    doc="Absolute value, modulus of complex numbers. At 0 the derivative is 0.",
)
fabs = elementwise("fabs", Partials(lambda out, x: sign(x)), doc="Absolute value. At 0 the derivative is 0.")
copysign = elementwise(
    "copysign",
    Partials(lambda out, x, y: sign(x) * sign(out), None),
    doc="|x| with the sign of y. At ``x == 0`` the derivative is 0.",
)
heaviside = elementwise(
    "heaviside",
    Partials(None, lambda out, x, y: x == 0),
    doc="0 below 0, 1 above, y at 0: piecewise constant in x.",
)

# --- angle -----------------------------------------------------------------------------------------


@implements(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """The angle of a complex number in the plane; at 0 its derivative is 0."""
    if type(z) is not Tracer:
        return np.angle(z, deg)
    turn = arctan2(imag(z), real(z)) if _is_complex(z) else arctan2(0, z)
    return turn * (180 / math.pi) if deg else turn
