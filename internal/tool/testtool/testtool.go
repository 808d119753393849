//go:build testtools

package testtool

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/tool"
)

const (
	maxInputBytes = 64 << 10
	exitCode      = 3
)

// Tools returns test-sleep, test-panic, test-exit, test-fail, test-html and
// test-svg.
func Tools() []tool.Tool {
	return []tool.Tool{
		misbehaving{"test-sleep", "Sleeps as long as the first word says and writes the rest, or how long it slept.", sleep},
		misbehaving{"test-panic", "Panics.", panics},
		misbehaving{"test-exit", "Ends the server's process at once if the input is the word always.", exit},
		misbehaving{"test-fail", "Fails: retry as a server does, invalid as an input does.", fail},
		page{"test-html", "html", "text/html; charset=utf-8"},
		page{"test-svg", "svg", "image/svg+xml"},
	}
}

// A misbehaving tool answers the text of its input with that of its output.
type misbehaving struct {
	name, summary string
	answer        func(ctx context.Context, input string) (string, error)
}

// Spec describes the tool.
func (m misbehaving) Spec() tool.Spec {
	return tool.Spec{
		Name:        m.name,
		Summary:     m.summary,
		Extensions:  []string{"txt"},
		InputTypes:  []string{"text/plain"},
		OutputExt:   "txt",
		ContentType: "text/plain; charset=utf-8",
		Text:        true,
		MaxBytes:    maxInputBytes,
	}
}

// Run reads the whole input before it misbehaves. An input that the tool does
// not know is Invalid TEST_FAILED.
func (m misbehaving) Run(ctx context.Context, c tool.Call) error {
	input, err := io.ReadAll(io.LimitReader(c.Input, maxInputBytes))
	if err != nil {
		return fmt.Errorf("read input: %w", err)
	}
	output, err := m.answer(ctx, strings.TrimSpace(string(input)))
	if err != nil {
		return err
	}
	if _, err := io.WriteString(c.Output, output); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

func sleep(ctx context.Context, input string) (string, error) {
	first, output, _ := strings.Cut(input, " ")
	d, err := time.ParseDuration(first)
	if err != nil {
		return "", unknown(input)
	}
	if output == "" {
		output = "slept " + first
	}
	select {
	case <-time.After(d):
		return output, nil
	case <-ctx.Done():
		return "", fmt.Errorf("sleep: %w", ctx.Err())
	}
}

func panics(context.Context, string) (string, error) {
	panic("test-panic was asked to")
}

// exit ends the process without deferred calls or signals, as a crash does.
func exit(_ context.Context, input string) (string, error) {
	if input == "always" {
		syscall.Exit(exitCode)
	}
	return "", unknown(input)
}

func fail(_ context.Context, input string) (string, error) {
	switch first, _, _ := strings.Cut(input, " "); first {
	case "retry":
		return "", errors.New("test-fail was asked for a failure of ours")
	case "invalid":
		return "", fault.New(fault.Invalid, "TEST_FAILED", "Test failed as asked.").With("line", 1).With("column", 1)
	default:
		return "", unknown(input)
	}
}

func unknown(input string) error {
	return fault.New(fault.Invalid, "TEST_FAILED", "The tool does not know the input %.100q.", input)
}

// A page writes its input as what browsers run scripts in.
type page struct{ name, ext, contentType string }

// Spec describes the tool.
func (p page) Spec() tool.Spec {
	return tool.Spec{
		Name: p.name, Summary: "Writes its input as " + p.ext + ".", Extensions: []string{"txt"}, InputTypes: []string{"text/plain"}, OutputExt: p.ext, ContentType: p.contentType, Text: true,
	}
}

// Run copies the input.
func (p page) Run(_ context.Context, c tool.Call) error {
	if _, err := io.Copy(c.Output, c.Input); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	return nil
}
