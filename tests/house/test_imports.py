"""Importing funcgrad is light and quiet: no optional package is loaded, no warning is given."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT, public_modules

OPTIONAL = ["cupy", "hypothesis", "llvmlite", "matplotlib", "mpi4py", "scipy"]
HEAVY = ["cupy", "scipy"]


def loaded_by(module: str, suspects: list[str], folder: Path = ROOT) -> list[str]:
    """Which of ``suspects`` a fresh Python has loaded after ``import module``; a warning is an error."""
    code = f"import sys, {module}; print(*sorted(set({suspects}) & set(sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.split()


def test_funcgrad_loads_no_optional_package() -> None:
    assert loaded_by("funcgrad", OPTIONAL) == []


def test_no_public_module_loads_cupy_or_scipy() -> None:
    """But for those that stand for SciPy's own."""
    names = [name for name in public_modules() if not name.startswith("funcgrad.scipy.")]
    assert loaded_by(", ".join(names), HEAVY) == []
    assert loaded_by(", ".join(public_modules()), HEAVY) == ["scipy"]


def test_a_loaded_package_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "scipy.py").touch()
    (tmp_path / "made_up.py").write_text("import scipy\n", encoding="utf-8")
    assert loaded_by("made_up", HEAVY, tmp_path) == ["scipy"]


def test_a_warning_is_noticed(tmp_path: Path) -> None:
    text = "import warnings\nwarnings.warn('old', DeprecationWarning)\n"
    (tmp_path / "made_up.py").write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError, match="DeprecationWarning: old"):
        loaded_by("made_up", HEAVY, tmp_path)
