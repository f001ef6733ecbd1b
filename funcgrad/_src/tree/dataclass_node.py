"""Dataclasses as nodes: the data fields are children, the meta fields are static."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, overload

from ..base.errors import ArgumentError
from .keys import AttrKey, KeyPath
from .registry import NodeKind, add_kind, check_class

_Class = TypeVar("_Class", bound=type)


@overload
def register_dataclass(
    cls: _Class, data_fields: Iterable[str] | None = None, meta_fields: Iterable[str] = ()
) -> _Class: ...
@overload
def register_dataclass(
    cls: None = None, data_fields: Iterable[str] | None = None, meta_fields: Iterable[str] = ()
) -> Callable[[_Class], _Class]: ...
def register_dataclass(
    cls: Any = None, data_fields: Iterable[str] | None = None, meta_fields: Iterable[str] = ()
) -> Any:
    """Make the instances of a dataclass nodes of pytrees.

    Nodes are rebuilt by calling the class with all data and meta fields by name, so ``__post_init__``
    runs again; it must accept traced values.

    Parameters
    ----------
    cls : type, optional
        The dataclass.  Without it the result is a decorator.
    data_fields : iterable of str, optional
        The fields that are children; by default every field of ``__init__`` that is not a meta field.
    meta_fields : iterable of str, optional
        The fields that are static: hashable, compared by type and value.

    Returns
    -------
    type
        ``cls`` itself.

    Raises
    ------
    ArgumentError
        If ``cls`` is no dataclass or a node already, or the fields do not suffice to rebuild it.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from funcgrad import tree
    >>> @tree.register_dataclass(meta_fields=("name",))
    ... @dataclass
    ... class Layer:
    ...     w: float
    ...     name: str
    >>> tree.structure([Layer(1.0, "out")])
    PyTreeDef([Layer(w=*, name='out')])
    """
    data_fields = None if data_fields is None else tuple(data_fields)
    meta_fields = tuple(meta_fields)

    def register(cls: _Class) -> _Class:
        check_class(cls, "register_dataclass")
        data, meta = _fields(cls, data_fields, meta_fields)
        add_kind(_dataclass_kind(cls, data, meta), "register_dataclass")
        return cls

    return register if cls is None else register(cls)


def _fields(
    cls: Any, data: tuple[str, ...] | None, meta: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    name = cls.__qualname__
    if not dataclasses.is_dataclass(cls):
        raise ArgumentError(
            f"register_dataclass: `{name}` is not a dataclass.",
            hint="write @register_dataclass above @dataclass, or use register_node",
        )
    fields = [field.name for field in dataclasses.fields(cls) if field.init]
    if data is None:
        data = tuple(field for field in fields if field not in meta)
    named = data + meta
    if len(set(named)) != len(named) or not set(named) <= set(fields):
        raise ArgumentError(
            f"register_dataclass: names that are not fields of `{name}`'s __init__, or are there twice.",
            expected=f"each at most once of {', '.join(fields) or 'no fields'}",
            got=f"data_fields {data}, meta_fields {meta}",
        )
    init: Any = cls
    parameters = inspect.signature(init).parameters
    missing = [key for key, known in parameters.items() if key not in named and known.default is known.empty]
    if missing:
        raise ArgumentError(
            f"register_dataclass: `{name}` cannot be rebuilt without {', '.join(missing)}.",
            hint="name each field that has no default in data_fields or meta_fields",
        )
    return data, meta


def _dataclass_kind(cls: Any, data_fields: tuple[str, ...], meta_fields: tuple[str, ...]) -> NodeKind:
    fields = data_fields + meta_fields
    keys: KeyPath = tuple(map(AttrKey, data_fields))
    name = cls.__qualname__

    def open_(tree: Any) -> tuple[Any, Any]:
        children = tuple([getattr(tree, field) for field in data_fields])
        return children, tuple([getattr(tree, field) for field in meta_fields]) if meta_fields else None

    def close(meta: Any, children: list[Any]) -> Any:
        values = children if meta is None else [*children, *meta]
        return cls(**dict(zip(fields, values)))  # noqa: B905 they agree; strict doubles the time

    def show(meta: Any, texts: list[str]) -> str:
        texts = [*texts, *map(repr, meta or ())]
        return f"{name}({', '.join(f'{field}={text}' for field, text in zip(fields, texts, strict=True))})"

    return NodeKind(cls, open_, close, lambda _, count: keys, show)
