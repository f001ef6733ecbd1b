"""Look for a mistake: print and stop inside traced code, find NaN, leaks, and writes that spoil a gradient.

`print`, `breakpoint` and `callback` act when the numbers are there, also in compiled code. The others are
switches for a block: `debug_nans` names the line where a value or derivative first became NaN,
`checking_leaks` what holds a traced value that should be gone, `checking_mutation` a write between use and
backward pass; `log_compiles` tells what is compiled and why, `disable_jit` runs it as plain Python.

Examples
--------
>>> import numpy as np
>>> from funcgrad import debug, jit
>>> with debug.disable_jit():
...     jit(lambda x: 2 * x if x > 0 else x)(3.0)
6.0
"""

from ._src.transforms.debugging.effects import breakpoint, callback, print
from ._src.transforms.debugging.leaks import checking_leaks
from ._src.transforms.debugging.nans import debug_nans
from ._src.transforms.debugging.switches import checking_mutation, disable_jit, log_compiles

__all__ = [
    "breakpoint",
    "callback",
    "checking_leaks",
    "checking_mutation",
    "debug_nans",
    "disable_jit",
    "log_compiles",
    "print",
]
