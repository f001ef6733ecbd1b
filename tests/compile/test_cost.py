"""Costs are counted from shapes: operations, bytes, memory and launches, and what nobody counts is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit, value_and_grad
from funcgrad._src.base import config
from funcgrad._src.compile import cost
from funcgrad._src.compile.cost import cost_of, flops_of
from funcgrad._src.compile.plan import Plan, make_plan
from funcgrad._src.core.primitive import all_primitives
from funcgrad._src.ir.jaxpr import Jaxpr
from funcgrad.nn import softmax
from funcgrad.scipy.linalg import solve_triangular
from funcgrad.scipy.special import logsumexp
from tests.compile.exactness import bits_are_numpys
from tests.compile.planning import BLOCK, planned
from tests.compile.test_memory import PROGRAMS, ROUTINE, taken
from tests.mock_device import counting, to_mock

pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")

Function = Callable[..., Any]
A, B = np.full((30, 20), 0.5), np.full((20, 10), 0.5)
SQUARE = np.eye(30) * 2.0
STACK = np.stack([SQUARE] * 7)
LARGE = np.linspace(0.5, 1.5, 8 * BLOCK)

# --- operations --------------------------------------------------------------------------------------

FLOPS: dict[str, tuple[Function, tuple[Any, ...], int]] = {
    "elementwise": (lambda a: np.sin(a) * 2.0 + a, (A,), 3 * 600),
    "broadcasting": (lambda a, b: a[:, :, None] * b, (A, B), 30 * 20 * 10),
    "comparisons are none": (lambda a: a > 0.5, (A,), 0),
    "integers are none": (lambda a: a + 1, (np.arange(5),), 0),
    "movement": (lambda a: np.concatenate([a.T, a.T[::-1]])[1:].reshape(-1), (A,), 0),
    "a sum": (lambda a: a.sum(), (A,), 600),
    "a maximum of rows": (lambda a: a.max(axis=1), (A,), 600),
    "a product of matrices": (lambda a, b: a @ b, (A, B), 2 * 30 * 20 * 10),
    "transposed": (lambda a, b: a.T @ b, (A, A[:, :10].copy()), 2 * 20 * 30 * 10),
    "a matrix and a vector": (lambda a, b: a @ b, (A, B[:, 0].copy()), 2 * 30 * 20),
    "a vector and a matrix": (lambda a, b: a @ b, (A[:, 0].copy(), A), 2 * 30 * 20),
    "a stack of products": (lambda a, b: a @ b, (STACK, SQUARE), 7 * 2 * 30**3),
    "dot with a number": (np.dot, (A, np.float64(2.0)), 600),
    "inner": (np.inner, (A, A), 2 * 30 * 30 * 20),
    "tensordot": (np.tensordot, (A.reshape(5, 6, 20), np.ones((6, 20, 4))), 2 * 5 * 4 * 6 * 20),
    "vdot": (np.vdot, (A, A), 2 * 600),
    "a square": (lambda a: a**2, (A,), 600),
    "kron": (np.kron, (A, A), 600 * 600),
    "cholesky": (np.linalg.cholesky, (SQUARE,), 30**3 // 3),
    "cholesky of a stack": (np.linalg.cholesky, (STACK,), 7 * 30**3 // 3),
    "det": (np.linalg.det, (SQUARE,), 2 * 30**3 // 3),
    "inv": (np.linalg.inv, (SQUARE,), 2 * 30**3),
    "solve": (np.linalg.solve, (SQUARE, A), 2 * 30**3 // 3 + 2 * 30 * 30 * 20),
    "a triangular system": (
        lambda a, b: solve_triangular(a, b, lower=True),
        (SQUARE, A),
        30 * 30 * 20,
    ),
    "eigh": (lambda a: np.linalg.eigh(a)[1], (SQUARE,), 9 * 30**3),
    "eigvalsh": (np.linalg.eigvalsh, (SQUARE,), 4 * 30**3 // 3),
    "qr": (lambda a: np.linalg.qr(a)[0], (A,), 4 * 30 * 20**2 - 4 * 20**3 // 3),
    "svd": (lambda a: np.linalg.svd(a, full_matrices=False)[0], (A,), 14 * 30 * 20**2 + 8 * 20**3),
    "svd of a wide one": (
        lambda a: np.linalg.svd(a, full_matrices=False)[0],
        (A.T.copy(),),
        14 * 30 * 20**2 + 8 * 20**3,
    ),
    "fft": (np.fft.fft, (np.ones((6, 64), complex),), 5 * 6 * 64 * 6),
    "fft along the first axis": (
        lambda a: np.fft.fft(a, axis=0),
        (np.ones((64, 6), complex),),
        5 * 6 * 64 * 6,
    ),
    "fft of both axes": (np.fft.fft2, (np.ones((16, 64), complex),), 5 * 16 * 64 * 10),
    "rfft": (np.fft.rfft, (np.ones((6, 64)),), 5 * 6 * 64 * 6 // 2),
    "irfft": (np.fft.irfft, (np.ones((6, 33), complex),), 5 * 6 * 64 * 6 // 2),
    "softmax": (softmax, (A,), 4 * 600),
    "logsumexp": (logsumexp, (A,), 3 * 600),
}


@pytest.mark.parametrize("name", FLOPS)
def test_operations(name: str) -> None:
    function, args, flops = FLOPS[name]
    found = cost_of(planned(function, *args))
    assert abs(found.flops - flops) <= 1  # thirds are rounded
    assert found.uncounted == ()


def test_a_product_that_is_added_is_one_call() -> None:
    found = jit(lambda w, x, y: w - 0.1 * (x @ y)).lower(np.ones((30, 10)), A, B)
    flops = 2 * 30 * 20 * 10 + 2 * 300
    assert found.cost().flops == flops
    assert abs(found.cost().launches - 1) <= ("gemm" not in str(found.plan)) * 2


def test_a_gradient_takes_up_to_three_times_as_many() -> None:
    """A layer: the product of the forward pass, and one for each operand."""
    forward = jit(lambda w, x: np.tanh(x @ w).sum()).lower(B, A).cost()
    both = jit(value_and_grad(lambda w, x: np.tanh(x @ w).sum(), argnums=(0, 1))).lower(B, A).cost()
    assert forward.flops < both.flops < 3.2 * forward.flops


def test_what_nobody_counts_is_named() -> None:
    found = jit(lambda a: np.linalg.eigvalsh(np.linalg.pinv(a)) + 1.0).lower(SQUARE).cost()
    assert found.uncounted == ("pinv",)
    assert found.flops == 4 * 30**3 // 3 + 30


def test_formulas_are_of_primitives() -> None:
    """A formula for a name that no primitive has would never be used."""
    names = {primitive.name for primitive in all_primitives()} | {"guard", "debug_callback", "keep"}
    assert cost._FORMULAS.keys() | cost._NONE <= names
    assert not cost._FORMULAS.keys() & cost._NONE


# --- bytes and launches ------------------------------------------------------------------------------


def test_bytes_are_what_steps_read_and_write() -> None:
    found = cost_of(planned(lambda a, b: a @ b, A, B))
    assert found.bytes == 8 * (600 + 200 + 300)
    assert cost_of(planned(lambda a: a.T[1:].reshape(-1), np.asfortranarray(A))).launches <= 1


def test_a_group_in_blocks_moves_its_operands_and_results_once() -> None:
    found = cost_of(planned(lambda a: np.exp(np.sin(a) * 2.0) / 3.0, LARGE))
    assert (found.launches, found.bytes, found.flops) == (1, 2 * LARGE.nbytes, 4 * LARGE.size)
    apart = planned(lambda a: np.exp(np.sin(a) * 2.0) / 3.0, LARGE[:100])
    assert (cost_of(apart).launches, cost_of(apart).bytes) == (4, 8 * 800)


def test_views_cost_nothing() -> None:
    found = cost_of(planned(lambda a: a.T[2:4][None], A))
    assert (found.flops, found.bytes, found.launches) == (0, 0, 0)


LAUNCHED: dict[str, tuple[Function, tuple[Any, ...]]] = {
    "elementwise": (lambda a: np.sin(a) * 2.0 + a, (A,)),
    "network": (lambda a, b: np.square(np.tanh(a @ b)).sum(), (A, B)),
    "gradient": (grad(lambda b, a: np.square(np.tanh(a @ b)).sum()), (B, A)),
    "views": (lambda a: np.exp(a.T)[1:] + 1.0, (A,)),
}


@pytest.mark.parametrize("name", LAUNCHED)
def test_launches_on_a_device_are_as_many_as_counted(name: str) -> None:
    """But for views, which a device counts, and strong products, which are several calls there."""
    function, args = LAUNCHED[name]
    compiled, given = jit(function), [to_mock(x) for x in args]
    compiled(*given)
    with counting() as counts:
        compiled(*given)
    lowered = compiled.lower(*given)
    assert lowered.cost().launches <= counts["launches"] <= lowered.cost().launches + more(lowered.plan)


def more(plan: Plan) -> int:
    """How many calls a plan might have beyond its launches."""
    names = [step.eqn.primitive.name for step in plan.steps]
    return sum(map(names.count, cost.VIEWS)) + 2 * names.count("strong_mul")


@pytest.mark.parametrize("name", LAUNCHED)
def test_launches_of_numpy_are_lines(name: str) -> None:
    function, args = LAUNCHED[name]
    lowered = jit(function, engine="numpy").lower(*args)
    own = ("def", "w = ", "give", "return", "b0, ", "if t != t")
    lines = [line for line in lowered.code.splitlines() if not line.endswith(" = None")]
    calls = [line for line in lines if not line.strip().startswith(own)]
    assert lowered.cost().launches <= len(calls) <= lowered.cost().launches + more(lowered.plan)


# --- memory ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROGRAMS)
def test_peak_memory_is_what_is_taken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted by tracemalloc on one thread: what is kept, and what a call allocates; up to a tenth off."""
    monkeypatch.setattr(config, "threads", 1)
    function, args, _ = PROGRAMS[name]

    def prepare() -> Function:
        compiled, copies = jit(function), [x.copy() for x in args]
        return lambda: compiled(*copies)

    measured = taken(prepare).peak - sum(x.nbytes for x in args)
    counted = jit(function).lower(*args).cost().peak_memory
    converts = name == "cast" and bits_are_numpys()
    buffers = 8 * np.getbufsize() if converts else 0  # in which NumPy converts an operand
    assert abs(measured - buffers - counted) <= 0.1 * counted + ROUTINE, (counted, measured)


def test_memory_that_is_taken_over_is_counted_once_and_while_it_lives() -> None:
    """A chain in place is one array; a view keeps its base."""
    x = LARGE[: 2 * BLOCK]
    n = x.nbytes
    assert cost_of(planned(lambda x: np.sin(x.cumsum())[::-1].cumsum(), x)).peak_memory in range(2 * n, 3 * n)
    chain = planned(lambda x: np.cos(np.sin(x.cumsum())), x)
    assert cost_of(chain).peak_memory == n


def test_forgetting_who_takes_over_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "_owner", lambda step, var, plan, owner: None)
    assert cost_of(planned(lambda x: np.cos(np.sin(x.cumsum())), LARGE[: 2 * BLOCK])).peak_memory == 0


def test_an_empty_program_costs_nothing() -> None:
    found = cost_of(make_plan(Jaxpr([], [], [])))
    assert (found.flops, found.bytes, found.peak_memory, found.launches, found.uncounted) == (0, 0, 0, 0, ())


def test_an_equation_of_integers_has_no_operations() -> None:
    jaxpr = planned(lambda a: a * 2, np.arange(3)).jaxpr
    assert [flops_of(eqn) for eqn in jaxpr.eqns] == [0]
