module claimcheck/bench/otter

go 1.26.0

replace claimcheck => ../..

require claimcheck v0.0.0

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/maypok86/otter/v2 v2.4.0
)
