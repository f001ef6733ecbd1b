"""FLOOR 6: optimisers, pure steps over pytrees; one file an optimiser, over what they share."""

from __future__ import annotations

from .optimizer import Optimizer
from .sgd import SGDState, sgd, sgd_step

__all__ = ["Optimizer", "SGDState", "sgd", "sgd_step"]
