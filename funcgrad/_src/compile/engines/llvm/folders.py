"""Which folder machine code may be kept in, and whether nobody else can write there.

Machine code that is read from a file is run as the user. A digest in the file finds damage, but no
attacker: who can write the file can write the digest, too. So what counts is who can write: the folder, and
every folder above it up to the home folder (or to the root), must belong to the user (or, above, to the
system's) and must not be writable by group or others. OpenSSH asks the same of a user's keys.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from ....base import config


class UntrustedFolderError(Exception):
    """A folder that others can write to; says which, and what to do."""


def wanted() -> Path | None:
    """The folder that the settings ask for, None if there is to be none; it need not exist."""
    choice = config.disk_cache
    if choice is False:
        return None
    if isinstance(choice, str):
        return Path(choice)
    try:
        return _of_platform(sys.platform, Path.home())
    except RuntimeError:  # nobody's process: no home
        return None


def _of_platform(platform: str, home: Path) -> Path:
    """Where a user's caches lie by the custom of the system."""
    if platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "funcgrad" / "Cache"
    if platform == "darwin":
        return home / "Library" / "Caches" / "funcgrad"
    given = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(given) if os.path.isabs(given) else home / ".cache") / "funcgrad"


def prepared(folder: Path) -> str:
    """The real path of a folder, made if it is absent; an error if it cannot be trusted or made."""
    for missing in reversed([x for x in (folder, *folder.parents) if not x.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    path = os.path.realpath(folder)
    home = _home()
    if sys.platform == "win32":
        _check_inside(path, home)
        return path
    check(os.stat(path), path)
    if path != home:
        for above in map(str, Path(path).parents):
            _check_above(os.stat(above), above)
            if above == home:
                break
    return path


def _home() -> str:
    try:
        return os.path.realpath(Path.home())
    except RuntimeError:
        return ""


def check(status: os.stat_result, path: str) -> None:
    """Raise if a folder or file of the cache is not the user's own, or others may write to it."""
    if sys.platform == "win32":
        return
    if status.st_uid != os.geteuid():
        raise UntrustedFolderError(
            f"{path} belongs to another user; set FUNCGRAD_CACHE_DIR to a folder of yours"
        )
    if status.st_mode & 0o022:
        raise UntrustedFolderError(f"others may write to {path}; try: chmod go-w '{path}'")


def _check_above(status: os.stat_result, path: str) -> None:
    """A folder above may be the system's; where only owners can rename (as in /tmp), others may write."""
    if status.st_uid not in (0, os.geteuid()):
        raise UntrustedFolderError(
            f"{path} belongs to another user; set FUNCGRAD_CACHE_DIR to a folder of yours"
        )
    if status.st_mode & 0o022 and not status.st_mode & stat.S_ISVTX:
        raise UntrustedFolderError(f"others may write to {path}; try: chmod go-w '{path}'")


def _check_inside(path: str, profile: str) -> None:
    """Windows keeps others out of a user's profile; elsewhere nothing is known of who may write."""
    if not profile or not os.path.normcase(path).startswith(os.path.normcase(profile) + os.sep):
        raise UntrustedFolderError(f"{path} is not in your profile; set FUNCGRAD_CACHE_DIR to a folder there")
