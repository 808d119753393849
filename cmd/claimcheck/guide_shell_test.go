package main_test

import "testing"

// TestGuideShell runs the commands of docs/guides/shell.md.
func TestGuideShell(t *testing.T) {
	t.Parallel()
	runGuide(t, "guides/shell.md")
}
