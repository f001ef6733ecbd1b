"""Trees taken apart and put together by generated code, for one structure that is known beforehand.

`write_open` prints what `flatten` does for trees of one structure, in one order of their keys: for a tree
of another structure the function declines, or raises one of `MISMATCH`. `write_close` prints what
`unflatten` does. Both print lines and never recurse, so that depth costs nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from ..base.writer import Writer
from .flattening import unflatten
from .static import agree, is_plain
from .treedef import TreeDef, steps

LIMIT = 2048  # nodes and leaves of a tree for which code is generated
FEW = 16  # things that are looked at one by one; more of them are looked at in a loop
MISMATCH = "(KeyError, NameError, ValueError)"  # missing key, empty cell, another number of items
_DEEP = 20  # nested expressions


class UndecidableError(Exception):
    """Generated code cannot tell whether a call is like another one; never leaves the generators."""


def differs(writer: Writer, value: str, known: Any) -> str:
    """The condition that ``value`` is other static data than ``known``, by type and value."""
    name = writer.constant(known)
    if known is None or type(known) is bool:
        other = ""
    elif type(known) in (str, int):
        other = f" and (type({value}) is not {type(known).__name__} or {value} != {name})"
    else:
        other = f" and not {writer.constant(agree)}({value}, {name})"
    return f"{value} is not {name}{other}"


def write_items(writer: Writer, value: str, keys: Sequence[Any]) -> list[str]:
    """Print how to read a dict with these keys, in this order; the names of its values."""
    if not all(map(is_plain, keys)):
        raise UndecidableError
    if not keys:
        writer.decline_if(value)
        return []
    if len(keys) > FEW:
        writer.lines.append(f"for key, known in zip({value}, {writer.constant(tuple(keys))}):")
        writer.decline_if(f"key is not known and not {writer.constant(agree)}(key, known)", indent="    ")
        return writer.unpack(f"{value}.values()", len(keys))
    found = writer.unpack(value, len(keys))
    writer.decline_if(*[differs(writer, name, key) for name, key in zip(found, keys, strict=True)])
    names = writer.fresh(len(keys))
    for name, key in zip(names, keys, strict=True):
        writer.lines.append(f"{name} = {value}[{writer.constant(key)}]")
    return names


def write_open(writer: Writer, treedef: TreeDef, root: str) -> list[str]:
    """Print how to take the tree in the variable ``root`` apart.

    Returns
    -------
    list of str
        The names of the leaves, in the order of `flatten`. That they are leaves is for the caller to see.

    Raises
    ------
    UndecidableError
        When only code of the user's could compare the static data of the tree.
    """
    leaves: list[str] = []
    todo = [(treedef, root)]
    while todo:
        node, name = todo.pop()
        if node.kind is None:
            leaves.append(name)
        else:
            todo += [*zip(node.kids, _open(writer, node, name), strict=True)][::-1]
    return leaves


def _open(writer: Writer, node: TreeDef, name: str) -> list[str]:
    kind = node.kind
    assert kind is not None
    cls, count = kind.cls, len(node.kids)
    if cls is type(None):
        writer.decline_if(f"{name} is not None")
        return []
    writer.decline_if(f"type({name}) is not {writer.constant(cls)}")
    if cls is dict or cls is OrderedDict:
        return write_items(writer, name, node.data)
    if cls is tuple or cls is list or kind.automatic:  # automatic kinds are named tuples
        return writer.unpack(name, count)
    if not is_plain(node.data):
        raise UndecidableError
    children, data = writer.unpack(f"{writer.constant(kind.open)}({name})", 2)
    writer.decline_if(differs(writer, data, node.data))
    return writer.unpack(children, count)


def write_close(writer: Writer, treedef: TreeDef, names: Sequence[str]) -> str:
    """Print how to build the tree of these leaves; an expression for it."""
    values: list[tuple[str, int]] = []
    start = 0
    for leaves, node, arity in steps(treedef):
        values += [(name, 0) for name in names[start : start + leaves]]
        start += leaves
        split = len(values) - arity
        text = _close(writer, node, [text for text, _ in values[split:]])
        depth = 1 + max([depth for _, depth in values[split:]], default=0)
        if depth > _DEEP:
            (name,) = writer.fresh(1)
            writer.lines.append(f"{name} = {text}")
            text, depth = name, 0
        values[split:] = [(text, depth)]
    return values[0][0] if values else names[0]


def _close(writer: Writer, node: TreeDef, texts: list[str]) -> str:
    kind = node.kind
    assert kind is not None
    if kind.cls is type(None):
        return "None"
    if kind.cls is dict:
        pairs = zip(map(writer.constant, node.data), texts, strict=True)
        return f"{{{', '.join(f'{key}: {text}' for key, text in pairs)}}}"
    if kind.cls is tuple:
        return f"({', '.join(texts)}{',' * (len(texts) == 1)})"
    items = f"[{', '.join(texts)}]"
    if kind.cls is list:
        return items
    return f"{writer.constant(kind.close)}({writer.constant(node.data)}, {items})"


def make_build(treedef: TreeDef) -> Callable[[Sequence[Any]], Any]:
    """``unflatten`` for one structure: ``build(leaves)``, for a list or a tuple of leaves.

    A wrong number of leaves is a ValueError.
    """
    if treedef.num_nodes > LIMIT:
        return lambda leaves: unflatten(treedef, leaves)
    writer = Writer()
    names = writer.unpack("leaves", treedef.num_leaves)
    writer.lines.append(f"return {write_close(writer, treedef, names)}")
    return writer.function("build", "leaves")
