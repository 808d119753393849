// Package queue holds the rules of a job's life: who may change its state,
// when it is tried again, and when it is given up. Storage is behind [Store],
// files behind [blob.Store]; it knows nothing of HTTP and runs no tool.
//
// The words: a job is claimed by a worker, which gets a lease; the lease's
// worker and attempt are the fence that every outcome must show. Leases are
// short and renewed by [Queue.Run] for the workers of this process. A lease
// that ends unrenewed is lost, and the job is tried again.
package queue

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"
	"sync"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob"
	"claimcheck/internal/clock"
	"claimcheck/internal/job"
	"claimcheck/internal/sched"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/view"
)

// Config is what a Queue needs. A field may be left out if its comment says what
// its zero value means, and so may Observer; the others must be set.
type Config struct {
	Store  Store
	Blobs  blob.Store
	Log    *slog.Logger
	Now    func() time.Time // the store's clock
	Clock  *clock.Clock     // the same, with a time beside it that never steps; nil: made from Now
	Random io.Reader        // unpredictable: crypto/rand.Reader
	Plans  func(name string) account.Plan
	Tools  func(name string) ToolRules // nil: no tool has rules of its own

	Node        string        // names this server in leases; a restarted server keeps it
	Lease       time.Duration // how long a lease lasts unless renewed
	Workers     int           // jobs that run at once, for estimates; 0 if unknown
	Passive     bool          // this process runs no jobs itself: others on the same store do; false: it does
	MaxAttempts int           // attempts that end in a failure of ours before a job is given up
	JobTimeout  time.Duration // for an attempt that runs elsewhere, unless its tool says otherwise; 0: 10 minutes
	Retention   time.Duration // how long finished jobs are kept when the plan does not say
	CacheBytes  int64         // memory for jobs that clients ask about; 0: none is kept in memory

	Observer Observer // nil: nobody is told
}

// Observer is told what happens, for metrics. Methods must not block.
type Observer interface {
	// AttemptEnded is told how an attempt of a tool ended: success, failed,
	// retried, lost, released or canceled.
	AttemptEnded(tool, how string)
	// TargetPaused is told that a tool's target fails and is left alone for a
	// while, by all jobs or by those of one owner.
	TargetPaused(tool string)
	// NoWorker is told how many jobs wait for a tool that this server does not
	// know; 0 once it does or none waits.
	NoWorker(tool string, jobs int64)
	// CacheAsked is told whether a job was in memory.
	CacheAsked(hit bool)
}

// A Queue is the rules at work on one store. It is safe for concurrent use.
type Queue struct {
	config Config
	clock  *clock.Clock
	doubts *doubts
	ids    *job.IDSource
	worker string // this process in leases: Node/instance
	views  *view.Cache
	veil   view.Veil // over claims of which nobody is told yet
	sched  *sched.Scheduler

	mu        sync.Mutex // guards the fields below
	held      map[job.ID]*holding
	unsettled map[job.ID]unsettled
	dead      map[string]time.Time // workers that lost a lease -> when the last one was taken back

	backlog protocol.Counts
	asked   chan struct{} // receives when a job of this process was changed by another
	unknown unknown
	listing turnstile // owners' lists, one each at a time

	plans  sync.Map // owner -> knownPlan
	quotas sync.Map // owner -> knownUsage
}

// New returns a queue on a store and takes back the jobs that this server's
// earlier processes were running when they died. [Queue.Run] must be started
// for leases to be renewed and delayed jobs to be run.
func New(ctx context.Context, c Config) (*Queue, error) {
	last, err := c.Store.LastSeq(ctx)
	if err != nil {
		return nil, fmt.Errorf("read last job id: %w", err)
	}
	instance := make([]byte, 6)
	if _, err := io.ReadFull(c.Random, instance); err != nil {
		return nil, fmt.Errorf("name this process: %w", err)
	}
	if c.Observer == nil {
		c.Observer = silent{}
	}
	if c.Clock == nil {
		c.Clock = clock.New(c.Now)
	}
	q := &Queue{
		config: c,
		clock:  c.Clock,
		doubts: newDoubts(),
		ids:    job.NewIDSource(c.Now, c.Random, last),
		worker: fmt.Sprintf("%s/%x", c.Node, instance),
		asked:  make(chan struct{}, 1),
		held:   map[job.ID]*holding{},
		dead:   map[string]time.Time{},

		unsettled: map[job.ID]unsettled{},
	}
	seen := view.Config{Bytes: c.CacheBytes, Read: q.read, Asked: c.Observer.CacheAsked}
	if q.shared() {
		seen.Now = q.clock.Steady
	}
	q.views = view.New(seen)
	q.sched = sched.New(sched.Config{
		Tools: q.lineRules, Clock: q.clock, Now: c.Now, Read: q.waiting, Running: q.running,
		Workers: c.Workers, Passive: c.Passive, Shared: q.shared(),
	})
	q.watchClock(last)
	if err := q.loadRuntimes(ctx); err != nil {
		return nil, err
	}
	if err := q.loadPoisons(ctx); err != nil {
		return nil, err
	}
	if err := q.recover(ctx); err != nil {
		return nil, fmt.Errorf("take back the jobs of the last run: %w", err)
	}
	if err := q.loadBacklog(ctx); err != nil {
		return nil, fmt.Errorf("read the backlog: %w", err)
	}
	return q, nil
}

// ToolRules is what the queue must know of a tool. The zero value is a tool
// without limits of its own that this process runs.
type ToolRules struct {
	Unknown     bool          // this server has no such tool: its jobs are left to servers that have it
	MaxAttempts int           // attempts that end in a failure of ours or the target's; 0: the queue's own
	MaxRunning  int64         // jobs under a lease, over all owners and servers; 0: no limit
	Timeout     time.Duration // of one attempt at a remote worker; 0: the queue's own
	Pull        bool          // remote programs come for its jobs
	Breaker     bool          // its jobs wait while its target fails
}

// lineRules is what the scheduler must know of a tool.
func (q *Queue) lineRules(tool string) sched.Rules {
	r := q.rules(tool)
	return sched.Rules{Unknown: r.Unknown, MaxRunning: r.MaxRunning, Pull: r.Pull, Breaker: r.Breaker}
}

// rules returns what is to be known of a tool.
func (q *Queue) rules(tool string) ToolRules {
	if q.config.Tools == nil {
		return ToolRules{}
	}
	return q.config.Tools(tool)
}

// LeaseLength is how long a lease lasts unless renewed.
func (q *Queue) LeaseLength() time.Duration { return q.config.Lease }

// MaxAttemptsOf is how many attempts of a tool may end in a failure of ours.
func (q *Queue) MaxAttemptsOf(tool string) int {
	if n := q.rules(tool).MaxAttempts; n > 0 {
		return n
	}
	return q.config.MaxAttempts
}

// mostAttempts is MaxAttemptsOf for decisions: a server that does not know the
// tool does not know how many are too many, and gives no job up.
func (q *Queue) mostAttempts(tool string) int {
	if q.rules(tool).Unknown {
		return math.MaxInt
	}
	return q.MaxAttemptsOf(tool)
}

// NewID returns an id for a job to be submitted.
func (q *Queue) NewID() job.ID { return q.ids.New() }

// own reports whether a worker name is of this server's in-process workers, of
// this process or an earlier one.
func (q *Queue) own(worker string) bool { return strings.HasPrefix(worker, q.config.Node+"/") }

type silent struct{}

func (silent) AttemptEnded(string, string) {}
func (silent) TargetPaused(string)         {}
func (silent) NoWorker(string, int64)      {}
func (silent) CacheAsked(bool)             {}
