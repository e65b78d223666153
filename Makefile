# Two commands do everything from a fresh clone: `make demo` and `make test`.
# They need git, make, Python 3.11+ and a package registry; all else lands in .venv.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
UV := $(VENV)/bin/uv
BIN := $(VENV)/bin
STAMP := $(VENV)/.synced
READ := $(VENV)/.read
# Compiled modules are kept whatever the surroundings say: a process that compiles them anew starts three times slower.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: test-nats sdks sdk-typescript release-contract demo up test bench soak booking-proof billing-proof webhooks-real fuzz suite checks lint types contracts snapshots clean help

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(STAMP) ## the whole product with ninety days of history, on embedded PostgreSQL and Redis
	@$(BIN)/escale demo $(ARGS)

up: $(STAMP) ## the same without the history
	@$(BIN)/escale up $(ARGS)

# More than there are cores, four at least: the slow files wait a lot, and begin first (tests/conftest.py).
WORKERS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 3 ? 4 : cores + 2)))

test: $(STAMP) ## style, types, import contracts, and the whole suite on real PostgreSQL and Redis
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory -j2 checks suite
	@command -v npm >/dev/null || echo "Not run: make sdk-typescript, since there is no node here."
	@command -v nats-server >/dev/null || echo "Not run: make test-nats, since there is no nats-server here."

# With memory to spare the suite's servers write into it: what they keep is judged by reading it again after a kill,
# and waiting for a disk is a tenth of a run.
MEMORY := $(shell awk '/^MemAvailable/ && $$2 > 12e6 {print "plenty"}' /proc/meminfo 2>/dev/null)
MEMORY := $(if $(MEMORY),$(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 8e6 {print "/dev/shm"}'))
# Programs must be allowed to run there, which containers often forbid. `make test MEMORY=` stays on the disk.
MEMORY := $(if $(MEMORY),$(shell try=$$(mktemp /dev/shm/escale-XXXXXX) && echo 'echo /dev/shm' >"$$try" && chmod 700 "$$try" && "$$try" 2>/dev/null; rm -f "$$try"))

# A run that failed leaves its files, and says where.
suite: $(READ)
	@folder=$$(mktemp -d "$(or $(MEMORY),$${TMPDIR:-/tmp})/escale-suite-XXXXXX") || exit 1; chmod 755 "$$folder"; \
	trap 'rm -rf "$$folder"; exit 130' HUP INT TERM; \
	TMPDIR="$$folder" $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS) \
	|| { echo "The files of this run are in $$folder"; exit 1; }; rm -rf "$$folder"

# Every worker reads all tests: compiled once beforehand, that is half the work. The last line is Hypothesis's own table.
$(READ): $(STAMP)
	@$(BIN)/python -m pytest --collect-only >/dev/null 2>&1 || true
	@$(BIN)/python -c 'from hypothesis import strategies; strategies.characters(codec="utf-8").validate()'
	@touch $@

# One after the other, in what the suite's waiting leaves of the cores.
checks: $(STAMP)
	@$(MAKE) --no-print-directory types contracts
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory sdk-typescript; fi

bench: $(STAMP) ## how fast it is against the library and a bare insert; ARGS="--quick" or ARGS="--only ID"
	@$(BIN)/python -m tests.bench $(ARGS)

soak: $(STAMP) ## storms of killed backends and lost answers for SECONDS=60, a new seed each; SEED=... repeats one
	@env SECONDS="$(SECONDS)" SEED="$(SEED)" $(BIN)/python -m tests.reliability

booking-proof: $(STAMP) ## ten rounds of every race for a slot, and thousands of random bookings over every change of the clock
	@env RACE_ROUNDS=10 BOOKING_STEPS=500 $(BIN)/python -m pytest tests/api/test_booking_races.py tests/api/test_booking_random.py

EVENTS ?= 1000000
billing-proof: $(STAMP) ## three simulated months with EVENTS=1000000 uses, judged by the oracle and by Stripe's stand-in
	@env BILLING_EVENTS="$(EVENTS)" BILLING_SEED="$(or $(SEED),20260101)" $(BIN)/python -m pytest tests/journeys/test_three_months.py

webhooks-real: $(STAMP) ## retries of a webhook in the real seconds of the schedule, the worker killed between them: 36 minutes
	@env WEBHOOK_RETRY_S="[5, 300, 1800]" $(BIN)/python -m pytest tests/adapters/webhooks/test_kills.py

test-nats: $(STAMP) ## the sink to NATS JetStream against its own server, killed meanwhile; needs nats-server
	@$(BIN)/python -m pytest tests/adapters/sinks -k TestNats

fuzz: $(STAMP) ## fifty cases, well and badly formed, for every operation of the OpenAPI document
	@env FUZZ_EXAMPLES=50 $(BIN)/python -m pytest -n $(WORKERS) tests/api/test_fuzz.py

lint: $(STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP)
	@$(BIN)/mypy

contracts: $(STAMP)
	@$(BIN)/lint-imports --no-logo

snapshots: $(STAMP) ## write the generated contracts anew: OpenAPI and the like
	@UPDATE_SNAPSHOTS=1 $(BIN)/python -m pytest tests/api/test_openapi.py tests/architecture/test_events.py tests/adapters/analytics/test_views.py

sdks: $(STAMP) ## write the generated parts of both client libraries anew; needs node and a network
	@$(BIN)/python -m sdk.making

sdk-typescript: $(STAMP) ## compile the TypeScript library, strictly, and run it against a live server; needs node
	@cd sdk/typescript && { test -d node_modules/typescript || npm ci --no-audit --no-fund --silent; } && ./node_modules/.bin/tsc
	@env ESCALE_SDKS=typescript $(BIN)/python -m pytest tests/sdk/test_stranger.py

release-contract: $(STAMP) ## today's OpenAPI document becomes the release that the next ones are held against
	@$(BIN)/python -m tests.contract.slim

clean: ## remove the environment and the demo's data
	rm -rf $(VENV) .escale

# uv brings the locked versions; it is installed inside the environment when it is missing.
$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Escale needs Python 3.11 or newer; name one with PYTHON=...")'
	@echo "Installing Escale's environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv>=0.9"

$(STAMP): pyproject.toml uv.lock | $(UV)
	@$(UV) sync --frozen --inexact --extra sinks --quiet
	@touch $@
