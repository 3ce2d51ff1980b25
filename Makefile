# `make` alone lists the targets. Each sets up what it needs in .venv, once.

PY ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= 2
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo serve test lint format docs lock clean
.DELETE_ON_ERROR:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## install, train on the bundled sample, and get films for two tastes
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash tools/demo.sh

serve: $(VENV)/.installed ## install and start the web app on this machine; Ctrl-C ends it
	@$(BIN)/matinee serve $(ARGS)

test: $(VENV)/.installed-dev ## install everything the tests need and run all of them
	$(BIN)/python -m pytest -n $(CORES) --dist loadfile $(ARGS)

lint: $(VENV)/.installed-dev ## check style, the order of imports, scripts of the page, and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/oxlint --deny-warnings src/matinee/server/page/js
	$(BIN)/mypy --strict src

format: $(VENV)/.installed-dev ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.installed-dev ## build the documentation; a warning is an error
	$(BIN)/sphinx-build -W --keep-going -q -b html -d docs/_build/doctrees docs docs/_build/html
	@echo "docs/_build/html/index.html"

lock: $(VENV)/.installed-dev ## pin what a server needs, with hashes, in requirements.lock
	@bash tools/lock.sh

clean: ## remove what was made: .venv, caches, built pages
	rm -rf $(VENV) .venv-* .demo .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache \
	  docs/_build build dist
	find src tests tools benchmarks docs -name __pycache__ -prune -exec rm -rf {} +

# The environment, and stamps that say what was installed into it.
$(BIN)/python:
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  found="is $$($(PY) --version 2>/dev/null)" || found="cannot be run"; \
	  echo "Matinee needs Python 3.11 or newer; '$(PY)' $$found." >&2; \
	  echo "Name another one: make PY=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PY) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "'$(PY) -m venv' failed. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Matinee into $(VENV) (once; about a minute) …"
	@$(PIP_INSTALL) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Matinee, its extras and the development tools into $(VENV) (once) …"
	@$(PIP_INSTALL) --editable '.[dev,map,neural,tune,postgres]'
	@touch $@ $(VENV)/.installed
