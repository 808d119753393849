package app

import (
	"context"
	"fmt"
	"os"
	"reflect"
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
	if others := s.unapplied(cfg); len(others) > 0 {
		s.log.WarnContext(ctx, "changed settings that need a restart", "fields", others)
	}
	return nil
}

// unapplied names the settings that differ from those that the server began
// with.
func (s *Server) unapplied(cfg config.Config) (names []string) {
	was, is := reflect.ValueOf(s.cfg), reflect.ValueOf(cfg)
	for i := range was.NumField() {
		name := was.Type().Field(i).Name
		if name != "Tools" && name != "Plans" && !reflect.DeepEqual(was.Field(i).Interface(), is.Field(i).Interface()) {
			names = append(names, name)
		}
	}
	return names
}
