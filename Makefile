# Each target explains itself: `make help`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
LEARN := .venv/learn.stamp
DEV := .venv/dev.stamp
PARTS := mkdocs.yml $(wildcard lessons/*.md lessons/*.yml solutions/*/*.py checks/*.py web/*.css) \
	$(wildcard src/yielddb/site/*.py src/yielddb/assets/*.js) $(shell find src/yielddb/templates/site -type f)
LOCK = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --quiet

.PHONY: help learn test drill soak page check mutants fix web runtime site lighthouse wheel bench goldens lock clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

learn: site/index.html ## set up, then open JupyterLab on the lessons and the site (ARGS=--no-browser)
	@exec $(BIN)/yielddb start $(ARGS)

test: $(DEV) ## style, types and all tests but the slow sweeps (ARGS='-k grade')
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal $(ARGS)

drill: $(DEV) ## attack the sandbox at each level of isolation that this system offers
	$(BIN)/python -m pytest -m drill tests/test_drill.py $(ARGS)

soak: $(DEV) ## grade 2,000 made-up submissions, a fifth hostile: nothing may grow (ARGS='--soak 500')
	$(BIN)/python -m pytest -s -m slow tests/test_soak.py --soak 2000 $(ARGS)

page: $(DEV) ## judge every app of the zoo in a browser and compare with the terminal (minutes)
	$(BIN)/python -m pytest -m page $(ARGS)

check: $(DEV) ## the laws of the course, all problems in one run
	$(BIN)/yielddb dev check

mutants: $(DEV) ## damage every solution in general ways; list what no check sees (minutes)
	$(BIN)/yielddb dev mutants $(ARGS)

fix: $(DEV) ## format the code and rebuild the notebooks
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/yielddb dev build

web: web/node_modules/.package-lock.json ## bundle the components of the site (needs Node)
	cd web && npm run --silent types && npm run --silent build

runtime: $(DEV) web/node_modules/.package-lock.json ## what a page needs to judge an app: into .cache/runtime/out (needs Node)
	cd web && node runtime/build.mjs --python ../$(BIN)/python
	@rm -f site/index.html # the next `make site` takes it along

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci

site: site/index.html ## build the site into site/ (with playgrounds: make runtime site)

site/index.html: $(LEARN) $(PARTS)
	$(BIN)/yielddb dev site

lighthouse: site ## measure pages of the site as a telephone sees them; needs node and Chromium (minutes)
	npm ci --prefix benchmarks/lighthouse --ignore-scripts --no-audit --no-fund
	$(BIN)/python benchmarks/lighthouse.py $(ARGS)
	$(BIN)/python benchmarks/weight.py

wheel: $(DEV) site ## build the wheel, course and site inside, into dist/
	$(BIN)/python -m build --wheel --no-isolation

bench: $(DEV) ## measure the grader beside others and its floor, a recording beside the plain run (ARGS=--quick)
	$(BIN)/python benchmarks/run.py $(ARGS)
	$(BIN)/python benchmarks/trace.py

goldens: $(DEV) ## record the golden texts anew; read the diff before you commit it
	$(BIN)/python -m pytest --regold $(ARGS)

lock: $(DEV) ## pin every dependency with its hash
	$(LOCK) --group learn -o requirements/learn.txt
	$(LOCK) --group dev -o requirements/dev.txt
	$(BIN)/uv pip compile requirements/browser.in -c requirements/learn.txt --universal --python-version 3.14 \
		--no-deps --generate-hashes --no-emit-index-url --no-header --quiet -o requirements/browser.txt
	echo 'sqlalchemy[asyncio]<2.1' | $(BIN)/uv pip compile - --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --quiet -o requirements/sqlalchemy-2.0.txt
	for peer in otter nbgrader check50; do $(BIN)/uv pip compile benchmarks/requirements/$$peer.in \
		-c requirements/learn.txt --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-emit-index-url --no-header --quiet -o benchmarks/requirements/$$peer.txt || exit 1; done

clean: ## remove what the other targets made; work/ stays
	rm -rf .venv .cache site dist .mypy_cache .ruff_cache .pytest_cache

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
		f"yielddb needs Python 3.11 or newer, not {sys.version.split()[0]}: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv

$(LEARN): requirements/learn.txt pyproject.toml | .venv/bin/python
	$(call install,requirements/learn.txt)

$(DEV): requirements/dev.txt pyproject.toml | .venv/bin/python
	$(call install,requirements/dev.txt)
	@touch $(LEARN)

# --no-deps: the lock is complete, and pip 23 would otherwise look for a newer coverage[toml] beside the pinned coverage
define install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(1)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
endef
