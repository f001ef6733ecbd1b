"""The names under which machine code is kept: a digest of everything that it depends on."""

from __future__ import annotations

import platform
import sys
import sysconfig
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from ....base.version import __version__
from . import calls


def digest(parts: Iterable[str]) -> bytes:
    """A digest of some texts, and of where one ends and the next begins."""
    total = blake2b(digest_size=32)
    for part in parts:
        encoded = part.encode()
        total.update(len(encoded).to_bytes(8, "little"))
        total.update(encoded)
    return total.digest()


def facts(llvm_version: str) -> dict[str, str]:
    """What machine code depends on in this process, besides its text and its target."""
    return {
        "funcgrad": __version__,
        "llvm": llvm_version,
        "python": f"{sys.implementation.name} {sys.version}",
        "gil": str(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "machine": f"{sys.platform} {platform.machine()} {sys.byteorder}",
        "layout": repr(calls.LAYOUT),
    }


def llvm_version(llvm: Any, version: str) -> str:
    """The versions of llvmlite and of the LLVM in it."""
    return f"llvmlite {version}, LLVM {'.'.join(map(str, llvm.llvm_version_info))}"
