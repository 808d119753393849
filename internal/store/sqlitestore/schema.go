package sqlitestore

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// schemaFiles holds one file per version of the schema, applied in the order
// of their names. A file that was released is never changed.
//
//go:embed schema/*.sql
var schemaFiles embed.FS

// migrate brings the file to the newest schema, one transaction per version.
// It refuses a file that a newer program has written.
func migrate(c *conn) error {
	steps, err := fs.Glob(schemaFiles, "schema/*.sql")
	if err != nil {
		return err
	}
	slices.Sort(steps)
	have, err := c.number("PRAGMA user_version")
	if err != nil {
		return err
	}
	if have > int64(len(steps)) {
		return fmt.Errorf("the database has schema %d, this program knows %d: it was written by a newer version of claimcheck", have, len(steps))
	}
	for i := int(have); i < len(steps); i++ {
		script, err := schemaFiles.ReadFile(steps[i])
		if err != nil {
			return err
		}
		if err := migrateOne(c, string(script), i+1); err != nil {
			return fmt.Errorf("schema %s: %w", path.Base(steps[i]), err)
		}
	}
	return nil
}

func migrateOne(c *conn, script string, version int) (err error) {
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil && !c.db.AutocommitEnabled() {
			err = errors.Join(err, c.exec("ROLLBACK"))
		}
	}()
	if err := c.script(script); err != nil {
		return err
	}
	if err := c.exec(fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
		return err
	}
	return c.exec("COMMIT")
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
