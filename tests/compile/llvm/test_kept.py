"""Programs that come from the disk are those that would be made, or they are made."""

from __future__ import annotations

import marshal
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from funcgrad import debug, grad, jit, make_jaxpr, value_and_grad
from funcgrad._src.base import config as switches
from funcgrad._src.compile import compiler, making
from funcgrad._src.compile.engines.llvm import cache, identity, kept
from funcgrad._src.compile.engines.llvm.machine import host_machine
from tests.compile.llvm.native import assert_same, llvm
from tests.compile.random_programs import program_of, quiet
from tests.house.source import ROOT

__all__ = ["llvm"]
pytestmark = pytest.mark.usefixtures("llvm")
X = np.linspace(-1.0, 2.0, 12).reshape(3, 4)
SQUARE = np.linspace(-1.0, 2.0, 16).reshape(4, 4)
BIG = np.linspace(-1.0, 2.0, 200_000)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder for the cache, which stands for the home folder's."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setattr(switches, "disk_cache", str(tmp_path / "kept"))
    monkeypatch.setattr(kept, "_package_sign", lambda: "these files")  # they may be edited while tests run
    monkeypatch.setattr(kept, "_unchanged", lambda: True)
    monkeypatch.setattr(switches, "check_jaxprs", False)
    monkeypatch.setattr(switches, "threads", 2)
    cache._prepared.cache_clear()
    yield tmp_path / "kept"
    cache._prepared.cache_clear()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The jaxprs of programs that are made, not found."""
    found: list[Any] = []
    make = making.make

    def noted(engine: str, jaxpr: Any, *rest: Any) -> Any:
        found.append(jaxpr)
        return make(engine, jaxpr, *rest)

    monkeypatch.setattr(compiler, "making", SimpleNamespace(make=noted))
    return found


def decides(x: Any) -> Any:
    return np.tanh(x) if x.sum() > 0 else np.exp(x)


def written(x: Any) -> Any:
    y = np.zeros(5, like=x)
    y[1:] = x[0]
    y[np.array([0, 0, 2])] += x[1, :3]
    return y


PROGRAMS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "one loop": (lambda x: np.tanh(x) * 2.0 + 1, (X,)),
    "numbers": (lambda x: x * x + 1.0, (0.5,)),
    "a NumPy number": (lambda x: np.sin(x) / 3, (np.float32(0.5),)),
    "a gradient": (grad(lambda x: np.sum(np.sin(x) * np.exp(-(x**2)))), (X,)),
    "several results": (value_and_grad(lambda x: np.sum(x**3)), (X,)),
    "products": (lambda x, y: (x @ y @ y + np.sum(x, axis=0)).T, (X, SQUARE)),
    "a product by BLAS that adds": (lambda x, y, z: z - 0.1 * (x @ y), (BIG[:90_000].reshape(300, 300),) * 3),
    "a chain of large products": (lambda x: (np.tanh(x @ x.T) @ x).T, (BIG[:90_000].reshape(300, 300),)),
    "sorting": (lambda x: np.sort(np.tanh(x), axis=0)[::-1] * 2, (X,)),
    "decompositions": (lambda x: np.linalg.solve(x + 5 * np.eye(4), x.T) * 2, (SQUARE,)),
    "a Cholesky factor": (lambda x: np.linalg.cholesky(x @ x.T + np.eye(4)) + 1, (SQUARE,)),
    "writing": (written, (X,)),
    "a decision": (decides, (X,)),
    "an array that is found": (lambda x: x[x > 0] * 2, (X,)),
    "large results": (lambda x: (np.tanh(x), x * 2), (BIG,)),
    "views": (lambda x: np.fft.fft(np.exp(x).T[::2], axis=0), (X,)),
    "nothing native": (lambda x: np.sort(x), (X,)),
    "what was given": (lambda x: (x, x * 2), (X,)),
    "by columns": (lambda x: np.cumsum(np.exp(x), axis=1), (np.asfortranarray(X),)),
    "with gaps": (lambda x: np.exp(x).sum(axis=1), (X[:, ::2],)),
    "integers": (lambda x: (x // 3, x % 5, x.astype("f4")), (np.arange(12),)),
    "complex numbers": (lambda x: np.abs(x * 1j) + x.real, (X + 1j,)),
    "a foreign byte order": (lambda x: np.sin(x) * 2, (X.astype(">f8"),)),
    "literals that are not finite": (lambda x: (x * np.inf, x + np.nan, -0.0 * x), (X,)),
    "a call within": (lambda x: jit(np.tanh)(x) * 2, (X,)),
}  # fmt: skip


def results(f: Callable[..., Any], args: tuple[Any, ...], **options: Any) -> list[Any]:
    with quiet():
        out = jit(f, **options)(*[np.copy(x, "K") if isinstance(x, np.ndarray) else x for x in args])
    return list(out) if isinstance(out, tuple) else [out]


def assert_bits(found: list[Any], expected: list[Any]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert_same(one, other)
        assert np.asarray(one).tobytes() == np.asarray(other).tobytes()
        assert np.asarray(one).strides == np.asarray(other).strides


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_comes_back(name: str, made: list[Any]) -> None:
    f, args = PROGRAMS[name]
    cold = results(f, args)
    assert made
    made.clear()
    warm = results(f, args)
    assert not made
    assert_bits(warm, cold)
    switches.disk_cache = False
    assert_bits(results(f, args), cold)
    assert made


def test_what_is_asked_for_is_made_then(made: list[Any]) -> None:
    f, args = PROGRAMS["a gradient"]
    cold = jit(f).lower(*args)
    made.clear()
    warm = jit(f).lower(*args)
    assert not made
    for kind in ("jaxpr", "plan", "python", "llvm"):
        assert warm.as_text(kind) == cold.as_text(kind)
    assert repr(warm.cost()) == repr(cold.cost())
    assert len(made) == 1
    codes = [found.program.run.__code__ for found in (cold, warm)]
    assert marshal.dumps(codes[0], 2) == marshal.dumps(codes[1], 2)


def test_a_kept_program_runs_again() -> None:
    f, args = PROGRAMS["products"]
    cold = results(f, args)
    warm = jit(f)
    for _ in range(3):
        assert_bits([warm(*args)], cold)


# --- what is part of the key ---


def key(
    f: Callable[..., Any] = np.tanh,
    donated: tuple[int, ...] = (),
    codes: tuple[int, ...] | None = (1,),
    threads: int = 2,
) -> bytes | None:
    return kept.key_of(make_jaxpr(f)(X).closed(), donated, codes, threads, host_machine())


def test_a_key_has_everything_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert key() == key()
    found = [key(), key(np.sin), key(donated=(0,)), key(codes=(2,)), key(codes=None), key(threads=3)]
    patches: list[tuple[Any, str, Any]] = [
        (kept, "_package_sign", lambda: "other files"),
        (identity.np, "__version__", "9.9"),
        (identity, "origin", lambda name: None),
        (identity.os, "environ", {**os.environ, "NPY_DISABLE_CPU_FEATURES": "AVX2"}),
        (identity, "_version_file", lambda package: ("", 0, 1)),
    ]
    for where, name, value in patches:
        with monkeypatch.context() as patch:
            patch.setattr(where, name, value)
            found.append(key())
    with monkeypatch.context() as patch:
        patch.setitem(host_machine().__dict__, "_facts", {"python": "another"})
        found.append(key())
    assert None not in found
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("name", ["off", "checked", "unknown files", "files that change meanwhile"])
def test_nothing_is_kept(name: str, folder: Path, made: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    where, word, value = {
        "off": (switches, "disk_cache", False),
        "checked": (switches, "check_jaxprs", True),
        "unknown files": (kept, "_package_sign", lambda: None),
        "files that change meanwhile": (kept, "_unchanged", lambda: False),
    }[name]
    monkeypatch.setattr(where, word, value)
    for _ in range(2):
        results(*PROGRAMS["one loop"])
    assert (key() is None) is (name != "files that change meanwhile")
    assert len(made) == 2


def test_what_calls_the_user_is_not_kept(made: list[Any]) -> None:
    seen: list[Any] = []

    def f(x: Any) -> Any:
        debug.callback(seen.append, x[0, 0])
        return x * 2

    for _ in range(2):
        results(f, (X,))
    assert len(made) == 2
    assert len(seen) == 2


def test_arguments_that_lie_otherwise_have_other_programs() -> None:
    def f(x: Any) -> Any:
        return np.exp(x)

    kinds: list[dict[str, Any]] = [{}, {"donate_argnums": 0}]
    for x in (X, X.T, np.asfortranarray(X), X[::-1], X[:, ::2]):
        for options in kinds:
            for _ in range(2):
                (found,) = results(f, (x,), **options)
                np.testing.assert_allclose(found, np.exp(x), rtol=1e-15)


def test_closures_are_read_again() -> None:
    for scale in (np.ones(4), np.full(4, 2.0)):
        for factor in (3.0, 3, np.float32(3)):
            expected = X * scale * factor
            for _ in range(2):
                assert_same(results(lambda x, a=scale, n=factor: x * a * n, (X,))[0], expected)


def test_other_decisions_are_other_programs() -> None:
    for x in (X, -X, X, -X):
        np.testing.assert_allclose(results(decides, (x,))[0], decides(x), rtol=1e-14)


# --- what is on the disk ---


def file_of(folder: Path, name: bytes) -> Path:
    return folder / cache._name(name)


def stored() -> bytes:
    """The key of a small program that was stored."""
    found = key()
    assert found is not None
    jit(np.tanh)(X)
    assert kept.load(found, host_machine()) is not None
    return found


def test_a_file_that_is_damaged_anywhere_is_as_none(folder: Path) -> None:
    name = stored()
    path = file_of(folder, name)
    data = path.read_bytes()
    for i in range(len(data)):
        path.write_bytes(data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :])
        assert kept.load(name, host_machine()) is None
    for i in range(0, len(data), 7):
        path.write_bytes(data[:i])
        assert kept.load(name, host_machine()) is None
    path.write_bytes(data)
    assert kept.load(name, host_machine()) is not None


def test_a_file_of_another_program_is_as_none(folder: Path) -> None:
    name = stored()
    other = key(np.sin)
    assert other is not None
    shutil.copy(file_of(folder, name), file_of(folder, other))
    assert kept.load(other, host_machine()) is None


def test_machine_code_that_is_gone_is_made_again(folder: Path, made: list[Any]) -> None:
    cold = results(*PROGRAMS["one loop"])
    found = key(PROGRAMS["one loop"][0])
    assert found is not None
    for path in folder.iterdir():
        if path != file_of(folder, found):
            path.unlink()
    assert file_of(folder, found).exists()
    made.clear()
    assert_bits(results(*PROGRAMS["one loop"]), cold)
    assert made


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes of files")
def test_nothing_comes_from_a_folder_of_others(folder: Path, made: list[Any]) -> None:
    results(*PROGRAMS["one loop"])
    folder.chmod(0o777)
    made.clear()
    cache._warned.set()
    results(*PROGRAMS["one loop"])
    assert made


# --- the files of the package ---


def test_a_changed_source_is_another_package(tmp_path: Path) -> None:
    for floor in identity.FLOORS:
        (tmp_path / floor / "deeper").mkdir(parents=True)
        (tmp_path / floor / "deeper" / "module.py").write_text("x = 1\n")
    late = 1e12
    found = [identity.sources_sign(str(tmp_path), late)]
    assert found[0] is not None
    assert found[0] == identity.sources_sign(str(tmp_path), late)
    for floor in identity.FLOORS:
        path = tmp_path / floor / "deeper" / "module.py"
        path.write_text("x = 10\n")
        found.append(identity.sources_sign(str(tmp_path), late))
        os.utime(path, ns=(1, 1))
        found.append(identity.sources_sign(str(tmp_path), late))
        path.rename(path.with_name("another.py"))
        found.append(identity.sources_sign(str(tmp_path), late))
    assert None not in found
    assert len(set(found)) == len(found)
    assert identity.sources_sign(str(tmp_path), 0.0) is None  # changed since the process began
    assert identity.sources_sign(str(tmp_path / "nothing"), late) is None


def test_the_files_of_every_function_that_is_named_are_signed() -> None:
    sign = identity.sources_sign(began=1e12)
    assert sign is not None
    for path in ("base/late.py", "core/flat.py", "ops/trig.py", "compile/engines/llvm/maths/powers.py"):
        assert repr(str(ROOT / "funcgrad/_src" / path)) in sign


# --- another process ---

SCRIPT = """
import sys
import numpy as np
from funcgrad import grad, jit

x = np.linspace(-1.0, 2.0, 1000)
m = x[:400].reshape(20, 20)
outs = [
    jit(grad(lambda x: np.sum(np.tanh(x) * np.exp(-x**2))))(x),
    jit(lambda m: np.sort(np.exp(m) @ m, axis=0).T * 2)(m),
    jit(lambda m: m * 2 if m.sum() > 0 else m)(m),
]
print(*[out.tobytes().hex() for out in outs])
print(*sorted(sys.modules))
"""


def test_another_process_reads_neither_the_planner_nor_llvm(folder: Path) -> None:
    environment = {**os.environ, "FUNCGRAD_CACHE": "1", "FUNCGRAD_CACHE_DIR": str(folder)}
    environment |= {"PYTHONPATH": str(ROOT), "FUNCGRAD_ENGINE": "llvm", "FUNCGRAD_CHECK": "0"}
    command = [sys.executable, "-c", SCRIPT]
    runs = [
        subprocess.run(command, capture_output=True, text=True, check=True, env=environment) for _ in range(2)
    ]
    (cold, first), (warm, second) = [run.stdout.splitlines() for run in runs]
    assert warm == cold
    for name in ("plan", "making", "fusion", "engines.numpy_source", "engines.llvm.engine"):
        assert f"funcgrad._src.compile.{name}" in first.split()
        assert f"funcgrad._src.compile.{name}" not in second.split()
    assert "funcgrad._src.ir.passes.pipeline" not in second.split()
    assert "llvmlite" in first.split()
    assert "llvmlite" not in second.split()


# --- random programs ---


@pytest.mark.parametrize("start", range(0, 40, 10))
def test_random_programs_come_back(start: int, made: list[Any]) -> None:
    found = 0
    for seed in range(start, start + 10):
        program = program_of(seed)
        args = program.arguments()
        cold = results(program.function(), args)
        count = len(made)
        warm = results(program.function(), args)
        found += len(made) == count
        assert_bits(warm, cold)
    assert found > 5
