"""The text of static values: params, literals and avals, as docs/internals/jaxpr.md describes them.

What has no text that can be read back (a lambda, an object of an unknown class) is written between
angle brackets, ``<lambda loss.<locals>.<lambda>>``, and the parser says so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from enum import Enum
from typing import Any

import numpy as np

from ..backends import loaded
from ..core.aval import Aval, dtype_name
from ..core.primitive import Primitive
from ..tree import TreeDef
from ..tree.keys import Step
from ..tree.treedef import steps

# --- numbers ---------------------------------------------------------------------------------------


def scalar_text(value: Any) -> str:
    """The text of a Python or NumPy number: exact, ``-0.0`` and ``nan`` included."""
    if isinstance(value, np.generic):
        return f"{dtype_name(value.dtype)}({_number_text(value)})"
    return _number_text(value)


def _number_text(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (complex, np.complexfloating)):
        return f"complex({_number_text(value.real)}, {_number_text(value.imag)})"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    text = str(value) if isinstance(value, (float, np.floating)) else repr(float(value))
    return text if any(c in text for c in ".en") else f"{text}.0"


# --- references to Python objects ------------------------------------------------------------------


def resolve(reference: str) -> Any:
    """The object ``module:qualified.name``; LookupError unless its module is loaded and has it.

    Nothing is imported: a text can only name what its reader's program has imported already.
    """
    module, _, name = reference.partition(":")
    found: Any = loaded(module)
    if found is None:
        raise LookupError(f"the module {module!r} is not imported")
    for part in name.split("."):
        if not hasattr(found, part):
            raise LookupError(f"the module {module!r} has no {name!r}")
        found = getattr(found, part)
    return found


def reference_to(value: Any) -> str | None:
    """``module:qualified.name`` if that leads to ``value`` itself, else None."""
    if isinstance(value, Enum):
        reference = f"{type(value).__module__}:{type(value).__qualname__}.{value.name}"
    else:
        module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
        if isinstance(value, np.ufunc):
            module, name = "numpy", value.__name__
        if not isinstance(module, str) or not isinstance(name, str):
            return None
        reference = f"{module}:{name}"
    try:
        return reference if resolve(reference) is value else None
    except LookupError:
        return None


def record_fields(cls: Any) -> tuple[str, ...] | None:
    """The fields by which an instance of a named tuple, frozen dataclass or key of a path is built again."""
    if not isinstance(cls, type):
        return None
    if issubclass(cls, Step):
        return cls.__slots__
    if issubclass(cls, tuple) and isinstance(getattr(cls, "_fields", None), tuple):
        return tuple(cls._fields)  # type: ignore[attr-defined]
    if dataclasses.is_dataclass(cls) and cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        fields = dataclasses.fields(cls)
        return tuple(f.name for f in fields) if all(f.init and not f.kw_only for f in fields) else None
    return None


# --- all static values -----------------------------------------------------------------------------


class ValueWriter:
    """Writes static values; the printer adds programs."""

    def value(self, value: Any, indent: str = "") -> str:
        """The text of ``value``; lines after the first begin with ``indent``."""
        write = _EXACT.get(type(value))
        if write is not None:
            return write(self, value, indent)
        for cls, write in _BY_CLASS:
            if isinstance(value, cls):
                return write(self, value, indent)
        return self.other(value, indent)

    def other(self, value: Any, indent: str) -> str:
        """The text of what is no plain value."""
        fields = record_fields(type(value))
        cls = reference_to(type(value)) if fields is not None else None
        if fields is not None and cls is not None:
            items = [repr(cls), *[self.value(getattr(value, field), indent) for field in fields]]
            return f"record({', '.join(items)})"
        reference = reference_to(value)
        if reference is not None:
            return f"ref({reference!r})"
        return self.opaque(value)

    def opaque(self, value: Any) -> str:
        """What is shown of a value that cannot be read back."""
        name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
        return f"<{type(value).__name__}{f' {name}' if isinstance(name, str) else ''}>"

    def treedef(self, value: TreeDef, indent: str) -> str:
        """A treedef, without recursion."""
        stack: list[str] = []
        for leaves, inner, arity in steps(value):
            stack += ["*"] * leaves
            split = len(stack) - arity
            stack[split:] = [self._inner(inner, stack[split:], indent)]
        return f"tree({stack[0] if stack else '*'})"

    def _inner(self, inner: TreeDef, kids: list[str], indent: str) -> str:
        cls = inner.node_type
        if cls is type(None):
            return "None"
        if cls is tuple:
            return f"({kids[0]},)" if len(kids) == 1 else f"({', '.join(kids)})"
        if cls is list:
            return f"[{', '.join(kids)}]"
        if cls is dict:
            names = [self.value(name, indent) for name in inner.data]
            return "{" + ", ".join(f"{n}: {k}" for n, k in zip(names, kids, strict=True)) + "}"
        reference = reference_to(cls)
        head = repr(reference) if reference is not None else self.opaque(cls)
        keys = self.value(inner.keys, indent) if inner.kind is not None and inner.kind.find_keys else "None"
        return f"node({', '.join([head, self.value(inner.data, indent), keys, *kids])})"


def _write_tuple(writer: ValueWriter, value: tuple[Any, ...], indent: str) -> str:
    texts = [writer.value(item, indent) for item in value]
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def _write_slice(writer: ValueWriter, value: slice, indent: str) -> str:
    parts = (writer.value(part, indent) for part in (value.start, value.stop, value.step))
    return f"slice({', '.join(parts)})"


def _write_set(writer: ValueWriter, value: frozenset[Any], indent: str) -> str:
    return f"frozenset({', '.join(sorted(writer.value(item, indent) for item in value))})"


def _write_scalar(writer: ValueWriter, value: np.generic, indent: str) -> str:
    return scalar_text(value) if value.dtype.kind in "biufcV" else writer.opaque(value)


def _write_dtype(writer: ValueWriter, value: np.dtype[Any], indent: str) -> str:
    name = value.name if value.isnative else value.str
    try:
        known = np.dtype(name) == value
    except TypeError:
        known = False
    return f"dtype({name!r})" if known else writer.opaque(value)


def _plain(write: Callable[[Any], str]) -> Callable[[ValueWriter, Any, str], str]:
    return lambda writer, value, indent: write(value)


_Write = Callable[[ValueWriter, Any, str], str]
_EXACT: dict[type, _Write] = {
    **dict.fromkeys((type(None), type(Ellipsis), str, bytes), _plain(repr)),
    **dict.fromkeys((bool, int, float, complex), _plain(scalar_text)),
    tuple: _write_tuple,
    slice: _write_slice,
    frozenset: _write_set,
    Aval: lambda writer, value, indent: f"aval({value})",
    TreeDef: lambda writer, value, indent: writer.treedef(value, indent),
    Primitive: lambda writer, value, indent: f"primitive({value.name!r})",
}
_BY_CLASS: list[tuple[type, _Write]] = [(np.generic, _write_scalar), (np.dtype, _write_dtype)]
