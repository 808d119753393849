package sqlitestore

import (
	"context"
	"time"

	"claimcheck/internal/store/sqlitestore/beside"
	"claimcheck/internal/store/sqlitestore/file"
)

// besideJobs are the rows that are not about jobs.
func (s *Store) besideJobs() *beside.Rows {
	read := func(ctx context.Context, what string, f func(*file.Conn) error) error {
		return s.read(ctx, what, func(c conn) error { return f(c.Conn) })
	}
	write := func(ctx context.Context, what string, grows bool, f func(beside.Tx) error) error {
		return s.write(ctx, what, grows, func(t *tx) error { return f(besideTx{t}) })
	}
	return beside.New(read, write, s.o.Now)
}

// A besideTx is the transaction as their room knows it.
type besideTx struct{ t *tx }

func (b besideTx) Run(sql string, params func(*file.Binder)) error { return b.t.run(sql, params) }
func (b besideTx) RunFenced(sql string, params func(*file.Binder)) error {
	return b.t.runFenced(sql, params)
}
func (b besideTx) Wrote() bool      { return b.t.wrote }
func (b besideTx) Now() time.Time   { return b.t.now }
func (b besideTx) Conn() *file.Conn { return b.t.c.Conn }
