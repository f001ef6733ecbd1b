"""Which folder machine code may be kept in, and whether nobody else can write there.

Machine code that is read from a file is run as the user. A digest in the file finds damage, but no
attacker: who can write the file can write the digest, too. So what counts is who can write: the folder, and
every folder above it up to the home folder (or to the root), must belong to the user (or, above, to the
system) and must not be writable by group or others. OpenSSH asks the same of a user's keys.
"""

from __future__ import annotations

import os
import stat
import sys

from ....base import config

_ELSEWHERE = "set FUNCGRAD_CACHE_DIR to a folder of yours, or FUNCGRAD_CACHE=0"


class UntrustedFolderError(Exception):
    """A folder that others can write to; says which, and what to do."""


def wanted() -> str | None:
    """The folder that the settings ask for, None if there is to be none; it need not exist."""
    choice = config.disk_cache
    if isinstance(choice, str):
        return os.path.abspath(choice)
    home = os.path.expanduser("~")
    if not choice or not os.path.isabs(home):  # a process may have no home
        return None
    return of_platform(sys.platform, home)


def of_platform(platform: str, home: str) -> str:
    """Where a user's caches lie by the custom of the system."""
    if platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
        return os.path.join(local, "funcgrad", "Cache")
    if platform == "darwin":
        return os.path.join(home, "Library", "Caches", "funcgrad")
    given = os.environ.get("XDG_CACHE_HOME", "")
    return os.path.join(given if os.path.isabs(given) else os.path.join(home, ".cache"), "funcgrad")


def prepared(folder: str) -> str:
    """The real path of a folder, made if it is absent; an error if it cannot be made, or those above trusted.

    The folder itself is checked whenever it is opened.
    """
    _make(folder)
    path = os.path.realpath(folder)
    home = os.path.realpath(os.path.expanduser("~"))
    if sys.platform == "win32":
        _check_inside(path, home)
        return path
    above = path
    while above not in (home, os.path.dirname(above)):
        above = os.path.dirname(above)
        _check_above(os.stat(above), above)
    return path


def _make(folder: str) -> None:
    """Make a folder, and those above it that are absent, for the user alone."""
    if os.path.isdir(folder):
        return
    _make(os.path.dirname(folder))
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:  # another process was faster
        if not os.path.isdir(folder):
            raise


def check(status: os.stat_result, path: str) -> None:
    """Raise if a folder or file of the cache is not the user's own, or others may write to it."""
    if sys.platform == "win32":
        return
    if status.st_uid != os.geteuid():
        raise UntrustedFolderError(f"{path} belongs to another user; {_ELSEWHERE}")
    if status.st_mode & 0o022:
        raise UntrustedFolderError(f"others may write to {path}; try: chmod go-w '{path}'")


def _check_above(status: os.stat_result, path: str) -> None:
    """A folder above may be the system's; where only owners can rename (as in /tmp), others may write."""
    if status.st_uid not in (0, os.geteuid()):
        raise UntrustedFolderError(f"{path} belongs to another user; {_ELSEWHERE}")
    if status.st_mode & 0o022 and not status.st_mode & stat.S_ISVTX:
        raise UntrustedFolderError(f"others may write to {path}; try: chmod go-w '{path}'")


def _check_inside(path: str, profile: str) -> None:
    """Windows keeps others out of a user's profile; elsewhere nothing is known of who may write."""
    if not os.path.normcase(path).startswith(os.path.normcase(profile) + os.sep):
        raise UntrustedFolderError(f"{path} is not in your profile {profile}; {_ELSEWHERE}")
