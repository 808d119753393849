# make test    all tests with the race detector, which is left out of libraries in which no goroutines meet: SQLite, compression, formats of data (unit.sh says which);
#              installs with apt and npm what they need
# make check   what .ci/run adds to the tests: linters, known faults of libraries, more kills, cuts and chaos, every fuzz target for FUZZTIME
# make bench   ratios against bare net/http, measured in one run (needs wrk); go run ./bench --earlier PROGRAM [ROW...] compares with an earlier build
# make bench-tools  MB/s and memory of each tool that converts data, beside the usual programs, as far as they are installed; go run ./bench/tools --size BYTES [TOOL...]
# make release  archives for linux, darwin and windows into dist, from the last commit, each made twice and compared; sums, bills of materials, licences
# make large   2 GiB from upload to download on each storage, 2 GiB by a resumable upload over a line that is cut 50 times, and 2 GiB up and down through each proxy
# make bench-pg  the same of servers on PostgreSQL, beside River (needs wrk and PostgreSQL); KEEP=DIR keeps its cluster
# make fuzz-tools  every fuzz target of the data tools for five minutes
# make kill    1,000 kills under load
# make chaos   half an hour of kills, stops, cuts and losses of servers, workers and databases
# make screenshots  the pictures of the README, taken anew (needs Chromium and Node)
# make console bundles internal/console/web into internal/console/dist, which is committed (needs Node)
# make postman makes examples/postman anew from the description that the server serves
GOLANGCI := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
VULN     := go run golang.org/x/vuln/cmd/govulncheck@v1.9.0
FUZZTIME ?= 10s
KILLS    ?= 20
CHAOS    ?= 2m

.PHONY: hard build postman console screenshots test check needs lint vuln unit fuzz fuzz-tools bench bench-pg bench-tools chaos kill large powercut tidy release packages

build:
	CGO_ENABLED=0 go build -trimpath -o claimcheck ./cmd/claimcheck

console: needs
	node internal/console/web/build.mjs

postman:
	go test -count=1 -run TestThePostmanFiles ./internal/judges/examples -update

screenshots: needs
	CLAIMCHECK_TEST_PICTURES="$(CURDIR)/docs" go test -count=1 -run TestPictures ./internal/judges/console

test: needs unit

check: lint vuln hard fuzz packages

needs:
	@sh ./needs.sh

lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'not gofmt-ed'; exit 1; }
	go vet ./...
	go vet -tags testtools ./...
	$(GOLANGCI) config verify
	$(GOLANGCI) run ./...

# The database of known faults is not reachable everywhere; where it is not, that is said and the rest goes on.
vuln:
	@$(VULN) ./... > vuln.out 2>&1; code=$$?; \
	if [ $$code -eq 0 ]; then tail -n 1 vuln.out; \
	elif grep -qiE 'vuln\.go\.dev|dial tcp|no such host|Forbidden|Not Found|timeout' vuln.out; then echo 'govulncheck: its database cannot be reached from here'; \
	else cat vuln.out; rm -f vuln.out; exit 1; fi; rm -f vuln.out

unit:
	CLAIMCHECK_TEST_KILLS=5 CLAIMCHECK_TEST_POWERCUTS=10 CLAIMCHECK_TEST_CHAOS=20s sh ./unit.sh
	go test -tags testtools ./internal/tool/testtool
	go test -run Hanging ./internal/webhook

# What the tests have in a shorter form: $(KILLS) kills, 30 power cuts, $(CHAOS) of chaos.
hard:
	CLAIMCHECK_TEST_KILLS=$(KILLS) CLAIMCHECK_TEST_POWERCUTS=30 go test -race -timeout 20m -count=1 -run 'TestKill|TestPowerCut' ./cmd/claimcheck
	CLAIMCHECK_TEST_CHAOS=$(CHAOS) go test -race -timeout 20m -count=1 -run TestChaos ./internal/cluster

fuzz:
	@sh ./fuzz.sh $(FUZZTIME)

bench:
	go run ./bench

bench-tools:
	go run ./bench/tools $(ARGS)

bench-pg:
	sh bench/postgres.sh sh -c 'go run ./bench --store "$$STORE" $(ARGS)'

fuzz-tools:
	FUZZ_FOLDERS='internal/data internal/tool' sh ./fuzz.sh 5m

chaos:
	CLAIMCHECK_TEST_CHAOS=30m go test -timeout 1h -count=1 -v -run TestChaos ./internal/cluster

release: needs
	go run ./release

# A release for Linux, made twice; licences of what is linked for the others; and that all packages and tests can be built for Windows.
packages:
	CLAIMCHECK_TEST_RELEASE=1 go test -count=1 -v -run 'TestARelease|TestEachSystem' ./release
	GOOS=windows go vet ./...

kill:
	CLAIMCHECK_TEST_KILLS=1000 go test -timeout 3h -count=1 -v -run TestKillUnder ./cmd/claimcheck

large:
	CLAIMCHECK_TEST_LARGE=2048 go test -timeout 20m -count=1 -v -run TestALargeDocument ./cmd/claimcheck
	CLAIMCHECK_TEST_TUS=2048 go test -timeout 40m -count=1 -v -run SendsALargeFile ./internal/judges/tus
	CLAIMCHECK_TEST_PROXIES=2048 go test -timeout 40m -count=1 -v -parallel 1 -run '^TestTheProxiesOfTheReader$$/.*/large' ./internal/judges/proxies

powercut:
	CLAIMCHECK_TEST_POWERCUTS=2000 go test -timeout 2h -count=1 -v -run TestPowerCut ./cmd/claimcheck

tidy:
	go mod tidy
	gofmt -w .
