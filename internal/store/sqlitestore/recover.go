package sqlitestore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"claimcheck/internal/store/group"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

// Opening the file again after trouble.
const (
	reopenFirstWait = 50 * time.Millisecond
	reopenMaxWait   = 2 * time.Second
	reopenPatience  = 3 * time.Second // callers whose commit is in doubt wait this long for the truth
)

// doubt finds out whether the transaction whose commit failed has happened. A
// failed fsync says nothing about what is on the disk, and SQLite's memory of
// the log may differ from the log: so everything is closed, the file opened
// again, which reads the log from its beginning, and the transaction's number
// looked up.
func (w *writer) doubt(cause error) (group.Verdict, error) {
	w.tried = w.tx.batch + 1
	tried := w.tried
	w.closeAll(cause)
	patience, cancel := context.WithTimeout(context.Background(), reopenPatience)
	defer cancel()
	if !w.reopen(patience) {
		return group.Doubted, cause
	}
	if w.tx.batch >= tried {
		return group.Kept, nil
	}
	return group.Lost, cause
}

// drop gives up the connections after a failure that left nothing in doubt; the
// loop opens the file again.
func (w *writer) drop(cause error) (group.Verdict, error) {
	w.closeAll(cause)
	return group.Lost, cause
}

func (w *writer) closeAll(cause error) {
	w.s.down.Store(true)
	w.s.failed.Store(true)
	w.s.o.Log.Error("the store is closed and opened again", "err", cause)
	w.s.pool.Load().Drain(record.Unreadable(cause))
	_ = w.tx.c.Close() // it is in trouble already
	w.tx.c = conn{}
	w.tx.tally.forget()
}

// reopen opens the file, trying again until ctx is done or the store is being
// closed. Meanwhile calls are refused at once.
func (w *writer) reopen(ctx context.Context) bool {
	for wait := reopenFirstWait; ; wait = min(2*wait, reopenMaxWait) {
		err := w.tryReopen()
		if err == nil {
			w.s.o.Log.InfoContext(ctx, "the store is open again")
			w.s.down.Store(false)
			return true
		}
		w.s.o.Log.WarnContext(ctx, "the store cannot be opened", "err", err)
		if !w.refuseFor(ctx, wait) {
			return false
		}
	}
}

func (w *writer) tryReopen() error {
	if w.tx.faults.Reopen != nil {
		if err := w.tx.faults.Reopen(); err != nil {
			return err
		}
	}
	return w.open()
}

// refuseFor refuses calls until d has passed; it reports false if ctx's end or
// the store's closing came first.
func (w *writer) refuseFor(ctx context.Context, d time.Duration) bool {
	pause, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	var g group.Group[operation] // the batch in doubt is not answered yet
	for {
		switch err := w.s.queue.Take(pause, &g); {
		case errors.Is(err, group.ErrClosed):
			return false
		case err != nil:
			return ctx.Err() == nil
		}
		for _, p := range g.Parts {
			p.Op.Settle(p.I, record.Refused(nil), false)
		}
		g.Answer()
	}
}

// open opens the file for the writer and the readers.
func (w *writer) open() error {
	f, err := file.OpenWriter(w.s.o.Path, w.s.o.MaxPages)
	if err != nil {
		return err
	}
	c := conn{f}
	err = w.prepare(c)
	var p *file.Pool
	if err == nil {
		p, err = file.OpenPool(w.s.o.Path, w.s.o.Readers, record.ListsAtOnce())
	}
	if err != nil {
		return errors.Join(err, c.Close())
	}
	c.Watch = &w.tx
	w.tx.c, w.tried = c, 0
	w.tx.tally.forget()
	w.s.pool.Store(p)
	return nil
}

// prepare reads where the file stands.
func (w *writer) prepare(c conn) (err error) {
	if err := migrateFile(c); err != nil {
		return err
	}
	if w.tx.batch, err = c.Number("SELECT batch FROM meta"); err != nil {
		return err
	}
	if w.tx.lastSeq, err = c.Number("SELECT last_seq FROM meta"); err != nil {
		return err
	}
	if w.tried > 0 && w.tx.batch >= w.tried {
		// It is in the log, but its fsync failed: the system may have it in
		// memory only and believe that it is written. So it is written anew.
		if l, err := c.Checkpoint("TRUNCATE"); err != nil || l.Busy {
			return fmt.Errorf("write the log into the file (busy %t): %w", l.Busy, errors.Join(err))
		}
	}
	return nil
}
