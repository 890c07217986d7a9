# run: set up and serve · test: set up and pass the suite · lint · bench (ONLY=name for one) · demo
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run demo test lint bench format chromium

run: $(VENV)/run.stamp
	@exec $(BIN)/python run.py

demo: $(VENV)/run.stamp
	@$(BIN)/python run.py demo

test: $(VENV)/dev.stamp chromium
	@$(BIN)/python -m pytest -n 2 --dist loadgroup
	@TEST_DATABASE=postgres $(BIN)/python -m pytest -n 2 --dist loadgroup -m "not browser"

lint: $(VENV)/dev.stamp
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

format: $(VENV)/dev.stamp
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

bench: $(VENV)/dev.stamp
	@$(BIN)/python bench/all.py $(ONLY)

chromium: $(VENV)/dev.stamp
	@$(BIN)/python .ci/chromium.py

$(VENV)/run.stamp: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Galena needs Python 3.11 or newer; this is %d.%d. Try: make run PYTHON=python3.12" % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements.txt requirements-dev.txt $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
