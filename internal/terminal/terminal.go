// Package terminal is for what needs a terminal: it reads a secret without showing
// it, and draws bars that show how far things are, and whole screens. What programs
// print on a terminal beside that is package foreign's.
package terminal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// MaxSecretBytes is how long a secret may be.
const MaxSecretBytes = 4096

// Is reports whether a file is a terminal on which a secret can be asked for.
func Is(f *os.File) bool {
	_, err := echoOff(f, true)
	return err == nil
}

// Secret asks on the terminal for a line, which is not shown as it is typed, and
// returns it without the white space around it. The question is written to out.
// When ctx ends it returns its error at once; the read is then left behind, as
// the process is about to end. The terminal shows again what is typed when
// Secret returns.
func Secret(ctx context.Context, terminal *os.File, out io.Writer, question string) (string, error) {
	restore, err := echoOff(terminal, false)
	if err != nil {
		return "", fmt.Errorf("turn the echo of the terminal off: %w", err)
	}
	text, err := Ask(ctx, terminal, out, question)
	err = errors.Join(err, restore())
	_, endErr := fmt.Fprintln(out) // the end of the line that was typed is not shown either
	if err = errors.Join(err, endErr); err != nil {
		return "", err
	}
	return text, nil
}

// Ask asks for a line on a terminal, which shows it as it is typed, and returns it
// without the white space around it; empty if there is none. The question is
// written to out.
func Ask(ctx context.Context, terminal io.Reader, out io.Writer, question string) (text string, err error) {
	if _, err := fmt.Fprint(out, question); err != nil {
		return "", err
	}
	typed := make(chan error, 1)
	var line string
	go func() {
		var err error
		line, err = Line(terminal)
		typed <- err
	}()
	select {
	case err := <-typed:
		return line, err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// Line reads the first line of what is piped in, at most [MaxSecretBytes], and
// returns it without the white space around it.
func Line(in io.Reader) (string, error) {
	text, err := bufio.NewReader(io.LimitReader(in, MaxSecretBytes+1)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if len(text) > MaxSecretBytes {
		return "", fmt.Errorf("the line is longer than %d bytes", MaxSecretBytes)
	}
	return strings.TrimSpace(text), nil
}
