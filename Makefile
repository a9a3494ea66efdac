# make demo: see feeds.  make test: what must hold.  The other targets are longer or need more.
PYTHON ?= python3
BIN := .venv/bin
SETUP := .venv/.done
SHARED ?= ../shared
VALIDATOR_PYTHON ?= $(PYTHON)
# What tests share, for those that are run as programs.
export PYTHONPATH := $(CURDIR)/tests/support
# Else each command that a test runs compiles feedkit anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint soak power-cut bless help-page settings-page limits-page api-page w3c readers screenshots contract expected bench clean

demo: $(SETUP)
	@$(BIN)/feedkit build examples/content --out build/demo
	@echo "Feeds are in build/demo. Open build/demo/index.html, or look at them with: $(BIN)/feedkit serve build/demo"

test: lint
	$(BIN)/pytest -q -n auto

lint: $(SETUP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# What must hold, for an hour: random edits and kills; SEED repeats what failed.
SEED ?= $(shell date +%s)
soak: $(SETUP)
	$(BIN)/python tests/build/test_incremental.py 200 50 $(SEED)
	$(BIN)/python tests/build/test_updates.py 100 30 $(SEED)
	$(BIN)/python tests/build/test_killed.py 200 $(SEED)
	$(BIN)/python tests/cache/test_damage.py 300 $(SEED)

# Replays what builds write, and looks at what a power cut would leave of it; needs strace.
power-cut: $(SETUP)
	$(BIN)/python tests/support/powercut.py

# Rewrites the golden files in tests: read the difference like code.
bless: $(SETUP)
	$(BIN)/pytest -q tests/render/test_golden.py tests/cli/test_command_texts.py tests/config/test_settings_texts.py --bless

# Compares what feedkit writes with the reference output in SHARED.
contract: $(SETUP)
	$(BIN)/python tests/support/contract.py $(SHARED)

# Compares what feedkit builds from the real records in SHARED with what they say.
expected: $(SETUP)
	$(BIN)/python tests/project/test_expected.py $(SHARED)

# Writes docs/cli.md from what --help says, docs/doctor.md from what can be found.
help-page: $(SETUP)
	$(BIN)/python tests/project/test_docs.py

# Writes docs/settings.md from what the settings are.
settings-page: $(SETUP)
	$(BIN)/python tests/support/settings_page.py

# Writes docs/limits.md from what the limits are.
limits-page: $(SETUP)
	$(BIN)/python tests/support/limits_page.py

# Writes docs/api.md from the docstrings of public names.
api-page: $(SETUP)
	$(BIN)/python tests/support/api_page.py

# Asks the W3C feed validator about the feeds of the demo; VALIDATOR is a checkout of
# w3c/feedvalidator, VALIDATOR_PYTHON an interpreter that has what it needs.
w3c: demo
	$(VALIDATOR_PYTHON) tests/support/w3c.py $(VALIDATOR) build/demo

# Reads the demo with readers as people have them, each in the formats that it knows.
readers: $(SETUP)
	tests/readers/install.sh build/readers
	PYTHONPATH=tests:tests/support $(BIN)/python -m readers build/readers

# Takes pictures of the demo's pages, on a phone and a desk, light and dark; needs Chromium.
screenshots: demo
	$(BIN)/python tests/support/browsing.py build/demo build/screenshots

bench: $(SETUP)
	$(BIN)/python benchmarks/run.py $(SHARED)/bench

$(SETUP): pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

clean:
	rm -rf .venv build dist
