//go:build race

package webhook_test

const (
	hangingOfOne = 500
	manyOwners   = 25
)
