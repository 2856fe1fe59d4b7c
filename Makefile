# Every target ends in xtask, where the steps are written once (see xtask/src).
# `make` alone lists what there is.

CARGO ?= cargo
XTASK := $(CARGO) run --package xtask --
PROFILE := $(if $(RELEASE),--release)

.DEFAULT_GOAL := help
.PHONY: help run dev test lint bench demo-grocery screenshots build setup toolchain

help: ## Show this list
	@echo "Perennial. Targets:"
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do \
	  printf '  make %-13s %s\n' "$$name" "$$text"; done

run: toolchain ## Build and start everything with demo data (RELEASE=1: optimised)
	@exec $(XTASK) run $(PROFILE)

dev: toolchain ## Rebuild, restart and reload on every change
	@exec $(XTASK) dev

test: toolchain ## Run every check that CI runs
	@exec $(XTASK) test $(ARGS)

lint: toolchain ## Formatting, clippy, documentation, licences, advisories
	@exec $(XTASK) lint

bench: toolchain ## Measure against pgbench on the same Postgres (ARGS="--seconds 5")
	@exec $(XTASK) bench $(ARGS)

demo-grocery: toolchain ## Import a month of a real grocery chain and check its totals (DATA=folder)
	@exec $(XTASK) grocery $(PROFILE) $(if $(DATA),--data "$(DATA)")

screenshots: toolchain ## Take a picture of every page into docs/screenshots
	@exec $(XTASK) build
	@exec $(XTASK) screenshots

build: toolchain ## Build site/ and the server (RELEASE=1: optimised)
	@exec $(XTASK) build $(PROFILE)

setup: toolchain ## Install what is missing, or say exactly what is
	@exec $(XTASK) setup

# rustup may be told not to install toolchains by itself; then we ask it to, by name.
toolchain:
	@command -v $(CARGO) >/dev/null || { \
	  echo "Rust is missing: install rustup (https://rustup.rs), then try again."; exit 1; }
	@command -v cc >/dev/null || { \
	  echo "A C compiler is missing (Rust links with it; on Debian: apt install build-essential)."; exit 1; }
	@if command -v rustup >/dev/null && ! rustc --version >/dev/null 2>&1; then \
	  channel=$$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml); \
	  echo "Installing Rust $$channel, once"; \
	  rustup toolchain install "$$channel" --profile minimal --component rustfmt --component clippy \
	    --target wasm32-unknown-unknown; \
	fi
	@wanted=$$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml); \
	  found=$$(rustc --version | cut -d' ' -f2); \
	  [ "$$(printf '%s\n%s\n' "$$wanted" "$$found" | sort -V | head -n1)" = "$$wanted" ] || { \
	    echo "Rust $$wanted or newer is needed; rustc is $$found."; exit 1; }
