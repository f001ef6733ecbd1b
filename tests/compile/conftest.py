"""Programs that are drawn or listed for their sizes cross the edges of smaller blocks than are usual."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from funcgrad._src.compile import blocks

SMALLER = {"test_random_programs", "test_strong_zero", "test_threads", "test_sums"}


@pytest.fixture(autouse=True, scope="module")
def smaller_blocks(request: pytest.FixtureRequest) -> Iterator[None]:
    """32,768 numbers of four bytes in a block, for the modules whose sizes lie around that."""
    with pytest.MonkeyPatch.context() as patch:
        if request.module.__name__.rpartition(".")[2] in SMALLER:
            patch.setattr(blocks, "BYTES", 1 << 17)
        yield
