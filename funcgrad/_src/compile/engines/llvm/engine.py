"""The LLVM engine: a plan as Python that calls kernels, and NumPy and BLAS for what has none.

Native steps that follow each other are one kernel, so that a small program is one call. Arrays of the
workspace are reached from its first byte; other arrays are arguments. Single numbers that kernels make lie in
the workspace, and become Python's where somebody else reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ....ir.jaxpr import Equation, Jaxpr, Var
from ...layout import Layout, c_layout
from ...plan import Plan, Step
from ...program import Program
from ..numpy import finish
from ..numpy_source import Printer
from ..source import is_quiet, of_all
from .bands import make_bands
from .builder import Value
from .code import Code
from .functions import Functions, emit
from .kernels import Kernel, module
from .machine import Machine
from .nest import is_heavy
from .objects import builtin
from .refs import Ref, dense_ref, view
from .results import maker
from .streams import along_axes
from .surroundings import Surroundings
from .targets import Target
from .tasks import TOGETHER, Tasks, run_all, split, total_up
from .team import together

Runs = list[tuple[bool | None, list[str]]]


class NativePrinter(Printer):
    """Prints steps; native ones go to the kernel that is open."""

    def __init__(self, plan: Plan, inner: Callable[[Jaxpr], Any], threads: int, target: Target) -> None:
        super().__init__(plan, inner, threads)
        self.processor = target
        self.steps = Functions(target)
        self.kernels: list[Kernel] = []
        self.kernel: Kernel | None = None
        self.made: list[str] = []  # lines in front of the call of the open kernel
        self.after: list[Var] = []  # numbers that it makes for others
        self.dying: list[Var] = []
        self.seen = _read_by_python(plan)
        self.shown: dict[Var, Equation] = {}  # views that kernels count for themselves
        self.inherited: set[Var] = set()  # variables whose names, and memory, are those of others now
        self.ended: set[Var] = set()  # bases that only their views still need
        self.viewers: dict[Var, set[Var]] = {}  # of each base those that are still read

    def everything(self) -> tuple[list[str], Runs]:
        """Print all steps: the names of the arguments, and the lines with what is known of their warnings."""
        plan = self.plan
        inputs = {plan.jaxpr.in_vars[i] for i in plan.donated}
        self.pinned = inputs & {p for p in plan.places.values() if isinstance(p, Var)}
        args = [self.name(var) for var in plan.jaxpr.in_vars]
        runs: Runs = []
        for step in plan.steps:
            if step.native:
                self.native(step)
                continue
            self.flush()
            runs.append((None, self.lines))
            self.lines = []
            self.equation(step)
            self.forget(step.dead)
            runs.append((of_all([is_quiet(eqn) for eqn in step.eqns]), self.lines))
            self.lines = []
        self.flush()
        runs.append((None, self.lines))
        return args, runs

    def module(self) -> str:
        """The text of the kernels; empty if there are none."""
        return module(self.kernels, self.steps) if self.kernels else ""

    # --- native steps ---

    def native(self, step: Step) -> None:
        """Add a step to the open kernel, or take note of a view."""
        if step.view:
            self.view(step)
            return
        tasks = split(step.loop, make_bands(step.loop, is_heavy)) if step.loop is not None else None
        if self.kernel is not None and (tasks is not None or self.kernel.tasks is not None):
            self.flush()
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
            emit(kernel.code, step, Surroundings(refs, kernel.scalars, self.no_scratch))
        elif tasks is None:
            self.call(kernel, step, refs)
        else:
            self.share(kernel, step, refs, tasks)
        self.dying += step.dead

    def view(self, step: Step) -> None:
        """Note what shows the memory of its operand; if others than kernels read it, Python makes it, too."""
        eqn = step.eqn
        base, out = eqn.ins[0], eqn.outs[0]
        self.shown[out] = eqn
        self.viewers.setdefault(base, set()).add(out)
        if out in self.seen:
            lines, self.lines = self.lines, self.made
            self.equation(step)
            self.lines = lines
        self.dying += step.dead

    def call(self, kernel: Kernel, step: Step, refs: dict[Var, Ref]) -> None:
        """Have the kernel call the function of a step."""
        function, arguments = self.steps.of_step(step, refs)
        code = kernel.code
        pointers = [code.offset(code.pointer(slot), offset) for slot, offset in arguments]
        scratch = code.pointer(self.scratch_slot(kernel, function.scratch)) if function.scratch else None
        words = [f"ptr {pointer.text}" for pointer in pointers]
        words.append(f"ptr {scratch.text}" if scratch is not None else "ptr null")
        code.call(function.name, words, fails=function.fails)

    def share(self, kernel: Kernel, step: Step, refs: dict[Var, Ref], tasks: Tasks) -> None:
        """Have the kernel work off the tasks of a step, together with others; it does nothing else."""
        loop, code = step.loop, kernel.code
        assert loop is not None
        function, arguments = self.steps.of_step(step, refs, tasks)
        pointers = [code.offset(code.pointer(slot), offset) for slot, offset in arguments]
        partials = sum([tasks.count * one.nbytes for one in tasks.partials])
        memory = self.own_slot(kernel, 64 + partials)
        kernel.tasks, kernel.scratch = tasks, function.scratch
        scratch = code.pointer(kernel.slot("own", "elements")) if function.scratch else None
        words = [f"ptr {pointer.text}" for pointer in pointers]
        words.append(f"ptr {scratch.text}" if scratch is not None else "ptr null")
        rest = code.offset(memory, 64)
        places = run_all(code, tasks, loop.sizes[0], function.name, words, memory, rest)
        for one, place in zip(tasks.partials, places, strict=True):
            for store in loop.stores:
                if store.register == one.register:
                    ref = refs[store.var]
                    target = code.offset(code.pointer(ref.slot), ref.offset)
                    found = along_axes(store.dims, [step for step in ref.steps if isinstance(step, int)])
                    steps = [step for _, step in sorted(found.items()) if isinstance(step, int)]
                    total_up(code, one, tasks.count, place, target, steps)

    def own_slot(self, kernel: Kernel, size: int) -> Value:
        """Memory of the workspace for this kernel alone; the program sets its first 16 bytes to zero."""
        slot = len(self.workspace.sizes)
        self.workspace.sizes += (size,)
        counters = self.array(self.workspace.raw(slot, (2,), np.dtype(np.int64)))
        kernel.counters = counters
        return kernel.code.offset(kernel.code.pointer(self.base()), self.workspace.start(slot))

    def scratch_slot(self, kernel: Kernel, size: int) -> int:
        """The place in the frame for the memory that any step may use, of at least this size."""
        return kernel.slot(self.array(self.workspace.apart(size)), "elements")

    def no_scratch(self, size: int) -> tuple[int, int]:
        raise AssertionError("single numbers need no scratch memory")

    def new_code(self) -> Code:
        return Code(self.processor)

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
        eqn = self.shown.get(var)
        if eqn is not None:
            found = view(eqn, self.ref(eqn.ins[0]))
            assert found is not None
            return found
        if isinstance(place, Var) and var not in self.names:
            return self.ref(place)
        if isinstance(place, int):
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
            assert self.kernel is not None
            layout = self.layout(var) or c_layout(var.aval.ndim)
            self.kernel.refs[var] = self.kernel.array(name, var, layout)
        elif isinstance(place, Var) and place not in self.numbers:
            self.names[var] = self.names[place]
            self.inherited.add(place)
        else:
            self.place(var)
        return self.ref(var)

    def new(self, var: Var) -> str:
        """New memory for an array, which lies as NumPy would have laid it."""
        layout = self.layout(var) or c_layout(var.aval.ndim)
        shape = tuple([var.aval.shape[axis] for axis in layout.order])
        text = f"{self.constant(maker(var.aval.nbytes), 'f')}({shape}, {self.constant(var.aval.dtype, 'p')})"
        if layout.order == tuple(range(len(shape))):
            return text
        return f"{text}.transpose({[layout.order.index(d) for d in range(len(shape))]})"

    def flush(self) -> None:
        """Print the call of the open kernel, and what stands before it."""
        kernel, self.kernel = self.kernel, None
        self.lines += self.made
        self.lines += self.call_of(kernel) if kernel is not None else []
        for var in dict.fromkeys(self.after):
            place = self.plan.places[var]
            assert isinstance(place, int)
            number = self.array(self.workspace.raw(place, (), var.aval.dtype))
            take = ".item()" if var.aval.kind == "python" else "[()]"
            self.lines.append(f"{self.name(var)} = {number}{take}")
        dying, self.dying, self.made, self.after = self.dying, [], [], []
        self.forget(dying)

    def call_of(self, kernel: Kernel) -> list[str]:
        """The lines that run a kernel."""
        if kernel.tasks is None:
            return [f"{kernel.name}({', '.join(kernel.args)})"]
        count = min(self.threads, kernel.tasks.count) if kernel.tasks.work >= TOGETHER else 1
        lines = [f"{kernel.counters}.fill(0)"]
        own = [
            self.array(self.workspace.apart(kernel.scratch, k)) for k in range(count if kernel.scratch else 0)
        ]
        if count == 1:
            words = [own[0] if arg == "own" else arg for arg in kernel.args]
            return [*lines, f"{kernel.name}({', '.join(words)})"]
        given = [arg for arg in kernel.args if arg != "own"]
        if own:
            assert kernel.args[-1] == "own"
        self.space["together"] = together
        more = f"({', '.join(own)},)" if own else f"(None,) * {count}"
        return [*lines, f"together({kernel.name}, ({', '.join(given)},), {more})"]

    def forget(self, dead: Iterable[Var]) -> None:
        """Give back names, but of memory that a view in a kernel still shows."""
        gone: list[Var] = []
        todo = list(dead)
        while todo:
            var = todo.pop()
            if self.viewers.get(var):
                self.ended.add(var)
                continue
            gone.append(var)
            eqn = self.shown.get(var)
            if eqn is None:
                continue
            base = eqn.ins[0]
            self.viewers[base].discard(var)
            if base in self.ended:
                self.ended.discard(base)
                todo.append(base)
        for var in self.inherited.intersection(gone):
            self.names.pop(var, None)
        super().forget(gone)


def _read_by_python(plan: Plan) -> set[Var]:
    """The variables that others than kernels read; for a view that they do, what it shows."""
    found = {atom for atom in plan.jaxpr.outs if isinstance(atom, Var)}
    for step in reversed(plan.steps):
        if not step.native or (step.view and step.eqn.outs[0] in found):
            found |= {atom for eqn in step.eqns for atom in eqn.ins if isinstance(atom, Var)}
    return found


def print_llvm(plan: Plan, inner: Callable[[Jaxpr], Any], threads: int, machine: Machine) -> Program:
    """The program of a plan."""
    printer = NativePrinter(plan, inner, threads, machine.target)
    args, runs = printer.everything()
    text = printer.module()
    if text:
        library = machine.compile(text)
        for kernel in printer.kernels:
            printer.space[kernel.name] = builtin(library.address(kernel.name), kernel.name, library)
    return finish(printer, args, runs, text, "llvm")


def print_module(plan: Plan, target: Target, threads: int = 1) -> str:
    """The kernels of a plan as LLVM IR for any processor, not to be run here."""
    printer = NativePrinter(plan, lambda body: None, threads, target)
    printer.everything()
    return printer.module()
