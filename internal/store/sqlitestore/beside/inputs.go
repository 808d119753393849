package beside

import (
	"time"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

// SQLInput reads what the store has of an input.
const SQLInput = "SELECT j.id, i.data FROM inputs i JOIN jobs j ON j.seq = i.seq WHERE i.seq = ?"

// A Run runs a statement that writes.
type Run = func(sql string, params func(*file.Binder)) error

// Input returns a job's inline input, or the source of one that is elsewhere; NotFound if
// it has neither.
func Input(c *file.Conn, id job.ID) (input []byte, err error) {
	var is job.ID
	row, err := c.One(SQLInput, func(b *file.Binder) { b.Int(id.Seq()) }, func(st *sqlite.Stmt) {
		st.ColumnBytes(0, is[:])
		input = make([]byte, st.ColumnLen(1))
		st.ColumnBytes(1, input)
	})
	if err != nil || row && is == id {
		return input, err
	}
	return nil, record.NoInput()
}

// DropInput removes a job's input, and adds its blobs to files; leave does the same with
// the upload that an input is.
func DropInput(run Run, was *job.Job, files []string, leave func(job.ID, []string) ([]string, error)) (more []string, err error) {
	switch was.Input.Where {
	case job.InFile:
		return append(files, job.InputKey(was.ID)), nil
	case job.InUpload:
		if files, err = leave(was.ID, files); err != nil {
			return nil, err
		}
	default:
	}
	return files, run("DELETE FROM inputs WHERE seq = ?", func(b *file.Binder) { b.Int(was.ID.Seq()) })
}

// KeepInput notes when a job's input goes; the zero time: with the job.
func KeepInput(run Run, id job.ID, until time.Time) error {
	if until.IsZero() {
		return nil
	}
	return run("UPDATE jobs SET input_until = ? WHERE seq = ?", func(b *file.Binder) { b.Time(until).Int(id.Seq()) })
}

// LoseInput notes that a job's input is gone.
func LoseInput(run Run, id job.ID) error {
	return run("UPDATE jobs SET input_file = ?, input_until = NULL WHERE seq = ?", func(b *file.Binder) { b.Int(int64(job.Gone)).Int(id.Seq()) })
}
