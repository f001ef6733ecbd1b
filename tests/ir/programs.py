"""Primitives that only these tests know, and random programs over them."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from funcgrad._src.core import primitive as registry
from funcgrad._src.core.aval import Aval, aval_of, make_aval
from funcgrad._src.core.primitive import Primitive
from funcgrad._src.ir.jaxpr import Equation, Jaxpr, Literal, Var
from funcgrad._src.tree import structure
from tests.tree.strategies import trees


class Color(enum.Enum):
    RED = 1


class Window(NamedTuple):
    size: int
    stride: Any


def module_function(x: Any) -> Any:
    return x


def _primitive(name: str, **slots: Any) -> Primitive:
    primitive = Primitive(name, lambda xp, *args, **params: args[0] if args else None)
    del registry._registry[name]
    for slot, value in slots.items():
        setattr(primitive, slot, value)
    return primitive


def _call_aval(*avals: Aval, body: Jaxpr) -> tuple[Aval, ...]:
    if avals != body.in_avals:
        raise TypeError(f"the body takes {body.in_avals}")
    return body.out_avals


# ``any_p`` takes anything and returns what its param ``gives`` says; ``show_p`` has an effect and no result.
any_p = _primitive("ir_tests.any", multiple=True, aval=lambda *avals, gives, **params: gives)
show_p = _primitive("ir_tests.show", multiple=True, aval=lambda *avals, **params: (), effect="ordered")
odd_p = _primitive("an odd name", aval=lambda x: x)
call_p = _primitive("ir_tests.call", multiple=True, aval=_call_aval)
PRIMITIVES = (any_p, show_p, odd_p, call_p)


@contextmanager
def registered() -> Iterator[None]:
    """The primitives of these tests are registered within the block, so that no other test meets them."""
    for primitive in PRIMITIVES:
        registry._registry[primitive.name] = primitive
    try:
        yield
    finally:
        for primitive in PRIMITIVES:
            del registry._registry[primitive.name]


F3 = make_aval((3,), np.dtype(float))
PYTHON_FLOAT = aval_of(1.0)

_dtypes = st.sampled_from(
    [np.dtype(code) for code in "?bBhHiIlLefdgFDG"] + [np.dtype(">f8"), np.dtype("<M8[ns]")]
)
_numeric = st.sampled_from(
    [np.dtype(code) for code in "?bBhHiIlLefdgFDG"] + [np.dtype(">f8"), np.dtype(">i4")]
)
_native = st.sampled_from([np.dtype(code) for code in "?bBhHiIlLqQefdgFDG"])
_places = st.sampled_from(["host", "cupy:0", "mock:1"])
avals: st.SearchStrategy[Aval] = st.one_of(
    st.builds(
        make_aval, st.lists(st.integers(0, 9), max_size=3).map(tuple), _numeric, st.just("array"), _places
    ),
    st.builds(lambda dtype: make_aval((), dtype, "scalar"), _native),
    st.sampled_from([aval_of(1.0), aval_of(1), aval_of(True), aval_of(1j)]),
)
python_numbers = st.one_of(st.booleans(), st.integers(), st.floats(), st.complex_numbers())


def _as_dtype(dtype: np.dtype[Any], value: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.asarray(value).astype(dtype)[()]


numpy_numbers = st.builds(
    _as_dtype, _native, st.booleans() | st.integers(0, 100) | st.floats(-1e4, 1e4, width=32)
)
numpy_numbers |= st.builds(_as_dtype, st.sampled_from([np.dtype(c) for c in "efdgFDG"]), st.floats(width=16))
numbers = python_numbers | numpy_numbers
_plain = st.one_of(
    st.none(),
    numbers,
    st.text(),
    st.binary(max_size=5),
    st.sampled_from([..., np.sin, np.float32, module_function, Color.RED, any_p, len, Window]),
    st.builds(slice, st.none() | st.integers(), st.none() | st.integers(), st.none() | st.integers()),
    _dtypes,
    avals,
    trees.map(structure),
)
values: st.SearchStrategy[Any] = st.recursive(
    _plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple),
        st.builds(Window, st.integers(), inner),
        st.frozensets(st.text(max_size=3) | st.integers()),
    ),
    max_leaves=5,
)
names = st.sampled_from(["axis", "x_1", "shape", "lambda_", "inf", "n"])


@st.composite
def programs(draw: Any, depth: int = 2, takes: Sequence[Aval] | None = None) -> Jaxpr:
    """A well-formed program with equations of every form; with ``takes``, a closed one of these inputs."""
    hidden_vars = [Var(aval) for aval in draw(st.lists(avals, max_size=2))] if takes is None else []
    in_vars = [Var(aval) for aval in (draw(st.lists(avals, max_size=3)) if takes is None else takes)]
    bound: list[Any] = [*hidden_vars, *in_vars]

    def atom() -> Any:
        if bound and draw(st.booleans()):
            return draw(st.sampled_from(bound))
        return Literal(draw(numbers))

    eqns = []
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["any", "show", "odd", "call"]))
        if kind == "any":
            gives = tuple(draw(st.lists(avals, max_size=3)))
            params = {**draw(st.dictionaries(names, values, max_size=2)), "gives": gives}
            eqn = Equation(
                any_p, tuple(atom() for _ in range(draw(st.integers(0, 3)))), params, [Var(a) for a in gives]
            )
        elif kind == "show":
            eqn = Equation(show_p, (atom(),), draw(st.dictionaries(names, values, max_size=1)), ())
        elif kind == "odd":
            x = atom()
            eqn = Equation(odd_p, (x,), {}, (Var(x.aval),))
        elif depth:
            ins = tuple(atom() for _ in range(draw(st.integers(0, 2))))
            body = draw(programs(depth - 1, [a.aval for a in ins]))
            eqn = Equation(call_p, ins, {"body": body}, [Var(a) for a in body.out_avals])
        else:
            continue
        eqns.append(eqn)
        bound += eqn.outs
    outs = [atom() for _ in range(draw(st.integers(0, 3)))]
    axes = tuple(draw(st.lists(st.text(max_size=4), max_size=2, unique=True)))
    return Jaxpr(in_vars, eqns, outs, hidden_vars=hidden_vars, axes=axes)
