package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"claimcheck/internal/auth"
	"claimcheck/internal/config"
	"claimcheck/internal/fault"
	"claimcheck/internal/metrics"
	"claimcheck/internal/ratelimit"
	"claimcheck/internal/sign"
	"claimcheck/internal/store/kind"
	"claimcheck/internal/store/pgstore"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/store/transfer"
)

// stores is the one list of stores. Servers, commands, copies and backups go by
// what each says of itself.
func stores() []storeKind {
	return []storeKind{
		kindOf(sqlitestore.Kind()),
		kindOf(pgstore.Kind()),
	}
}

// aStore is all that the parts need of a store.
type aStore interface {
	protocol.Store
	auth.Store
	sign.Store
	protocol.Hooks
	protocol.Outbox
}

// A storeKind is one kind of store, opened by a configuration.
type storeKind struct {
	name, form, backupWith string // see [kind.Kind]
	shared                 bool
	recognises             func(address string) bool

	open     func(ctx context.Context, cfg *config.Config, on events) (*store, error)
	migrate  func(ctx context.Context, cfg *config.Config, dry bool) (applied []string, err error)
	copyInto func(ctx context.Context, cfg *config.Config, source string) (transfer.Target, error)
}

// kindOf is a kind by what a store says of itself, and by what is found on one
// that is open.
func kindOf[S aStore](k kind.Kind[S]) storeKind {
	return storeKind{
		name: k.Name, form: k.Form, backupWith: k.BackupWith, shared: k.Shared, recognises: k.Recognises,
		open: func(ctx context.Context, cfg *config.Config, on events) (*store, error) {
			s, err := k.Open(ctx, opening(cfg, on))
			if err != nil {
				return nil, err
			}
			return opened(s), nil
		},
		migrate: func(ctx context.Context, cfg *config.Config, dry bool) ([]string, error) {
			if k.Migrate == nil {
				return nil, nil
			}
			return k.Migrate(ctx, opening(cfg, events{}), dry)
		},
		copyInto: func(ctx context.Context, cfg *config.Config, source string) (transfer.Target, error) {
			if k.CopyInto == nil {
				return nil, fault.New(fault.Unsupported, "NO_COPY", "nothing can be copied into the %s", k.Name)
			}
			return k.CopyInto(ctx, opening(cfg, events{}), source)
		},
	}
}

// events are what a server wants to hear of its store.
type events struct {
	log      *slog.Logger
	batch    func(size int, took time.Duration) // a transaction, and the parts in it
	commit   func(took time.Duration)
	lag      func(took time.Duration) // a notification of another server
	delivery func()                   // deliveries that are due were written
}

// A store is an opened store. The fields that may be nil are so where they
// make no difference.
type store struct {
	aStore

	now        func() time.Time                                // its clock
	allowances ratelimit.Ledger                                // that servers share
	stats      func(context.Context) (metrics.Database, error) // may be nil
	file       func(context.Context) (kind.FileStats, error)   // may be nil
	hurry      func()                                          // says that the end is near; may be nil
}

func opened(s aStore) *store {
	st := &store{aStore: s, now: time.Now}
	if own, ok := s.(interface{ Now() time.Time }); ok {
		st.now = own.Now
	}
	if ledger, ok := s.(ratelimit.Ledger); ok {
		st.allowances = ledger
	}
	if watched, ok := s.(interface {
		Stats(context.Context) (kind.Stats, error)
	}); ok {
		st.stats = func(ctx context.Context) (metrics.Database, error) {
			is, err := watched.Stats(ctx)
			return metrics.Database(is), err
		}
	}
	if filed, ok := s.(interface {
		FileStats(context.Context) (kind.FileStats, error)
	}); ok {
		st.file = filed.FileStats
	}
	if hurried, ok := s.(interface{ Hurry() }); ok {
		st.hurry = hurried.Hurry
	}
	return st
}

func opening(cfg *config.Config, on events) kind.Opening {
	return kind.Opening{
		Address: cfg.Store.Text, Direct: cfg.StoreDirect.Text, Replica: cfg.StoreReplica.Text, Connections: cfg.StoreConns, Folder: cfg.Data,
		Random: rand.Reader, Log: on.log, OnBatch: on.batch, OnCommit: on.commit, OnLag: on.lag, OnDelivery: on.delivery,
	}
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
