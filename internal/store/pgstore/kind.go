package pgstore

import (
	"context"

	"claimcheck/internal/store/kind"
	"claimcheck/internal/store/transfer"
)

// Kind is the store in PostgreSQL.
func Kind() kind.Kind[*Store] {
	return kind.Kind[*Store]{
		Name: "database", Form: "postgres://user@host:5432/name", Shared: true, Recognises: IsAddress,
		Open: func(ctx context.Context, o kind.Opening) (*Store, error) { return Open(ctx, optionsOf(o)) },
		Migrate: func(ctx context.Context, o kind.Opening, dry bool) ([]string, error) {
			return Migrate(ctx, optionsOf(o), dry)
		},
		CopyInto: func(ctx context.Context, o kind.Opening, source string) (transfer.Target, error) {
			return BeginCopy(ctx, optionsOf(o), source)
		},
		BackupWith: "a database that servers share is backed up with PostgreSQL's own tools (pg_basebackup or pg_dump), its files with those of their storage",
	}
}

func optionsOf(o kind.Opening) Options {
	return Options{
		URL: o.Address, Direct: o.Direct, Replica: o.Replica, Connections: o.Connections, Random: o.Random, Log: o.Log,
		OnBatch: o.OnBatch, OnCommit: o.OnCommit, OnLag: o.OnLag, OnDelivery: o.OnDelivery,
	}
}
