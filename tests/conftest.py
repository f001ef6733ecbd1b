"""Settings for all tests: Hypothesis's profile, and what to do on a machine without Hypothesis or SciPy."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
from pathlib import Path

import pytest

os.environ.setdefault("FUNCGRAD_CHECK", "1")  # before funcgrad is imported: check every jaxpr that is staged
os.environ.setdefault("FUNCGRAD_CACHE", "0")  # a test finds nothing that another run has left on disk

OPTIONAL = ("hypothesis", "llvmlite", "mpmath", "scipy")
MISSING = [name for name in OPTIONAL if importlib.util.find_spec(name) is None]
# The packages themselves, and the helpers of the tests that are made of Hypothesis's strategies.
NEEDS = {
    "hypothesis": r"hypothesis|tests\.ir\.programs|tests\.tree\.strategies",
    "llvmlite": r"llvmlite|funcgrad\._src\.compile\.engines\.llvm",
    "scipy": "scipy",
    "mpmath": r"mpmath|tests\.ops\.accuracy",
}
left_out: list[tuple[Path, str]] = []

if "hypothesis" not in MISSING:
    settings = importlib.import_module("hypothesis").settings
    settings.register_profile("ci", derandomize=True, deadline=None)
    settings.register_profile("dev", deadline=None)
    settings.register_profile("thorough", deadline=None, max_examples=2000)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture
def numpy_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what only NumPy's calls have: their plans, their blocks, their warnings."""
    monkeypatch.setattr("funcgrad._src.base.config.engine", "numpy")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the files that import what is absent (a GPU machine may have only CuPy)."""
    if not MISSING or collection_path.suffix != ".py":
        return None
    text = collection_path.read_text(encoding="utf-8")
    for name in MISSING:
        if re.search(rf"^(from|import) ({NEEDS[name]})\b", text, re.MULTILINE):
            left_out.append((collection_path, name))
            return True
    return None


def pytest_terminal_summary(terminalreporter: object) -> None:
    """Say which files were left out; silence would look like success."""
    for path, name in left_out:
        terminalreporter.write_line(f"left out, since {name} is not installed: {path}")  # type: ignore[attr-defined]
