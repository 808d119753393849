package app

import (
	"context"
	"log/slog"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/metrics"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/trace"
	"claimcheck/internal/webhook"
)

// openTraced opens the store, and begins to make spans: who sends them is known then.
func (s *Server) openTraced(ctx context.Context, bell webhook.Bell) error {
	if err := s.openStore(ctx, bell); err != nil {
		return err
	}
	return s.startTracing(ctx)
}

// startTracing begins to make spans where the environment wants them. From then on
// lines of the log name the trace that they were written in.
func (s *Server) startTracing(ctx context.Context) error {
	settings, warnings := trace.Read(s.cfg.OpenTelemetry)
	for _, w := range warnings {
		s.log.WarnContext(ctx, "a variable of OpenTelemetry", "err", w)
	}
	about := trace.About{Version: s.version, Log: s.log}
	if s.cfg.Store.Shared {
		about.Node = s.sharing.node
	}
	var err error
	if s.trace, err = trace.Start(ctx, settings, about); err != nil {
		return err
	}
	if s.trace.On() {
		s.log = slog.New(trace.Logged(s.log.Handler()))
	}
	s.metrics.WatchTraces(s.trace.On(), func() metrics.Spans { return metrics.Spans(s.trace.Counts()) })
	return nil
}

// ran hears how long a tool ran.
func (s *Server) ran(ctx context.Context, tool string, took time.Duration) {
	s.metrics.Ran(tool, took, trace.ID(ctx))
}

// tracesOf are the trace contexts of some jobs of a group.
func (s *Server) tracesOf(ctx context.Context, group job.GroupName, most int) ([]string, error) {
	jobs, _, err := s.store.List(ctx, protocol.Filter{Owner: group.Owner, Group: group.Name, Limit: most})
	list := make([]string, len(jobs))
	for i := range jobs {
		list[i] = jobs[i].TraceContext()
	}
	return list, err
}
