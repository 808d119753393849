package app

import (
	"context"
	"fmt"
	"os"
	"sync"

	"claimcheck/internal/config"
)

// Reloading is how a running server gets to know a changed configuration.
type Reloading struct {
	Signal <-chan os.Signal // each one asks for it; nil: never
	Load   func() (config.Config, error)
}

// RunReloading is Run with a configuration that may change.
func (s *Server) RunReloading(ctx context.Context, r Reloading) error {
	reloading, stop := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() { s.reloadWhenAsked(reloading, r) })
	err := s.Run(ctx)
	stop()
	done.Wait()
	return err
}

// reloadWhenAsked reads the configuration again at each signal, until ctx is
// done.
func (s *Server) reloadWhenAsked(ctx context.Context, r Reloading) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.Signal:
		}
		s.lookForCertificate()
		if err := s.reload(ctx, r.Load); err != nil {
			s.log.ErrorContext(ctx, "configuration not reloaded, nothing has changed", "err", err)
		}
	}
}

// reload takes tools and plans from the configuration as it is now: all of them
// or, if anything in it is wrong, none. What else has changed needs a restart,
// and the log says so.
func (s *Server) reload(ctx context.Context, load func() (config.Config, error)) error {
	cfg, err := load()
	if err != nil {
		return err
	}
	if err := s.offer(&cfg); err != nil {
		return err
	}
	s.handler.Reloaded()
	if err := s.queue.Reload(ctx); err != nil {
		return fmt.Errorf("tools and plans are new, but the queue looks for waiting jobs later: %w", err)
	}
	s.log.InfoContext(ctx, "configuration reloaded", "tools", len(cfg.Tools), "plans", len(cfg.Plans))
	if others := config.Differing(&s.cfg, onlyItsRoles(&cfg)); len(others) > 0 {
		s.log.WarnContext(ctx, "changed settings that need a restart", "settings", others)
	}
	return nil
}

// onlyItsRoles leaves out what a server without some role does not do.
func onlyItsRoles(cfg *config.Config) *config.Config {
	if !cfg.Roles.Worker {
		cfg.Workers = 0
	}
	return cfg
}
