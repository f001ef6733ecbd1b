"""Removable singularities, poles and branch points of special functions: what their derivatives are there."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.special as sp

import funcgrad.scipy.special as fsp
from funcgrad import grad, jit, jvp, vjp, vmap
from funcgrad.errors import MissingRuleError
from tests.ops.test_kinks import INF, NAN, Row, assert_is, each

pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")

# name, function, point, derivative
FIRST: list[Row] = [
    ("j1", sp.j1, 0.0, 0.5),
    ("i1", sp.i1, 0.0, 0.5),
    ("i0e", sp.i0e, 0.0, 0.0),
    ("i1e", sp.i1e, 0.0, 0.5),
    ("jv(1)", lambda x: sp.jv(1, x), 0.0, 0.5),
    ("iv(½)", lambda x: sp.iv(0.5, x), 0.0, INF),
    ("y0", sp.y0, 0.0, INF),
    ("y1", sp.y1, 0.0, INF),
    ("yv(½)", lambda x: sp.yv(0.5, x), 0.0, INF),
    ("yn(2)", lambda x: sp.yn(2, x), 0.0, INF),
    ("k0", sp.k0, 0.0, -INF),
    ("k1", sp.k1, 0.0, -INF),
    ("k0e", sp.k0e, 0.0, -INF),
    ("k1e", sp.k1e, 0.0, -INF),
    ("kv(½)", lambda x: sp.kv(0.5, x), 0.0, -INF),
    ("y0 below 0", sp.y0, -1.0, NAN),
    ("spherical_jn(1)", lambda x: fsp.spherical_jn(1, x), 0.0, 1 / 3),
    ("spherical_yn(0)", lambda x: fsp.spherical_yn(0, x), 0.0, INF),
    ("airy Bi'", lambda x: sp.airy(x)[3], 0.0, 0.0),
    ("airye Bi below 0", lambda x: sp.airye(x)[2], -1.0, sp.airy(-1.0)[3]),
    ("ber", sp.ber, 0.0, 0.0),
    ("beip", sp.beip, 0.0, 0.5),
    ("ker", sp.ker, 0.0, -INF),
    ("keip", sp.keip, 0.0, INF),
    ("struve(0)", lambda x: sp.struve(0, x), 0.0, 2 / math.pi),
    ("it2j0y0", lambda x: sp.it2j0y0(x)[0], 0.0, 0.0),
    ("it2struve0", sp.it2struve0, 0.0, -2 / math.pi),
    ("Shi", lambda x: sp.shichi(x)[0], 0.0, 1.0),
    ("Chi", lambda x: sp.shichi(x)[1], 0.0, INF),
    ("Si", lambda x: sp.sici(x)[0], 0.0, 1.0),
    ("Ci", lambda x: sp.sici(x)[1], 0.0, INF),
    ("expi", sp.expi, 0.0, INF),
    ("exp1", sp.exp1, 0.0, -INF),
    ("spence at 1", sp.spence, 1.0, -1.0),
    ("spence", sp.spence, 0.0, -INF),
    ("ellipk", sp.ellipk, 0.0, math.pi / 8),
    ("ellipk at 1", sp.ellipk, 1.0, INF),
    ("ellipk above 1", sp.ellipk, 2.0, NAN),
    ("ellipe", sp.ellipe, 0.0, -math.pi / 8),
    ("ellipe at 1", sp.ellipe, 1.0, -INF),
    ("ellipkm1", sp.ellipkm1, 0.0, -INF),
    ("ellipkinc by m", lambda m: sp.ellipkinc(0.0, m), 0.5, 0.0),
    ("ellipkinc of a circle", lambda m: sp.ellipkinc(math.pi, m), 0.0, math.pi / 4),
    ("ellipj of a circle", lambda m: sp.ellipj(1.0, m)[0], 0.0, -math.cos(1) * (2 - math.sin(2)) / 8),
    ("elliprd of equals", lambda x: sp.elliprd(x, 1.0, 1.0), 1.0, -0.3),
    ("elliprf at 0", lambda x: sp.elliprf(x, 1.0, 1.0), 0.0, -INF),
    ("elliprg at 0", lambda x: sp.elliprg(x, 1.0, 1.0), 0.0, math.pi / 8),
    ("agm of equals", lambda x: sp.agm(x, 2.0), 2.0, 0.5),
    ("lambertw", lambda x: fsp.lambertw(x).real, 0.0, 1.0),
    ("eval_legendre at 1", lambda x: sp.eval_legendre(3, x), 1.0, 6.0),
    ("eval_chebyu at -1", lambda x: sp.eval_chebyu(2, x), -1.0, -8.0),
    ("eval_jacobi, constant", lambda x: sp.eval_jacobi(0, 0.5, 0.5, x), -1.0, 0.0),
    ("lpmv(0) at 1", lambda x: sp.lpmv(0, 3, x), 1.0, 6.0),
    (
        "voigt_profile without γ",
        lambda x: sp.voigt_profile(x, 1.0, 0.0),
        1.0,
        -math.exp(-0.5) / math.sqrt(2 * math.pi),
    ),
    ("voigt_profile without σ", lambda x: sp.voigt_profile(x, 0.0, 1.0), 1.0, -0.5 / math.pi),
]

# Second derivatives that a rule with a wrong branch would get wrong.
SECOND: list[Row] = [
    ("j0", sp.j0, 0.0, -0.5),
    ("j1", sp.j1, 0.0, 0.0),
    ("i0", sp.i0, 0.0, 0.5),
    ("ellipk", sp.ellipk, 0.0, 9 * math.pi / 64),
    ("ellipe", sp.ellipe, 0.0, -3 * math.pi / 64),
    ("spence at 1", sp.spence, 1.0, 0.5),
    ("Si", lambda x: sp.sici(x)[0], 0.0, 0.0),
    ("bei", sp.bei, 0.0, 0.5),
    ("agm of equals", lambda x: sp.agm(x, 1.0), 1.0, -1 / 8),
    ("fresnel", lambda x: sp.fresnel(x)[0], 0.0, 0.0),
    ("voigt_profile by σ at 0", lambda s: sp.voigt_profile(1.0, s, 1.0), 0.0, 0.5 / math.pi),
    ("lambertw", lambda x: fsp.lambertw(x).real, 0.0, -2.0),
]

# The third derivative of j1 at 0 is -3/8: the place of a removable singularity is not cut out of a function.
THIRD: list[Row] = [
    ("j1", sp.j1, 0.0, -3 / 8),
    ("i1", sp.i1, 0.0, 3 / 8),
    ("Si", lambda x: sp.sici(x)[0], 0.0, -1 / 3),
    ("spence at 1", sp.spence, 1.0, -2 / 3),
    ("ellipk", sp.ellipk, 0.0, math.pi / 2 * 25 / 256 * 6),
]


@each(FIRST)
def test_the_derivative_at_a_special_point(fun: Any, point: Any, expected: Any) -> None:
    assert_is(grad(fun)(point), expected)
    assert_is(jvp(fun, (point,), (1.0,))[1], expected)


@each(FIRST)
def test_arrays_batches_and_programs_agree(fun: Any, point: Any, expected: Any) -> None:
    points = np.array([point, point])
    assert_is(vmap(grad(fun))(points), [expected, expected])
    assert_is(vjp(fun, points)[1](np.ones(2))[0], [expected, expected])
    assert_is(jit(grad(fun))(np.float64(point)), expected)


@each(SECOND)
def test_the_second_derivative_at_a_special_point(fun: Any, point: Any, expected: Any) -> None:
    assert_is(grad(grad(fun))(point), expected)
    assert_is(jvp(grad(fun), (point,), (1.0,))[1], expected)


@each(THIRD)
def test_the_third_derivative_at_a_special_point(fun: Any, point: Any, expected: Any) -> None:
    assert_is(grad(grad(grad(fun)))(point), expected)


ORDERS: list[tuple[str, Any]] = [
    ("jv", lambda v: sp.jv(v, 2.0)),
    ("yn", lambda n: sp.yn(n, 2.0)),
    ("ive", lambda v: sp.ive(v, 2.0)),
    ("hankel1", lambda v: sp.hankel1(v, 2.0).real),
    ("struve", lambda v: sp.struve(v, 2.0)),
    ("pbdv", lambda v: sp.pbdv(v, 2.0)[0]),
    ("expn", lambda n: sp.expn(n, 2.0)),
    ("hyp2f1", lambda a: sp.hyp2f1(a, 1.0, 1.5, 0.5)),
    ("eval_jacobi", lambda a: sp.eval_jacobi(2, a, 1.0, 0.5)),
    ("spherical_jn", lambda n: fsp.spherical_jn(n, 2.0)),
]


@pytest.mark.parametrize("fun", [fun for _, fun in ORDERS], ids=[name for name, _ in ORDERS])
def test_a_derivative_by_an_order_is_an_error_and_never_zero(fun: Any) -> None:
    with pytest.raises(MissingRuleError):
        grad(fun)(1.0)
    with pytest.raises(MissingRuleError):
        jvp(fun, (1.0,), (1.0,))
