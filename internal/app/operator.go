package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
	"claimcheck/internal/fault"
	"claimcheck/internal/queue"
	"claimcheck/internal/sign"
	"claimcheck/internal/store/pgstore"
	"claimcheck/internal/store/sqlitestore"
)

// An Operator does what operator commands ask for, on an open store.
type Operator struct {
	keys   *auth.Keys
	signer *sign.Signer
	plans  func() map[string]account.Plan

	cfg     *config.Config
	store   aStore
	blobs   *blobs       // nil until it is needed
	running *queue.Queue // nil if no server runs
}

// CreateKey makes a key; its plan, if one is named, must exist.
func (o *Operator) CreateKey(ctx context.Context, k auth.NewKey) (control.Created, error) {
	if _, ok := o.plans()[k.Plan]; k.Plan != "" && !ok {
		names := planNames(o.plans())
		return control.Created{}, fault.New(fault.Invalid, "INVALID_PLAN", "there is no plan %q; the plans are %s", k.Plan, strings.Join(names, ", "))
	}
	secret, key, err := o.keys.Create(ctx, k)
	return control.Created{Secret: secret, Key: key}, err
}

// Keys lists all keys, oldest first.
func (o *Operator) Keys(ctx context.Context) ([]account.Key, error) { return o.keys.List(ctx) }

// RevokeKey ends a key at once.
func (o *Operator) RevokeKey(ctx context.Context, id string) error { return o.keys.Revoke(ctx, id) }

// RotateKey makes a key that replaces another, which stays valid for overlap.
func (o *Operator) RotateKey(ctx context.Context, id string, overlap time.Duration) (control.Created, error) {
	secret, key, err := o.keys.Rotate(ctx, id, overlap)
	return control.Created{Secret: secret, Key: key}, err
}

// RotateSecrets makes a new signing secret and returns its id.
func (o *Operator) RotateSecrets(ctx context.Context) (string, error) { return o.signer.Rotate(ctx) }

// WithOperator calls do with an operator of the data folder: the running
// server's if there is one, else one on the store itself.
func WithOperator(ctx context.Context, cfg config.Config, do func(control.Operator) error) error {
	if cfg.Store != "" {
		return withShared(ctx, cfg, do)
	}
	f, err := lockFolder(cfg.Data)
	if errors.Is(err, ErrFolderInUse) {
		return do(control.Dial(cfg.Data))
	}
	if err != nil {
		return err
	}
	defer f.unlock()
	store, err := sqlitestore.Open(ctx, sqlitestore.Options{Path: filepath.Join(cfg.Data, databaseName), Now: time.Now})
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	if err := syncFolder(f.path); err != nil {
		return errors.Join(fmt.Errorf("make the data folder durable: %w", err), store.Close())
	}
	signer, err := sign.Load(ctx, store, time.Now, rand.Reader, longestSignature(&cfg))
	if err == nil {
		o := &Operator{
			keys: auth.New(store, time.Now, rand.Reader, 0), signer: signer, plans: func() map[string]account.Plan { return cfg.Plans }, cfg: &cfg, store: store,
		}
		err = do(o)
		err = errors.Join(err, o.close())
	}
	return errors.Join(err, store.Close())
}

// withShared calls do with an operator on a shared store: servers learn of what
// it changes within two seconds.
func withShared(ctx context.Context, cfg config.Config, do func(control.Operator) error) error {
	db, err := pgstore.Open(ctx, sharedOptions(&cfg))
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	signer, err := sign.Load(ctx, db, db.Now, rand.Reader, longestSignature(&cfg))
	if err == nil {
		o := &Operator{
			keys: auth.New(db, db.Now, rand.Reader, 0), signer: signer, plans: func() map[string]account.Plan { return cfg.Plans }, cfg: &cfg, store: db,
		}
		err = do(o)
		err = errors.Join(err, o.close())
	}
	return errors.Join(err, db.Close())
}
