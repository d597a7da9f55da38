# make serve    run the server on http://localhost:2585 (ARGS="--port 8080" for options)
# make test     run every test; what cannot run here is skipped, and says what to install
# make check    test, and check format, lint, types, imports, coverage, packages and image
# make bench    measure, side by side with others that do the same work
# make schema   write anew what a new SQLite file is made from (after a migration was added)
# make lock     resolve the pinned requirements anew

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# Measured with the interpreter that the system ships, if it does: made for speed, which one compiled
# by hand often is not.
BENCH := .venv-bench
BENCH_PYTHON ?= $(firstword $(wildcard /usr/bin/python3.11) $(PYTHON))
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
NODE_TESTS := tests/clients/node
NODE_BENCH := benchmarks/node
CATALOGS := $(wildcard src/xrpc_invites/*/locales/*/LC_MESSAGES/*.po)
PYTEST := $(BIN)/python -m pytest --numprocesses 2

.PHONY: serve test check bench schema lock clean

serve: $(VENV)/.serve
	exec $(BIN)/xrpc-invites serve $(ARGS)

test: $(VENV)/.dev node-modules
	$(PYTEST) -m "not packaging" $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/coverage erase
	$(MAKE) test ARGS="--cov --cov-report="
	$(BIN)/coverage report
	$(PYTEST) -m packaging

# Needs npm, a C++ compiler and wrk (apt-get install wrk). ARGS="--quick" for a look, ARGS="--large" for a million codes.
bench: $(BENCH)/.installed node-modules $(NODE_BENCH)/node_modules/.installed
	$(BENCH)/bin/python -m benchmarks.speed $(ARGS)
	$(BENCH)/bin/python -m benchmarks.drivers
	$(BENCH)/bin/python benchmarks/lexicon.py
	$(BENCH)/bin/python benchmarks/tree.py
	$(BENCH)/bin/python benchmarks/growth.py
	$(BENCH)/bin/python -m benchmarks.failover

# What a new SQLite file is made from; after a migration was added.
schema: $(VENV)/.dev
	$(BIN)/python -m tests.schemas

lock: $(VENV)/.dev
	PATH="$(BIN):$$PATH" sh scripts/lock.sh

clean:
	rm -rf $(VENV) $(BENCH) $(NODE_TESTS)/node_modules $(NODE_BENCH)/node_modules

# A requirement file that changed is installed again, and a catalog is compiled; otherwise a second call is instant.
$(VENV)/.serve: requirements/run.txt requirements/build.txt pyproject.toml hatch_build.py $(CATALOGS)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes --requirement requirements/run.txt
	$(PIP) install --require-hashes --requirement requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml hatch_build.py $(CATALOGS)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes --requirement requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@ $(VENV)/.serve

$(BENCH)/.installed: $(VENV)/.dev requirements/bench.txt
	test -x $(BENCH)/bin/python || $(BENCH_PYTHON) -m venv --without-pip $(BENCH)
	$(PIP) --python $(BENCH)/bin/python install --require-hashes --requirement requirements/dev.txt
	$(PIP) --python $(BENCH)/bin/python install --require-hashes --requirement requirements/bench.txt
	$(PIP) --python $(BENCH)/bin/python install --no-deps --no-build-isolation --editable .
	touch $@

# Without npm the tests that need it are skipped, and say so.
.PHONY: node-modules
node-modules:
	if command -v npm >/dev/null; then $(MAKE) $(NODE_TESTS)/node_modules/.installed; fi

$(NODE_TESTS)/node_modules/.installed: $(NODE_TESTS)/package-lock.json
	cd $(NODE_TESTS) && npm ci --no-audit --no-fund --loglevel=error
	touch $@

# The reference PDS. Its SQLite is compiled for the Node.js that is installed with it, whichever the machine has.
$(NODE_BENCH)/node_modules/.installed: $(NODE_BENCH)/package-lock.json
	cd $(NODE_BENCH) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	cd $(NODE_BENCH) && npm rebuild node --loglevel=error
	cd $(NODE_BENCH) && npm_config_nodedir=$$(dirname $$PWD/node_modules/node/node_modules/node-*/include) \
		npm rebuild better-sqlite3 --loglevel=error
	touch $@
