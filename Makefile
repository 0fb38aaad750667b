# Holdfast: `make` without a target shows this menu.

GO       ?= go
PREFIX   ?= /usr/local
GOFLAGS  ?=
export CGO_ENABLED = 0
# go.mod names a newer toolchain than the one that is there may be: without it that one has to do.
ifeq ($(shell $(GO) version 2>/dev/null),)
export GOTOOLCHAIN = local
endif

# Packages of Debian 12 that the tests, the lab and the benchmarks use; see `make deps`.
PACKAGES = user-mode-linux keepalived ipvsadm nginx-light tcpdump iproute2 iptables nftables iputils-ping kmod strace procps gcc libc6-dev frr systemd opensmtpd nsd socat prometheus chromium snmp snmpd snmptrapd dbus-daemon

# Longest run of the tests of one package, several times what it takes on two cores: what hangs must not cost
# more. A package of the lab boots a guest or two. All scenarios together take two thirds of theirs.
TEST_TIMEOUT ?= 5m
LAB_PACKAGE_TIMEOUT ?= 6m
LAB_TIMEOUT ?= 15m
# Packages that have tests in network namespaces.
NS_PACKAGES = $(sort $(patsubst %/,%,$(dir $(shell grep -rl --include='*_test.go' '^func TestNS' .))))
# Packages beside the scenarios that have tests in a kernel with IPVS.
LAB_PACKAGES = $(sort $(filter-out ./internal/lab/scenario,$(patsubst %/,%,$(dir $(shell grep -rl --include='*_test.go' '^//go:build lab' .)))))
FUZZ_TIME   ?= 20s

# Runs tests as go test does. A test that fails is run once more, alone: those with real clocks and real
# kernels may meet a machine that stands still for seconds. More than three failures, a panic and a data race
# are not run again. What passed only then is told at the end, and is a fault to be found all the same.
RUN_TESTS = PATH="$(dir $(shell command -v $(GO) 2>/dev/null)):$$PATH" bin/gotestsum --rerun-fails=1 --rerun-fails-max-failures=3 --rerun-fails-run-root-test \
  --rerun-fails-abort-on-data-race --rerun-fails-report=build/again/$@.txt --format

# The package's version: the daemon's own.
DEB_VERSION ?= $(shell sed -n 's/^var Version = "\(.*\)"/\1/p' internal/daemon/main.go)
DEB_ARCH    ?= $(shell $(GO) env GOARCH)

.PHONY: gotestsum deb vuln help build deps test test-unit test-race test-ns lab lab-packages lab-scenarios demo fuzz bench lint install clean

help: ## show this menu
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/holdfast and bin/holdfastctl, static
	@mkdir -p bin
	$(GO) build -trimpath -ldflags '-s -w' -o bin/holdfast ./cmd/holdfast
	$(GO) build -trimpath -ldflags '-s -w' -o bin/holdfastctl ./cmd/holdfastctl

# The time in the archives is that of the last commit, so that the same sources make the same package.
deb: build ## make build/holdfast_VERSION_ARCH.deb
	$(GO) -C tools build -o ../bin/nfpm github.com/goreleaser/nfpm/v2/cmd/nfpm
	@rm -rf build/deb build/holdfast_*.deb && mkdir -p build/deb/man
	for page in packaging/man/*; do gzip -9n <$$page >build/deb/man/$$(basename $$page).gz; done
	gzip -9n <CHANGELOG.md >build/deb/changelog.gz
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct 2>/dev/null || echo 0) DEB_VERSION=$(DEB_VERSION) DEB_ARCH=$(DEB_ARCH) \
	  bin/nfpm package --config packaging/nfpm.yaml --packager deb --target build/holdfast_$(DEB_VERSION)_$(DEB_ARCH).deb

vuln: ## look for known vulnerabilities (govulncheck)
	@GO=$(GO) sh .ci/vuln

deps: ## install the Debian packages that tests and demo need (nothing if all are there)
	@sh .ci/deps $(PACKAGES)

test: deps lint vuln deb test-unit test-race test-ns lab ## run everything: unit, race, namespaces, lab

test-unit: build gotestsum ## unit tests of every package, without those that make namespaces
	$(RUN_TESTS) standard-quiet --packages ./... -- -count=1 -timeout $(TEST_TIMEOUT) -skip '^TestNS'

test-race: gotestsum ## the same under the race detector
	CGO_ENABLED=1 $(RUN_TESTS) standard-quiet --packages ./... -- -count=1 -timeout $(TEST_TIMEOUT) -race -skip '^TestNS'

test-ns: build deb gotestsum ## tests in network namespaces of their own (root)
	$(RUN_TESTS) standard-verbose --packages '$(NS_PACKAGES)' -- -count=1 -timeout $(TEST_TIMEOUT) -parallel 8 -run '^TestNS'

gotestsum:
	@$(GO) -C tools build -o ../bin/gotestsum gotest.tools/gotestsum
	@mkdir -p build/again

lab: lab-packages lab-scenarios ## the scenarios of the lab, in a real kernel with IPVS (root)

# Two targets, so that with -k the scenarios run even if a package failed.
lab-packages: build gotestsum
	$(RUN_TESTS) standard-quiet --packages '$(LAB_PACKAGES)' -- -count=1 -timeout $(LAB_PACKAGE_TIMEOUT) -tags lab -p 1

lab-scenarios: build deb gotestsum
	$(GO) build -o bin/lab ./cmd/lab
	$(RUN_TESTS) standard-verbose --packages ./internal/lab/scenario -- -count=1 -tags lab -timeout $(LAB_TIMEOUT)

demo: deps build ## tell a failover as it happens
	$(GO) build -o bin/lab ./cmd/lab
	bin/lab demo

fuzz: ## fuzz every parser of foreign bytes for FUZZ_TIME each
	@set -e; grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u | while read -r dir; do \
	  for target in $$(grep -h -o '^func Fuzz[A-Za-z0-9_]*' $$dir/*_test.go | sed 's/^func //'); do \
	    echo "== $$dir $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZ_TIME) -fuzzminimizetime 5s $$dir; \
	  done; done

bench: deps build ## measure Holdfast beside keepalived and print the ratios
	$(GO) run ./cmd/bench

lint: ## gofmt, go vet, staticcheck
	@out=$$(gofmt -l .); test -z "$$out" || { echo "not formatted:"; echo "$$out"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags lab ./...
	$(GO) tool staticcheck -tags lab ./...

install: build ## install programs, manual pages, completions, the systemd unit and the D-Bus policy under PREFIX
	install -D -m 755 bin/holdfast $(DESTDIR)$(PREFIX)/sbin/holdfast
	install -D -m 755 bin/holdfastctl $(DESTDIR)$(PREFIX)/sbin/holdfastctl
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's#/usr/sbin/#$(PREFIX)/sbin/#g' packaging/holdfast.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/holdfast.service
	install -D -m 644 packaging/dbus.conf $(DESTDIR)$(PREFIX)/share/dbus-1/system.d/holdfast.conf
	install -d $(foreach n,1 5 8,$(DESTDIR)$(PREFIX)/share/man/man$(n))
	$(foreach n,1 5 8,install -m 644 packaging/man/*.$(n) $(DESTDIR)$(PREFIX)/share/man/man$(n)/;)
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	for p in holdfast holdfastctl; do \
	  install -m 644 packaging/completion/$$p.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$$p; done
	install -m 644 packaging/completion/_* $(DESTDIR)$(PREFIX)/share/zsh/site-functions/
	install -m 644 packaging/completion/*.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/

clean: ## remove what was built
	rm -rf bin build
