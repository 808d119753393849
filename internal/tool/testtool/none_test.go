//go:build !testtools

package testtool_test

import (
	"testing"

	"claimcheck/internal/tool/testtool"
)

func TestNoToolsWithoutTag(t *testing.T) {
	if got := testtool.Tools(); len(got) != 0 {
		t.Errorf("a program for users has %d test tools", len(got))
	}
}
