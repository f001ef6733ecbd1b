"""Programs that could compute different things have different signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import debug, jit, make_jaxpr
from funcgrad._src.compile.plain import NotPlainError
from funcgrad._src.compile.signature import signature
from funcgrad._src.core.primitive import Primitive, find_primitive
from funcgrad._src.ir.jaxpr import Equation, Jaxpr, Literal, Var
from funcgrad.extend import NONDIFF

X = np.ones((3, 4))


def sign(f: Callable[..., Any], *args: Any) -> bytes:
    return signature(make_jaxpr(f)(*(args or (X,))).closed())


def test_a_signature_is_the_same_twice() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.tanh(x) * 2.0, axis=0)[1:]

    assert sign(f) == sign(lambda x: np.sum(np.tanh(x) * 2.0, axis=0)[1:])


PYTHONS = [0.0, -0.0, 1.0, 2.0, np.inf, np.nan, 1, True]
NUMBERS = [*PYTHONS, np.float64(1.0), np.float32(1.0), np.float64(-0.0), np.int8(1)]
INDICES = (0, 1, slice(1), slice(1, None), slice(None, None, -1))
DTYPES = ("f4", "c8", "i4", "i8", ">f8", "?")
OPERANDS = (X, X[0], X[:, 0], X[0, 0], 1.0, X.astype("f"), X.astype(">f8"))
DIFFERENT: dict[str, Callable[[], list[bytes]]] = {
    "literals": lambda: [sign(lambda x, n=n: x * n) for n in NUMBERS],
    "literals that leave": lambda: [sign(lambda x, n=n: (x, n)) for n in NUMBERS],
    "params": lambda: [
        sign(lambda x, axis=axis, keep=keep: np.sum(x, axis=axis, keepdims=keep))
        for axis in (None, 0, 1, (0, 1)) for keep in (False, True)
    ],
    "indices": lambda: [sign(lambda x, k=k: x[k]) for k in INDICES],
    "dtypes in params": lambda: [sign(lambda x, t=t: x.astype(t)) for t in DTYPES],
    "avals": lambda: [sign(lambda x: x + x, x) for x in OPERANDS],
    "operands": lambda: [
        sign(f, X, X)
        for f in (
            lambda x, y: x - y, lambda x, y: y - x, lambda x, y: x - x, lambda x, y: y - y,
            lambda x, y: x + y, lambda x, y: (x - y, x), lambda x, y: (x - y, y),
        )
    ],
    "inner programs": lambda: [
        sign(lambda x, n=n: jit(lambda y: y * n)(x) + 1.0) for n in (0.0, -0.0, 1.0, 1)
    ],
    "guards": lambda: [sign_of_guard(expected) for expected in (True, False, 1, 1.0, 0.0, -0.0)],
    "derivatives": lambda: [sign_of_source(derived) for derived in (False, True)],
    "axes": lambda: [signature(Jaxpr([], [], [], axes=axes)) for axes in ((), ("a",), ("b",), ("a", "b"))],
}  # fmt: skip


def one(name: str, params: dict[str, Any], source: Any = None) -> Jaxpr:
    """A program of one equation."""
    x = Var(make_jaxpr(lambda x: x)(X).in_avals[0])
    primitive = find_primitive(name)
    outs = [] if name == "guard" else [Var(x.aval)]
    return Jaxpr([x], [Equation(primitive, (x,), params, outs, source)], outs)


def sign_of_guard(expected: Any) -> bytes:
    return signature(one("guard", {"kind": "item", "expected": expected, "number": 0, "static": ()}))


def sign_of_source(derived: bool) -> bytes:
    source = type("", (), {"derivative_of": "sin" if derived else ""})()
    return signature(one("sin", {}, source))


@pytest.mark.parametrize("name", DIFFERENT)
def test_programs_that_differ_have_signatures_that_differ(name: str) -> None:
    found = DIFFERENT[name]()
    assert len(set(found)) == len(found)


foreign_p = Primitive("tests.signature", lambda xp, x: x, family="trig")
foreign_p.rule = NONDIFF
foreign_p.aval = lambda x: x


def test_what_has_no_signature() -> None:
    inner = make_jaxpr(lambda x: x * np.ones(3))(np.ones(3))
    assert inner.hidden
    programs = [
        inner,
        make_jaxpr(foreign_p.bind)(X),
        make_jaxpr(lambda x: (debug.print("{}", x), x)[1])(X),
        one("sin", {"f": lambda: 0}),
        one("jit", {"jaxpr": inner}),
        one("jit", {"jaxpr": None}),
    ]
    for program in programs:
        with pytest.raises(NotPlainError):
            signature(program)


def test_the_names_of_calls_do_not_matter() -> None:
    body = make_jaxpr(lambda x: x * 2.0)(X)
    found = [signature(one("jit", {"jaxpr": body, "name": name})) for name in "fg"]
    assert found[0] == found[1]


def test_literals_have_their_bits() -> None:
    found = [signature(Jaxpr([], [], [Literal(value)])) for value in NUMBERS]
    assert len(set(found)) == len(found)
