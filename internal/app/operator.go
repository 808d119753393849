package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/auth"
	"claimcheck/internal/care"
	"claimcheck/internal/config"
	"claimcheck/internal/control"
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

// changes are those of keys; each is written to the audit first.
func (o *Operator) changes(ctx context.Context) auth.Changes {
	return o.keys.Before(func(action, target string) error { return o.tell(ctx, action, target) })
}

// tell writes to the audit what a command is about to change.
func (o *Operator) tell(ctx context.Context, action, target string) error {
	return o.store.AddAudit(ctx, account.AuditRow{Key: account.ByCommand, Action: action, Target: target})
}

// CreateKey makes a key; its plan, if one is named, must exist.
func (o *Operator) CreateKey(ctx context.Context, k auth.NewKey) (control.Created, error) {
	if err := account.CheckPlan(k.Plan, o.plans()); err != nil {
		return control.Created{}, err
	}
	secret, key, err := o.changes(ctx).Create(ctx, k)
	return control.Created{Secret: secret, Key: key}, err
}

// Keys lists all keys, oldest first.
func (o *Operator) Keys(ctx context.Context) ([]account.Key, error) { return o.keys.List(ctx) }

// RevokeKey ends a key at once.
func (o *Operator) RevokeKey(ctx context.Context, id string) error {
	return o.changes(ctx).Revoke(ctx, id)
}

// RotateKey makes a key that replaces another, which stays valid for overlap.
func (o *Operator) RotateKey(ctx context.Context, id string, overlap time.Duration) (control.Created, error) {
	secret, key, err := o.changes(ctx).Rotate(ctx, id, overlap)
	return control.Created{Secret: secret, Key: key}, err
}

// RotateSecrets makes a new signing secret and returns its id.
func (o *Operator) RotateSecrets(ctx context.Context) (string, error) {
	if err := o.tell(ctx, "secrets.rotate", "signing"); err != nil {
		return "", err
	}
	return o.signer.Rotate(ctx)
}

// auditPage is how many rows of the audit are read at once.
const auditPage = 1000

// Audit returns what was changed since a time, the newest first, at most limit rows.
func (o *Operator) Audit(ctx context.Context, since time.Time, limit int) (rows []account.AuditRow, err error) {
	for before := int64(0); len(rows) < limit; {
		page, err := o.store.AuditRows(ctx, before, since, min(limit-len(rows), auditPage))
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		rows, before = append(rows, page...), page[len(page)-1].N
	}
	return rows, nil
}

// WithOperator calls do with an operator of an installation: the running
// server's, if one has the data folder, else one on the store itself. Servers
// on a shared store learn of what it changes within two seconds.
func WithOperator(ctx context.Context, cfg config.Config, do func(control.Operator) error) error {
	if storeOf(cfg.Store).shared {
		return withStore(ctx, &cfg, do)
	}
	f, err := waitForFolder(ctx, cfg.Data)
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
