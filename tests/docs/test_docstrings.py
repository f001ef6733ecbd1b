"""Every example in a docstring runs and prints what it says."""

from __future__ import annotations

import doctest
import importlib
import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.house.source import module_name, package_files

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
MODULES = [module_name(path) for path in package_files()]


def examples(module: ModuleType) -> Iterator[doctest.DocTest]:
    """The examples of the module, its functions, classes and methods, and its callable objects."""
    names = {"np": np, **vars(module)}
    found = [test for test in doctest.DocTestFinder().find(module, extraglobs=names) if test.examples]
    yield from found
    seen = {test.docstring for test in found}
    for name, thing in vars(module).items():
        text = getattr(thing, "__doc__", None)
        if is_own_object(module, thing) and isinstance(text, str) and ">>>" in text and text not in seen:
            path = f"{module.__name__}.{name}"
            yield doctest.DocTestParser().get_doctest(text, dict(names), path, name, 0)


def is_own_object(module: ModuleType, thing: Any) -> bool:
    """Whether ``thing`` is a callable object made in ``module``: doctest passes over those."""
    if not callable(thing) or inspect.isclass(thing) or inspect.ismodule(thing):
        return False
    return getattr(thing, "__module__", None) == module.__name__


def complaints(test: doctest.DocTest) -> str:
    """What went wrong when ``test`` ran; nothing when it is right."""
    said: list[str] = []
    doctest.DocTestRunner(optionflags=FLAGS).run(test, out=said.append, clear_globs=True)
    return "".join(said)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    module = importlib.import_module(name)
    monkeypatch.chdir(tmp_path)
    assert "".join(complaints(test) for test in examples(module)) == ""


def test_a_wrong_example_is_noticed() -> None:
    module = ModuleType("made_up", "Add.\n\n>>> 1 + 1\n3\n")
    (test,) = examples(module)
    assert "Expected:\n    3\nGot:\n    2\n" in complaints(test)


def test_a_wrong_example_of_a_callable_object_is_noticed() -> None:
    class Op:
        def __call__(self) -> None: ...

    op = Op()
    op.__doc__, op.__module__ = ">>> np.add(1, 1)\n3\n", "made_up"
    module = ModuleType("made_up")
    module.__dict__["op"] = op
    (test,) = examples(module)
    assert "Got:\n    np.int64(2)\n" in complaints(test)
