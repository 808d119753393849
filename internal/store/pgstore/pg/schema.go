package pg

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"claimcheck/internal/store/migrate"
)

const (
	lockSchema = 0x636c61696d01 // advisory locks of this project: "claim" and a number
	lockLeader = 0x636c61696d02

	schemaPatience = time.Minute     // for tables that somebody else has locked
	schemaAgain    = 2 * time.Second // until they are tried again: those who waited behind go first

	// sqlMigrating lets a step take its time, which is that of an index over all jobs,
	// and lets another program's be waited for. Should this one stand still, the
	// database ends its transaction.
	sqlMigrating = "SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '10000', true)"

	// sqlHasTable reads the catalog as any table: to_regclass may answer from what
	// the session remembers of before a lock was waited for.
	sqlHasTable  = "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = 'claimcheck' AND tablename = $1)"
	versionTable = "schema_version"
	sqlVersion   = "SELECT version FROM claimcheck.schema_version"
	sqlNewSchema = `CREATE SCHEMA IF NOT EXISTS claimcheck;
		CREATE TABLE claimcheck.schema_version (one smallint PRIMARY KEY CHECK (one = 1), version integer NOT NULL);
		INSERT INTO claimcheck.schema_version VALUES (1, 0)`
)

// ApplySchema returns the names of the versions that the database lacks, and, unless
// dry is set, applies them.
func (db *DB) ApplySchema(ctx context.Context, dry bool) ([]string, error) {
	if dry {
		lacking, err := migrate.Lacking(ctx, db, db.o.Schema)
		return migrate.Names(lacking), Plain(err)
	}
	applied, err := migrate.Up(ctx, db, db.o.Schema)
	if err == nil && len(applied) > 0 {
		db.confirmSchema(ctx)
	}
	return migrate.Names(applied), Plain(err)
}

// confirmSchema waits a moment for the copy, where there is one, to have the schema:
// should it take the database's place without, servers must be started anew.
func (db *DB) confirmSchema(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, CommitPatience)
	defer cancel()
	if _, err := db.Pool.Exec(limited, "UPDATE claimcheck.schema_version SET version = version"); err != nil {
		db.o.Log.WarnContext(ctx, "the schema was brought up to date, and no copy of the database is known to have it", "err", Plain(err))
	}
}

// SchemaVersion is in a table of the database.
func (db *DB) SchemaVersion(ctx context.Context) (version int, err error) {
	var there bool
	if err := db.Pool.QueryRow(ctx, sqlHasTable, versionTable).Scan(&there); err != nil || !there {
		return 0, err
	}
	err = db.Pool.QueryRow(ctx, sqlVersion).Scan(&version)
	return version, err
}

// ApplyStep applies a step. A table that somebody uses for long, as a dump does, is
// waited for in turns, because everybody else waits behind who waits for it.
func (db *DB) ApplyStep(ctx context.Context, step migrate.Step) (applied bool, err error) {
	for began := time.Now(); ; {
		applied, err = db.applyOnce(ctx, step)
		e := ServerError(err)
		if e == nil || e.Code != codeLockTimeout || time.Since(began) > schemaPatience {
			return applied, err
		}
		db.o.Log.WarnContext(ctx, "a table is in use for long, perhaps by a dump; the schema is brought up to date when it is free", "err", err)
		if !Pause(ctx, schemaAgain) {
			return false, err
		}
	}
}

// applyOnce applies a step while no other program does.
func (db *DB) applyOnce(ctx context.Context, step migrate.Step) (applied bool, err error) {
	err = pgx.BeginFunc(ctx, db.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, sqlMigrating); err != nil {
			return err
		}
		if err := db.lockSchemaIn(ctx, tx); err != nil {
			return err
		}
		have, err := versionIn(ctx, tx)
		if err != nil || have != step.Version-1 {
			return err
		}
		if _, err := tx.Exec(ctx, sqlHurry); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, step.SQL, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
		applied = true
		_, err = tx.Exec(ctx, "UPDATE claimcheck.schema_version SET version = $1", step.Version)
		return err
	})
	return applied && err == nil, err
}

// lockSchemaIn waits for whoever brings the schema up to date now.
func (db *DB) lockSchemaIn(ctx context.Context, tx pgx.Tx) error {
	var free bool
	if err := tx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock($1)", int64(lockSchema)).Scan(&free); err != nil || free {
		return err
	}
	db.o.Log.InfoContext(ctx, "another program brings the database's schema up to date; it is waited for")
	_, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", int64(lockSchema))
	return err
}

// versionIn is the database's version, for which a table is made if there is none.
func versionIn(ctx context.Context, tx pgx.Tx) (have int, err error) {
	var there bool
	if err := tx.QueryRow(ctx, sqlHasTable, versionTable).Scan(&there); err != nil {
		return 0, err
	}
	if !there {
		if _, err := tx.Exec(ctx, sqlNewSchema, pgx.QueryExecModeSimpleProtocol); err != nil {
			return 0, err
		}
	}
	err = tx.QueryRow(ctx, sqlVersion).Scan(&have)
	return have, err
}
