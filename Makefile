# Every command of the project. `make` alone lists them.

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
STAMP := $(VENV)/.installed
LOCKS := requirements/runtime.txt requirements/sandbox.txt requirements/dev.txt
CATALOGUE := locale/en/LC_MESSAGES/django.mo
PYTHON ?= python3
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export TCLOUD_DEBUG ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset journey test system lint format types layers migrations pytest model contention chaos bench pictures lock upgrade messages messages-check docs icons clean

help: ## list these commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(STAMP) $(CATALOGUE) ## install everything into .venv (quick when nothing changed)

$(STAMP): $(LOCKS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 以上（目前：$$($(PYTHON) --version 2>&1)）。請安裝後再執行，或用 make setup PYTHON=python3.12 指定。 Python 3.11 or newer is needed."; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "無法建立 .venv。Debian/Ubuntu 請先安裝 python3-venv。 Could not make .venv; on Debian or Ubuntu install python3-venv."; exit 1; }
	@echo "安裝套件… installing packages"
	@$(PY) -m pip install --quiet --require-hashes $(addprefix -r ,$(LOCKS))
	@touch $@

%.mo: %.po $(STAMP)
	@$(PY) scripts/messages.py compile

demo: setup ## run the whole product: web, worker, sandbox, database; Ctrl-C stops it
	@$(PY) scripts/demo.py

demo-reset: setup ## empty the demo (refused while it runs)
	@$(PY) scripts/demo.py reset

journey: setup ## walk the whole journey over HTTP; COMPANIES=20 walks 20 at once; ARGS="--until expired" rehearses the end of points
	@$(PY) -m scripts.journey $(ARGS)

test: setup system lint types layers migrations messages-check pytest ## everything: lint, types, layers, migrations, messages, all tests

system: ## install chromium, CJK fonts and pdftotext when missing (Debian, Ubuntu)
	@scripts/system_packages.sh

lint: setup ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: setup ## write the format and the harmless corrections
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: setup ## mypy
	@$(BIN)/mypy tcloud config sandbox scripts

layers: setup ## import-linter: who may import whom
	@$(BIN)/lint-imports

migrations: setup ## models, triggers and migrations agree; system checks
	@$(PY) manage.py check
	@$(PY) manage.py makemigrations --check --dry-run

pytest: setup ## the tests alone; ARGS="tests/points -k expiry" chooses
	@$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

model: setup ## random acts of all parties on 2,000 orders beside an oracle (a few hundred are part of the tests)
	@MODEL_ORDERS=$${MODEL_ORDERS:-2000} $(BIN)/pytest -n 2 tests/model

contention: setup ## the races over HTTP in full: two hundred rounds (fewer are part of the tests)
	@CONTENTION_ROUNDS=$${CONTENTION_ROUNDS:-200} $(BIN)/pytest tests/concurrency/test_over_http.py

chaos: setup ## kill web, worker and database at random while COMPANIES=50 walk, ROUNDS=10 times; then everything must add up
	@$(PY) -m scripts.chaos $(ARGS)

bench: setup ## measure; writes bench.json
	@$(PY) -m benches

pictures: setup ## the pictures of the README, from a running or own demo
	@$(PY) -m scripts.pictures

lock: setup ## write requirements/*.txt, keeping versions where possible
	@$(PY) scripts/lock.py

upgrade: setup ## write requirements/*.txt with the newest allowed versions
	@$(PY) scripts/lock.py --upgrade

messages: setup ## collect the strings to translate into locale/, and compile
	@$(PY) scripts/messages.py update
	@$(PY) scripts/messages.py compile

messages-check: setup ## the English catalogue is complete and current
	@$(PY) scripts/messages.py check

docs: setup ## write the generated pages of docs/: the rule register and the states
	@$(PY) scripts/rule_register.py
	@$(PY) scripts/states_diagram.py

icons: setup ## write the icon sprite
	@$(PY) scripts/make_icons.py

clean: ## remove caches; .venv and data stay
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis bench.json
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
