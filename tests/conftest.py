"""Settings for all tests: Hypothesis's profile, and what to do on a machine without Hypothesis."""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path

os.environ.setdefault("FUNCGRAD_CHECK", "1")  # before funcgrad is imported: check every jaxpr that is staged

HAS_HYPOTHESIS = importlib.util.find_spec("hypothesis") is not None
left_out: list[Path] = []

if HAS_HYPOTHESIS:
    settings = importlib.import_module("hypothesis").settings
    settings.register_profile("ci", derandomize=True, deadline=None)
    settings.register_profile("dev", deadline=None)
    settings.register_profile("thorough", deadline=None, max_examples=2000)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the files that need Hypothesis where it is absent (a GPU machine that has only CuPy)."""
    if HAS_HYPOTHESIS or collection_path.suffix != ".py" or collection_path == Path(__file__):
        return None
    if (
        "import hypothesis" in (text := collection_path.read_text(encoding="utf-8"))
        or "from hypothesis" in text
    ):
        left_out.append(collection_path)
        return True
    return None


def pytest_terminal_summary(terminalreporter: object) -> None:
    """Say which files were left out; silence would look like success."""
    for path in left_out:
        terminalreporter.write_line(f"left out, since hypothesis is not installed: {path}")  # type: ignore[attr-defined]
