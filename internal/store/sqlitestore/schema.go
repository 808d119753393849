package sqlitestore

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strings"

	"claimcheck/internal/store/migrate"
)

// schemaFiles holds one file per version of the schema. A file that was released
// is never changed.
//
//go:embed schema/*.sql
var schemaFiles embed.FS

// migrateFile brings the file to the newest schema.
func migrateFile(c *conn) error {
	steps, err := migrate.Steps(schemaFiles, "schema")
	if err != nil {
		return err
	}
	_, err = migrate.Up(context.Background(), c, steps)
	return err
}

// SchemaVersion is where SQLite itself has room for it.
func (c *conn) SchemaVersion(context.Context) (int, error) {
	have, err := c.number("PRAGMA user_version")
	return int(have), err
}

// ApplyStep applies a step. Nobody else has the file open.
func (c *conn) ApplyStep(_ context.Context, s migrate.Step) (applied bool, err error) {
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return false, err
	}
	defer func() {
		if err != nil && !c.db.AutocommitEnabled() {
			err = errors.Join(err, c.exec("ROLLBACK"))
		}
	}()
	if err := c.script(s.SQL); err != nil {
		return false, err
	}
	if err := c.exec(fmt.Sprintf("PRAGMA user_version = %d", s.Version)); err != nil {
		return false, err
	}
	return true, c.exec("COMMIT")
}

// script runs the statements of a script one after the other.
func (c *conn) script(sql string) error {
	for sql = strings.TrimSpace(sql); sql != ""; {
		st, rest, err := c.db.PrepareTransient(sql)
		if err != nil {
			return err
		}
		sql = strings.TrimSpace(sql[len(sql)-rest:])
		if _, err = st.Step(); err != nil {
			return errors.Join(err, st.Finalize())
		}
		if err := st.Finalize(); err != nil {
			return err
		}
	}
	return nil
}
