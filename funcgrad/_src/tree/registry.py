"""Which classes are nodes of a pytree, and how each is opened into children and closed again.

The class of a value decides, exactly: a subclass of dict or list is a leaf unless registered itself.
Named tuples are the exception: every subclass of tuple with ``_fields`` is a node.  What is not a node
is a leaf.  `KINDS` also remembers the leaf classes it has met, so that one lookup by ``type(x)`` tells;
`LEAF_CLASSES` is the set of these.
"""

from __future__ import annotations

from _thread import RLock
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from ..base.errors import ArgumentError, TreeError
from .keys import AttrKey, DictKey, KeyPath, counted, flat_keys, sequence_keys

Names: TypeAlias = tuple[Any, ...] | None


def _ordered(data: Any) -> tuple[Any, Names]:
    return data, None


class NodeKind:
    """One class of nodes.

    ``open(tree)`` gives ``(children, data)`` and ``close(data, children)`` the tree again.
    ``keys(data, count)`` are the steps to the children, ``show(data, texts)`` is the text of the node for
    given texts of its children.  ``split(data)`` gives the static part and, for a dict whose order does
    not count, its names.  ``find_keys(tree)`` asks the user for the keys.  An ``automatic`` kind was
    not registered.
    """

    __slots__ = ("automatic", "close", "cls", "find_keys", "keys", "open", "show", "split")

    def __init__(
        self,
        cls: type,
        open: Callable[[Any], tuple[Any, Any]],
        close: Callable[[Any, list[Any]], Any],
        keys: Callable[[Any, int], KeyPath],
        show: Callable[[Any, list[str]], str],
        split: Callable[[Any], tuple[Any, Names]] = _ordered,
        find_keys: Callable[[Any], KeyPath] | None = None,
        automatic: bool = False,
    ) -> None:
        self.cls = cls
        self.open = open
        self.close = close
        self.keys = keys
        self.show = show
        self.split = split
        self.find_keys = find_keys
        self.automatic = automatic

    def keys_of(self, data: Any, count: int, tree: Any) -> KeyPath:
        """The keys of the children of ``tree``, which opened into ``data`` and ``count`` children."""
        if self.find_keys is None:
            return self.keys(data, count)
        keys = self.find_keys(tree)
        if len(keys) != count:
            raise TreeError(
                f"register_node: `{self.cls.__qualname__}` flattens differently with keys and without.",
                expected=counted(count, "pair of key and child", "pairs of key and child"),
                got=counted(len(keys), "pair", "pairs"),
            )
        return keys


class _Kinds(dict[type, "NodeKind | None"]):
    """From a class to its kind of node, None for leaves; a class met for the first time is added."""

    limit = 10_000

    def __missing__(self, cls: type) -> NodeKind | None:
        with _lock:
            if cls not in self:
                if len(self) >= self.limit:
                    self._forget()
                is_namedtuple = issubclass(cls, tuple) and isinstance(getattr(cls, "_fields", None), tuple)
                self[cls] = _namedtuple_kind(cls) if is_namedtuple else None
                if not is_namedtuple:
                    LEAF_CLASSES.add(cls)
            return dict.__getitem__(self, cls)

    def _forget(self) -> None:
        LEAF_CLASSES.clear()
        for cls, kind in list(self.items()):
            if kind is None or kind.automatic:
                del self[cls]


def _namedtuple_kind(cls: Any) -> NodeKind:
    fields = cls._fields
    name = cls.__qualname__

    def show(_: Any, texts: list[str]) -> str:
        return f"{name}({', '.join(f'{field}={text}' for field, text in zip(fields, texts, strict=True))})"

    return NodeKind(
        cls,
        open=lambda tree: (tree, None),
        close=lambda _, children: cls._make(children),
        keys=lambda _, count: tuple(map(AttrKey, fields)),
        show=show,
        automatic=True,
    )


def _show_tuple(_: Any, texts: list[str]) -> str:
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def _show_dict(names: Any, texts: list[str]) -> str:
    return "{" + ", ".join(f"{name!r}: {text}" for name, text in zip(names, texts, strict=True)) + "}"


def _show_defaultdict(data: Any, texts: list[str]) -> str:
    factory, names = data
    return f"defaultdict({getattr(factory, '__qualname__', factory)}, {_show_dict(names, texts)})"


def _close_defaultdict(data: Any, children: list[Any]) -> Any:
    return defaultdict(data[0], zip(data[1], children, strict=True))


def _dict_keys(names: Any, _: int) -> KeyPath:
    return tuple(map(DictKey, names))


_lock = RLock()

LEAF_CLASSES: set[type] = set()
KINDS = _Kinds()
KINDS[type(None)] = NodeKind(
    type(None),
    open=lambda tree: ((), None),
    close=lambda _, children: None,
    keys=lambda _, count: (),
    show=lambda _, texts: "None",
)
KINDS[tuple] = NodeKind(
    tuple,
    open=lambda tree: (tree, None),
    close=lambda _, children: tuple(children),
    keys=lambda _, count: sequence_keys(count),
    show=_show_tuple,
)
KINDS[list] = NodeKind(
    list,
    open=lambda tree: (tree, None),
    close=lambda _, children: list(children),
    keys=lambda _, count: sequence_keys(count),
    show=lambda _, texts: f"[{', '.join(texts)}]",
)
KINDS[dict] = NodeKind(
    dict,
    open=lambda tree: (tuple(tree.values()), tuple(tree)),
    close=lambda names, children: dict(zip(names, children)),  # noqa: B905 they agree; strict doubles the time
    keys=_dict_keys,
    show=_show_dict,
    split=lambda names: (None, names),
)
KINDS[OrderedDict] = NodeKind(
    OrderedDict,
    open=lambda tree: (tuple(tree.values()), tuple(tree)),
    close=lambda names, children: OrderedDict(zip(names, children, strict=True)),
    keys=_dict_keys,
    show=lambda names, texts: f"OrderedDict({_show_dict(names, texts)})",
)
KINDS[defaultdict] = NodeKind(
    defaultdict,
    open=lambda tree: (tuple(tree.values()), (tree.default_factory, tuple(tree))),
    close=_close_defaultdict,
    keys=lambda data, count: _dict_keys(data[1], count),
    show=_show_defaultdict,
    split=lambda data: data,
)


def add_kind(kind: NodeKind, function: str) -> None:
    """Register ``kind``; a class is registered once.  ``function`` is the public name for the error."""
    with _lock:
        known = dict.get(KINDS, kind.cls)
        if known is not None and not known.automatic:
            raise ArgumentError(
                f"{function}: `{kind.cls.__qualname__}` is already a pytree node.",
                hint="register each class once, next to its definition",
            )
        KINDS[kind.cls] = kind
        LEAF_CLASSES.discard(kind.cls)


def check_class(cls: object, function: str) -> None:
    """Refuse what is not a class; instances are told by ``type(x)``, which a generic alias never is."""
    if not isinstance(cls, type):
        raise ArgumentError(f"{function}: only classes can be registered.", expected="a class", got=repr(cls))


def register_node(
    cls: type,
    flatten: Callable[[Any], tuple[Iterable[Any], Any]],
    unflatten: Callable[[Any, tuple[Any, ...]], Any],
    flatten_with_keys: Callable[[Any], tuple[Iterable[tuple[Any, Any]], Any]] | None = None,
) -> None:
    """Make the instances of ``cls`` nodes of pytrees.

    Parameters
    ----------
    cls : type
        The class itself; its subclasses stay leaves.
    flatten : callable
        ``flatten(node) -> (children, aux)``.  ``aux`` is static data: hashable, compared by type and value.
    unflatten : callable
        ``unflatten(aux, children) -> node``.  It may be called with any objects as children.
    flatten_with_keys : callable, optional
        ``flatten_with_keys(node) -> (pairs of key and child, aux)`` names the children in error messages.
        Nodes with equal ``aux`` and equally many children must have the same keys.

    Raises
    ------
    ArgumentError
        If ``cls`` is a node already.

    Examples
    --------
    >>> from funcgrad import tree
    >>> class Pair:
    ...     def __init__(self, a, b):
    ...         self.a, self.b = a, b
    >>> tree.register_node(Pair, lambda p: ((p.a, p.b), None), lambda aux, children: Pair(*children))
    >>> tree.structure([Pair(1, 2), 3])
    PyTreeDef([Pair(*, *), *])
    """
    check_class(cls, "register_node")
    for role, function in (("flatten", flatten), ("unflatten", unflatten)):
        if not callable(function):
            raise ArgumentError(f"register_node: {role} is not a function.", got=repr(function))
    name = cls.__qualname__
    kind = NodeKind(
        cls,
        open=lambda tree: _check_pair(flatten(tree), name, "flatten"),
        close=lambda aux, children: unflatten(aux, tuple(children)),
        keys=lambda _, count: flat_keys(count),
        show=lambda aux, texts: f"{name}{'' if aux is None else f'[{aux!r}]'}({', '.join(texts)})",
        find_keys=None if flatten_with_keys is None else _key_finder(flatten_with_keys, name),
    )
    add_kind(kind, "register_node")


def _key_finder(
    flatten_with_keys: Callable[[Any], tuple[Iterable[tuple[Any, Any]], Any]], name: str
) -> Callable[[Any], KeyPath]:
    def find_keys(tree: Any) -> KeyPath:
        pairs, _ = _check_pair(flatten_with_keys(tree), name, "flatten_with_keys")
        return tuple(key for key, _ in pairs)

    return find_keys


def _check_pair(result: Any, name: str, role: str) -> tuple[tuple[Any, ...], Any]:
    if type(result) is not tuple or len(result) != 2 or not isinstance(result[0], Iterable):
        raise TreeError(
            f"register_node: {role} of `{name}` returned something else than children and static data.",
            expected="(iterable of children, aux)",
            got=repr(result),
        )
    return tuple(result[0]), result[1]
