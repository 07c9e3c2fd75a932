# The commands that people type; CMake does the work. "make help" lists them.

PRESET ?= release
JOBS ?= $(shell nproc)
SECONDS ?= 300
COUNT ?= 3000
SEED ?= 1000
BUILD := build/$(PRESET)

.DEFAULT_GOAL := build
.PHONY: help setup configure build check demo asan fuzz hunt graphs mutants \
	format tidy docs install clean distclean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' \
	  $(MAKEFILE_LIST)

setup: ## Install what is missing: Debian packages, build/venv, build/deps
	@scripts/setup.sh

configure: setup
	@cmake --preset $(PRESET) --log-level=WARNING

build: configure ## Build the tools into build/release/bin (PRESET=release)
	@cmake --build $(BUILD) -j $(JOBS)

check: build tidy fuzz ## Set up, build, and run every test and check
	@ctest --preset $(PRESET) -j $(JOBS)

demo: build ## Find and repair the misaligned dimensions of a real model
	@scripts/demo.sh $(BUILD)/bin

asan: ## Build and test with AddressSanitizer and UBSan, in build/asan
	@$(MAKE) --no-print-directory build PRESET=asan
	@ctest --preset asan -j $(JOBS)

fuzz: setup ## Build the fuzzers, in build/asan, and run each on changed models
	@cmake --preset asan --log-level=WARNING
	@cmake --build build/asan -j $(JOBS) --target gac-fuzzers
	@ctest --preset asan -L fuzz

hunt: fuzz ## Let the fuzzers look for new inputs, for SECONDS (300)
	@mkdir -p build/asan/fuzz/found
	@cd build/asan/fuzz && ./gac-import-fuzzer -max_total_time=$(SECONDS) \
	  -timeout=20 -rss_limit_mb=4096 found corpus

graphs: build ## Verify COUNT (3000) random graphs, from SEED on
	@cd test/conformance && GAC_BIN_DIR=$(CURDIR)/$(BUILD)/bin \
	  GAC_RANDOM_GRAPHS=$(COUNT) GAC_RANDOM_SEED=$(SEED) \
	  ../../build/venv/bin/python -B -m unittest test_lanes.Lanes.test_random_graphs

mutants: COUNT = 100
mutants: build ## Repair COUNT (100) changed copies of each test model, from SEED on
	@cd test/conformance && GAC_BIN_DIR=$(CURDIR)/$(BUILD)/bin \
	  GAC_MUTANTS=$(COUNT) GAC_FIRST_MUTANT=$(SEED) \
	  ../../build/venv/bin/python -B -m unittest \
	  test_bad_input.ChangedModels.test_repair

tidy: configure ## Run clang-tidy on what changed since it last passed
	@cmake --build $(BUILD) -j $(JOBS) --target tidy -- -k 0

format: setup ## Format all C++ files in place
	@git ls-files '*.cpp' '*.h' | xargs clang-format-22 -i

docs: configure ## Generate the dialects' and passes' pages into build/release/docs
	@cmake --build $(BUILD) -j $(JOBS) --target gac-doc

install: build ## Install GAC into PREFIX (default /usr/local)
	@cmake --install $(BUILD) $(if $(PREFIX),--prefix $(PREFIX))

clean: ## Remove what was built; build/venv and build/deps stay
	@rm -rf build/release build/debug build/asan build/gcc

distclean: ## Remove all of build
	@rm -rf build
