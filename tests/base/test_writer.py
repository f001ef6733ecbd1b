"""Functions made from text: objects enter by name, cells are shared, and giving up has one answer."""

from __future__ import annotations

from types import CellType

import pytest

from funcgrad._src.base.writer import Writer


def test_one_name_for_one_object() -> None:
    writer = Writer()
    a, b = [1], [1]
    assert writer.constant(a) == writer.constant(a) != writer.constant(b)


def test_objects_are_seen_themselves() -> None:
    writer = Writer()
    hostile = "'); raise SystemExit('"
    writer.lines.append(f"return [x, {writer.constant(hostile)}]")
    assert writer.function("pair", "x")(1) == [1, hostile]


def test_a_cell_is_shared_with_the_function_it_belongs_to() -> None:
    cell = CellType(1)
    writer = Writer()
    writer.lines.append(f"return {writer.cell(cell)}")
    shared = writer.function("shared", "")
    assert shared() == 1
    cell.cell_contents = 2
    assert shared() == 2
    del cell.cell_contents
    with pytest.raises(NameError):
        shared()


@pytest.mark.parametrize("declined", [None, "nothing"])
def test_it_gives_up_on_a_condition_and_on_an_exception(declined: object) -> None:
    writer = Writer(declined)
    names = writer.unpack("pair", 2)
    writer.decline_if(f"{names[0]} > 1 and {names[1]} > 1", f"{names[0]} < 0")
    writer.decline_on("ValueError")
    writer.lines.append("return int(text)")
    check = writer.function("check", "pair, text")
    assert check((1, 2), "7") == 7
    assert check((2, 2), "7") is declined
    assert check((-1, 0), "7") is declined
    assert check((1, 2, 3), "7") is declined
    with pytest.raises(ValueError):  # from a line written later
        check((1, 2), "seven")


def test_local_variables_are_new_ones() -> None:
    writer = Writer()
    assert len({*writer.fresh(2), *writer.unpack("x", 1), *writer.unpack("y", 0), *writer.fresh(1)}) == 4
    assert writer.lines[-1] == "() = y"
