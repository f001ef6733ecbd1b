"""Transposing linear functions: trace them backwards at zero.

A linear function has the same derivative everywhere, so its transpose is the backward sweep of a tape
recorded at zero; ``check_linear`` reads the tape to see that the function was linear.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..base.errors import NonLinearError
from ..base.source import function_name
from ..core.aval import Aval
from ..core.primitive import Primitive
from ..core.trace import Tracer, tracing
from ..ops.structural import full_like_aval, stop_gradient_p
from .sweep import Sweep
from .tape import ReverseTrace

Leaves = Sequence[Any]


class LinearTape(ReverseTrace):
    """A tape that refuses what loses the derivative: a linear function depends on no comparison.

    It is recorded at zero, so ``np.where(t > 1, 1, t)`` would pass for the identity.
    """

    __slots__ = ()
    withholds = "abstract"

    def process(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
        out = super().process(primitive, args, params)
        outs = out if primitive.multiple else (out,)
        if primitive is stop_gradient_p or any(map(self._moves, outs)) or not any(map(self._moves, args)):
            return out
        raise NonLinearError(
            f"`{self.name}` is not linear: it applies `{primitive.name}` to what it should be linear in.",
            expected="a linear function: its values decide nothing",
            got=f"the operation `{primitive.name}`, which has no derivative",
            hint="for a rule, give the function both: defvjp(fwd, bwd) and defjvp(rule)",
        )

    def _moves(self, value: Any) -> bool:
        return type(value) is Tracer and value.trace is self and value.data is not None


def reverse_of_linear(
    name: str, fun: Callable[..., Leaves], avals: Sequence[Aval]
) -> tuple[ReverseTrace, list[int], list[Any], list[int | None]]:
    """Trace a linear function at zero; its tape, input numbers, outputs and output numbers."""
    trace = LinearTape(name)
    with tracing(trace):
        tracers = [trace.new_input(full_like_aval(aval)) for aval in avals]
        outs = list(fun(*tracers))
    values, numbers = [], []
    for out in outs:
        inside = type(out) is Tracer and out.trace is trace
        values.append(out.value if inside else out)
        numbers.append(out.data if inside else None)
    return trace, [t.data for t in tracers], values, numbers


def pull_linear(tape: ReverseTrace, inputs: list[int], outputs: list[int | None], gs: Leaves) -> list[Any]:
    """The transpose of what was traced, applied to cotangents (None where zero)."""
    seeds = [(n, g) for n, g in zip(outputs, gs, strict=True) if g is not None]
    return Sweep(tape, free=False).run(seeds, inputs)


def check_linear(tape: ReverseTrace, rule: Any) -> None:
    """Raise NonLinearError if a traced rule is not linear in what was traced."""
    for row in tape.rows:
        if row is None:
            continue
        primitive, ins, _, _, _ = row
        moving = sum(n is not None for n in ins)
        form = primitive.rule
        linear = (
            form.kind == "call"
            or form.linear
            or (moving == 1 and (primitive.name in _BILINEAR or form.kind == "transposes"))
        )
        if not linear or (primitive.name == "divide" and ins[1] is not None):
            raise NonLinearError(
                f"`{function_name(rule)}` is not linear: it applies `{primitive.name}` to its (co)tangent.",
                expected="a linear rule, so that it can be transposed for the other mode",
                got=f"the operation `{primitive.name}`",
                hint="give the function both rules: defvjp(fwd, bwd) and defjvp(rule)",
            )


_BILINEAR = frozenset({"multiply", "divide"})
