"""Functions that NumPy does not dispatch by their arguments: ours are called, on all but plain arrays."""

from __future__ import annotations

from typing import Any

import numpy

import funcgrad.numpy as fnp
from funcgrad._src.ops.plain import is_plain


def called(np: Any, *args: Any) -> Any:
    """The namespace to call ``asarray`` and its like in."""
    return fnp if np is numpy and not is_plain(args) else np
