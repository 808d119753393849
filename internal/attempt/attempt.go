// Package attempt runs a tool once: input in, output kept small in memory or
// spilled to a file, limits kept, a panic caught, and the answer written. It
// records nothing: that is for its callers, by package queue.
package attempt

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
	"claimcheck/internal/filename"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/tool"
)

// A Runner runs attempts. It is safe for concurrent use.
type Runner struct {
	Blobs  blob.Store
	Random io.Reader // unpredictable: output tokens come from it
	Log    *slog.Logger
	Grace  time.Duration // how long a tool may go on after its context is done before it is left behind
}

// Work is one attempt.
type Work struct {
	Tool      tool.Tool
	Options   tool.Options
	Input     io.Reader
	InputSize int64
	InputType string        // Content-Type; empty if none is known
	RequestID string        // goes into the answer
	Filename  string        // what those who save the output are told; empty: as the tool says
	MaxOutput int64         // in bytes, 0 for no limit
	Read      *atomic.Int64 // counts the bytes that the tool has read; nil if nobody wants to know
	About     tool.About
	Say       func(tool.Words) // takes what the tool says while it runs; nil if nobody wants to know
}

// Run runs an attempt. The file of a large output is durable when Run returns; a
// caller that does not record the outcome gives it to [Runner.Discard]. Failures:
// the tool's, the cause of ctx when that is done, TooLarge FILE_TOO_LARGE, Invalid
// OUTPUT_TOO_LARGE, and failures of ours such as a panic.
func (r *Runner) Run(ctx context.Context, w Work) (queue.Outcome, error) {
	s := w.Tool.Spec()
	if s.MaxBytes > 0 && w.InputSize > s.MaxBytes {
		return queue.Outcome{}, fault.New(fault.TooLarge, "FILE_TOO_LARGE",
			"The input is %d bytes; this tool takes at most %d.", w.InputSize, s.MaxBytes).With("limit", s.MaxBytes)
	}
	token, err := r.token()
	if err != nil {
		return queue.Outcome{}, err
	}
	out := newSink(ctx, r.Blobs, job.OutputKey(token), w.MaxOutput)
	how := &tool.Answer{}
	if err := r.runTool(ctx, w, out, how); err != nil {
		out.abort()
		return queue.Outcome{}, err
	}
	if how.JSON != nil {
		out.abort()
		return queue.Outcome{Result: how.JSON}, CheckSize(int64(len(how.JSON)), w.MaxOutput)
	}
	about := File{Tool: s.Name, Ext: s.OutputExt, ContentType: s.ContentType, Text: s.Text}
	if how.ContentType != "" {
		about = File{Tool: s.Name, Ext: how.Ext, ContentType: how.ContentType, Text: how.Text, Told: true}
	}
	about.Name = cmp.Or(w.Filename, how.Filename)
	made, err := keep(ctx, out, token, about, w.RequestID)
	return made, causeOf(ctx, err) // once the attempt is over no file is put any more
}

// CheckSize refuses an output of more bytes than a plan allows (0: no limit)
// with Invalid OUTPUT_TOO_LARGE.
func CheckSize(size, limit int64) error {
	if limit > 0 && size > limit {
		return fault.New(fault.Invalid, "OUTPUT_TOO_LARGE", "The output is larger than the plan's %d bytes.", limit).With("limit", limit)
	}
	return nil
}

// A File is what is to be known of an output file beside its bytes.
type File struct {
	Tool        string
	Ext         string // without the dot
	ContentType string
	Text        bool   // a preview of it can be shown
	Told        bool   // the answer tells its type, because the tool's description does not
	Name        string // what those who save it are told, a sound name (see package filename); empty: its own
}

// keep makes an output durable and words its answer.
func keep(ctx context.Context, out *sink, token string, about File, requestID string) (queue.Outcome, error) {
	o := &job.Output{
		Token: token, ContentType: about.ContentType,
		Name:     strings.ReplaceAll(about.Tool, "-", "_") + "_" + token + "." + about.Ext,
		Filename: filename.With(about.Name, about.Ext),
	}
	if err := out.finish(ctx, o); err != nil {
		out.abort()
		return queue.Outcome{}, fmt.Errorf("keep output: %w", err)
	}
	preview := ""
	if about.Text {
		preview = out.preview.text()
	}
	p := queue.Outcome{Output: o}
	p.Result, p.LinkAt = answer(requestID, preview, about)
	return p, nil
}

// Describe words the answer of an output file that was kept before; the
// outcome has no output of its own.
func Describe(from io.Reader, about File, requestID string) (queue.Outcome, error) {
	var p preview
	if about.Text {
		head, err := io.ReadAll(io.LimitReader(from, previewBytes))
		if err != nil {
			return queue.Outcome{}, err
		}
		p.add(head)
	}
	out := queue.Outcome{Kept: true}
	out.Result, out.LinkAt = answer(requestID, p.text(), about)
	return out, nil
}

// Keep makes an outcome of a file that a remote program made; it is durable
// when Keep returns. Failures: those of reading it, Invalid OUTPUT_TOO_LARGE
// and Unavailable.
func (r *Runner) Keep(ctx context.Context, from io.Reader, maxOutput int64, about File, requestID string) (queue.Outcome, error) {
	token, err := r.token()
	if err != nil {
		return queue.Outcome{}, err
	}
	out := newSink(ctx, r.Blobs, job.OutputKey(token), maxOutput)
	if _, err := io.Copy(out, from); err != nil {
		out.abort()
		return queue.Outcome{}, fmt.Errorf("take output: %w", err)
	}
	return keep(ctx, out, token, about, requestID)
}

// Discard removes the file of an outcome that was not recorded.
func (r *Runner) Discard(ctx context.Context, out queue.Outcome) {
	if out.Output == nil || !out.Output.File {
		return
	}
	if err := r.Blobs.Remove(ctx, job.OutputKey(out.Output.Token)); err != nil {
		r.Log.WarnContext(ctx, "file left behind for the collector", "err", err)
	}
}

func (r *Runner) token() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(r.Random, b[:]); err != nil {
		return "", fmt.Errorf("make output token: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// runTool runs the tool in a goroutine of its own, so that one that does not
// listen to its context cannot keep its worker for ever; its reads and writes
// fail from then on.
func (r *Runner) runTool(ctx context.Context, w Work, out *sink, how *tool.Answer) error {
	in := &guardedReader{ctx: ctx, r: w.Input, n: w.Read}
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil {
				r.Log.ErrorContext(ctx, "tool panicked", "tool", w.Tool.Spec().Name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				done <- fmt.Errorf("tool %s panicked: %v", w.Tool.Spec().Name, p)
			}
		}()
		done <- w.Tool.Run(ctx, tool.Call{Input: in, InputSize: w.InputSize, InputType: w.InputType, Options: w.Options, Output: out, About: w.About, Answer: how, Say: w.Say})
	}()
	select {
	case err := <-done:
		return causeOf(ctx, err)
	case <-ctx.Done():
	}
	grace := time.NewTimer(r.Grace)
	defer grace.Stop()
	select {
	case err := <-done:
		return causeOf(ctx, err)
	case <-grace.C:
		in.close()
		out.close()
		r.Log.ErrorContext(ctx, "tool does not stop and is left behind", "tool", w.Tool.Spec().Name)
		return context.Cause(ctx)
	}
}

// causeOf prefers the reason why the context ended to what the tool made of
// it; a tool that succeeded all the same has succeeded.
func causeOf(ctx context.Context, err error) error {
	switch {
	case err == nil || ctx.Err() == nil:
		return err
	case fault.IsByTarget(err):
		return fault.ByTarget(context.Cause(ctx))
	default:
		return context.Cause(ctx)
	}
}
