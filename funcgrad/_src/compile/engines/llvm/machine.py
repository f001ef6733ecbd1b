"""From LLVM IR to machine code in memory."""

from __future__ import annotations

import functools
from typing import Any

from ....backends.door import require


class Machine:
    """The processor that runs this, and its compiler."""

    def __init__(self) -> None:
        self.llvm: Any = require("llvmlite.binding", "llvm")
        self.llvm.initialize_native_target()
        self.llvm.initialize_native_asmprinter()
        self.triple = self.llvm.get_process_triple()
        self.cpu = self.llvm.get_host_cpu_name()
        self.features = self.llvm.get_host_cpu_features().flatten()
        target = self.llvm.Target.from_triple(self.triple)
        self.target = target.create_target_machine(
            cpu=self.cpu, features=self.features, opt=3, reloc="pic", codemodel="default"
        )

    def compile(self, text: str) -> Library:
        """Compile a module."""
        module = self.llvm.parse_assembly(text)
        module.verify()
        builder = self.llvm.create_pass_builder(self.target, self.llvm.create_pipeline_tuning_options(1))
        builder.getModulePassManager().run(module, builder)
        return Library(self, module)


@functools.cache
def machine() -> Machine:
    """The one of this process."""
    return Machine()


class Library:
    """Machine code in memory; it lives as long as this object."""

    def __init__(self, machine: Machine, module: Any) -> None:
        self.engine = machine.llvm.create_mcjit_compiler(module, machine.target)
        self.engine.finalize_object()

    def address(self, name: str) -> int:
        """Where a function begins."""
        return self.engine.get_function_address(name)  # type: ignore[no-any-return]
