package fulfil

import (
	"context"
	"errors"
	"io"
	"slices"

	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/queue"
	"claimcheck/internal/queue/admission"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/trace"
)

// WordLine is a line of the answer to an order of many: of the order that became a
// job, or of what refuses it. It may be called by any goroutine.
type WordLine func(o *intake.Order, refused error) []byte

// A batch is an order of many on its way.
type batch struct {
	errand
	lines   *intake.Lines
	word    WordLine
	orders  []*intake.Order // nil: of a line that is refused
	numbers []int           // of the lines
	refused []error         // nil: of a line that is an order
}

// DoLines makes a job of each line, in one transaction, and returns the answer, one
// line each: the same one for an order with the same idempotency key. A failure says
// why none is accepted; where all are to be or none, that of the first line that is
// refused, with the detail line. The lines are still to be closed.
func (d *Desk) DoLines(ctx context.Context, l *intake.Lines, word WordLine) (body []byte, replayed bool, err error) {
	b := &batch{errand: errand{Desk: d, Order: l.Head}, lines: l, word: word}
	if d.Trace.On() {
		var span *trace.Span
		ctx, span = d.Trace.Submit(ctx, trace.Work{Tool: l.Head.Spec.Name, Owner: l.Head.Owner, Queue: true, Group: l.Head.About.Group})
		l.Head.Trace = span.Kept()
		defer func() { span.End(err) }()
	}
	if l.Head.Key != "" {
		b.digest = l.Head.Digest()
		leave, err := b.enter(ctx)
		if err != nil {
			return nil, false, err
		}
		defer leave()
		known, err := d.Queue.Answer(context.WithoutCancel(ctx), l.Head.Owner, l.Head.Key)
		if err != nil || known != nil {
			return b.repeat(known, err)
		}
	}
	if err := l.Head.Late(); err != nil { // the call's fault, and not each line's
		return nil, false, err
	}
	if l.Head.Webhook != "" {
		if err := d.CanCall(context.WithoutCancel(ctx), l.Head.Owner); err != nil {
			return nil, false, err
		}
	}
	if err := b.read(ctx); err != nil {
		b.forget(nil)
		return nil, false, err
	}
	return b.submit(context.WithoutCancel(ctx))
}

// repeat is the answer that is remembered. Failures: Mismatch IDEMPOTENCY_CONFLICT.
func (b *batch) repeat(known *protocol.Idempotency, err error) ([]byte, bool, error) {
	switch {
	case err != nil:
		return nil, false, err
	case known.Digest != b.digest:
		return nil, false, errConflict
	}
	return known.Body, true, nil
}

// read makes the orders, their inputs durable.
func (b *batch) read(ctx context.Context) error {
	for {
		o, number, err := b.lines.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			if is := atLine(err, number); b.lines.Stop || ctx.Err() != nil || !refusal(is) {
				return is
			}
			o, err = nil, atLine(err, number)
		} else if perr := o.Input.Persist(ctx); perr != nil {
			o.Input.Discard()
			return perr
		}
		b.orders, b.numbers, b.refused = append(b.orders, o), append(b.numbers, number), append(b.refused, err)
	}
}

// refusal reports whether a failure is one line's alone.
func refusal(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.TooLarge, fault.Unsupported:
		return true
	default:
		return false
	}
}

// atLine is a failure with the line that it is about, in place of one in the line.
func atLine(err error, number int) error {
	is := fault.Of(err)
	if is == nil {
		return err
	}
	e := *is
	e.Details = slices.DeleteFunc(slices.Clone(is.Details), func(d fault.Detail) bool { return d.Name == "line" })
	return e.With("line", number)
}

// submit lets the orders in.
func (b *batch) submit(ctx context.Context) ([]byte, bool, error) {
	m := queue.Many{Owner: b.Owner, Plan: b.Plan, Whole: b.lines.Stop}
	var lines []int // of those that are handed in, their places in the answer
	for i, o := range b.orders {
		if o != nil {
			one := errand{Desk: b.Desk, Order: o}
			m.Specs, lines = append(m.Specs, one.spec()), append(lines, i)
		}
	}
	say := func(refused []error) []byte { return b.answer(lines, refused) }
	if b.Key != "" {
		m.Word = say
		m.Idempotency = &protocol.Idempotency{Key: b.Key, Digest: b.digest, Status: accepted, Expires: b.Now().Add(protocol.AnswerLife)}
	}
	refused, replay, err := b.Queue.SubmitMany(ctx, m)
	if err != nil || replay != nil {
		b.forget(err)
		if is, ok := errors.AsType[*admission.RefusedError](err); ok {
			return nil, false, atLine(is.Err, b.numbers[lines[is.Which]])
		}
		return b.repeat(replay, err)
	}
	for n, i := range lines {
		if refused[n] != nil {
			b.orders[i].Input.Forget(nil)
		}
		b.orders[i].Input.Release()
	}
	if m.Idempotency != nil {
		return m.Idempotency.Body, false, nil
	}
	return say(refused), false, nil
}

// forget gives the inputs back of which no job came, unless err leaves that open.
func (b *batch) forget(err error) {
	for _, o := range b.orders {
		if o != nil {
			o.Input.Forget(err)
			o.Input.Release()
		}
	}
}

// answer words what became of all, given what became of those that were handed in.
func (b *batch) answer(lines []int, refused []error) []byte {
	all := slices.Clone(b.refused)
	for n, i := range lines {
		if refused[n] != nil {
			all[i] = atLine(refused[n], b.numbers[i])
		}
	}
	var body []byte
	for i, err := range all {
		body = append(append(body, b.word(b.orders[i], err)...), '\n')
	}
	return body
}
