package sqlitestore

import (
	"time"

	"claimcheck/internal/store/sqlitestore/file"
)

const (
	checkpointPages = 4000 // 16 MiB of log; then it is copied into the file
	checkpointAgain = 1000 // pages more before the next trial, after one that did not finish
	checkpointWait  = 50 * time.Millisecond
)

// tidyLog copies the log into the file when it has grown, so that the next
// transaction writes it from its beginning. The writer does it after it has
// answered its callers. A failure is no one's: the log keeps everything.
func (w *writer) tidyLog() {
	if w.tx.c.Conn == nil {
		return
	}
	l, err := w.tx.c.Checkpoint("NOOP")
	due := err != nil || l.Pages >= w.log
	if !due && !w.s.failed.Load() { // on a full disk the log's own room is welcome
		return
	}
	busy := false
	if err == nil {
		var end file.Log
		end, err = w.tx.c.Restart(checkpointWait)
		busy = end.Busy
	}
	if err == nil && !busy {
		w.log = checkpointPages
		return
	}
	w.log = max(l.Pages, checkpointPages) + checkpointAgain
	if due {
		w.s.o.Log.Warn("checkpoint did not finish", "pages", l.Pages, "busy", busy, "err", err)
	}
}
