# Two commands on a fresh machine: `make run` and `make test`. `make help` lists the others.
SHELL := /bin/sh
PYTHON := .venv/bin/python
APPS := backoffice accounting settlement records compliance itsupport
# Checks of the code read no data: they start no server.
DRY := BACKOFFICE_SERVERS=address
# Arguments for pytest, as in: make test ARGS="tests/settlement -k netting"; for bench, its areas
ARGS ?=
JOBS ?= auto

.DEFAULT_GOAL := help
.PHONY: help env run stop test lint style types contracts migrations deploy bench lock

help: ## What can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-6s %s\n", $$1, $$2}' Makefile

env:
	@sh backoffice/launching/prepare.sh

run: env ## The whole house on this machine: http://localhost:8000 (PORT=9000 make run)
	@exec $(PYTHON) -m backoffice.launching

stop: env ## Stop the house, and every embedded server
	@exec $(PYTHON) -m backoffice.launching stop

test: env ## All tests, in parallel, on real PostgreSQL and Redis
	@exec $(PYTHON) -m backoffice.launching test -n $(JOBS) $(ARGS)

lint: style types contracts migrations deploy ## Style, types, import contracts, migrations, deployment check

style: env
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types: env
	$(DRY) $(PYTHON) -m mypy $(APPS) manage.py

contracts: env
	$(DRY) .venv/bin/lint-imports

migrations: env
	$(DRY) $(PYTHON) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

# As in production, with a key of this very moment and no server.
deploy: env
	$(DRY) BACKOFFICE_MODE=production ALLOWED_HOSTS=backoffice.example \
		SECRET_KEY=$$(od -An -N48 -tx1 /dev/urandom | tr -d ' \n') \
		$(PYTHON) manage.py check --deploy --fail-level WARNING

bench: env ## The figures of README and docs, measured on this machine (ARGS=ledger: one area)
	@exec $(PYTHON) -m bench $(ARGS)

lock: ## Compile requirements*.txt from pyproject.toml (UPGRADE=--upgrade for newer versions)
	@uv=$$(sh backoffice/launching/prepare.sh --uv) && \
	compile="$$uv pip compile pyproject.toml --universal --generate-hashes --python-version 3.12 \
		--no-emit-index-url --no-annotate --no-header --quiet $(UPGRADE)" && \
	$$compile -o requirements.txt && \
	$$compile --group embedded --group dev -c requirements.txt -o requirements-dev.txt
