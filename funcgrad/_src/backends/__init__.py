"""FLOOR 0: which namespace computes, and at which place an array lives."""

from .door import loaded, require
from .places import (
    HOST,
    HOST_TYPES,
    Backend,
    at_place,
    backend_at,
    backend_of,
    is_array,
    locate,
    namespace_of,
    register_backend,
    special_of,
    to_host,
)

__all__ = [
    "HOST",
    "HOST_TYPES",
    "Backend",
    "at_place",
    "backend_at",
    "backend_of",
    "is_array",
    "loaded",
    "locate",
    "namespace_of",
    "register_backend",
    "require",
    "special_of",
    "to_host",
]
