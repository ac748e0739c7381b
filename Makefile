# The table of contents of the project: `make` prints it.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
CATALOGUES := $(wildcard src/jangkau/locale/*/LC_MESSAGES/*.po)
WEB := src/jangkau/web
RUN_TESTS := $(BIN)/python -m pytest -n 2 --dist loadfile

.PHONY: help install demo test test-all lint typecheck bench docs site offline lock clean

help: ## print this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

.venv/installed: requirements-dev.txt pyproject.toml hatch_build.py $(WEB)/package-lock.json $(CATALOGUES)
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

install: .venv/installed ## make .venv with everything pinned in requirements-dev.txt

demo: install ## run the main job on an invented regency and show the result (no network)
	@$(BIN)/jangkau demo demo

test: install lint typecheck ## everything that must pass before a commit (under 15 minutes on 2 cores)
	$(RUN_TESTS) -m "not slow"

test-all: install lint typecheck ## the same and the slow tests
	$(RUN_TESTS)

lint: install ## style, imports that only go down, documented public functions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

typecheck: install ## mypy --strict on src/
	$(BIN)/mypy

bench: install ## measure radio core and plans (half an hour); INSTANCES=DIR adds standard instances of planning
	$(BIN)/python benchmarks/radio.py --regency --page docs/reference/speed.md
	@mkdir -p build
	$(BIN)/python benchmarks/planning.py --processor-seconds --json > build/plans.json
	$(if $(INSTANCES),$(BIN)/python benchmarks/planning.py --instances $(INSTANCES) --processor-seconds --json > build/instances.json)
	$(BIN)/python benchmarks/planning_page.py build/plans.json $(if $(INSTANCES),build/instances.json) > docs/reference/plans.md

docs: install ## make what is computed in the documentation (reference, accuracy, figures; minutes), then the site
	$(BIN)/python docs/make_reference.py
	$(BIN)/python docs/make_accuracy.py
	$(BIN)/python docs/make_survey.py
	$(BIN)/python docs/make_evidence.py
	$(BIN)/python docs/make_gallery.py
	$(MAKE) site

site: install ## build the documentation as pages to open or to put on any web server: build/site/index.html (seconds, no network)
	rm -rf build/site build/site-pages
	$(BIN)/sphinx-build -q -W --keep-going -d build/site-pages docs build/site

offline: install ## build the wheel, install it in an empty environment, run the tutorial there with the network cut (slow)
	$(BIN)/python -m pytest -s tests/docs/test_wheel.py

lock: install ## pin again what pyproject.toml asks for (needs the network)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --group dev --output-file requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		pyproject.toml --constraints requirements-dev.txt --output-file requirements.txt
	$(BIN)/python hatch_build.py

clean: ## remove what the other targets made
	rm -rf .venv demo dist build .mypy_cache .ruff_cache .hypothesis $(WEB)/static/vendor src/jangkau/locale/*/LC_MESSAGES/*.mo
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
