package sqlitestore

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/store/record"
)

// What the writer takes into one transaction.
const (
	maxBatchParts = 256
	maxBatchBytes = 8 << 20
)

// An operation is what a call asks of the writer, in parts that each happen
// wholly or not at all. apply and settle are called by the writer's goroutine.
type operation interface {
	parts() int
	bytes() int  // about how much it writes
	grows() bool // whether it needs room in the file
	// apply decides part i and then writes it. It may be called again after
	// the transaction was undone, and must not show results before settle.
	apply(t *tx, i int) error
	// settle is told after the commit (nil), or why nothing of part i was
	// written: by its own decision (refused), or because of the store's trouble.
	settle(i int, err error, refused bool)
}

// A call is an operation on its way to the writer and back.
type call struct {
	operation

	state atomic.Int32
	done  chan struct{} // receives once when the writer has settled all parts
}

// The states of a call: who moves it away from waiting has it.
const (
	callWaiting int32 = iota
	callTaken         // by the writer, which will answer
	callLeft          // by the caller, who did not wait; nothing is written
)

// ask lets the writer do an operation and waits for its answer. An error means
// that the writer has not seen it; otherwise every part was settled.
func (s *Store) ask(ctx context.Context, op operation) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.down.Load() {
		return record.Refused(nil)
	}
	c, ok := s.calls.Get().(*call)
	if !ok {
		panic("sqlitestore: the pool of calls holds something else")
	}
	c.operation = op
	c.state.Store(callWaiting)
	select {
	case s.queue <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return record.Stopping()
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		if c.state.CompareAndSwap(callWaiting, callLeft) {
			return ctx.Err()
		}
		<-c.done
	case <-s.stopped:
		if c.state.CompareAndSwap(callWaiting, callLeft) {
			return record.Stopping()
		}
		<-c.done
	}
	c.operation = nil
	s.calls.Put(c)
	return nil
}

// A writer is the one goroutine that writes. While tx.c is nil the file is
// closed and has to be opened again.
type writer struct {
	s     *Store
	tx    tx
	calls []*call // of the current batch
	batch []part
	bytes int
	tried int64 // number of the transaction whose commit is in doubt, or 0
	log   int64 // WAL pages at which to checkpoint
}

// A part is one part of a call in a batch.
type part struct {
	c     *call
	i     int
	err   error // of its decision
	wrote bool
}

func newWriter(s *Store) *writer {
	w := &writer{s: s, log: checkpointPages}
	w.tx.clock, w.tx.faults = s.o.Now, s.o.Faults
	return w
}

// loop serves calls until Close.
func (w *writer) loop() {
	defer w.shut()
	for {
		if w.tx.c == nil && !w.reopen(0) {
			w.refuseWaiting(record.Stopping())
			return
		}
		select {
		case c := <-w.s.queue:
			w.take(c)
			runtime.Gosched() // those just answered may have more
			w.fill()
			w.serve()
		case <-w.s.closing:
			if w.fill(); len(w.calls) == 0 {
				return
			}
			w.serve()
		}
	}
}

// take puts a call into the batch unless its caller has left.
func (w *writer) take(c *call) {
	if !c.state.CompareAndSwap(callWaiting, callTaken) {
		return
	}
	w.calls = append(w.calls, c)
	w.bytes += c.bytes()
	for i := range c.parts() {
		w.batch = append(w.batch, part{c: c, i: i})
	}
}

// fill takes what waits.
func (w *writer) fill() {
	for len(w.batch) < maxBatchParts && w.bytes < maxBatchBytes {
		select {
		case c := <-w.s.queue:
			w.take(c)
		default:
			return
		}
	}
}

// serve writes the batch and answers its callers.
func (w *writer) serve() {
	start := time.Now()
	w.write()
	size := len(w.batch)
	for _, c := range w.calls {
		c.done <- struct{}{}
	}
	clear(w.calls)
	clear(w.batch)
	w.calls, w.batch, w.bytes = w.calls[:0], w.batch[:0], 0
	if w.s.o.OnBatch != nil && size > 0 {
		w.s.o.OnBatch(size, time.Since(start))
	}
	w.tx.tally.trim()
	w.tidyLog()
}

// write does all parts in one transaction; if one of them fails in the middle,
// each in a transaction of its own, so that each gets its own true answer.
func (w *writer) write() {
	v, err := w.attempt(w.batch)
	if v != undone || len(w.batch) == 1 {
		w.settle(w.batch, v, err)
		return
	}
	for i := range w.batch {
		one := w.batch[i : i+1]
		v, err := w.attempt(one)
		w.settle(one, v, err)
	}
}

// A verdict is how a transaction ended.
type verdict uint8

const (
	kept    verdict = iota // committed, or there was nothing to commit
	undone                 // rolled back; a smaller one may succeed
	lost                   // certainly not committed, because of trouble
	doubted                // not known
)

// attempt does the parts in one transaction.
func (w *writer) attempt(batch []part) (verdict, error) {
	t := &w.tx
	if t.c == nil {
		return lost, nil
	}
	if err := t.begin(); err != nil {
		return w.undo(err)
	}
	dirty := false
	for i := range batch {
		p := &batch[i]
		t.beginPart()
		p.err = p.c.apply(t, p.i)
		if t.broken != nil {
			return w.undo(t.broken)
		}
		if p.err != nil && t.wrote {
			return w.undo(p.err)
		}
		if p.err == nil {
			t.endPart()
		}
		p.wrote = t.wrote
		dirty = dirty || t.wrote
	}
	if !dirty {
		if err := t.commit(); err != nil { // of nothing: it only gives the lock back
			return w.undo(err)
		}
		return kept, nil
	}
	if err := t.flush(); err != nil {
		return w.undo(err)
	}
	return w.commit()
}

// commit makes the transaction durable.
func (w *writer) commit() (verdict, error) {
	t := &w.tx
	if t.faults.BeforeCommit != nil {
		if err := t.faults.BeforeCommit(); err != nil {
			return w.doubt(err)
		}
	}
	switch err := t.commit(); {
	case err == nil:
	case full(err): // the frame that says "commit" is the last, and was not written
		return w.undo(err)
	default:
		return w.doubt(err)
	}
	if t.faults.AfterCommit != nil {
		if err := t.faults.AfterCommit(); err != nil {
			return w.doubt(err)
		}
	}
	t.batch, t.lastSeq = t.batch+1, t.newSeq
	if t.due && w.s.o.OnDelivery != nil {
		w.s.o.OnDelivery()
	}
	return kept, nil
}

// undo rolls back because of err.
func (w *writer) undo(err error) (verdict, error) {
	if e := w.tx.rollback(); e != nil {
		w.s.o.Log.Error("rollback failed", "err", e)
		return w.drop(err)
	}
	return undone, err
}

// settle tells the parts how their transaction ended.
func (w *writer) settle(batch []part, v verdict, cause error) {
	for i := range batch {
		p := &batch[i]
		err := p.err
		switch {
		case v == kept:
			if err == nil && p.wrote && p.c.grows() && w.s.failed.Swap(false) {
				w.s.o.Log.Info("the store accepts writes again")
			}
		case v == doubted && p.wrote:
			err = record.Unknown(cause)
		case v == undone:
			err = writeFailure(cause)
		default:
			err = record.Refused(cause)
		}
		if v != kept && fault.Is(err, fault.Unavailable) && !w.s.failed.Swap(true) {
			w.s.o.Log.Warn("the store refuses writes", "err", err)
		}
		p.c.settle(p.i, err, v == kept && err != nil)
	}
}
