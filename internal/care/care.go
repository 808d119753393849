// Package care looks after what is stored: what has expired is removed, and files
// that no row names; what a clock dated ahead is brought back; and a doctor tells
// what is there without its other half. It changes jobs only where their lives are
// over, through package queue, which tells those who read of them.
package care

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/clock"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/upload"
)

// Store is what care needs of a store.
type Store interface {
	protocol.Core
	protocol.Timers
	protocol.Uploads
	protocol.Care
	records
	// Backlog returns the unfinished jobs of every owner and tool that has any.
	Backlog(ctx context.Context, since protocol.Mark) (protocol.Backlog, error)
	// Peers is how servers that share the store know of each other; nil if no
	// other process uses it.
	Peers() protocol.Peers
}

// records are what a store keeps for operators.
type records interface {
	// RecountGroups compares what groups count with their jobs; see protocol.Groups.
	RecountGroups(ctx context.Context, after job.GroupName, limit int, repair bool) (wrong []protocol.GroupRecount, next job.GroupName, err error)
	// DropAudit removes up to limit rows of the audit that were written before a
	// time, and returns how many went.
	DropAudit(ctx context.Context, before time.Time, limit int) (int, error)
	// DropMinutes removes up to limit rows of what was counted, of one length, that
	// begin before one time or after another, and returns how many went.
	DropMinutes(ctx context.Context, length int, before, after time.Time, limit int) (int, error)
}

// Jobs is what care needs of the rules of jobs; *queue.Queue is one.
type Jobs interface {
	// ChangeAll makes one decision about each of some jobs and tells those who read
	// of them. Each Change's Err says whether it was made; the files of those that
	// it deleted are left.
	ChangeAll(ctx context.Context, ids []job.ID, decide func(*protocol.Change, *job.Job, protocol.Ledger) error) ([]*protocol.Change, error)
	// Stuck returns the leases for which nobody works and which nobody takes back.
	Stuck(ctx context.Context) ([]job.Lease, error)
}

// Config is what a Keeper needs. Fields whose comment does not say what their zero
// value means must be set.
type Config struct {
	Store    Store
	Jobs     Jobs
	Uploads  *upload.Uploads
	Blobs    blob.Store
	Log      *slog.Logger
	Clock    *clock.Clock
	Observer Observer // nil: nobody is told

	AuditRetention time.Duration // how long what operators changed is remembered; 0: for ever

	// Began is when this process opened the files, by their own clock: files
	// last changed before it are of earlier processes. Zero: other processes
	// may be writing there too, and only old files can be orphans.
	Began time.Time
}

// Observer is told what happens, for metrics. Methods must not block.
type Observer interface {
	// Swept is told how many jobs, outputs and answers expired, and how many
	// files without a row were removed.
	Swept(rows, orphans int)
	// FilesMissing is told how many files that rows name are not there, after
	// each look at all of them.
	FilesMissing(n int)
}

// A Keeper looks after one store and its files. It is safe for concurrent use.
type Keeper struct {
	config       Config
	sweepRefused atomic.Bool // since the clock leapt
	sweeping     sweep
}

// New returns a keeper; nothing is done before [Keeper.Run].
func New(c Config) *Keeper {
	if c.Observer == nil {
		c.Observer = silent{}
	}
	return &Keeper{config: c}
}

// sweepEvery is how often it is looked for what has expired.
const sweepEvery = 30 * time.Second

// Run looks after the store until ctx is done; then it waits for what it was doing.
// Where servers share a store the leader does it for all.
func (k *Keeper) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { k.every(ctx, "dates ahead", k.endMisdated(), k.recall) })
	all.Go(func() { k.every(ctx, "sweep", k.Sweep) })
	all.Go(func() { k.collectOrphans(ctx) })
	all.Wait()
}

// every does the steps again and again, where this process leads; trouble is
// logged and tried again at the next turn.
func (k *Keeper) every(ctx context.Context, what string, steps ...func(context.Context) error) {
	clock.Every(ctx, sweepEvery, func(ctx context.Context) {
		for _, step := range steps {
			if !k.leads() {
				return
			}
			if err := step(ctx); err != nil && ctx.Err() == nil {
				k.config.Log.ErrorContext(ctx, "maintenance failed", "what", what, "err", err)
			}
		}
	})
}

// leads reports whether this process does what one does for all.
func (k *Keeper) leads() bool {
	peers := k.config.Store.Peers()
	return peers == nil || peers.Leads()
}

type silent struct{}

func (silent) Swept(int, int)   {}
func (silent) FilesMissing(int) {}
