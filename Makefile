# Everything a person runs here. `make` prints this help; each target sets up what it needs.

SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
RUN := $(VENV)/bin
BASE_PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV_VERSION := 0.13.9
DATA ?= ../shared/data/customs
TEST_PROCESSES ?= 2

export PYTHONUNBUFFERED := 1
export OMP_NUM_THREADS ?= 1

.PHONY: help setup demo serve test check bench bench-online bench-parity bench-explain bench-detection bench-patterns \
	bench-customs bench-stream bench-bulk bench-faults bench-audit bench-exports bench-isolation bench-backtest bench-models bench-workbench \
	screenshots lock clean

help: ## Print this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 20

$(VENV)/.ready: requirements.lock pyproject.toml Makefile
	@echo "Setting up Python packages ..."
	@$(BASE_PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Tamga needs Python 3.11; set BASE_PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(RUN)/python || $(BASE_PYTHON) -m venv $(VENV)
	@test -x $(RUN)/uv || $(RUN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(RUN)/uv pip sync --quiet --compile-bytecode --require-hashes requirements.lock
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(RUN)/uv pip install --quiet --no-deps --editable .
	@touch $@

setup: $(VENV)/.ready ## Install everything into .venv (done by the other targets when needed)

demo: setup ## Screen a file of realistic orders from end to end and show what came of it
	@$(RUN)/tamga demo

serve: setup ## Start the service with its own database and queue; prints the address
	@$(RUN)/tamga serve

test: setup ## Run the tests on a real database and broker, and in a real browser where there is one
	@$(RUN)/python -m tests.browser.setup
	@$(RUN)/pytest -n $(TEST_PROCESSES) --dist loadfile

check: setup ## Format, lint, types and the direction of imports
	@$(RUN)/ruff format --check .
	@$(RUN)/ruff check .
	@$(RUN)/mypy
	@$(RUN)/lint-imports

bench: bench-parity bench-explain bench-detection bench-patterns bench-stream bench-bulk bench-faults bench-audit bench-exports bench-isolation bench-models bench-backtest bench-workbench bench-online ## Run every benchmark that needs no outside data

bench-online: setup ## Orders per second and latency of POST /v1/orders beside a floor app (FORMER=folder: and a former version)
	@$(RUN)/python -m api.bench.online $(if $(FORMER),--former $(FORMER))

bench-parity: setup ## Online and offline features equal, and untouched by later orders
	@$(RUN)/python -m api.bench.parity

bench-explain: setup ## Contributions add up to the margin; replay is equal to the bit
	@$(RUN)/python -m api.bench.explain

bench-detection: setup ## Tamga beside what the field uses: recall, calibration, alerts, slices; HTML in var/bench
	@$(RUN)/python -m api.bench.detection

bench-patterns: setup ## Lasting surges and split needs are found, honest growth is left alone
	@$(RUN)/python -m api.bench.patterns

bench-stream: setup ## Two million orders of customer, consignee, quantity and time: trained and scored
	@$(RUN)/python -m api.bench.stream

bench-bulk: setup ## A million orders from Parquet: features, scores, contributions, memory
	@$(RUN)/python -m api.bench.bulk

bench-customs: setup ## Customs declarations in DATA=folder: published protocol and unseen records
	@$(RUN)/python -m api.bench.customs $(DATA)

bench-backtest: setup ## 24 months and 200,000 orders retrained every 30 days; HTML report in var/bench
	@$(RUN)/python -m api.bench.backtest

bench-models: setup ## A thousand damaged or unsigned models refused before the loader, the old one serving
	@$(RUN)/python -m api.bench.models

bench-faults: setup ## Orders at once, killed processes, malformed requests
	@$(RUN)/python -m api.bench.faults

bench-audit: setup ## The audit log attacked as superuser and checked offline; 100,000 leaves
	@$(RUN)/python -m api.bench.audit

bench-exports: setup ## Every export opened by a foreign reader; PDFs byte for byte; a 50-page case file
	@$(RUN)/python -m api.bench.exports

bench-isolation: setup ## Everybody against everybody's objects as declared; a reported order beside its twin
	@$(RUN)/python -m api.bench.isolation

bench-workbench: setup ## Every page in a real browser on 100,000 orders: axe, weight, time, keyboard, outside requests
	@$(RUN)/python -m tests.browser.setup
	@$(RUN)/python -m api.bench.workbench

screenshots: setup ## Every page in both themes and languages as PNG under var/screenshots
	@$(RUN)/python -m tests.browser.setup
	@$(RUN)/python -m api.bench.screenshots

lock: setup ## Lock dependencies with hashes again
	@$(RUN)/uv pip compile pyproject.toml --extra dev --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --upgrade --quiet --output-file requirements.lock

clean: ## Remove the local database, models and environment
	rm -rf var $(VENV)
