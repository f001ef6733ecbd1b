"""What a compiled function shows of its programs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import jit
from funcgrad._src.backends.door import is_installed
from funcgrad.errors import ArgumentError, UnsupportedError

needs_llvm = pytest.mark.skipif(not is_installed("llvmlite"), reason="llvmlite is not installed")
X = np.linspace(0.1, 2.0, 12)


def f(x: Any) -> Any:
    return np.sqrt(x) * x + 1.0


@needs_llvm
def test_every_stage_of_machine_code_as_text() -> None:
    lowered = jit(f, engine="llvm").lower(X)
    assert lowered.engine == "llvm"
    assert lowered.as_text() == lowered.as_text("jaxpr") == str(lowered.jaxpr)
    assert lowered.as_text("plan") == str(lowered.plan)
    assert lowered.as_text("python") == lowered.code
    assert "def program(" in lowered.code
    assert lowered.as_text("llvm") == lowered.native
    assert "define ptr @k0(" in lowered.native
    assert "sqrt.v" in lowered.native  # in lanes, not number by number


@needs_llvm
def test_the_assembly_is_that_of_the_kernels() -> None:
    text = jit(f, engine="llvm").lower(X).as_text("asm")
    assert "k0:" in text
    assert "sqrt" in text
    assert "define" not in text


def test_every_stage_of_numpy_s_calls_as_text() -> None:
    lowered = jit(f, engine="numpy").lower(X)
    assert (lowered.engine, lowered.native) == ("numpy", "")
    assert [lowered.as_text("jaxpr"), lowered.as_text("plan"), lowered.as_text("python")] == [
        str(lowered.jaxpr),
        str(lowered.plan),
        lowered.code,
    ]


@pytest.mark.parametrize("kind", ["llvm", "asm"])
def test_numpy_s_calls_are_no_machine_code(kind: Any) -> None:
    with pytest.raises(UnsupportedError) as error:
        jit(f, engine="numpy").lower(X).as_text(kind)
    lines = str(error.value).splitlines()
    assert lines[0] == "as_text: the program has no machine code."
    assert lines[2] == "  got       a program of the engine 'numpy'"
    assert lines[-1] == "  try       jit(f, engine='llvm')"


@needs_llvm
@pytest.mark.parametrize("kind", ["llvm", "asm"])
def test_a_program_in_which_nothing_is_compiled(kind: Any) -> None:
    lowered = jit(lambda a: np.linalg.inv(a), engine="llvm").lower(np.eye(3))
    assert (lowered.engine, lowered.native) == ("llvm", "")
    with pytest.raises(UnsupportedError) as error:
        lowered.as_text(kind)
    lines = str(error.value).splitlines()
    assert lines[2] == "  got       only steps that are calls of NumPy"
    assert lines[-1] == "  try       as_text('python')"


@pytest.mark.parametrize("kind", ["ptx", "", None, 1])
def test_there_is_no_such_kind(kind: Any) -> None:
    with pytest.raises(ArgumentError) as error:
        jit(f).lower(X).as_text(kind)
    assert str(error.value).splitlines()[:3] == [
        "as_text: there is no such kind of text.",
        "  expected  'jaxpr', 'plan', 'python', 'llvm', 'asm'",
        f"  got       {kind!r}",
    ]
