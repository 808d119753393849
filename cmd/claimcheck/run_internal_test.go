package main

import (
	"bytes"
	"regexp"
	"testing"

	"claimcheck/internal/cli"
)

// A broken writer panics as a mistake of ours would.
type broken struct{}

func (broken) Write([]byte) (int, error) { panic("a\x1b[2J mistake") }

func TestAPanicIsToldInOneSentence(t *testing.T) {
	t.Parallel()
	var errs bytes.Buffer
	code := run(t.Context(), []string{"version"}, &cli.Env{Stdout: broken{}, Stderr: &errs})
	want := regexp.MustCompile(`^claimcheck: a fault of the program at \S*broken\.Write, line \d+, please report it: a\\x1b\[2J mistake\n$`)
	if code != cli.ExitFailed || !want.MatchString(errs.String()) {
		t.Errorf("got exit code %d, %q", code, errs.String())
	}
}

// A full writer is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, bytes.ErrTooLarge }

func TestHelpThatCannotBePrintedIsAFailure(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"help"}, {"--help"}, {"status", "--help"}, {"version"}, {"--version"}, {"completion", "bash"}} {
		var errs bytes.Buffer
		if code := run(t.Context(), args, &cli.Env{Stdout: full{}, Stderr: &errs}); code != cli.ExitFailed || errs.String() != "claimcheck: bytes.Buffer: too large\n" {
			t.Errorf("%q: got exit code %d, %q", args, code, errs.String())
		}
	}
}
