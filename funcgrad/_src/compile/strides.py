"""Whether an array can be seen with another shape without being copied, as NumPy's reshape finds out."""

from __future__ import annotations

from collections.abc import Sequence


def seen_as(shape: Sequence[int], steps: Sequence[int], new: Sequence[int]) -> tuple[int, ...] | None:
    """The steps with which an array has another shape, in C order of its elements; None if it must be copied.

    ``steps`` are the distances along each dimension. Dimensions of the old and of the new shape are taken
    together until both have as many elements; then the old ones must lie one in the other.
    """
    old = [(n, step) for n, step in zip(shape, steps, strict=True) if n != 1]
    found: list[int] = []
    position = 0
    k = 0
    while k < len(new):
        if new[k] == 1:
            found.append(0)
            k += 1
            continue
        start, first = position, k
        have, want = old[position][0], new[k]
        position, k = position + 1, k + 1
        while have != want:
            if have < want:
                have *= old[position][0]
                position += 1
            else:
                want *= new[k]
                k += 1
        if any([old[j][1] != old[j + 1][0] * old[j + 1][1] for j in range(start, position - 1)]):
            return None
        step = old[position - 1][1]
        part: list[int] = []
        for n in reversed(new[first:k]):
            part.append(step if n != 1 else 0)
            step *= n
        found += reversed(part)
    return tuple(found)
