"""The parser: the inverse of the printer, by recursive descent over the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..base.errors import JaxprError
from ..core.aval import Aval, aval_of
from ..core.primitive import Primitive, find_primitive
from .jaxpr import Atom, Equation, Jaxpr, Literal, Var
from .printer import RESERVED, VERSION
from .read import ValueReader

_PRIMITIVE = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")
_NAME = re.compile(r"[A-Za-z_]\w*")
_VARIABLE = re.compile(r"([A-Za-z_]\w*)(?![\w(])")
_QUOTE = re.compile(r"['\"]")
_HEAD = re.compile(r"funcgrad\.jaxpr +(\d+)[ \t]*(?=\n|$)")
_KEYWORDS = RESERVED | {"None", "True", "False"}


class Parser(ValueReader):
    """Reads programs; ``names`` are the variables of the program being read."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.names: dict[str, Var] = {}

    def head(self) -> None:
        """``funcgrad.jaxpr 1``."""
        found = self.take(_HEAD)
        if found is None:
            raise self.error("a jaxpr's text begins with its version", expected=f"`funcgrad.jaxpr {VERSION}`")
        if int(found[1]) != VERSION:
            raise self.error(
                f"this is version {found[1]} of the text form, not {VERSION}",
                at=found.start(),
                hint="read it with the funcgrad that wrote it",
            )

    def program(self, hidden: Sequence[Any] = ()) -> Jaxpr:
        """``{ lambda … in (…) }``."""
        outer, self.names = self.names, {}
        self.expect("{")
        self.word("lambda")
        hidden_vars = self.binders(";")
        in_vars = self.binders(".")
        self.skip()
        start = self.pos
        axes = self.value() if self.keyword("axes") else ()
        effects = self.value() if self.keyword("effects") else ()
        self.word("let")
        eqns = []
        while not self.keyword("in"):
            eqns.append(self.equation())
        self.expect("(")
        outs = self.items(")", self.atom, trailing=True)
        self.expect("}")
        jaxpr = Jaxpr(in_vars, eqns, outs, hidden_vars=hidden_vars, hidden=hidden, axes=axes)
        found = tuple(sorted(jaxpr.effects))
        if found != effects:
            raise self.error(f"the equations have the effects {found}, not {effects}", at=start)
        self.names = outer
        return jaxpr

    def equation(self) -> Equation:
        """``c:float64[3] = multiply[…] a b``, to the end of the line."""
        outs = [] if self.accept("()") else self.outs()
        self.expect("=")
        primitive = self.primitive()
        params = self.params() if self.text.startswith("[", self.pos) else {}
        ins = []
        while self.skip_in_line() and not self.at_in():
            ins.append(self.atom())
        for name, var, start in outs:
            self.bind(name, var, start)
        return Equation(primitive, tuple(ins), params, tuple(var for _, var, _ in outs))

    def outs(self) -> list[tuple[str, Var, int]]:
        """The binders before ``=``."""
        found = [self.binder()]
        while not self.next_is("="):
            found.append(self.binder())
        return found

    def binders(self, end: str) -> list[Var]:
        """Binders up to the mark ``end``, which is taken."""
        found = []
        while not self.accept(end):
            name, var, start = self.binder()
            self.bind(name, var, start)
            found.append(var)
        return found

    def binder(self) -> tuple[str, Var, int]:
        """``c:float64[3]``: name, variable, position."""
        found = self.take(_NAME)
        if found is None or found[0] in _KEYWORDS:
            raise self.error("expected a variable and its type, such as a:float64[3]", at=_start(found))
        self.expect(":")
        return found[0], Var(self.aval()), found.start()

    def bind(self, name: str, var: Var, start: int) -> None:
        """Make ``name`` stand for ``var``."""
        if name in self.names:
            raise self.error(f"the variable `{name}` is bound twice", at=start)
        self.names[name] = var

    def primitive(self) -> Primitive:
        """The primitive of this name."""
        self.skip()
        start = self.pos
        found = self.take(_PRIMITIVE)
        name = found[0] if found is not None else self.value() if self.take_quote() else None
        if not isinstance(name, str):
            raise self.error("expected the name of a primitive")
        try:
            return find_primitive(name)
        except JaxprError as error:
            raise self.error(f"there is no primitive named {name!r}", at=start, hint=error.hint) from None

    def take_quote(self) -> bool:
        """Whether a quoted string is next."""
        return _QUOTE.match(self.text, self.pos) is not None

    def params(self) -> dict[str, Any]:
        """``[axis=0, dtype=None]``."""
        self.expect("[")
        return dict(self.items("]", self.param, trailing=True))

    def param(self) -> tuple[str, Any]:
        """``axis=0``."""
        found = self.take(_NAME)
        if found is None:
            raise self.error("expected the name of a param")
        self.expect("=")
        return found[0], self.value()

    def atom(self) -> Atom:
        """A variable's name or a literal."""
        found = self.take(_VARIABLE)
        if found is not None and found[0] not in _KEYWORDS:
            var = self.names.get(found[0])
            if var is None:
                raise self.error(f"the variable `{found[0]}` is not bound here", at=found.start())
            return var
        if found is not None:
            self.pos = found.start()
        return self.literal()

    def literal(self) -> Literal:
        """``2.0:float`` or ``float32(2.0)``."""
        start = self.pos
        value = self.value()
        if not isinstance(value, (bool, int, float, complex)) and not hasattr(value, "dtype"):
            raise self.error("a literal is a number", at=start)
        literal = Literal(value)
        if self.text.startswith(":", self.pos):  # directly: blanks may hold the end of the line
            self.expect(":")
            said: Aval = self.aval()
            if said != literal.aval:
                raise self.error(f"this literal is of type {literal.aval}", at=start)
        return literal

    def keyword(self, word: str) -> bool:
        """Go past ``word`` if it is next."""
        found = self.take(_NAME)
        if found is not None and found[0] != word:
            self.pos = found.start()
        return found is not None and found[0] == word

    def word(self, word: str) -> None:
        """Go past ``word``, which must be next."""
        if not self.keyword(word):
            raise self.error(f"expected `{word}`", expected=f"`{word}`")

    def at_in(self) -> bool:
        """Whether the keyword ``in`` is next."""
        found = _VARIABLE.match(self.text, self.pos)
        return found is not None and found[0] == "in"


def _start(found: re.Match[str] | None) -> int | None:
    return None if found is None else found.start()


def parse_jaxpr(text: str, hidden: Sequence[Any] = ()) -> Jaxpr:
    """The jaxpr that was printed as ``text``.

    Parameters
    ----------
    text : str
        What ``str(jaxpr)`` or ``jaxpr.pretty()`` gave, or anything else of the same grammar.
    hidden : sequence, optional
        The closed-over values: the text holds their names and types only. Without them the program can
        be printed, compared and checked, and evaluated with ``eval_jaxpr(jaxpr, args, hidden)``.

    Raises
    ------
    JaxprError
        If the text is not of the grammar, names a primitive or an object that no imported module
        defines, or ``hidden`` does not fit; the message names line and column.
    """
    parser = Parser(text)
    try:
        parser.head()
        jaxpr = parser.program(tuple(hidden))
    except RecursionError:
        raise parser.error("programs and values are nested too deeply") from None
    parser.skip()
    if parser.pos != len(text):
        raise parser.error("the text goes on after the program")
    if hidden:
        _check_hidden(jaxpr)
    return jaxpr


def _check_hidden(jaxpr: Jaxpr) -> None:
    expected = [var.aval for var in jaxpr.hidden_vars]
    got = [aval_of(value) for value in jaxpr.hidden]
    if got != expected:
        raise JaxprError(
            "parse_jaxpr: the hidden values do not fit the program.",
            expected=", ".join(map(str, expected)) or "none",
            got=", ".join(map(str, got)) or "none",
        )
