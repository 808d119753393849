package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/care"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
	"claimcheck/internal/fault"
	"claimcheck/internal/sign"
)

// An Operator does what operator commands ask for, on an open store.
type Operator struct {
	keys   *auth.Keys
	signer *sign.Signer
	plans  func() map[string]account.Plan

	cfg     *config.Config
	store   aStore
	blobs   *blobs       // nil until it is needed
	running *care.Keeper // nil if no server runs
	stops   *stops
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

// WithOperator calls do with an operator of an installation: the running
// server's, if one has the data folder, else one on the store itself. Servers
// on a shared store learn of what it changes within two seconds.
func WithOperator(ctx context.Context, cfg config.Config, do func(control.Operator) error) error {
	if storeOf(cfg.Store).shared {
		return withStore(ctx, &cfg, do)
	}
	f, err := lockFolder(cfg.Data)
	if errors.Is(err, ErrFolderInUse) {
		return do(control.Dial(cfg.Data))
	}
	if err != nil {
		return err
	}
	defer f.unlock()
	return withStore(ctx, &cfg, func(op control.Operator) error {
		if err := syncFolder(f.path); err != nil {
			return fmt.Errorf("make the data folder durable: %w", err)
		}
		return do(op)
	})
}

// withStore calls do with an operator on the store itself.
func withStore(ctx context.Context, cfg *config.Config, do func(control.Operator) error) error {
	kind := storeOf(cfg.Store)
	store, err := kind.open(ctx, cfg, events{})
	if err != nil {
		return fmt.Errorf("open the %s: %w", kind.name, err)
	}
	signer, err := sign.Load(ctx, store, store.now, rand.Reader, longestSignature(cfg))
	if err == nil {
		o := &Operator{
			keys: auth.New(store, store.now, rand.Reader, 0), signer: signer, plans: func() map[string]account.Plan { return cfg.Plans }, cfg: cfg, store: store.aStore,
			stops: stopsOn(store, cfg),
		}
		err = do(o)
		err = errors.Join(err, o.close())
	}
	return errors.Join(err, store.Close())
}
