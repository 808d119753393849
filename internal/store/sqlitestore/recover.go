package sqlitestore

import (
	"errors"
	"fmt"
	"time"

	"claimcheck/internal/store/record"
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
func (w *writer) doubt(cause error) (verdict, error) {
	w.tried = w.tx.batch + 1
	tried := w.tried
	w.closeAll(cause)
	if !w.reopen(reopenPatience) {
		return doubted, cause
	}
	if w.tx.batch >= tried {
		return kept, nil
	}
	return lost, cause
}

// drop gives up the connections after a failure that left nothing in doubt; the
// loop opens the file again.
func (w *writer) drop(cause error) (verdict, error) {
	w.closeAll(cause)
	return lost, cause
}

func (w *writer) closeAll(cause error) {
	w.s.down.Store(true)
	w.s.failed.Store(true)
	w.s.o.Log.Error("the store is closed and opened again", "err", cause)
	w.s.pool.Load().drain(record.Unreadable(cause))
	_ = w.tx.c.close() // it is in trouble already
	w.tx.c = nil
	w.tx.tally.forget()
}

// reopen opens the file, trying again until patience has passed (0: for ever)
// or the store is being closed. Meanwhile calls are refused at once.
func (w *writer) reopen(patience time.Duration) bool {
	var enough <-chan time.Time
	if patience > 0 {
		t := time.NewTimer(patience)
		defer t.Stop()
		enough = t.C
	}
	for wait := reopenFirstWait; ; wait = min(2*wait, reopenMaxWait) {
		err := w.tryReopen()
		if err == nil {
			w.s.o.Log.Info("the store is open again")
			w.s.down.Store(false)
			return true
		}
		w.s.o.Log.Warn("the store cannot be opened", "err", err)
		if !w.refuseFor(wait, enough) {
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

// refuseFor refuses calls until d has passed; it reports false if enough or
// the store's closing came first.
func (w *writer) refuseFor(d time.Duration, enough <-chan time.Time) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case c := <-w.s.queue:
			refuse(c, record.Refused(nil))
		case <-t.C:
			return true
		case <-enough:
			return false
		case <-w.s.closing:
			return false
		}
	}
}

// refuseWaiting refuses what waits.
func (w *writer) refuseWaiting(why error) {
	for {
		select {
		case c := <-w.s.queue:
			refuse(c, why)
		default:
			return
		}
	}
}

func refuse(c *call, why error) {
	if !c.state.CompareAndSwap(callWaiting, callTaken) {
		return
	}
	for i := range c.parts() {
		c.settle(i, why, false)
	}
	c.done <- struct{}{}
}

// open opens the file for the writer and the readers.
func (w *writer) open() error {
	c, err := openWriter(w.s.o.Path, w.s.o.MaxPages)
	if err != nil {
		return err
	}
	err = w.prepare(c)
	var p *pool
	if err == nil {
		p, err = openPool(w.s.o.Path, w.s.o.Readers)
	}
	if err != nil {
		return errors.Join(err, c.close())
	}
	c.tx = &w.tx
	w.tx.c, w.tried = c, 0
	w.tx.tally.forget()
	w.s.pool.Store(p)
	return nil
}

// prepare reads where the file stands.
func (w *writer) prepare(c *conn) (err error) {
	if err := migrate(c); err != nil {
		return err
	}
	if w.tx.batch, err = c.number("SELECT batch FROM meta"); err != nil {
		return err
	}
	if w.tx.lastSeq, err = c.number("SELECT last_seq FROM meta"); err != nil {
		return err
	}
	if w.tried > 0 && w.tx.batch >= w.tried {
		// It is in the log, but its fsync failed: the system may have it in
		// memory only and believe that it is written. So it is written anew.
		if l, err := c.checkpoint("TRUNCATE"); err != nil || l.busy {
			return fmt.Errorf("write the log into the file (busy %t): %w", l.busy, errors.Join(err))
		}
	}
	return nil
}
