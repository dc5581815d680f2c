# make demo | test | lint | dist | clean
#
# Needs Python 3.11 or later with venv, nothing else. Each target installs what it needs
# into .venv, and again only after pyproject.toml or constraints.txt changed.
#
# On Linux, pip's torch is the build for CUDA, of several GB. For the small one: `make venv`,
# install the CPU build with .venv/bin/pip as PyTorch's "Get started" page shows, then go on.

PYTHON      ?= python3
CONSTRAINTS ?= constraints.txt
WORKERS     ?= 3

VENV    := .venv
BIN     := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
ALL     := $(VENV)/.all
INSTALL := $(BIN)/python -m pip install -q $(if $(CONSTRAINTS),-c $(CONSTRAINTS))
SETTING := pyproject.toml $(CONSTRAINTS)

# One thread for each test process: there is one more than two cores, as one mostly waits
# for a server. And no compiler for ranx, the reference of the metrics: on small data it
# costs a minute and saves nothing.
QUIET := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_DISABLE_JIT=1

.DELETE_ON_ERROR:
.PHONY: demo test faults lint dist venv clean

demo: $(RUNTIME)
	$(BIN)/basketweave demo

test: $(ALL)
	$(QUIET) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

# Kills, full disks and broken-off recoveries: some are in `make test`, these take
# ten minutes of processor time.
faults: $(ALL)
	$(QUIET) $(BIN)/python tests/contract/faults.py --kills 300 --disks 50 --recoveries 30
	$(QUIET) $(BIN)/python -m tests.journeys.service_faults --kills 50

lint: $(ALL)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/mypy

# The wheel is made from the sdist: one made in the tree may take in what build/ still holds.
dist: $(ALL)
	rm -rf build dist *.egg-info
	$(BIN)/python -m build --no-isolation
	BASKETWEAVE_DIST=dist $(BIN)/python -m pytest -q -k "wheel or sdist" tests/repository/test_packaging.py

venv: $(BIN)/python

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$@ -m pip install -q --upgrade 'pip>=25.1'

$(RUNTIME): $(SETTING) | $(BIN)/python
	@echo "Installing into $(VENV), the first time some GB ..."
	$(INSTALL) -e '.[demo,serve]'
	touch $@

# RecBole brings the MovieLens sample that a test reads; what it would run with is not needed.
$(ALL): $(SETTING) | $(BIN)/python
	@echo "Installing into $(VENV), the first time some GB ..."
	$(INSTALL) --group dev -e '.[demo,dgl,remote,serve,server,spark,text,tracking,tune]'
	$(INSTALL) --no-deps recbole
	touch $(RUNTIME) $@

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
