package main_test

import (
	"os"
	"testing"

	"claimcheck/internal/serverproc"
)

// The tests of this package know the program only from outside: by its command
// line, its signals, its files and its answers.
func TestMain(m *testing.M) { os.Exit(serverproc.Main(m)) }
