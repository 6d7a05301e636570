# Everything a fresh machine needs: `make app` to use the explorers, `make test` to check a change.
PYTHON ?= python3
VENV ?= .venv
PORT ?=
PYTEST_ARGS ?=

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
SOURCES := $(shell find scalewidgets -type f -not -name '*.pyc' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help app test lint types docs bench chromium clean
.DELETE_ON_ERROR:

help: ## show this list
	@echo 'Targets (PYTHON=$(PYTHON), VENV=$(VENV)):'
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

app: $(VENV)/.app ## install the package and serve the explorers on this machine (PORT=5006)
	@$(BIN)/scalewidgets serve $(if $(PORT),--port $(PORT))

test: $(VENV)/.dev chromium lint types ## install all that tests need, then lint, check types and run every test
	$(BIN)/python -m pytest -n auto --dist loadfile -m 'not browser' $(PYTEST_ARGS)
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m browser $(PYTEST_ARGS)
	@echo 'make test: style, types and tests are all right.'

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

docs: $(VENV)/.docs ## build the documentation; a warning is an error
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	@echo 'make docs: open docs/_build/html/index.html'

bench: $(VENV)/.dev chromium ## run the benchmarks
	@set -e; for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python "$$script"; done

clean: ## remove the environment, builds and caches
	rm -rf $(VENV) build dist docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. Each stamp is newer than what it installed, so a second call has nothing to do.
$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'scalewidgets needs Python 3.11 or newer, and "$(PYTHON)" is not one. Say which to use: make $(MAKECMDGOALS) PYTHON=python3.12' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo 'This Python cannot make an environment with pip. On Debian: apt-get install python3-venv; or name another: make $(MAKECMDGOALS) PYTHON=...' >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo 'Making $(VENV) ...'; $(PYTHON) -m venv --clear $(VENV); }
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo '$(VENV) holds an older Python; remove it (make clean) and try again.' >&2; exit 1; }
	@touch $@

# An editable install already runs the current sources, so it is left in place.
$(VENV)/.app: $(VENV)/.python pyproject.toml $(SOURCES)
	@test -e $(VENV)/.dev -o -e $(VENV)/.docs || { echo 'Installing scalewidgets ...'; $(PIP) .; }
	@touch $@

$(VENV)/.dev: $(VENV)/.python pyproject.toml
	@echo 'Installing scalewidgets with what its tests need ...'
	@$(PIP) --editable '.[dev,lab]'
	@touch $@

$(VENV)/.docs: $(VENV)/.python pyproject.toml
	@echo 'Installing scalewidgets with what its documentation needs ...'
	@$(PIP) --editable '.[docs]'
	@touch $@

# Browser tests drive the Chromium of the system.
chromium:
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo 'Installing Chromium ...'; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	  else \
	    echo 'The browser tests need "chromium" on PATH. On Debian: sudo apt-get install chromium' >&2; exit 1; \
	  fi; }
