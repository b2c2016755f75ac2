# Two commands do everything, set-up included: `make demo` and `make test`.

CARGO ?= cargo
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)
SONICFG := target/release/sonicfg

.PHONY: demo test bench kill-test oracle-test build tools test-tools fmt clean

## demo: build, then validate a config, refuse a bad patch, apply a good one and take it back, plan a change
demo: build
	@sh tests/demo.sh $(SONICFG)

## test: formatting, lints, all tests (with a sample of the comparison with libyang 3)
test: test-tools oracle/target/release/oracle
	$(CARGO) fmt --check
	cd oracle && $(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --quiet --no-deps --lib
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
	  $(CARGO) nextest run --locked --no-fail-fast && $(CARGO) test --locked --doc; \
	else \
	  $(CARGO) test --locked --no-fail-fast; \
	fi

## oracle-test: the oracle's own tests, and the whole comparison with it
oracle-test: tools oracle/target/release/oracle
	cd oracle && $(CARGO) clippy --locked --all-targets -- -D warnings && $(CARGO) test --locked --release
	SONICFG_DIFF_DOCS=6000 $(CARGO) test --locked --release --test differential -- --nocapture

## bench: the figures of README's tables, measured here
bench: test-tools build oracle/target/release/oracle
	$(CARGO) bench --locked --bench validate
	$(CARGO) bench --locked --bench plan
	$(CARGO) bench --locked --bench apply

## kill-test: the release program, killed at random moments, 200 times on each kind of store
kill-test: test-tools
	SONICFG_KILLS=200 $(CARGO) test --locked --release --test transaction -- --nocapture at_random

build: tools
	$(CARGO) build --locked --release

oracle/target/release/oracle: $(wildcard oracle/src/*.rs) oracle/Cargo.lock | tools
	cd oracle && $(CARGO) build --locked --release
	@touch $@

# What the bundled libyang is built with.
tools:
	@missing=""; \
	command -v cmake >/dev/null || missing="$$missing cmake"; \
	[ -e /usr/include/pcre2.h ] || missing="$$missing libpcre2-dev"; \
	command -v cc >/dev/null || missing="$$missing gcc libc6-dev"; \
	if [ -n "$$missing" ]; then \
	  echo "installing:$$missing"; \
	  $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq $$missing; \
	fi

test-tools: tools
	@missing=""; \
	command -v redis-server >/dev/null || missing="$$missing redis-server"; \
	command -v curl >/dev/null || missing="$$missing curl"; \
	[ -e /usr/bin/python3 ] || missing="$$missing python3"; \
	if [ -n "$$missing" ]; then \
	  $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq $$missing; \
	fi

fmt:
	$(CARGO) fmt
	cd oracle && $(CARGO) fmt

clean:
	$(CARGO) clean
	cd oracle && $(CARGO) clean
