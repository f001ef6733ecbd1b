"""Rows of the op table: elementary functions of SciPy's, entropies, losses, sums of exponentials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.ops.case import Arg, Case
from tests.ops.special_namespace import special

ANY, ROW, COLUMN = Arg(), Arg((4,)), Arg((3, 1))
POSITIVE = Arg(low=0.3, high=3.0)
POSITIVE_ROW, POSITIVE_COLUMN = Arg((4,), low=0.3, high=3.0), Arg((3, 1), low=0.3, high=3.0)
AWAY = Arg(avoid=(0.0,), margin=0.3)
ABOVE = Arg(low=-0.6, high=2.0)
PROBABILITY = Arg(low=0.1, high=0.9)
DEGREES = Arg(low=10.0, high=80.0)
COUNTS = Arg(low=-1, high=3, dtype="int64")
SMALL, SMALL_ROW = Arg(low=-0.3, high=0.3), Arg((4,), low=-0.3, high=0.3)
SIGNED = Arg((3, 4), avoid=(0.0,), margin=0.2)


def function(name: str) -> Callable[..., Any]:
    return lambda np, *args: getattr(special(np), name)(*args)


def one(name: str, arg: Arg = ANY, *, primitive: str = "", complex: bool = False, **known: Any) -> Case:
    return Case(primitive or name, function(name), (arg,), complex=complex, **known)


def two(name: str, first: Arg, second: Arg, first_column: Arg, second_row: Arg, **known: Any) -> list[Case]:
    """Operands of one shape, and operands that are broadcast."""
    device = name not in ("powm1", "tklmbda")
    return [
        Case(name, function(name), (first, second), device=device, **known),
        Case(name, function(name), (first_column, second_row), device=device, label="broadcast"),
    ]


ELEMENTARY = [
    one("exp2", primitive="special_exp2"),
    one("exp10"),
    one("expm1", primitive="special_expm1", complex=True),
    one("log1p", ABOVE, primitive="special_log1p", complex=True),
    one("cbrt", AWAY, primitive="special_cbrt"),
    one("exprel"),
    one("exprel", Arg(low=1e-9, high=1e-7), label="small"),
    one("round", AWAY, primitive="special_round"),
    one("cosm1"),
    one("sindg", DEGREES),
    one("cosdg", DEGREES),
    one("tandg", DEGREES),
    one("cotdg", DEGREES),
    one("expit"),
    one("expit", COUNTS, label="integers"),
    one("expit", Arg((), kind="python"), label="python"),
    one("logit", PROBABILITY),
    one("log_expit"),
    one("softplus", primitive="logaddexp", label="softplus"),
    one("sinc", AWAY, label="special"),
    Case("radian", lambda np, d, m, s: special(np).radian(d, 60 * m, 3600 * s), (COLUMN, ROW, ANY)),
    *two("powm1", POSITIVE, ANY, POSITIVE_COLUMN, ROW),
]

ENTROPIES = [
    *two("xlogy", ANY, POSITIVE, COLUMN, POSITIVE_ROW, complex=True),
    *two("xlog1py", ANY, ABOVE, COLUMN, POSITIVE_ROW, complex=True),
    one("entr", POSITIVE),
    *two("rel_entr", POSITIVE, POSITIVE, POSITIVE_COLUMN, POSITIVE_ROW),
    *two("kl_div", POSITIVE, POSITIVE, POSITIVE_COLUMN, POSITIVE_ROW),
    *two("huber", POSITIVE, ANY, POSITIVE_COLUMN, ROW),
    *two("pseudo_huber", POSITIVE, ANY, POSITIVE_COLUMN, ROW),
    *two("boxcox", POSITIVE, ANY, POSITIVE_COLUMN, ROW),
    *two("boxcox1p", ABOVE, ANY, POSITIVE_COLUMN, ROW),
    *two("inv_boxcox", ANY, SMALL, COLUMN, SMALL_ROW),
    *two("inv_boxcox1p", ANY, SMALL, COLUMN, SMALL_ROW),
    *two("tklmbda", Arg(low=-0.8, high=0.8), SMALL, Arg((3, 1), low=-0.8, high=0.8), SMALL_ROW, rtol=1e-6),
]

SUMS = [
    Case("special_softmax", lambda np, x: special(np).softmax(x)),
    Case("special_softmax", lambda np, x: special(np).softmax(x, axis=-1), label="axis"),
    Case(
        "special_softmax",
        lambda np, x: special(np).softmax(x, axis=(0, 2)),
        (Arg((2, 3, 4)),),
        bits=False,
        label="axes",
    ),
    Case("special_log_softmax", lambda np, x: special(np).log_softmax(x)),
    Case("special_log_softmax", lambda np, x: special(np).log_softmax(x, axis=0), label="axis"),
    Case("special_logsumexp", lambda np, x: special(np).logsumexp(x), bits=False),
    Case("special_logsumexp", lambda np, x: special(np).logsumexp(x, axis=-1), bits=False, label="axis"),
    Case(
        "special_logsumexp",
        lambda np, x: special(np).logsumexp(x, axis=(0, 2), keepdims=True),
        (Arg((2, 3, 4)),),
        bits=False,
        label="axes",
    ),
    Case(
        "special_logsumexp", lambda np, n: special(np).logsumexp(n), (COUNTS,), bits=False, label="integers"
    ),
    Case(
        "special_logsumexp",
        lambda np, n: special(np).logsumexp(n > 2, axis=0),
        (COUNTS,),
        bits=False,
        label="bools",
    ),
    Case(
        "special_logsumexp",
        lambda np, x: special(np).logsumexp(x),
        (Arg((), kind="scalar"),),
        bits=False,
        label="scalar",
    ),
    Case(
        "special_logsumexp",
        lambda np, x: special(np).logsumexp(x, keepdims=True),
        (Arg((), kind="scalar"),),
        bits=False,
        label="scalar kept",
    ),
    Case(
        "special_logsumexp",
        lambda np, x: special(np).logsumexp(x),
        (Arg((3,), dtype="complex128"),),
        bits=False,
        device=False,
        label="complex",
    ),
    Case(
        "special_logsumexp",
        lambda np, x, b: special(np).logsumexp(x, axis=0, b=b),
        (ANY, POSITIVE),
        bits=False,
        label="weights",
    ),
    Case(
        "special_logsumexp",
        lambda np, x, b: special(np).logsumexp(x, b=b),
        (ANY, POSITIVE_ROW),
        bits=False,
        label="broadcast",
    ),
    Case(
        "special_logsumexp special_logsumexp_sign",
        lambda np, x, b: special(np).logsumexp(x, axis=1, b=b, return_sign=True),
        (ANY, SIGNED),
        bits=False,
        label="signs",
    ),
]

CASES: list[Case] = [*ELEMENTARY, *ENTROPIES, *SUMS]
