package datatool

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"claimcheck/internal/data"
	"claimcheck/internal/data/basen"
	"claimcheck/internal/data/bridge"
	"claimcheck/internal/tool"
)

// An algorithm reads in to its end and writes out. Failures: faults of package data for
// an input that can never succeed, and errors of in and out, wrapped.
type algorithm func(in io.Reader, out io.Writer, o *data.Options) error

// outputBytes are written at once.
const outputBytes = 64 << 10

// A converter is a tool of a row.
type converter struct {
	spec    tool.Spec
	options []option
	run     func(ctx context.Context, in io.Reader, out io.Writer, o *data.Options) error
	makes   func(o *data.Options) *format // nil: what spec says
}

// Spec describes the tool.
func (t converter) Spec() tool.Spec { return t.spec }

// Run runs the row's algorithm, which notices that ctx is done when it reads or writes.
func (t converter) Run(ctx context.Context, c tool.Call) error {
	o := data.Options{SheetIndex: -1}
	for _, opt := range t.options {
		opt.set(&o, c.Options[opt.Header])
	}
	in := io.Reader(reader{ctx.Err, c.Input})
	if t.spec.MaxBytes > 0 {
		in = &bounded{in: in, left: t.spec.MaxBytes, limit: t.spec.MaxBytes}
	}
	if t.makes != nil && c.Answer != nil {
		f := t.makes(&o)
		c.Answer.ContentType, c.Answer.Ext, c.Answer.Text = f.contentType, f.ext, !f.binary
	}
	behind := &ahead{out: writer{ctx.Err, c.Output}}
	return behind.during(func() error {
		out := bufio.NewWriterSize(behind, outputBytes)
		if err := t.run(ctx, in, out, &o); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return fmt.Errorf("write output: %w", err)
		}
		return nil
	})
}

// conversion is the algorithm that a pair of formats makes by itself.
func conversion(from, to *format) algorithm {
	return func(in io.Reader, out io.Writer, o *data.Options) error {
		if to.writeTable != nil {
			t := to.writeTable(out, o)
			if from.readTable != nil {
				return ended(from.readTable(in, o, t), t)
			}
			rows := bridge.Rows(t)
			if from.document {
				rows = bridge.Document(t)
			}
			defer rows.Close()
			return ended(from.readValue(in, o, rows), rows)
		}
		v := to.writeValue(out, o)
		if from.readTable != nil {
			values := bridge.Values(v)
			return ended(from.readTable(in, o, values), values)
		}
		return ended(from.readValue(in, o, v), v)
	}
}

// spaced is an algorithm whose tool has no option for the width of a level: it is two spaces.
func spaced(run algorithm) algorithm {
	return func(in io.Reader, out io.Writer, o *data.Options) error {
		with := *o
		with.TabSpace = 2
		return run(in, out, &with)
	}
}

// toBase64 is the algorithm that encodes bytes as they come, while they are checked.
func toBase64(check func(in io.Reader, o *data.Options) error) algorithm {
	return func(in io.Reader, out io.Writer, o *data.Options) error {
		letters := basen.Base64.NewEncoder(out)
		if err := check(io.TeeReader(in, letters), o); err != nil {
			return err
		}
		return letters.Close()
	}
}

// fromBase64 is an algorithm for the bytes that are encoded.
func fromBase64(run algorithm) algorithm {
	return func(in io.Reader, out io.Writer, o *data.Options) error {
		return run(basen.Base64.NewDecoder(in, data.Start), out, o)
	}
}

// ended ends what was told something, unless that failed.
func ended(err error, told interface{ End() error }) error {
	if err != nil {
		return err
	}
	return told.End()
}

// A reader is an io.Reader until the work is over.
type reader struct {
	over func() error // ctx.Err
	in   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.over(); err != nil {
		return 0, err
	}
	return r.in.Read(p)
}

// A writer is an io.Writer until the work is over.
type writer struct {
	over func() error // ctx.Err
	out  io.Writer
}

func (w writer) Write(p []byte) (int, error) {
	if err := w.over(); err != nil {
		return 0, err
	}
	return w.out.Write(p)
}

// A bounded reader fails where more comes than a tool takes.
type bounded struct {
	in          io.Reader
	left, limit int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.in.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, data.TooLarge("The input is larger than the %d bytes that this tool takes.", b.limit)
	}
	return n, err
}
