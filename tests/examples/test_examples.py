"""Every example runs and prints results that are right."""

from __future__ import annotations

import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.house.source import ROOT

EXAMPLES = ROOT / "examples"
TESTED = {"digits.py", "exercises.py", "two_layer_network.py"}


Run = Callable[..., tuple[str, dict[str, Any]]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a script; returns what it printed, and the names that it defined."""

    def run_script(name: str, *options: str) -> tuple[str, dict[str, Any]]:
        monkeypatch.setattr(sys, "argv", [name, *options])
        names = runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out, names

    return run_script


def test_every_example_has_a_test() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == TESTED


def test_two_layer_network(run: Run) -> None:
    printed, _ = run("two_layer_network.py", "--steps", "60")
    rows = re.findall(r"^ *(\d+)((?: +\d\.\d{5}e[+-]\d\d){6})$", printed, re.MULTILINE)
    assert [int(step) for step, _ in rows] == [0, 59]
    table = np.array([[float(number) for number in numbers.split()] for _, numbers in rows])
    np.testing.assert_allclose(table, table[:, :1] * np.ones(6), rtol=1e-5)
    assert (table[1] < 1e-2 * table[0]).all()
    apart = re.search(r"over all steps and ways: (\S+)", printed)
    assert apart is not None
    assert float(apart[1]) < 1e-9
    assert "Way 2 ran on" in printed
    assert "lambda ; a:float64[1000,100] b:float64[100,10] c:float64[64,1000] d:float64[64,10] ." in printed


def test_the_six_ways_agree_step_by_step(run: Run) -> None:
    _, names = run("two_layer_network.py", "--steps", "1")
    problem = names["make_problem"](batch=16, inputs=100, hidden=50, outputs=5)
    ways = [names[name] for name in ("by_hand", "differentiated", "own_relu", "compiled", "layers")]
    first, *others = [names["losses"](way, problem, 500)[0] for way in ways]
    assert len(first) == 500
    assert first[-1] < 0.8 * first[0]
    for curve in others:
        np.testing.assert_allclose(curve, first, rtol=1e-6)


def test_exercises(run: Run) -> None:
    printed, _ = run("exercises.py", "--steps", "40")
    differences = [float(number) for number in re.findall(r"(\S+) relative difference", printed)]
    assert len(differences) == 2
    assert max(differences) < 1e-12
    assert printed.count("check_grads is content") == 2
    curves = [[float(number) for number in line.split()] for line in re.findall(r"  loss (.*)", printed)]
    assert len(curves) == 2
    for curve in curves:
        assert np.isfinite(curve).all()
        assert (np.diff(curve) < 0).all()
        assert curve[-1] < 0.9 * curve[0]


def test_digits(run: Run, tmp_path: Path) -> None:
    printed, _ = run("digits.py", "--output", str(tmp_path))
    seen, held_out = (float(number) for number in re.findall(r"([\d.]+)%", printed))
    assert seen >= 99.0
    assert held_out >= 97.0
    for name in ("loss_curve.png", "predictions.png"):
        data = (tmp_path / name).read_bytes()
        assert data.startswith(b"\x89PNG")
        assert len(data) > 10_000


def test_digits_comes_out_the_same_twice(run: Run, tmp_path: Path) -> None:
    runs = [run("digits.py", "--epochs", "1", "--output", str(tmp_path))[0] for _ in range(2)]
    first, second = (re.sub(r"in \S+ s", "", printed) for printed in runs)
    assert first == second


@pytest.mark.gpu
def test_two_layer_network_on_a_gpu(run: Run) -> None:
    printed, _ = run("two_layer_network.py")
    assert "Way 2 ran on CuPy arrays" in printed
    apart = re.search(r"over all steps and ways: (\S+)", printed)
    assert apart is not None
    assert float(apart[1]) < 1e-6
