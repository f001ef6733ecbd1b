"""How the NumPy engine prints one equation: where its result lies, and the call that leaves it there."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...backends.door import require
from ...ir.jaxpr import Atom, Equation, Jaxpr, Literal, Var
from ..buffers import Place, View
from ..layout import c_layout
from ..overwrite import OVERWRITES
from ..plan import Plan, Step
from .numpy_calls import call, extreme, thin_product
from .source import Source, operator_form
from .thin import add_by_columns, add_product, goes_by_columns, goes_by_rows, is_thin, piece
from .workspace import Shown, Workspace, in_memory_order, transposed

BLAS = {"f": "sgemm", "d": "dgemm", "F": "cgemm", "D": "zgemm"}


class Printer(Source):
    """Prints the steps of a plan."""

    def __init__(self, plan: Plan, inner: Callable[[Jaxpr], Any], threads: int) -> None:
        super().__init__(xp=np)
        self.plan = plan
        self.finite = plan.finite
        self.beside_gemm = any([step.eqn.primitive.name == "gemm" for step in plan.steps])
        self.inner = inner
        self.threads = threads
        self.workspace = Workspace(plan.slots)
        self.used: dict[int, None] = {}  # arrays of the workspace that the code names
        self.numbers: dict[Var, int] = {}  # of results that are arrays of the workspace
        self.functions: list[str] = []

    # --- where results lie ---

    def array(self, number: int) -> str:
        """The name of an array of the workspace."""
        self.used[number] = None
        return f"b{number}"

    def read(self, atom: Atom) -> str:
        if isinstance(atom, Var) and atom in self.numbers:
            return self.array(self.numbers[atom])
        return super().read(atom)

    def place(self, var: Var) -> str | None:
        """The name of the array for a result, if it is there before; None if the step makes it."""
        place = self.plan.places.get(var)
        if place is None or isinstance(place, View):
            return None
        if isinstance(place, Var):
            if place in self.numbers:
                self.numbers[var] = self.numbers[place]
                return self.array(self.numbers[var])
            return self.names[place]
        layout = self.plan.known.get(var) if self.plan.known is not None else None
        order = (layout or c_layout(var.aval.ndim)).order
        self.numbers[var] = self.workspace.area(place, var.aval, order)
        return self.array(self.numbers[var])

    def derived(self, eqn: Equation, view: View) -> bool:
        """Make a view of the workspace together with it."""
        base = self.numbers.get(view.base)
        if base is None:
            return False
        primitive, params = eqn.primitive, eqn.params
        key = (primitive.name, *sorted((k, repr(v)) for k, v in params.items()))
        self.numbers[eqn.outs[0]] = self.workspace.derived(base, key, Shown(primitive, params))
        return True

    def transposed(self, atom: Atom) -> str:
        """The name of the transpose of an operand."""
        if isinstance(atom, Var) and atom in self.numbers:
            return self.array(self.workspace.derived(self.numbers[atom], "T", transposed))
        return f"{self.read(atom)}.T"

    def scratch(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> str:
        slot = len(self.workspace.sizes)
        self.workspace.sizes += (math.prod(shape) * dtype.itemsize,)
        return self.array(self.workspace.raw(slot, shape, dtype))

    def square_sum(self, name: str) -> str:
        if name[0] != "b":
            return super().square_sum(name)
        flat = self.array(self.workspace.derived(int(name[1:]), "flat", in_memory_order))
        return f"{flat}.dot({flat})"

    # --- steps ---

    def equation(self, step: Step) -> None:
        """Print one equation."""
        eqn = step.eqn
        place = self.plan.places.get(eqn.outs[0]) if len(eqn.outs) == 1 else None
        if isinstance(place, View) and self.derived(eqn, place):
            return
        ins = [self.read(a) for a in eqn.ins]
        out = self.place(eqn.outs[0]) if len(eqn.outs) == 1 else None
        if eqn.primitive.name == "gemm" and self.gemm(eqn, place, out):
            return
        if eqn.primitive.name == "product" and out is not None and self.product(eqn, ins, out):
            return
        if out is None:
            self.allocating(eqn, self.fresh(eqn, ins))
            return
        overwrite = OVERWRITES.get(eqn.primitive.name)
        if overwrite is not None and isinstance(place, Var) and eqn.primitive.name != "where":
            lines: list[str] | None = [self.host(overwrite.write, eqn, ["xp", *ins])]
        else:
            lines = extreme(self, eqn, ins, out) if self.in_c_order(eqn) else None
            lines = lines or call(self, eqn, ins, out)
        if lines is None:
            copyto = self.constant(np.copyto, "f")
            lines = [f"{copyto}({out}, {self.fresh(eqn, ins)})"]
        self.lines += lines
        if eqn.outs[0] not in self.numbers:
            self.lines.append(f"{self.name(eqn.outs[0])} = {out}")

    def in_c_order(self, eqn: Equation) -> bool:
        """Whether the result and all operands that are arrays are known to lie so, without gaps."""
        known = self.plan.known or {}
        arrays = [a for a in (*eqn.ins, *eqn.outs) if isinstance(a, Var) and a.aval.kind == "array"]
        return all([(layout := known.get(var)) is not None and layout.is_c for var in arrays])

    def gemm(self, eqn: Equation, place: Place | None, out: str | None) -> bool:
        """Print a product of matrices that BLAS adds to what is there; whether it can."""
        aval, (_, a, b, scale) = eqn.outs[0].aval, eqn.ins
        if aval.dtype.char not in BLAS or not min(aval.shape + a.aval.shape):
            return False
        target = self.prepared(eqn, place, out)
        blas = self.constant(getattr(require("scipy.linalg.blas", "scipy"), BLAS[aval.dtype.char]), "f")
        turns = eqn.params["transpose_a"], eqn.params["transpose_b"]
        left, right = self.column_major(b, turns[1]), self.column_major(a, turns[0])
        by_rows = is_thin if turns[0] else goes_by_rows
        sizes = a.aval.shape, aval.shape[1], aval.dtype
        thin = not turns[1] and by_rows(*sizes)
        if turns == (True, False) and not thin and goes_by_columns(*sizes):
            part = self.scratch((piece(*sizes[:2]),), aval.dtype)
            words = [blas, *[self.read(x) for x in (scale, a, b)], target, part]
            self.lines.append(f"{self.constant(add_by_columns, 'f')}({', '.join(words)})")
            return True
        if thin or not isinstance(scale, Literal) or left is None or right is None:
            words = [blas, *[self.read(x) for x in (scale, a, b)], target, *map(repr, turns)]
            self.lines.append(f"{self.constant(add_product, 'f')}({', '.join(words)})")
            return True
        words = [self.read(scale), left[0], right[0], "1.0", self.transposed(eqn.outs[0])]
        self.lines.append(f"{blas}({', '.join(words)}, {int(left[1])}, {int(right[1])}, 1)")
        return True

    def product(self, eqn: Equation, ins: list[str], out: str) -> bool:
        """Print a product by SciPy's BLAS, which is quicker to call, if the program needs that anyway."""
        aval, a, b = eqn.outs[0].aval, *eqn.ins
        left = self.column_major(b, eqn.params["transpose_b"])
        right = self.column_major(a, eqn.params["transpose_a"])
        if not self.beside_gemm or left is None or right is None or thin_product(self, eqn, ins, out):
            return False
        if (
            aval.dtype.char not in BLAS
            or not min(aval.shape + a.aval.shape)
            or eqn.outs[0] not in self.numbers
        ):
            return False
        blas = self.constant(getattr(require("scipy.linalg.blas", "scipy"), BLAS[aval.dtype.char]), "f")
        words = ["1.0", left[0], right[0], "0.0", self.transposed(eqn.outs[0])]
        self.lines.append(f"{blas}({', '.join(words)}, {int(left[1])}, {int(right[1])}, 1)")
        return True

    def prepared(self, eqn: Equation, place: Place | None, out: str | None) -> str:
        """The name of an array in C order for the result, which holds the first operand."""
        aval = eqn.outs[0].aval
        if out is None:
            dtype = self.constant(aval.dtype, "p")
            out = self.name(eqn.outs[0])
            self.lines.append(f"{out} = {self.constant(np.empty, 'f')}({aval.shape}, {dtype})")
        elif eqn.outs[0] not in self.numbers:
            self.lines.append(f"{self.name(eqn.outs[0])} = {out}")
        if not isinstance(place, Var):
            self.lines.append(f"{self.constant(np.copyto, 'f')}({out}, {self.read(eqn.ins[0])})")
        return out

    def column_major(self, atom: Atom, turned: bool) -> tuple[str, bool] | None:
        """A matrix, transposed if ``turned``, then transposed: as an array in Fortran order and a flag."""
        known = self.plan.known or {}
        layout = known.get(atom) if isinstance(atom, Var) else None
        if layout is None or not layout.dense:
            return None
        return (self.transposed(atom), turned) if layout.is_c else (self.read(atom), not turned)

    def allocating(self, eqn: Equation, text: str) -> None:
        """Print an equation whose results are new arrays, scalars or views."""
        outs = [self.name(var) for var in eqn.outs]
        left = f"{', '.join(outs)}, = " if eqn.primitive.multiple else f"{outs[0]} = "
        self.lines.append(f"{left if outs else ''}{text}")

    def fresh(self, eqn: Equation, ins: list[str]) -> str:
        """The call that allocates its result."""
        primitive, params = eqn.primitive, eqn.params
        if thin := thin_product(self, eqn, ins):
            return thin
        if primitive.symbol and not params:
            return operator_form(primitive.symbol, ins)
        body = params.get("jaxpr")
        if isinstance(body, Jaxpr):
            return f"{self.constant(self.inner(body), 'f')}({', '.join(ins)})"
        return self.host(primitive.host, eqn, ins)

    def host(self, function: Any, eqn: Equation, ins: list[str]) -> str:
        """A call with the equation's params."""
        words = [*ins, *(f"{key}={self.constant(value, 'p')}" for key, value in eqn.params.items())]
        return f"{self.constant(function, 'f')}({', '.join(words)})"
