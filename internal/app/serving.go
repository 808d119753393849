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
	"sync"
	"time"

	"claimcheck/internal/clock"
	"claimcheck/internal/fault"
	"claimcheck/internal/ratelimit"
	"claimcheck/internal/sign"
	"claimcheck/internal/webhook"
)

const (
	nodeName      = "node"                 // file of the data folder that names this server
	loneNode      = "local"                // names a server that shares its store with no other
	keyTTL        = 900 * time.Millisecond // keys of a shared store are asked for again when that old
	startPatience = time.Minute            // with a database in trouble
	startAgain    = time.Second
	reloadEvery   = 10 * time.Second // signing secrets of a shared store are read again
)

// A sharing is what depends on whether other servers use the store as well.
type sharing struct {
	clock    *clock.Clock  // the store's, with a time that never steps
	keyTTL   time.Duration // 0: keys are changed by this process alone
	node     string        // names this server in leases
	limiter  *ratelimit.Limiter
	exchange *ratelimit.Exchange // of allowances with other servers; nil if there are none
}

// openStore opens the store of a server.
func (s *Server) openStore(ctx context.Context, bell webhook.Bell) error {
	kind := storeOf(s.cfg.Store)
	node := loneNode
	if kind.shared {
		var err error
		if node, err = readNode(s.folder.path); err != nil {
			return err
		}
	}
	on := events{log: s.log, batch: s.batched, commit: s.committed, lag: s.notified, delivery: bell.Ring}
	err := s.patient(ctx, func() (err error) { s.store, err = kind.open(ctx, &s.cfg, on); return err })
	if err != nil {
		return fmt.Errorf("open the %s: %w", kind.name, err)
	}
	s.sharing = sharing{clock: clock.New(s.store.now), node: node}
	if !kind.shared {
		s.sharing.limiter = ratelimit.New(s.sharing.clock.Steady)
		return nil
	}
	s.sharing.keyTTL = keyTTL
	s.sharing.limiter, s.sharing.exchange = ratelimit.NewShared(s.sharing.clock.Steady, s.store.allowances)
	return nil
}

// maintain does until ctx is done what is to be done beside requests and jobs.
func (s *Server) maintain(ctx context.Context, in *sync.WaitGroup) {
	in.Go(func() { s.queue.Run(ctx) })
	in.Go(func() { s.keeper.Run(ctx) })
	in.Go(func() { s.bulks.Run(ctx) })
	in.Go(func() { s.reads.Run(ctx) })
	in.Go(func() { s.history.Load().Run(ctx) })
	if s.sharing.exchange != nil {
		in.Go(func() { s.sharing.exchange.Run(ctx) })
		in.Go(func() { s.keepSecrets(ctx, s.signer) })
	}
}

// patient does a step of the start, and does it again while a shared store is
// in trouble that may pass: a database that is started beside its servers, or
// whose copy is taking over, is waited for.
func (s *Server) patient(ctx context.Context, step func() error) error {
	for began := time.Now(); ; {
		err := step()
		if err == nil || !s.cfg.Store.Shared || !fault.Is(err, fault.Unavailable) || time.Since(began) > startPatience {
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

var nodeForm = regexp.MustCompile(`^[0-9a-f]{16}$`)

// readNode returns the name of this server among those that share a store, made
// at its first start. It stays with the data folder, which one process locks at
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
