"""The version of funcgrad; the build reads it from here."""

from __future__ import annotations

import time

BEGAN = time.time()  # when this process began to read the package
__version__ = "0.1.0.dev0"
