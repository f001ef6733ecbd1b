"""Reverse mode: ``vjp``, ``grad`` and ``value_and_grad``.

The idea: run the function once on tracers of a ``ReverseTrace`` (tape.py), then walk the tape backwards
(sweep.py). ``grad`` walks once and frees residuals as it goes; the pullback of ``vjp`` may be called
again and keeps them. Invariant: what comes back has the dtype, shape, kind, place and tree of the
input, and shares memory with nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..base.errors import ArgumentError, NonScalarLossError, TreeError
from ..base.source import Location, function_location, function_name
from ..core.aval import Aval, aval_of
from ..core.flat import Arguments, Transformation, own
from ..core.trace import Tracer, tracing
from ..ops.structural import as_kind, fit, full_like_aval
from ..tree import TreeDef, flatten, flatten_like, unflatten
from .driver import call_user, check_inputs, positional, split_aux
from .sweep import Sweep
from .tape import ReverseTrace


class Run(NamedTuple):
    """One traced call: its tape, the variables of its inputs, and its outputs as leaves."""

    trace: ReverseTrace
    numbers: list[int]
    out_numbers: list[int | None]
    outs: list[Any]
    out_tree: TreeDef
    aux: Any


def run_reverse(
    name: str, fun: Callable[..., Any], leaves: Sequence[Any], build: Callable[[Any], Any], has_aux: bool
) -> Run:
    """Call ``fun`` on tracers for ``leaves``; ``build`` makes its arguments of them."""
    trace = ReverseTrace(name)
    with tracing(trace):
        tracers = [trace.new_input(leaf) for leaf in leaves]
        numbers = [tracer.data for tracer in tracers]
        args, kwargs = build(tracers)
        out = call_user(fun, args, kwargs)
        aux = None
        if has_aux:
            out, aux = split_aux(name, fun, out)
        flat, out_tree = flatten(out)
        outs, out_numbers = strip(trace, flat)
        if has_aux:
            aux_leaves, aux_tree = flatten(aux)
            aux = unflatten(aux_tree, own(strip(trace, aux_leaves)[0], leaves))
    return Run(trace, numbers, out_numbers, outs, out_tree, aux)


def strip(trace: ReverseTrace, leaves: Sequence[Any]) -> tuple[list[Any], list[int | None]]:
    """Values and numbers of outputs; what is not of this trace has no number."""
    values, numbers = [], []
    for leaf in leaves:
        if type(leaf) is Tracer and leaf.trace is trace:
            values.append(leaf.value)
            numbers.append(leaf.data)
        else:
            values.append(leaf)
            numbers.append(None)
    return values, numbers


def finish(cotangents: Sequence[Any], avals: Sequence[Aval], others: Sequence[Any]) -> list[Any]:
    """Cotangents as the caller gets them: instantiated, in the inputs' kinds, sharing no memory."""
    full = [
        full_like_aval(aval) if g is None else as_kind(fit(g, aval), aval)
        for g, aval in zip(cotangents, avals, strict=True)
    ]
    return own(full, others)


class ValueAndGrad(Transformation):
    """``value_and_grad`` and ``grad`` of a function."""

    def __init__(
        self, fun: Callable[..., Any], argnums: Any, argnames: Any, has_aux: bool, holomorphic: bool, value: bool
    ) -> None:
        self.transform = "value_and_grad" if value else "grad"
        super().__init__(fun)
        self.arguments = Arguments(self.transform, fun, argnums, argnames)
        self.has_aux = has_aux
        self.holomorphic = holomorphic
        self.value = value

    def __reduce__(self) -> tuple[Any, ...]:
        argnums, argnames = self.arguments.forms
        options = (argnums, argnames, self.has_aux, self.holomorphic, self.value)
        return ValueAndGrad, (self.fun, *options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        name = self.transform
        selection = self.arguments.select(args, kwargs)
        leaves, tree = flatten(selection.chosen)
        check_inputs(name, leaves, selection, self.holomorphic)

        def build(tracers: list[Any]) -> Any:
            return selection.replace(unflatten(tree, tracers))

        run = run_reverse(name, self.fun, leaves, build, self.has_aux)
        out_aval = self._check_loss(run)
        grads = self._sweep(run, out_aval)
        result = selection.result(unflatten(tree, finish(grads, run.trace.avals[: len(leaves)], leaves)))
        if not self.value:
            return (result, run.aux) if self.has_aux else result
        value = own(run.outs, leaves)[0]
        return ((value, run.aux), result) if self.has_aux else (value, result)

    def _sweep(self, run: Run, out_aval: Aval) -> list[Any]:
        seed = full_like_aval(out_aval, 1)
        return Sweep(run.trace, free=True).run([(run.out_numbers[0], seed)], run.numbers)

    def _check_loss(self, run: Run) -> Aval:
        at = function_location(self.fun)
        if len(run.outs) != 1:
            raise self._not_scalar("a tree", str(run.out_tree), at)
        try:
            aval = aval_of(run.outs[0])
        except TypeError:
            raise self._not_scalar(type(run.outs[0]).__name__, type(run.outs[0]).__name__, at) from None
        if aval.shape != ():
            raise self._not_scalar("an array", str(aval), at)
        kind = "c" if self.holomorphic else "f"
        if aval.dtype.kind not in (kind, "V"):
            word = "a complex number" if aval.dtype.kind == "c" else f"a value of dtype {aval.dtype}"
            raise self._not_scalar(word, str(aval), at)
        return aval

    def _not_scalar(self, word: str, got: str, at: Location | None) -> NonScalarLossError:
        hints = {
            "an array": "take the mean over the batch, or use jacrev for the full Jacobian",
            "a tree": "return one scalar; has_aux=True returns extra values beside it",
            "a complex number": "take its real part or modulus; holomorphic=True differentiates complex functions",
        }
        kind = "complex" if self.holomorphic else "real"
        return NonScalarLossError(
            f"{self.transform}: `{function_name(self.fun)}` must return one {kind} scalar, but returned {word}.",
            expected="complex128[]" if self.holomorphic else "float64[]",
            got=got,
            at=at,
            hint=hints.get(word, "return a floating scalar"),
        )


def value_and_grad(
    fun: Callable[..., Any],
    argnums: Any = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    *,
    argnames: Any = None,
) -> Callable[..., Any]:
    """The function that returns ``(fun(*args), gradient)``; see ``grad``."""
    return ValueAndGrad(fun, argnums, argnames, has_aux, holomorphic, True)


def grad(
    fun: Callable[..., Any],
    argnums: Any = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    *,
    argnames: Any = None,
) -> Callable[..., Any]:
    """The gradient of a scalar function, by reverse mode."""
    return ValueAndGrad(fun, argnums, argnames, has_aux, holomorphic, False)


class Pullback:
    """The linear map from cotangents of the outputs to cotangents of the primals."""

    def __init__(self, run: Run, tree: TreeDef, once: bool) -> None:
        self._tape: ReverseTrace | None = run.trace
        self._numbers = run.numbers
        self._in_avals = run.trace.avals[: len(run.numbers)]
        self._out_numbers = run.out_numbers
        self._out_avals = [aval_of(out) for out in run.outs]
        self._out_tree = run.out_tree
        self._tree = tree
        self._once = once

    def __call__(self, cotangent: Any) -> Any:
        """A tuple with one cotangent tree for each primal."""
        tape = self._tape
        if tape is None:
            raise ArgumentError(
                "vjp: this pullback was made with once=True and has been called already.",
                hint="leave once=True away to call it several times",
            )
        seeds = self._seeds(cotangent)
        if self._once:
            self._tape = None
        sweep = Sweep(tape, free=self._once)
        grads = sweep.run(list(zip(self._out_numbers, seeds, strict=True)), self._numbers)
        return unflatten(self._tree, finish(grads, self._in_avals, seeds))

    def _seeds(self, cotangent: Any) -> list[Any]:
        leaves = flatten_like(self._out_tree, cotangent, what="vjp: the pullback's cotangent")
        seeds = []
        for leaf, aval in zip(leaves, self._out_avals, strict=True):
            have = aval_of(leaf)
            if have.shape != aval.shape:
                raise TreeError(
                    "vjp: the pullback's cotangent has another shape than the output.",
                    expected=str(aval),
                    got=str(have),
                )
            seeds.append(fit(leaf, aval))
        return seeds


def vjp(fun: Callable[..., Any], *primals: Any, has_aux: bool = False, once: bool = False) -> Any:
    """The value of ``fun`` and its pullback."""
    selection = positional(primals)
    leaves, tree = flatten(primals)
    check_inputs("vjp", leaves, selection)
    run = run_reverse("vjp", fun, leaves, lambda tracers: selection.replace(unflatten(tree, tracers)), has_aux)
    run.trace.secure()
    out = unflatten(run.out_tree, own(run.outs, [*leaves, *run.trace.residuals()]))
    pullback = Pullback(run, tree, once)
    return (out, pullback, run.aux) if has_aux else (out, pullback)
