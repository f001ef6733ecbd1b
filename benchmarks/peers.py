"""One piece of work in every library: the shape in which the workloads are written.

A `Work` has its data, the best ways we know to write it by hand, and for each library a function that builds
a program from arrays to results. From it come the rows of a table: by hand, eager and compiled, each library
with arrays of its own made before the clock starts. A candidate is timed only if its results are those of
the first way by hand.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from harness import Call, Candidate, Effort, Table, Without, compare
from libraries import LLVM, engines, jax, promised, to_numpy, torch

Array = Any
Arrays = Sequence[Array]
Program = Callable[..., Any]
Compile = Callable[[Program], Program]
Build = Callable[[Any, Compile], Program]
"""What makes a program of a library's module, and of its compiler (or of what leaves a function alone)."""
Maker = Callable[..., Call]
"""What makes a call, by hand, of NumPy arrays that it may keep and overwrite."""

JAX = "JAX jit"
EAGER, COMPILED = "PyTorch eager", "PyTorch compiled"
HIPS = "HIPS autograd"
BY_HAND = "by hand"
FLOOR = "np.copyto"


@dataclass(frozen=True)
class Work:
    """What a table measures.

    Parameters
    ----------
    title
        What is computed, of what sizes and dtypes.
    arrays
        The data: NumPy arrays, never overwritten (each candidate has copies).
    by_hand
        Makers by the words after "by hand, "; the first one's results are what all others must give.
    beside
        Makers of further rows, by name: the same in another language.
    floors
        Makers of rows that compute nothing, by name: what the machine takes to move so much memory.
    programs
        Builders by library: funcgrad, JAX, HIPS autograd, PyTorch. "JAX, words" makes a further row of JAX's.
    wanted
        Which arrays are differentiated.
    carried
        Which arrays the first results replace, call after call; they are donated where a library can.
    without
        Rows that are left out, with the reason.
    below
        The goals of funcgrad's compiled program: at most which multiple of which rows.
    native
        Further goals of its program in machine code; of a row that stands in `below` too, this is the goal.
    torch_turned
        Which arrays PyTorch keeps transposed in memory, as its layers do.
    rtol
        How far results may lie apart, relative to the largest element.
    """

    title: str
    arrays: tuple[Array, ...]
    by_hand: Mapping[str, Maker]
    programs: Mapping[str, Build]
    wanted: tuple[int, ...] = (0,)
    carried: tuple[int, ...] = ()
    without: Mapping[str, str] = field(default_factory=dict)
    below: Mapping[str, float] = field(default_factory=dict)
    native: Mapping[str, float] = field(default_factory=dict)
    beside: Mapping[str, Maker] = field(default_factory=dict)
    floors: Mapping[str, Maker] = field(default_factory=dict)
    torch_turned: tuple[int, ...] = ()
    rtol: float = 1e-9
    reference: str = BY_HAND

    def goals(self, name: str) -> dict[str, float]:
        """Return what a row may take at most: multiples of other rows."""
        below = self.below if promised(name) else {}
        return {**below, **self.native} if name == LLVM else {**below}


def flat(results: Any) -> list[Array]:
    """Return the arrays in nested tuples and lists, in order."""
    if isinstance(results, tuple | list):
        return [array for each in results for array in flat(each)]
    return [results]


def looped(program: Program, arrays: Arrays, carried: tuple[int, ...]) -> Call:
    """Return the call of a program on arrays; the first results take the places of the carried ones."""
    if not carried:
        return partial(program, *arrays)
    held = list(arrays)

    def call() -> object:
        results = program(*held)
        for i, result in zip(carried, results, strict=False):
            held[i] = result
        return results

    return call


def copies(work: Work) -> list[Array]:
    """Return copies of the data in their own memory layout."""
    return [np.array(array, order="K") for array in work.arrays]


def funcgrad_call(work: Work, build: Build) -> Call:
    """Prepare funcgrad's program of unchanged NumPy code."""
    return looped(build(importlib.import_module("funcgrad"), lambda f: f), copies(work), work.carried)


def funcgrad_jit_call(work: Work, build: Build, options: Mapping[str, str]) -> Call:
    """Prepare the program that an engine of funcgrad makes of unchanged NumPy code."""
    module = importlib.import_module("funcgrad")
    program = module.jit(build(module, lambda f: f), donate_argnums=work.carried, **options)
    return looped(program, copies(work), work.carried)


def jax_call(work: Work, build: Build) -> Call:
    """Prepare JAX's compiled program, each result waited for."""
    module = jax()
    program = module.jit(build(module, lambda f: f), donate_argnums=work.carried)
    call = looped(program, list(map(module.numpy.asarray, work.arrays)), work.carried)
    return lambda: module.block_until_ready(call())


def autograd_call(work: Work, build: Build) -> Call:
    """Prepare HIPS autograd's program."""
    return looped(build(importlib.import_module("autograd"), lambda f: f), copies(work), work.carried)


def torch_call(work: Work, build: Build, compiled: bool) -> Call:
    """Prepare PyTorch's program; what is differentiated are leaves, made once."""
    module = torch()
    if compiled:
        module._dynamo.reset()
    arrays = copies(work)
    for i in work.torch_turned:
        arrays[i] = np.asfortranarray(arrays[i])
    tensors = list(map(module.from_numpy, arrays))
    for i in work.wanted:
        tensors[i].requires_grad_()
    program = build(module, partial(module.compile, dynamic=False) if compiled else lambda f: f)
    return looped(program, tensors, work.carried)


def by_hand_call(work: Work, maker: Maker) -> Call:
    """Prepare a way by hand."""
    return maker(*copies(work))


def calls(work: Work) -> dict[str, Callable[[], Call]]:
    """Return what prepares each row's call, by its name, unchecked."""
    programs = work.programs
    found: dict[str, Callable[[], Call]] = {
        f"{BY_HAND}, {name}": partial(by_hand_call, work, maker) for name, maker in work.by_hand.items()
    }
    found |= {name: partial(by_hand_call, work, maker) for name, maker in work.beside.items()}
    if "funcgrad" in programs:
        build = programs["funcgrad"]
        found["funcgrad"] = partial(funcgrad_call, work, build)
        for name, options in engines().items():
            found[name] = partial(funcgrad_jit_call, work, build, options)
    for name, build in programs.items():
        if name.startswith("JAX"):
            found[name.replace("JAX", JAX, 1)] = partial(jax_call, work, build)
    if "PyTorch" in programs:
        found[EAGER] = partial(torch_call, work, programs["PyTorch"], False)
        found[COMPILED] = partial(torch_call, work, programs["PyTorch"], True)
    if HIPS in programs:
        found[HIPS] = partial(autograd_call, work, programs[HIPS])
    found |= {name: partial(by_hand_call, work, maker) for name, maker in work.floors.items()}
    return found | {name: partial(left_out, why) for name, why in work.without.items()}


def left_out(why: str) -> Call:
    """Say why there is nothing to time."""
    raise Without(why)


def agreeing(work: Work, prepare: Callable[[], Call], expected: Callable[[], Arrays]) -> Call:
    """Return a call, after comparing its first results with those by hand.

    Of arrays that a step moves on, the changes are compared: a wrong gradient must show.
    """
    call = prepare()
    results = [np.array(to_numpy(each)) for each in flat(call())]
    starts = dict(enumerate(work.arrays[i] for i in work.carried))
    for i, (result, right) in enumerate(zip(results, expected(), strict=True)):
        start = starts.get(i, np.zeros(1))
        rounding = 4 * float(np.finfo(start.dtype).eps) * float(np.max(np.abs(start), initial=0.0))
        change, wanted = result - start, right - start
        atol = work.rtol * float(np.max(np.abs(wanted), initial=0.0)) + rounding
        np.testing.assert_allclose(change, wanted, rtol=work.rtol, atol=atol)
    return call


def candidates(work: Work) -> Iterable[Candidate]:
    """Return a candidate for each row, checked against the first by hand when it is prepared."""
    found = calls(work)
    first = next(iter(found.values()))
    answers: list[Array] = []

    def expected() -> Arrays:
        if not answers:
            answers.extend(np.array(to_numpy(each)) for each in flat(first()()))
        return answers

    for name, prepare in found.items():
        unchecked = name in work.without or name in work.floors
        checked = prepare if unchecked else partial(agreeing, work, prepare, expected)
        yield Candidate(name, checked, below=work.goals(name))


def table(work: Work, effort: Effort) -> Table:
    """Measure a piece of work in every library."""
    return compare(work.title, list(candidates(work)), reference=work.reference, effort=effort)


def floors(array: Array) -> dict[str, Maker]:
    """Return makers of copies of one of a work's arrays: what reading and writing so much memory takes."""
    size = f"{FLOOR} of {array.nbytes / 1e6:.0f} MB"

    def reused(*_: Array) -> Call:
        return partial(np.copyto, np.zeros_like(array), array)

    def fresh(*_: Array) -> Call:
        return lambda: np.copyto(np.empty_like(array), array)

    return {f"{size}, result reused": reused, f"{size}, new result": fresh}


# -- What is asked of a loss: programs of all libraries at once


def gradients(
    loss: Program,
    wanted: tuple[int, ...] = (0,),
    *,
    value: bool = True,
    torch_loss: Program | None = None,
    jax_losses: Mapping[str, Program] | None = None,
) -> dict[str, Build]:
    """Return the programs of ``(loss, *gradients)``, or of the gradients alone.

    Each loss takes the namespace first. PyTorch and JAX have losses of their own where their documentation
    has other words for the same; JAX may have several.
    """

    def namesake(function: Program, module: Any, xp: Any, argument: str) -> Program:
        make = module.value_and_grad if value else module.grad
        return make(partial(function, xp), **{argument: wanted})

    def jax_build(function: Program, module: Any, _: Compile) -> Program:
        return namesake(function, module, module.numpy, "argnums")

    def autograd_build(module: Any, _: Compile) -> Program:
        return namesake(loss, module, importlib.import_module("autograd.numpy"), "argnum")

    return {
        "funcgrad": lambda module, _: namesake(loss, module, np, "argnums"),
        **{name: partial(jax_build, function) for name, function in (jax_losses or {"JAX": loss}).items()},
        "PyTorch": partial(torch_gradients, torch_loss or loss, wanted, value),
        HIPS: autograd_build,
    }


def torch_gradients(
    loss: Program, wanted: tuple[int, ...], value: bool, module: Any, compiled: Compile
) -> Program:
    """Return PyTorch's program of ``(loss, *gradients)``; the loss and its backward pass may be compiled."""
    forward = compiled(partial(loss, module))

    def program(*tensors: Any) -> Any:
        result = forward(*tensors)
        found = module.autograd.grad(result, [tensors[i] for i in wanted])
        return (result.detach(), *found) if value else found

    return program
