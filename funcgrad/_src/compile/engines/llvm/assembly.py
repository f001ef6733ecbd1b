"""Machine code for readers: the instructions, the labels and the constants."""

from __future__ import annotations

import re

from .machine import Machine, host_machine
from .targets import NAMED

# What is said to the assembler and the linker, and the label at a function's end.
_ASIDE = re.compile(
    r"\.(file|ident|text|section|p2align|type|size|globl|addrsig\w*|cfi_\w+|def|scl|endef|build_version"
    r"|subsections_via_symbols|intel_syntax)\b|\.?Lfunc_end\d+:"
)


def readable(text: str) -> str:
    """An assembler's text without its directives, in columns."""
    lines = []
    for line in text.splitlines():
        words = line.split(None, 1)
        if not words or _ASIDE.match(words[0]):
            continue
        if not line[0].isspace():
            lines.append(line)
        else:
            lines.append("    " + " ".join([words[0].ljust(12), *words[1:]]).rstrip())
    return "\n".join(lines) + "\n"


def assembly(text: str, target: str | None = None) -> str:
    """A module of LLVM IR in the assembly language of one of `NAMED`, or of the processor that runs this."""
    machine = host_machine() if target is None else Machine(NAMED[target])
    return readable(machine.assembly(text))
