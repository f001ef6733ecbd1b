"""Digests of texts: the names of what is kept on disk."""

from __future__ import annotations

from collections.abc import Iterable

try:
    # hashlib loads OpenSSL, which takes longer than to read a kernel from disk; its BLAKE2 is this one.
    from _blake2 import blake2b
except ImportError:  # another Python
    from hashlib import blake2b

SIZE = 32


def digest(parts: Iterable[bytes]) -> bytes:
    """A digest of some texts, and of where one ends and the next begins."""
    total = blake2b(digest_size=SIZE)
    for part in parts:
        total.update(len(part).to_bytes(8, "little"))
        total.update(part)
    return total.digest()
