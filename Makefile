# Everything a person types after `git clone`; each target sets up what it needs.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: train test test-long test-postgres check fix gpu-check install

train: install
	$(BIN)/seqflow train demo

test: check
	$(BIN)/pytest -m "not long and not postgres" --numprocesses 2 --dist loadgroup

test-long: install
	$(BIN)/pytest -m long --numprocesses 2 --dist loadgroup

test-postgres: install
	$(BIN)/pytest -m postgres

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

gpu-check: install
	$(BIN)/python -m training.gpu_check

install: $(INSTALLED)

$(INSTALLED): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "seqflow needs Python 3.11 or later, but $(PYTHON) is $$($(PYTHON) -V); set PYTHON=…"; exit 3; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint requirements.lock --editable '.[dev]'
	touch $(INSTALLED)
