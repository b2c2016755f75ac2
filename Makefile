# Two commands do everything, set-up included: `make demo` and `make test`.

CARGO ?= cargo
SUDO := $(shell [ "$$(id -u)" = 0 ] || command -v sudo)
SONICFG := target/release/sonicfg

# What `make dist` makes, and what is in it.
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
ARCH := $(shell uname -m)
NAME := sonicfg-$(VERSION)-$(ARCH)
STAGE := target/dist/stage
EPOCH = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md))

.PHONY: demo test bench render-bench kill-test oracle-test build dist package-test tools test-tools dist-tools fmt clean

## demo: build, then validate a config, reject a bad patch, apply and undo a good one, plan a change
demo: build
	@sh tests/demo.sh $(SONICFG)

## test: formatting, lints, all tests (with a sample of the comparison with libyang 3)
test: test-tools oracle/target/release/oracle
	$(CARGO) fmt --all --check
	cd oracle && $(CARGO) fmt --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	$(CARGO) check --locked --no-default-features --lib
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --quiet --no-deps --lib
	@if $(CARGO) nextest --version >/dev/null 2>&1; then \
	  $(CARGO) nextest run --locked --workspace --no-fail-fast && $(CARGO) test --locked --doc; \
	else \
	  $(CARGO) test --locked --workspace --no-fail-fast; \
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
	@if [ -z "$(SONICFG_BASE)" ]; then $(MAKE) $(BASE)/target/release/sonicfg; fi
	SONICFG_BASE="$(or $(SONICFG_BASE),$(CURDIR)/$(BASE)/target/release/sonicfg)" $(CARGO) bench --locked --bench ratio

## render-bench: how many templates of SONIC_BUILDIMAGE, a checkout, are rendered to the same bytes as sonic-cfggen does
render-bench: build
	python3 -m venv target/render-bench
	target/render-bench/bin/pip install --quiet jinja2==3.1.6 netaddr==0.8.0 natsort pyyaml setuptools
	SONIC_BUILDIMAGE="$(SONIC_BUILDIMAGE)" target/render-bench/bin/python tests/render_bench.py

# The build that benches/ratio.rs compares with, made once. SONICFG_BASE names another binary instead.
BASE_COMMIT := bee85bb
BASE := target/base-$(BASE_COMMIT)

$(BASE)/target/release/sonicfg:
	git worktree prune
	[ -d $(BASE) ] || git worktree add --detach $(BASE) $(BASE_COMMIT)
	cd $(BASE) && CARGO_TARGET_DIR=target $(CARGO) build --locked --release

## kill-test: the release program, killed at random moments, 200 times on each kind of store
kill-test: test-tools
	SONICFG_KILLS=200 $(CARGO) test --locked --release --test transaction -- --nocapture at_random

build: tools
	$(CARGO) build --locked --release

## dist: a tarball and a Debian package with everything, and their checksums, in dist/; the same bytes each time. Files
# in them are dated with the last commit.
# libpcre2 is linked statically; pkg-config's helper takes no archive below SYSROOT, which is /usr where nothing is said.
dist: dist-tools
	LIBPCRE2_8_STATIC=1 SYSROOT=/nonexistent CMAKE_TOOLCHAIN_FILE=$(CURDIR)/packaging/libyang.cmake \
	  RUSTFLAGS="--remap-path-prefix=$${CARGO_HOME:-$$HOME/.cargo}=/cargo --remap-path-prefix=$(CURDIR)=/sonicfg" \
	  $(CARGO) build --locked --release --target-dir target/dist
	sh packaging/stage.sh target/dist/release/sonicfg $(STAGE)
	rm -rf dist && mkdir dist
	tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@$(EPOCH) --mode=u+w,go-w,a+rX \
	  --transform='s,^\.,$(NAME),' -C $(STAGE) -cf - . | gzip -9n > dist/$(NAME).tar.gz
	SOURCE_DATE_EPOCH=$(EPOCH) $(CARGO) deb --no-build --no-strip --quiet --output dist/
	cd dist && sha256sum *.tar.gz *.deb > SHA256SUMS
	@ls -l dist

## package-test: what `make dist` made, installed in folders of its own, and run there
package-test: dist
	sh tests/package.sh dist

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

dist-tools: tools
	@command -v dpkg-shlibdeps >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq dpkg-dev; }
	@$(CARGO) deb --version >/dev/null 2>&1 || $(CARGO) install --locked cargo-deb

fmt:
	$(CARGO) fmt --all
	cd oracle && $(CARGO) fmt

clean:
	rm -rf dist
	$(CARGO) clean
	cd oracle && $(CARGO) clean
