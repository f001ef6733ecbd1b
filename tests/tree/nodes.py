"""Classes of nodes for the tests of pytrees."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from funcgrad import tree


class Point(NamedTuple):
    x: Any
    y: Any


Old = namedtuple("Old", "first second")  # the old form is to work as well


@tree.register_dataclass(meta_fields=("name",))
@dataclass
class Layer:
    w: Any
    b: Any
    name: str = "layer"
    calls: int = field(default=0, init=False)


@tree.register_dataclass
@dataclass(frozen=True, kw_only=True, slots=True)
class Frozen:
    value: Any


class Stack:
    """A custom node without names for its children."""

    def __init__(self, *items: Any, tag: Any = None) -> None:
        self.items, self.tag = items, tag

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stack) and (self.items, self.tag) == (other.items, other.tag)

    __hash__ = None  # type: ignore[assignment]  # compared by value


tree.register_node(Stack, lambda s: (iter(s.items), s.tag), lambda tag, items: Stack(*items, tag=tag))


class Named:
    """A custom node with names for its children."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and self.fields == other.fields

    __hash__ = None  # type: ignore[assignment]  # compared by value


tree.register_node(
    Named,
    lambda n: (n.fields.values(), tuple(n.fields)),
    lambda names, values: Named(**dict(zip(names, values, strict=True))),
    lambda n: ([(tree.AttrKey(name), value) for name, value in n.fields.items()], tuple(n.fields)),
)
