package submit

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"

	"claimcheck/client"
	"claimcheck/internal/cli"
	"claimcheck/internal/foreign"
	"claimcheck/internal/handin"
	"claimcheck/internal/terminal"
)

// handIn runs the order and reports what comes of it.
func (s *submission) handIn(ctx context.Context, o *handin.Order, items []*handin.Item, e *cli.Env) error {
	bars := terminal.NewBars(e.Stderr, s.quiet)
	above := e.Above(bars)
	o.Bars, o.Show = bars, cli.ShowOn
	o.Say = func(line string) { _, _ = fmt.Fprintln(above.Stderr, "claimcheck:", line) } // the waiting goes on all the same
	late := terminal.Shows(e.Stdout)                                                     // bars would be drawn between the lines of outputs
	err := o.Run(ctx, items, func(it *handin.Item) error {
		switch {
		case s.asJSON:
			line := jsonOf(it, s.async)
			return cli.PrintLine(above.Stdout, &line)
		case s.async && it.JobID != "":
			_, err := fmt.Fprintln(above.Stdout, foreign.Text(it.JobID))
			return err
		case it.Spool != "" && it.Err == nil && !late:
			return printOutput(e.Stdout, it)
		}
		return nil
	})
	bars.Close()
	for _, it := range items {
		if err == nil && late && it.Spool != "" && it.Err == nil {
			err = printOutput(e.Stdout, it)
		}
	}
	code := 0
	if err != nil { // jobs may go on all the same
		code = cli.ExitFailed
		if exit, ok := errors.AsType[*cli.ExitError](err); ok {
			code = exit.Code
		}
		_, _ = fmt.Fprintln(e.Stderr, "claimcheck:", foreign.Text(err.Error())) // the exit code tells as well
	}
	if err := s.tell(items, e); err != nil {
		return err
	}
	return s.end(ctx, o, items, code, e)
}

// printOutput hands an output on that is whole and was checked.
func printOutput(w io.Writer, it *handin.Item) error {
	f, err := os.Open(it.Spool)
	if err != nil {
		return err
	}
	defer f.Close()
	defer os.Remove(it.Spool) //nolint:errcheck // the folder is removed too
	if !terminal.Shows(w) {
		_, err = io.Copy(w, f)
		return err
	}
	if !isText(f) {
		return cli.UsageError("the output of %v is no text: claimcheck download %v -o FILE", foreign.Text(it.Input.Name), foreign.Text(it.JobID))
	}
	harmless := foreign.Writer(w)
	_, err = io.Copy(harmless, f)
	return errors.Join(err, harmless.Close())
}

// isText looks at the beginning of a file: what has a NUL is for no terminal.
func isText(f io.ReadSeeker) bool {
	head := make([]byte, 8<<10)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return true // the next read tells
	}
	_, err = f.Seek(0, io.SeekStart)
	return err == nil && !slices.Contains(head[:n], 0)
}

// A submitted is what --json prints of an input.
type submitted struct {
	Input  string          `json:"input"`
	JobID  string          `json:"job_id,omitempty"`
	Status string          `json:"status"`
	Output string          `json:"output,omitempty"`
	Bytes  *int64          `json:"bytes,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *submitError    `json:"error,omitempty"`
}

// A submitError says why there is no output.
type submitError struct {
	Code      string         `json:"code,omitempty"`
	Message   string         `json:"message"`
	Details   map[string]any `json:"details,omitempty"`
	RequestID string         `json:"request_id,omitempty"`
}

func jsonOf(it *handin.Item, async bool) submitted {
	line := submitted{Input: it.Input.Name, JobID: it.JobID, Status: wordFor(it), Output: it.Output, Result: it.Status.Result}
	if async && it.JobID != "" && it.Status.Status == "" {
		line.Status = "accepted"
	}
	if it.Output != "" {
		line.Bytes = &it.Bytes
	}
	if err := cmp.Or(it.Err, client.Failure(it.Status)); err != nil {
		line.Error = &submitError{Message: cli.Reason(err)}
		if f, ok := errors.AsType[*client.Error](err); ok {
			*line.Error = submitError{f.Code, f.Message, f.Details, f.RequestID}
		}
	}
	return line
}

// wordFor is the status of a job, or what became of an input that is none.
func wordFor(it *handin.Item) string {
	_, answered := errors.AsType[*client.Error](it.Err)
	switch {
	case it.JobID != "":
		return cmp.Or(it.Status.Status, "queued")
	case it.Unsure:
		return "unknown"
	case answered && cli.CodeOf(it.Err) == cli.ExitRefused:
		return "refused"
	default:
		return "unsent"
	}
}

// codeFor is the exit code that goes with what became of an input.
func codeFor(it *handin.Item) int {
	_, refused := errors.AsType[*client.Error](it.Err)
	_, line := errors.AsType[*url.Error](it.Err)
	switch {
	case it.Err == nil && it.Left:
		return cli.ExitServer
	case it.Err == nil && client.Failure(it.Status) != nil:
		return cli.ExitFailed
	case it.Err == nil, errors.Is(it.Err, handin.ErrNotSent) && !refused:
		return 0 // what kept it back has a code
	case errors.Is(it.Err, handin.ErrExists):
		return cli.ExitUsage
	case !refused && !line && handin.IsLocal(it.Err):
		return cli.ExitFailed
	default:
		return cli.CodeOf(it.Err)
	}
}

// whatOf is what there is to say of an input in one line, harmless on a terminal.
func whatOf(it *handin.Item) string {
	switch failure := client.Failure(it.Status); {
	case errors.Is(it.Err, handin.ErrNotSent):
		return "not handed in"
	case it.Unsure:
		return "it may have been handed in: --resume finds out"
	case it.Err != nil:
		return foreign.Text(cli.Reason(it.Err)).String()
	case failure != nil:
		return foreign.Text(failure.Error()).String()
	case it.Left:
		return "goes on"
	case it.Output != "":
		return foreign.Text(it.Output).String() + ", " + terminal.Size(it.Bytes)
	default:
		return ""
	}
}

// bad reports that there is something wrong with an input.
func bad(it *handin.Item) bool { return it.Err != nil || it.Left || client.Failure(it.Status) != nil }

// tell says on stderr what became of the inputs: of one in a sentence, of many in a
// table, those that failed last, with the place in the input below.
func (s *submission) tell(items []*handin.Item, e *cli.Env) error {
	var b strings.Builder
	if len(items) == 1 {
		it := items[0]
		switch {
		case it.Left || errors.Is(it.Err, context.Canceled) || it.Unsure || errors.Is(it.Err, handin.ErrNotSent): // told at the end
		case bad(it) && !s.asJSON:
			fmt.Fprintf(&b, "claimcheck: %v: %s\n", foreign.Text(it.Input.Name), whatOf(it))
		case it.Output != "" && !s.quiet && !s.asJSON:
			fmt.Fprintln(&b, whatOf(it))
		}
	} else {
		s.table(&b, items)
	}
	if !s.asJSON {
		carets(&b, items, terminal.Columns(e.Stderr))
	}
	_, err := io.WriteString(e.Stderr, b.String())
	return err
}

// table aligns by what characters take on a terminal, which text/tabwriter does not.
func (s *submission) table(b *strings.Builder, items []*handin.Item) {
	rows := [][3]string{}
	var failing [][3]string
	for _, it := range items {
		row := [3]string{foreign.Text(it.Input.Name).String(), wordFor(it), strings.TrimSpace(whatOf(it))}
		if it.JobID != "" && bad(it) {
			row[2] = strings.TrimSpace(row[2] + "  " + foreign.Text(it.JobID).String())
		}
		switch {
		case bad(it):
			failing = append(failing, row)
		case !s.quiet && !s.async:
			rows = append(rows, row)
		}
	}
	rows = append(rows, failing...)
	if len(rows) == 0 || s.asJSON {
		return
	}
	var widest [2]int
	for _, row := range rows {
		for i := range widest {
			widest[i] = min(max(widest[i], runewidth.StringWidth(row[i])), 40)
		}
	}
	for _, row := range rows {
		line := runewidth.FillRight(row[0], widest[0]) + "  " + runewidth.FillRight(row[1], widest[1]) + "  " + row[2]
		fmt.Fprintln(b, strings.TrimRight(line, " "))
	}
	fmt.Fprintf(b, "%d of %d done\n", len(items)-len(failing), len(items))
}

// maxCarets is of how many inputs the place is shown.
const maxCarets = 10

// carets shows where inputs are wrong.
func carets(b *strings.Builder, items []*handin.Item, columns int) {
	shown := 0
	for _, it := range items {
		f, ok := errors.AsType[*client.Error](cmp.Or(client.Failure(it.Status), it.Err))
		if !ok || f.Line <= 0 {
			continue
		}
		text, ok := it.Input.Caret(f.Line, f.Column, columns)
		if !ok {
			continue
		}
		if shown++; shown > maxCarets {
			break
		}
		if len(items) > 1 {
			fmt.Fprintf(b, "\n%v, line %d, column %d:\n", foreign.Text(it.Input.Name), f.Line, f.Column)
		}
		fmt.Fprintln(b, text)
	}
}
