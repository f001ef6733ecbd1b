"""One native function for each different step: what an unrolled loop repeats is compiled once.

Such a function gets pointers, one for each variable, one for the steps of an array that are only known when
it runs, and one for scratch memory. Two steps share it when they do the same on arrays of the same shapes
that lie alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....base.record import Record
from ....ir.jaxpr import Equation, Literal, Var
from ...loops import Loop
from ...plan import Step as PlanStep
from .builder import I64, POINTER, Value
from .code import Code
from .nest import Nest
from .reductions import Part
from .refs import Ref, Step
from .registers import Register
from .steps import emit_step
from .surroundings import Surroundings
from .targets import Target
from .tasks import Tasks


class Function(Record):
    """A definition; ``scratch`` is how many bytes of memory it wants beside its arguments.

    ``fails`` tells whether it may end with an exception of Python.
    """

    name: str
    text: str
    scratch: int
    helpers: dict[str, str]
    fails: bool


class OfPointers(Code):
    """A function whose pointers are its parameters."""

    def pointer(self, slot: int) -> Value:
        self.pointers.setdefault(slot, Value(self, f"%p{slot}", POINTER))
        return self.pointers[slot]


class Functions:
    """The functions of a module, each step's written when it is first met."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.known: dict[Any, Function] = {}

    def of_step(
        self, step: PlanStep, refs: dict[Var, Ref], tasks: Tasks | None = None
    ) -> tuple[Function, list[tuple[int, int]]]:
        """The function of a step, and its arguments: slots of the frame, and bytes to go on from there.

        With ``tasks`` it gets the first and the last round, too, and a pointer for each partial result.
        """
        local, arguments = _localised(refs)
        key = _key(step, local), tasks
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = self._write(step, local, len(arguments), tasks)
        return found, arguments

    def _write(self, step: PlanStep, refs: dict[Var, Ref], count: int, tasks: Tasks | None) -> Function:
        code = OfPointers(self.target)
        used = 0

        def scratch(size: int) -> tuple[int, int]:
            nonlocal used
            start, used = used, used + -(-size // 64) * 64
            return count, start

        scalars: dict[Var, Register] = {}
        around = Surroundings(refs, scalars, scratch)
        name = f"step{len(self.known)}"
        params = [f"ptr %p{k}" for k in range(count + 1)]
        if tasks is None:
            emit(code, step, around)
        else:
            assert step.loop is not None
            places = {one.register: Value(code, f"%t{k}", POINTER) for k, one in enumerate(tasks.partials)}
            params += ["i64 %begin", "i64 %end", *[f"ptr {place.text}" for place in places.values()]]
            part = Part(Value(code, "%begin", I64), Value(code, "%end", I64), places)
            Nest(code, step.loop, around, part).run()
        return Function(name, code.function(name, ", ".join(params)), used, code.helpers, code.fails)


def emit(code: Code, step: PlanStep, around: Surroundings) -> None:
    """Write a step into a function."""
    if step.loop is not None:
        Nest(code, step.loop, around).run()
    else:
        emit_step(code, step.eqn, around)


def _localised(refs: dict[Var, Ref]) -> tuple[dict[Var, Ref], list[tuple[int, int]]]:
    """The same places, counted from parameters; and what these are."""
    numbers: dict[tuple[int, int], int] = {}
    local: dict[Var, Ref] = {}
    for var, ref in refs.items():
        slot = numbers.setdefault((ref.slot, ref.offset), len(numbers))
        steps: list[int | Step] = []
        for step in ref.steps:
            if isinstance(step, Step):
                step = Step(numbers.setdefault((step.slot, 0), len(numbers)), step.dim)
            steps.append(step)
        local[var] = Ref(slot, 0, ref.shape, tuple(steps), ref.dtype)
    return local, list(numbers)


# --- what makes two steps the same ------------------------------------------------------------------


def _key(step: PlanStep, refs: dict[Var, Ref]) -> Any:
    numbers = {var: k for k, var in enumerate(refs)}
    places = tuple([(ref.slot, ref.shape, ref.steps, ref.dtype) for ref in refs.values()])
    if step.loop is not None:
        return places, _loop_key(step.loop, numbers)
    return places, _equation_key(step.eqn), tuple([_atom_key(atom, numbers) for atom in step.eqn.ins])


def _loop_key(loop: Loop, numbers: dict[Var, int]) -> Any:
    loads = tuple([(numbers[load.var], load.dims, load.register) for load in loop.loads])
    stores = tuple([(numbers[store.var], store.dims, store.register) for store in loop.stores])
    body = tuple([
        (_equation_key(row.eqn), _args_key(row.args), row.register, row.axes) for row in loop.body
    ])  # fmt: skip
    return loop.sizes, loads, body, stores, loop.varies, loop.avals


def _equation_key(eqn: Equation) -> Any:
    avals = tuple([atom.aval for atom in (*eqn.ins, *eqn.outs)])
    params = tuple(sorted([(key, repr(value)) for key, value in eqn.params.items()]))  # 0.0 is not -0.0
    return eqn.primitive.name, params, avals


def _args_key(args: Sequence[int | Literal]) -> Any:
    return tuple([arg if isinstance(arg, int) else _literal_key(arg) for arg in args])


def _atom_key(atom: Any, numbers: dict[Var, int]) -> Any:
    return numbers[atom] if isinstance(atom, Var) else _literal_key(atom)


def _literal_key(literal: Literal) -> Any:
    return "literal", type(literal.value), repr(literal.value)
