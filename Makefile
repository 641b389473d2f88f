# make install          into your own folders, enabled and started
# make install PREFIX=/usr DESTDIR=pkg   for packagers: files only, which run NODE and TMUX_BINARY
NODE ?= node
TMUX_BINARY ?= $(shell command -v tmux)
ENABLE ?= yes
SOURCES := $(shell find src -name '*.ts' -o -name '*.*sh' 2>/dev/null) $(wildcard package.json build.mjs tsconfig.json) $(if $(wildcard src),$(wildcard units/*.in units/*/*.in units/*.mjs))

.PHONY: all build check test bench demo install uninstall clean unit-tests machine-tests deb docs
all: build

build: dist/tmux-persist.js

dist/tmux-persist.js: $(SOURCES) | node_modules
	$(NODE) build.mjs

# A packed or installed tree has no sources and needs no packages.
node_modules: $(wildcard package-lock.json)
	@test ! -d src || npm ci --no-audit --no-fund --loglevel=error
	@test ! -d src || touch node_modules

check: node_modules
	npx tsc --noEmit -p .
	npx eslint .
	npx prettier --check --log-level=warn .
	npx knip

# Everything: checks, unit and integration tests, then real machines of three Debian releases (MACHINES=bookworm narrows it).
# It fails where machines can't boot, unless TMUX_PERSIST_SKIP_MACHINES=1.
test: prepare check build unit-tests machine-tests

prepare:
	sh test/machine/prepare.sh

unit-tests: node_modules
	rm -rf build && npx tsc -p .
	$(NODE) --test --test-reporter=spec $$(find build/test -name '*.test.js' -not -path '*/machine/*')

machine-tests: dist/tmux-persist.js
	test -d build || npx tsc -p .
	$(NODE) build/test/machine/run.js

# The reference in the README, from the command tree; a test fails where it is out of date.
docs: dist/tmux-persist.js
	npx tsc -p .
	UPDATE_DOCS=1 $(NODE) --test build/test/cli/reference.test.js

bench: dist/tmux-persist.js
	npx tsc -p .
	$(NODE) build/test/bench/run.js

demo: dist/tmux-persist.js
	@sh test/machine/prepare.sh demo
	@sh test/demo.sh

install: dist/tmux-persist.js
	@NODE="$(NODE)" TMUX_BINARY="$(TMUX_BINARY)" ENABLE="$(ENABLE)" PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" sh units/install.sh

uninstall:
	@NODE="$(NODE)" PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" sh units/uninstall.sh

# A Debian package of the built program in build/deb (needs debhelper).
deb: dist/tmux-persist.js
	@NODE="$(NODE)" sh units/debian/build.sh

clean:
	rm -rf dist build
