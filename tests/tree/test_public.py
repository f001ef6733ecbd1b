"""The public face: names and examples."""

from __future__ import annotations

import doctest
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import funcgrad.tree
from funcgrad import tree

ROOT = Path(funcgrad.tree.__file__).parent
MODULES = ["funcgrad.tree"] + [
    f"funcgrad._src.tree.{path.stem}"
    for path in sorted((ROOT / "_src" / "tree").glob("*.py"))
    if path.stem != "__init__"
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    """Every example in a docstring gives what it shows."""
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_names_are_sorted_and_documented() -> None:
    """`__all__` is sorted, complete and every name has a docstring."""
    assert tree.__all__ == sorted(tree.__all__)
    public = {name for name in vars(tree) if not name.startswith("_") and name != "annotations"}
    assert public == set(tree.__all__)
    assert all(getattr(tree, name).__doc__ for name in tree.__all__)


def test_has_what_jax_tree_has() -> None:
    """Whoever knows ``jax.tree`` finds its functions."""
    names = ["flatten", "unflatten", "leaves", "structure", "map", "reduce", "all", "transpose", "broadcast"]
    names += ["flatten_with_path", "leaves_with_path", "map_with_path"]
    assert set(names) <= set(tree.__all__)


def test_importing_the_floor_imports_no_array_library() -> None:
    """No module of the floor names an array library."""
    for path in (ROOT / "_src" / "tree").glob("*.py"):
        lines = [line for line in path.read_text().splitlines() if line.startswith(("import ", "from "))]
        assert not [line for line in lines if "numpy" in line or "cupy" in line or "jax" in line]


def test_treedef_pickles_to_another_process() -> None:
    """A treedef written by one process is read by another and is equal to what that one makes."""
    code = """if True:
        import pickle, sys
        from funcgrad import tree
        treedef = tree.structure({"b": 1, "a": [None, (2,)]})
        if len(sys.argv) == 1:
            sys.stdout.write(pickle.dumps(treedef).hex())
        else:
            read = pickle.loads(bytes.fromhex(sys.argv[1]))
            assert read is treedef and read.same_order(treedef), read
    """
    run = [sys.executable, "-W", "error", "-c", code]
    written = subprocess.run(run, capture_output=True, text=True, check=True, cwd=ROOT.parent).stdout
    subprocess.run([*run, written], check=True, cwd=ROOT.parent)
