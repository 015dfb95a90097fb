# run, class, check, test, oldest, newest, audit, lock, lint, words, train, bench, ancestors, screenshots, architecture. Each sets up what is missing.
PYTHON ?= python3
BIN := .venv/bin
BROWSER := $(shell command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || command -v google-chrome)
NGINX := $(shell PATH=$$PATH:/usr/sbin command -v nginx)
FIREFOX := $(shell command -v firefox-esr || command -v firefox)
APT := $(shell [ "$$(id -u)" = 0 ] && command -v apt-get)
HEADLESS := chromium-headless-shell fonts-liberation
MISSING := $(strip $(if $(BROWSER),,$(HEADLESS)) $(if $(FIREFOX),,firefox-esr) $(if $(NGINX),,nginx openssl))

.PHONY: run class check quick types form test tests programs oldest newest audit lock lint words train bench ancestors screenshots architecture browser clean

run: .venv/ready                    ## open the page
	$(BIN)/python -m ui.serve

class: .venv/ready                  ## open it to the local network, for a class
	$(BIN)/python -m ui.serve --class

check: .venv/ready-dev              ## lint, types and the quick tests, side by side
	$(MAKE) --no-print-directory -j2 types quick

types: form
	$(BIN)/mypy

form:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# Arithmetic: no real network, no page, no browser. One thread, since types are checked beside it.
quick:
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not network and not page and not browser and not slow"

# A process a core, each with one thread: two threads of one process wait for each other at every layer.
# What is missing is set up first: packages of Python beside packages of the system. Types are checked beside the tests.
test:                               ## every check
	$(MAKE) --no-print-directory -j2 .venv/ready-dev programs
	$(MAKE) --no-print-directory -j2 types tests

tests:
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

# The quick tests with the oldest packages that requirements.txt allows, and with the newest; environments of
# their own, made anew, of some GB each. `make oldest QUICK=` runs all tests.
QUICK ?= -m "not network and not page and not browser and not slow"
oldest: | .venv/bin/python          ## the quick tests with the oldest packages that are allowed
	$(BIN)/python -m benchmarks.packages.environment oldest
	OMP_NUM_THREADS=1 .venv-oldest/bin/python -m pytest $(QUICK)

newest: | .venv/bin/python          ## the same with the newest
	$(BIN)/python -m benchmarks.packages.environment newest
	OMP_NUM_THREADS=1 .venv-newest/bin/python -m pytest $(QUICK)

# These too need a network, and say so where there is none.
audit: | .venv/bin/python           ## known weaknesses of the packages in the server's lock file
	$(BIN)/python -m benchmarks.packages.audit

lock: | .venv/bin/python            ## the server's lock file anew, with the newest packages that are allowed
	$(BIN)/python -m benchmarks.packages.lock

lint: .venv/ready-dev
	$(MAKE) --no-print-directory types

words: .venv/ready-dev              ## the catalogues of the languages, after a change of the texts
	$(BIN)/python -m benchmarks.words

# MNIST is downloaded, unless MNIST_ROOT names a folder that has it. About four hours of one core to train, and
# three of two cores to judge.
train: .venv/ready-bench            ## the digit networks and the generator anew, with their cards, and the strictest judge
	$(BIN)/python -m trickcore.training.dense_network
	$(BIN)/python -m trickcore.training.digit_networks
	$(BIN)/python -m trickcore.training.digit_generator
	$(BIN)/python -m benchmarks.autoattack robust --write
	$(BIN)/python -m benchmarks.proofs

bench: .venv/ready-bench browser    ## speed beside the peers, and of the page
	$(BIN)/python -m benchmarks.peers
	$(BIN)/python -m benchmarks.streaming
	$(BIN)/python -m benchmarks.crowd

PHOTOS ?=
ancestors: .venv/ready              ## the ancestors' results, reproduced: make ancestors PHOTOS=folder
	$(BIN)/python -m benchmarks.ancestors $(if $(PHOTOS),--photos $(PHOTOS))

screenshots: .venv/ready-dev browser  ## the pictures in README, from the running page
	$(BIN)/python -m tests.browser.screenshots
	$(BIN)/python -m trickcore sample:cat --target "king penguin" --steps 12 --quiet --gif assets/run.gif

architecture: .venv/ready           ## the import graph in docs/architecture.md
	$(BIN)/python -m benchmarks.architecture

# Programs that are no packages of Python: Debian's where one may install them. Elsewhere Playwright's own build of
# the browser (one without windows does) is fetched, and what needs Firefox (the second browser) or nginx (for the
# servers behind a proxy, docs/deploy.md) is skipped.
install = apt-get update -qq && apt-get install -y -qq --no-install-recommends $(1)

programs: $(if $(APT),,browser)
	$(if $(and $(APT),$(MISSING)),$(call install,$(MISSING)))

browser: $(if $(BROWSER)$(APT),,.venv/ready-dev)
ifeq ($(BROWSER),)
	$(if $(APT),$(call install,$(HEADLESS)),$(BIN)/playwright install chromium)
endif

# Of thousands of modules some hundreds are ever used; those are compiled at their first use, not all by pip.
.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/ready: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --no-compile -r requirements.txt
	touch $@

.venv/ready-dev: requirements-dev.txt .venv/ready
	$(BIN)/python -m pip install --quiet --no-compile -r requirements-dev.txt
	touch $@

# torchattacks asks for a requests older than Streamlit's, and needs neither.
.venv/ready-bench: benchmarks/requirements.txt .venv/ready-dev
	$(BIN)/python -m pip install --quiet -r benchmarks/requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps "torchattacks>=3.5.1,<4"
	touch $@

clean:
	rm -rf .venv .venv-oldest .venv-newest .venv-tools
