"""Fusion: cut the equations of a jaxpr into groups that are one loop program, and the rest.

Equations are scanned in order. An elementwise equation joins the open group of its shape; a reduction joins
the group that makes its operand; whatever else reads a group's result closes the group first. A group stands
where it was closed, so that everything it reads was computed before, and every reader comes after.

NOTE (axis 0): engines run a large group block by block along its slowest axis. So what is reduced along that
axis is a result of the group and never an operand in it, and every other value of a group varies along it or
is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..ir.jaxpr import Atom, Equation, Jaxpr, Literal, Var, effects_of
from .layout import Known, Layout, c_layout, make_layout
from .loops import Compute, Dims, Load, Loop, Store
from .native import Native

LIMIT = 96  # operations in one group: registers are memory, too
NATIVE_LIMIT = 512  # in machine code they are not, but for what is left over when all are taken
REDUCTIONS = frozenset({"sum", "max", "min", "prod"})
_ALSO = frozenset({"strong_mul"})


class _Open:
    """A group that may still grow."""

    def __init__(self, shape: tuple[int, ...], order: tuple[int, ...], loose: bool = False) -> None:
        self.shape = shape
        self.loose = loose  # dimensions of length one may stand anywhere
        self.order = order
        self.sizes = tuple([shape[axis] for axis in order])
        place = {axis: i for i, axis in enumerate(order)}
        self.lead = next((i for i, n in enumerate(self.sizes) if n != 1), 0)  # the slowest that is an axis
        self.full: Dims = tuple([None if n == 1 else place[d] for d, n in enumerate(shape)])
        self.dims: list[Dims] = []  # of each register, as its variable has them
        self.number: dict[Var, int] = {}  # registers of variables
        self.loads: list[Load] = []
        self.body: list[Compute] = []
        self.made: set[Var] = set()
        self.closed_to: set[Var] = set()  # reduced along axis 0

    def operand(self, atom: Atom, out: Dims, shape: tuple[int, ...]) -> Dims | None:
        """The dims of an operand that broadcasts to a result with dims ``out``; None if it does not fit."""
        missing = len(out) - atom.aval.ndim
        found: list[int | None] = []
        known = self.dims[self.number[atom]] if isinstance(atom, Var) and atom in self.number else None
        for d, n in enumerate(atom.aval.shape):
            axis = None if n == 1 else out[missing + d]
            if n != 1 and (axis is None or n != shape[missing + d]):
                return None
            if known is not None and known[d] != axis:
                return None
            found.append(axis)
        return tuple(found)

    def place(self, eqn: Equation) -> Dims | None:
        """The dims of an elementwise result, told by its shape or by the registers among its operands."""
        shape = eqn.outs[0].aval.shape
        if (same := self.whole(shape)) is not None:
            return same
        found: list[int | None] = [None] * len(shape)
        for atom in eqn.ins:
            if isinstance(atom, Var) and atom in self.made:
                dims = self.dims[self.number[atom]]
                for d, axis in enumerate(dims, len(shape) - len(dims)):
                    if axis is not None and found[d] not in (None, axis):
                        return None
                    found[d] = axis if axis is not None else found[d]
        axes = [axis for axis in found if axis is not None]
        known = all([axis is not None or n == 1 for axis, n in zip(found, shape, strict=True)])
        return tuple(found) if known and self.lead in axes and len(set(axes)) == len(axes) else None

    def whole(self, shape: tuple[int, ...]) -> Dims | None:
        """The dims of something as large as the group; None if this shape is another."""
        if shape == self.shape:
            return self.full
        if not self.loose or [n for n in shape if n != 1] != [n for n in self.shape if n != 1]:
            return None
        axes = iter([axis for axis in self.full if axis is not None])
        return tuple([None if n == 1 else next(axes) for n in shape])

    def register(self, var: Var, dims: Dims) -> int:
        self.number[var] = len(self.dims)
        self.dims.append(dims)
        return self.number[var]

    def argument(self, atom: Atom, dims: Dims) -> int | Literal:
        if isinstance(atom, Literal):
            return atom
        found = self.number.get(atom)
        if found is None:
            found = self.register(atom, dims)
            self.loads.append(Load(atom, dims, found))
        return found

    def elementwise(self, eqn: Equation) -> bool:
        """Take an elementwise equation, if it fits."""
        shape = eqn.outs[0].aval.shape
        out = self.place(eqn)
        if out is None or any([isinstance(a, Var) and a in self.closed_to for a in eqn.ins]):
            return False
        dims = [self.operand(atom, out, shape) for atom in eqn.ins]
        if None in dims:
            return False
        args = tuple([self.argument(a, d) for a, d in zip(eqn.ins, dims, strict=True) if d is not None])
        self.body.append(Compute(eqn, args, self.register(eqn.outs[0], out)))
        self.made.add(eqn.outs[0])
        return True

    def reduction(self, eqn: Equation) -> bool:
        """Take a reduction of one of the group's values, if it fits."""
        (operand,) = eqn.ins
        if not isinstance(operand, Var) or operand in self.closed_to:
            return False
        if operand not in self.number:
            whole = self.whole(operand.aval.shape)
            if whole is None:
                return False
            self.argument(operand, whole)
        dims = self.dims[self.number[operand]]
        axis = eqn.params["axis"]
        gone = range(len(dims)) if axis is None else [axis] if isinstance(axis, int) else axis
        gone = [d % len(dims) for d in gone]
        axes = tuple([found for d in gone if (found := dims[d]) is not None])
        keep = eqn.params["keepdims"]
        out = tuple([None if d in gone else found for d, found in enumerate(dims) if keep or d not in gone])
        var = eqn.outs[0]
        self.body.append(Compute(eqn, (self.number[operand],), self.register(var, out), axes))
        self.made.add(var)
        if self.lead in axes:
            self.closed_to.add(var)
        return True

    def rename(self, eqn: Equation) -> bool:
        """Take a reshape of one of the group's values that adds or drops dimensions of length one."""
        (operand,), out = eqn.ins, eqn.outs[0]
        if operand not in self.made or operand in self.closed_to:
            return False
        dims = self.dims[self.number[operand]]
        axes = iter([axis for axis in dims if axis is not None])
        wide = [n for n in operand.aval.shape if n != 1]
        if wide != [n for n in out.aval.shape if n != 1] or len(wide) != len(dims) - dims.count(None):
            return False
        new = tuple([None if n == 1 else next(axes) for n in out.aval.shape])
        self.body.append(Compute(eqn, (self.number[operand],), self.register(out, new)))
        self.made.add(out)
        return True

    def loop(self, needed: Iterable[Var]) -> Loop:
        """The loop program, with a store for each result that is read elsewhere."""
        dims = self.dims
        stores = [Store(var, dims[self.number[var]], self.number[var]) for var in needed]
        varies = [tuple([axis for axis in d if axis is not None]) for d in dims]
        avals = [var.aval for var in self.number]
        return Loop(
            self.sizes, tuple(self.loads), tuple(self.body), tuple(stores), tuple(varies), tuple(avals)
        )


Item = Equation | _Open
Key = tuple[tuple[int, ...], tuple[int, ...]]


class Fusion:
    """The scan: ``items`` are equations and groups in the order of execution."""

    def __init__(self, jaxpr: Jaxpr, known: Known, native: Native | None = None) -> None:
        self.known = known
        self.native = native
        self.limit = LIMIT if native is None else NATIVE_LIMIT
        self.items: list[Item] = []
        self.open: dict[Key, _Open] = {}
        self.home: dict[Var, _Open] = {}  # of the results of open groups
        self.readers: dict[Var, int] = {}  # how often a variable is read, by an equation or as a result
        for atom in (*[a for eqn in jaxpr.eqns for a in eqn.ins], *jaxpr.outs):
            if isinstance(atom, Var):
                self.readers[atom] = self.readers.get(atom, 0) + 1
        for eqn in jaxpr.eqns:
            self._take(eqn)
        for group in list(self.open.values()):
            self._close(group)

    def read_outside(self, group: _Open) -> list[Var]:
        """The group's results that somebody else reads, or the program returns."""
        inside: dict[Var, int] = {}
        for row in group.body:
            for atom in row.eqn.ins:
                if isinstance(atom, Var):
                    inside[atom] = inside.get(atom, 0) + 1
        made = [row.eqn.outs[0] for row in group.body]
        return [var for var in made if self.readers.get(var, 0) > inside.get(var, 0)]

    def _take(self, eqn: Equation) -> None:
        if eqn.primitive.effect or (eqn.params and effects_of(eqn)):
            for group in list(self.open.values()):
                self._close(group)
            self.items.append(eqn)
        elif not (self._elementwise(eqn) or self._reduction(eqn) or self._rename(eqn)):
            self._need(eqn, None)
            self.items.append(eqn)

    def _need(self, eqn: Equation, group: _Open | None) -> None:
        """Close the groups, but ``group``, whose results this equation reads."""
        for atom in eqn.ins:
            if isinstance(atom, Var):
                found = self.home.get(atom)
                if found is not None and found is not group:
                    self._close(found)

    def _close(self, group: _Open) -> None:
        key = self._key_of(group)
        if self.open.get(key) is group:
            del self.open[key]
            for var in group.made:
                del self.home[var]
            self.items.append(group)

    def _elementwise(self, eqn: Equation) -> bool:
        if not (is_elementwise(eqn) if self.native is None else self.native.elementwise(eqn)):
            return False
        out = eqn.outs[0]
        layout = self._layout(out)
        if layout is None or not layout.dense or not out.aval.size:
            return False
        key = self._key(out.aval.shape, layout)
        for group in self._candidates(eqn, key):
            if len(group.body) < self.limit and group.elementwise(eqn):
                self._need(eqn, group)
                self.home[out] = group
                return True
        self._need(eqn, None)
        previous = self.open.get(key)
        if previous is not None:
            self._close(previous)
        group = _Open(out.aval.shape, layout.order, self.native is not None)
        if not group.elementwise(eqn):
            return False
        self.open[key] = self.home[out] = group
        return True

    def _key(self, shape: tuple[int, ...], layout: Layout) -> Key:
        """What groups are told apart by: in machine code dimensions of length one do not count."""
        if self.native is None:
            return shape, layout.order
        wide = [d for d, n in enumerate(shape) if n != 1]
        return tuple([shape[d] for d in wide]), tuple([wide.index(d) for d in layout.order if d in wide])

    def _key_of(self, group: _Open) -> Key:
        return self._key(group.shape, make_layout(group.order, True))

    def _layout(self, var: Var) -> Layout | None:
        return self.known.get(var) if var.aval.kind == "array" else c_layout(0)

    def _candidates(self, eqn: Equation, key: tuple[tuple[int, ...], tuple[int, ...]]) -> list[_Open]:
        """The group of the result's shape, else a group of which it reads a smaller value."""
        homes = [self.home[atom] for atom in eqn.ins if isinstance(atom, Var) and atom in self.home]
        same = self.open.get(key)
        if self.native is not None:  # the group whose values it reads, though they be larger
            return list(dict.fromkeys([*homes, *([same] if same is not None else [])]))
        return [same] if same is not None else homes[:1]

    def _rename(self, eqn: Equation) -> bool:
        """For machine code, a reshape that moves nothing is a row like others."""
        if self.native is None or eqn.primitive.name != "reshape" or eqn.params["order"] != "C":
            return False
        group = self.home.get(eqn.ins[0]) if isinstance(eqn.ins[0], Var) else None
        layout = self._layout(eqn.outs[0])
        if group is None or layout is None or not layout.dense or not group.rename(eqn):
            return False
        self.home[eqn.outs[0]] = group
        return True

    def _reduction(self, eqn: Equation) -> bool:
        if eqn.primitive.name not in REDUCTIONS or len(eqn.ins) != 1 or not isinstance(eqn.ins[0], Var):
            return False
        operand = eqn.ins[0]
        if self.native is not None and not self.native.reduction(eqn):
            return False
        if operand.aval.dtype.char == "e" and eqn.primitive.name in ("sum", "prod"):
            return False  # NumPy adds up float16 in float32, which partial results would lose
        layout = self._layout(operand)
        group = self.home.get(operand)
        if layout is None or not operand.aval.size:
            return False
        key = self._key(operand.aval.shape, layout)
        if group is None:
            group = self.open.get(key) or _Open(operand.aval.shape, layout.order, self.native is not None)
        if len(group.body) >= self.limit or not group.reduction(eqn):
            return False
        self.open.setdefault(self._key_of(group), group)
        self.home[eqn.outs[0]] = group
        return True


def is_elementwise(eqn: Equation) -> bool:
    """Whether an equation computes one array element by element."""
    primitive = eqn.primitive
    if primitive.multiple or eqn.outs[0].aval.kind != "array" or not eqn.outs[0].aval.size:
        return False
    if primitive.name == "convert":
        return bool(eqn.ins[0].aval.kind == "array" and eqn.params["kind"] == "array")
    return primitive.kernel is not None or primitive.name in _ALSO
