package packages_test

import (
	"testing"

	"claimcheck/internal/testneeds"
)

func browse(t *testing.T, address string) {
	t.Helper()
	testneeds.Browse(t, address)
}
