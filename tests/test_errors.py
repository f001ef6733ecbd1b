"""What a user reads after a mistake with a traced value: the whole text, under every transformation."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import funcgrad
import funcgrad.errors
from funcgrad import (
    grad,
    jacrev,
    jit,
    jvp,
    vjp,
    vmap,
)
from funcgrad._src.base.source import use_of_array
from tests.error_texts import ABSTRACT, BATCH, CUT, ROWS, WAYS, Way, X, here, place, text_of
from tests.mock_device import to_mock

# --- uses of a traced value --------------------------------------------------------------------------


def branches(x: Any) -> Any:
    if x > 0:  # at: if
        return x
    return -x


def converts(x: Any) -> Any:
    return float(x) * x  # at: float


def collects(x: Any) -> Any:
    return np.array([x]).sum()  # at: array


def writes(x: Any) -> Any:
    a = np.zeros(3)
    a[0] = x  # at: write
    return a.sum()


def writes_a_slice(x: Any) -> Any:
    a = np.zeros(3)
    a[1:] = x  # at: write a slice
    return a.sum()


def fills(x: Any) -> Any:
    a = np.zeros(3)
    a.fill(x)  # at: fill
    return a.sum()


def multiplies(x: Any) -> Any:
    return ROWS.dot(x * np.ones(3)).sum()  # at: dot


def slides(x: Any) -> Any:
    return np.lib.stride_tricks.sliding_window_view(x, 1)  # at: missing


def meets_text(x: Any) -> Any:
    return x * np.array(["a"])  # at: text


def meets_objects(x: Any) -> Any:
    return np.add(x, np.array([None]))  # at: objects


CUT_TEXT = """CutGradientError: {what} would cut the gradient: `{name}` cannot follow {made}.
  expected  NumPy functions and operators on the traced value itself
  got       a tracer of {aval}
  at        {at}
  try       {instead}"""
BATCH_TEXT = """ConcretizationError: {what}: Python needs the value of a traced array, \
but under `{name}` it has another value for each example.
  expected  one value
  got       a tracer of {aval}
  at        {at}
  try       {instead}"""
ABSTRACT_TEXT = """ConcretizationError: {what}: Python needs the value of a traced array, \
but under `{name}` it has no value while it is traced.
  expected  a value that is the same in every call
  got       a tracer of {aval}
  at        {at}
  try       {instead}"""
WRITE_TEXT = """MutationError: {what}: a plain array cannot take a traced value of `{inner}`.
  expected  a traced array a
  got       a plain array, and a tracer of float64
  at        {at}
  try       make a with np.zeros_like(x) or np.zeros(shape, like=x), \
or collect the values and np.stack them"""
MISSING_TEXT = """MissingRuleError: np.lib.stride_tricks.sliding_window_view has no rule for traced values.
  at        {at}
  try       put the call into a function with custom_vjp or custom_jvp, which give its derivative; \
or pass stop_gradient(x), if none is wanted"""
NUMBERS_TEXT = """DtypeError: funcgrad computes on numbers, not on dtype {dtype}.
  expected  bool, integer, floating or complex
  got       {dtype}
  at        {at}
  try       convert with x.astype(float), or keep this array out of the traced function"""
TEXTS = {CUT: CUT_TEXT, BATCH: BATCH_TEXT, ABSTRACT: ABSTRACT_TEXT}

STAY = "keep x as it is: np.sin(x) in place of math.sin(x), x in place of float(x)"
STACK = "np.stack([x, y]) or funcgrad.numpy.array([x, y]), and x in place of np.asarray(x)"
STOP = "; stop_gradient(x) first, if the gradient is to stop here"
STATIC = "; or mark the argument with static_argnums"


class Use(NamedTuple):
    """A mistake with a traced value, and how the texts of TEXTS speak of it."""

    function: Callable[[Any], Any]
    marker: str
    what: str
    made: str
    instead: str
    aval: str = "float64"


USES = {
    "float(x)": Use(converts, "float", "float(x)", "a plain number", STAY),
    "np.array([x])": Use(collects, "array", "np.asarray(x) or np.array([x])", "a plain array", STACK),
    "a.dot(x)": Use(
        multiplies,
        "dot",
        "a.dot(x) of a plain array a",
        "a plain array",
        "a @ x or np.dot(a, x), or pass a as an argument of the function",
        "float64[3]",
    ),
}


def hint_for(use: Use, way: Way) -> str:
    """What the last line says beside ``use.instead``."""
    number = use.aval == "float64"
    if way.why == CUT:
        return use.instead + (STOP if number else "")
    return use.instead + (STATIC if number and way.name in ("jit", "make_jaxpr") else "")


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("way", WAYS)
def test_a_number_that_leaves(use: str, way: str) -> None:
    """``float(x)``, ``np.array([x])``, and a method of a plain array, under every transformation."""
    mistake, under = USES[use], WAYS[way]
    at = place(__file__, mistake.marker, mistake.function.__name__)
    assert text_of(lambda: under.run(mistake.function)) == TEXTS[under.why].format(
        what=mistake.what,
        name=under.name,
        made=mistake.made,
        aval=mistake.aval,
        at=at,
        instead=hint_for(mistake, under),
    )


UNKNOWN = [name for name, way in WAYS.items() if way.why != CUT and name != "linear_transpose"]


@pytest.mark.parametrize("way", UNKNOWN)
def test_a_branch_on_a_value_that_is_not_there(way: str) -> None:
    """``if`` under vmap and under everything that stages; elsewhere it branches."""
    under = WAYS[way]
    choose = "np.where(condition, a, b)"
    hints = {BATCH: f"{choose} chooses for each example", ABSTRACT: choose}
    static = STATIC if under.name in ("jit", "make_jaxpr") else ""
    assert text_of(lambda: under.run(branches)) == TEXTS[under.why].format(
        what="`if x:` or bool(x)",
        name=under.name,
        aval="bool_",
        at=place(__file__, "if", "branches"),
        instead=hints[under.why] + static,
    )


@pytest.mark.parametrize("way", [name for name, way in WAYS.items() if way.why == CUT])
def test_a_branch_on_a_value_that_is_there(way: str) -> None:
    WAYS[way].run(branches)


WRITES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "write": (writes, "a[i] = x"),
    "write a slice": (writes_a_slice, "a[i] = x"),
    "fill": (fills, "a.fill(x)"),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("way", WAYS)
def test_a_write_of_a_traced_value_into_a_plain_array(write: str, way: str) -> None:
    """Whatever NumPy asks for, and however it wraps the answer."""
    function, what = WRITES[write]
    at = place(__file__, write, function.__name__)
    expected = WRITE_TEXT.format(what=what, inner=WAYS[way].inner, at=at)
    assert text_of(lambda: WAYS[way].run(function)) == expected


@pytest.mark.parametrize("way", [way for way in WAYS if way != "grad of checkpoint"])
def test_a_function_without_a_rule(way: str) -> None:
    expected = MISSING_TEXT.format(at=place(__file__, "missing", "slides"))
    assert text_of(lambda: WAYS[way].run(slides)) == expected


@pytest.mark.parametrize("way", [way for way in WAYS if way != "grad of checkpoint"])
@pytest.mark.parametrize(
    ("function", "marker", "dtype"), [(meets_text, "text", "<U1"), (meets_objects, "objects", "object")]
)
def test_an_array_of_text_or_objects(way: str, function: Any, marker: str, dtype: str) -> None:
    at = place(__file__, marker, function.__name__)
    assert text_of(lambda: WAYS[way].run(function)) == NUMBERS_TEXT.format(dtype=dtype, at=at)


INDEX = {
    "read": (
        lambda i: ROWS[i],
        "a[x] of a plain array a",
        "np.take(a, x, axis=0), or pass a as an argument of the function",
    ),
    "take": (
        lambda i: ROWS.take(i),
        "a.take(x) of a plain array a",
        "np.take(a, x), or pass a as an argument of the function",
    ),
    "slice": (
        lambda i: ROWS[i:],
        "an index or a length",
        "index with the array itself: a[i], np.take(a, i); a length must be the same for all examples",
    ),
}


@pytest.mark.parametrize("name", INDEX)
def test_a_traced_index_into_a_plain_array(name: str) -> None:
    function, what, instead = INDEX[name]
    at = here(function)
    expected = BATCH_TEXT.format(what=what, name="vmap", aval="int64", at=at, instead=instead)
    assert text_of(lambda: vmap(function)(np.arange(2))) == expected


def test_a_plain_array_is_not_written_at_a_traced_index() -> None:
    def count(i: Any) -> Any:
        a = np.zeros(3)
        a[i] = 1.0  # at: index
        return a

    expected = WRITE_TEXT.format(what="a[i] = x", inner="jit", at=place(__file__, "index", "count"))
    expected = expected.replace("value of `jit`", "value of `jit`, nor be written at a traced index")
    assert text_of(lambda: jit(count, guards=False)(np.int64(1))) == expected.replace(
        "tracer of float64", "tracer of int64"
    )


@pytest.mark.parametrize(
    ("use", "kind", "method"),
    [
        (lambda a, x: a[x], "read", ""),
        (lambda a, x: a[x:], "read", ""),
        (lambda a, x: a.insert(x, 1), "method", "insert"),
        (lambda a, x: a.copy().insert(x, a.index(0)), "method", "insert"),
        (lambda a, x: range(x), "other", ""),
        (lambda a, x: a.insert(*(x, 1)), "method", "insert"),
    ],
)
def test_what_the_users_line_does_is_read_from_its_instruction(use: Any, kind: str, method: str) -> None:
    """Also once the interpreter has specialised the line, which it does after some calls."""
    found: list[Any] = []

    class Index:
        def __index__(self) -> int:
            read = use_of_array(1)
            found.append((read.kind, read.method))
            return 0

    for _ in range(50):
        use([0, 1], Index())
    assert found == [(kind, method)] * 50


# --- values that escape ------------------------------------------------------------------------------


def leaks(run: Callable[[Any], Any]) -> Any:
    """The traced value that a function stored."""
    kept: list[Any] = []
    run(lambda x: (kept.append(x), x * 1.0)[1])
    return kept[0]


LEAKED = """LeakedTracerError: A traced value of `{name}` was used after `{name}` had ended.
  expected  values traced by a call that is still running
  got       a tracer of float64
  at        {at}
  try       return the value from the function instead of storing it; \
has_aux=True returns extra values beside the result"""


@pytest.mark.parametrize("way", ["grad", "vjp", "jvp", "jacfwd", "hessian", "vmap", "jit", "make_jaxpr"])
def test_a_leaked_value(way: str) -> None:
    value = leaks(WAYS[way].run)
    at = place(__file__, "leaked", "<lambda>")
    call: Any = lambda: value + 1.0  # noqa: E731  # at: leaked
    assert text_of(call) == LEAKED.format(name=way, at=at)


def test_a_value_on_another_thread() -> None:
    found: list[str] = []

    def elsewhere(x: Any) -> Any:
        call: Any = lambda: x + 1.0  # noqa: E731  # at: thread
        thread = threading.Thread(target=lambda: found.append(text_of(call)))
        thread.start()
        thread.join()
        return x

    grad(elsewhere)(X)
    assert found == [
        (
            "WrongThreadError: A traced value of `grad` was used on another thread.\n"
            "  expected  use on the thread that traces it\n"
            "  got       a tracer of float64\n"
            f"  at        {place(__file__, 'thread', '<lambda>')}\n"
            "  try       call `grad` inside the thread instead; each thread traces for itself"
        )
    ]


SHOWN: dict[str, tuple[Callable[[Any], Any], Any, str, str]] = {
    "number": (lambda f: grad(f)(2.5), None, "Tracer(2.5, float, grad)", "2.50"),
    "array": (lambda f: vjp(f, np.ones(2)), "", "Tracer(array([1., 1.]), float64[2], vjp)", "[1. 1.]"),
    "batch": (lambda f: vmap(f)(np.ones(2)), None, "Tracer(unknown, float64, vmap)", "unknown"),
    "abstract": (lambda f: jit(f)(1.5), None, "Tracer(unknown, float, jit)", "unknown"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_traced_value_prints_its_number_type_and_transformation(name: str) -> None:
    run, spec, text, formatted = SHOWN[name]
    found: list[str] = []
    run(lambda x: (found.extend([repr(x), format(x, ".2f" if spec is None else spec)]), x * 1.0)[1])
    assert found == [text, formatted]


# --- places ------------------------------------------------------------------------------------------


def mixes(x: Any) -> Any:
    return (x * ROWS).sum()  # at: mixed


MIXED = """MixedPlacesError: {what} met arrays of two places.
  expected  all arrays on mock:0
  got       {got}
  at        {at}
  try       convert one of them, for example with array.get() or mock.asarray(x); scalars may live anywhere"""


@pytest.mark.parametrize(
    "run",
    [
        lambda f, x: f(x) if x is None else grad(f)(x),
        lambda f, x: vjp(f, x),
        lambda f, x: jvp(f, (x,), (x,)),
        lambda f, x: jacrev(f)(x),
        lambda f, x: vmap(f)(x.reshape(1, 2, 3)),
        lambda f, x: vmap(grad(f))(x.reshape(1, 2, 3)),
    ],
)
def test_arrays_of_two_places(run: Any) -> None:
    at = place(__file__, "mixed", "mixes")
    expected = MIXED.format(what="`multiply`", got="one on host", at=at)
    assert text_of(lambda: run(mixes, to_mock(ROWS))) == expected


def test_arrays_of_two_places_in_a_compiled_function() -> None:
    """Found when it is compiled, by the name of the argument."""
    device = to_mock(ROWS)

    def f(x: Any, y: Any) -> Any:
        return np.sum(x) * y

    call: Any = lambda: jit(f)(device, ROWS)  # noqa: E731
    assert text_of(call) == MIXED.format(what="jit: `f`", got="`y` on host", at=here(call))
    call = lambda: jit(mixes)(device)  # noqa: E731
    assert text_of(call) == MIXED.format(
        what="jit: `mixes`", got="a closed-over array on host", at=here(call)
    )


# --- the classes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", funcgrad.errors.__all__)
def test_errors_pickle_and_copy_with_their_text(name: str) -> None:
    error = getattr(funcgrad.errors, name)("What.", expected="a", got="b", hint="c")
    error.add_note("more")
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert other.args == error.args == ("What.",)
        assert (other.headline, other.expected, other.got, other.hint) == ("What.", "a", "b", "c")
        assert other.at == error.at
        assert other.__notes__ == ["more"]
        assert str(other).splitlines()[3].startswith("  at        test_errors.py:")


REMOVED = {
    "ptp": "a traced array has no attribute 'ptp': write np.ptp(x)",
    "itemset": "a traced array has no attribute 'itemset': write x[i] = v",
}


@pytest.mark.parametrize("name", REMOVED)
def test_methods_that_numpy_took_away(name: str) -> None:
    with pytest.raises(AttributeError) as caught:
        grad(lambda x: getattr(x, name)())(X)
    assert str(caught.value) == REMOVED[name]
