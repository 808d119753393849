package beside

import (
	"context"

	"zombiezen.com/go/sqlite"

	"claimcheck/internal/job"
	"claimcheck/internal/store/record"
	"claimcheck/internal/store/sqlitestore/file"
)

// checkEvery is after how many jobs it is looked whether anybody still waits.
const checkEvery = 256

// The statements that read.
const (
	SQLWords     = "SELECT n, last, size, lines, lost_lines, lost_bytes, data FROM words WHERE seq = ? AND last > ? ORDER BY n"
	SQLLastWords = "SELECT last, lost_lines, lost_bytes FROM words WHERE seq = ? ORDER BY n DESC LIMIT 1"
)

const (
	sqlWordParts = "SELECT n, last, size, lines, lost_lines, lost_bytes FROM words WHERE seq = ? ORDER BY n"
	sqlWordData  = "SELECT data FROM words WHERE seq = ? AND n = ?"
	sqlPutWords  = `INSERT INTO words (seq, n, last, size, lines, lost_lines, lost_bytes, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET last = excluded.last, size = excluded.size, lines = excluded.lines, lost_lines = excluded.lost_lines,
			lost_bytes = excluded.lost_bytes, data = excluded.data`
	sqlDropOldWords = "DELETE FROM words WHERE seq = ? AND n <= ?"
)

// Words returns what is kept of what a job has said after a position.
func (r *Rows) Words(ctx context.Context, id job.ID, after int64) (said job.Said, err error) {
	err = r.read(ctx, "read words", func(c *file.Conn) error {
		said = job.Said{}
		ofSeq := func(b *file.Binder) { b.Int(id.Seq()) }
		if _, err := c.One(SQLLastWords, ofSeq, func(st *sqlite.Stmt) {
			said.Lost = job.Lost{Lines: st.ColumnInt64(1), Bytes: st.ColumnInt64(2)}
		}); err != nil {
			return err
		}
		return c.Each(SQLWords, func(b *file.Binder) { b.Int(id.Seq()).Int(after) }, func(st *sqlite.Stmt) {
			said.Words = append(said.Words, record.ReadWords(file.BlobAt(st, 6), after)...)
		})
	})
	return said, err
}

// LastWords returns the position of the last word of those of the jobs that have said
// something.
func (r *Rows) LastWords(ctx context.Context, ids []job.ID) (last map[job.ID]int64, err error) {
	err = r.read(ctx, "look for words", func(c *file.Conn) error {
		last = map[job.ID]int64{}
		for i, id := range ids {
			if i%checkEvery == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			_, err := c.One(SQLLastWords, func(b *file.Binder) { b.Int(id.Seq()) }, func(st *sqlite.Stmt) { last[id] = st.ColumnInt64(0) })
			if err != nil {
				return err
			}
		}
		return nil
	})
	return last, err
}

// Say adds to what a job has said by a transaction that writes; it returns how many
// bytes had to go. The words go with the row of their job, by a trigger.
func Say(c *file.Conn, run func(sql string, params func(*file.Binder)) error, id job.ID, said *job.Said) (dropped int64, err error) {
	if len(said.Words) == 0 {
		return 0, nil
	}
	var w record.Words
	err = c.Each(sqlWordParts, func(b *file.Binder) { b.Int(id.Seq()) }, func(st *sqlite.Stmt) {
		w.Parts = append(w.Parts, record.WordPart{
			N: st.ColumnInt64(0), Last: st.ColumnInt64(1), Size: st.ColumnInt64(2), Lines: st.ColumnInt64(3),
			Lost: job.Lost{Lines: st.ColumnInt64(4), Bytes: st.ColumnInt64(5)},
		})
	})
	if err != nil {
		return 0, err
	}
	if n := len(w.Parts); n > 0 {
		last := &w.Parts[n-1]
		if _, err := c.One(sqlWordData, func(b *file.Binder) { b.Int(id.Seq()).Int(last.N) }, func(st *sqlite.Stmt) { last.Data = file.BlobAt(st, 0) }); err != nil {
			return 0, err
		}
	}
	w.Add(said)
	if n := w.Gone(); n > 0 {
		if err := run(sqlDropOldWords, func(b *file.Binder) { b.Int(id.Seq()).Int(n) }); err != nil {
			return 0, err
		}
	}
	for _, p := range w.Written() {
		err := run(sqlPutWords, func(b *file.Binder) {
			b.Int(id.Seq()).Int(p.N).Int(p.Last).Int(p.Size).Int(p.Lines).Int(p.Lost.Lines).Int(p.Lost.Bytes).Blob(p.Data)
		})
		if err != nil {
			return 0, err
		}
	}
	return w.Dropped, nil
}
