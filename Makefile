# What a newcomer and CI run. Every target first makes .venv ready, once; `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
# Given on to the command, to pytest and to uv: make demo ARGS="--customers 2000"
ARGS ?=
HOME_FOLDER := $(or $(LIUKE_HOME),$(CURDIR)/home)

BIN := .venv/bin
EXTRAS := bench compare notebooks postgres spark
COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet $(ARGS)

# Pages that must name what stands in the code, and the rules about files
HOUSE := tests/test_house.py tests/test_architecture.py tests/test_documentation.py tests/test_words.py

export PYTHON
export PYTHONUNBUFFERED := 1
# Tests start hundreds of processes of Liuke: none of them compiles its code again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo serve test test-all check bench compare format docs requirements registry fresh clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s%s\n", $$1, $$2 }' Makefile

demo: .venv/.runtime ## simulate an operator, train, evaluate, score, list: the main job
	LIUKE_HOME="$(HOME_FOLDER)" $(BIN)/liuke demo $(ARGS)

serve: .venv/.runtime ## answer POST /score with what the demo promoted
	LIUKE_HOME="$(HOME_FOLDER)" $(BIN)/liuke serve $(ARGS)

test: .venv/.dev ## the tests but the slow ones
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow" $(ARGS)

test-all: .venv/.dev ## the slow tests: pages and notebooks from end to end, many moments
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m slow $(ARGS)

fresh: ## demo, check and tests of a clean clone on a bare machine; needs root and debootstrap
	.ci/fresh demo check test test-all

check: .venv/.dev ## lint, format, types, import rules, documentation, house rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest $(HOUSE)

bench: .venv/.bench ## speed and memory, into docs/performance.md, after `make demo`; needs 15 GB
	$(BIN)/python benchmarks/performance.py --home "$(HOME_FOLDER)" --out docs/performance.md $(ARGS)

compare: .venv/.compare ## tables against four other libraries, into docs/comparison.md
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/comparison.py --out docs/comparison.md $(ARGS)

format: .venv/.dev ## put the code into the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/.dev ## write the generated pages again, from the code
	$(BIN)/python docs/architecture.py
	$(BIN)/python -c "from pathlib import Path; from features import catalogue; \
	from serving.customers import fields; from training import indicators; \
	Path('docs/base.md').write_text(fields.document(), 'utf-8'); \
	Path('docs/features.md').write_text(catalogue.document(), 'utf-8'); \
	Path('docs/indicators.md').write_text(indicators.document(), 'utf-8')"

requirements: .venv/.dev ## pin again what pyproject.toml requires (ARGS=--upgrade takes newer versions)
	$(COMPILE) pyproject.toml -o requirements/runtime.txt
	$(COMPILE) pyproject.toml --extra dev -c requirements/runtime.txt -o requirements/dev.txt
	$(COMPILE) requirements/build.in -c requirements/dev.txt -o requirements/build.txt
	for extra in $(EXTRAS); do \
	  $(COMPILE) pyproject.toml --extra $$extra -c requirements/dev.txt -o requirements/$$extra.txt; \
	done

registry: .venv/.runtime ## write the tables of a new registry again, for another MLflow
	$(BIN)/python requirements/registry.py

clean: ## remove the environment and what tools left; the home and its models stay
	rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find features training serving tests -name __pycache__ -prune -exec rm -rf {} +

.venv/.%: requirements/%.txt requirements/build.txt requirements/install pyproject.toml
	@requirements/install $*
	@touch $@
