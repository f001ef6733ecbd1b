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
from ._src.compile.engines.idle import release_memory, set_idle_memory

__all__ = ["release_memory", "set_disk_cache", "set_engine", "set_idle_memory", "set_threads"]
