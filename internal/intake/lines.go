package intake

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"

	"github.com/go-json-experiment/json/jsontext"

	"claimcheck/internal/fault"
)

// FromLines is the source of an order of many jobs: each line of the body is the body
// of one, with the options and terms of the call.
const FromLines Source = "lines"

// What is said of lines, and how many there may be.
const (
	LinesType     = "application/x-ndjson"
	HeaderOnError = "x-on-error" // skip or stop
	MaxLines      = 1000
	maxLinesBytes = 64 << 20 // of all together, where the plan does not allow one input more
)

// OnError reads what is to become of the lines beside one that is refused; stop: nothing
// is accepted then. Invalid INVALID_OPTION.
func OnError(value string) (stop bool, err error) {
	switch value {
	case "", "skip":
		return false, nil
	case "stop":
		return true, nil
	default:
		return false, wrongOption(HeaderOnError, "skip or stop")
	}
}

// Lines are the orders of an order of many. They are read by one goroutine.
type Lines struct {
	Head *Order // whose input is the body; no job comes of it
	Stop bool   // nothing is accepted if one is refused

	in    *Intake
	body  io.ReadCloser // nil before the first is read
	at    int64         // how much of the body was read
	spans []lineSpan    // of those that are left
}

// A lineSpan is where in a body a line is that is not blank.
type lineSpan struct {
	number  int   // from 1, blank ones counted
	at, end int64 // without what is white at its end
}

// TakeLines reads the body of an order of many. It must be closed. Failures: those of
// Take, Unsupported UNSUPPORTED_MEDIA_TYPE, and Invalid INVALID_REQUEST for too many lines.
func (in *Intake) TakeLines(ctx context.Context, o *Order, body Body, stop bool) (*Lines, error) {
	if bare, _, err := mime.ParseMediaType(body.Type); err != nil || bare != LinesType {
		return nil, fault.New(fault.Unsupported, "UNSUPPORTED_MEDIA_TYPE", "With x-source-type: lines the Content-Type must be %s, one JSON value a line.", LinesType)
	}
	if o.About.Terms.OutputURL != "" {
		return nil, fault.New(fault.Invalid, "INVALID_OPTION", "%s takes the output of one job; leave it out with x-source-type: lines.", HeaderOutputURL).With("option", HeaderOutputURL)
	}
	most := int64(maxLinesBytes)
	if plan := o.Plan.MaxInputBytes; plan == 0 || plan > most {
		most = plan
	}
	from, err := body.Open(most, fault.New(fault.TooLarge, "PAYLOAD_TOO_LARGE", "The body is larger than %d bytes; send its lines in several calls.", most).With("limit", most))
	if err != nil {
		return nil, err
	}
	defer from.Close()
	o.Source, o.Input = FromLines, &Input{remove: func() {}} // it is never kept
	if stop {
		o.About.asked = append(o.About.asked, HeaderOnError+":stop\n"...)
	}
	l := &Lines{Head: o, Stop: stop, in: in}
	if err = o.Input.read(ctx, from, in.Blobs, o); err == nil {
		err = l.find()
	}
	if err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// Len is how many lines are left.
func (l *Lines) Len() int { return len(l.spans) }

// Close gives the body back.
func (l *Lines) Close() {
	if l.body != nil {
		_ = l.body.Close() // it was only read
	}
	l.Head.Input.Discard()
}

// byteOrderMark is what some programs begin a text with.
const byteOrderMark = "\uFEFF"

// find finds the lines. Those with nothing but white space are left out.
func (l *Lines) find() error {
	body, err := l.Head.Input.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	r := bufio.NewReader(body)
	is := lineSpan{number: 1}
	if first, _ := r.Peek(len(byteOrderMark)); string(first) == byteOrderMark {
		is.at, _ = io.CopyN(io.Discard, r, int64(len(byteOrderMark)))
	}
	pos := is.at
	for {
		piece, err := r.ReadSlice('\n')
		if text := bytes.TrimRight(piece, " \t\r\n"); len(text) > 0 {
			is.end = pos + int64(len(text))
		}
		pos += int64(len(piece))
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read spooled lines: %w", err)
		}
		if is.end > 0 {
			l.spans = append(l.spans, is)
		}
		switch {
		case len(l.spans) > MaxLines:
			return fault.New(fault.Invalid, CodeInvalidRequest, "The body has more than %d lines; send them in several calls.", MaxLines).With("limit", MaxLines)
		case err == nil:
		case len(l.spans) == 0:
			return fault.New(fault.Invalid, CodeInvalidRequest, "The body is empty; send one JSON value a line.")
		default:
			return nil
		}
		is = lineSpan{number: is.number + 1, at: pos}
	}
}

// Next makes the order of the next line and says which it is, from 1, blank ones
// counted; io.EOF after the last. Failures: those of Take and Check, and Invalid
// INVALID_JSON; whether the others can be read all the same, their kind says. The input
// of an order is the caller's to give back.
func (l *Lines) Next(ctx context.Context) (o *Order, number int, err error) {
	if len(l.spans) == 0 {
		return nil, 0, io.EOF
	}
	if l.body == nil {
		if l.body, err = l.Head.Input.Open(); err != nil {
			return nil, 0, err
		}
	}
	is := l.spans[0]
	l.spans = l.spans[1:]
	if _, err := io.CopyN(io.Discard, l.body, is.at-l.at); err != nil {
		return nil, 0, fmt.Errorf("read spooled lines: %w", err)
	}
	text := &io.LimitedReader{R: l.body, N: is.end - is.at}
	one := *l.Head
	one.ID, one.Source, one.Key, one.Input = l.in.NewID(), FromBody, "", nil
	err = l.in.Take(ctx, &one, Body{From: text, Length: text.N, Type: "application/json", Wrapped: true})
	l.at = is.end - text.N
	if err == nil {
		err = one.Input.isJSON()
	}
	if err == nil {
		err = l.in.Check(ctx, &one)
	}
	if err != nil && one.Input != nil {
		one.Input.Discard()
	}
	return &one, is.number, err
}

// isJSON fails with Invalid INVALID_JSON unless the input is one JSON value, whatever
// its strings and names are.
func (in *Input) isJSON() error {
	if in.Kind == plainText {
		return nil // it was taken out of one
	}
	r, err := in.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	d := jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for begun := false; err == nil && (!begun || d.StackDepth() > 0); begun = true {
		_, err = d.ReadToken()
	}
	at := d.InputOffset()
	if err == nil {
		if _, err = d.ReadToken(); errors.Is(err, io.EOF) {
			return nil
		}
	}
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		at = syntax.ByteOffset
	} else if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("read spooled input: %w", err)
	}
	return fault.New(fault.Invalid, "INVALID_JSON", "The line is not one JSON value.").With("column", at+1)
}
