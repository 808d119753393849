package sqlitestore

import (
	"context"
	"path/filepath"
	"time"

	"claimcheck/internal/store/kind"
)

// FileName is the name of the database in a data folder.
const FileName = "claimcheck.db"

// Kind is the store that is used where no address names another.
func Kind() kind.Kind[*Store] {
	return kind.Kind[*Store]{
		Name:       "store",
		Recognises: func(address string) bool { return address == "" },
		Open: func(ctx context.Context, o kind.Opening) (*Store, error) {
			return Open(ctx, Options{Path: filepath.Join(o.Folder, FileName), Now: time.Now, Log: o.Log, OnBatch: o.OnBatch, OnDelivery: o.OnDelivery})
		},
	}
}
