"""Every public name is listed, in order, documented and annotated."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from tests.house.source import public_modules

MODULES = public_modules()


def names_complaints(module: ModuleType) -> list[str]:
    """What is wrong with the list of a module's public names."""
    if not module.__doc__:
        return [f"{module.__name__} has no docstring"]
    if not hasattr(module, "__all__"):
        return [f"{module.__name__} has no __all__"]
    names = list(module.__all__)
    complaints = [f"{module.__name__}.{name} does not exist" for name in names if not hasattr(module, name)]
    if names != sorted(set(names)):
        complaints.append(f"{module.__name__}.__all__ is not sorted: {sorted(set(names))}")
    return complaints


def object_complaints(path: str, thing: Any) -> list[str]:
    """What is undocumented or unannotated about a public object; other packages' objects are theirs."""
    if isinstance(thing, ModuleType):
        return [] if thing.__doc__ else [f"{path} has no docstring"]
    if not callable(thing) or not (getattr(thing, "__module__", None) or "funcgrad").startswith(
        ("funcgrad", "made_up")
    ):
        return []
    complaints = [] if has_docstring(thing) else [f"{path} has no docstring"]
    if isinstance(thing, type):
        for name, member in vars(thing).items():
            complaints += member_complaints(f"{path}.{name}", name, member)
        return complaints
    return complaints + annotation_complaints(path, thing)


def has_docstring(thing: Any) -> bool:
    """Whether ``thing`` has a docstring of its own, not one inherited from its class or base."""
    own = vars(thing).get("__doc__") if isinstance(thing, type) else getattr(thing, "__doc__", None)
    return bool(own) and (isinstance(thing, type) or own != type(thing).__doc__)


def member_complaints(path: str, name: str, member: Any) -> list[str]:
    """Methods and properties: public ones need a docstring, those and ``__init__`` annotations."""
    if name.startswith("_") and name != "__init__":
        return []
    if isinstance(member, property):
        function: Any = member.fget
    elif isinstance(member, staticmethod | classmethod):
        function = member.__func__
    elif inspect.isfunction(member):
        function = member
    else:
        return []
    complaints = [] if function.__doc__ or name == "__init__" else [f"{path} has no docstring"]
    return complaints + annotation_complaints(path, function, bound=not isinstance(member, staticmethod))


def annotation_complaints(path: str, function: Callable[..., Any], bound: bool = False) -> list[str]:
    """Parameters, and the result, without an annotation."""
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())[1 if bound else 0 :]
    complaints = [f"{path}({p.name}) is not annotated" for p in parameters if p.annotation is p.empty]
    if signature.return_annotation is signature.empty and not path.endswith(".__init__"):
        complaints.append(f"{path} does not say what it returns")
    return complaints


@pytest.mark.parametrize("name", MODULES)
def test_public_names_are_listed_in_order(name: str) -> None:
    assert names_complaints(importlib.import_module(name)) == []


@pytest.mark.parametrize("name", MODULES)
def test_public_names_are_documented_and_annotated(name: str) -> None:
    module = importlib.import_module(name)
    found = [object_complaints(f"{name}.{public}", getattr(module, public)) for public in module.__all__]
    assert [complaint for complaints in found for complaint in complaints] == []


def test_the_front_door_is_among_the_modules() -> None:
    assert "funcgrad" in MODULES
    assert not any("_src" in name for name in MODULES)


def test_a_bad_list_of_names_is_noticed() -> None:
    module = ModuleType("made_up", "A module.")
    assert names_complaints(module) == ["made_up has no __all__"]
    module.__dict__.update(__all__=["b", "a"], a=1, b=2)
    assert names_complaints(module) == ["made_up.__all__ is not sorted: ['a', 'b']"]
    module.__dict__.update(__all__=["a", "c"])
    assert names_complaints(module) == ["made_up.c does not exist"]
    assert names_complaints(ModuleType("made_up")) == ["made_up has no docstring"]


OFFENDERS = '''
def plain(x): pass
def no_result(x: int):
    """Doc."""
def no_doc(x: int) -> int: ...
def good(x: int, *, y: float = 0) -> int:
    """Doc."""
class Class:
    """Doc."""
    def __init__(self, x): ...
    def method(self, y: int) -> int: ...
    @property
    def field(self):
        """Doc."""
    @staticmethod
    def static(x) -> None:
        """Doc."""
    def _private(self, z): ...
class Heir(Class):
    pass
class Caller:
    """Doc."""
    def __call__(self, x: int) -> int: ...
caller = Caller()
number = 3
'''

EXPECTED = {
    "plain": ["plain has no docstring", "plain(x) is not annotated", "plain does not say what it returns"],
    "no_result": ["no_result does not say what it returns"],
    "no_doc": ["no_doc has no docstring"],
    "good": [],
    "Class": [
        "Class.__init__(x) is not annotated",
        "Class.method has no docstring",
        "Class.field does not say what it returns",
        "Class.static(x) is not annotated",
    ],
    "Heir": ["Heir has no docstring"],
    "caller": ["caller has no docstring"],
    "number": [],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_undocumented_or_unannotated_name_is_noticed(name: str) -> None:
    made_up: dict[str, Any] = {"__name__": "made_up"}
    exec(OFFENDERS, made_up)
    assert object_complaints(name, made_up[name]) == EXPECTED[name]
