"""Settings of the whole process.

Examples
--------
>>> from funcgrad import config
>>> config.set_threads(2)
>>> config.set_threads(None)
"""

from __future__ import annotations

from ._src.base.config import set_disk_cache, set_threads
from ._src.compile.choice import set_engine

__all__ = ["set_disk_cache", "set_engine", "set_threads"]
