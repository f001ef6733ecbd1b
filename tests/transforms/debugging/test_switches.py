"""log_compiles: each trace and compilation, why, and how large."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import debug, grad, jit, vmap
from tests.error_texts import place

X, V = np.float64(2.0), np.array([2.0, 3.0])
SECONDS = re.compile(r", \d+\.\d{4} s$")


def logged(call: Callable[[], Any], caplog: pytest.LogCaptureFixture) -> list[str]:
    """What is logged by a call, without the seconds."""
    caplog.clear()
    with debug.log_compiles():
        call()
    assert all(record.name == "funcgrad" for record in caplog.records)
    assert all(record.levelno == logging.WARNING for record in caplog.records)
    texts = [record.getMessage() for record in caplog.records]
    assert all(SECONDS.search(text) for text in texts)
    return [SECONDS.sub("", text) for text in texts]


def halve(x: Any) -> Any:
    return x / 2.0 + 1.0


def test_traces_and_compilations_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    fun = jit(halve)

    def call(x: Any) -> Any:
        return fun(x)  # at: call

    at = place(__file__, "call", "call")
    compiled = "halve compiled for numpy; 2 equations"
    assert logged(lambda: call(X), caplog) == [
        f"halve traced at {at}: the first call; arguments: float64; 2 equations",
        compiled,
    ]
    assert logged(lambda: call(X), caplog) == []
    why = "`x` has another shape, kind: float64[2], was float64"
    assert logged(lambda: call(V), caplog) == [
        f"halve traced at {at}: {why}; arguments: float64[2]; 2 equations",
        compiled,
    ]


def test_a_changed_closure_is_the_cause(caplog: pytest.LogCaptureFixture) -> None:
    scale = np.ones(2)
    fun = jit(lambda x: x * scale)
    fun(V)
    scale = np.zeros(2)
    first, second = logged(lambda: fun(V), caplog)
    assert "free variable 'scale' was bound to another object; arguments: float64[2]; 1 equation" in first
    assert second == "<lambda> compiled for numpy; 1 equation"


def test_programs_of_derivatives_and_batches_are_compiled_for_themselves(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fun = jit(lambda x: x * x)
    fun(X)
    kinds = [logged(lambda r=run, x=x: r(fun)(x), caplog) for run, x in ((grad, X), (vmap, V), (grad, X))]
    assert [[text.split(";")[0] for text in texts] for texts in kinds] == [
        ["<lambda> compiled for numpy"] * 2,
        ["<lambda> compiled for numpy"],
        [],
    ]


def test_it_shows_by_default(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("funcgrad"), "propagate", False)
    with debug.log_compiles():
        jit(halve)(X)
    assert "halve traced at" in capsys.readouterr().err


def test_the_block_holds_for_its_own_thread_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    def other() -> None:
        thread = threading.Thread(target=lambda: jit(halve)(X))
        thread.start()
        thread.join()

    assert logged(other, caplog) == []
    with pytest.raises(ZeroDivisionError), debug.log_compiles():
        raise ZeroDivisionError
    jit(halve)(X)
    assert caplog.records == []


def test_without_jit_nothing_is_compiled(caplog: pytest.LogCaptureFixture) -> None:
    with debug.disable_jit():
        assert logged(lambda: jit(halve)(X), caplog) == []
