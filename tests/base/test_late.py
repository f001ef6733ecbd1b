"""Modules that are read at first use."""

from __future__ import annotations

import subprocess
import sys

import pytest

from funcgrad._src.base.late import late
from tests.house.source import ROOT

CODE = """
import sys
import numpy as np
import funcgrad
from funcgrad import grad, jit
grad(lambda x: x * x)(2.0)
f = jit(lambda x: x * x)
print("funcgrad._src.compile.plan" in sys.modules)
f(np.ones(3))
print("funcgrad._src.compile.plan" in sys.modules)
"""


def test_the_compiler_is_read_when_something_is_compiled() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == ["False", "True"]


def test_it_has_the_names_of_its_module() -> None:
    module = late("funcgrad._src.base.version")
    assert "version" in repr(module)
    assert "__version__" not in module.__dict__
    assert module.__version__ == sys.modules["funcgrad._src.base.version"].__version__
    assert "__version__" in module.__dict__


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        late("funcgrad._src.base.version").no_such_name  # noqa: B018
