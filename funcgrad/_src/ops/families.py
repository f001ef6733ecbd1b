"""Every op family: importing them declares their ops in the tables of ufunc.py."""

from __future__ import annotations

from . import (
    arithmetic as arithmetic,
    contract as contract,
    diagonals as diagonals,
    einsum as einsum,
    index_form as index_form,
    indexing as indexing,
    join as join,
    logic as logic,
    products as products,
    rearrange as rearrange,
    shape as shape,
    slices as slices,
)
