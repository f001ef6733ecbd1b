"""The passes together: what becomes of whole programs, and what none of them may touch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from funcgrad import checkpoint, custom_jvp, grad, jit, make_jaxpr, value_and_grad
from funcgrad._src.base import config
from funcgrad._src.base.errors import JaxprError
from funcgrad._src.core.primitive import find_primitive
from funcgrad._src.ir.check import check_jaxpr
from funcgrad._src.ir.evaluate import eval_jaxpr
from funcgrad._src.ir.jaxpr import Equation, Jaxpr, Literal, Var
from funcgrad._src.ir.passes import pipeline
from funcgrad._src.ir.passes.pipeline import Report, optimise
from tests.ir.passes.rows import program
from tests.ir.programs import F3, registered, show_p


@pytest.fixture(autouse=True, scope="module")
def _primitives() -> Iterator[None]:
    with registered():
        yield


@pytest.fixture(autouse=True)
def _checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "check_jaxprs", True)


def names(jaxpr: Jaxpr) -> list[str]:
    return [eqn.primitive.name for eqn in jaxpr.eqns]


# --- the training step of a network ----------------------------------------------------------------


def loss(weights: Any, x: Any, y: Any) -> Any:
    w1, w2 = weights
    return np.square(y - np.maximum(x @ w1, 0) @ w2).sum()


def step(weights: Any, x: Any, y: Any) -> Any:
    value, slopes = value_and_grad(loss)(weights, x, y)
    return value, [w - 1e-6 * g for w, g in zip(weights, slopes, strict=True)]


def network(dtype: str = "float64") -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    x, y, w1, w2 = (rng.normal(size=s).astype(dtype) for s in [(4, 6), (4, 2), (6, 5), (5, 2)])
    return [w1, w2], x, y


GOLDEN = """\
funcgrad.jaxpr 1
{ lambda ; a:float64[6,5] b:float64[5,2] c:float64[4,6] d:float64[4,2] .
  let
    e:float64[4,5] = matmul c a
    f:float64[4,5] = maximum e 0:int
    g:float64[4,2] = gemm[transpose_a=False, transpose_b=False] d f b -1.0:float
    h:float64 = vdot g g
    i:float64[4,2] = multiply -2.0:float g
    j:float64[4,5] = product[transpose_a=False, transpose_b=True] i b
    k:bool[4,5] = equal e float64(0.0)
    l:bool[4,5] = greater e float64(0.0)
    m:float64[4,5] = where k float64(0.5) l
    n:float64[4,5] = strong_mul[strong=(True, True)] j m
    o:float64[6,5] = gemm[transpose_a=True, transpose_b=False] a c n -1e-06:float
    p:float64[5,2] = gemm[transpose_a=True, transpose_b=False] b f i -1e-06:float
  in (h, o, p) }"""


def test_a_training_step() -> None:
    jaxpr = make_jaxpr(step)(*network())
    assert len(jaxpr.eqns) == 24
    assert str(optimise(jaxpr, blas=True)[0]) == GOLDEN
    plain, _ = optimise(jaxpr)
    assert names(plain) == [
        *("matmul", "maximum", "matmul", "subtract", "vdot", "multiply", "product", "product", "equal"),
        *("greater", "where", "strong_mul", "product", "multiply", "subtract", "multiply", "subtract"),
    ]


def test_calls_make_no_difference() -> None:
    calls = make_jaxpr(jit(lambda *args: step(*args)))(*network())
    assert names(calls) == ["jit"]
    assert str(optimise(calls, blas=True)[0]) == GOLDEN


@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-13), ("float32", 1e-5)])
def test_a_training_step_computes_the_same(dtype: str, rtol: float) -> None:
    weights, x, y = network(dtype)
    jaxpr = make_jaxpr(step)(weights, x, y)
    for blas in (False, True):
        found = eval_jaxpr(optimise(jaxpr, blas=blas)[0], [*weights, x, y])
        for a, b in zip(found, eval_jaxpr(jaxpr, [*weights, x, y]), strict=True):
            np.testing.assert_allclose(a, b, rtol, strict=True)


def test_reports_say_what_was_done() -> None:
    _, reports = optimise(make_jaxpr(step)(*network()), blas=True)
    done = [str(report) for report in reports if report.notes]
    assert done == [
        "strong: 24 to 24 equations: strong products that are plain products: 1",
        "simplify: 24 to 23 equations: products by one: 1; signs moved into factors: 1",
        "dce: 23 to 21 equations: equations that nothing needs: 2",
        "contract: 21 to 21 equations: sums of products that are contractions: 1",
        "transposes: 21 to 21 equations: products of transposed matrices: 3",
        "gemm: 21 to 21 equations: sums with a product of matrices: 3",
        "dce: 21 to 12 equations: equations that nothing needs: 9",
    ]
    assert repr(reports[0]) == "Report(name='inline', before=24, after=24, notes=())"
    assert str(Report("dce", 3, 3)) == "dce: 3 to 3 equations"


def test_a_program_is_optimised_once() -> None:
    jaxpr = make_jaxpr(step)(*network())
    assert optimise(jaxpr) is optimise(jaxpr)
    assert optimise(jaxpr, blas=True)[0] != optimise(jaxpr)[0]
    small = make_jaxpr(np.sin)(1.0)
    assert optimise(small)[0] is small


# --- calls -----------------------------------------------------------------------------------------


def test_no_calls_are_left() -> None:
    @custom_jvp
    def cube(x: Any) -> Any:
        return x**3

    cube.defjvp(lambda primals, tangents: (cube(*primals), 3 * primals[0] ** 2 * tangents[0]))

    def f(x: Any) -> Any:
        return jit(lambda y: checkpoint(np.sin)(y) + jit(cube)(y))(x).sum()

    jaxpr = make_jaxpr(f)(np.ones(3))
    assert "jit" in names(jaxpr)
    found, _ = optimise(jaxpr)
    assert not {"jit", "call"} & set(names(found))
    assert not {"jit", "call"} & set(names(optimise(make_jaxpr(grad(f))(np.ones(3)))[0]))
    np.testing.assert_array_equal(eval_jaxpr(found, [np.arange(3.0)]), [f(np.arange(3.0))])


def test_calls_that_close_over_arrays_are_hoisted_if_they_may() -> None:
    table, other = np.arange(3.0), np.ones(3)
    inner = checkpoint(lambda x: np.sin(x * table) + other)
    jaxpr = make_jaxpr(lambda x: inner(inner(x)) + other)(np.ones(3))
    assert len(jaxpr.hidden) == 1
    kept, _ = optimise(jaxpr)
    assert names(kept) == ["call", "call", "add"]
    found, reports = optimise(jaxpr, hoist=True)
    assert names(found) == ["multiply", "sin", "add"] * 2 + ["add"]
    assert [value is other for value in found.hidden] == [True, False]
    assert found.hidden[1] is table
    assert reports[0].notes == ("calls in the program: 2",)
    x = np.array([0.1, 0.2, 0.3])
    np.testing.assert_array_equal(eval_jaxpr(found, [x]), eval_jaxpr(jaxpr, [x]))
    table[0] = 7.0  # read again, never copied
    np.testing.assert_array_equal(eval_jaxpr(found, [x]), eval_jaxpr(jaxpr, [x]))


def test_checkpoints_compute_again() -> None:
    inner = checkpoint(lambda x: np.sin(np.exp(x)))
    jaxpr = make_jaxpr(grad(lambda x: np.cos(inner(x)).sum()))(np.ones(3))
    found, reports = optimise(jaxpr)
    assert names(found).count("exp") == 2
    assert "fence" not in names(found)
    assert [r.notes for r in reports if r.name == "fences"] == [("fences around what is computed again: 1",)]
    x = np.array([0.1, 0.2, 0.3])
    np.testing.assert_array_equal(eval_jaxpr(found, [x]), eval_jaxpr(jaxpr, [x]))
    plain, _ = optimise(make_jaxpr(grad(lambda x: np.cos(np.sin(np.exp(x))).sum()))(np.ones(3)))
    assert names(plain).count("exp") == 1


# --- what stays ------------------------------------------------------------------------------------


def test_effects_stay_in_number_and_order() -> None:
    x = Var(F3)
    y, z, unused = Var(F3), Var(F3), Var(F3)
    add = find_primitive("add")
    eqns = [
        Equation(show_p, (Literal(1.0),), {}, ()),
        Equation(add, (x, Literal(-0.0)), {}, (y,)),
        Equation(show_p, (y,), {}, ()),
        Equation(add, (x, Literal(-0.0)), {}, (z,)),
        Equation(show_p, (z,), {}, ()),
        Equation(show_p, (Literal(1.0),), {}, ()),
        Equation(add, (x, y), {}, (unused,)),
    ]
    found, _ = optimise(Jaxpr([x], eqns, []), blas=True)
    show = show_p.name
    assert names(found) == [show, "add", show, show, show]
    assert found.eqns[0].ins[0].value == found.eqns[-1].ins[0].value == 1.0
    assert found.eqns[2].ins == found.eqns[3].ins  # both see the sum: its copy may lie otherwise in memory


def test_closed_over_arrays_are_no_constants() -> None:
    table, mask = np.array(1.0), np.ones(3, bool)
    jaxpr = make_jaxpr(lambda x: np.where(mask, x * table, 0.0))(np.ones(3))
    found, _ = optimise(jaxpr)
    assert found is jaxpr
    assert found.hidden[0] is mask or found.hidden[1] is mask
    closed, _ = optimise(jaxpr.closed())
    assert names(closed) == ["multiply", "where"]


def test_what_raises_stays() -> None:
    jaxpr = Jaxpr(
        [],
        [
            Equation(
                find_primitive("divide"), (Literal(1.0), Literal(0.0)), {}, (x := Var(Literal(1.0).aval),)
            )
        ],
        [x],
    )
    assert optimise(jaxpr)[0] is jaxpr
    with pytest.raises(ZeroDivisionError):
        eval_jaxpr(jaxpr, [])


def test_on_a_device_zeros_of_strong_products_have_no_sign() -> None:
    eqns = "d:D = strong_mul[strong=(True, False)] a b; e:D = strong_mul[strong=(True, False)] float64(2.0) d"
    inputs, eqns = (
        "a:bool[3]@mock:1 b:int64[3]@mock:1",
        eqns.replace(":D", ":int64[3]@mock:1").replace("e:int64[3]", "e:float64[3]"),
    )
    found, _ = optimise(program(inputs, eqns, "e"))
    assert names(found) == ["strong_mul", "multiply"]


# --- the pipeline itself ---------------------------------------------------------------------------


def test_every_pass_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(jaxpr: Jaxpr) -> Any:
        return Jaxpr(jaxpr.in_vars, jaxpr.eqns[1:], jaxpr.outs), ("broken",)

    jaxpr = make_jaxpr(lambda x: np.sin(np.cos(x)))(1.0)
    for passes in (pipeline._FIRST, pipeline._ROUND, pipeline._LAST, pipeline._FUSED):
        for name in passes:
            with monkeypatch.context() as patch:
                patch.setitem(passes, name, broken)
                with pytest.raises(JaxprError, match="is read before it is bound"):
                    pipeline._optimised(jaxpr, True, False, passes is pipeline._FUSED)


def test_long_programs_go_through() -> None:
    def f(x: Any) -> Any:
        for _ in range(2000):
            x = -(2.0 * np.sin(x)) / 1.0 + (np.cos(x) - np.cos(x)) * 1.0
        return x

    jaxpr = make_jaxpr(f)(0.5)
    found, _ = optimise(jaxpr)
    check_jaxpr(found)
    assert (len(jaxpr.eqns), len(found.eqns)) == (18_003, 10_001)
    assert eval_jaxpr(found, [0.5]) == eval_jaxpr(jaxpr, [0.5])


def test_chains_of_copies_and_signs_collapse() -> None:
    def f(x: Any) -> Any:
        y = x
        for _ in range(500):
            y = -(y.T.T * 1.0)
        return y

    found, _ = optimise(make_jaxpr(f)(np.ones((2, 3))))
    assert found.eqns == ()
    assert found.outs == found.in_vars
