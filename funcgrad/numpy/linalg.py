"""NumPy's linear algebra, differentiable: on arrays and traced values, of NumPy and of CuPy."""

from __future__ import annotations

from typing import NoReturn

import numpy as _np

from .._src.ops import protocol as _protocol


def __getattr__(name: str) -> NoReturn:
    raise _protocol.missing_name("funcgrad.numpy.linalg", name, _np.linalg)


_names = _protocol.public_ops(_np.linalg) | {"LinAlgError": _np.linalg.LinAlgError}
globals().update(_names)
__all__ = sorted(_names)  # noqa: PLE0605 (the stub beside this file lists them)
