package pgstore

import (
	"context"
	"embed"
)

// schemaFiles has one file per version of the schema. A file that was released
// is never changed, and each leaves the database such that the release before goes
// on working.
//
//go:embed schema/*.sql
var schemaFiles embed.FS

// Migrate returns the names of the versions that a database lacks, and, unless
// dry is set, applies them: each in a transaction, one program at a time.
func Migrate(ctx context.Context, o Options, dry bool) ([]string, error) {
	db, err := connectTo(ctx, &o)
	if err != nil {
		return nil, err
	}
	defer db.Disconnect()
	return db.ApplySchema(ctx, dry)
}
