"""Switches of the whole package: read from the environment once, or set for a block by debug.py."""

from __future__ import annotations

import os
from contextvars import ContextVar

# FUNCGRAD_CHECK=1: every jaxpr that is staged is checked against the grammar and its primitives' rules.
check_jaxprs: bool = os.environ.get("FUNCGRAD_CHECK", "0") not in ("", "0")

# debug.checking_mutation(): the tape takes a checksum of every array that it keeps by reference.
checking_mutation: ContextVar[bool] = ContextVar("funcgrad_checking_mutation", default=False)

# debug.disable_jit(): compiled functions run as plain Python.
jit_disabled: ContextVar[bool] = ContextVar("funcgrad_jit_disabled", default=False)
