package attempt_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/attempt"
	"claimcheck/internal/blob"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/tool"
)

// A toolFunc is a tool made of a function.
type toolFunc struct {
	spec tool.Spec
	run  func(context.Context, tool.Call) error
}

func (f toolFunc) Spec() tool.Spec                            { return f.spec }
func (f toolFunc) Run(ctx context.Context, c tool.Call) error { return f.run(ctx, c) }

func writing(b []byte) toolFunc {
	return toolFunc{tool.Spec{Name: "x-y", OutputExt: "txt", ContentType: "text/plain", Text: true}, func(_ context.Context, c tool.Call) error {
		_, err := io.Copy(c.Output, bytes.NewReader(b))
		return err
	}}
}

func newRunner(t *testing.T) (*attempt.Runner, blob.Store) {
	t.Helper()
	blobs, err := dirblob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &attempt.Runner{Blobs: blobs, Random: rand.Reader, Log: slog.New(slog.DiscardHandler), Grace: time.Second}, blobs
}

func run(ctx context.Context, r *attempt.Runner, t tool.Tool, limit int64) (queue.Outcome, error) {
	return r.Run(ctx, attempt.Work{Tool: t, Input: strings.NewReader("in"), InputSize: 2, RequestID: "rid", MaxOutput: limit})
}

// files counts the committed files.
func files(t *testing.T, blobs blob.Store) (n int) {
	t.Helper()
	err := blobs.Walk(t.Context(), time.Now().Add(time.Hour), func(string) error {
		n++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestOutputsUpToTheInlineSizeStayInMemory(t *testing.T) {
	for _, size := range []int{0, 1, job.MaxInlineBytes, job.MaxInlineBytes + 1, 3 << 20} {
		r, blobs := newRunner(t)
		content := bytes.Repeat([]byte("é"), size/2)
		content = append(content, strings.Repeat("x", size%2)...)
		out, err := run(t.Context(), r, writing(content), 0)
		if err != nil {
			t.Fatal(err)
		}
		o := out.Output
		if large := size > job.MaxInlineBytes; o.File != large || files(t, blobs) == 1 != large {
			t.Errorf("%d bytes: file %v, %d files", size, o.File, files(t, blobs))
		}
		if o.Size != int64(size) || o.SHA256 != sha256.Sum256(content) || !o.File && !bytes.Equal(o.Data, content) {
			t.Errorf("%d bytes: size %d", size, o.Size)
		}
		if !strings.HasPrefix(o.Name, "x_y_") || !strings.HasSuffix(o.Name, ".txt") || len(o.Token) != 32 {
			t.Errorf("name %s, token %s", o.Name, o.Token)
		}
		with := string(out.Result[:out.LinkAt]) + "LINK" + string(out.Result[out.LinkAt:])
		var answer struct {
			RequestID             string `json:"request_id"`
			Status, File, Preview string
		}
		if err := json.Unmarshal([]byte(with), &answer); err != nil || answer.RequestID != "rid" || answer.File != "LINK" || answer.Status != "success" {
			t.Errorf("answer %.100s: %v", with, err)
		}
		r.Discard(t.Context(), out)
		if n := files(t, blobs); n != 0 {
			t.Errorf("%d files after Discard", n)
		}
	}
}

func TestAnOutputBeyondTheLimitIsRefusedAndLeavesNothing(t *testing.T) {
	r, blobs := newRunner(t)
	_, err := run(t.Context(), r, writing(make([]byte, 100_000)), 99_999)
	if !fault.IsCode(err, "OUTPUT_TOO_LARGE") {
		t.Errorf("got %v, want OUTPUT_TOO_LARGE", err)
	}
	if n := files(t, blobs); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

func TestAPanicIsAFailureOfOursThatTellsNothing(t *testing.T) {
	r, _ := newRunner(t)
	_, err := run(t.Context(), r, toolFunc{run: func(context.Context, tool.Call) error { panic("boom") }}, 0)
	if err == nil || fault.Of(err) != nil {
		t.Errorf("got %v, want an error without a client's message", err)
	}
}

func TestTheCauseOfTheContextIsTheError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := newRunner(t)
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, queue.ErrLeaseLost)
		defer cancel()
		polite := toolFunc{run: func(ctx context.Context, _ tool.Call) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		if _, err := run(ctx, r, polite, 0); !errors.Is(err, queue.ErrLeaseLost) {
			t.Errorf("got %v, want the cause", err)
		}
	})
}

func TestAToolThatDoesNotStopIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, blobs := newRunner(t)
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, queue.ErrCanceled)
		defer cancel()
		release := make(chan struct{})
		late := make(chan error, 2)
		deaf := toolFunc{run: func(_ context.Context, c tool.Call) error {
			<-release
			_, err := c.Output.Write([]byte("too late"))
			late <- err
			_, err = c.Input.Read(make([]byte, 1))
			late <- err
			return nil
		}}
		began := time.Now()
		if _, err := run(ctx, r, deaf, 0); !errors.Is(err, queue.ErrCanceled) {
			t.Errorf("got %v, want the cause", err)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("it kept its worker for %s, want a second and the grace", took)
		}
		close(release)
		if write, read := <-late, <-late; write == nil || read == nil {
			t.Errorf("a tool that was left behind can still write (%v) and read (%v)", write, read)
		}
		if n := files(t, blobs); n != 0 {
			t.Errorf("%d files are left", n)
		}
	})
}

func TestAToolWithALimitRefusesBeforeItReads(t *testing.T) {
	r, _ := newRunner(t)
	x := writing(nil)
	x.spec.MaxBytes = 1
	if _, err := run(t.Context(), r, x, 0); !fault.IsCode(err, "FILE_TOO_LARGE") {
		t.Errorf("got %v, want FILE_TOO_LARGE", err)
	}
}

func TestAnOutputIsCalledAsItsCallerOrItsToolSays(t *testing.T) {
	naming := toolFunc{tool.Spec{Name: "x", OutputExt: "txt", ContentType: "text/plain"}, func(_ context.Context, c tool.Call) error {
		c.Answer.ContentType, c.Answer.Ext, c.Answer.Filename = "text/csv", "csv", "theirs.csv"
		return nil
	}}
	for _, c := range []struct {
		name string
		tool tool.Tool
		said string
		want string
	}{
		{"nobody", writing(nil), "", ""},
		{"the caller", writing(nil), "mine", "mine.txt"},
		{"the tool", naming, "", "theirs.csv"},
		{"both", naming, "mine.txt", "mine.txt.csv"},
	} {
		r, _ := newRunner(t)
		out, err := r.Run(t.Context(), attempt.Work{Tool: c.tool, Input: strings.NewReader(""), Filename: c.said})
		if err != nil || out.Output.Filename != c.want {
			t.Errorf("%s: %+v, %v; want %q", c.name, out.Output, err, c.want)
		}
	}
}
