package pgstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/transfer"
)

const (
	monthsBack = 24 // partitions made for what is copied; older rows go to the default one

	sqlCopyState = "SELECT source, finished FROM claimcheck.copy"
	sqlBeginCopy = "INSERT INTO claimcheck.copy (one, source, finished) VALUES (1, $1, false)"
	sqlEndCopy   = "UPDATE claimcheck.copy SET finished = true"
	sqlInUse     = "SELECT EXISTS (SELECT 1 FROM claimcheck.keys) OR EXISTS (SELECT 1 FROM claimcheck.jobs) OR EXISTS (SELECT 1 FROM claimcheck.owners) OR EXISTS (SELECT 1 FROM claimcheck.secrets)"
	sqlLastCopy  = "UPDATE claimcheck.meta SET last_seq = greatest(last_seq, $1)"
	sqlLastAudit = "SELECT setval(pg_get_serial_sequence('claimcheck.audit', 'n'), n) FROM claimcheck.audit ORDER BY n DESC LIMIT 1"
)

// errCopying means that a copy into the database has not been finished.
var errCopying = errors.New("a copy of another installation into the database is not finished: run claimcheck copy again")

// checkCopied refuses a database into which an installation is being copied.
func checkCopied(ctx context.Context, db *pg.DB) error {
	var source string
	var finished bool
	err := db.Pool.QueryRow(ctx, sqlCopyState).Scan(&source, &finished)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return pg.Plain(err)
	case !finished:
		return errCopying
	}
	return nil
}

// A Copy is an installation on its way into an empty database. Nobody else can
// open the database until it is finished.
type Copy struct{ db *pg.DB }

// BeginCopy begins a copy of the source with this name, or goes on with one that
// was interrupted. A database that is in use is Conflict IN_USE. Close ends it.
func BeginCopy(ctx context.Context, o Options, source string) (_ *Copy, err error) {
	db, err := connectTo(ctx, &o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			db.Disconnect()
		}
	}()
	if err := db.Upgrade(ctx); err != nil {
		return nil, err
	}
	var known string
	var finished, used bool
	err = db.Pool.QueryRow(ctx, sqlCopyState).Scan(&known, &finished)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
	case err != nil:
		return nil, pg.Plain(err)
	case finished || known != source:
		return nil, fault.New(fault.Conflict, "IN_USE", "another installation was copied into the database already; copy into an empty one")
	default:
		return &Copy{db}, db.AddPast(ctx, monthsBack)
	}
	if err := db.Pool.QueryRow(ctx, sqlInUse).Scan(&used); err != nil {
		return nil, pg.Plain(err)
	}
	if used {
		return nil, fault.New(fault.Conflict, "IN_USE", "the database is in use already; copy into an empty one")
	}
	if _, err := db.Pool.Exec(ctx, sqlBeginCopy, source); err != nil {
		return nil, pg.Plain(err)
	}
	return &Copy{db}, db.AddPast(ctx, monthsBack)
}

// Close ends the connections.
func (c *Copy) Close() { c.db.Disconnect() }

// Finish lets servers open the database. last is the greatest Seq that the source
// ever gave away.
func (c *Copy) Finish(ctx context.Context, last int64) error {
	if _, err := c.db.Pool.Exec(ctx, sqlLastCopy, last); err != nil {
		return pg.Plain(err)
	}
	if _, err := c.db.Pool.Exec(ctx, sqlLastAudit); err != nil {
		return pg.Plain(err)
	}
	err := c.slowly(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "ANALYZE")
		return err
	})
	if err != nil {
		return pg.Plain(err)
	}
	_, err = c.db.Pool.Exec(ctx, sqlEndCopy)
	return pg.Plain(err)
}

// slowly does in a transaction what takes as long as there are rows: no
// statement of a server ever does, so that its time is bounded.
func (c *Copy) slowly(ctx context.Context, do func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, c.db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT set_config('statement_timeout', '0', true)"); err != nil {
			return err
		}
		return do(tx)
	})
}

// Put writes rows of a table in one transaction; those that are there already
// stay as they are.
func (c *Copy) Put(ctx context.Context, t transfer.Table, rows []transfer.Row) error {
	names := make([]string, len(t.Columns))
	for i, col := range t.Columns {
		names[i] = col.Name
	}
	list := strings.Join(names, ", ")
	err := pgx.BeginFunc(ctx, c.db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, fmt.Sprintf("CREATE TEMP TABLE arriving ON COMMIT DROP AS SELECT %s FROM claimcheck.%s WITH NO DATA", list, t.Name)); err != nil {
			return err
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{"arriving"}, names, pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
			return values(t, rows[i]), nil
		}))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, fmt.Sprintf("INSERT INTO claimcheck.%s (%s) SELECT %s FROM arriving ON CONFLICT DO NOTHING", t.Name, list, list))
		return err
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", t.Name, pg.Plain(err))
	}
	return nil
}

// values are a row as PostgreSQL takes it.
func values(t transfer.Table, row transfer.Row) []any {
	out := make([]any, len(row))
	for i, v := range row {
		switch v := v.(type) {
		case int64:
			out[i] = v
			if t.Columns[i].Kind == transfer.Bool {
				out[i] = v != 0
			}
		case string:
			out[i] = pg.Enc(v)
		case []byte:
			out[i] = v
			if t.Columns[i].Kind == transfer.UUID {
				out[i] = pg.UUID(job.ID(v))
			}
		}
	}
	return out
}

// Sum reads all rows of a table and adds them up.
func (c *Copy) Sum(ctx context.Context, t transfer.Table) (*transfer.Sum, error) {
	exprs := make([]string, len(t.Columns))
	for i, col := range t.Columns {
		exprs[i] = col.Name
		switch col.Kind {
		case transfer.Bool:
			exprs[i] += "::int::bigint"
		case transfer.Int:
			exprs[i] += "::bigint"
		case transfer.Text, transfer.Blob, transfer.UUID:
		}
	}
	sum := &transfer.Sum{}
	err := c.slowly(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, fmt.Sprintf("SELECT %s FROM claimcheck.%s", strings.Join(exprs, ", "), t.Name))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			row, err := scanRow(rows, t)
			if err != nil {
				return err
			}
			sum.Add(row)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t.Name, pg.Plain(err))
	}
	return sum, nil
}

func scanRow(rows pgx.Rows, t transfer.Table) (transfer.Row, error) {
	ints, texts := make([]pgtype.Int8, len(t.Columns)), make([]pgtype.Text, len(t.Columns))
	ids, blobs := make([]pgtype.UUID, len(t.Columns)), make([][]byte, len(t.Columns))
	into := make([]any, len(t.Columns))
	for i, col := range t.Columns {
		switch col.Kind {
		case transfer.Int, transfer.Bool:
			into[i] = &ints[i]
		case transfer.Text:
			into[i] = &texts[i]
		case transfer.Blob:
			into[i] = &blobs[i]
		case transfer.UUID:
			into[i] = &ids[i]
		}
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	row := make(transfer.Row, len(t.Columns))
	for i, col := range t.Columns {
		switch {
		case ints[i].Valid:
			row[i] = ints[i].Int64
		case texts[i].Valid:
			row[i] = pg.Dec(texts[i].String)
		case ids[i].Valid:
			row[i] = ids[i].Bytes[:]
		case col.Kind == transfer.Blob && blobs[i] != nil:
			row[i] = blobs[i]
		}
	}
	return row, nil
}
