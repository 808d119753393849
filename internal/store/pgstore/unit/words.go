package unit

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/record"
)

const (
	sqlWordParts = `SELECT n, last, size, lines, lost_lines, lost_bytes, CASE WHEN n = max(n) OVER () THEN data END
		FROM claimcheck.words WHERE id = $1 ORDER BY n`
	sqlPutWords = `INSERT INTO claimcheck.words (id, n, last, size, lines, lost_lines, lost_bytes, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id, n) DO UPDATE SET last = excluded.last, size = excluded.size, lines = excluded.lines, lost_lines = excluded.lost_lines,
			lost_bytes = excluded.lost_bytes, data = excluded.data`
	sqlDropOldWords = "DELETE FROM claimcheck.words WHERE id = $1 AND n <= $2"
	sqlDropSaid     = "DELETE FROM claimcheck.words WHERE id = ANY($1)"
)

// say notes what is added to what a job has said; it returns how many bytes have to go.
func (u *Unit) say(st *jobState, said *job.Said) (dropped int64, err error) {
	if st.words == nil {
		if st.words, err = u.loadWords(st.is.ID); err != nil {
			return 0, err
		}
	}
	before := st.words.Dropped
	st.words.Add(said)
	u.touch(st)
	return st.words.Dropped - before, nil
}

func (u *Unit) loadWords(id job.ID) (*record.Words, error) {
	var w record.Words
	b := u.Start()
	b.Queue(sqlWordParts, pg.UUID(id)).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var p record.WordPart
			var data []byte
			if err := rows.Scan(&p.N, &p.Last, &p.Size, &p.Lines, &p.Lost.Lines, &p.Lost.Bytes, &data); err != nil {
				return err
			}
			p.Data = data
			w.Parts = append(w.Parts, p)
		}
		return rows.Err()
	})
	if err := u.Send(b); err != nil {
		return nil, err
	}
	return &w, nil
}

// flushWords writes what differs of what jobs have said.
func (u *Unit) flushWords(b *pgx.Batch) {
	for _, j := range u.changed {
		if j.words == nil || j.gone {
			continue
		}
		id := pg.UUID(j.is.ID)
		if n := j.words.Gone(); n > 0 {
			b.Queue(sqlDropOldWords, id, n)
		}
		for _, p := range j.words.Written() {
			b.Queue(sqlPutWords, id, p.N, p.Last, p.Size, p.Lines, p.Lost.Lines, p.Lost.Bytes, pg.Blob(p.Data))
		}
	}
}

const (
	// The last part comes too when nothing of it is new: it has what was lost.
	sqlWords = `SELECT lost_lines, lost_bytes, data FROM claimcheck.words WHERE id = $1
		AND (last > $2 OR n = (SELECT max(n) FROM claimcheck.words WHERE id = $1)) ORDER BY n`
	sqlLastWords = "SELECT id, max(last) FROM claimcheck.words WHERE id = ANY($1) GROUP BY id"
)

// Said reads what jobs have said, outside of units. It is safe for concurrent use.
type Said struct{ DB *pg.DB }

// Words returns what is kept of what a job has said after a position.
func (r Said) Words(ctx context.Context, id job.ID, after int64) (said job.Said, err error) {
	err = r.DB.Read(ctx, r.DB.Pool, "read words", func(rows pgx.Rows) error {
		var data []byte
		err := rows.Scan(&said.Lost.Lines, &said.Lost.Bytes, &data)
		said.Words = append(said.Words, record.ReadWords(data, after)...)
		return err
	}, sqlWords, pg.UUID(id), after)
	if err != nil {
		return job.Said{}, err
	}
	return said, nil
}

// LastWords returns the position of the last word of those of the jobs that have said
// something.
func (r Said) LastWords(ctx context.Context, ids []job.ID) (map[job.ID]int64, error) {
	last := map[job.ID]int64{}
	err := r.DB.Read(ctx, r.DB.Pool, "look for words", func(rows pgx.Rows) error {
		var id pgtype.UUID
		var n int64
		err := rows.Scan(&id, &n)
		last[id.Bytes] = n
		return err
	}, sqlLastWords, pg.UUIDs(ids))
	return last, err
}
