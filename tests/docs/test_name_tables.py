"""The tables of names in the pages for newcomers: the code that stands first on the right-hand side runs."""

from __future__ import annotations

import re

import pytest

from tests.docs.test_snippets import run
from tests.house.source import ROOT

PAGES = ("coming_from_autograd.md", "coming_from_jax.md")
SPAN = re.compile(r"`([^`]+)`")


def right_hand_sides(text: str) -> list[str]:
    """The first piece of code in each cell of the right-hand columns; ``a``, ``b`` is a list of names."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `")]
    return [SPAN.findall(right)[0] for _, right in rows]


@pytest.mark.parametrize("page", PAGES)
def test_the_right_hand_sides_run(page: str) -> None:
    text = (ROOT / "docs" / "guide" / page).read_text(encoding="utf-8")
    names = dict(vars(run(page, text)))
    found = right_hand_sides(text)
    assert len(found) >= 15
    for code in found:
        exec(code, names)


def test_a_name_that_is_not_there_is_noticed() -> None:
    (code,) = right_hand_sides(
        "| autograd | funcgrad |\n|---|---|\n| `autograd.grad` | `gradient(f)`, or `grad` |\n"
    )
    assert code == "gradient(f)"
    with pytest.raises(NameError):
        exec(code, {})
