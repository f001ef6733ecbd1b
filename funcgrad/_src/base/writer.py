"""Functions made from text: what every generator of Python source needs.

NOTE (objects enter by name): a generated function sees the user's objects under names that the writer
gives out, never as text, so that no key, name or value of the user's can become code. They are globals of
the function's own; a variable that the function shares with the user's function is the very cell of it,
and reading it costs as little as it does there.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CellType, FunctionType
from typing import Any


class Writer:
    """The lines of one function, and the objects they name; ``declined`` is its answer where it gives up."""

    def __init__(self, declined: Any = None) -> None:
        self.lines: list[str] = []
        self._space: dict[str, Any] = {}
        self._known: dict[int, str] = {}
        self._cells: dict[str, CellType] = {}
        self._locals = 0
        self._leave = f"return {'None' if declined is None else self.constant(declined)}"

    def constant(self, value: Any) -> str:
        """The name of an object; one for each object."""
        name = self._known.get(id(value))
        if name is None:
            name = self._known[id(value)] = f"k{len(self._space)}"
            self._space[name] = value  # which keeps it alive, and its id its own
        return name

    def cell(self, cell: CellType) -> str:
        """The name of a variable that is shared through this cell; reading it empty is a NameError."""
        name = f"c{len(self._cells)}"
        self._cells[name] = cell
        return name

    def fresh(self, count: int) -> list[str]:
        """Names for new local variables."""
        self._locals += count
        return [f"v{i}" for i in range(self._locals - count, self._locals)]

    def unpack(self, value: str, count: int) -> list[str]:
        """New local variables for the items of ``value``; a ValueError when there are not that many."""
        names = self.fresh(count)
        self.lines.append(f"({', '.join(names)}{',' * (count == 1)}) = {value}")
        return names

    def decline_if(self, *conditions: str, indent: str = "") -> None:
        """Print to give up if one of these holds; each a comparison, or several joined by "and"."""
        if conditions:
            self.lines.append(f"{indent}if {' or '.join(conditions)}: {self._leave}")

    def decline_on(self, errors: str) -> None:
        """Give up on these exceptions in the lines written so far."""
        if self.lines:
            self.lines[:] = [
                "try:",
                *[f"    {line}" for line in self.lines],
                f"except {errors}: {self._leave}",
            ]

    def function(self, name: str, parameters: str) -> Callable[..., Any]:
        """The function of these parameters over the lines written so far."""
        body = "\n        ".join(self.lines)
        head = f"def outer({', '.join(self._cells)}):\n    def {name}({parameters}):\n        "
        space = dict(self._space)
        code = compile(f"{head}{body}\n    return {name}\n", f"<funcgrad {name}>", "exec")
        exec(code, space)  # noqa: S102  (the lines are the house's own; see the note above)
        made = space.pop("outer")(*self._cells)
        shared = tuple(self._cells[free] for free in made.__code__.co_freevars)
        return FunctionType(made.__code__, space, name, None, shared)
