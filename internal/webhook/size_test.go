//go:build !race

package webhook_test

// How many receivers hang. The race detector makes each of them ten times as
// dear; with it there are fewer (size_race_test.go), and the tests are run without it, too.
const (
	hangingOfOne = 10_500
	manyOwners   = 200
)
