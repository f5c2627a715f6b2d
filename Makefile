# Needs only Python 3.11 or newer. Everything is installed into .venv, from the locked requirements, when a lock has changed.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
PIP := .venv/bin/python -m pip --disable-pip-version-check --no-input --quiet
COMPILE := .venv/bin/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url $(if $(UPGRADE),--upgrade)
# One more than there are cores: the proof suite, in one of them, mostly waits for leases.
PROCESSES = $(shell $(PYTHON) -c 'import os; print(min(4, 1 + (os.cpu_count() or 1)))')

.DEFAULT_GOAL := help
.PHONY: help demo run test proof bench-gate lint lock docs judges screenshots

help: ## this list
	@echo "make TARGET, one of:"
	@sed -n 's/^\([a-z]*\):.*## /  \1\t/p' Makefile

demo: .venv/installed ## the whole job on this machine, nothing else needed (DEMO_ORDERS=20 DEMO_EXIT=1 ends by itself)
	@.venv/bin/python -m bridge demo

run: .venv/installed ## web and worker on this machine, with your settings
	@.venv/bin/python -m bridge run

test: lint judges ## lint, then every test, on SQLite and wherever possible on Postgres (ARGS= for pytest)
	@.venv/bin/python -m pytest --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder $(ARGS)

proof: .venv/installed-tests ## kills, repeats, cut lines, wrong clocks and full disks at length: nobody rings twice, nothing is lost (SEED=)
	@PROOF_LONG=1 PROOF_SEED=$(SEED) .venv/bin/python -m pytest -o faulthandler_timeout=0 tests/proof $(ARGS)

# Fails when a ratio to that commit falls below 0.9. Not in CI: a machine that others use too moves by more.
bench-gate: .venv/installed-tests
	@.venv/bin/python -m tests.bench.versus $(BASE) backlog placing latency --gate 0.9 $(ARGS)

judges: tests/judges/node_modules/installed ## other people's verifiers for the tests; they need Node.js 20 or newer

lint: .venv/installed-tests ## format, lint and types
	@.venv/bin/python -m ruff format --check .
	@.venv/bin/python -m ruff check .
	@.venv/bin/python -m mypy --num-workers 2

docs: .venv/installed ## the generated parts of docs/ and of schemas/config.schema.json anew
	@.venv/bin/python -m docs.generate

screenshots: .venv/installed-tests ## each page of the console in both languages as a picture in screens/, those of the docs in docs/screens
	@.venv/bin/python -m tests.screens

lock: .venv/installed ## requirements.txt anew from requirements.in (UPGRADE=1 for newer versions)
	@$(PIP) install uv
	@$(COMPILE) requirements.in --output-file requirements.txt
	@$(COMPILE) tests/requirements.in --constraints requirements.txt --output-file tests/requirements.txt

.venv/installed: requirements.txt pyproject.toml
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Needs Python 3.11 or newer, and found none. Install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PIP) --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv || { rm -rf .venv; \
		echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Installing into .venv …"
	@$(PIP) install --require-hashes --requirement requirements.txt
	@$(PIP) install --no-index --no-deps --no-build-isolation --editable .
	@.venv/bin/python -m compileall -q bridge
	@touch $@

.venv/installed-tests: .venv/installed tests/requirements.txt
	@echo "Installing the test tools into .venv …"
	@$(PIP) install --require-hashes --requirement tests/requirements.txt
	@touch $@

# Outside CI a machine without Node.js runs the other tests, which say what they could not ask.
tests/judges/node_modules/installed: tests/judges/package-lock.json
	@if command -v npm >/dev/null; then \
		echo "Installing the judges into tests/judges …" && npm ci --silent --prefix tests/judges && touch $@; \
	elif [ "$$CI" = true ]; then \
		echo "Needs Node.js 20 or newer with npm: Shopify's own validator judges our samples." >&2; exit 1; \
	else \
		echo "No Node.js here: Shopify's own validator is not asked."; \
	fi
