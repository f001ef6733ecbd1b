"""How a loop program becomes nested loops: *bands*, each a loop over one axis, and what stands in them.

A row is computed inside the loops over the axes along which it varies. A reduction divides what stands around
it into *phases*: first the band that feeds it, then what reads its result, in a band of its own over the same
elements, which are still in the cache. What a later phase needs again is read again, or computed again if
that is cheap; else it is kept in scratch memory, as long as one round of the outer loops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ....base.record import Record
from ...loops import Compute, Loop, indices, names_of, operation

CHEAP = 4  # rows that are computed again rather than kept


class Read(Record):
    """Read a register from the array that is loaded."""

    register: int


class Recall(Record):
    """Read a register that was kept, or what a reduction has made of columns."""

    register: int


class Keep(Record):
    """Write a register into scratch memory; ``depth``: the loops outside, of which it keeps one round."""

    register: int
    depth: int


class Write(Record):
    """Write a register as the result number ``store``."""

    register: int
    store: int


class Feed(Record):
    """Hand the operand to a reduction."""

    register: int
    row: Compute


class Await(Record):
    """A register whose value is wanted, and no more."""

    register: int


class Band(Record):
    """A loop over one axis. The reductions in ``opens`` begin before it and are complete after it."""

    axis: int
    items: tuple[Item, ...]
    opens: tuple[Compute, ...]


Item = Read | Recall | Keep | Write | Feed | Compute | Band
Goal = Write | Feed | Keep | Await


def make_bands(loop: Loop, is_heavy: Callable[[Compute], bool]) -> tuple[Item, ...]:
    """The nested loops of a program."""
    return _Scheduler(loop, is_heavy).everything()


def print_bands(loop: Loop, items: Sequence[Item]) -> str:
    """The nested loops as text, in the manner of `print_loop`.

    ``for i1 < 100 making r4:`` is a band in which the reduction of register 4 begins and ends; it is fed by
    ``r4 takes r3``.
    """
    return "\n".join(_Printer(loop).lines(items, ""))


class _Printer:
    def __init__(self, loop: Loop) -> None:
        self.loop, self.name = loop, names_of(loop)
        self.loads = {load.register: load for load in loop.loads}

    def lines(self, items: Sequence[Item], indent: str) -> list[str]:
        """Items one below the other."""
        found: list[str] = []
        for item in items:
            if isinstance(item, Band):
                opens = ", ".join([f"r{row.register}" for row in item.opens])
                head = f"for i{item.axis} < {self.loop.sizes[item.axis]}"
                found.append(f"{indent}{head}{f' making {opens}' if opens else ''}:")
                found += self.lines(item.items, f"{indent}  ")
            else:
                found.append(indent + self.line(item))
        return found

    def line(self, item: Read | Recall | Keep | Write | Feed | Compute) -> str:
        """One item that is no loop."""
        r = f"r{item.register}"
        if isinstance(item, Read):
            load = self.loads[item.register]
            return f"{r} = {self.name(load.var)}{indices(load.dims)}"
        if isinstance(item, Write):
            store = self.loop.stores[item.store]
            return f"{self.name(store.var)}{indices(store.dims)} = {r}"
        if isinstance(item, Feed):
            return f"r{item.row.register} takes {r}"
        if isinstance(item, Compute):
            return f"{r} = {operation(item)}"
        return f"{'keep' if isinstance(item, Keep) else 'recall'} {r}"


class _Scheduler:
    def __init__(self, loop: Loop, is_heavy: Callable[[Compute], bool]) -> None:
        self.loop, self.is_heavy = loop, is_heavy
        self.home = [max(v) + 1 if v else 0 for v in loop.varies]
        self.made = {row.register: row for row in loop.body}
        self.loads = {load.register for load in loop.loads}
        self.order = {row.register: i for i, row in enumerate(loop.body)}

    def everything(self) -> tuple[Item, ...]:
        """The program from the outside."""
        goals = [Write(store.register, k) for k, store in enumerate(self.loop.stores)]
        return tuple(self.inside_of(0, goals, frozenset(), frozenset()))

    def inside_of(
        self, d: int, goals: Sequence[Goal], have: frozenset[int], kept: frozenset[int]
    ) -> list[Item]:
        """What reaches the goals inside the loops over the axes before ``d``.

        ``have`` are registers that hold their value, ``kept`` those that lie in memory.
        """
        rows, read, recalled = self.needed([goal.register for goal in goals], have, kept)
        phases = _Phases(self, d, rows)
        items: list[Item] = [Recall(r) for r in recalled if self.home[r] <= d]
        items += [Read(r) for r in read if self.home[r] <= d]
        have |= {item.register for item in items if isinstance(item, Read | Recall)}
        for p in range(phases.count):
            for row in phases.rows(p):
                if self.home[row.register] <= d and not phases.launched(row):
                    items += self.straight(row, d, have, kept)
                    have |= {row.register}
            due = [goal for goal in goals if phases.ready(goal.register) == p]
            items += [g for g in due if self.home[g.register] <= d and not isinstance(g, Await)]
            deep: list[Goal] = [goal for goal in due if self.home[goal.register] > d]
            launched = [row for row in phases.rows(p) if phases.launched(row)]
            deep += [Feed(self.operand(row), row) for row in launched]
            keep = [r for r in phases.read_later(p) if r not in kept and self.is_dear(r, have | kept)]
            deep += [Keep(r, d) for r in keep]
            items += self.inside(d, deep, launched, have, kept)
            kept |= {*keep, *[row.register for row in launched if not self.is_number(row)]}
            have |= {row.register for row in launched if self.is_number(row)}
        return items

    def straight(self, row: Compute, d: int, have: frozenset[int], kept: frozenset[int]) -> list[Item]:
        """A row at this depth; a reduction along deeper axes alone has its band here."""
        if row.axes and min(row.axes) > d:
            return self.inside_of(d + 1, [Await(row.register)], have, kept)
        return [row]

    def inside(
        self,
        d: int,
        goals: Sequence[Goal],
        launched: Sequence[Compute],
        have: frozenset[int],
        kept: frozenset[int],
    ) -> list[Item]:
        """The band over axis ``d`` that reaches the goals, and what does not vary along that axis."""
        along = [goal for goal in goals if d in self.loop.varies[goal.register]]
        across = [goal for goal in goals if d not in self.loop.varies[goal.register]]
        items: list[Item] = []
        if along:
            items.append(Band(d, tuple(self.inside_of(d + 1, along, have, kept)), tuple(launched)))
        if across:
            items += self.inside_of(d + 1, across, have, kept)
        return items

    def operand(self, row: Compute) -> int:
        """The register that a reduction reduces."""
        (found,) = row.args
        assert isinstance(found, int)
        return found

    def is_number(self, row: Compute) -> bool:
        """Whether a reduction makes one number in each round of the loops outside, not a number a column."""
        return all([axis < min(row.axes) for axis in self.loop.varies[row.register]])

    def needed(
        self, registers: Iterable[int], have: frozenset[int], kept: frozenset[int]
    ) -> tuple[list[Compute], list[int], list[int]]:
        """The rows that lead to registers, in order; the loads and the kept registers that they read."""
        seen: set[int] = set()
        todo = list(registers)
        while todo:
            r = todo.pop()
            if r in seen or r in have:
                continue
            seen.add(r)
            if r in self.made and r not in kept:
                todo += [a for a in self.made[r].args if isinstance(a, int)]
        rows = sorted([r for r in seen if r in self.made and r not in kept], key=self.order.__getitem__)
        return (
            [self.made[r] for r in rows],
            sorted(seen & self.loads - kept),
            sorted(seen & kept),
        )

    def is_dear(self, register: int, known: frozenset[int]) -> bool:
        """Whether a register is worth keeping rather than computing it again."""
        rows, _, _ = self.needed([register], known - {register}, frozenset())
        return len(rows) > CHEAP or any([row.axes or self.is_heavy(row) for row in rows])


class _Phases:
    """In which phase of a depth each register is computed, and from which on its value is known."""

    def __init__(self, scheduler: _Scheduler, d: int, rows: Sequence[Compute]) -> None:
        self.d = d
        self.home = scheduler.home
        self.known: dict[int, int] = {}
        self.by_phase: dict[int, list[Compute]] = {}
        self.later: dict[int, dict[int, None]] = {}
        for row in rows:
            args = [a for a in row.args if isinstance(a, int)]
            p = max([self.known.get(a, 0) for a in args], default=0)
            self.by_phase.setdefault(p, []).append(row)
            self.known[row.register] = p + self.launched(row)
            for a in args:
                if a in self.known and self.known[a] < p and self.home[a] > d:
                    self.later.setdefault(self.known[a], {})[a] = None
        self.count = max(self.known.values(), default=0) + 1

    def launched(self, row: Compute) -> bool:
        """Whether this is a reduction that the band of this depth feeds."""
        return bool(row.axes) and min(row.axes) == self.d

    def rows(self, p: int) -> list[Compute]:
        return self.by_phase.get(p, [])

    def ready(self, register: int) -> int:
        """The phase in which a register is there."""
        return self.known.get(register, 0)

    def read_later(self, p: int) -> list[int]:
        """Registers of deeper loops that are made in this phase and read in another."""
        return list(self.later.get(p, ()))
