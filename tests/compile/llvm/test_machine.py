"""Modules become machine code, which lives as long as the functions that are made of it."""

from __future__ import annotations

import gc
import mmap
import os
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from funcgrad import config
from funcgrad._src.base import config as switches
from funcgrad._src.compile.engines.llvm import calls, flat, linking, machine, objects, targets
from funcgrad._src.compile.engines.llvm.assembly import assembly, readable
from funcgrad._src.compile.engines.llvm.builder import I64, Builder
from funcgrad._src.compile.engines.llvm.linking import Library, loaded
from funcgrad._src.compile.engines.llvm.machine import Machine, host_machine
from funcgrad.errors import MissingExtraError
from tests.compile.llvm.kernels import INTEGERS, LOOP, ROUNDED_TWICE, is_mapped, run_integer, run_loop
from tests.house.source import ROOT

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/maps")
blocks = pytest.mark.skipif(not flat.AVAILABLE, reason="no blocks on this system")


def linked(text: str) -> Library:
    """By LLVM's linker."""
    host = host_machine()
    return host._linker.link(host.object_code(text), machine._DEFINED.findall(text))


def copied(text: str) -> Library:
    """As a block."""
    return loaded(flat.decoded(flat.flattened(host_machine().object_code(text)).encoded()))


WAYS = [linked, pytest.param(copied, marks=blocks)]


def lower_grade(monkeypatch: pytest.MonkeyPatch, quick: bool) -> None:
    """Have everything compiled quickly, and nothing taken from the disk."""
    if quick:
        monkeypatch.setattr(machine, "PAIRS", -1)
        monkeypatch.setattr(machine.disk, "load", lambda key: None)
        monkeypatch.setattr(machine.disk, "store", lambda key, data: None)


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 100])
def test_a_loop_of_vectors(n: int, quick: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    lower_grade(monkeypatch, quick)
    a, b = np.random.default_rng(n).normal(size=(2, n)).astype(np.float32)
    exact = a.astype(np.float64) * 1.5 + b  # exact but for the sum's last bits, which one rounding decides
    found = run_loop(host_machine().compile(LOOP), a, b)
    np.testing.assert_array_equal(found, exact.astype(np.float32))


@pytest.mark.parametrize("name", INTEGERS)
@pytest.mark.parametrize("way", WAYS)
def test_both_ways_into_memory(way: object, name: str) -> None:
    text, expected = INTEGERS[name]
    if way is copied and name == "a variable":
        with pytest.raises(flat.NotFlatError, match="variables in"):
            copied(text)
        return
    library = way(text)  # type: ignore[operator]
    assert [run_integer(library, x) for x in range(8)] == [expected(x) for x in range(8)]


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("name", INTEGERS)
def test_compile_takes_a_way_that_there_is(name: str, quick: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    lower_grade(monkeypatch, quick)
    text, expected = INTEGERS[name]
    library = host_machine().compile(text)
    assert [run_integer(library, x) for x in range(8)] == [expected(x) for x in range(8)]


@blocks
def test_a_block_is_the_same_after_it_was_stored() -> None:
    for text, _ in [INTEGERS["a function's address"], INTEGERS["a function of the process"]]:
        block = flat.flattened(host_machine().object_code(text))
        assert flat.decoded(block.encoded()).__dict__ == block.__dict__
        assert block.exports
        assert block.imports or block.own


def test_what_is_not_an_object() -> None:
    for data in (b"", b"MZ" + bytes(100), b"\x7fELF\x02\x01" + bytes(100)):
        with pytest.raises(flat.NotFlatError, match="not an object"):
            flat.flattened(data)


def test_an_unknown_function() -> None:
    with pytest.raises(KeyError, match="g"):
        host_machine().compile(LOOP).address("g")


def test_text_that_is_no_module() -> None:
    with pytest.raises(RuntimeError, match="parsing error"):
        host_machine().compile("define void @f( {")
    with pytest.raises(RuntimeError, match="does not dominate"):
        host_machine().compile(
            "define i64 @f(i64 %x) {\n  %a = add i64 %b, 1\n  %b = add i64 %a, 1\n  ret i64 %b\n}"
        )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LOOP, machine.GOOD),
        (INTEGERS["straight"][0], machine.GOOD),
        (" store \n" * 1000 + " load \n" * 1999, machine.GOOD),
        (" store \n" * 1000 + " load \n" * 2001, machine.QUICK),
    ],
)
def test_the_grade(text: str, expected: int) -> None:
    assert machine.grade(text) == expected


def test_local_variables_become_registers() -> None:
    """So two ways to write a function are one."""
    local = "  %a = alloca i64\n  store i64 %x, ptr %a\n  %y = load i64, ptr %a\n  ret i64 %y\n}"
    texts = [f"define i64 @f(i64 %x) {{\n{body}" for body in (local, "  ret i64 %x\n}")]
    assert len({host_machine().assembly(text) for text in texts}) == 1


# --- targets ---


@pytest.mark.parametrize(
    ("triple", "features", "has_fma", "vector_bytes"),
    [
        ("x86_64-unknown-linux-gnu", "+sse2,-avx2,-fma,-fma4,-avx512f", False, 16),
        ("x86_64-unknown-linux-gnu", "+sse2,+avx2,+fma,-avx512f", True, 32),
        ("x86_64-pc-windows-msvc", "+avx512f,+avx2,+fma", True, 64),
        ("arm64-apple-darwin", "+neon", True, 16),
        ("riscv64-unknown-linux-gnu", "+m", False, 16),
    ],
)
def test_what_features_mean(triple: str, features: str, has_fma: bool, vector_bytes: int) -> None:
    target = targets.described(triple, "generic", features)
    assert (target.has_fma, target.vector_bytes) == (has_fma, vector_bytes)


def test_the_host() -> None:
    target = host_machine().target
    again = targets.host(host_machine().llvm)
    assert target.__dict__ == again.__dict__
    assert "," in target.features


@pytest.mark.parametrize(
    ("name", "text", "inside", "absent"),
    [
        ("x86-64", LOOP, ["xmm0", "fmaf"], ["ymm", "zmm"]),
        ("x86-64-v3", LOOP, ["vfmadd", "ymm"], ["zmm", "fmaf"]),
        ("x86-64-v4", LOOP, ["vfmadd", "zmm"], ["fmaf"]),
        ("aarch64", LOOP, ["fmla", ".4s"], ["xmm"]),
        ("x86-64", ROUNDED_TWICE, ["mulps", "addps"], ["fmaf"]),
        ("x86-64-v3", ROUNDED_TWICE, ["vmulps", "vaddps"], ["vfmadd"]),
        ("x86-64-v4", ROUNDED_TWICE, ["vmulps", "vaddps"], ["vfmadd"]),
        ("aarch64", ROUNDED_TWICE, ["fmul", "fadd"], ["fmla", "fmadd"]),
    ],
)
def test_assembly_of_other_processors(name: str, text: str, inside: list[str], absent: list[str]) -> None:
    """A product and a sum are one instruction where that was asked for, and nowhere else."""
    found = assembly(text, name)
    assert [word for word in inside if word not in found] == []
    assert [word for word in absent if word in found] == []


def test_assembly_is_for_readers() -> None:
    found = assembly(INTEGERS["a table"][0], "x86-64-v3").splitlines()
    assert found[0] == "f:"
    assert found[1:] == [line.rstrip() for line in found[1:] if line.startswith("    ") or line.endswith(":")]
    assert "    retq" in found
    assert [line for line in found if ".quad" in line] == [f"    .quad        {n}" for n in (10, 20, 30, 40)]
    assert not any(
        word in line for line in found for word in (".p2align", ".section", ".cfi", "func_end", "\t")
    )
    assert "f:" in assembly(INTEGERS["straight"][0])


@pytest.mark.parametrize("cpu", ["skylake-avx512", "icelake-server", "znver4"])
def test_wide_vectors_stay_wide(cpu: str) -> None:
    """LLVM prefers 256 bits on some of these processors, for the vectors that it makes itself."""
    target = targets.Target("x86_64-unknown-linux-gnu", cpu, "", True, 64)
    assert re.search(r"vfmadd\w+ .*zmm", readable(Machine(target).assembly(LOOP)))


# --- memory ---


@linux
@pytest.mark.parametrize("way", WAYS)
def test_code_goes_with_its_library(way: object) -> None:
    library = way(INTEGERS["straight"][0])  # type: ignore[operator]
    address = library.address("f")
    assert is_mapped(address)
    del library
    gc.collect()
    assert not is_mapped(address)


def spinning() -> str:
    """A kernel that adds one to its second argument until its first is not 0, while others run Python."""
    b = Builder()
    flag, count = [calls.data(b, calls.argument(b, i)) for i in range(2)]
    state = calls.release(b)
    b.lines += ["  br label %again", "again:"]
    old = b.instruction(f"load volatile i64, ptr {count.text}", I64)
    b.lines.append(f"  store volatile i64 {(old + 1).text}, ptr {count.text}")
    stop = b.instruction(f"load volatile i64, ptr {flag.text}", I64).ne(0)
    b.lines += [f"  br i1 {stop.text}, label %out, label %again", "out:"]
    calls.acquire(b, state)
    calls.closing(b)
    return f"{calls.DECLARATIONS}{calls.opening('f')}\nentry:\n{b.text()}"


@linux
@pytest.mark.parametrize("way", WAYS)
def test_code_stays_while_a_function_lives_or_runs(way: object) -> None:
    library = way(spinning())  # type: ignore[operator]
    address = library.address("f")
    function = objects.builtin(address, "f", library)
    del library
    gc.collect()
    assert is_mapped(address)
    stop, count = np.zeros(1, np.int64), np.zeros(1, np.int64)
    thread = threading.Thread(target=function, args=(stop, count))
    thread.start()
    del function
    while not count[0]:
        time.sleep(0.001)
    gc.collect()
    assert is_mapped(address)
    stop[0] = 1
    thread.join()
    del thread
    gc.collect()
    assert not is_mapped(address)


def test_one_linker_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries outlive the linker that made them."""
    monkeypatch.setattr(linking, "LIBRARIES_OF_ONE", 2)
    host = host_machine()
    linker = linking.Linker(host.llvm, host._machines[machine.GOOD])
    code = host.object_code(INTEGERS["straight"][0])
    kept = [linker.link(code, ["f"]) for _ in range(7)]
    del linker
    gc.collect()
    assert [run_integer(library, 14) for library in kept] == [42] * 7


@linux
def test_compiling_loses_no_memory() -> None:
    """A manager of passes that is not freed is some 50 kB."""

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * mmap.PAGESIZE

    def compiled() -> int:
        for _ in range(30):
            host_machine().object_code(LOOP)
        return resident()

    compiled()
    before = compiled()
    assert min([compiled() - before for _ in range(2)]) < 30 * 25_000


def test_several_threads_at_once() -> None:
    def made(number: int) -> int:
        text = f"define i64 @f(i64 %x) {{\n  %y = mul i64 %x, {number}\n  ret i64 %y\n}}"
        return run_integer(Machine().compile(text) if number % 3 else host_machine().compile(text), 10)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(made, range(64))) == [10 * i for i in range(64)]


# --- on disk ---

PROGRAM = """
import sys
from funcgrad._src.compile.engines.llvm.machine import host_machine
from tests.compile.llvm.kernels import INTEGERS, run_integer
print(run_integer(host_machine().compile(INTEGERS["a table"][0]), 2), "llvmlite" in sys.modules)
"""


@blocks
def test_a_second_process_does_without_llvm(tmp_path: Path) -> None:
    environment = {**os.environ, "FUNCGRAD_CACHE": "1", "FUNCGRAD_CACHE_DIR": str(tmp_path / "kept")}

    def output() -> str:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", PROGRAM],
            check=False,
            capture_output=True,
            text=True,
            env=environment,
            cwd=ROOT,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert output() == "30 True\n"
    assert output() == "30 False\n"
    for path in (tmp_path / "kept").iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    assert output() == "30 True\n"
    assert output() == "30 False\n"


def test_an_object_that_needs_the_linker_is_kept_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switches, "disk_cache", str(tmp_path))
    text, expected = INTEGERS["a variable"]
    assert run_integer(host_machine().compile(text), 9) == expected(9)
    monkeypatch.setattr(Machine, "object_code", None)
    assert run_integer(host_machine().compile(text), 8) == expected(8)
    config.set_disk_cache(False)
    with pytest.raises(TypeError):
        host_machine().compile(text)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("llvmlite", "llvmlite.binding"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError) as error:
        Machine().compile(LOOP)
    assert "needs the optional package 'llvmlite" in str(error.value)
    assert "pip install 'funcgrad[llvm]'" in str(error.value)


def test_whether_there_is_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.is_available.__wrapped__()

    def forbidden(block: object) -> None:
        raise OSError

    for name, value in [
        ("is_installed", lambda name: False),
        ("as_expected", lambda: False),
        ("loaded", forbidden),
    ]:
        if name == "loaded" and not flat.AVAILABLE:
            continue
        with monkeypatch.context() as patch:
            patch.setattr(machine, name, value)
            assert not machine.is_available.__wrapped__()
