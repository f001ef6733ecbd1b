"""The keys of machine code have in them everything that it depends on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from funcgrad._src.base import config as switches
from funcgrad._src.base.record import Record
from funcgrad._src.compile.engines.llvm import identity, keys, objects
from funcgrad._src.compile.engines.llvm.digests import digest
from funcgrad._src.compile.engines.llvm.machine import Machine
from funcgrad._src.compile.engines.llvm.targets import NAMED


def test_texts_do_not_run_together() -> None:
    parts = [[b"ab", b"c"], [b"a", b"bc"], [b"abc"], [b"", b"abc"], [b"abc", b""]]
    assert len({digest(part) for part in parts}) == len(parts)


TEXT = "define void @f() {\n  ret void\n}"
OTHER = NAMED["x86-64"]


def key(text: str = TEXT, target: Record = OTHER, sign: str = "llvmlite 1") -> bytes:
    made = Machine(target)  # type: ignore[arg-type]
    made._llvm_sign = sign
    return made.key(text)


def changed(record: Record, name: str) -> Record:
    values = dict(vars(record))
    values[name] = {str: "other", bool: not values[name], int: 3}[type(values[name])]
    return type(record)(**values)


def test_a_key_is_the_same_twice() -> None:
    assert key() == key()
    assert len(key()) == 32


def test_a_key_has_everything_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [key(), key(TEXT + " "), key(sign="llvmlite 2")]
    found += [key(target=changed(OTHER, name)) for name in vars(OTHER)]
    patches = [
        (keys, "__version__", "9"),
        (keys.sys, "version", "3.99"),
        (keys.sys, "abiflags", "t"),
        (keys.sys, "platform", "plan9"),
        (keys.sys, "byteorder", "big"),
        (objects, "LAYOUT", (1, 2, 3)),
    ]
    for where, name, value in patches:
        with monkeypatch.context() as patch:
            patch.setattr(where, name, value, raising=False)
            found.append(key())
    assert len(set(found)) == len(found) == 2 + 1 + 5 + 6


# --- what LLVM and the processor are ---


def test_the_sign_of_llvm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "llvmlite"
    library = package / "binding" / "libllvmlite.so"
    library.parent.mkdir(parents=True)
    monkeypatch.setattr(identity, "origin", lambda name: str(package / "__init__.py"))
    assert identity.llvm_sign() is None
    (package / "_version.py").write_text("1")
    library.write_text("code")
    os.utime(library, (1, 1))
    found = [identity.llvm_sign()]
    assert identity.llvm_sign() == found[0]
    (package / "_version.py").write_text("2")
    found.append(identity.llvm_sign())
    os.utime(library, (1, 2))
    found.append(identity.llvm_sign())
    library.write_text("code.")
    os.utime(library, (1, 2))
    found.append(identity.llvm_sign())
    assert len(set(found)) == 4
    assert None not in found
    monkeypatch.setattr(identity, "origin", lambda name: None)
    assert identity.llvm_sign() is None


CPUINFO = """\
processor\t: 0
model name\t: one
model\t\t: 17
cpu MHz\t\t: {clock}
flags\t\t: fpu {flag}

processor\t: 1
flags\t\t: {others}
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux writes")
def test_the_sign_of_the_processor(tmp_path: Path) -> None:
    def sign(**values: str) -> str | None:
        path = tmp_path / "cpuinfo"
        path.write_text(CPUINFO.format_map({"clock": "1", "flag": "avx", "others": "x", **values}))
        return identity.processor_sign(str(path))

    assert sign() == sign(clock="2") == sign(others="y") == "model\t\t: 17\nflags\t\t: fpu avx"
    assert sign(flag="avx2") != sign()
    assert identity.processor_sign(str(tmp_path / "absent")) is None
    (tmp_path / "cpuinfo").write_text("processor: 0\n")
    assert identity.processor_sign(str(tmp_path / "cpuinfo")) is None
    assert "\n" in (identity.processor_sign() or "")


def test_what_llvm_said_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switches, "disk_cache", str(tmp_path))
    identity.remember("llvm", "processor", OTHER)
    found = identity.remembered("llvm", "processor")
    assert found is not None
    assert repr(found) == repr(OTHER)
    for signs in [("other", "processor"), ("llvm", "other"), (None, "processor"), ("llvm", None)]:
        assert identity.remembered(*signs) is None
