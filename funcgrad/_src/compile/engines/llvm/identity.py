"""Which LLVM and which processor these are, found out without loading LLVM.

Code that is read from disk must not wait for LLVM, so what it was made by and for is told by cheap signs: the
files of the package llvmlite, and what Linux says of the processor. LLVM's own words about the processor are
kept on disk under these signs.
"""

from __future__ import annotations

import os
import sys

from ....backends.door import origin
from . import cache, keys
from .digests import digest
from .targets import Target, described

# Lines of /proc/cpuinfo that differ between processors, and not between two looks at one.
_SIGNS = frozenset(
    ["vendor_id", "cpu family", "model", "stepping", "flags", "features", "isa", "uarch"]
    + ["cpu implementer", "cpu architecture", "cpu variant", "cpu part"]
)


def llvm_sign() -> str | None:
    """The files of llvmlite, each with its size and time, and the version; None if they lie otherwise."""
    found = origin("llvmlite")
    if found is None:
        return None
    folder = os.path.dirname(found)
    try:
        with open(os.path.join(folder, "_version.py"), encoding="utf-8") as file:
            version = file.read()
        with os.scandir(os.path.join(folder, "binding")) as entries:
            files = sorted([(x.name, x.stat().st_size, x.stat().st_mtime_ns) for x in entries if x.is_file()])
    except OSError:
        return None
    return f"{folder} {version} {files}"


def processor_sign(path: str = "/proc/cpuinfo") -> str | None:
    """What Linux says of the first processor; None elsewhere."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            first = file.read(1 << 14).split("\n\n")[0]
    except OSError:
        return None
    lines = [line for line in first.splitlines() if line.split("\t")[0].strip(" :").lower() in _SIGNS]
    return "\n".join(lines) or None


def _key(llvm: str | None, processor: str | None) -> bytes | None:
    if llvm is None or processor is None:
        return None
    return digest([x.encode() for x in ("processor", processor, *keys.facts(llvm).values())])


def remembered(llvm: str | None, processor: str | None) -> Target | None:
    """What LLVM said of this processor in another process."""
    key = _key(llvm, processor)
    data = None if key is None else cache.load(key)
    return None if data is None else described(*data.decode().split("\n"))


def remember(llvm: str | None, processor: str | None, target: Target) -> None:
    """Keep what LLVM says of this processor."""
    key = _key(llvm, processor)
    if key is not None:
        cache.store(key, "\n".join([target.triple, target.cpu, target.features]).encode())
