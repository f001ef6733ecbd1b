"""Every op family: importing them declares their ops in the tables of ufunc.py."""

from __future__ import annotations

from . import (  # noqa: F401 (imported to declare their ops)
    arithmetic,
    at,
    complexes,
    contract,
    creation,
    decompositions,
    determinants,
    diagonals,
    einsum,
    exponential,
    index_form,
    indexing,
    inplace_ops,
    join,
    linalg,
    logic,
    norms,
    products,
    rearrange,
    scatter,
    select,
    shape,
    slices,
    taking,
    trig,
)
