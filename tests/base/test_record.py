"""Records: fields by position or name, defaults in the class, nothing else."""

from __future__ import annotations

import pytest

from funcgrad._src.base.record import Record


class Pair(Record):
    """Two fields, one with a default."""

    left: int
    right: str = "r"


def test_fields_by_position_and_name() -> None:
    assert (Pair(1).left, Pair(1).right) == (1, "r")
    assert (Pair(1, "s").right, Pair(left=2, right="t").right) == ("s", "t")
    assert repr(Pair(1)) == "Pair(left=1, right='r')"


@pytest.mark.parametrize(
    "make", [lambda: Pair(), lambda: Pair(1, "s", 3), lambda: Pair(1, left=2), lambda: Pair(1, up=2)]
)
def test_wrong_fields_are_refused(make: object) -> None:
    with pytest.raises(TypeError) as caught:
        make()  # type: ignore[operator]
    assert str(caught.value) == "Pair takes the fields left, right"
