package sqlitestore

import (
	"context"
	"errors"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/store/group"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

// What the writer takes into one transaction.
const (
	maxBatchParts = 256
	maxBatchBytes = 8 << 20
)

// An operation is what a call asks of the writer, in parts that each happen
// wholly or not at all. apply and Settle are called by the writer's goroutine.
type operation interface {
	group.Operation
	// grows is whether it needs room in the file.
	grows() bool
	// apply decides part i and then writes it. It may be called again after
	// the transaction was undone, and must not show results before Settle.
	apply(t *tx, i int) error
	// Settle is told after the commit (nil), or why nothing of part i was
	// written: by its own decision (refused), or because of the store's trouble.
	Settle(i int, err error, refused bool)
}

type part = group.Part[operation]

// ask lets the writer do an operation and waits for its answer. An error means
// that the writer has not seen it; otherwise every part was settled.
func (s *Store) ask(ctx context.Context, op operation) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.down.Load() {
		return record.Refused(nil)
	}
	return s.queue.Do(ctx, op, record.Stopping())
}

// A writer is the one goroutine that writes. While tx.c is empty the file is
// closed and has to be opened again.
type writer struct {
	s     *Store
	tx    tx
	batch group.Group[operation]
	tried int64 // number of the transaction whose commit is in doubt, or 0
	log   int64 // WAL pages at which to checkpoint
}

func newWriter(s *Store) *writer {
	w := &writer{s: s, log: checkpointPages}
	w.tx.clock, w.tx.faults = s.o.Now, s.o.Faults
	w.tx.ledger.Books = &w.tx
	return w
}

// loop serves calls until Close.
func (w *writer) loop(ctx context.Context) {
	defer w.shut()
	for {
		if w.tx.c.Conn == nil && !w.reopen(ctx) {
			return
		}
		if errors.Is(w.s.queue.Take(ctx, &w.batch), group.ErrClosed) {
			return
		}
		w.serve()
	}
}

// serve writes the batch and answers its callers.
func (w *writer) serve() {
	start := time.Now()
	group.Write(w.batch.Parts, w.attempt, w.settle)
	w.batch.Answer()
	if w.s.o.OnBatch != nil && len(w.batch.Parts) > 0 {
		w.s.o.OnBatch(len(w.batch.Parts), time.Since(start))
	}
	w.tx.tally.trim()
	w.tidyLog()
}

// attempt does the parts in one transaction.
func (w *writer) attempt(batch []part) (group.Verdict, error) {
	t := &w.tx
	if t.c.Conn == nil {
		return group.Lost, nil
	}
	if err := t.begin(); err != nil {
		return w.undo(err)
	}
	dirty := false
	for i := range batch {
		p := &batch[i]
		t.beginPart()
		p.Err = p.Op.apply(t, p.I)
		if t.broken != nil {
			return w.undo(t.broken)
		}
		if p.Err != nil && t.wrote {
			return w.undo(p.Err)
		}
		if p.Err == nil {
			t.ledger.Keep()
		}
		p.Wrote = t.wrote
		dirty = dirty || t.wrote
	}
	if !dirty {
		if err := t.commit(); err != nil { // of nothing: it only gives the lock back
			return w.undo(err)
		}
		return group.Kept, nil
	}
	if err := t.flush(); err != nil {
		return w.undo(err)
	}
	return w.commit()
}

// commit makes the transaction durable.
func (w *writer) commit() (group.Verdict, error) {
	t := &w.tx
	if t.faults.BeforeCommit != nil {
		if err := t.faults.BeforeCommit(); err != nil {
			return w.doubt(err)
		}
	}
	switch err := t.commit(); {
	case err == nil:
	case file.Full(err): // the frame that says "commit" is the last, and was not written
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
	return group.Kept, nil
}

// undo rolls back because of err.
func (w *writer) undo(err error) (group.Verdict, error) {
	if e := w.tx.rollback(); e != nil {
		w.s.o.Log.Error("rollback failed", "err", e)
		return w.drop(err)
	}
	return group.Undone, err
}

// settle tells the parts how their transaction ended.
func (w *writer) settle(batch []part, v group.Verdict, cause error) {
	for i := range batch {
		p := &batch[i]
		refused, err := record.Settle(p, v, cause, file.WriteFailure)
		if err == nil && p.Wrote && p.Op.grows() && w.s.failed.Swap(false) {
			w.s.o.Log.Info("the store accepts writes again")
		}
		if !refused && fault.Is(err, fault.Unavailable) && !w.s.failed.Swap(true) {
			w.s.o.Log.Warn("the store refuses writes", "err", err)
		}
		p.Op.Settle(p.I, err, refused)
	}
}
