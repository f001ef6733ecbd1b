"""Small immutable records: like NamedTuple or a dataclass, without the code that those generate at import."""

from __future__ import annotations

from typing import Any, dataclass_transform


@dataclass_transform(frozen_default=True)
class Record:
    """Base class of records: the annotations of a subclass are its fields, by position or by name."""

    def __init__(self, *values: Any, **named: Any) -> None:
        fields = tuple(type(self).__annotations__)
        given = dict(zip(fields, values, strict=False), **named)
        if len(values) + len(named) != len(fields) or given.keys() != set(fields):
            raise TypeError(f"{type(self).__name__} takes the fields {', '.join(fields)}")
        self.__dict__.update(given)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({fields})"
