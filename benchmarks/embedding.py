"""An embedding: rows of a table by word, averaged; the gradient adds up what words occur in."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Call, Effort
from peers import JAX, Array, Work, gradients

WORDS, WIDTH, TEXTS, LENGTH = 20_000, 64, 1_000, 20


def embedding_loss(xp: Any, table: Array, w: Array, words: Array, y: Array) -> Array:
    """Return the mean square of what a text's mean row is off."""
    score = table[words].mean(1) @ w
    return ((score - y) ** 2).mean()


def embedding_loss_torch(module: Any, table: Any, w: Any, words: Any, y: Any) -> Any:
    """Return the same in PyTorch's words."""
    score = module.nn.functional.embedding_bag(words, table, mode="mean") @ w
    return ((score - y) ** 2).mean()


def embedding_at(table: Array, w: Array, words: Array, y: Array) -> Call:
    """Prepare loss and gradients, rows by ``take`` and ``add.at``, buffers reused."""
    n, length = words.shape
    rows, mean = np.zeros((n, length, len(w)), table.dtype), np.zeros((n, len(w)), table.dtype)
    back, table_ct = np.zeros_like(mean), np.zeros_like(table)

    def call() -> tuple[Any, ...]:
        np.take(table, words, 0, out=rows)
        np.mean(rows, axis=1, out=mean)
        off = mean @ w - y
        np.outer(off * (2 / n / length), w, out=back)
        np.copyto(rows, back[:, None])
        table_ct[...] = 0
        np.add.at(table_ct, words.ravel(), rows.reshape(-1, len(w)))
        return off @ off / n, table_ct, off @ mean * (2 / n)

    return call


def embedding_sparse(table: Array, w: Array, words: Array, y: Array) -> Call:
    """Prepare loss and gradients as products with a sparse matrix of SciPy, made in every call."""
    sparse = importlib.import_module("scipy.sparse")
    n, length = words.shape
    share, starts = np.full(words.size, 1 / length, table.dtype), np.arange(0, words.size + 1, length)

    def call() -> tuple[Any, ...]:
        bags = sparse.csr_array((share, words.ravel(), starts), shape=(n, len(table)))
        mean = bags @ table
        off = mean @ w - y
        return off @ off / n, bags.T @ np.outer(off * (2 / n), w), off @ mean * (2 / n)

    return call


def embedding(effort: Effort) -> Iterator[Work]:
    """Time the loss and its gradients by the table and by the weights."""
    random = np.random.default_rng(0)
    table = random.standard_normal((WORDS, WIDTH), dtype=np.float32)
    w = random.standard_normal(WIDTH, dtype=np.float32)
    words = random.integers(0, WORDS, (TEXTS, LENGTH))
    yield Work(
        f"embedding of {TEXTS} texts of {LENGTH} words of {WORDS:,}×{WIDTH} float32, loss and gradients",
        (table, w, words, random.standard_normal(TEXTS, dtype=np.float32)),
        {"take and add.at": embedding_at, "sparse matrix": embedding_sparse},
        gradients(embedding_loss, (0, 1), torch_loss=embedding_loss_torch),
        wanted=(0, 1),
        native={JAX: 0.8},
        rtol=1e-4,
    )
