"""Reading text by hand: a position, patterns taken from there, and errors with line and column."""

from __future__ import annotations

import re

from ..base.errors import JaxprError

_BLANK = re.compile(r"(?:\s+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")


class Scanner:
    """A text and a position in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0

    def skip(self) -> None:
        """Go past blanks, ends of lines and comments."""
        found = _BLANK.match(self.text, self.pos)
        assert found is not None
        self.pos = found.end()

    def skip_in_line(self) -> bool:
        """Go past blanks within the line; whether anything but a comment is left on it."""
        found = _SPACE.match(self.text, self.pos)
        assert found is not None
        self.pos = found.end()
        return self.text[self.pos : self.pos + 1] not in ("", "\n", "\r", "#")

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What ``pattern`` matches here, after blanks; the position moves past it."""
        self.skip()
        found = pattern.match(self.text, self.pos)
        if found is not None:
            self.pos = found.end()
        return found

    def accept(self, mark: str) -> bool:
        """Go past the punctuation ``mark`` if it is next."""
        self.skip()
        if self.text.startswith(mark, self.pos):
            self.pos += len(mark)
            return True
        return False

    def expect(self, mark: str) -> None:
        """Go past ``mark``, which must be next."""
        if not self.accept(mark):
            raise self.error(f"expected `{mark}`", expected=f"`{mark}`")

    def next_is(self, mark: str) -> bool:
        """Whether ``mark`` is next."""
        self.skip()
        return self.text.startswith(mark, self.pos)

    def error(
        self, what: str, *, at: int | None = None, expected: str | None = None, hint: str | None = None
    ) -> JaxprError:
        """The error for this position (or ``at``), with line and column from 1."""
        pos = min(self.pos if at is None else at, len(self.text))
        line = self.text.count("\n", 0, pos) + 1
        start = self.text.rfind("\n", 0, pos) + 1
        rest = self.text[pos:].split("\n", 1)[0]
        got = repr(rest[:40] + ("…" if len(rest) > 40 else "")) if rest else "the end of the line"
        return JaxprError(
            f"parse_jaxpr: line {line}, column {pos - start + 1}: {what}.",
            expected=expected,
            got=got if pos < len(self.text) else "the end of the text",
            hint=hint,
        )
