"""Which LLVM and which processor these are, found out without loading LLVM.

Code that is read from disk must not wait for LLVM, so what it was made by and for is told by cheap signs: the
files of the package llvmlite, and what Linux says of the processor. LLVM's own words about the processor are
kept on disk under these signs.
"""

from __future__ import annotations

import os
import sys

import numpy as np

from ....backends.door import origin
from ....base.version import BEGAN
from . import cache, keys
from .digests import digest
from .targets import Target, described

# Lines of /proc/cpuinfo that differ between processors, and not between two looks at one.
_SIGNS = frozenset(
    ["vendor_id", "cpu family", "model", "stepping", "flags", "features", "isa", "uarch"]
    + ["cpu implementer", "cpu architecture", "cpu variant", "cpu part"]
)
# The floors of the package that have a part in what is made of a jaxpr.
FLOORS = ("backends", "base", "compile", "core", "ir", "ops", "tree")
_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


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


def sources_sign(root: str = _ROOT, began: float = BEGAN) -> str | None:
    """All modules that have a part in compiling, each with its size and time.

    None if one has changed since the process began: it may not be what was read.
    """
    found, todo = [], [os.path.join(root, name) for name in FLOORS]
    try:
        while todo:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    if entry.name.endswith(".py"):
                        status = entry.stat()
                        if max(status.st_mtime, status.st_ctime) >= began:
                            return None
                        found.append((entry.path, status.st_size, status.st_mtime_ns))
                    elif "." not in entry.name and entry.name != "__pycache__" and entry.is_dir():
                        todo.append(entry.path)
    except OSError:
        return None
    return repr(sorted(found)) if found else None


def packages_sign() -> str:
    """Which NumPy, SciPy and C library there are, and how NumPy chooses among its functions.

    Numbers in a program are computed by these.
    """
    known = "CS_GNU_LIBC_VERSION" in getattr(os, "confstr_names", {})
    library = os.confstr("CS_GNU_LIBC_VERSION") if known else None
    settings = sorted([(k, v) for k, v in os.environ.items() if k.startswith("NPY_")])
    return repr(
        (np.__version__, _version_file(np.__file__), _version_file(origin("scipy")), library, settings)
    )


def _version_file(package: str | None) -> tuple[str, int, int] | None:
    """The file with the version of a package, its size and time."""
    if package is None:
        return None
    path = os.path.join(os.path.dirname(package), "version.py")
    try:
        status = os.stat(path)
    except OSError:
        return path, 0, 0
    return path, status.st_size, status.st_mtime_ns


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
