"""Where results are written: nothing is read after it was overwritten, and memory is used again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import debug, grad, jit
from funcgrad._src.compile.buffers import Buffers, View, is_optimistic
from funcgrad._src.compile.memory import NEVER, Memory
from funcgrad._src.compile.plan import Plan, Step, make_plan
from funcgrad._src.core.primitive import find_primitive
from funcgrad._src.ir.jaxpr import Equation, Jaxpr, Var
from tests.compile.planning import BLOCK, follow, planned, random_plans

Function = Callable[..., Any]
SMALL = np.linspace(0.5, 1.5, 60).reshape(6, 10)
LARGE = np.linspace(0.5, 1.5, 8 * BLOCK)

# --- random plans ------------------------------------------------------------------------------------

SEEDS = {"small": 80, "special": 40, "large": 15, "dense": 40}


@pytest.mark.parametrize("variant", ["value", "gradient", "pullback", "map", "second gradient"])
@pytest.mark.parametrize("sort", SEEDS)
def test_nothing_is_read_after_it_was_overwritten(sort: str, variant: str) -> None:
    """Nor are results or what effects see in the workspace, nor anything written that was not given."""
    for name, found, _ in random_plans(range(SEEDS[sort]), sort, variant):
        try:
            follow(found)
        except AssertionError as error:
            pytest.fail(f"{name}: {error}\n{found}")


def mistakes() -> list[str]:
    """What is wrong with plans of random programs."""
    found = []
    for sort, variant in (("small", "gradient"), ("dense", "value"), ("large", "gradient")):
        for name, made, _ in random_plans(range(60), sort, variant):
            try:
                follow(made)
            except AssertionError as error:
                found.append(f"{name}: {error}")
    return found


def test_there_are_no_mistakes_in_these() -> None:
    assert not mistakes()


def _ends_early(old: Any) -> Any:
    def until(self: Memory, var: Var) -> int:
        step: int = old(self, var)
        return step if step == NEVER else step - 1

    return until


def _too_small(old: Any) -> Any:
    def claim(self: Buffers, nbytes: int) -> int:
        slot: int = old(self, nbytes)
        self.sizes[slot] = min(self.sizes[slot], 64)
        return slot

    return claim


def _idle_at_once(old: Any) -> Any:
    def slot(self: Buffers, out: Var, i: int) -> None:
        old(self, out, i)
        if out in self.slot_of:
            self.give_back(self.slot_of[out])

    return slot


PLANTED: dict[str, tuple[Any, str, Callable[[Any], Any]]] = {
    "anything may be taken": (Memory, "may_take", lambda old: lambda self, var, i: True),
    "everything is dead": (Memory, "is_dead", lambda old: lambda self, owner, i: True),
    "liveness ends a step early": (Memory, "until", _ends_early),
    "views do not keep memory": (Memory, "until", lambda old: lambda self, var: self.last.get(var, -1)),
    "nobody shares": (Memory, "_join", lambda old: lambda self, members: None),
    "one slot for all": (Buffers, "claim", lambda old: lambda self, nbytes: old(self, nbytes) and 0),
    "slots that are too small": (Buffers, "claim", _too_small),
    "slots are idle at once": (Buffers, "_slot", _idle_at_once),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cls, method, change = PLANTED[name]
    monkeypatch.setattr(cls, method, change(getattr(cls, method)))
    assert mistakes()


# --- the workspace -----------------------------------------------------------------------------------


def test_slots_are_used_again() -> None:
    """However long a chain of values that die at once, three arrays are enough for it."""

    def chain(x: Any) -> Any:
        for _ in range(40):
            x = np.sin(x).T.copy() @ x
            x = x @ x.T
        return x.sum()

    found = planned(chain, SMALL)
    assert len(found.slots) <= 3
    assert max(found.slots) <= 10 * 10 * 8 + 64


def test_what_lives_together_lies_apart() -> None:
    """Ten products that are all read at the end need ten slots."""

    def together(x: Any) -> Any:
        parts = [(x * i) @ x.T for i in range(2, 12)]
        return np.concatenate(parts).sum()

    assert len(planned(together, SMALL).slots) >= 10


@pytest.mark.parametrize("size", [1, 7, 8, 9, 64, 1000])
def test_slots_are_whole_cache_lines(size: int) -> None:
    found = planned(lambda x: np.sum(np.tanh(x) @ x), np.ones((size, size)))
    assert found.slots
    assert all(n % 64 == 0 and n >= 8 * size for n in found.slots)


def test_a_slot_is_the_smallest_that_is_large_enough() -> None:
    jaxpr = planned(lambda x: x + 1.0, SMALL).jaxpr
    made = Buffers(Memory(jaxpr, [jaxpr.eqns], []), {})
    large, small, middle = made.claim(1000), made.claim(10), made.claim(500)
    assert made.sizes == [1024, 64, 512]
    for slot in (large, small, middle):
        made.give_back(slot)
    assert [made.claim(n) for n in (60, 400, 700)] == [small, middle, large]
    made.give_back(small)
    assert made.claim(5000) == small  # the only idle one, made larger
    assert made.sizes[small] == 5056
    assert made.claim(1) == 3


def test_views_of_the_workspace_are_made_with_it() -> None:
    def function(x: Any) -> Any:
        y = x @ x.T
        return y[1:].sum() + y.T[0].max() + y.reshape(-1)[3]

    places = planned(function, SMALL).places.values()
    assert sum(isinstance(place, View) for place in places) >= 3


# --- what leaves the program, and what effects see ---------------------------------------------------

LEAVING: dict[str, tuple[Function, int]] = {
    "a result": (lambda x: (x @ x.T) * 2.0, 0),
    "a view of a result": (lambda x: (x @ x.T).T, 0),
    "a row": (lambda x: (x @ x.T)[2], 0),
    "a view that is read, too": (lambda x: ((y := x @ x.T)[2], y.sum()), 0),
    "a result written in place": (lambda x: written(x @ x.T), 0),
    "nothing but a number": (lambda x: np.tanh(x @ x.T).sum(), 1),
}


def written(y: Any) -> Any:
    """``y`` with changes."""
    y[0] = 1.0
    y *= 3.0
    return y


@pytest.mark.parametrize("name", LEAVING)
def test_results_are_never_in_the_workspace(name: str) -> None:
    function, least = LEAVING[name]
    found = planned(function, SMALL)
    follow(found)
    assert len(found.slots) >= least


def test_what_an_effect_sees_is_not_in_the_workspace() -> None:
    seen: list[Any] = []

    def function(x: Any) -> Any:
        y = x @ x.T
        debug.callback(seen.append, y)
        return (y * 2.0).sum(), (x @ x.T @ y).sum()

    found = planned(function, SMALL)
    follow(found)
    effect = next(eqn for eqn in found.jaxpr.eqns if eqn.primitive.effect)
    assert not {atom for atom in effect.ins if atom in found.places}


# --- donation ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [5, 8 * BLOCK])
@pytest.mark.parametrize("behind", [0, 1, 2])
def test_donated_arrays_are_written_behind_the_last_guard(behind: int, size: int) -> None:
    """A guard that fails must find the arguments as they were."""
    made = planned(lambda x, s: (np.sin(x) * 2.0 + 1.0, s), np.ones(size), np.float64(1.0))
    eqns = list(made.jaxpr.eqns)
    eqns.insert(behind, Equation(find_primitive("guard"), [made.jaxpr.in_vars[1]], {}, []))
    jaxpr = Jaxpr(made.jaxpr.in_vars, eqns, made.jaxpr.outs)
    found = make_plan(jaxpr, [0], contiguous=[True, True])
    follow(found)
    guard = next(i for i, step in enumerate(found.steps) if step.eqn.primitive.name == "guard")
    writes = [i for i, step in enumerate(found.steps) if jaxpr.in_vars[0] in written_by(found, step)]
    assert all(i > guard for i in writes)
    assert writes or behind == 2  # then the last step takes the memory of the one before


def written_by(found: Plan, step: Step) -> list[Var]:
    """Whose memory a step takes."""
    outs = [var for eqn in step.eqns for var in eqn.outs]
    return [found.family(var) for var in outs if isinstance(found.places.get(var), Var)]


def blocks_and_given(found: Plan) -> tuple[list[Var], list[Var]]:
    """The results of blocks that take the first input's memory: at once, and at the end of each block."""
    given = found.jaxpr.in_vars[0]
    loops = [step.blocks.loop for step in found.steps if step.blocks is not None]
    taken = [s.var for loop in loops for s in loop.stores if found.places.get(s.var) is given]
    return [v for v in taken if v not in found.deferred], [v for v in taken if v in found.deferred]


def test_what_a_loop_still_reads_is_written_at_the_end_of_a_block() -> None:
    found = planned(lambda x: np.exp(x) * 2.0, LARGE, donated=[0])
    follow(found)
    assert blocks_and_given(found) == ([found.jaxpr.outs[0]], [])
    found = planned(lambda x: (np.sin(x) * 2.0, np.cos(x) * 3.0), LARGE, donated=[0])
    follow(found)
    assert blocks_and_given(found) == ([], [found.jaxpr.outs[0]])


def test_blocks_that_may_be_computed_again_write_at_the_end() -> None:
    def step(x: Any) -> Any:
        return x - 0.1 * grad(lambda x: np.where(x > 0, np.log(x) ** 2, 0.0).sum())(x)

    found = planned(step, LARGE, donated=[0])
    assert any(is_optimistic(loop, found.finite) for loop in found.groups)
    follow(found)
    assert blocks_and_given(found) == ([], [found.jaxpr.outs[0]])


def test_what_takes_several_passes_writes_at_the_end() -> None:
    """`where` writes one branch and then the other: it must not write over what it has yet to read."""

    def zeroed(x: Any) -> Any:
        return np.where(x > 1.0, 0.0, x)

    found = planned(zeroed, LARGE, donated=[0])
    follow(found)
    assert blocks_and_given(found)[0] == []
    given = LARGE.copy()
    expected = zeroed(given)
    assert np.array_equal(jit(zeroed, donate_argnums=0)(given), expected)
