# Everything runs in .venv, which every target makes and reuses.
COURSE := .venv/bin/course
PYTHON ?= python3

# What was compiled once is kept, though a container's image may say otherwise: each process would compile both packages
# anew, and each worker of pytest all tests.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install system demo lab test quick lint format release docs doctor lock notebooks screenshots mutants fuzz seeds lost benchmarks clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/installed ## create .venv and install the course into it

.venv/installed: pyproject.toml requirements.lock scripts/install.sh
	@PYTHON="$(PYTHON)" scripts/install.sh

system: ## install the Debian packages that grading and the browser tests use, where that is possible
	@scripts/system-packages.sh || echo "Going on without: what needs them says so."

demo: install ## a class of twelve, from release to grades
	@scripts/system-packages.sh bubblewrap || echo "Going on without a sandbox."
	@$(COURSE) demo

lab: install ## open the course in JupyterLab
	@$(COURSE) lab

test: install system ## run all tests
	@.venv/bin/python -m pytest -n auto --dist worksteal $(PYTEST)

quick: install ## a sample of every room's tests: what is quick, and one of each slow kind
	@.venv/bin/python -m pytest -n auto --dist worksteal --quick -q

lint: install ## check style, types and which room knows which
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo

format: install ## mend style
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

release: install ## regenerate assignments/ from solutions/
	@$(COURSE) release

docs: install ## make the handbook in build/handbook, and build/handbook.pdf (minutes, the first time)
	@.venv/bin/python -m handbook --pdf

doctor: install ## say what works on this machine
	@$(COURSE) doctor

lock: install ## pin all packages anew in requirements.lock, and a student's among them
	@.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra grading --extra dev --extra docs pyproject.toml -o requirements.lock
	@.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --constraint requirements.lock --no-annotate pyproject.toml -o autograder/classroom/handing_out/requirements.lock

notebooks: install ## run every notebook from top to bottom, and of each recording a run (minutes)
	@.venv/bin/python -m pytest -n auto tests/notebooks/test_whole_notebooks.py tests/notebooks/test_recorded_runs.py --whole-notebooks

screenshots: install system ## every page in light and dark, large and small, into build/screenshots (minutes)
	@.venv/bin/python -m pytest -q -n 0 tests/test_screenshots.py --screenshots

mutants: install ## measure the checks by mutation (minutes)
	@.venv/bin/python -m benchmarks.mutants

seeds: install ## ask every reference and every other right answer a thousand times (long)
	@.venv/bin/python -m pytest -n auto tests/checks -k earns_everything --seeds=1000

fuzz: install system ## 1,000 mutated submissions (minutes)
	@.venv/bin/python -m pytest -n auto tests/grading/test_fuzz.py --fuzz-examples=1000

lost: install system ## kill everyone who grades a class of 100, again and again (minutes)
	@.venv/bin/python -m pytest -n 0 tests/classroom/test_nothing_lost.py --class-size=100

benchmarks: install ## measure data, gradient checks, layers, training and grading (minutes)
	@for each in start shapes10 gradcheck layers training grading; do .venv/bin/python -m benchmarks.$$each; done

clean: ## remove what was built, not what students handed in
	@rm -rf .venv build .pytest_cache .ruff_cache .hypothesis
