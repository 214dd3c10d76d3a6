# Everything that is done with the repository. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO ?= go
GOLANGCI_VERSION := v2.15.0
# The caseload of `make run` lies outside the clone: PostgreSQL refuses to run as root, and another user may not reach root's home.
SONGTOR_DATA ?= $(if $(filter 0,$(shell id -u)),/var/lib/songtor-demo,$(HOME)/.local/share/songtor-demo)
export SONGTOR_DATA
# The demonstration and the tests share a disk with everything else on a developer's machine: what that leaves free is no reason to stop.
SONGTOR_SPACE_WARN ?= 2
SONGTOR_SPACE_REFUSE ?= 1
SONGTOR_SPACE_STOP ?= 0.5
export SONGTOR_SPACE_WARN SONGTOR_SPACE_REFUSE SONGTOR_SPACE_STOP

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z][a-z/%-]*:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: run
run: postgres build ## build what is missing and serve a synthetic caseload on http://localhost:8080
	exec bin/songtor serve --demo

.PHONY: build
build: web/dist/index.html ## build bin/songtor, with the application in it where its sources have changed, and bin/songtor-witness, without C, as the image has them
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/songtor ./cmd/songtor
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/songtor-witness ./cmd/songtor-witness

# The sources of the application. Its tests are none.
WEB_SOURCES := $(shell find web/src web/sw web/text web/public schemas -type f -not -name "*.go") $(wildcard web/*.json web/*.ts web/*.mjs web/*.html)

web/dist/index.html: $(WEB_SOURCES) | node
	$(MAKE) --no-print-directory web/node_modules/.package-lock.json
	cd web && npm run --silent build

.PHONY: test
test: postgres solver browser build ## every test: Go with the race detector, what depends on times without it, then the browser
	$(GO) test -race -shuffle=on -p 1 -timeout 90m ./... # packages one by one: each starts servers, which starve each other on two cores
	$(MAKE) --no-print-directory promise-13
	cd web && npm run --silent test:unit && npm run --silent test:browser

# What each target is given: `make fuzz FUZZTIME=10m` for longer.
FUZZTIME ?= 60s

# The tests of the promises of SECURITY.md, each with its control.
PROMISE.6 = ./cmd/songtor ./internal/guard -run '^(TestNoDamageLosesAnythingWithoutAWord|TestAStartMendsWhatWasLost|TestWhatCannotBeMendedIsLeftAsItIs|TestTwoProcessesMendOneAfterTheOther|TestWithoutAStartPositionsAreGivenOutAgain)$$'
PROMISE.7 = ./internal/transparency -run '^(TestForgedHistoriesAreRefused|TestTwoHistoriesOfOneLog|TestEveryCheckIsNeeded)$$'
PROMISE.8 = ./cmd/songtor -run '^(TestEveryReceiptIsHonouredWithinSixtySeconds|TestAReceiptThatIsNotHonouredIsNoticed)$$'
PROMISE.9 = ./cmd/songtor -run '^(TestNothingOfAFormLiesInClear|TestTheWebProcessHasNoKEK|TestTheSearchFindsWhatIsNotSealed|TestTheSearchKnowsEveryEncoding)$$'
PROMISE.10 = ./cmd/songtor ./api -run '^(TestNothingIsShownWithoutARecord|TestNothingIsShownWhileTheAccessRecordIsAway)$$'
PROMISE.11 = ./internal/access -run '^(TestAccessMatrix|TestMatrix|TestAccessMatrixCatchesEveryMutant)$$'
PROMISE.12 = ./internal/access -run '^(TestEvaluationErrorNeverOpens|TestALostExclusionDeniesAndIsLogged)$$'
PROMISE.13 = ./api -run '^(TestExcludedAgencyLearnsNothing)$$'
PROMISE.14 = ./cmd/songtor -run '^(TestRowLevelSecurityStandsAlone|TestEveryTableWithACaseStandsBehindTheWall|TestAnOpenPolicyIsFoundByLooking)$$'
PROMISE.15 = ./api -run '^(TestRevocationBitesWithinFiveSeconds|TestTheStopwatchCatchesARevocationThatIsNotNoticed)$$'
PROMISE.16 = ./internal/app -run '^(TestBreakGlassLimitsItself|TestAGlassThatDoesNotEndIsSeen)$$'
PROMISE.17 = ./cmd/songtor ./internal/transparency -run '^(TestErasedStaysErased|TestAnErasedCaseStillVerifies)$$'
PROMISE.18 = ./internal/vault -run '^(TestKEKRotationUnderLoad|TestAfterARotationOldCopiesDoNotOpen)$$'
PROMISE.20 = ./cmd/songtor ./internal/backup -run '^(TestTheRestoreDrill|TestNothingInABackupCanBeChanged)$$'
PROMISE.21 = ./cmd/songtor -run '^(TestAFullDiskLosesNothing|TestAFullDiskThatNobodyWatchesIsSeen)$$'
PROMISE.27 = ./api ./schemas -run '^(TestHostileInput|TestOWASP|TestStrictDecoderTakesWhatIsJSONAndNothingElse|TestLimitsOfABody|TestAnEchoIsCaught|TestTheStandardDecoderIsNotStrict)$$'
PROMISE.28 = ./internal/upload -run '^(TestNothingButThePointsOfAPictureIsLeft|TestAPixelFloodIsRefusedAtOnce|TestTheSearchFindsWhatIsNotCleaned)$$'
PROMISE.30 = ./internal/matching -run '^(TestTwoSpellingsAreOnePerson|TestDistinctNamesStayDistinct|TestOtherFoldingsAreCaught)$$'
PROMISE.31 = ./api ./cmd/songtor ./internal/quarantine -run '^(TestALostPhonesFormsAreKeptAndNeverAcceptedSilently|TestARevokedDeviceIsPaced|TestAFormIsKeptOnceByScreeningAndDigest|TestARejectedFormsContentGoesAfterAWhile|TestRejectedFormsGoThoughNobodyLooks|TestAFormThatIsAcceptedSilentlyIsSeen)$$'
PROMISE.32 = ./internal/identity ./internal/vault ./cmd/songtor -run '^(TestDevIdentityCannotShip|TestDevKeysStandApart|TestTheDemonstrationOpensItsOwnKeysOnly|TestNoDemonstrationOnTheStoresOfAService)$$'
PROMISE.34 = ./internal/accesslog -run '^(TestABreachCanBeScoped)$$'

promise-6 promise-21: export SONGTOR_FAULTS = long
promise-%: postgres ## one promise of SECURITY.md by its number: make promise-10
	$(GO) test -count=1 -v -timeout 30m $(PROMISE.$*)

.PHONY: promises
promises: promise-6 promise-7 promise-8 promise-9 promise-10 promise-11 promise-12 promise-13 promise-14 promise-15 promise-16 promise-17 promise-18 promise-20 promise-21 promise-27 promise-28 promise-30 promise-31 promise-32 promise-34 ## every promise of SECURITY.md

.PHONY: drills
drills: postgres build ## every drill of deployments/runbook.md, on a demonstration; proves the alarms where Prometheus is installed
	bash deployments/drill.sh

.PHONY: fuzz
fuzz: postgres ## every fuzz target for FUZZTIME (60s)
	GO=$(GO) .ci/fuzz $(FUZZTIME)

# The whole fault programme, of which make test runs a short form. FAULTS_SEED=n makes the choices of an earlier run again; FAULTS names a
# part of internal/faults, and then the damage and the full disk of cmd/songtor are left out: they are promises 6 and 21.
FAULTS ?= .

.PHONY: test-faults
test-faults: postgres build ## kill, cut, part and shift everything under load, and print what was lost; half an hour, as root where possible
	SONGTOR_FAULTS=long SONGTOR_FAULTS_SEED=$(FAULTS_SEED) SONGTOR_BINARY=$(CURDIR)/bin/songtor \
	  $(GO) test -count=1 -v -timeout 120m -run '$(FAULTS)' ./internal/faults
ifeq ($(FAULTS),.)
	SONGTOR_FAULTS=long $(GO) test -count=1 -v -timeout 60m -run '^(TestNoDamage|TestAFullDisk)' ./cmd/songtor
endif

.PHONY: bench
bench: postgres build ## measure the service against the bare log and the bare database, and compare with the last time; writes bench.json
	bin/songtor bench --suite --cases $(CASES) --json bench.json --last bench.json --charts deployments/bench

# Size of the large caseload of `make bench`; a million takes about an hour and a half and 35 GB.
CASES ?= 200000

.PHONY: lint
lint: bin/golangci-lint ## vet, golangci-lint, and that go.mod is tidy and every module is what go.sum says
	$(GO) vet ./...
	bin/golangci-lint run ./...
	$(GO) mod tidy -diff
	$(GO) mod verify

bin/golangci-lint:
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

# PostgreSQL 15 or newer, for the private server that the service and the tests start. Nothing is done where it is there already.
.PHONY: postgres
postgres:
	@for installed in '/usr/lib/postgresql/*/bin/initdb' '/opt/homebrew/opt/postgresql@*/bin/initdb' '/usr/local/opt/postgresql@*/bin/initdb'; do \
	  if compgen -G "$$installed" >/dev/null; then exit 0; fi; \
	done; \
	[ -n "$${SONGTOR_DATABASE:-}" ] || { pg_config --bindir >/dev/null 2>&1 && [ -x "$$(pg_config --bindir)/initdb" ]; } \
	  || $(MAKE) --no-print-directory install PACKAGES=postgresql BREW=postgresql@17

# A second solver of linear programs, which attacks what the first one protects.
.PHONY: solver
solver:
	@command -v glpsol >/dev/null || $(MAKE) --no-print-directory install PACKAGES=glpk-utils BREW=glpk

# Chromium and the driver library, for the browser tests.
.PHONY: browser
browser: web/node_modules/.package-lock.json
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || [ -n "$${CHROMIUM:-}" ] \
	  || $(MAKE) --no-print-directory install PACKAGES=chromium BREW=chromium

.PHONY: node
node:
	@command -v npm >/dev/null || $(MAKE) --no-print-directory install PACKAGES='nodejs npm' BREW=node

web/node_modules/.package-lock.json: web/package-lock.json | node
	cd web && npm ci --ignore-scripts --no-audit --no-fund

# Installs with the package manager of the system. A fresh package may start a server of its own (Debian does); it is not used.
.PHONY: install
install:
	@sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	if command -v apt-get >/dev/null; then \
	  $$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $(PACKAGES); \
	elif command -v dnf >/dev/null; then $$sudo dnf install -y -q $(PACKAGES:postgresql=postgresql-server); \
	elif command -v brew >/dev/null; then brew install $(BREW); \
	else echo "Please install $(PACKAGES); no package manager was found that this Makefile knows." >&2; exit 1; fi
