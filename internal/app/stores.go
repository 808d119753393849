package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"claimcheck/internal/auth"
	"claimcheck/internal/clock"
	"claimcheck/internal/config"
	"claimcheck/internal/fault"
	"claimcheck/internal/metrics"
	"claimcheck/internal/queue"
	"claimcheck/internal/ratelimit"
	"claimcheck/internal/sign"
	"claimcheck/internal/store/pgstore"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/webhook"
)

const (
	databaseName  = "claimcheck.db"
	nodeName      = "node"                 // file of the data folder that names this server
	keyTTL        = 900 * time.Millisecond // keys of a shared store are asked for again when that old
	startPatience = time.Minute            // with a database in trouble
	startAgain    = time.Second
	reloadEvery   = 10 * time.Second // signing secrets of a shared store are read again
)

// aStore is all that the parts need of a store.
type aStore interface {
	queue.Store
	auth.Store
	sign.Store
	webhook.Store
}

// A store is an opened store, with what depends on whether others use it too.
type store struct {
	aStore

	now      func() time.Time // its clock
	clock    *clock.Clock     // the same, with a time that never steps
	keyTTL   time.Duration    // 0: keys are changed by this process alone
	node     string           // names this server in leases
	limiter  *ratelimit.Limiter
	exchange *ratelimit.Exchange // of allowances with other servers; nil if there are none
	stats    func(context.Context) (metrics.Database, error)
	hurry    func() // says that the end is near; nil if that makes no difference
}

// openStore is the one list of stores.
func (s *Server) openStore(ctx context.Context, bell webhook.Bell) (*store, error) {
	if s.cfg.Store == "" {
		db, err := sqlitestore.Open(ctx, sqlitestore.Options{
			Path: filepath.Join(s.cfg.Data, databaseName), Now: time.Now, Log: s.log, OnBatch: s.metrics.Committed, OnDelivery: bell.Ring,
		})
		if err != nil {
			return nil, fmt.Errorf("open the store: %w", err)
		}
		c := clock.New(time.Now)
		return &store{aStore: db, now: time.Now, clock: c, node: "local", limiter: ratelimit.New(c.Steady)}, nil
	}
	node, err := readNode(s.folder.path)
	if err != nil {
		return nil, err
	}
	o := sharedOptions(&s.cfg)
	o.Log, o.OnBatch, o.OnCommit, o.OnLag, o.OnDelivery = s.log, s.metrics.Committed, s.metrics.Flushed, s.metrics.Notified, bell.Ring
	var db *pgstore.Store
	if err = s.patient(ctx, func() error { db, err = pgstore.Open(ctx, o); return err }); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	st := &store{aStore: db, hurry: db.Hurry, now: db.Now, clock: clock.New(db.Now), keyTTL: keyTTL, node: node, stats: func(ctx context.Context) (metrics.Database, error) {
		is, err := db.Stats(ctx)
		return metrics.Database(is), err
	}}
	st.limiter, st.exchange = ratelimit.NewShared(st.clock.Steady, db)
	return st, nil
}

// patient does a step of the start, and does it again while a shared store is
// in trouble that may pass: a database that is started beside its servers, or
// whose copy is taking over, is waited for.
func (s *Server) patient(ctx context.Context, step func() error) error {
	for began := time.Now(); ; {
		err := step()
		if err == nil || s.cfg.Store == "" || !fault.Is(err, fault.Unavailable) || time.Since(began) > startPatience {
			return err
		}
		s.log.WarnContext(ctx, "the database is waited for", "err", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(startAgain):
		}
	}
}

func sharedOptions(cfg *config.Config) pgstore.Options {
	return pgstore.Options{
		URL: cfg.Store, Direct: cfg.StoreDirect, Replica: cfg.StoreReplica, Connections: cfg.StoreConns, Random: rand.Reader,
	}
}

// Migrate brings a shared database up to date, or, with dry, only names the
// versions that it lacks.
func Migrate(ctx context.Context, cfg config.Config, dry bool) ([]string, error) {
	applied, err := pgstore.Migrate(ctx, sharedOptions(&cfg), dry)
	if err != nil {
		return applied, fmt.Errorf("bring the database up to date: %w", err)
	}
	return applied, nil
}

var nodeForm = regexp.MustCompile(`^[0-9a-f]{16}$`)

// readNode returns the name of this server among those that share a store, made
// at its first start. It stays with the data folder, which one process holds at
// a time: so a restarted server knows the leases of its dead process.
func readNode(folder string) (string, error) {
	path := filepath.Join(folder, nodeName)
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the folder
	if err == nil && nodeForm.Match(text) {
		return string(text), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the name of this server: %w", plain(err))
	}
	name := make([]byte, 8)
	_, _ = rand.Read(name) // it never fails
	node := hex.EncodeToString(name)
	if err := os.WriteFile(path, []byte(node), 0o600); err != nil {
		return "", fmt.Errorf("keep the name of this server: %w", plain(err))
	}
	return node, syncFolder(folder)
}

// keepSecrets reads the signing secrets of a shared store again and again:
// another server or an operator may have rotated them.
func (s *Server) keepSecrets(ctx context.Context, signer *sign.Signer) {
	tick := time.NewTicker(reloadEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := signer.Reload(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "signing secrets cannot be read", "err", err)
		}
	}
}
