package sqlitestore

import (
	"context"
	"embed"

	"claimcheck/internal/store/migrate"
)

// schemaFiles has one file per version of the schema. A file that was released
// is never changed.
//
//go:embed schema/*.sql
var schemaFiles embed.FS

// migrateFile brings the file to the newest schema.
func migrateFile(c conn) error {
	steps, err := migrate.Steps(schemaFiles, "schema")
	if err != nil {
		return err
	}
	_, err = migrate.Up(context.Background(), c, steps)
	return err
}
