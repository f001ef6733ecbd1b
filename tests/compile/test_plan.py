"""What a plan writes in place: updates of memory that nobody reads afterwards, and nothing else."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit, make_jaxpr, vjp, vmap
from funcgrad._src.compile.memory import is_fresh
from funcgrad._src.compile.overwrite import OVERWRITES
from funcgrad._src.compile.plan import make_plan
from funcgrad._src.core.primitive import all_primitives
from funcgrad._src.ir.jaxpr import Literal
from tests.mock_device import counting, to_mock
from tests.ops.case import Case
from tests.ops.rows import assert_same, function_of, is_number, operands, rows

pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")

Function = Callable[..., Any]
N = 20_000
X = np.random.default_rng(5).normal(size=N)
MANY = np.array([3, 1, 3, 7])


def in_place(function: Function, *args: Any) -> list[str]:
    """The primitives of a compiled function that write in place."""
    return [str(s.eqn.primitive) for s in jit(function).lower(*args).plan.steps if s.target is not None]


# --- updates of a dead value -------------------------------------------------------------------------


def item(y: Any, v: Any) -> None:
    y[3] = v


def slice_by_operator(y: Any, v: Any) -> None:
    y[10:200:3] += v


def index_array(y: Any, v: Any) -> None:
    y[MANY] *= v


def mask(y: Any, v: Any) -> None:
    y[y > v] = 0.0


def operators(y: Any, v: Any) -> None:
    y += v
    y *= 2.0


def ufuncs(y: Any, v: Any) -> None:
    np.add.at(y, MANY, v)
    np.multiply.at(y, MANY, v)
    np.divide.at(y, MANY, v)
    np.maximum.at(y, MANY, v)
    np.minimum.at(y, MANY, v)


def puts(y: Any, v: Any) -> None:
    np.put(y, MANY, v)
    np.put_along_axis(y, MANY, v, 0)
    np.putmask(y, y > v, v)
    np.place(y, y < -1.0, v)
    np.copyto(y, v, where=y == 0)
    y.fill(v)


def orders(y: Any, v: Any) -> None:
    y.sort()
    y.partition(5)


def pieces(y: Any, v: Any) -> None:
    left, right = np.split(y, 2)
    left += v
    del left
    right[0] = v


UPDATES = {
    item: ["index_set"],
    slice_by_operator: ["index_set"] * 2,  # the view is put into its base, and then assigned to itself
    index_array: ["index_set"],
    mask: ["where"],
    operators: ["add", "multiply"],
    ufuncs: ["index_add", "index_multiply", "index_divide", "index_max", "index_min"],
    puts: ["index_set", "index_set", "where", "where", "where", "index_set"],
    orders: ["sort", "partition"],
    pieces: ["add", "write_slice", "index_set", "write_slice"],
}


@pytest.mark.usefixtures("numpy_engine")
@pytest.mark.parametrize("update", UPDATES, ids=lambda f: f.__name__)
def test_an_update_of_a_dead_value_is_made_in_place(update: Function) -> None:
    def function(x: Any, v: Any) -> Any:
        y = x * 3.0
        update(y, v)
        return y

    expected = function(X, 0.5)
    assert np.array_equal(jit(function)(X, 0.5), expected)
    if update is not pieces:  # of a view the memory is its base's
        assert in_place(function, X, 0.5) == UPDATES[update]


def chain(x: Any, v: Any) -> Any:
    y = x * 3.0
    for i in range(50):
        y[i] = v * i
        np.add.at(y, [i, i], v)
    y += v
    y.sort()
    return y


@pytest.mark.usefixtures("numpy_engine")
@pytest.mark.parametrize("transform", [lambda f: f, lambda f: lambda x, v: vjp(f, x, v)[0]], ids=["f", "vjp"])
def test_a_chain_of_updates_takes_the_memory_of_its_result(transform: Any) -> None:
    """The chain allocates what it returns, and no second array of that size."""
    compiled = jit(transform(chain))
    for _ in range(3):  # what is made for later calls is made
        expected = compiled(X, 0.5)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        got = compiled(X, 0.5)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert np.array_equal(got, expected)
    assert np.array_equal(got, chain(X, 0.5))
    assert peak < (1.5 if transform(chain) is chain else 3.5) * X.nbytes


def test_a_device_makes_no_copies_either() -> None:
    def function(x: Any) -> Any:
        y = x * 3.0
        for i in range(20):
            y[i] = 1.0
        return y

    compiled, x = jit(function), to_mock(np.arange(30.0))
    compiled(x)
    with counting() as counted:
        compiled(x)
    assert counted["copies"] == 0


# --- what stays as it is -----------------------------------------------------------------------------

HIDDEN = np.zeros(N)


def the_argument(x: Any) -> Any:
    return x.at[0].set(1.0)


def a_closed_over_array(x: Any) -> Any:
    return np.where(x > 0, 1.0, HIDDEN) + x.at[0].set(2.0)


def the_old_value_is_returned(x: Any) -> Any:
    y = x * 3.0
    return y, y.at[0].set(1.0)


def the_old_value_is_read(x: Any) -> Any:
    y = x * 3.0
    z = y.at[0].set(1.0)
    return np.sum(y) + z[0]


def a_view_is_read(x: Any) -> Any:
    y = x * 3.0
    head = y[:5]
    z = y.at[2].set(1.0)
    return z[0] + np.sum(head * 2.0)


def a_view_is_returned(x: Any) -> Any:
    y = x * 3.0
    return y.reshape(2, -1), y.at[2].set(1.0)


def the_value_is_a_view(x: Any) -> Any:
    y = x * 3.0
    return y.at[1:].set(y[:-1])


def a_view_of_the_argument(x: Any) -> Any:
    return np.reshape(x, (2, -1)).at[0].set(1.0)


def another_dtype(x: Any) -> Any:
    return x.astype(np.float32) + x


@pytest.mark.usefixtures("numpy_engine")
@pytest.mark.parametrize(
    "function",
    [
        the_argument,
        a_closed_over_array,
        the_old_value_is_returned,
        the_old_value_is_read,
        a_view_is_read,
        a_view_is_returned,
        the_value_is_a_view,
        a_view_of_the_argument,
        another_dtype,
    ],
    ids=lambda f: f.__name__,
)
def test_what_is_still_needed_is_not_written(function: Function) -> None:
    x = X.copy()
    assert not {"index_set", "where"} & set(in_place(function, x))
    expected = vjp(function, x)[0]
    assert_same(jit(function)(x), expected, function.__name__)
    assert np.array_equal(x, X)
    assert not HIDDEN.any()


def test_a_donated_argument_takes_its_update() -> None:
    def step(x: Any, v: Any) -> Any:
        return x.at[0].set(v).at[MANY].add(v)

    compiled = jit(step, donate_argnums=0)
    x = X.copy()
    got = compiled(x, 2.0)
    assert np.shares_memory(got, x)
    wanted = X.copy()
    wanted[0] = 2.0
    np.add.at(wanted, MANY, 2.0)
    assert np.array_equal(got, wanted)


def test_a_donated_argument_is_not_written_before_the_last_guard() -> None:
    def step(x: Any, v: Any) -> Any:
        y = x.at[0].set(v).at[MANY].add(v)
        y = y.at[1].set(v) if y[0] > 0 else y
        return y.at[2].set(v)

    def writes(*args: Any) -> list[bool]:
        steps = jit(step, **options).lower(*args).plan.steps
        donated = steps[0].eqn.ins[0]
        return [s.target is donated for s in steps if str(s.eqn.primitive) == "index_set"]

    options: Any = {"donate_argnums": 0}
    assert writes(X, 2.0) == [False, False, False]
    step_only_after = jit(lambda x, v: x.at[0].set(v) if v > 0 else x, donate_argnums=0)
    x = X.copy()
    assert np.shares_memory(step_only_after(x, 2.0), x)


# --- random programs ---------------------------------------------------------------------------------


Step = Callable[[Any, Any, int, int], Any]
STEPS: list[Step] = [
    lambda y, z, i, j: y.at[i].set(z[j]),
    lambda y, z, i, j: y.at[np.array([i, j, i])].add(z[1:4]),
    lambda y, z, i, j: np.sort(y, axis=i % 2),
    lambda y, z, i, j: np.where(y > z, z, y),
    lambda y, z, i, j: y[::-1].T,
    lambda y, z, i, j: y + z * 0.5,
    lambda y, z, i, j: y.at[1:].multiply(z[:-1]),
    lambda y, z, i, j: y.at[:, i].max(z[j]),
]


def random_program(seed: int) -> Function:
    """Several values, views of them, and writes, of which some are read later."""

    def function(x: Any) -> Any:
        choose = random.Random(seed)
        values = [x * 1.5, np.sqrt(x)]
        for _ in range(25):
            step, y, z = choose.choice(STEPS), choose.choice(values), choose.choice(values)
            values.append(step(y, z, choose.randrange(4), choose.randrange(4)))
            if len(values) > 5:
                values.pop(choose.randrange(len(values)))
        return values

    return function


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("size", [4, 100], ids=["small", "large"])
def test_random_programs_of_writes(seed: int, size: int) -> None:
    """A compiled program gives what the same operations give one by one; large arrays are reused, too."""
    x = np.random.default_rng(seed).uniform(0.5, 1.5, (size, size))
    function = random_program(seed)
    expected = vjp(function, x)[0]
    for transformed in (jit(function), jit(lambda x: vjp(function, x)[0])):
        for got, wanted in zip(transformed(x), expected, strict=True):
            assert np.array_equal(got, wanted)
    mapped = jit(vmap(function))(np.stack([x, x + 1.0]))
    assert all(np.array_equal(got[0], wanted) for got, wanted in zip(mapped, expected, strict=True))


@pytest.mark.parametrize("seed", range(10))
def test_derivatives_of_random_programs(seed: int) -> None:
    x = np.random.default_rng(seed).uniform(0.5, 1.5, (4, 4))

    def loss(x: Any) -> Any:
        return sum(np.sum(v * np.cos(v)) for v in random_program(seed)(x))

    np.testing.assert_allclose(jit(grad(loss))(x), grad(loss)(x), rtol=1e-10, atol=1e-10)


# --- what the plan takes for granted -----------------------------------------------------------------


@rows(lambda case: case.jit)
def test_what_is_called_fresh_is_fresh(case: Case) -> None:
    args = operands(case)
    known = [i for i, arg in enumerate(args) if is_number(arg)]
    values = [args[i] for i in known]
    jaxpr = make_jaxpr(function_of(case, args, known))(*values).closed()
    found: dict[Any, Any] = dict(zip(jaxpr.in_vars, [*case_hidden(jaxpr, values), *values], strict=True))
    for eqn in jaxpr.eqns:
        ins = [atom.value if isinstance(atom, Literal) else found[atom] for atom in eqn.ins]
        outs = eqn.primitive.host(*ins, **eqn.params)
        outs = outs if eqn.primitive.multiple else (outs,)
        found.update(zip(eqn.outs, outs, strict=True))
        if is_fresh(eqn):
            assert not any(np.may_share_memory(a, b) for a in outs for b in ins), eqn.primitive


def case_hidden(jaxpr: Any, values: list[Any]) -> list[Any]:
    """Values for hidden inputs: closing puts them in front."""
    return [np.zeros(v.aval.shape, v.aval.dtype) for v in jaxpr.in_vars[: len(jaxpr.in_vars) - len(values)]]


def test_what_overwrites_is_a_primitive() -> None:
    assert set(OVERWRITES) <= {primitive.name for primitive in all_primitives()}
    for name, overwrite in OVERWRITES.items():
        assert overwrite.position in (0, 2), name


def test_a_plan_is_linear_in_the_program() -> None:
    """A family of a thousand views is found once, not for each of them."""

    def function(x: Any) -> Any:
        y = x * 1.0
        for _ in range(1000):
            y = y.T
        return y.at[0].set(1.0)

    plan = make_plan(make_jaxpr(function)(np.ones((2, 2))))
    assert len(plan.steps) == 1002
    assert plan.steps[-1].target is None


def test_a_group_that_is_closed_takes_nothing_more() -> None:
    """A group may hold values of other shapes than its own: it is closed by its own shape."""

    def function(b: Any, c: Any, f: Any, a: Any) -> Any:
        k = f * (a * a)
        m = (b * k).sum(axis=1)
        return np.exp2(m * np.float64(0.25)), ~b * k * np.cos(c)

    args = np.array([True, False, True, True]), np.arange(4.0), np.ones((1, 1)), np.arange(4.0)
    for found, expected in zip(jit(function)(*args), function(*args), strict=True):
        assert np.array_equal(found, expected)
