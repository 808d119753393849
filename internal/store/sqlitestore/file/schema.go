package file

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"claimcheck/internal/store/migrate"
)

// SchemaVersion is where SQLite itself has room for it.
func (c *Conn) SchemaVersion(context.Context) (int, error) {
	have, err := c.Number("PRAGMA user_version")
	return int(have), err
}

// ApplyStep applies a step; nobody else has the file open.
func (c *Conn) ApplyStep(_ context.Context, s migrate.Step) (applied bool, err error) {
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
func (c *Conn) script(sql string) error {
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
