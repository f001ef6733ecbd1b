"""What the steps refuse, with the path of the leaf.

NOTE (nothing is half done): everything is checked before the first write of a step in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backends import HOST, backend_of
from ..base.errors import ArgumentError, DtypeError, MixedPlacesError, MutationError
from ..core.aval import Aval, aval_of
from ..core.trace import Tracer
from ..tree import TreeDef, path_str

_OVERLAP_WORK = 1000  # enough to tell slices of a common buffer apart


def check_leaves(
    name: str,
    tree: TreeDef,
    leaves: Sequence[Any],
    root: str = "params",
    like: Sequence[Aval] | None = None,
) -> list[Aval]:
    """The avals of floating leaves, which fit those of ``like``; anything else is an error by its path."""
    avals = []
    for i, leaf in enumerate(leaves):
        try:
            aval = aval_of(leaf)
        except DtypeError as error:
            raise DtypeError(
                f"{name}: `{_path(tree, i, root)}` is neither an array nor a number.",
                expected="a floating array or number",
                got=error.got,
            ) from None
        if not aval.inexact:
            raise DtypeError(
                f"{name}: `{_path(tree, i, root)}` has no gradient to follow.",
                expected="a floating array or number",
                got=str(aval),
                hint="keep integers out of the parameters; a class may carry them as static fields",
            )
        if like is not None:
            _check_fit(name, tree, i, root, aval, like[i])
        avals.append(aval)
    return avals


def _path(tree: TreeDef, index: int, root: str) -> str:
    return path_str(tree.paths()[index], root)


def _check_fit(name: str, tree: TreeDef, i: int, root: str, have: Aval, want: Aval) -> None:
    """Raise unless an update of aval ``have`` belongs to a parameter of aval ``want``."""
    if have is want or have == want:
        return
    where, param = _path(tree, i, root), _path(tree, i, "params")
    if have.shape != want.shape:
        raise ArgumentError(
            f"{name}: `{where}` has another shape than `{param}`.",
            expected=str(want),
            got=str(have),
        )
    if have.dtype.kind == "c" and want.dtype.kind != "c":
        raise DtypeError(
            f"{name}: `{where}` is complex, but `{param}` is real.",
            expected=str(want),
            got=str(have),
            hint="take the real part, if that is the gradient",
        )
    if have.place != want.place and "array" == have.kind == want.kind:
        device = have.place if want.place == HOST else want.place
        raise MixedPlacesError(
            f"{name}: `{where}` and `{param}` are at two places.",
            expected=f"both on {want.place}",
            got=f"one on {have.place}",
            hint=f"move one of them to or from {device}",
        )


class WriteCheck:
    """Collects the arrays that a step will write, and refuses those that it may not.

    Arrays of different owners share no memory, so only those of one owner are compared.
    """

    def __init__(self, name: str, tree: TreeDef) -> None:
        self.name = name
        self.tree = tree
        self.owners: dict[int, list[tuple[str, int, Any]]] = {}

    def add(self, root: str, leaves: Sequence[Any]) -> None:
        """These will be written: each must be a writable array that shares memory with no other."""
        for i, leaf in enumerate(leaves):
            problem = _not_writable(leaf)
            if problem is not None:
                raise MutationError(
                    f"{self.name}: `{_path(self.tree, i, root)}` {problem[0]}.",
                    expected="a writable array",
                    got=problem[1],
                    hint="use step, which returns new parameters",
                )
            known = self.owners.setdefault(id(_owner(leaf)), [])
            self._compare(root, i, leaf, known)
            known.append((root, i, leaf))

    def read(self, root: str, leaves: Sequence[Any]) -> None:
        """These will be read: they may share memory with none that is written."""
        for i, leaf in enumerate(leaves):
            if type(leaf) is Tracer:
                raise MutationError(
                    f"{self.name}: `{_path(self.tree, i, root)}` is a traced value.",
                    expected="an array",
                    got=f"a value of `{leaf.trace.name}`",
                    hint="use step, which returns new parameters",
                )
            if backend_of(leaf) is not None:
                self._compare(root, i, leaf, self.owners.get(id(_owner(leaf)), []))

    def _compare(self, root: str, i: int, leaf: Any, known: list[tuple[str, int, Any]]) -> None:
        for other_root, j, other in known:
            if other is leaf or _overlap(other, leaf):
                here, there = _path(self.tree, i, root), _path(self.tree, j, other_root)
                raise MutationError(
                    f"{self.name}: `{here}` shares memory with `{there}`, which is written.",
                    expected="no memory in common",
                    got="one array twice" if other is leaf else "two views of the same memory",
                    hint="copy one of them, or use step, which returns new parameters",
                )


def _not_writable(leaf: Any) -> tuple[str, str] | None:
    if type(leaf) is Tracer:
        return "is a traced value, which is not written in place", f"a value of `{leaf.trace.name}`"
    if backend_of(leaf) is None:
        return "is no array, so it cannot be written in place", type(leaf).__name__
    if isinstance(leaf, np.ndarray) and not leaf.flags.writeable:
        return "is read-only", "a read-only array"
    return None


def _owner(array: Any) -> Any:
    """The array, or other object, whose memory ``array`` shows."""
    while getattr(array, "base", None) is not None:
        array = array.base
    return array


def _overlap(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        work: Any = _OVERLAP_WORK  # NumPy takes any integer, its stub only two
        return bool(np.may_share_memory(a, b, max_work=work))
    backend = backend_of(a)
    return backend is not None and bool(backend.xp.may_share_memory(a, b))
