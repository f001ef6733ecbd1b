"""Small immutable records: like NamedTuple or a dataclass, without the code that those generate at import."""

from __future__ import annotations

from typing import Any, dataclass_transform


@dataclass_transform(frozen_default=True)
class Record:
    """Base class of records: the annotations of a subclass are its fields, by position or by name.

    A field with a value in the class may be left out.
    """

    def __init__(self, *values: Any, **named: Any) -> None:
        cls = type(self)
        fields = cls.__annotations__
        if not named and len(values) == len(fields):
            self.__dict__.update(zip(fields, values, strict=True))
            return
        given = dict(zip(fields, values, strict=False), **named)
        missing = [name for name in fields if name not in given and not hasattr(cls, name)]
        if missing or len(given) != len(values) + len(named) or not given.keys() <= fields.keys():
            raise TypeError(f"{cls.__name__} takes the fields {', '.join(fields)}")
        self.__dict__.update(given)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in type(self).__annotations__)
        return f"{type(self).__name__}({fields})"
