"""Key paths."""

from __future__ import annotations

from typing import Any

import pytest

from funcgrad.tree import AttrKey, DictKey, FlattenedIndexKey, SequenceKey, path_str

KEYS: list[tuple[Any, str]] = [
    (SequenceKey(0), "[0]"),
    (DictKey("w"), "['w']"),
    (DictKey(3), "[3]"),
    (DictKey(("a", 1)), "[('a', 1)]"),
    (AttrKey("bias"), ".bias"),
    (FlattenedIndexKey(2), "[<flat index 2>]"),
]


@pytest.mark.parametrize(("key", "text"), KEYS)
def test_keys_print_as_code(key: Any, text: str) -> None:
    """A key prints as the step one would write, and is a value: hashable, equal, immutable."""
    assert str(key) == text
    copy = type(key)(*[getattr(key, name) for name in key.__slots__])
    assert key == copy
    assert hash(key) == hash(copy)
    with pytest.raises((AttributeError, TypeError)):
        setattr(key, key.__slots__[0], 1)


PATHS: list[tuple[tuple[Any, ...], str, str]] = [
    ((), "", ""),
    ((), "params", "params"),
    ((DictKey("w"), SequenceKey(0), AttrKey("bias")), "params", "params['w'][0].bias"),
    ((SequenceKey(1), "custom"), "x", "x[1]custom"),
]


@pytest.mark.parametrize(("path", "root", "text"), PATHS)
def test_path_str(path: tuple[Any, ...], root: str, text: str) -> None:
    """A path reads as one would write it."""
    assert path_str(path, root=root) == text
