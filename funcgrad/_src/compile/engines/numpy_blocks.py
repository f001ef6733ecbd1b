"""Large loop programs for the NumPy engine: a function that computes one block, and the call that runs all.

The function gets the first and last row of its block, whole arrays (seen with one dimension for each axis of
the loop) and scratch memory; it works on slices. Where the program has strong products it makes plain ones,
looks for NaN in what leaves the block, and only then computes the block again, strongly.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...ir.jaxpr import Literal, Var
from ..blocks import Scratch
from ..finite import finite_partner
from ..layout import Layout, c_layout
from ..loops import Compute, Dims
from ..plan import Step
from .narrow import narrow
from .numpy_calls import REDUCE, call, strong_product
from .numpy_source import Printer
from .source import is_quiet, of_all, with_quiet
from .threads import run_blocks

# What passes on a NaN of any operand, or drops it as the strong product would have it dropped.
_PASSES_NAN = frozenset(
    {"add", "subtract", "multiply", "divide", "negative", "positive", "square", "strong_mul", "sum", "prod"}
    | {"max", "min", "convert", "exp", "log", "sqrt", "sin", "cos", "tanh"}
)


class _Block:
    """Prints the function of one block."""

    def __init__(self, printer: Printer, blocks: Scratch) -> None:
        self.printer = printer
        self.blocks = blocks
        self.loop = blocks.loop
        self.names: list[str] = [f"r{k}" for k in range(len(self.loop.varies))]
        self.params: list[str] = []
        self.opening: list[str] = []
        self.closing: list[str] = []

    def sliced(self, register: int, name: str) -> None:
        """A parameter of which the block sees its rows."""
        self.params.append(name)
        if 0 in self.loop.varies[register]:
            self.opening.append(f"r{register} = {name}[i:j]")
        else:
            self.names[register] = name

    def scratch_shape(self, register: int) -> tuple[int, ...]:
        shape = self.blocks.shape(register)
        return (self.blocks.rows if 0 in self.loop.varies[register] else 1, *shape[1:])


def print_blocks(printer: Printer, step: Step) -> None:
    """Print the function of one block, and the lines that run all of them."""
    blocks = step.blocks
    assert blocks is not None
    loop, number = blocks.loop, len(printer.functions)
    block = _Block(printer, blocks)
    arguments: list[str] = []
    for load in loop.loads:
        block.sliced(load.register, f"x{load.register}")
        arguments.append(
            canonical(printer, load.var, load.dims, blocks, load.register, printer.read(load.var))
        )
    _stores(printer, block, arguments)
    partials = _partials(printer, block)
    scratch = _scratch(printer, block)
    suspects = suspicious(blocks, printer.finite)
    plain = _body(block, optimistic=suspects is not None)
    name, again = f"block{number}", f"again{number}"
    head = ", ".join(["k", "i", "j", *block.params])
    if suspects:
        tests = [f"any_nan({block.names[r] if kind != 'partial' else f'u{r}[k]'})" for kind, r in suspects]
        plain.append(f"if {' or '.join(tests)}: return {again}({head})")
        printer.space["any_nan"] = any_nan
        _define(printer, again, head, block.opening + _body(block, optimistic=False) + block.closing)
    _define(printer, name, head, block.opening + plain + block.closing)
    sets = f"[{', '.join(f'({one})' for one in scratch)}]"
    printer.space["run_blocks"] = run_blocks
    given = ", ".join([*arguments, *[array for _, array in partials]])
    count = (loop.sizes[0], blocks.rows)
    printer.lines.append(
        f"run_blocks({name}, {count[0]}, {count[1]}, ({given}{',' if given else ''}), {sets})"
    )
    _finish(printer, block, dict(partials))


def _define(printer: Printer, name: str, head: str, lines: list[str]) -> None:
    printer.functions.append(f"def {name}({head}):\n" + "".join([f"    {line}\n" for line in lines]))


def canonical(printer: Printer, var: Var, dims: Dims, blocks: Scratch, register: int, name: str) -> str:
    """The source of an array with one dimension for each axis of the loop; a scalar as it is."""
    if not dims:
        return name
    layout = (printer.plan.known or {}).get(var) or c_layout(len(dims))
    depth = {d: i for i, d in enumerate(layout.order)}  # dimensions that were made one axis stay in order
    order = sorted(range(len(dims)), key=lambda d: (-1 if (axis := dims[d]) is None else axis, depth[d]))
    real = [d for d in order if dims[d] is not None]
    text = name if real == sorted(real) else f"{name}.transpose({tuple(order)})"
    shape = blocks.shape(register)
    return text if text == name and shape == var.aval.shape else f"{text}.reshape({shape})"


def _stores(printer: Printer, block: _Block, arguments: list[str]) -> None:
    """Arrays for the results; those that a reduction over blocks makes come later."""
    for store in block.loop.stores:
        if block.blocks.place[store.register][0] == "partial":
            continue
        var = store.var
        name = _result(printer, var)
        arguments.append(canonical(printer, var, store.dims, block.blocks, store.register, name))
        if var in printer.plan.deferred:
            block.params.append(f"y{store.register}")
            block.closing.append(
                f"{printer.constant(np.copyto, 'f')}(y{store.register}[i:j], r{store.register})"
            )
        else:
            block.sliced(store.register, f"y{store.register}")


def _result(printer: Printer, var: Var) -> str:
    """The name of the array for a result."""
    place = printer.place(var)
    if place is not None and var in printer.numbers:
        return place
    known = printer.plan.known or {}
    layout = known.get(var) or c_layout(var.aval.ndim)
    name = printer.name(var)
    printer.lines.append(f"{name} = {place or _empty(printer, var, layout)}")
    return name


def _empty(printer: Printer, var: Var, layout: Layout) -> str:
    dtype = printer.constant(var.aval.dtype, "p")
    empty = printer.constant(np.empty, "f")
    order, straight = layout.order, tuple(range(len(layout.order)))
    if order in (straight, straight[::-1]):
        return f"{empty}({var.aval.shape}, {dtype}, {'C' if order == straight else 'F'!r})"
    text = f"{empty}({tuple([var.aval.shape[axis] for axis in order])}, {dtype})"
    return f"{text}.transpose({tuple(sorted(range(len(order)), key=order.__getitem__))})"


def _partials(printer: Printer, block: _Block) -> list[tuple[int, str]]:
    """Memory for one partial result a block."""
    blocks, found = block.blocks, []
    for register, (kind, k) in enumerate(blocks.place):
        if kind == "partial":
            shape = (blocks.count, *blocks.shape(register)[1:])
            dtype = block.loop.avals[register].dtype
            slot = len(printer.workspace.sizes)
            printer.workspace.sizes += (blocks.partials[k],)
            found.append((register, printer.array(printer.workspace.raw(slot, shape, dtype))))
            block.params.append(f"u{register}")
    return found


def _scratch(printer: Printer, block: _Block) -> list[str]:
    """For each thread the names of its scratch arrays, one for each register there."""
    blocks = block.blocks
    registers = {r: number for r, (kind, number) in enumerate(blocks.place) if kind == "scratch"}
    sizes = list(blocks.scratch)
    for store in block.loop.stores:
        if store.var in printer.plan.deferred:
            registers[store.register] = len(sizes)
            sizes.append(math.prod(block.scratch_shape(store.register)) * store.var.aval.dtype.itemsize)
    sets = []
    for _ in range(min(printer.threads, blocks.count)):
        first = len(printer.workspace.sizes)
        printer.workspace.sizes += tuple(sizes)
        names = []
        for r, slot in registers.items():
            dtype = block.loop.avals[r].dtype
            number = printer.workspace.raw(first + slot, block.scratch_shape(r), dtype)
            names.append(printer.array(number))
        sets.append(", ".join(names) + ("," if names else ""))
    for r in registers:
        block.params.append(f"s{r}")
        if 0 in block.loop.varies[r]:
            block.opening.append(f"r{r} = s{r}[:j - i]")
        else:
            block.names[r] = f"s{r}"
    return sets


# --- the body --------------------------------------------------------------------------------------


def _body(block: _Block, *, optimistic: bool) -> list[str]:
    quiet = [is_quiet(row.eqn) for row in block.loop.body]
    if of_all(quiet) is not False or True not in quiet:  # all blocks together, or none of them
        quiet = [None] * len(quiet)
    return with_quiet(
        [(q, _row(block, row, optimistic)) for q, row in zip(quiet, block.loop.body, strict=True)]
    )


def _row(block: _Block, row: Compute, optimistic: bool) -> list[str]:
    printer, out = block.printer, block.names[row.register]
    ins = [printer.read(a) if isinstance(a, Literal) else block.names[a] for a in row.args]
    if row.eqn.primitive.name in REDUCE:  # also along axes of length one, which are no axes of the loop
        return [_reduction(block, row, ins[0], out)]
    again = row.eqn.primitive.name == "strong_mul" and finite_partner(row.eqn, printer.finite) is None
    if again and optimistic:
        return strong_product(printer, row.eqn, ins, out)
    lines = None if again else call(printer, row.eqn, ins, out)
    if lines is not None:
        return lines
    copyto = printer.constant(np.copyto, "f")
    return [f"{copyto}({out}, {printer.host(row.eqn.primitive.host, row.eqn, ins)})"]


def _reduction(block: _Block, row: Compute, operand: str, out: str) -> str:
    printer, name = block.printer, row.eqn.primitive.name
    reduce = printer.constant(narrow(REDUCE[name].reduce), "q")
    dtype = printer.constant(row.eqn.outs[0].aval.dtype, "p") if name in ("sum", "prod") else "None"
    axes = printer.constant(row.axes, "p")
    if 0 not in row.axes:
        return f"{reduce}({operand}, {axes}, {dtype}, {out}, True)"
    return f"u{row.register}[k] = {reduce}({operand}, {axes}, {dtype}, None, True)[0]"


def _finish(printer: Printer, block: _Block, partials: dict[int, str]) -> None:
    """Reduce the partial results."""
    for store in block.loop.stores:
        register, var = store.register, store.var
        if register not in partials:
            continue
        row = next(row for row in block.loop.body if row.register == register)
        reduce = printer.constant(REDUCE[row.eqn.primitive.name].reduce, "q")
        if var.aval.kind != "array":
            dtype = printer.constant(var.aval.dtype, "p")
            printer.lines.append(f"{printer.name(var)} = {reduce}({partials[register]}, None, {dtype})")
            continue
        name = _result(printer, var)
        seen = canonical(printer, var, store.dims, block.blocks, register, name)
        printer.lines.append(f"{reduce}({partials[register]}, 0, None, {seen}[0, ...])")


# --- strong zero -----------------------------------------------------------------------------------


def suspicious(blocks: Scratch, finite: frozenset[Var] = frozenset()) -> list[tuple[str, int]] | None:
    """The results in which a NaN of a plain product would show; None if one might hide.

    Products with what is finite are looked after where they are made.
    """
    loop = blocks.loop
    tainted: set[int] = set()
    for row in loop.body:
        strong = row.eqn.primitive.name == "strong_mul" and finite_partner(row.eqn, finite) is None
        if strong and row.eqn.outs[0].aval.dtype.char not in "fd":
            return None
        if strong or any([isinstance(a, int) and a in tainted for a in row.args]):
            if not _passes(row, tainted):
                return None
            tainted.add(row.register)
    kept = {store.register for store in loop.stores}
    reductions = {row.register for row in loop.body if row.axes}
    return [(blocks.place[r][0], r) for r in sorted(tainted) if r in kept | reductions]


def _passes(row: Compute, tainted: set[int]) -> bool:
    name = row.eqn.primitive.name
    if name == "where":
        return not (isinstance(row.args[0], int) and row.args[0] in tainted)
    return (name in _PASSES_NAN and row.eqn.outs[0].aval.dtype.char in "fd") or (
        name == "integer_pow" and row.eqn.params["n"] > 0
    )


def any_nan(x: Any) -> bool:
    """Whether an array holds NaN: its product with itself tells, and BLAS makes that fastest."""
    found = np.vdot(x, x)
    return bool(found != found)
