"""Reading static values: the inverse of text.py."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from ..backends import HOST
from ..base.errors import FuncgradError
from ..core.aval import Aval, Kind, make_aval
from ..core.primitive import find_primitive
from ..tree import LEAF, TreeDef
from ..tree.registry import KINDS
from ..tree.treedef import make_node
from .text import record_fields, resolve
from .tokens import Scanner

_STRING = re.compile(r"""b?(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")""")
_NUMBER = re.compile(r"-?(?:inf\b|nan\b|\d+(?:\.\d*)?(?:e[+-]?\d+)?)")
_WORD = re.compile(r"[A-Za-z_]\w*")
_AVAL = re.compile(r"""('[^'\n]*'|[A-Za-z_]\w*)(?:\[([\d,]*)\])?(?:@([^\s,;)\]}#]+))?""")
_CONSTANTS = {"None": None, "True": True, "False": False, "Ellipsis": Ellipsis}
_PYTHON = {"float": "float64", "complex": "complex128", "int": "int64", "bool": "bool"}


class ValueReader(Scanner):
    """Reads static values from a text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.avals: dict[str, Aval] = {}

    # --- avals and numbers ---

    def aval(self) -> Aval:
        """``float64[2,3]@cupy:0``."""
        start = self.pos
        found = self.take(_AVAL)
        if found is None:
            raise self.error("expected a type such as float64[3]")
        aval = self.avals.get(found[0])
        if aval is None:
            try:
                aval = self.avals[found[0]] = _make_aval(found[1].strip("'"), found[2], found[3] or HOST)
            except (TypeError, ValueError) as error:
                raise self.error(f"{found[0]!r} is no type", at=start, hint=str(error)) from error
        return aval

    def number(self) -> Any:
        """A Python int or float, or None if none is here."""
        found = self.take(_NUMBER)
        if found is None:
            return None
        text = found[0]
        try:
            return int(text) if text.lstrip("-").isdigit() else float(text)
        except ValueError as error:
            raise self.error(f"{text[:20]}… is no number", at=found.start()) from error

    def scalar(self, name: str, start: int) -> Any:
        """``float32(2.0)``, after its name."""
        try:
            dtype = np.dtype(name)
        except TypeError:
            raise self.error(f"there is no value of the form `{name}(…)`", at=start) from None
        self.expect("(")
        value = self._parts(dtype)
        self.expect(")")
        return value

    def _parts(self, dtype: np.dtype[Any]) -> Any:
        self.skip()
        if self.text.startswith("complex(", self.pos):
            self.pos += len("complex(")
            out = np.zeros((), dtype)
            real = out.real.dtype
            out.real = self._part(real)
            self.expect(",")
            out.imag = self._part(real)
            self.expect(")")
            return out[()]
        return self._part(dtype)

    def _part(self, dtype: np.dtype[Any]) -> Any:
        start = self.pos
        found = self.take(_NUMBER) or self.take(_WORD)
        text = "" if found is None else found[0]
        try:
            if dtype.kind == "b":
                return np.bool_({"True": True, "False": False}[text])
            if dtype.kind in "iu":
                return dtype.type(int(text))
            return dtype.type(text if dtype.kind == "f" else float(text))
        except (KeyError, ValueError, OverflowError, TypeError) as error:
            raise self.error(f"expected a number of dtype {dtype}", at=start) from error

    # --- values ---

    def value(self) -> Any:
        """Any static value."""
        value = self.number()
        if value is not None:
            return value
        found = self.take(_STRING)
        if found is not None:
            return ast.literal_eval(found[0])
        if self.accept("("):
            return tuple(self.items(")", self.value, trailing=True))
        if self.next_is("{"):
            return self.program()
        if self.next_is("<"):
            raise self.error(
                "a value that has no text form (a lambda, a local function, an object) cannot be read",
                hint="use functions and classes that a module defines at its top level",
            )
        return self._named()

    def program(self) -> Any:
        """A jaxpr; the parser knows how."""
        raise NotImplementedError

    def _named(self) -> Any:
        start = self.pos
        found = self.take(_WORD)
        if found is None:
            raise self.error("expected a value")
        name = found[0]
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        form = _FORMS.get(name)
        if form is None:
            return self.scalar(name, start)
        self.expect("(")
        try:
            value = form(self)
        except (LookupError, TypeError, ValueError) as error:
            if isinstance(error, FuncgradError) and error.headline.startswith("parse_jaxpr"):
                raise
            raise self.error(f"`{name}(…)` cannot be read", at=start, hint=str(error)) from error
        self.expect(")")
        return value

    def items(self, close: str, read: Callable[[], Any], *, trailing: bool = False) -> list[Any]:
        """Items with commas between them, up to ``close``, which is taken."""
        found: list[Any] = []
        while not self.accept(close):
            if found:
                self.expect(",")
                if trailing and self.accept(close):
                    break
            found.append(read())
        return found

    def rest(self) -> list[Any]:
        """The values up to the closing parenthesis, which is left."""
        found = [] if self.next_is(")") else [self.value()]
        while self.accept(","):
            found.append(self.value())
        return found

    # --- treedefs ---

    def treedef(self) -> TreeDef:
        """``{'w': *, 'b': (*, None)}``."""
        if self.accept("*"):
            return LEAF
        if self.accept("("):
            return _close(tuple, None, self.items(")", self.treedef, trailing=True))
        if self.accept("["):
            return _close(list, None, self.items("]", self.treedef))
        if self.accept("{"):
            pairs = self.items("}", self._dict_item)
            return _close(dict, tuple(name for name, _ in pairs), [kid for _, kid in pairs])
        found = self.take(_WORD)
        if found is not None and found[0] == "None":
            return _close(type(None), None, [])
        if found is None or found[0] != "node":
            raise self.error("expected a tree", at=None if found is None else found.start())
        return self._registered()

    def _dict_item(self) -> tuple[Any, TreeDef]:
        name = self.value()
        self.expect(":")
        return name, self.treedef()

    def _registered(self) -> TreeDef:
        self.expect("(")
        start = self.pos
        cls = resolve(self._string())
        self.expect(",")
        data = self.value()
        self.expect(",")
        keys = self.value()
        kids = []
        while self.accept(","):
            kids.append(self.treedef())
        self.expect(")")
        kind = KINDS[cls] if isinstance(cls, type) else None
        if kind is None:
            raise self.error(f"{cls!r} is no class of pytree nodes", at=start, hint="register it first")
        return make_node(kind, data, tuple(kids), keys=keys)

    def _string(self) -> str:
        value = self.value()
        if not isinstance(value, str):
            raise self.error("expected a string")
        return value


def _close(cls: type, data: Any, kids: list[TreeDef]) -> TreeDef:
    kind = KINDS[cls]
    assert kind is not None
    return make_node(kind, data, tuple(kids))


def _make_aval(name: str, dims: str | None, place: str) -> Aval:
    kind: Kind = "array" if dims is not None else "python" if name in _PYTHON else "scalar"
    dtype = np.dtype(_PYTHON[name] if kind == "python" else "bool" if name == "bool_" else name)
    shape = tuple(int(n) for n in dims.split(",")) if dims else ()
    return make_aval(shape, dtype, kind, place)


def _read_record(reader: ValueReader) -> Any:
    reference, *values = reader.rest()
    cls = resolve(reference)
    if record_fields(cls) is None:
        raise LookupError(f"{reference!r} is neither a named tuple nor a frozen dataclass")
    return cls(*values)


_FORMS: dict[str, Callable[[ValueReader], Any]] = {
    "complex": lambda reader: complex(*reader.rest()),
    "slice": lambda reader: slice(*reader.rest()),
    "frozenset": lambda reader: frozenset(reader.rest()),
    "dtype": lambda reader: np.dtype(*reader.rest()),
    "aval": ValueReader.aval,
    "tree": ValueReader.treedef,
    "ref": lambda reader: resolve(*reader.rest()),
    "primitive": lambda reader: find_primitive(*reader.rest()),
    "record": _read_record,
}
