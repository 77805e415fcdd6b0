# Lookalike: every command a person or a machine needs. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PHOTOS ?=
GOAL ?=
PART ?=
FOLDER ?=
OUT ?= screenshots
KIND ?= cpu
export PYTHONPATH := desktop

.PHONY: help env run test test-slow test-all lint types bench eval screenshots translations bundle wheel export-models upgrade clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 18

$(VENV)/.ready: pyproject.toml constraints.txt packaging/system_packages.sh
	@packaging/system_packages.sh
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade -c constraints.txt pip setuptools wheel
	@echo "Installing the pinned packages (a few minutes, once)..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,heic]'
	@touch $@

env: $(VENV)/.ready ## make the environment

run: $(VENV)/.ready ## open the window on PHOTOS=folder (without a display: index, then search GOAL=photo)
	@$(BIN)/python -m lookalike.run_anywhere "$(PHOTOS)" "$(GOAL)"

test: $(VENV)/.ready lint types ## lint, types and the ordinary tests; no display needed
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q -m "not slow" -p no:cacheprovider

test-slow: $(VENV)/.ready ## the tests that take longer
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q -m slow -p no:cacheprovider

test-all: test test-slow ## everything continuous integration runs

lint: $(VENV)/.ready ## ruff, yamllint
	@$(BIN)/ruff check --no-cache desktop models packaging tests
	@$(BIN)/yamllint --strict --config-file packaging/yamllint.yml packaging $(wildcard .github)

types: $(VENV)/.ready ## mypy, strict
	@$(BIN)/mypy

bench: $(VENV)/.ready ## figures and ratios, measured side by side (PHOTOS=folder[,folder] for real photos, PART="search grid" for some)
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.bench "$(PHOTOS)" $(PART)

eval: $(VENV)/.ready ## ranking quality on FOLDER with labels.json
	@$(BIN)/python -m tests.eval "$(FOLDER)"

screenshots: $(VENV)/.ready ## every state of the window as PNG files in OUT
	@$(BIN)/python -m tests.journeys.shots "$(OUT)" $(if $(PHOTOS),--photos "$(PHOTOS)")

translations: $(VENV)/.ready ## bring the catalogues of every language up to the sources, and compile them
	@PYTHONPATH=packaging $(BIN)/python packaging/translations.py

bundle: ## what people install: dist/*.tar.xz, dist/*.deb (KIND=cuda: with NVIDIA's libraries)
	@packaging/system_packages.sh bundle
	@PYTHONPATH=packaging $(PYTHON) -m bundling $(if $(filter cuda,$(KIND)),--cuda)

wheel: $(VENV)/.ready ## dist/*.whl and dist/*.tar.gz (the sources)
	@$(BIN)/python -m hatchling build -d dist

export-models: ## make the default network's files anew (needs torch: see models/README.md)
	@$(PYTHON) -m models.export

upgrade: ## newest versions the project allows, written to constraints.txt
	@packaging/upgrade.sh

clean: ## remove what was built here (never your photos or your library)
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis screenshots desktop/*.egg-info
