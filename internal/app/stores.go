package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"claimcheck/internal/auth"
	"claimcheck/internal/config"
	"claimcheck/internal/metrics"
	"claimcheck/internal/queue"
	"claimcheck/internal/ratelimit"
	"claimcheck/internal/sign"
	"claimcheck/internal/store/pgstore"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/webhook"
)

const databaseName = "claimcheck.db"

// stores is the one list of stores: how each is told by its address, and opened
// by servers, commands, copies and backups.
func stores() []storeKind {
	return []storeKind{
		{
			name:       "store",
			recognises: func(address string) bool { return address == "" },
			open:       openSQLite,
			copyFrom: func(ctx context.Context, cfg *config.Config) (copySource, error) {
				return sqlitestore.Open(ctx, sqliteOptions(cfg))
			},
		},
		{
			name: "database", form: "postgres://user@host:5432/name", shared: true,
			recognises: pgstore.IsAddress,
			open:       openPostgres,
			migrate: func(ctx context.Context, cfg *config.Config, dry bool) ([]string, error) {
				return pgstore.Migrate(ctx, postgresOptions(cfg), dry)
			},
			copyInto: func(ctx context.Context, cfg *config.Config, source string) (copyTarget, error) {
				return pgstore.BeginCopy(ctx, postgresOptions(cfg), source)
			},
			backupWith: "a database that servers share is backed up with PostgreSQL's own tools (pg_basebackup or pg_dump), its files with those of their storage",
		},
	}
}

// A storeKind is one kind of store.
type storeKind struct {
	name       string // in errors: open the name
	form       string // an address as an example; empty for the one without an address
	recognises func(address string) bool
	// shared says that servers and commands use it side by side. Any other is in
	// the data folder, and belongs to the process that has locked the folder.
	shared bool

	open     func(ctx context.Context, cfg *config.Config, on events) (*store, error)
	copyFrom func(ctx context.Context, cfg *config.Config) (copySource, error)                     // of the one in the data folder
	copyInto func(ctx context.Context, cfg *config.Config, source string) (copyTarget, error)      // of shared ones
	migrate  func(ctx context.Context, cfg *config.Config, dry bool) (applied []string, err error) // of shared ones

	backupWith string // a sentence that names what makes its backups; empty: a backupStore, which does it itself
}

// events are what a server wants to hear of its store.
type events struct {
	log      *slog.Logger
	batch    func(size int, took time.Duration) // a transaction, and the parts in it
	commit   func(took time.Duration)
	lag      func(took time.Duration) // a notification of another server
	delivery func()                   // deliveries that are due were written
}

// aStore is all that the parts need of a store.
type aStore interface {
	queue.Store
	auth.Store
	sign.Store
	webhook.Store
}

// A store is an opened store. The fields that may be nil are so where they
// make no difference.
type store struct {
	aStore

	now        func() time.Time                                // its clock
	allowances ratelimit.Ledger                                // that servers share
	stats      func(context.Context) (metrics.Database, error) // may be nil
	hurry      func()                                          // says that the end is near; may be nil
}

func sqliteOptions(cfg *config.Config) sqlitestore.Options {
	return sqlitestore.Options{Path: filepath.Join(cfg.Data, databaseName), Now: time.Now}
}

func openSQLite(ctx context.Context, cfg *config.Config, on events) (*store, error) {
	o := sqliteOptions(cfg)
	o.Log, o.OnBatch, o.OnDelivery = on.log, on.batch, on.delivery
	db, err := sqlitestore.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return &store{aStore: db, now: time.Now}, nil
}

func postgresOptions(cfg *config.Config) pgstore.Options {
	return pgstore.Options{
		URL: cfg.Store.Text, Direct: cfg.StoreDirect.Text, Replica: cfg.StoreReplica.Text, Connections: cfg.StoreConns, Random: rand.Reader,
	}
}

func openPostgres(ctx context.Context, cfg *config.Config, on events) (*store, error) {
	o := postgresOptions(cfg)
	o.Log, o.OnBatch, o.OnCommit, o.OnLag, o.OnDelivery = on.log, on.batch, on.commit, on.lag, on.delivery
	db, err := pgstore.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	stats := func(ctx context.Context) (metrics.Database, error) {
		is, err := db.Stats(ctx)
		return metrics.Database(is), err
	}
	return &store{aStore: db, now: db.Now, allowances: db, stats: stats, hurry: db.Hurry}, nil
}

// storeOf returns the kind of store that an address, which was checked, means.
func storeOf(address config.Address) storeKind {
	for _, k := range stores() {
		if k.recognises(address.Text) {
			return k
		}
	}
	panic("app: no store has the address that was checked")
}

// judgeStore judges the address of a store; what it is refused for does not
// repeat it, because there may be a password in it.
func judgeStore(address string) (shared bool, err error) {
	var forms []string
	for _, k := range stores() {
		if k.recognises(address) {
			return k.shared, nil
		}
		if k.form != "" {
			forms = append(forms, k.form)
		}
	}
	return false, fmt.Errorf("it is not an address such as %s", strings.Join(forms, " or "))
}

// Migrate brings a shared database up to date, or, with dry, only names the
// versions that it lacks.
func Migrate(ctx context.Context, cfg config.Config, dry bool) ([]string, error) {
	applied, err := storeOf(cfg.Store).migrate(ctx, &cfg, dry)
	if err != nil {
		return applied, fmt.Errorf("bring the database up to date: %w", err)
	}
	return applied, nil
}
