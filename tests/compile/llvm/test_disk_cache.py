"""What is kept on disk comes back as it was stored, or not at all; and from nobody else."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from funcgrad import config
from funcgrad._src.base import config as switches
from funcgrad._src.compile.engines.llvm import cache, folders
from tests.house.source import ROOT

KEY, PAYLOAD = b"the key", b"some forty bytes of what is no machine code"
modes = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes of files")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder for the cache, which stands for the home folder's."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setattr(switches, "disk_cache", str(tmp_path / "above" / "kept"))
    cache._prepared.cache_clear()
    cache._warned.clear()
    yield tmp_path / "above" / "kept"
    cache._prepared.cache_clear()


def the_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


# --- what was stored, and what was damaged ---


@pytest.mark.parametrize("payload", [b"", b"x", bytes(range(256)) * 5000])
def test_what_was_stored_comes_back(folder: Path, payload: bytes) -> None:
    assert cache.load(KEY) is None
    cache.store(KEY, payload)
    assert cache.load(KEY) == payload
    cache.store(KEY, b"another")
    assert cache.load(KEY) == b"another"
    assert [path.suffix for path in folder.iterdir()] == [cache.SUFFIX]


def test_keys_do_not_mix() -> None:
    for i, key in enumerate([b"", b"a", b"ab", b"b", bytes(32)]):
        cache.store(key, bytes([i]))
    assert [cache.load(key) for key in (b"", b"a", b"ab", b"b", bytes(32), b"c")] == [
        b"\0", b"\1", b"\2", b"\3", b"\4", None,
    ]  # fmt: skip


def test_a_change_of_any_byte_is_noticed(folder: Path) -> None:
    cache.store(KEY, PAYLOAD)
    path = the_file(folder)
    whole = path.read_bytes()
    assert len(whole) == cache.HEAD + len(PAYLOAD)
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        assert cache.load(KEY) is None, at
    cache.store(KEY, PAYLOAD)
    assert path.read_bytes() == whole


def test_a_file_cut_or_extended_is_noticed(folder: Path) -> None:
    cache.store(KEY, PAYLOAD)
    path = the_file(folder)
    whole = path.read_bytes()
    for data in [*(whole[:n] for n in range(len(whole))), whole + b"\0", whole + whole]:
        path.write_bytes(data)
        assert cache.load(KEY) is None, len(data)
    path.write_bytes(whole)
    assert cache.load(KEY) == PAYLOAD


def test_a_file_under_another_key_is_noticed(folder: Path) -> None:
    cache.store(KEY, PAYLOAD)
    first = the_file(folder)
    cache.store(b"other", b"of the other")
    (second,) = [path for path in folder.iterdir() if path != first]
    os.replace(first, second)
    assert cache.load(b"other") is None


WRITER = """
import sys
from funcgrad._src.compile.engines.llvm import cache
for turn in range(40):
    key = b"%d" % (turn % 3)
    cache.store(key, bytes([int(sys.argv[1])]) * 70_001 + key)
    found = cache.load(key)
    assert found is not None and found[-1:] == key, turn
    assert len(set(found[:-1])) == 1 and len(found) == 70_002, turn
"""


def test_several_writers_at_once(folder: Path) -> None:
    """Readers see all of one writer's file."""
    environment = {
        **os.environ,
        "FUNCGRAD_CACHE": "1",
        "FUNCGRAD_CACHE_DIR": str(folder),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-W", "error", "-c", WRITER]
    running = [
        subprocess.Popen([*command, str(i)], env=environment, stderr=subprocess.PIPE, text=True)
        for i in range(4)
    ]
    assert [process.communicate()[1] for process in running] == [""] * 4
    assert [process.returncode for process in running] == [0] * 4
    assert len(list(folder.iterdir())) == 3


# --- who may write ---


def warned() -> str:
    """The one warning that loading gives."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        cache.store(KEY, PAYLOAD)
        assert cache.load(KEY) is None
        assert cache.load(KEY) is None
    (warning,) = found
    assert warning.category is RuntimeWarning
    return str(warning.message)


@modes
def test_files_and_folders_are_closed_to_others(folder: Path) -> None:
    before = os.umask(0)
    try:
        cache.store(KEY, PAYLOAD)
    finally:
        os.umask(before)
    paths = (the_file(folder), folder, folder.parent)
    assert [path.stat().st_mode & 0o777 for path in paths] == [0o600, 0o700, 0o700]


@modes
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702, 0o1777])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_folder_that_others_may_write_to(folder: Path, mode: int, level: int) -> None:
    """One above may be as /tmp is, where others may write, and rename only what is theirs."""
    folder.mkdir(parents=True)
    path = [folder, folder.parent, folder.parent.parent][level]
    path.chmod(mode)
    if level and mode == 0o1777:
        cache.store(KEY, PAYLOAD)
        assert cache.load(KEY) == PAYLOAD
        return
    assert warned() == (
        f"funcgrad keeps no compiled code on disk: others may write to {path}; try: chmod go-w '{path}'."
    )
    assert list(folder.iterdir()) == []


@modes
def test_a_folder_that_is_opened_to_others_later(folder: Path) -> None:
    cache.store(KEY, PAYLOAD)
    assert cache.load(KEY) == PAYLOAD
    folder.chmod(0o770)
    assert f"others may write to {folder}" in warned()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("level", [0, 1])
def test_a_folder_of_another_user(folder: Path, level: int) -> None:
    cache.store(KEY, PAYLOAD)
    path = [folder, folder.parent][level]
    os.chown(path, 12345, -1)
    cache._prepared.cache_clear()
    assert warned().startswith(
        f"funcgrad keeps no compiled code on disk: {path} belongs to another user; set FUNCGRAD_CACHE_DIR"
    )


@modes
def test_a_file_that_others_may_write_to(folder: Path) -> None:
    """It is not read, and it is replaced."""
    cache.store(KEY, PAYLOAD)
    the_file(folder).chmod(0o666)
    assert cache.load(KEY) is None
    cache.store(KEY, PAYLOAD)
    assert the_file(folder).stat().st_mode & 0o777 == 0o600
    assert cache.load(KEY) == PAYLOAD


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user(folder: Path) -> None:
    cache.store(KEY, PAYLOAD)
    os.chown(the_file(folder), 12345, -1)
    assert cache.load(KEY) is None


@modes
def test_a_link_in_the_place_of_a_file(folder: Path, tmp_path: Path) -> None:
    cache.store(KEY, PAYLOAD)
    path = the_file(folder)
    os.replace(path, tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert cache.load(KEY) is None
    cache.store(KEY, b"new")
    assert not path.is_symlink()
    assert cache.load(KEY) == b"new"
    assert (tmp_path / "elsewhere").read_bytes() == cache.packed(KEY, PAYLOAD)


@modes
@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_something_else_in_the_place_of_a_file(folder: Path, kind: str) -> None:
    cache.store(KEY, PAYLOAD)
    path = the_file(folder)
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path, 0o600)
    else:
        path.mkdir(0o700)
    assert cache.load(KEY) is None
    cache.store(KEY, PAYLOAD)
    assert cache.load(KEY) == (PAYLOAD if kind == "pipe" else None)


@modes
def test_a_link_to_the_folder(folder: Path, tmp_path: Path) -> None:
    """What counts is where it leads."""
    target = tmp_path / "target"
    target.mkdir(0o700)
    folder.parent.mkdir(0o700)
    folder.symlink_to(target)
    cache.store(KEY, PAYLOAD)
    assert cache.load(KEY) == PAYLOAD
    assert the_file(target).read_bytes() == cache.packed(KEY, PAYLOAD)
    cache._prepared.cache_clear()
    target.chmod(0o777)
    assert f"others may write to {target}" in warned()


# --- where nothing can be kept ---


def test_a_path_that_is_no_folder(folder: Path) -> None:
    """Without a word: it is only slower."""
    folder.parent.mkdir()
    folder.write_text("")
    cache.store(KEY, PAYLOAD)
    assert cache.load(KEY) is None


@pytest.mark.parametrize("name", ["replace", "open", "mkdir"])
def test_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def fails(*args: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if name != "mkdir":
        cache.store(KEY, b"before")
    with monkeypatch.context() as patch:
        patch.setattr(os, name, fails)
        cache.store(KEY, PAYLOAD)
    assert cache.load(KEY) == (None if name == "mkdir" else b"before")
    assert [path.suffix for path in folder.glob("*")] == ([] if name == "mkdir" else [cache.SUFFIX])


@pytest.mark.skipif(sys.platform != "linux", reason="uses the limit on a file's size")
def test_a_write_that_stops_halfway(folder: Path) -> None:
    code = """
import resource, signal
from funcgrad._src.compile.engines.llvm import cache
cache.store(b"small", b"x")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
cache.store(b"large", bytes(1000))
print(cache.load(b"small"), cache.load(b"large"))
"""
    environment = {**os.environ, "FUNCGRAD_CACHE": "1", "FUNCGRAD_CACHE_DIR": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "b'x' None\n"
    assert len(list(folder.iterdir())) == 1


def test_the_switch(folder: Path) -> None:
    config.set_disk_cache(False)
    cache.store(KEY, PAYLOAD)
    assert cache.load(KEY) is None
    assert not folder.exists()
    config.set_disk_cache(folder)
    cache.store(KEY, PAYLOAD)
    config.set_disk_cache(False)
    assert cache.load(KEY) is None
    config.set_disk_cache(str(folder))
    assert cache.load(KEY) == PAYLOAD


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, "/u/.cache/funcgrad"),
        ("linux", {"XDG_CACHE_HOME": "/var/c"}, "/var/c/funcgrad"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "/u/.cache/funcgrad"),
        ("darwin", {"XDG_CACHE_HOME": "/var/c"}, "/u/Library/Caches/funcgrad"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/funcgrad/Cache"),
        ("win32", {}, "/u/AppData/Local/funcgrad/Cache"),
    ],
)
@modes
def test_the_place(
    platform: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert folders.of_platform(platform, "/u") == expected
    if platform == sys.platform:
        monkeypatch.setenv("HOME", "/u")
        config.set_disk_cache(True)
        assert folders.wanted() == expected


# --- how much ---


def test_what_was_used_longest_ago_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LIMIT", 10_000)
    monkeypatch.setattr(cache, "LOOK_EVERY", 1)
    now = time.time()
    for i in range(9):
        before = set(folder.glob("*"))
        cache.store(b"%d" % i, bytes(1000))
        (path,) = set(folder.glob("*")) - before
        os.utime(path, (now, now - 10 * cache.DAY * (9 - i)))
    (folder / "left by a writer.new").write_bytes(b"")
    (folder / "of a writer at work.new").write_bytes(b"")
    os.utime(folder / "left by a writer.new", (now, now - 2 * cache.HOUR))
    assert cache.load(b"0") == bytes(1000)  # which marks it as used
    cache.store(b"last", bytes(1000))
    assert [i for i in range(9) if cache.load(b"%d" % i) is None] == [1, 2, 3]
    assert cache.load(b"last") == bytes(1000)
    assert [path.name for path in folder.glob("*.new")] == ["of a writer at work.new"]
