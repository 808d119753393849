package pg

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/job"
)

// partitioned are the tables that are kept by month.
var partitioned = []string{"jobs", "inputs", "outputs"}

const (
	monthsAhead = 2 // partitions are made for this month and so many after it

	// sqlHurry is for what everybody waits behind: who reads a table for long (a
	// dump, for instance) must not keep all others from it, nor a copy that is away:
	// what is written into a table later is confirmed after the table.
	sqlHurry = "SELECT set_config('lock_timeout', '500', true), set_config('synchronous_commit', 'local', true)"
	// sqlAtLength is for a partition that is made: PostgreSQL reads the whole default
	// partition for it, and a server that gave up would not start at all.
	sqlAtLength   = "SELECT set_config('statement_timeout', '0', true)"
	sqlPartitions = `SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
		WHERE i.inhparent = $1::regclass AND NOT pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT' ORDER BY c.relname`
)

// addPartitions makes the partitions of this month and those to come. Where the
// default partition has rows of a month already, that month stays in it; where
// somebody has locked it, the month is made the next time.
func (db *DB) addPartitions(ctx context.Context) error {
	now := db.clock.now()
	for ahead := range monthsAhead + 1 {
		from := time.Date(now.Year(), now.Month()+time.Month(ahead), 1, 0, 0, 0, 0, time.UTC)
		for _, table := range partitioned {
			if err := db.addPartition(ctx, table, from); err != nil {
				return err
			}
		}
	}
	return nil
}

// AddPast makes the partitions of so many months that are over, too.
func (db *DB) AddPast(ctx context.Context, months int) error {
	if err := db.clock.measure(ctx); err != nil {
		return err
	}
	now := db.clock.now()
	for back := range months {
		from := time.Date(now.Year(), now.Month()-time.Month(back), 1, 0, 0, 0, 0, time.UTC)
		for _, table := range partitioned {
			if err := db.addPartition(ctx, table, from); err != nil {
				return err
			}
		}
	}
	return db.addPartitions(ctx)
}

func partitionName(table string, from time.Time) string {
	return fmt.Sprintf("%s_%04d_%02d", table, from.Year(), from.Month())
}

// boundOf is the first id of a time, with nothing but zeros after it.
func boundOf(t time.Time) job.ID {
	id := IDAt(t)
	id[8] = 0
	return id
}

func (db *DB) addPartition(ctx context.Context, table string, from time.Time) error {
	name := partitionName(table, from)
	there := false
	if err := db.Pool.QueryRow(ctx, sqlHasTable, name).Scan(&there); err != nil || there {
		return Plain(err)
	}
	first, next := boundOf(from), boundOf(from.AddDate(0, 1, 0))
	fill := ""
	if table == "jobs" {
		fill = " WITH (fillfactor = 80)" // a job's row is changed two or three times
	}
	err := pgx.BeginFunc(ctx, db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(lockSchema)); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, sqlHasTable, name).Scan(&there); err != nil || there {
			return err
		}
		if _, err := tx.Exec(ctx, sqlHurry); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sqlAtLength); err != nil {
			return err
		}
		// The names are made from a date, the bounds are hexadecimal digits.
		taken := false
		err := tx.QueryRow(ctx, fmt.Sprintf("SELECT EXISTS (SELECT 1 FROM claimcheck.%s_default WHERE id >= '%s' AND id < '%s')", table, first, next)).Scan(&taken)
		if err != nil || taken {
			return err
		}
		_, err = tx.Exec(ctx, fmt.Sprintf("CREATE TABLE claimcheck.%s PARTITION OF claimcheck.%s FOR VALUES FROM ('%s') TO ('%s')%s", name, table, first, next, fill))
		return err
	})
	if e := ServerError(err); e != nil && e.Code == codeLockTimeout {
		db.o.Log.WarnContext(ctx, "a table is in use; its next partition is made later", "name", name)
		return nil
	}
	if err != nil {
		return fmt.Errorf("make partition %s: %w", name, Plain(err))
	}
	return nil
}

// dropPartitions removes the partitions of months before this one that have no
// row left; rows go one by one when they expire, because counts and files
// depend on them. A table that is in use now is left for the next time.
func (db *DB) dropPartitions(ctx context.Context) error {
	for _, table := range partitioned {
		rows, err := db.Pool.Query(ctx, sqlPartitions, "claimcheck."+table)
		if err != nil {
			return Plain(err)
		}
		var name, bound string
		var old []string
		_, err = pgx.ForEachRow(rows, []any{&name, &bound}, func() error {
			if db.past(bound) {
				old = append(old, name)
			}
			return nil
		})
		if err != nil {
			return Plain(err)
		}
		for _, name := range old {
			if err := db.dropPartition(ctx, table, name); err != nil {
				return fmt.Errorf("drop partition %s: %w", name, Plain(err))
			}
		}
	}
	return nil
}

// past reports whether a partition's bounds end before this month, a day of
// patience for clocks that differ included.
func (db *DB) past(bound string) bool {
	_, to, ok := strings.Cut(bound, "TO ('")
	text, _, _ := strings.Cut(to, "'")
	id, err := job.ParseID(text)
	return ok && err == nil && time.UnixMilli(id.Seq()>>12).Before(db.clock.now().AddDate(0, 0, -1))
}

func (db *DB) dropPartition(ctx context.Context, table, name string) error {
	full := "claimcheck." + pgx.Identifier{name}.Sanitize()
	some := false
	if err := db.Pool.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+full+")").Scan(&some); err != nil || some {
		return err
	}
	err := pgx.BeginFunc(ctx, db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sqlHurry); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "LOCK TABLE claimcheck."+table+" IN ACCESS EXCLUSIVE MODE"); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+full+")").Scan(&some); err != nil || some {
			return err
		}
		_, err := tx.Exec(ctx, "DROP TABLE "+full)
		return err
	})
	if e := ServerError(err); e != nil && e.Code == codeLockTimeout {
		return nil
	}
	if err == nil {
		db.o.Log.InfoContext(ctx, "dropped an empty partition", "name", name)
	}
	return err
}
