# Commands for people and for CI.  `make demo` and `make test` need Python 3.11 or newer, and make.
# Another Python: `make test PYTHON=python3.13`.  More or fewer test processes: `make test WORKERS=4`.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

ifeq ($(origin PYTHON), undefined)
# The first that starts and is new enough (a pyenv shim may stand in the path and yet not start).
PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
  "$$p" -c 'import sys; assert sys.version_info >= (3, 11); print(sys.executable)' 2>/dev/null && break; done)
GPU_PYTHON ?= python3
else
GPU_PYTHON ?= $(PYTHON)
endif

VENV := .venv
PY := $(VENV)/bin/python
WORKERS ?= auto
PYTEST := $(PY) -m pytest -n $(WORKERS)

# One thread for BLAS: the tests already run in several processes.  No window for matplotlib.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
export MKL_NUM_THREADS ?= 1
export MPLBACKEND ?= Agg
# What compiled functions are made of in the tests; nothing for the best that is installed, which is llvm.
export FUNCGRAD_ENGINE ?= $(ENGINE)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test test-numpy test-slow test-maths test-gpu lint types docs changelog bench bench-gpu clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.ready-examples ## train the two-layer network and the digits
	$(PY) examples/two_layer_network.py
	$(PY) examples/digits.py

test: $(VENV)/.ready-test ## run the tests, but those marked slow or gpu; ENGINE=numpy or llvm asks for an engine
	$(PYTEST)

test-numpy: $(VENV)/.ready-test ## run the tests of compiled functions with NumPy's engine
	FUNCGRAD_ENGINE=numpy $(PYTEST) tests/compile tests/transforms tests/ops -k 'compil or jit or guards or fastcall'

test-slow: $(VENV)/.ready-test ## run the tests marked slow
	$(PYTEST) -m 'slow and not gpu'

test-maths: $(VENV)/.ready-test ## run vector functions over all float32; STRIDE=97 takes every 97th
	STRIDE=$${STRIDE:-1} $(PYTEST) -m exhaustive

test-gpu: ## run the tests marked gpu, with this machine's own python3 and CuPy; installs nothing
	PYTHONPATH=. "$(GPU_PYTHON)" -m pytest -p no:cacheprovider -m gpu

lint: $(VENV)/.ready-dev ## format, lint, and the floors' contracts
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(VENV)/bin/lint-imports --no-logo

types: $(VENV)/.ready-dev ## mypy --strict on the package, pyright on its public part
	$(PY) -m mypy
	$(PY) -m pyright --pythonpath $(PY)

docs: $(VENV)/.ready-dev ## build the documentation, and run its examples and those of every docstring
	$(PY) -m sphinx -q -W --keep-going -b html docs docs/_build/html
	$(PYTEST) tests/docs

changelog: $(VENV)/.ready-dev ## show what the next release's notes will say
	$(PY) -m towncrier build --draft

bench: ## run the benchmarks beside their peers, write docs/benchmarks.md; BENCH="networks --check" runs some
	"$(PYTHON)" benchmarks/run.py $(BENCH)

bench-gpu: ## run the benchmark for the GPU, with this machine's own python3 and CuPy
	PYTHONPATH=. "$(GPU_PYTHON)" benchmarks/gpu.py $(BENCH)

clean: ## remove what the commands above have made
	rm -rf $(VENV) build dist docs/_build docs/_generated examples/output
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

# The environment lies in .venv, so that nothing is installed into the machine's own Python.  Each set of
# packages is installed once and again when pyproject.toml changes.

$(VENV)/.ready-%: pyproject.toml | $(PY)
	$(PY) -m pip install --quiet --editable '.[$*]'
	@touch $@

# Some systems ship Python without the means to put pip into an environment; then virtualenv, then the
# machine's own pip, are asked to.
$(PY):
	@if [ -z "$(PYTHON)" ]; then \
	  echo 'funcgrad needs Python 3.11 or newer, and found none: make PYTHON=/path/to/python3.13' >&2; exit 1; fi
	@rm -rf $(VENV)
	@"$(PYTHON)" -m venv $(VENV) >/dev/null 2>&1 \
	  || { rm -rf $(VENV) && "$(PYTHON)" -m virtualenv --quiet $(VENV) >/dev/null 2>&1; } \
	  || { rm -rf $(VENV) && "$(PYTHON)" -m venv --without-pip $(VENV) >/dev/null 2>&1 \
	       && "$(PYTHON)" -m pip --python $(PY) install --quiet pip; } \
	  || { rm -rf $(VENV); \
	       echo 'No environment could be made with $(PYTHON). Install its venv module' >&2; \
	       echo '(Debian, Ubuntu: apt install python3-venv) or virtualenv, then run make again.' >&2; exit 1; }
