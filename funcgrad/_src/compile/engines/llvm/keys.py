"""What machine code depends on in a process, for the names under which it is kept."""

from __future__ import annotations

import os
import sys

from ....base.version import __version__
from . import objects


def facts(llvm: str) -> dict[str, str]:
    """What machine code depends on in this process, besides its text and its target."""
    return {
        "funcgrad": __version__,
        "llvm": llvm,
        "python": f"{sys.implementation.name} {sys.version}",
        "abi": f"{getattr(sys, 'abiflags', '')} {sys.implementation.cache_tag}",
        "system": f"{sys.platform} {os.name} {sys.byteorder}",
        "layout": repr(objects.LAYOUT),
    }
