"""From LLVM IR to machine code in memory.

The IR that comes here has explicit vectors and nothing in a loop that need not be there, so of LLVM's passes
one is enough: local variables become registers. That saves a quarter of the time of a loop of short rows; all
passes of the first grade give no more, and take as long as the code generator.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any

from ....backends.door import is_installed, require
from . import cache as disk
from . import flat, identity, keys
from .digests import digest
from .layout import as_expected
from .linking import Library, Linker, loaded
from .targets import Target, host

_DEFINED = re.compile(r"^define (?!internal |private )[^@\n]*@([\w.$]+)", re.MULTILINE)


# Grades of code generation. The second makes no better code of vectors than the first, and takes longer.
# At grade 0 local variables stay in memory, and 20,000 instructions take 0.15 s; the code runs two to four
# times as long.
QUICK, GOOD = 0, 1

# LLVM's scheduler compares every load with every store of a block, at some 0.1 µs a pair.
PAIRS = 2_000_000


def grade(text: str) -> int:
    """What is worth doing for a module."""
    return QUICK if text.count(" load ") * text.count(" store ") > PAIRS else GOOD


_FLAT, _OBJECT = b"F", b"O"


def _packed(code: bytes) -> bytes:
    """An object file as it is kept: as a block, if it can be one."""
    if flat.AVAILABLE:
        try:
            return _FLAT + flat.flattened(code).encoded()
        except flat.NotFlatError:
            pass
    return _OBJECT + code


class Machine:
    """The compiler for one processor: the one that runs this, if none is given.

    It may be used by several threads at once. LLVM is loaded when something is to be compiled.
    """

    def __init__(self, target: Target | None = None) -> None:
        self._given = target
        self._llvm_sign = identity.llvm_sign()

    @cached_property
    def llvm(self) -> Any:
        """The module ``llvmlite.binding``, ready to compile."""
        llvm: Any = require("llvmlite.binding", "llvm")
        if self._given is None:
            llvm.initialize_native_target()
            llvm.initialize_native_asmprinter()
        else:
            llvm.initialize_all_targets()
            llvm.initialize_all_asmprinters()
        return llvm

    @cached_property
    def target(self) -> Target:
        """What code is made for."""
        if self._given is not None:
            return self._given
        sign = identity.processor_sign()
        target = identity.remembered(self._llvm_sign, sign)
        if target is None:
            target = host(self.llvm)
            identity.remember(self._llvm_sign, sign, target)
        return target

    @cached_property
    def _facts(self) -> dict[str, str]:
        return keys.facts(self._llvm_sign or f"llvmlite {require('llvmlite', 'llvm').__version__}")

    @cached_property
    def _machines(self) -> dict[int, Any]:
        return {grade: self._machine(grade) for grade in (QUICK, GOOD)}

    @cached_property
    def _linker(self) -> Linker:
        return Linker(self.llvm, self._machines[GOOD])

    def _machine(self, grade: int) -> Any:
        family = self.llvm.Target.from_triple(self.target.triple)
        return family.create_target_machine(
            cpu=self.target.cpu, features=self.target.features, opt=grade, reloc="pic", codemodel="default"
        )

    def _module(self, text: str, machine: Any) -> Any:
        """The module, checked."""
        module = self.llvm.parse_assembly(text, self.llvm.create_context())
        module.verify()
        module.triple = self.target.triple
        module.data_layout = str(machine.target_data)
        return module

    def _prepared(self, text: str) -> tuple[Any, Any]:
        """A module that is ready for the code generator, and that."""
        chosen = grade(text)
        machine = self._machines[chosen]
        module = self._module(text, machine)
        if chosen == GOOD:
            manager = self.llvm.create_new_module_pass_manager()
            manager.add_sroa_pass()
            manager.run(
                module, self.llvm.create_pass_builder(machine, self.llvm.create_pipeline_tuning_options(1))
            )
            dispose(self.llvm, manager)
        return module, machine

    def key(self, text: str) -> bytes:
        """A digest of all that the machine code of a module depends on."""
        return self.key_of(text.encode())

    def key_of(self, *parts: bytes) -> bytes:
        """A digest of some texts, and of all that machine code depends on in this process."""
        facts = [x.encode() for x in (*self._facts.values(), repr(self.target))]
        return digest([*facts, *parts])

    def object_code(self, text: str) -> bytes:
        """The object file of a module, made now."""
        module, machine = self._prepared(text)
        return machine.emit_object(module)  # type: ignore[no-any-return]

    def compile(self, text: str) -> Library:
        """A module in memory, from the cache on disk if it was compiled before."""
        assert self._given is None, "code for another processor is not run here"
        key = self.key(text)
        names = _DEFINED.findall(text)
        found = self.kept(key, names)
        if found is None:
            code = _packed(self.object_code(text))
            disk.store(key, code)
            found = self._library(code, names)
        return found

    def kept(self, key: bytes, names: Sequence[str]) -> Library | None:
        """The functions ``names`` of what is kept on disk under a key; None if nothing is."""
        code = disk.load(key)
        return None if code is None else self._library(code, names)

    def _library(self, code: bytes, names: Sequence[str]) -> Library:
        if code[:1] == _FLAT:
            return loaded(flat.decoded(code[1:]))
        return self._linker.link(code[1:], list(names))

    def assembly(self, text: str) -> str:
        """The module in the processor's assembly language, as an assembler reads it."""
        module, machine = self._prepared(text)
        return machine.emit_assembly(module)  # type: ignore[no-any-return]


def dispose(llvm: Any, manager: Any) -> None:
    """Free a manager of passes; in llvmlite 0.45 to 0.50 an empty method hides the one that would."""
    base = llvm.newpassmanagers.NewPassManager
    if type(manager)._dispose is not base._dispose:
        base._dispose(manager)
        manager.detach()


@cache
def is_available() -> bool:
    """Whether kernels can be compiled, run, and read arrays here; LLVM is not loaded for that."""
    if not is_installed("llvmlite") or not as_expected():
        return False
    try:
        return not flat.AVAILABLE or loaded(flat.NOTHING).address("nothing") > 0
    except OSError:  # a system that lets no process run code that it makes
        return False


_making = threading.Lock()


@cache
def _host_machine() -> Machine:
    return Machine()


def host_machine() -> Machine:
    """The compiler for the processor that runs this, made once."""
    with _making:
        return _host_machine()
