//go:build !linux

package packages_test

import (
	"testing"

	"claimcheck/internal/testneeds"
)

func browse(t *testing.T, _ string) {
	t.Helper()
	testneeds.Missing(t, "Chromium on Linux")
}
