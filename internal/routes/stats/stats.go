// Package stats is what operators see of the whole house: the route /admin/stats.
package stats

import (
	"context"
	"net/http"
	"time"

	"claimcheck/api"
	"claimcheck/internal/account"
	"claimcheck/internal/history"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/pause"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/kind"
)

// What of long lists is told.
const (
	mostErrors  = 50
	mostBusy    = 20 // owners with the most accepted work
	mostWaiting = 10 // others with the most unfinished jobs
)

// Queue is what is asked of the queue; *queue.Queue is one.
type Queue interface {
	// Backlog returns the unfinished jobs of every owner and tool.
	Backlog(ctx context.Context) ([]account.ToolCount, error)
	// OldestWaiting is how long the job that waits longest has waited, 0 for none.
	OldestWaiting(ctx context.Context) (time.Duration, error)
	// PlanOf returns an owner's plan.
	PlanOf(ctx context.Context, owner string) account.Plan
}

// Config is what the route works with.
type Config struct {
	History *history.Recorder
	Queue   Queue
	Now     func() time.Time // the store's clock

	Pauses interface{ All() []pause.Pause } // a *pause.Board

	Tools func() []string // of this server
	Rules func(tool string) queue.ToolRules

	File     func(context.Context) (kind.FileStats, error) // nil: the store is not a file
	Database func(context.Context) (kind.Stats, error)     // nil: no other server shares the store
}

// Routes are the routes of numbers for operators.
func Routes(c Config) []httpapi.Route {
	return []httpapi.Route{{Method: http.MethodGet, Path: "/admin/stats", Access: httpapi.Admin, Handler: c.stats}}
}

// stats answers GET /admin/stats.
func (c Config) stats(call *httpapi.Call) error {
	of, err := rangeOf(c.Now(), call.Request().URL.Query())
	if err != nil {
		return err
	}
	ctx := call.Request().Context()
	series, err := c.History.Read(ctx, of)
	if err != nil {
		return err
	}
	backlog, err := c.Queue.Backlog(ctx)
	if err != nil {
		return err
	}
	body := api.Stats{
		From: of.From.Unix(), To: of.To.Unix(), Step: int64(of.Step.Seconds()),
		Points: points(series.Points), Errors: []api.StatsError{}, Owners: c.owners(ctx, &series.Total, backlog),
	}
	for _, e := range series.Total.TopErrors(mostErrors) {
		body.Errors = append(body.Errors, api.StatsError{Code: e.Name, Count: e.N})
	}
	if body.Now, err = c.now(ctx, backlog); err != nil {
		return err
	}
	if body.Health, err = c.health(ctx, &series.Total); err != nil {
		return err
	}
	return call.AnswerJSON(http.StatusOK, body)
}

func points(list []history.Point) []api.StatsPoint {
	all := make([]api.StatsPoint, len(list))
	for i := range list {
		p := &list[i]
		all[i] = api.StatsPoint{
			At: p.At.Unix(), Accepted: p.Accepted, Succeeded: p.Succeeded, Failed: p.Failed,
			WaitMS: millis(&p.Wait), RunMS: millis(&p.Run), CommitMS: millis(&p.Commit), Tools: make(map[string]api.StatsCounts, len(p.Tools)),
		}
		for tool, n := range p.Tools {
			all[i].Tools[tool] = api.StatsCounts(n)
		}
	}
	return all
}

// millis are percentiles of microseconds, in milliseconds.
func millis(h *history.Histogram) api.Percentiles { return percentiles(h, 1000) }

func percentiles(h *history.Histogram, unit float64) api.Percentiles {
	values, ok := h.Percentiles(.5, .9, .99)
	if !ok {
		return api.Percentiles{}
	}
	in := func(v int64) *float64 { return new(float64(v) / unit) }
	return api.Percentiles{P50: in(values[0]), P90: in(values[1]), P99: in(values[2])}
}
