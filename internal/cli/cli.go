// Package cli is the command line for callers of the API: each command is one
// file, over package client. It also says what every command of the program has,
// those of operators included.
package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"claimcheck/internal/foreign"
)

// An Env is what a command gets from its process.
type Env struct {
	Environ   []string // NAME=value
	ConfigDir string   // the user's folder for settings; empty if there is none
	Stdin     io.Reader
	Stdout    io.Writer
	Stderr    io.Writer

	notes *notes // nil: of pauses nothing is told
}

// Getenv returns the value of a variable, empty if it is not set.
func (e *Env) Getenv(name string) (value string) {
	for _, entry := range e.Environ {
		if v, ok := strings.CutPrefix(entry, name+"="); ok {
			value = v // the last one stays, as for the process itself
		}
	}
	return value
}

// Exit codes of commands.
const (
	ExitFailed      = 1   // a job failed, or the command
	ExitUsage       = 2   // the command line is wrong, or a setting
	ExitRefused     = 3   // the server refused the request: key, quota, limits, no such job
	ExitServer      = 4   // the server failed, or the network
	ExitInterrupted = 130 // Ctrl-C
)

// An ExitError ends a command with an exit code of its own.
type ExitError struct {
	Code int
	What string // one sentence for people; empty: all was said
}

// Error says what is wrong.
func (e *ExitError) Error() string { return e.What }

// UsageError says that the command line is wrong.
func UsageError(format string, args ...any) error {
	return &ExitError{ExitUsage, fmt.Sprintf(format, args...)}
}

// printLines writes JSON, one line for each.
func printLines[T any](w io.Writer, all []T) error {
	for i := range all {
		if err := printLine(w, &all[i]); err != nil {
			return err
		}
	}
	return nil
}

// printLine writes one line of JSON.
func printLine[T any](w io.Writer, one *T) error {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(one); err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	_, err := fmt.Fprintln(w, foreign.JSON(bytes.TrimSpace(line.Bytes())))
	return err
}
