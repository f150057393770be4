# The words people and CI use. A newcomer needs one of them: make run

HOST ?= 127.0.0.1
PORT ?= 8000
export HOST PORT PYTHON
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Every test process, and every site that one starts, would otherwise compile everything anew.
export PYTHONDONTWRITEBYTECODE =

PY := .venv/bin/python
BIN := .venv/bin
# What is checked here must not depend on this machine's .env or database.
CLEAN := ENV_FILE= DATABASE_URL=sqlite:///.venv/check.sqlite3
ON_BOTH_DATABASES := $(wildcard tests/queries tests/models tests/services tests/replies tests/api tests/hub tests/realtime)
# These load a whole site each, and wait for it half of the time: two beside each other, and nothing else.
FAULTS := tests/chaos/test_faults.py
# Most tests wait for servers most of the time.
AT_ONCE := --numprocesses=3 --dist=worksteal

.PHONY: help run install dev test test-containers check fmt bench bench-smoke tour lock

# What was installed for the Python of before an upgrade of the system's is not found by the one of now, whatever the
# stamps say: .venv is made anew, and so is .venv-bench.
ifneq ($(wildcard .venv/.runtime),)
ifneq ($(shell $(PY) -c 'import django' >/dev/null 2>&1 || echo gone),)
.PHONY: .venv/bin/python .venv/.runtime .venv/.development
endif
endif
ifneq ($(wildcard .venv-bench/.ready),)
ifneq ($(shell .venv-bench/bin/python -c 'import fastapi' >/dev/null 2>&1 || echo gone),)
.PHONY: .venv-bench/.ready
BENCH_OF_BEFORE := .venv-bench
endif
endif

help:
	@echo "make run     serve on http://$(HOST):$(PORT)"
	@echo "make install install what it runs on into .venv, and no more: for a machine that serves (docs/operations.md)"
	@echo "make dev     the same as run, starting again when code or a template changes"
	@echo "make test    every test, on SQLite; those of the database on PostgreSQL, too"
	@echo "make test-containers   the site in containers, as docker-compose.yml starts it (needs Docker; four minutes)"
	@echo "make check   format, lint, types, layers, migrations, deployment, templates"
	@echo "make fmt     format"
	@echo "make bench   measure everything beside its goals, into bench/RESULTS.md (an hour; bench/README.md)"
	@echo "make bench-smoke   does each measurement still run? (two minutes)"
	@echo "make tour    take the pictures of docs/tour.md anew"
	@echo "make lock    resolve the requirements anew (needs uv)"

run: .venv/.runtime .env
	@$(PY) manage.py setup
	@exec $(PY) manage.py serve --host "$(HOST)" --port "$(PORT)"

install: .venv/.runtime

dev: .venv/.development .env
	@$(PY) manage.py setup
	@exec env DEBUG=1 $(PY) manage.py serve --host "$(HOST)" --port "$(PORT)" --reload

# A machine with two cores may be too slow for three at once: what failed beside others has to pass alone.
define tested
@$(PY) -m pytest -q $(AT_ONCE) $(2) $(1) || { echo "== once more, alone: what failed beside others"; \
	$(PY) -m pytest -q --last-failed --last-failed-no-failures=none $(1); }
endef

test: .venv/.development
	@echo "== tests, on SQLite"
	$(call tested,--ignore=tests/e2e --ignore=$(FAULTS))
	@echo "== faults under load"
	$(call tested,$(FAULTS),--numprocesses=2)
	@echo "== tests, in a browser"
	$(call tested,tests/e2e)
ifneq ($(ON_BOTH_DATABASES),)
	@echo "== tests, on PostgreSQL"
	$(call tested,--database=postgresql $(ON_BOTH_DATABASES))
endif

test-containers: .venv/.development
	@$(PY) -m pytest -q tests/containers

check: .venv/.development
	@echo "== format and lint"
	@$(BIN)/ruff format --check --quiet . || { echo "Run: make fmt"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@echo "== types"
	@$(CLEAN) $(BIN)/mypy
	@echo "== layers"
	@$(BIN)/lint-imports --no-cache > .venv/layers.log 2>&1 || { cat .venv/layers.log; exit 1; }
	@echo "== migrations"
	@$(CLEAN) $(PY) manage.py makemigrations --check --dry-run --verbosity 0 || { echo "Run: manage.py makemigrations"; exit 1; }
	@echo "== deployment"
	@ENV_FILE=deploy/production.env.example $(PY) manage.py check --deploy --fail-level WARNING
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml
	@echo "== templates"
	@$(BIN)/djlint --lint --quiet templates

fmt: .venv/.development
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

bench: .venv/.development .venv-bench/.ready
	@$(PY) -m bench.everything

# Each at a tiny size, so that none can rot.
bench-smoke: .venv/.development .venv-bench/.ready
	@$(PY) -m bench.everything --smoke > .venv-bench/smoke.md

tour: .venv/.development
	@$(PY) -m bench.tour

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url
lock:
	$(LOCK) requirements.in --output-file requirements.txt
	$(LOCK) --constraint requirements.txt requirements-dev.in --output-file requirements-dev.txt
	$(LOCK) requirements-services.in --output-file requirements-services.txt
	$(LOCK) requirements-bench.in --output-file requirements-bench.txt

.env: | .venv/bin/python
	@$(PY) -m chatsite.first_env "$(HOST)" "$(PORT)"

.venv/.runtime: requirements.txt | .venv/bin/python
	@echo "Installing what it runs on (about a minute, the first time) ..."
	@$(PY) -m pip install --quiet --require-hashes --requirement requirements.txt
	@touch $@

# The development lock holds the runtime lock, too. The .pth lets tools find the project from .venv/bin/pytest.
.venv/.development: requirements-dev.txt | .venv/bin/python
	@echo "Installing what it is tested with (about two minutes, the first time) ..."
	@$(PY) -m pip install --quiet --require-hashes --requirement requirements-dev.txt
	@pwd > "$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/project.pth"
	@touch .venv/.runtime $@

# The peers that the product is measured beside, and a profiler: nothing of the site needs them.
.venv-bench/.ready: requirements-bench.txt | .venv/bin/python
	@rm -rf $(BENCH_OF_BEFORE)
	@$(PY) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --require-hashes --requirement requirements-bench.txt
	@touch $@

.venv/bin/python:
	@sh deploy/make-venv.sh
