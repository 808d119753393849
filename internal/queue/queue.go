// Package queue has the rules of a job's life: who may change its state,
// when it is tried again, and when it is given up. Storage is behind [Store],
// files behind [blob.Store]; it knows nothing of HTTP and runs no tool.
//
// The words: a job is claimed by a worker, which gets a lease; the lease's
// worker and attempt are the fence that every outcome must show. Leases are
// short and renewed by [Queue.Run] for the workers of this process. A lease
// that ends unrenewed is lost, and the job is tried again.
//
// Which waiting job is claimed next says package sched, what clients read keeps package view; what is not
// a job's life is in upload and care. Packages retry, bulk and purge do with jobs what its decisions allow.
//
// Its files, from the lowest up; each knows only those named before it:
//
//	codes.go      codes of finished jobs, and causes that end attempts
//	charge.go     what a job costs its owner, and when that is given back
//	rules.go      how a job changes: claimed, tried again, final
//	workers.go    what workers are called in leases
//	grant.go      a lease that this process gave
//	store.go      what a queue needs of a store
//	queue.go      the Queue, its settings, who is told
//	plans.go      what plans say, and what is left of quotas
//	change.go     changes, and telling of them
//	get.go        what is read of jobs
//	list.go       lists of jobs
//	coming.go     leases of this process that it is not told of yet
//	lease.go      the leases of this process, while somebody works for them
//	renew.go      renewing them
//	runtimes.go   run times that are kept
//	waiting.go    what the scheduler is told of waiting jobs
//	pauses.go     what operators do not let begin
//	deadlines.go  what ends by itself
//	submit.go     accepting jobs
//	many.go       accepting many at once
//	claim.go      claiming them
//	settle.go     recording how attempts end
//	ahead.go      claims ahead of the workers
//	remote.go     attempts of remote workers
//	cancel.go     what owners do with their jobs, and operators with what waits
//	recover.go    attempts whose worker is gone
//	cluster.go    what other servers have done
//	run.go        maintenance
//	new.go        a new queue
package queue

import (
	"io"
	"log/slog"
	"math"
	"strings"
	"sync"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob"
	"claimcheck/internal/clock"
	"claimcheck/internal/deadline"
	"claimcheck/internal/job"
	"claimcheck/internal/meter"
	"claimcheck/internal/pause"
	"claimcheck/internal/queue/doubts"
	"claimcheck/internal/queue/paced"
	"claimcheck/internal/queue/poisons"
	"claimcheck/internal/queue/turnstile"
	"claimcheck/internal/queue/watch"
	"claimcheck/internal/sched"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/trace"
	"claimcheck/internal/view"
	"claimcheck/internal/words"
)

// Config is what a Queue needs. A field may be left out if its comment says what
// its zero value means; the others must be set.
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
	Passive     bool          // this process runs no jobs itself: other servers of its cluster do; false: it does
	MaxAttempts int           // attempts that end in a failure of ours before a job is given up
	JobTimeout  time.Duration // for an attempt of a remote worker, unless its tool says otherwise; 0: 10 minutes
	Retention   time.Duration // how long finished jobs are kept when the plan does not say
	GroupJobs   int64         // most jobs that a group has; 0: any number
	CacheBytes  int64         // memory for jobs that clients ask about; 0: none is kept in memory

	Observer Observer      // nil: nobody is told
	Trace    *trace.Tracer // of waits, and of attempts whose worker is gone; nil: none is made
	// DeadlineMissed is told of a job of a tool that was ended because its deadline has
	// come, or is nearer than an attempt takes: its code, and how late that was. Nil:
	// nobody is told.
	DeadlineMissed func(tool, code string, late time.Duration)
	Said           func(bytes, dropped int64) // is told what jobs say, and what had to go for it; nil: nobody is
}

// Observer is told what happens; see [watch.Observer].
type Observer = watch.Observer

// A Queue is the rules at work on one store. It is safe for concurrent use.
type Queue struct {
	config  Config
	clock   *clock.Clock
	doubts  *doubts.Doubts
	poisons *poisons.Book
	ids     *job.IDSource
	worker  string // this process in leases: Node/instance
	views   *view.Cache
	words   *words.Board
	veil    view.Veil // over claims of which nobody is told yet
	sched   *sched.Scheduler
	pauses  *pause.Board
	judge   deadline.Judge
	ends    *deadline.Keeper
	strands *paced.Strands

	mu        sync.Mutex // guards the fields below
	grants    map[job.ID]*grant
	coming    map[job.ID]*coming
	unsettled map[job.ID]unsettled
	dead      map[string]time.Time // workers that lost a lease -> when the last one was taken back

	backlog protocol.Counts
	asked   chan struct{}       // receives when a job of this process was changed by another
	listing turnstile.Turnstile // owners' lists, one each at a time

	unknown watch.Unknown // tools with waiting jobs that this server does not know

	plans  sync.Map // owner -> knownPlan
	quotas sync.Map // owner -> knownUsage
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

	Limits *meter.Limits // that it has beside MaxRunning; nil for none
}

// lineRules is what the scheduler must know of a tool.
func (q *Queue) lineRules(tool string) sched.Rules {
	r := q.rules(tool)
	rules := sched.Rules{Unknown: r.Unknown, MaxRunning: r.MaxRunning, Pull: r.Pull, Breaker: r.Breaker}
	if r.Limits != nil {
		rules.Limits = *r.Limits
	}
	return rules
}

// rules returns what is to be known of a tool.
func (q *Queue) rules(tool string) ToolRules {
	if q.config.Tools == nil {
		return ToolRules{}
	}
	return q.config.Tools(tool)
}

// Pacing is how many waiting jobs of each tool with a rate wait for it, of those that
// this server knows.
func (q *Queue) Pacing() map[string]int64 { return q.sched.Pacing() }

// Breakers is how the breakers of tools stand on this server, by tool; those of tools
// without one are left out.
func (q *Queue) Breakers() map[string]sched.Breaker { return q.sched.Breakers() }

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

// Words is what jobs say while they run.
func (q *Queue) Words() *words.Board { return q.words }

// NewID returns an id for a job to be submitted.
func (q *Queue) NewID() job.ID { return q.ids.New() }

// poke sends without waiting; one pending signal is enough.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// own reports whether a worker name is of this server's in-process workers, of
// this process or an earlier one.
func (q *Queue) own(worker string) bool { return strings.HasPrefix(worker, q.config.Node+"/") }

// shared reports whether other processes may use the store too.
func (q *Queue) shared() bool { return q.config.Store.Peers() != nil }

// leads reports whether this process does what one does for all.
func (q *Queue) leads() bool {
	peers := q.config.Store.Peers()
	return peers == nil || peers.Leads()
}

// RetentionOf is how long an owner's finished work is kept.
func (q *Queue) RetentionOf(plan account.Plan) time.Duration {
	if plan.Retention > 0 {
		return plan.Retention
	}
	return q.config.Retention
}

// timeout is how long a remote attempt may take.
func (q *Queue) timeout(r ToolRules) time.Duration {
	const usual = 10 * time.Minute
	switch {
	case r.Timeout > 0:
		return r.Timeout
	case q.config.JobTimeout > 0:
		return q.config.JobTimeout
	default:
		return usual
	}
}
