"""Rows of the op table: error functions, and the normal distribution's."""

from __future__ import annotations

from funcgrad._src.ops.special_stable import dawsn_slope_p, erfcx_slope_p, gaussian, log1pmx, moment
from tests.ops.case import Arg, Case
from tests.ops.special_namespace import special

SMALL = Arg(low=-0.9, high=0.9)
PROBABILITY = Arg(low=0.05, high=0.95)
ROW, COLUMN = Arg((4,)), Arg((3, 1))
COMPLEX = Arg(dtype="complex128")
NUMBER = Arg((), kind="python", low=0.1, high=0.9)
COUNTS = Arg(low=-1, high=2, dtype="int64")

ERRORS = [
    Case("erf", lambda np, x: special(np).erf(x), complex=True),
    Case("erf", lambda np, x: special(np).erf(x), (NUMBER,), label="python"),
    Case("erf", lambda np, n: special(np).erf(n), (COUNTS,), label="integers"),
    Case("erf", lambda np, x: special(np).erf(x), (Arg((0, 2)),), label="empty"),
    Case(
        "erf", lambda np, x: special(np).erf(x, dtype=np.float32), (Arg(),), order=1, rtol=1e-2, label="dtype"
    ),
    Case("erfc", lambda np, x: special(np).erfc(x), complex=True),
    Case("erfc", lambda np, x: special(np).erfc(x), (Arg(low=2.0, high=9.0),), label="tail"),
    Case("erfcx", lambda np, x: special(np).erfcx(x), complex=True),
    Case("erfcx", lambda np, x: special(np).erfcx(x), (Arg(low=1.0, high=20.0),), label="tail"),
    Case("erfi", lambda np, x: special(np).erfi(x), complex=True, device=False),
    Case("dawsn", lambda np, x: special(np).dawsn(x), complex=True, device=False),
    Case("dawsn", lambda np, x: special(np).dawsn(x), (Arg(low=1.0, high=20.0),), device=False, label="tail"),
    Case("wofz", lambda np, x: special(np).wofz(x), (COMPLEX,), device=False),
    Case("erfinv", lambda np, x: special(np).erfinv(x), (SMALL,)),
    Case("erfcinv", lambda np, x: special(np).erfcinv(x), (Arg(low=0.1, high=1.9),)),
]

NORMAL = [
    Case("ndtr", lambda np, x: special(np).ndtr(x), complex=True),
    Case("ndtr", lambda np, x: special(np).ndtr(x), (Arg(low=-12.0, high=-3.0),), label="tail"),
    Case("log_ndtr", lambda np, x: special(np).log_ndtr(x), complex=True),
    Case("log_ndtr", lambda np, x: special(np).log_ndtr(x), (Arg(low=-30.0, high=3.0),), label="tail"),
    Case("ndtri", lambda np, p: special(np).ndtri(p), (PROBABILITY,)),
    Case("ndtri_exp", lambda np, y: special(np).ndtri_exp(y), (Arg(low=-30.0, high=-0.1),), device=False),
    Case(
        "nrdtrimn",
        lambda np, p, s, x: special(np).nrdtrimn(p, s, x),
        (Arg((3, 1), low=0.1, high=0.9), Arg((4,), low=0.5), Arg()),
        device=False,
    ),
    Case(
        "nrdtrisd",
        lambda np, m, p, x: special(np).nrdtrisd(m, p, x),
        (Arg((3, 1)), Arg((4,), low=0.6, high=0.9), Arg(low=3.0, high=4.0)),
        device=False,
    ),
    Case("owens_t", lambda np, h, a: special(np).owens_t(h, a), (COLUMN, ROW), device=False),
]

STABLE = [
    Case("gaussian", lambda np, x: gaussian(x), complex=True),
    Case("gaussian", lambda np, x: gaussian(x, 0.5), (Arg(low=5.0, high=9.0),), label="tail"),
    Case("erfcx_slope", lambda np, x: erfcx_slope_p.bind(x), (Arg(low=-2.0, high=6.0),)),
    Case("dawsn_slope", lambda np, x: dawsn_slope_p.bind(x), (Arg(low=-9.0, high=9.0),), device=False),
    Case("exponential_moment", lambda np, x: moment(x, 1), (Arg(low=-3.0, high=3.0),)),
    Case("log1pmx", lambda np, x: log1pmx(x), (Arg(low=-0.8, high=3.0),)),
]

CASES: list[Case] = [*ERRORS, *NORMAL, *STABLE]
