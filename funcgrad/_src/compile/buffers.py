"""Where the result of each step is written: into memory that is dead, or into a workspace.

The workspace of a program is a few *slots* of bytes, made once and used again by every call. A slot is given
to a result of known layout that does not leave the program, and taken back after the last read of anything
that may share its memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..base.record import Record
from ..ir.jaxpr import Atom, Equation, Var
from .finite import finite_partner
from .layout import Known, Layout
from .loops import Loop, Store
from .memory import NEVER, Memory
from .overwrite import OVERWRITES, elementwise_ufunc

VIEWS = frozenset({"transpose", "reshape", "broadcast_to", "slice", "getitem"})
_WRITES_OUT = frozenset(
    {
        *("matmul", "dot", "product", "gemm", "convert", "copy", "strong_mul", "where", "integer_pow"),
        *("sum", "max", "min", "prod", "full", "mean", "tie_weights", "index_add", "index_multiply"),
        *("index_set", "write_slice", "cholesky"),
    }
)
_LARGE = 1 << 16  # bytes: from here on a result in memory of its own costs more than naming the old one
_ROUND = 64  # bytes: slots begin and end on cache lines


class View(Record):
    """A result that is a view of one in the workspace: made once, together with it."""

    eqn: Equation
    base: Var


Place = int | Var | View  # a slot, the memory of another variable, or a view of what lies in a slot


class Buffers:
    """Decides places, step after step."""

    def __init__(self, memory: Memory, known: Known | None, finite: frozenset[Var] = frozenset()) -> None:
        self.memory = memory
        self.known = known  # None: no workspace, as on devices
        self.finite = finite
        self.places: dict[Var, Place] = {}
        self.deferred: set[Var] = set()  # results of blocks that take their memory when all is computed
        self.slot_of: dict[Var, int] = {}
        self.sizes: list[int] = []
        self.idle: dict[int, list[int]] = {}  # idle slots by their size
        self.ending: dict[int, list[int]] = {}  # slots by the step after which they may be idle
        self.end: dict[int, int] = {}  # of each slot the step after which it is
        self.leaving = set(
            memory.outs
        )  # results whose memory leaves the program, theirs or as that of others

    def foresee(
        self, steps: Sequence[Sequence[Equation]], loops: Sequence[Loop | None], alone: set[Var]
    ) -> None:
        """Find results that will be updated in place until they leave the program: no slots for those.

        ``loops`` are those of machine code. They may end in the memory of results that are made ``alone``, by
        steps that are no loops.
        """
        for i in range(len(steps) - 1, -1, -1):
            loop = loops[i]
            if loop is not None:
                self._foresee(loop, i, alone)
            elif len(steps[i]) == 1 and (eqn := steps[i][0]).outs and self._leaves(eqn.outs[0]):
                found = self._over(eqn, i)
                if found is not None:
                    self.leaving.add(found)

    def _foresee(self, loop: Loop, i: int, alone: set[Var]) -> None:
        """Find what a loop reads for the last time, if a large result of the program may lie there."""
        taken: set[Var] = set()
        for store in loop.stores:
            if store.var in self.memory.outs and store.var.aval.nbytes >= _LARGE and not self.memory.free:
                reads = [load.var for load in loop.loads if load.var in alone]
                found = self._dead(loop, store, i, taken, reads, native=True)
                taken |= {found} if found is not None else set()
        self.leaving |= taken

    # --- results of one equation ---

    def equation(self, eqn: Equation, i: int, *, native: bool = False) -> None:
        """Place the result of one equation; machine code writes every result where it is told."""
        if len(eqn.outs) == 1 and eqn.outs[0].aval.kind == "array":
            out = eqn.outs[0]
            found = self._over(eqn, i)
            if found is not None:
                self._take_over(out, found)
            elif self.known is not None and not self._view(eqn, out) and (native or writes_out(eqn)):
                self._slot(out, i)
        elif native:
            self._number(eqn.outs[0])
        self.release(i)

    def _over(self, eqn: Equation, i: int) -> Var | None:
        """The variable whose memory the result takes, or None."""
        if isinstance(eqn.params.get("order"), tuple):
            return None  # a copy with strides of its own
        overwrite = OVERWRITES.get(eqn.primitive.name)
        if overwrite is not None or eqn.primitive.name == "gemm":
            operand = eqn.ins[overwrite.position if overwrite is not None else 0]
            return self._fitting(operand, eqn, i) if eqn.ins.count(operand) == 1 else None
        if eqn.primitive.name == "strong_mul" and self.known is not None:
            partner = finite_partner(eqn, self.finite)
            return None if partner is None else self._fitting(eqn.ins[1 - partner], eqn, i)
        return self._elementwise(eqn, i) if elementwise_ufunc(eqn) else None

    def _elementwise(self, eqn: Equation, i: int) -> Var | None:
        """A large operand; for a result of the program a donated array, if possible an operand."""
        out, memory = eqn.outs[0], self.memory
        large = out.aval.nbytes >= _LARGE
        for atom in eqn.ins:
            if isinstance(atom, Var) and (large or atom in memory.free or atom in self.slot_of):
                found = self._fitting(atom, eqn, i)
                if found is not None:
                    return found
        if out in memory.outs:
            return next((var for var in list(memory.free) if self._fitting(var, eqn, i)), None)
        return None

    def _fitting(self, atom: Atom, eqn: Equation, i: int) -> Var | None:
        """``atom`` if its memory is dead, and has the shape, dtype, kind, place and layout of the result."""
        out = eqn.outs[0]
        if not isinstance(atom, Var) or atom.aval != out.aval or not self.memory.may_take(atom, i):
            return None
        if atom in self.slot_of and self._leaves(out):
            return None
        if self.known is not None and self.known.get(atom) != self.known.get(out):
            return None
        return atom

    def _take_over(self, out: Var, found: Var) -> None:
        self.places[out] = found
        self.memory.free.pop(found, None)
        if found in self.slot_of:
            self.slot_of[out] = self.slot_of[found]
            self._keep(self.slot_of[out], out)

    def view(self, eqn: Equation) -> None:
        """Note a result that shows the memory of its operand, if that is in the workspace."""
        base, out = eqn.ins[0], eqn.outs[0]
        assert isinstance(base, Var)
        if base in self.slot_of:
            self.places[out] = View(eqn, base)
            self.slot_of[out] = self.slot_of[base]

    def _view(self, eqn: Equation, out: Var) -> bool:
        """Whether the result is a view of something in the workspace."""
        base = eqn.ins[0] if eqn.ins else None
        if len(eqn.ins) != 1 or not isinstance(base, Var) or base not in self.slot_of:
            return False
        if eqn.primitive.name not in VIEWS or any(
            [type(item) is str for item in eqn.params.get("index", ())]
        ):
            return False
        if eqn.primitive.name == "reshape" and not (self.known_c(base) and eqn.params["order"] == "C"):
            return False
        self.places[out] = View(eqn, base)
        self.slot_of[out] = self.slot_of[base]
        return True

    def known_c(self, var: Var) -> bool:
        """Whether ``var`` is known to lie in C order without gaps."""
        found = self._layout(var)
        return found is not None and found.is_c

    def _layout(self, var: Var) -> Layout | None:
        return None if self.known is None else self.known.get(var)

    # --- results of a loop that runs in blocks ---

    def loop(self, loop: Loop, i: int, *, native: bool = False) -> None:
        """Place the results of a step that is a loop, in blocks or as machine code."""
        taken: set[Var] = set()
        for store in loop.stores:
            if store.var.aval.kind != "array":
                if native:
                    self._number(store.var)
                continue
            found = self._dead(loop, store, i, taken, self._candidates(loop, store.var), native=native)
            if found is not None:
                taken.add(found)
                self._take_over(store.var, found)
            else:
                self._slot(store.var, i)

    def _dead(
        self, loop: Loop, store: Store, i: int, taken: set[Var], among: Iterable[Var], *, native: bool
    ) -> Var | None:
        """Dead memory for a result, that of one of these variables.

        If the loop may still read that memory when the result is made, each block writes it at its end;
        machine code reads all operands of an element before, unless something reads a reduction in the loop.
        """
        made = next(k for k, row in enumerate(loop.body) if row.register == store.register)
        reads = {load.var: (load.register, load.dims) for load in loop.loads}
        for var in among:
            fits = var.aval == store.var.aval and self._layout(var) == self._layout(store.var)
            if loop.body[made].axes or not fits or var in taken or not self.memory.may_take(var, i):
                continue
            if var not in reads:
                return var
            register, dims = reads[var]
            if dims != store.dims:
                continue
            if native:
                if not _in_phases(loop, given=store.var in self.memory.outs):
                    return var
            else:
                first = made if elementwise_ufunc(loop.body[made].eqn) is None else made + 1  # several passes
                later = any([register in row.args for row in loop.body[first:]])
                if later or is_optimistic(loop, self.finite):
                    self.deferred.add(store.var)
                return var
        return None

    def _candidates(self, loop: Loop, out: Var) -> list[Var]:
        """Whose memory a result of a loop might take.

        If the program returns it, that of a donated array or of what was foreseen; else that in a slot.
        """
        reads = [load.var for load in loop.loads]
        if out in self.memory.outs:
            return [*self.memory.free, *[var for var in reads if var in self.leaving]]
        return [] if self._leaves(out) else [var for var in reads if var in self.slot_of]

    def _number(self, var: Var) -> None:
        """A slot for a single number: whoever reads it from Python makes an object of it."""
        slot = self.places[var] = self.slot_of[var] = self.claim(var.aval.nbytes)
        self._keep(slot, var)

    def _leaves(self, var: Var) -> bool:
        """Whether the memory of a result leaves the program, so that it must not lie in the workspace."""
        return self.memory.until(var) == NEVER or var in self.leaving

    # --- the workspace ---

    def _slot(self, out: Var, i: int) -> None:
        """A slot for a result that stays inside."""
        layout = self._layout(out)
        if layout is None or not layout.dense or not out.aval.ndim or not out.aval.size:
            return
        if self._leaves(out):
            return
        slot = self.places[out] = self.slot_of[out] = self.claim(out.aval.nbytes)
        self._keep(slot, out)

    def _keep(self, slot: int, var: Var) -> None:
        """Keep a slot until ``var`` is read no more."""
        end = self.end[slot] = self.memory.until(var)
        self.ending.setdefault(end, []).append(slot)

    def claim(self, nbytes: int) -> int:
        """A slot of at least this many bytes: the smallest idle one that is large enough, or a larger one."""
        nbytes = -(-nbytes // _ROUND) * _ROUND
        if not self.idle:
            self.sizes.append(nbytes)
            return len(self.sizes) - 1
        size = min([n for n in self.idle if n >= nbytes], default=max(self.idle))
        slots = self.idle[size]
        slot = slots.pop()
        if not slots:
            del self.idle[size]
        self.sizes[slot] = max(size, nbytes)
        return slot

    def give_back(self, slot: int) -> None:
        """A slot that nobody reads any more."""
        self.idle.setdefault(self.sizes[slot], []).append(slot)

    def release(self, i: int) -> None:
        """Give back what nobody reads after step ``i``."""
        for slot in self.ending.pop(i, ()):
            if self.end.get(slot) == i:
                del self.end[slot]
                self.give_back(slot)


def _in_phases(loop: Loop, *, given: bool) -> bool:
    """Whether something in a loop needs a reduction over the same elements to be complete.

    Beside any reduction only memory that was ``given`` is worth it: rows that are read just behind masked
    writes of others in the same array wait for these.
    """
    reduced = {row.register for row in loop.body if row.axes}
    return any([a in reduced for row in loop.body for a in row.args if isinstance(a, int)]) or (
        bool(reduced) and not given
    )


def writes_out(eqn: Equation) -> bool:
    """Whether an engine has a way to write the result into an array that is there."""
    if eqn.primitive.name == "integer_pow":
        return bool(eqn.params["n"] == 2)
    return elementwise_ufunc(eqn) is not None or eqn.primitive.name in _WRITES_OUT


def is_optimistic(loop: Loop, finite: frozenset[Var]) -> bool:
    """Whether blocks may have to be computed again, so that what they read must stay as it is."""
    strong = [row.eqn for row in loop.body if row.eqn.primitive.name == "strong_mul"]
    return any([finite_partner(eqn, finite) is None for eqn in strong])
