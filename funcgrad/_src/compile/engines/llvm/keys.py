"""The names under which machine code is kept: a digest of everything that it depends on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from hashlib import blake2b

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


def facts(llvm: str) -> dict[str, str]:
    """What machine code depends on in this process, besides its text and its target."""
    return {
        "funcgrad": __version__,
        "llvm": llvm,
        "python": f"{sys.implementation.name} {sys.version}",
        "abi": f"{getattr(sys, 'abiflags', '')} {sys.implementation.cache_tag}",
        "system": f"{sys.platform} {os.name} {sys.byteorder}",
        "layout": repr(calls.LAYOUT),
    }
