"""Switches of the whole package, read from the environment once; tests set them as attributes."""

from __future__ import annotations

import os

# FUNCGRAD_CHECK=1: every jaxpr that is staged is checked against the grammar and its primitives' rules.
check_jaxprs: bool = os.environ.get("FUNCGRAD_CHECK", "0") not in ("", "0")
