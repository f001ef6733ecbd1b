"""A cache on disk: bytes by key, kept from one process to the next.

A file is written under another name and renamed, so that readers see all of it or nothing; whatever does
not read back as it was written counts as absent and is replaced. What can go wrong with a disk costs time,
never a result. Who may write to the folder is checked (see folders.py): what is kept here gets run.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
import warnings
from functools import lru_cache

from . import digests, folders
from .digests import digest

MAGIC = b"funcgrad cache 1\n"
HEAD = len(MAGIC) + 8 + digests.SIZE
SUFFIX = ".bin"
LIMIT = 256 << 20  # bytes in the folder; what was used longest ago goes first
LOOK_EVERY = 32  # one store of so many looks at the folder's size
DAY, HOUR = 86400.0, 3600.0
_DESCRIPTORS = os.open in os.supports_dir_fd  # not on Windows
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # a pipe of this name is empty, not waited for
_warned = threading.Event()


def load(key: bytes) -> bytes | None:
    """What was stored under the key, or None."""
    try:
        with _Folder() as folder:
            data = folder.read(_name(key))
    except (OSError, folders.UntrustedFolderError):
        return None
    return unpacked(key, data)


def store(key: bytes, payload: bytes) -> None:
    """Keep some bytes under the key, if there is a place for them."""
    name = _name(key)
    with contextlib.suppress(OSError, folders.UntrustedFolderError), _Folder() as folder:
        folder.write(name, packed(key, payload))
        if int(name[:8], 16) % LOOK_EVERY == 0:
            folder.trim(LIMIT)


def _name(key: bytes) -> str:
    return digest([b"name", key]).hex() + SUFFIX


def packed(key: bytes, payload: bytes) -> bytes:
    """A file's content: what it is, its length, and a digest of key and payload."""
    return MAGIC + len(payload).to_bytes(8, "little") + digest([key, payload]) + payload


def unpacked(key: bytes, data: bytes) -> bytes | None:
    """The payload of a file's content; None if anything is not as it was written, or the key is another."""
    payload = data[HEAD:]
    return payload if data == packed(key, payload) else None


@lru_cache(maxsize=8)
def _prepared(folder: str) -> str | None:
    """The real path of a folder below trusted ones; looked into once, with a warning if there are others."""
    try:
        return folders.prepared(folder)
    except folders.UntrustedFolderError as error:
        _warn(error)
    except OSError:
        pass
    return None


def _warn(error: Exception) -> None:
    if not _warned.is_set():
        _warned.set()
        warnings.warn(f"funcgrad keeps no compiled code on disk: {error}.", RuntimeWarning, stacklevel=2)


class _Folder:
    """The folder, opened for one use; an error where there is none that can be used."""

    def __enter__(self) -> _Folder:
        folder = folders.wanted()
        path = None if folder is None else _prepared(folder)
        if path is None:
            raise FileNotFoundError
        self.path = path
        self.at: int | None = None
        if _DESCRIPTORS:
            self.at = os.open(path, os.O_RDONLY | os.O_DIRECTORY | _NO_LINKS)
            try:
                folders.check(os.fstat(self.at), path)
            except folders.UntrustedFolderError as error:
                os.close(self.at)
                _warn(error)
                raise
        return self

    def __exit__(self, *error: object) -> None:
        if self.at is not None:
            os.close(self.at)

    def _place(self, name: str) -> str:
        return name if self.at is not None else os.path.join(self.path, name)

    def read(self, name: str) -> bytes:
        """A file of ours; the owner and the mode are those of what was opened, and no link is followed."""
        place = self._place(name)
        flags = os.O_RDONLY | _NO_LINKS | _NO_WAIT
        with open(os.open(place, flags, dir_fd=self.at), "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            folders.check(status, name)
            if status.st_size > LIMIT:
                raise FileNotFoundError
            if time.time() - status.st_mtime > DAY:
                self._touch(place)
            return file.read()

    def _touch(self, place: str) -> None:
        """Mark a file as used; its time of access is not kept on many systems."""
        with contextlib.suppress(OSError, NotImplementedError):
            os.utime(place, dir_fd=self.at)

    def write(self, name: str, data: bytes) -> None:
        """Put a file in the place of what is there, all at once."""
        other = f"{os.urandom(16).hex()}.new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINKS
        try:
            with open(os.open(self._place(other), flags, 0o600, dir_fd=self.at), "wb", buffering=0) as file:
                whole = file.write(data) == len(data)
            if whole:  # the disk may be full
                os.replace(self._place(other), self._place(name), src_dir_fd=self.at, dst_dir_fd=self.at)
        finally:
            self._remove(other)

    def _remove(self, name: str) -> None:
        with contextlib.suppress(OSError):
            os.unlink(self._place(name), dir_fd=self.at)

    def trim(self, limit: int) -> None:
        """Remove what was used longest ago, down to three quarters of the limit; and what writers left."""
        found = []
        with os.scandir(self.path if self.at is None else self.at) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    if entry.name.endswith(SUFFIX):
                        found.append((status.st_mtime, status.st_size, entry.name))
                    elif entry.name.endswith(".new") and time.time() - status.st_mtime > HOUR:
                        self._remove(entry.name)
        total = sum([size for _, size, _ in found])
        if total <= limit:
            return
        for _, size, name in sorted(found):
            self._remove(name)
            total -= size
            if total <= limit * 3 // 4:
                return
