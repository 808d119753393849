package submit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"claimcheck/internal/cli"
	"claimcheck/internal/foreign"
	"claimcheck/internal/handin"
)

// A lineTold is a line of what --lines prints.
type lineTold struct {
	Line   int          `json:"line"` // from 1, blank ones counted
	JobID  string       `json:"job_id,omitempty"`
	Status string       `json:"status"` // accepted or refused
	Error  *submitError `json:"error,omitempty"`
}

// runLines hands in each line of a file as a job of its own, in one call.
func (s *submission) runLines(ctx context.Context, args []string, e *cli.Env) error {
	if err := s.checkLines(args); err != nil {
		return err
	}
	order := &handin.Order{Async: true}
	var err error
	if order.Options, err = s.clientOptions(time.Now()); err != nil {
		return err
	}
	order.Options.AllOrNothing = s.allOrNothing
	text, err := s.readLines(e)
	if err != nil {
		return cli.UsageError("--lines: %v", err)
	}
	if _, err := s.meet(ctx, args[0], order, e); err != nil {
		return err
	}
	answers, err := order.Client.SubmitLines(ctx, order.Tool.Name, bytes.NewReader(text), order.Options)
	if err != nil {
		return cli.Ended(ctx, err)
	}
	numbers, refused := numbersOf(text), 0
	for i := range answers {
		told := lineTold{JobID: answers[i].JobID, Status: "accepted"}
		if i < len(numbers) {
			told.Line = numbers[i]
		}
		if f := answers[i].Refusal; f != nil {
			refused++
			told.Status = "refused"
			told.Error = &submitError{Code: f.Code, Message: f.Message, Details: f.Details}
		}
		if err := cli.PrintLine(e.Stdout, &told); err != nil {
			return err
		}
	}
	if refused > 0 {
		return &cli.ExitError{Code: cli.ExitRefused, What: fmt.Sprintf("%d of %d lines refused", refused, len(answers))}
	}
	return nil
}

// checkLines judges the command line.
func (s *submission) checkLines(args []string) error {
	switch {
	case len(args) == 0:
		return cli.UsageError("submit needs the name of a tool; claimcheck tools lists them")
	case len(args) > 1:
		return cli.UsageError("--lines names the one input: leave %v out", foreign.Text(args[1]))
	case s.out != "" || s.waitFor != 0:
		return cli.UsageError("--lines does not wait for outputs: leave -o and --wait out, and fetch them with claimcheck wait and download")
	case s.resume:
		return cli.UsageError("--lines is no input to --resume: with --idempotency-key the same lines are the same jobs for 24 hours")
	case s.outputURL != "":
		return cli.UsageError("--output-url is for one output: leave it out with --lines")
	}
	return nil
}

// readLines reads the file, or standard input.
func (s *submission) readLines(e *cli.Env) ([]byte, error) {
	if s.lines != handin.Stdin {
		text, err := os.ReadFile(s.lines)
		if at, ok := errors.AsType[*os.PathError](err); ok {
			return nil, fmt.Errorf("%v: %w", foreign.Text(s.lines), at.Err)
		}
		return text, err
	}
	if e.Stdin == nil {
		return nil, errors.New("there is no standard input")
	}
	return io.ReadAll(e.Stdin)
}

// numbersOf are the numbers of the lines that are not blank.
func numbersOf(text []byte) (all []int) {
	number := 0
	for line := range bytes.Lines(bytes.TrimPrefix(text, []byte("\uFEFF"))) {
		number++
		if len(bytes.TrimRight(line, " \t\r\n")) > 0 {
			all = append(all, number)
		}
	}
	return all
}
