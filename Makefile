# Every target prepares by itself what it needs; the second call finds it there and is quick.
# Assumed on the machine: Python 3.11 or newer with venv, make, git.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
STUDY ?= tide_and_salt
ARGS ?=

# Trust the certificates the machine trusts, as git and pip do: many laboratories have their own.
export UV_SYSTEM_CERTS := 1

# Started by root, the hub gives each person an account: their servers need an environment, and a
# Python, that every account may read.
ifeq ($(shell id -u),0)
HUB_VENV ?= /opt/estuary-twin
HUB_PYTHON ?= /usr/bin/python3
else
HUB_VENV ?= $(VENV)
HUB_PYTHON ?= $(BIN)/python
endif

.DEFAULT_GOAL := help
.PHONY: help install study test bench verify faults calibrate hub hub-environment lint lock clean

help:  ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /make \1\t/' | expand -t 16

install: $(INSTALLED)  ## make the environment in .venv from requirements.lock

study: $(INSTALLED)  ## run a study on the real tide: STUDY=tide_and_salt ARGS="-p garonne_discharge=120"
	@$(BIN)/twin study run $(STUDY) $(ARGS)

# Tests that start servers, or measure what people wait for, have the machine for themselves; the
# others run side by side, those of one file together, since they share what was computed for them.
ALONE := tests/browser tests/hub tests/integration

test: $(INSTALLED)  ## run all tests: ARGS="-k tide" for some
ifeq ($(ARGS),)
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder \
		$(addprefix --ignore ,$(ALONE))
	@$(BIN)/python -m pytest $(ALONE)
else
	@$(BIN)/python -m pytest $(ARGS)
endif

bench: $(VENV)/.bench  ## measure the solver's speed and error: ARGS="--quick", ARGS="funnel speed"
	@$(BIN)/python -m benchmarks $(ARGS)

verify: $(INSTALLED)  ## compare the flow with exact solutions on fine meshes: report in build/verification
	@$(BIN)/python -m benchmarks.verification $(ARGS)

faults: $(INSTALLED)  ## kill every process of the twin at random moments: ARGS="--faults 200 --slurm"
	@$(BIN)/python -m benchmarks.faults $(ARGS)

calibrate: $(INSTALLED)  ## fit the river to its gauges, half an hour to two: evidence in calibration_out
	@$(BIN)/twin calibrate $(ARGS)

hub: hub-environment  ## start JupyterHub, its pages and the run service; prints the address
	@$(HUB_VENV)/bin/python -m hub_config start $(ARGS)

hub-environment: $(HUB_VENV)/.hub

lint: $(INSTALLED)  ## check style and that rooms import only rooms above them
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports

lock: $(VENV)/.uv  ## choose the newest versions that pyproject.toml allows, write requirements.lock
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra test --extra lab --extra hub \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		pyproject.toml --output-file requirements.lock

clean:  ## remove the environment and what tools leave behind; studies and runs stay
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# uv alone is enough to lock; pip only fetches it, because uv installs the rest in seconds.
$(VENV)/.uv:
	@python=; for candidate in python3 python3.14 python3.13 python3.12 python3.11; do \
		if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
		then python=$$candidate; break; fi; done; \
	if [ -z "$$python" ]; then \
		echo "Python 3.11 or newer is needed." >&2; \
		echo "Received: $$(python3 --version 2>&1 || true)." >&2; \
		echo "Next: install it (Debian 12: apt-get install python3 python3-venv)," \
			"then type the same command again." >&2; \
		exit 1; fi; \
	$$python -m venv $(VENV) || { \
		echo "$$python cannot make a virtual environment in $(VENV)." >&2; \
		echo "Next: apt-get install python3-venv (Debian), make clean, then try again." >&2; \
		exit 1; }
	@$(BIN)/python -m pip install -qq --disable-pip-version-check 'uv>=0.13'
	@touch $@

# The project itself is installed in place, without asking for dependencies the lock did not name.
$(INSTALLED): $(VENV)/.uv requirements.lock pyproject.toml
	@echo "Installing the locked environment in $(VENV)"
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(BIN)/uv pip sync --quiet --compile-bytecode requirements.lock
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(BIN)/uv pip install --quiet --no-deps --editable .
	@$(BIN)/python -m ipykernel install --sys-prefix --name estuary-twin \
		--display-name "Estuary Twin" >/dev/null
	@touch $@

# What the benchmarks compare with; versions that the lock names stay as they are.
$(VENV)/.bench: $(INSTALLED)
	@VIRTUAL_ENV="$(CURDIR)/$(VENV)" $(BIN)/uv pip install --quiet --constraint requirements.lock \
		--editable '.[bench]'
	@touch $@

# Copies, not links, so that nobody needs to read this checkout; the proxy is a program of npm's.
$(HUB_VENV)/.hub: $(INSTALLED) $(shell find twin_kernel hub_config catalogs notebooks -type f)
	@[ -x $(HUB_VENV)/bin/python ] || $(BIN)/uv venv --quiet --python $(HUB_PYTHON) $(HUB_VENV)
	@[ "$(HUB_VENV)" = "$(VENV)" ] || { \
		VIRTUAL_ENV="$(HUB_VENV)" $(BIN)/uv pip sync --quiet --compile-bytecode requirements.lock; \
		VIRTUAL_ENV="$(HUB_VENV)" $(BIN)/uv pip install --quiet --no-deps .; }
	@$(HUB_VENV)/bin/python -m ipykernel install --sys-prefix --name estuary-twin \
		--display-name "Estuary Twin" >/dev/null
	@mkdir -p $(HUB_VENV)/hub-proxy
	@cmp -s hub_config/package.json $(HUB_VENV)/hub-proxy/installed.json || { \
		cp hub_config/package.json $(HUB_VENV)/hub-proxy/ && \
		PATH="$(HUB_VENV)/bin:$$PATH" npm install --silent --no-fund --no-audit \
			--prefix $(HUB_VENV)/hub-proxy && \
		cp hub_config/package.json $(HUB_VENV)/hub-proxy/installed.json || { \
		echo "The hub's proxy was not installed: npm failed, see above. Next: make hub"; exit 1; }; }
	@cd / && umask 022 && $(abspath $(HUB_VENV))/bin/python -m hub_config.compiling
	@touch $@
