"""Rows of the accuracy table: derivatives of scipy.special's functions."""

from __future__ import annotations

from tests.ops.accuracy import Accuracy

ROWS: list[Accuracy] = []
