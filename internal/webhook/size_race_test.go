//go:build race

package webhook_test

const (
	hangingOfOne = 1_500
	manyOwners   = 40
)
