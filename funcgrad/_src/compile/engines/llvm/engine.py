"""The LLVM engine: a plan as Python that calls kernels, and NumPy and BLAS for what has none.

Native steps that follow each other are one kernel, so that a small program is one call. Arrays of the
workspace are reached from its first byte; other arrays are arguments. Single numbers that kernels make lie in
the workspace, and become Python's where somebody else reads them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


from ....ir.jaxpr import Jaxpr, Var
from ...buffers import View
from ...fusion import REDUCTIONS
from ...layout import Layout, c_layout
from ...native import Native
from ...plan import Plan, Step
from ..numpy import finish
from ..numpy_source import Printer
from ..source import Program, is_quiet, of_all
from . import elementwise
from .calls import builtin
from .code import Code
from .functions import Functions, emit
from .kernels import Kernel, module
from .machine import Machine
from .refs import Ref, dense_ref, view
from .registers import is_native
from .steps import supports_step
from .surroundings import Surroundings

def _reduction(eqn: Any) -> bool:
    """Whether a reduction is native: not the extremes of complex numbers."""
    out = eqn.outs[0].aval.dtype
    have = eqn.ins[0].aval.dtype
    plain = eqn.primitive.name in ("sum", "prod") or out.kind != "c"
    return eqn.primitive.name in REDUCTIONS and is_native(out) and is_native(have) and plain


NATIVE = Native(elementwise.supports, _reduction, supports_step)


class NativePrinter(Printer):
    """Prints steps; native ones go to the kernel that is open."""

    def __init__(self, plan: Plan, inner: Callable[[Jaxpr], Any], threads: int, machine: Machine) -> None:
        super().__init__(plan, inner, threads)
        self.machine = machine
        self.steps = Functions(machine.target)
        self.kernels: list[Kernel] = []
        self.kernel: Kernel | None = None
        self.made: list[str] = []  # lines in front of the call of the open kernel
        self.after: list[Var] = []  # numbers that it makes for others
        self.dying: list[Var] = []
        self.seen = _read_by_python(plan)

    # --- native steps ---

    def native(self, step: Step) -> None:
        """Add a step to the open kernel."""
        kernel = self.kernel
        if kernel is None:
            kernel = self.kernel = Kernel(f"k{len(self.kernels)}", self.new_code)
            self.kernels.append(kernel)
        if step.loop is not None:
            reads = [load.var for load in step.loop.loads]
            results = [store.var for store in step.loop.stores]
        else:
            reads = [atom for atom in step.eqn.ins if isinstance(atom, Var)]
            results = list(step.eqn.outs)
        refs = {var: self.ref(var) for var in reads} | {var: self.target(var) for var in results}
        if step.loop is not None and not step.loop.sizes:
            code = kernel.code
            emit(code, step, Surroundings(refs, kernel.scalars, self.no_scratch))
        else:
            self.call(kernel, step, refs)
        self.dying += step.dead

    def call(self, kernel: Kernel, step: Step, refs: dict[Var, Ref]) -> None:
        """Have the kernel call the function of a step."""
        function, arguments = self.steps.of_step(step, refs)
        code = kernel.code
        pointers = [code.offset(code.pointer(slot), offset) for slot, offset in arguments]
        scratch = code.pointer(self.scratch_slot(kernel, function.scratch)) if function.scratch else None
        words = [f"ptr {pointer.text}" for pointer in pointers]
        words.append(f"ptr {scratch.text}" if scratch is not None else "ptr null")
        code.lines.append(f"  call void @{function.name}({', '.join(words)})")

    def scratch_slot(self, kernel: Kernel, size: int) -> int:
        """The place in the frame for the memory that any step may use, of at least this size."""
        return kernel.slot(self.array(self.workspace.apart(size)), "elements")

    def no_scratch(self, size: int) -> tuple[int, int]:
        raise AssertionError("single numbers need no scratch memory")

    def new_code(self) -> Code:
        return Code(self.machine.target)

    def base(self) -> int:
        """The place in the frame for the workspace."""
        assert self.kernel is not None
        return self.kernel.slot(self.array(self.workspace.whole()), "elements")

    def layout(self, var: Var) -> Layout | None:
        return (self.plan.known or {}).get(var) if var.aval.kind == "array" else c_layout(0)

    def ref(self, var: Var) -> Ref:
        """Where a variable's elements lie."""
        kernel = self.kernel
        assert kernel is not None
        found = kernel.refs.get(var)
        if found is None:
            found = kernel.refs[var] = self.find(var, kernel)
        return found

    def find(self, var: Var, kernel: Kernel) -> Ref:
        place = self.plan.places.get(var)
        if isinstance(place, View):
            shown = view(place.eqn, self.ref(place.base))
            if shown is not None:
                return shown
        elif isinstance(place, Var):
            if var not in self.names:  # else a step of Python's has given it a name
                return self.ref(place)
        elif place is not None:
            layout = self.layout(var) or c_layout(var.aval.ndim)
            return dense_ref(self.base(), self.workspace.start(place), var.aval.shape, layout, var.aval.dtype)
        return kernel.array(self.read(var), var, self.layout(var))

    def target(self, var: Var) -> Ref:
        """Where a kernel writes a result: memory that is made before the call if it has no place."""
        place = self.plan.places.get(var)
        if var.aval.kind != "array":
            if var in self.seen:
                self.after.append(var)
            return self.ref(var)
        if place is None:
            name = self.name(var)
            self.made.append(f"{name} = {self.new(var)}")
        elif isinstance(place, Var) and place not in self.numbers:
            self.names[var] = self.names[place]
        else:
            self.place(var)
        return self.ref(var)

    def new(self, var: Var) -> str:
        """New memory for an array, which lies as NumPy would have laid it."""
        layout = self.layout(var) or c_layout(var.aval.ndim)
        shape = tuple([var.aval.shape[axis] for axis in layout.order])
        text = f"{self.constant(np.empty, 'f')}({shape}, {self.constant(var.aval.dtype, 'p')})"
        if layout.order == tuple(range(len(shape))):
            return text
        return f"{text}.transpose({[layout.order.index(d) for d in range(len(shape))]})"

    def flush(self) -> None:
        """Print the call of the open kernel."""
        kernel, self.kernel = self.kernel, None
        if kernel is None:
            return
        self.lines += self.made
        self.lines.append(f"{kernel.name}({', '.join(kernel.args)})")
        for var in dict.fromkeys(self.after):
            place = self.plan.places[var]
            assert isinstance(place, int)
            number = self.array(self.workspace.raw(place, (), var.aval.dtype))
            take = ".item()" if var.aval.kind == "python" else "[()]"
            self.lines.append(f"{self.name(var)} = {number}{take}")
        dying, self.dying, self.made, self.after = self.dying, [], [], []
        self.forget(dying)


def _read_by_python(plan: Plan) -> set[Var]:
    """The variables that others than kernels read."""
    found = {atom for atom in plan.jaxpr.outs if isinstance(atom, Var)}
    for step in plan.steps:
        if not step.native:
            found |= {atom for eqn in step.eqns for atom in eqn.ins if isinstance(atom, Var)}
    return found


def print_llvm(plan: Plan, inner: Callable[[Jaxpr], Any], threads: int, machine: Machine) -> Program:
    """The program of a plan."""
    printer = NativePrinter(plan, inner, threads, machine)
    inputs = {plan.jaxpr.in_vars[i] for i in plan.donated}
    printer.pinned = inputs & {p for p in plan.places.values() if isinstance(p, Var)}
    args = [printer.name(var) for var in plan.jaxpr.in_vars]
    runs: list[tuple[bool | None, list[str]]] = []
    for step in plan.steps:
        if step.native:
            printer.native(step)
            continue
        printer.flush()
        runs.append((None, printer.lines))
        printer.lines = []
        printer.equation(step)
        printer.forget(step.dead)
        runs.append((of_all([is_quiet(eqn) for eqn in step.eqns]), printer.lines))
        printer.lines = []
    printer.flush()
    runs.append((None, printer.lines))
    text = module(printer.kernels, printer.steps)
    if printer.kernels:
        library = machine.compile(text)
        for kernel in printer.kernels:
            printer.space[kernel.name] = builtin(library.address(kernel.name), kernel.name, library)
    return finish(printer, args, runs, native=text)
