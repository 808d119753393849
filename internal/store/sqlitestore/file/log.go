package file

import "time"

// A Log is what a checkpoint tells of the write-ahead log.
type Log struct {
	Busy  bool // readers or a lock kept it from finishing
	Pages int64
}

// Checkpoint runs a checkpoint (NOOP, RESTART or TRUNCATE).
func (c *Conn) Checkpoint(mode string) (Log, error) {
	st, err := c.prepare("PRAGMA wal_checkpoint(" + mode + ")")
	if err != nil {
		return Log{}, err
	}
	if _, err := st.Step(); err != nil { // the watch is not told: it is no operation's statement
		return Log{}, err
	}
	l := Log{Busy: st.ColumnInt64(0) != 0, Pages: st.ColumnInt64(1)}
	return l, st.Reset()
}

// Restart copies the log into the file, so that the next transaction writes the
// log from its beginning. It waits that long for readers to end.
func (c *Conn) Restart(patience time.Duration) (Log, error) {
	c.db.SetBusyTimeout(patience)
	defer c.db.SetBusyTimeout(busyTimeout)
	return c.Checkpoint("RESTART")
}
