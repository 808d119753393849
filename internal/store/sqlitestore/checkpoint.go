package sqlitestore

import "time"

const (
	checkpointPages = 4000 // 16 MiB of log; then it is copied into the file
	checkpointAgain = 1000 // pages more before the next trial, after one that did not finish
	checkpointWait  = 50 * time.Millisecond
)

// A walState is what PRAGMA wal_checkpoint tells.
type walState struct {
	busy  bool  // readers or a lock kept it from finishing
	pages int64 // in the log
}

// checkpoint runs a checkpoint (NOOP, RESTART or TRUNCATE).
func (c *conn) checkpoint(mode string) (walState, error) {
	st, err := c.prepare("PRAGMA wal_checkpoint(" + mode + ")")
	if err != nil {
		return walState{}, err
	}
	if _, err := st.Step(); err != nil { // not conn.step: it is no operation's statement
		return walState{}, err
	}
	l := walState{busy: st.ColumnInt64(0) != 0, pages: st.ColumnInt64(1)}
	return l, st.Reset()
}

// tidyLog copies the log into the file when it has grown, so that the next
// transaction writes it from its beginning. The writer does it after it has
// answered its callers. A failure is no one's: the log keeps everything.
func (w *writer) tidyLog() {
	if w.tx.c == nil {
		return
	}
	l, err := w.tx.c.checkpoint("NOOP")
	due := err != nil || l.pages >= w.log
	if !due && !w.s.failed.Load() { // on a full disk the log's own room is welcome
		return
	}
	busy := false
	if err == nil {
		w.tx.c.db.SetBusyTimeout(checkpointWait) // for readers to end
		var end walState
		end, err = w.tx.c.checkpoint("RESTART")
		busy = end.busy
		w.tx.c.db.SetBusyTimeout(busyTimeout)
	}
	if err == nil && !busy {
		w.log = checkpointPages
		return
	}
	w.log = max(l.pages, checkpointPages) + checkpointAgain
	if due {
		w.s.o.Log.Warn("checkpoint did not finish", "pages", l.pages, "busy", busy, "err", err)
	}
}
