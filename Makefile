PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help
help: ## list what make can do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

$(BIN)/linkage: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[ui,neo4j,dev]"
	@touch $@

.PHONY: install
install: $(BIN)/linkage ## make the virtual environment from constraints.txt

.PHONY: demo
demo: $(BIN)/linkage ## rebuild the bundled world and serve the investigators' page on 127.0.0.1:8501
	$(BIN)/linkage rebuild fixtures/world/input --store demo-store --as-of 2026-03-31
	$(BIN)/linkage ui --store demo-store --port 8501

.PHONY: fixture
fixture: $(BIN)/linkage ## make the bundled world again (the same bytes)
	rm -rf fixtures/world
	$(BIN)/linkage simulate --out fixtures/world --accounts 4000 --seed 7

.PHONY: test
test: $(BIN)/linkage ## run the whole test suite
	$(BIN)/python -m pytest -n 2 --dist loadgroup

.PHONY: check
check: $(BIN)/linkage ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: clean
clean: ## remove the virtual environment, caches and the demo store
	rm -rf $(VENV) demo-store build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
