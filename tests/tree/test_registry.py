"""Registration of classes, and its errors."""

from __future__ import annotations

import pickle
from collections import namedtuple
from collections.abc import Callable
from dataclasses import InitVar, dataclass, field
from functools import partial
from typing import Any

import pytest

from funcgrad import tree
from funcgrad._src.base.errors import ArgumentError, FuncgradError, TreeError
from funcgrad._src.tree.registry import KINDS, LEAF_CLASSES
from tests.tree.nodes import Layer, Stack


def _new_class() -> Any:
    class Box:
        def __init__(self, *items: Any) -> None:
            self.items = items

    return Box


def _register(cls: Any, **changes: Any) -> None:
    functions: dict[str, Any] = {
        "flatten": lambda box: (box.items, None),
        "unflatten": lambda aux, children: cls(*children),
        **changes,
    }
    tree.register_node(cls, **functions)


def test_a_class_may_be_registered_after_its_first_use() -> None:
    """An instance that was a leaf is a node once its class is registered."""
    cls = _new_class()
    box = cls(1, 2)
    assert tree.leaves([box]) == [box]
    _register(cls)
    assert tree.leaves([box]) == [1, 2]


def test_subclasses_are_leaves() -> None:
    """Registration is by exact class."""

    class Sub(Stack):
        pass

    assert tree.structure(Sub(1)).node_type is None


def test_a_namedtuple_may_be_registered() -> None:
    """A registration replaces the automatic treatment of a named tuple."""
    cls = namedtuple("cls", "a b")
    assert tree.leaves(cls(1, 2)) == [1, 2]
    tree.register_node(cls, lambda t: ((t.a,), t.b), lambda b, children: cls(children[0], b))
    assert tree.leaves(cls(1, 2)) == [1]
    assert tree.map(lambda x: -x, cls(1, 2)) == cls(-1, 2)


def test_errors_of_user_functions_propagate() -> None:
    """What the user's functions raise arrives unchanged."""

    def fail(*_: Any) -> Any:
        raise ZeroDivisionError

    def fail_deep(*_: Any) -> Any:
        raise RecursionError("mine")

    flat, rebuilt, deep = _new_class(), _new_class(), _new_class()
    _register(flat, flatten=fail)
    _register(rebuilt, unflatten=fail)
    _register(deep, flatten=fail_deep)
    with pytest.raises(ZeroDivisionError):
        tree.flatten([flat()])
    with pytest.raises(RecursionError, match="mine"):
        tree.flatten([deep()])
    with pytest.raises(ZeroDivisionError):
        tree.map(abs, [rebuilt(1)])


def _pair_missing() -> None:
    cls = _new_class()
    _register(cls, flatten=lambda box: [1, 2, 3])
    tree.flatten(cls())


def _keys_disagree() -> None:
    cls = _new_class()
    _register(cls, flatten_with_keys=lambda box: ([("k", 1)], None))
    tree.flatten(cls(1, 2))


@dataclass
class Plain:
    w: Any
    n: Any


@dataclass
class WithInitVar:
    w: Any
    scale: InitVar[float]


@dataclass
class WithoutInit:
    w: Any
    made: Any = field(init=False, default=0)


BOX = "`_new_class.<locals>.Box`"
PAIR_ERROR = f"register_node: flatten of {BOX} returned something else than children and static data."
REGISTER_ONCE = "register each class once, next to its definition"
FIELDS_ERROR = "register_dataclass: names that are not fields of `{}`'s __init__, or are there twice."

NO_FUNCTION: Any = 3

MISUSE: list[tuple[Callable[[], Any], type[FuncgradError], list[str]]] = [
    (
        lambda: _register(Stack),
        ArgumentError,
        ["register_node: `Stack` is already a pytree node.", f"try       {REGISTER_ONCE}"],
    ),
    (
        lambda: _register(dict),
        ArgumentError,
        ["register_node: `dict` is already a pytree node.", f"try       {REGISTER_ONCE}"],
    ),
    (
        lambda: tree.register_dataclass(Layer),
        ArgumentError,
        ["register_dataclass: `Layer` is already a pytree node.", f"try       {REGISTER_ONCE}"],
    ),
    (
        lambda: _register(list[int]),
        ArgumentError,
        ["register_node: only classes can be registered.", "expected  a class", "got       list[int]"],
    ),
    (
        lambda: tree.register_node(_new_class(), NO_FUNCTION, NO_FUNCTION),
        ArgumentError,
        ["register_node: flatten is not a function.", "got       3"],
    ),
    (
        lambda: _register(_new_class(), unflatten=NO_FUNCTION),
        ArgumentError,
        ["register_node: unflatten is not a function.", "got       3"],
    ),
    (
        _pair_missing,
        TreeError,
        [PAIR_ERROR, "expected  (iterable of children, aux)", "got       [1, 2, 3]"],
    ),
    (
        _keys_disagree,
        TreeError,
        [
            f"register_node: {BOX} flattens differently with keys and without.",
            "expected  2 pairs of key and child",
            "got       1 pair",
        ],
    ),
    (
        lambda: tree.register_dataclass(Stack),
        ArgumentError,
        [
            "register_dataclass: `Stack` is not a dataclass.",
            "try       write @register_dataclass above @dataclass, or use register_node",
        ],
    ),
    (
        lambda: tree.register_dataclass(Plain, meta_fields=("m",)),
        ArgumentError,
        [
            FIELDS_ERROR.format("Plain"),
            "expected  each at most once of w, n",
            "got       data_fields ('w', 'n'), meta_fields ('m',)",
        ],
    ),
    (
        lambda: tree.register_dataclass(Plain, ["w", "n"], ["n"]),
        ArgumentError,
        [
            FIELDS_ERROR.format("Plain"),
            "expected  each at most once of w, n",
            "got       data_fields ('w', 'n'), meta_fields ('n',)",
        ],
    ),
    (
        lambda: tree.register_dataclass(WithoutInit, ["w", "made"]),
        ArgumentError,
        [
            FIELDS_ERROR.format("WithoutInit"),
            "expected  each at most once of w",
            "got       data_fields ('w', 'made'), meta_fields ()",
        ],
    ),
    (
        lambda: tree.register_dataclass(Plain, ["w"]),
        ArgumentError,
        [
            "register_dataclass: `Plain` cannot be rebuilt without n.",
            "try       name each field that has no default in data_fields or meta_fields",
        ],
    ),
    (
        lambda: tree.register_dataclass(WithInitVar),
        ArgumentError,
        [
            "register_dataclass: `WithInitVar` cannot be rebuilt without scale.",
            "try       name each field that has no default in data_fields or meta_fields",
        ],
    ),
]


@pytest.mark.parametrize(("mistake", "error", "texts"), MISUSE, ids=[row[2][0] for row in MISUSE])
def test_misuse(mistake: Callable[[], Any], error: type[FuncgradError], texts: list[str]) -> None:
    """Each mistake is refused by name, with what to do."""
    with pytest.raises(error) as caught:
        mistake()
    lines = str(caught.value).splitlines()
    assert [line.strip() for line in lines if not line.startswith("  at ")] == texts


def test_dataclass_forms() -> None:
    """`register_dataclass` is a function, a decorator, and a decorator with arguments."""

    @dataclass
    class One:
        w: Any
        n: int = 0

    @tree.register_dataclass
    @dataclass
    class Two:
        w: Any
        n: int = 0

    @partial(tree.register_dataclass, meta_fields=("n",))
    @dataclass
    class Three:
        w: Any
        n: int = 0

    @tree.register_dataclass(data_fields=("n",), meta_fields=("w",))
    @dataclass
    class Four:
        w: Any
        n: int = 0

    assert tree.register_dataclass(One, data_fields=["w"]) is One
    assert tree.leaves([One(1, 2), Two(1, 2), Three(1, 2), Four(1, 2)]) == [1, 1, 2, 1, 2]
    assert tree.map(lambda x: x, [One(1, 2), Three(1, 2), Four(1, 2)]) == [One(1, 0), Three(1, 2), Four(1, 2)]
    assert repr(tree.structure(Four("x", 2))).endswith("Four(n=*, w='x'))")


def test_unpickling_needs_registration() -> None:
    """A treedef read where its class is not registered says so."""
    text = pickle.dumps(tree.structure(Stack(1)))
    kind = KINDS.pop(Stack)
    try:
        with pytest.raises(ArgumentError) as caught:
            pickle.loads(text)
    finally:
        KINDS[Stack] = kind
        LEAF_CLASSES.discard(Stack)
    assert caught.value.headline == (
        "a pickled treedef holds `Stack`, which is not a pytree node in this process."
    )
    assert caught.value.hint == "register the class in the module that defines it"


def test_remembered_classes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaf classes and named tuples are forgotten when they are many; registered classes are not."""
    pair: Any = namedtuple("pair", "a b")
    before = tree.structure([pair(1, 2), Stack(1)])
    monkeypatch.setattr(type(KINDS), "limit", len(KINDS) + 5)
    for _ in range(20):
        assert tree.leaves([_new_class()()])[0] is not None
    assert len(KINDS) <= type(KINDS).limit
    assert Stack in KINDS
    assert pair not in KINDS
    assert {cls for cls, kind in KINDS.items() if kind is None} == LEAF_CLASSES
    after = tree.structure([pair(1, 2), Stack(1)])
    assert after == before
    assert hash(after) == hash(before)
