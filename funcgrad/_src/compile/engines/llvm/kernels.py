"""The module of a program: kernels, which Python calls, and the functions that they call in turn.

A kernel fills the frame, the addresses of its arguments' elements, and calls its parts one after another.
Long kernels have several parts, so that the time to compile grows no faster than their length.
"""

from __future__ import annotations

from collections.abc import Callable

from ....ir.jaxpr import Var
from ...layout import Layout
from . import calls, objects
from .code import Code
from .functions import Functions
from .refs import Ref, Step, dense_ref
from .registers import Register
from .tasks import Tasks

# What a branch to rarely needed code is marked with: how often it is not taken.
LIKELY = '!0 = !{!"branch_weights", i32 1, i32 100000}\n'
LONG = 1500  # lines in a part


class Kernel:
    """A function of one or more parts; ``args`` are names in the program that calls it."""

    def __init__(self, name: str, new_code: Callable[[], Code]) -> None:
        self.name = name
        self.tasks: Tasks | None = None  # if it shares a large loop with others: then that is all it does
        self.scratch = 0  # bytes for each of those
        self.counters = ""  # the name of the array that counts the tasks
        self.new_code = new_code
        self.args: list[str] = []
        self.slots: dict[tuple[str, str], int] = {}  # an argument's name and "elements" or "steps"
        self.parts: list[Code] = []
        self.scalars: dict[Var, Register] = {}
        self.refs: dict[Var, Ref] = {}

    @property
    def code(self) -> Code:
        """The part that is being written."""
        if not self.parts or len(self.parts[-1].lines) > LONG:
            self.parts.append(self.new_code())
            self.scalars.clear()
        return self.parts[-1]

    def slot(self, name: str, what: str) -> int:
        """The place in the frame of an argument's ``elements`` or ``steps``, or of the ``number`` it is."""
        if name not in self.args:
            self.args.append(name)
        return self.slots.setdefault((name, what), len(self.slots))

    def array(self, name: str, var: Var, layout: Layout | None) -> Ref:
        """Where the elements of an argument lie."""
        aval = var.aval
        if aval.kind != "array":
            return Ref(self.slot(name, "number"), 0, (), (), aval.dtype)
        slot = self.slot(name, "elements")
        if aval.ndim == 0 or (layout is not None and layout.dense):
            return dense_ref(slot, 0, aval.shape, layout or Layout((), True), aval.dtype)
        place = self.slot(name, "steps")
        steps: list[int | Step] = [0 if n == 1 else Step(place, d) for d, n in enumerate(aval.shape)]
        if layout is not None and layout.inner is not None:
            fastest = next(axis for axis in reversed(layout.order) if aval.shape[axis] != 1)
            steps[fastest] = layout.inner * aval.dtype.itemsize
        return Ref(slot, 0, aval.shape, tuple(steps), aval.dtype)

    def text(self) -> str:
        """The definitions of all parts and of the kernel."""
        count = max(1, len(self.slots))
        lines = [f"  %frame = alloca [{count} x ptr], align 8"]
        fields = {"elements": objects.DATA, "steps": objects.STRIDES}
        for k, ((name, what), slot) in enumerate(self.slots.items()):
            lines.append(f"  %a{k} = getelementptr i8, ptr %args, i64 {8 * self.args.index(name)}")
            lines.append(f"  %o{k} = load ptr, ptr %a{k}, align 8")
            offset = fields.get(what, objects.SCALAR)
            lines.append(f"  %f{k} = getelementptr i8, ptr %o{k}, i64 {offset}")
            if what in fields:
                lines.append(f"  %p{k} = load ptr, ptr %f{k}, align 8")
            lines.append(f"  %s{k} = getelementptr i8, ptr %frame, i64 {8 * slot}")
            lines.append(f"  store ptr %{'p' if what in fields else 'f'}{k}, ptr %s{k}, align 8")
        if self.tasks is not None:
            lines.append("  %state = call ptr @PyEval_SaveThread()")
        parts = [f"{self.name}.{k}" for k in range(len(self.parts))]
        for part, name in zip(self.parts, parts, strict=True):
            lines += _call(part, name)
        if self.tasks is not None:
            lines.append("  call void @PyEval_RestoreThread(ptr %state)")
        lines += ["  call void @Py_IncRef(ptr @_Py_NoneStruct)", "  ret ptr @_Py_NoneStruct"]
        if any([part.fails for part in self.parts]):
            lines += ["failed:", "  ret ptr null"]
        head = f"define ptr @{self.name}(ptr %self, ptr %args, i64 %count) {{\nentry:\n"
        bodies = [part.function(name) for part, name in zip(self.parts, parts, strict=True)]
        return "\n".join([*bodies, head + "\n".join(lines) + "\n}\n"])


def _call(part: Code, name: str) -> list[str]:
    """The lines that call a part, and end the kernel if it raised an exception."""
    if not part.fails:
        return [f"  call void @{name}(ptr %frame)"]
    found, rest = f"%failed.{name}", f"behind.{name}"
    return [
        f"  {found} = call i1 @{name}(ptr %frame)",
        f"  br i1 {found}, label %failed, label %{rest}, !prof !0",
        f"{rest}:",
    ]


def module(kernels: list[Kernel], functions: Functions) -> str:
    """The text of all kernels, and of the functions that they call."""
    steps = functions.known.values()
    helpers: dict[str, str] = {}
    for step in steps:
        helpers |= step.helpers
    for kernel in kernels:
        for part in kernel.parts:
            helpers |= part.helpers
    texts = [*helpers.values(), *[step.text for step in steps], *[kernel.text() for kernel in kernels]]
    return calls.DECLARATIONS + "\n".join(texts) + LIKELY
