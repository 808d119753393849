// Package top tells in one view how a server is: how much waits and runs, of which
// tools and owners, how fast it gets on, and which jobs are the slowest. It asks for
// that and lays it out as lines; when, and on what, they are shown is the caller's.
package top

import (
	"cmp"
	"math"
	"slices"

	"claimcheck/api"
)

// A View is how a server is at one moment, for all owners or for the one of the key.
// Its JSON is what claimcheck top --json prints.
type View struct {
	At     int64  `json:"at"`     // the server's clock, Unix seconds
	Server string `json:"server"` // its address
	Scope  string `json:"scope"`  // all, or owner
	Window int64  `json:"window"` // seconds that the rates are of
	// Partial says that there were more jobs than were looked at: rates of an owner are
	// then at least so high, and the slowest job may be another.
	Partial bool `json:"partial"`

	Queued     int64 `json:"queued"`
	Processing int64 `json:"processing"`
	Rates
	WaitMS            api.Percentiles `json:"wait_ms"`             // of the last minute in which something ended; for all owners only
	RunMS             api.Percentiles `json:"run_ms"`              // the same
	OldestWaitSeconds float64         `json:"oldest_wait_seconds"` // of the job that waits longest; 0: none does

	Tools   []Tool     `json:"tools"`   // the busiest first
	Owners  []Owner    `json:"owners"`  // the busiest first; of an owner's view that one
	Slowest []Job      `json:"slowest"` // of those that are processed, the oldest first
	Pauses  api.Pauses `json:"pauses"`  // for all owners only
}

// Rates are how many jobs a minute were accepted and ended.
type Rates struct {
	Accepted  float64 `json:"accepted_per_minute"`
	Succeeded float64 `json:"succeeded_per_minute"`
	Failed    float64 `json:"failed_per_minute"`
}

// A Tool is how one tool is.
type Tool struct {
	Name       string `json:"name"`
	Queued     int64  `json:"queued"`
	Processing int64  `json:"processing"`
	MaxRunning int64  `json:"max_running"` // 0: no limit of its own
	Rates
	Paused  bool   `json:"paused"`
	Breaker string `json:"breaker"` // closed, half_open or open; empty for a tool without one
}

// An Owner is how much work an owner has.
type Owner struct {
	Name       string         `json:"name"`
	Plan       string         `json:"plan"`
	Queued     int64          `json:"queued"`
	Processing int64          `json:"processing"`
	Accepted   float64        `json:"accepted_per_minute"`
	Paused     bool           `json:"paused"`
	Month      *api.Allowance `json:"jobs,omitempty"` // of the month; in an owner's own view only
}

// A Job is one that is being processed.
type Job struct {
	ID          string `json:"job_id"`
	Tool        string `json:"tool"`
	Owner       string `json:"owner"`
	Age         int64  `json:"age_seconds"`   // since it was accepted
	Quiet       int64  `json:"quiet_seconds"` // since its last sign of life
	Attempt     int    `json:"attempt"`
	MaxAttempts int    `json:"max_attempts"`
	Progress    *int   `json:"progress"` // percent; null if it is not told
	Trouble     string `json:"trouble"`  // stuck, failing or poisoned; empty: none that is known
}

// Whose jobs a view tells of.
const (
	scopeAll   = "all"
	scopeOwner = "owner"
)

// settle puts lists into their order, and rates into hundredths.
func (v *View) settle() {
	v.round()
	for i := range v.Tools {
		v.Tools[i].round()
	}
	for i := range v.Owners {
		v.Owners[i].Accepted = hundredths(v.Owners[i].Accepted)
	}
	v.Tools, v.Owners, v.Slowest = notNil(v.Tools), notNil(v.Owners), notNil(v.Slowest)
	v.Pauses.Tools, v.Pauses.Owners = notNil(v.Pauses.Tools), notNil(v.Pauses.Owners)
	slices.SortFunc(v.Tools, func(a, b Tool) int {
		return cmp.Or(cmp.Compare(b.Queued+b.Processing, a.Queued+a.Processing), cmp.Compare(b.Accepted, a.Accepted), cmp.Compare(a.Name, b.Name))
	})
	slices.SortFunc(v.Owners, func(a, b Owner) int {
		return cmp.Or(cmp.Compare(b.Queued+b.Processing, a.Queued+a.Processing), cmp.Compare(b.Accepted, a.Accepted), cmp.Compare(a.Name, b.Name))
	})
	slices.SortFunc(v.Slowest, func(a, b Job) int { return cmp.Or(cmp.Compare(b.Age, a.Age), cmp.Compare(a.ID, b.ID)) })
	v.Slowest = v.Slowest[:min(len(v.Slowest), mostSlowest)]
}

func (r *Rates) round() {
	r.Accepted, r.Succeeded, r.Failed = hundredths(r.Accepted), hundredths(r.Succeeded), hundredths(r.Failed)
}

func hundredths(x float64) float64 { return math.Round(x*100) / 100 }

// notNil is the list, which is [] in JSON also if there is nothing on it.
func notNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
