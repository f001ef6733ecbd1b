"""From LLVM IR to machine code in memory."""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import Any

from ....backends.door import require
from .linking import Library, Linker
from .targets import Target, host

_DEFINED = re.compile(r"^define (?!internal |private )[^@\n]*@([\w.$]+)", re.MULTILINE)


class Machine:
    """The compiler for one processor: the one that runs this, if none is given.

    It may be used by several threads at once.
    """

    def __init__(self, target: Target | None = None) -> None:
        self.llvm: Any = require("llvmlite.binding", "llvm")
        if target is None:
            self.llvm.initialize_native_target()
            self.llvm.initialize_native_asmprinter()
            self.target = host(self.llvm)
        else:
            self.llvm.initialize_all_targets()
            self.llvm.initialize_all_asmprinters()
            self.target = target
        self._linker = Linker(self.llvm, self._machine(2)) if target is None else None

    def _machine(self, level: int) -> Any:
        family = self.llvm.Target.from_triple(self.target.triple)
        return family.create_target_machine(
            cpu=self.target.cpu, features=self.target.features, opt=level, reloc="pic", codemodel="default"
        )

    def _module(self, text: str) -> Any:
        module = self.llvm.parse_assembly(text, self.llvm.create_context())
        module.verify()
        return module

    def object_code(self, text: str, *, quick: bool = False) -> bytes:
        """The object file of a module."""
        module, machine = self._module(text), self._machine(0 if quick else 2)
        return machine.emit_object(module)  # type: ignore[no-any-return]

    def compile(self, text: str, *, quick: bool = False) -> Library:
        """Compile a module into memory; ``quick``: in less time, to slower code."""
        assert self._linker is not None, "code for another processor cannot run here"
        return self._linker.link(self.object_code(text, quick=quick), _DEFINED.findall(text))

    def assembly(self, text: str) -> str:
        """The module in the processor's assembly language."""
        return self._machine(2).emit_assembly(self._module(text))  # type: ignore[no-any-return]


_making = threading.Lock()


@cache
def _host_machine() -> Machine:
    return Machine()


def host_machine() -> Machine:
    """The compiler for the processor that runs this, made once."""
    with _making:
        return _host_machine()
