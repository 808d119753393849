// Package bulk does one thing with many jobs: it cancels, retries or deletes them.
// Which jobs is settled at the beginning and kept; they are dealt with some at a
// time, so that nobody waits for them, by one server, and by another if that dies:
// nothing is left out then, and nothing is done twice. What may be done with a job is
// package queue's to say.
package bulk

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"time"

	"claimcheck/internal/blob"
	"claimcheck/internal/clock"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/trace"
)

// Limits of bulks that no setting changes.
const (
	MaxSkips = 100 // that are told one by one

	partJobs  = 1024 // ids of one part
	batchJobs = 512  // dealt with between two notes of how far it is; parts are a multiple
	someJobs  = 256  // of one transaction
)

// Store is what bulks need of a store.
type Store interface {
	protocol.Bulks
	PutBulkJobs(ctx context.Context, bulk job.ID, part int64, ids []job.ID) error
	BulkJobs(ctx context.Context, bulk job.ID, part int64) ([]job.ID, error)
}

// Config is what bulks need. All fields but Trace must be set.
type Config struct {
	Store  Store
	Queue  *queue.Queue
	Blobs  blob.Store
	Log    *slog.Logger
	Clock  *clock.Clock  // the store's
	Trace  *trace.Tracer // nil: no spans are made
	Node   string        // names this server; its earlier processes, whose names begin with it, are dead
	Worker string        // names this process, and no other: Node, a slash, and more

	AtOnce int           // of one owner, that are not final
	Most   int           // jobs of one bulk
	Kept   time.Duration // after its end
}

// Bulks are begun and looked at here, and dealt with by Run. It is safe for
// concurrent use.
type Bulks struct {
	Config
	deeds deeds
	wake  chan struct{} // has one when there is something to begin with

	mu    sync.Mutex // guards the fields below
	begun []*work    // here, not yet taken by Run
	ended chan struct{}
}

// New returns bulks.
func New(c Config) *Bulks {
	b := &Bulks{Config: c, wake: make(chan struct{}, 1), ended: make(chan struct{})}
	b.deeds = deeds{queue: c.Queue, blobs: c.Blobs, trace: c.Trace, now: c.Clock.Now, tell: b.tell}
	return b
}

// dead reports whether a worker is an earlier process of this server.
func (b *Bulks) dead(worker string) bool {
	return worker != b.Worker && strings.HasPrefix(worker, b.Node+"/")
}

// A Skip is a job with which a bulk could not do what was asked for.
type Skip struct {
	JobID string `json:"job_id"`
	Code  string `json:"code"`
}

// Skips are those of a bulk that are told one by one.
func Skips(b *job.Bulk) []Skip {
	skips := []Skip{}
	if len(b.Skips) > 0 && json.Unmarshal(b.Skips, &skips) != nil {
		return []Skip{} // it is only information
	}
	return skips
}

// now is the store's time.
func (b *Bulks) now() time.Time { return b.Clock.Now() }

var errNotFound = fault.New(fault.NotFound, "BULK_NOT_FOUND", "Bulk not found")

// A Whose says whose bulk is meant.
type Whose struct {
	Owner    string
	Operator bool // any, those of owners too
}

// Get returns a bulk. NotFound BULK_NOT_FOUND, for another owner's too.
func (b *Bulks) Get(ctx context.Context, who Whose, id job.ID) (job.Bulk, error) {
	is, err := b.Store.Bulk(ctx, id)
	if err != nil {
		return job.Bulk{}, err
	}
	if err := who.may(&is, b.now()); err != nil {
		return job.Bulk{}, err
	}
	return is, nil
}

// may fails unless the bulk is shown to whom this is.
func (w *Whose) may(is *job.Bulk, now time.Time) error {
	switch {
	case is.State == job.BulkChoosing, is.State.Final() && !is.Expires.After(now), !w.Operator && (is.Operator || is.Owner != w.Owner):
		return errNotFound
	}
	return nil
}

// End ends a bulk: no more of its jobs are dealt with, but for those that are just
// being. One that is over stays as it is. Failures are those of Get.
func (b *Bulks) End(ctx context.Context, who Whose, id job.ID) (job.Bulk, error) {
	is, err := b.Store.ChangeBulk(ctx, id, func(is *job.Bulk, now time.Time) error {
		if err := who.may(is, now); err != nil || is.State.Final() {
			return err
		}
		b.end(is, job.BulkEnded, now)
		return nil
	})
	if err != nil {
		return job.Bulk{}, err
	}
	b.tellEnd()
	return is, nil
}

// end makes a bulk final.
func (b *Bulks) end(is *job.Bulk, state job.BulkState, now time.Time) {
	is.State, is.Updated, is.Expires = state, now, now.Add(b.Kept)
	is.Version++
}

// tellEnd tells those who wait here that a bulk was ended.
func (b *Bulks) tellEnd() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.ended)
	b.ended = make(chan struct{})
}

// lookEvery is how often those who wait look how far a bulk is, and Run looks for
// bulks of other servers.
const lookEvery = time.Second

// Await returns a bulk as soon as it is final or, after a second at the earliest,
// news, or as it is when ctx is done. Failures are those of Get.
func (b *Bulks) Await(ctx context.Context, who Whose, id job.ID, news func(*job.Bulk) bool) (job.Bulk, error) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	after := context.WithoutCancel(ctx)
	for first := true; ; first = false {
		b.mu.Lock()
		ended := b.ended
		b.mu.Unlock()
		is, err := b.Get(after, who, id)
		if err != nil || ctx.Err() != nil || is.State.Final() || !first && news(&is) {
			return is, err
		}
		select {
		case <-ctx.Done():
		case <-ended:
		case <-look.C:
		}
	}
}
