"""Key paths: how one walks from the root of a pytree to a leaf, printed as one would write it.

A path is a tuple of keys.  ``str(key)`` is the piece of code that takes the step, so that
``path_str(path, "params")`` reads ``params['w'][0].bias``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, NoReturn, TypeAlias


class Step:
    """One step of a path: an immutable value with one field."""

    __slots__: tuple[str, ...] = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"cannot assign to field {name!r}: a {type(self).__name__} does not change")

    def _fields(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self.__slots__])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Step) and type(self) is type(other) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash((type(self), *self._fields()))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({shown})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._fields()


class SequenceKey(Step):
    """A step into a list or a tuple.

    Examples
    --------
    >>> from funcgrad import tree
    >>> str(tree.SequenceKey(2))
    '[2]'
    """

    __slots__ = __match_args__ = ("idx",)
    idx: int

    def __init__(self, idx: int) -> None:
        object.__setattr__(self, "idx", idx)

    def __str__(self) -> str:
        return f"[{self.idx}]"


class DictKey(Step):
    """A step into a dict.

    Examples
    --------
    >>> from funcgrad import tree
    >>> str(tree.DictKey("w"))
    "['w']"
    """

    __slots__ = __match_args__ = ("key",)
    key: Hashable

    def __init__(self, key: Hashable) -> None:
        object.__setattr__(self, "key", key)

    def __str__(self) -> str:
        return f"[{self.key!r}]"


class AttrKey(Step):
    """A step to an attribute: a field of a namedtuple or of a registered dataclass.

    Examples
    --------
    >>> from funcgrad import tree
    >>> str(tree.AttrKey("bias"))
    '.bias'
    """

    __slots__ = __match_args__ = ("name",)
    name: str

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "name", name)

    def __str__(self) -> str:
        return f".{self.name}"


class FlattenedIndexKey(Step):
    """A step to the child with this number of a custom node that has no names for its children.

    Examples
    --------
    >>> from funcgrad import tree
    >>> str(tree.FlattenedIndexKey(0))
    '[<flat index 0>]'
    """

    __slots__ = __match_args__ = ("key",)
    key: int

    def __init__(self, key: int) -> None:
        object.__setattr__(self, "key", key)

    def __str__(self) -> str:
        return f"[<flat index {self.key}>]"


KeyPath: TypeAlias = tuple[Any, ...]


def path_str(path: Iterable[Any], root: str = "") -> str:
    """The path as one would write it in code.

    Parameters
    ----------
    path : iterable of keys
        As `flatten_with_path` and `TreeDef.paths` give it.
    root : str, optional
        The name of the tree itself.

    Returns
    -------
    str

    Examples
    --------
    >>> from funcgrad import tree
    >>> tree.path_str((tree.DictKey("w"), tree.SequenceKey(0), tree.AttrKey("bias")), root="params")
    "params['w'][0].bias"
    """
    return root + "".join(map(str, path))


def counted(count: int, noun: str, plural: str) -> str:
    """The count in words: ``1 leaf``, ``2 leaves``."""
    return f"{count} {noun if count == 1 else plural}"


def sequence_keys(count: int) -> KeyPath:
    """The keys of a list or tuple with ``count`` entries."""
    return tuple(map(SequenceKey, range(count)))


def flat_keys(count: int) -> KeyPath:
    """The keys of a custom node that has no names for its ``count`` children."""
    return tuple(map(FlattenedIndexKey, range(count)))
