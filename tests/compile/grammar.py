"""What random programs are made of: statements of NumPy, as text with places to fill.

``{v}`` is the name that the statement gives its result, ``{0}`` ``{1}`` ``{2}`` are operands; the other
places are filled by `FILLS`, knowing the first operand. A statement that NumPy refuses for the operands at
hand is left out of the program, so that a row need not say for which shapes and dtypes it is meant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Choose = Callable[[int], int]  # a number below the one that it is given


class Statement(NamedTuple):
    """A kind of statement, and the expressions whose values rounding must not change."""

    text: str
    decisions: tuple[str, ...] = ()


def _elementwise() -> list[Statement]:
    smooth = """
        np.sin({0}) | np.tanh({0}) | np.exp(-({0} * {0})) | np.log1p({0} * {0}) | np.sqrt({0} * {0} + 1)
        np.arctan({0}) | -{0} | {0} * {k} | {k} - {0} | {0} + {k} | {0} / {k} | {0} * 1 | {0} + 0.0
        {0} ** 2 | {0} ** 3 | {0} * {0} * {0} | np.square({0}) | 1 / (1 + np.exp(-{0}))
        np.expm1({0} * 0.1) | {0} + {1} | {0} - {1} | {0} * {1} | {0} / ({1} * {1} + 1) | np.hypot({0}, 1)
        np.cos({0}) * {1} | np.logaddexp({0}, {1}) | np.arctan2({0}, {1} * {1} + 1) | {0} * {1} + {2}
        {0} - {k} * {1} | {1} + {0} | {0}.astype(f32) | {0}.astype(f64) | {0}.astype(c64) | {0}.astype(c128)
        {0} + f32(0.3) | {0} * f64(1.7) | np.real({0}) | np.imag({0}) | np.conj({0}) | np.exp({0} * 1j)
        {0} * 1j | np.positive({0}) | np.add({0}, {1}, dtype=f64) | np.multiply({0}, {k})
        {0} + np.array(0.3) | {0} + c0 | c1 * {0} + c0 | -(-{0}) | {0}.T.T | {0} * {0}.T | ~{0} | {0} & {1}
        {0} | {0} + 1 | {0} // 2 | {0} % 3 | {0}.astype(int)
    """
    kinks = [
        ("np.where({0} > {k}, {0}, {1})", "{0} > {k}"),
        ("np.where({0} > {k}, np.log(np.abs({0}) + 0.1), 0)", "{0} > {k}", "{0} > 0"),
        ("np.where({0} < {1}, {1} * {2}, 0.0)", "{0} < {1}"),
        ("np.where(({0} > {1}) | ({2} < 0.5), {1}, -{2})", "{0} > {1}", "{2} < 0.5"),
        ("np.maximum({0}, {1})", "{0} > {1}", "{0} < {1}"),
        ("np.minimum({0}, {k})", "{0} > {k}"),
        ("np.maximum({0}, 0)", "{0} > 0"),
        ("np.clip({0}, -0.5, 1.25)", "{0} > -0.5", "{0} > 1.25"),
        ("np.abs({0})", "np.real({0}) > 0"),
        ("np.sign({0}) * {1}", "np.sign({0})"),
        ("np.floor({0} * 3)", "np.floor({0} * 3)"),
        ("{0} > {1}", "{0} > {1}"),
        ("({0} > {k}) * {1}", "{0} > {k}"),
        ("{0} <= {k}", "{0} <= {k}"),
        ("({0} * 5).astype(np.int64)", "({0} * 5).astype(np.int64)"),
    ]
    return [*_smooth(smooth), *(Statement(f"{{v}} = {text}", tuple(rest)) for text, *rest in kinks)]


def _smooth(text: str) -> list[Statement]:
    rows = [part.strip() for line in text.strip().splitlines() for part in line.split(" | ")]
    return [Statement(f"{{v}} = {part}") for part in rows]


def _reductions() -> list[Statement]:
    smooth = """
        np.sum({0}, axis={axes}, keepdims={keep}) | {0}.sum() | {0}.sum(axis={axis}) | {0}.mean(axis={axes})
        np.mean({0}, axis={axis}, keepdims=True) | np.var({0}, axis={axis}) | np.std({0} + c0, axis={axis})
        np.sum({0} * {1}, axis={axes}) | np.sum({0} * {0}, axis={axis}, keepdims={keep}) | np.mean({0} ** 2)
        {0} - np.mean({0}, axis={axis}, keepdims=True) | {0} + np.sum({0} * {1}, axis={axis}, keepdims=True)
        {0} / np.sqrt(np.var({0}, axis={axis}, keepdims=True) + 1) | np.prod(np.tanh({0}) + 1, axis={axes})
        logsumexp({0}, axis={axes}) | softmax({0}, axis={axis}) | np.sum(np.exp({0} - {1}), axis={axis})
        np.cumsum({0}, axis={axis}) | np.cumsum({0} * {1}, axis={axis})[..., -1:]
        np.cumprod(np.cos({0}), axis={axis}) | np.sum(np.sum({0}, axis=0), axis=-1)
        np.exp({0} - logsumexp({0}, axis={axis}, keepdims=True)) | np.sum({0}, axis={axis}, dtype=f64)
        np.trace({0}) | np.linalg.norm({0} + 1)
    """
    kinks = [
        ("np.max({0}, axis={axes}, keepdims={keep})", "{0} == np.max({0}, axis={axes}, keepdims=True)"),
        ("np.min({0}, axis={axis})", "{0} == np.min({0}, axis={axis}, keepdims=True)"),
        ("{0} - np.max({0}, axis={axis}, keepdims=True)", "{0} == np.max({0}, axis={axis}, keepdims=True)"),
        ("np.argmax({0}, axis={axis})", "np.argmax({0}, axis={axis})"),
        ("np.sum({0} > {k}, axis={axis})", "{0} > {k}"),
        ("np.any({0} > {k}, axis={axis})", "{0} > {k}"),
        ("np.mean({0} > {1})", "{0} > {1}"),
        ("np.sort({0}, axis={axis})", "np.argsort({0}, axis={axis})"),
    ]
    return [*_smooth(smooth), *(Statement(f"{{v}} = {text}", tuple(rest)) for text, *rest in kinks)]


def _movement() -> list[Statement]:
    return _smooth("""
        {0}.T | {0}.reshape(-1) | {0}.ravel() | {0}.ravel('F') | {0}[::-1] | {0}[..., ::-1] | {0}[1:]
        {0}[..., :-1] | {0}[0] | {0}[..., 0] | {0}[::2] | {0}[..., 1::3] | {0}[None] | {0}[:, None]
        {0}[..., None] | np.concatenate([{0}, {1}], axis={axis}) | np.stack([{0}, {1}], axis=-1)
        np.stack([{0}, {0}, {1}]) | np.pad({0}, 1) | np.pad({0}, 1, mode='edge')
        np.roll({0}, 1, axis={axis}) | np.swapaxes({0}, 0, -1) | np.broadcast_to({0}, np.shape({1}))
        np.expand_dims({0}, {axis}) | np.squeeze({0}) | np.diff({0}, axis={axis}) | {0}.copy()
        np.flip({0}) | np.copy({0}, order='F') | {0}.reshape({0}.shape[::-1]) | np.zeros_like({0}) + {1}
        {0}[np.array([0, -1, 0])] | {0}[..., np.array([0, 0])] | np.tile({0}, 2) | np.atleast_2d({0})
        np.ones_like({0}) | np.split({0}, 2)[1] | np.array_split({0}, 3)[0] + 1 | np.hstack([{0}, {1}])
        np.vstack([{0}, {1}]) | np.diag({0}) | np.moveaxis({0}, 0, -1) | np.repeat({0}, 2, axis={axis})
        np.tril({0})
    """)


def _contractions() -> list[Statement]:
    return _smooth("""
        {0} @ {1} | {0} @ {1}.T | {0}.T @ {1} | {0}.T @ {1}.T | {0} @ {0}.T | np.dot({0}, {1})
        np.vdot({0}, {1}) | {2} - {k} * ({0} @ {1}) | {2} - ({0} @ {1}) * {k} | {0} @ {1} + {2}
        {2} + {0}.T @ {1} | np.outer({0}, {1}) | {2} - {k} * ({0}.T @ {1}) | np.tanh({0} @ {1} + {2})
        {k} * ({0} @ {1}) | {0} @ ({1} * {k}) | {0} @ {1} @ {2} | np.einsum('ij,kj->ik', {0}, {1})
        np.einsum('ij,ij->i', {0}, {1}) | np.einsum('ij->ji', {0}) | np.einsum('ij,j->i', {0}, {1})
        np.einsum('i,i', {0}, {1}) | np.tensordot({0}, {1}, 1) | np.inner({0}, {1})
        np.einsum('...i,...i->...', {0}, {1}) | {0} @ {1}[::-1] | {0}[::-1].T @ {1}
        np.maximum({0} @ {1}, 0) + 1
    """)


def _writes() -> list[Statement]:
    bodies = [
        "{v} = {0}.copy(); {v}[{index}] = {1}",
        "{v} = {0}.copy(); {v}[{index}] = {k}",
        "{v} = {0} * 1; {v} += {1}",
        "{v} = {0} * {k}; {v}[{index}] *= {1}; {v} -= {k}",
        "{v} = {0} + {1}; {v}[{index}] = {0}[{index}]; {v} = {v} * {1}",
        "{v} = np.zeros_like({0}); {v}[1:] = {0}[:-1]",
        "{v} = np.zeros_like({0}); {v}[{index}] += {1}; {v} += {0}",
        "{v} = {0}.copy(); np.add.at({v}, np.array([0, 0]), {k})",
        "{v} = {0} + {k}; w = {v}[::-1]; w *= {k}; {v} = {v} - w",
        "{v} = {0} * 1; w = {v}.T; w += {1}",
        "{v} = {0} * 1; {v}.sort(); {v} = {v} * {1}",
        "{v} = {0} - {1}; {v} *= {v}; {v} += {v}",
    ]
    masks = [
        ("{v} = {0}.copy(); {v}[{v} > {k}] = 0.0", "{0} > {k}"),
    ]
    rows = [Statement(body.replace("; ", "\n")) for body in bodies]
    rows[-2] = rows[-2]._replace(decisions=("np.argsort({0})",))
    return [*rows, *(Statement(text.replace("; ", "\n"), tuple(rest)) for text, *rest in masks)]


def _plain() -> list[Statement]:
    """Results of the operands' aval, and views of them: memory to be written again, if nobody sees it."""
    return _smooth(
        """
        np.sin({0}) | {0} + {1} | {0} - {1} | {0} * {1} | {k} * {0} | -{0} | np.tanh({0}) | {1} - {0}
        {0}.T | {0}[::-1] | {0}[..., ::-1] | {0}.T[1:] | {0}.reshape(-1)[::-1].reshape({0}.shape) | {0}[:-1]
        {0} / ({1} * {1} + 1) | np.cos({0}) * {1} + {2} | {0}.T + {1} | {0} - {1}[::-1]
        """
    )


KINDS = (_elementwise(), _reductions(), _movement(), _contractions(), _writes(), _plain())
WEIGHTS = (0, 0, 0, 0, 1, 1, 2, 2, 3, 4)  # how often each kind is chosen
DENSE_WEIGHTS = (5, 5, 5, 5, 5, 5, 4, 4, 0, 2, 1)
SPECIAL_WEIGHTS = (0, 0, 0, 2, 4)  # nothing is summed


def _axis(choose: Choose, x: Any) -> str:
    dims = np.ndim(x)
    return str(choose(2 * dims) - dims) if dims and choose(6) else "0" if dims else "None"


def _axes(choose: Choose, x: Any) -> str:
    chosen = [axis for axis in range(np.ndim(x)) if choose(2)]
    found = str(tuple(chosen)) if chosen else "None"
    return found if choose(2) else _axis(choose, x)


FILLS: dict[str, Callable[[Choose, Any], str]] = {
    "k": lambda choose, x: ["0.5", "0.3", "-1.25", "2.0", "0.1", "f32(0.7)", "np.float64(0.9)"][choose(7)],
    "axis": _axis,
    "axes": _axes,
    "keep": lambda choose, x: ["True", "False"][choose(2)],
    "index": lambda choose, x: ["0", "-1", "1:", "::2", "...", "..., 0", "..., ::-1", "[0, -1]"][choose(8)],
}
