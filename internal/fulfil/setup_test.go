package fulfil_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/attempt"
	"claimcheck/internal/blob"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/fault"
	"claimcheck/internal/fulfil"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/tool"
	"claimcheck/internal/worker"
)

const (
	syncTimeout  = 5 * time.Second
	syncMaxBytes = 64 << 10
	retention    = time.Hour
)

// A sleeper sleeps as long as the first word of its input says, and refuses an
// input whose second word is wrong.
type sleeper struct {
	name   string
	queued bool
	runs   atomic.Int64
}

func (s *sleeper) Spec() tool.Spec {
	return tool.Spec{Name: s.name, OutputExt: "txt", ContentType: "text/plain", Text: true, Queued: s.queued}
}

func (s *sleeper) Run(ctx context.Context, c tool.Call) error {
	s.runs.Add(1)
	in, err := io.ReadAll(c.Input)
	if err != nil {
		return err
	}
	words := strings.Fields(string(in))
	d, err := time.ParseDuration(words[0])
	if err != nil {
		return err
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
		return ctx.Err()
	}
	if len(words) > 1 && words[1] == "wrong" {
		return fault.New(fault.Invalid, "WRONG", "no")
	}
	_, err = c.Output.Write([]byte("slept"))
	return err
}

// words are those of a dialect that says little.
type words struct{}

func (words) Accepted(o *intake.Order) []byte { return fmt.Appendf(nil, "accepted %s", o.ID) }

func (words) Refused(e *fault.Error) (status int, body []byte) { return 400, []byte(e.Code) }

// files are a folder that can be full.
type files struct {
	blob.Store

	full atomic.Bool
}

func (f *files) Create(ctx context.Context, key string) (blob.Writer, error) {
	w, err := f.Store.Create(ctx, key)
	return fullFile{w, f}, err
}

type fullFile struct {
	blob.Writer

	in *files
}

func (w fullFile) Commit(ctx context.Context) error {
	if w.in.full.Load() {
		return fault.New(fault.Unavailable, "UNAVAILABLE", "full")
	}
	return w.Writer.Commit(ctx)
}

// A bench is a desk before a real queue, pool, store and folder, with one worker,
// in a test's own directory.
type bench struct {
	t      *testing.T
	store  *sqlitestore.Store
	files  *files
	q      *queue.Queue
	intake *intake.Intake
	desk   *fulfil.Desk
	tool   *sleeper // runs while the client waits
	queued *sleeper // goes through the queue

	crowded  bool               // nobody else may wait
	uncalled error              // why no address can be called
	stop     context.CancelFunc // shutdown begins
}

// on runs a story on a bench; the queue's store may stand before the bench's own.
func on(t *testing.T, story func(b *bench), before ...func(protocol.Store) protocol.Store) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, tool: &sleeper{name: "sleep"}, queued: &sleeper{name: "queued", queued: true}}
		dir := t.TempDir()
		var err error
		b.store, err = sqlitestore.Open(t.Context(), sqlitestore.Options{Path: filepath.Join(dir, "test.db"), Now: time.Now})
		b.must(err)
		folder, err := dirblob.Open(filepath.Join(dir, "files"))
		b.must(err)
		b.files = &files{Store: folder}
		var store protocol.Store = b.store
		for _, f := range before {
			store = f(store)
		}
		defer b.open(store)()
		story(b)
	})
}

// open makes the parts and starts them; stop ends them in the order of a shutdown.
func (b *bench) open(store protocol.Store) (stop func()) {
	log := slog.New(slog.DiscardHandler)
	var err error
	b.q, err = queue.New(b.t.Context(), queue.Config{
		Store: store, Blobs: b.files, Log: log, Now: time.Now, Random: rand.Reader,
		Plans: func(string) account.Plan { return account.Plan{} },
		Node:  "test", Lease: 30 * time.Second, MaxAttempts: 2, Retention: retention, CacheBytes: 1 << 20,
	})
	b.must(err)
	set, err := tool.NewSet(b.tool, b.queued)
	b.must(err)
	pool := worker.New(worker.Config{
		Queue: b.q, Tools: set, Inputs: &attempt.Inputs{Queue: b.q, Blobs: b.files}, Log: log, Workers: 1, SyncSlots: 2, JobTimeout: time.Minute,
		Runner: &attempt.Runner{Blobs: b.files, Random: rand.Reader, Log: log, Grace: time.Second},
		Ran:    func(context.Context, string, time.Duration) {},
	})
	b.intake = &intake.Intake{
		Blobs: b.files, Log: log, Now: time.Now, NewID: b.q.NewID, SyncMaxBytes: syncMaxBytes,
		CheckURL: func(string) error { return nil }, CheckWebhook: func(string) error { return nil },
		CheckPut: func(string) error { return nil }, KeptFor: b.q.RetentionOf,
	}
	stopping, stopDesk := context.WithCancel(context.Background())
	b.stop = stopDesk
	b.desk = fulfil.New(fulfil.Config{
		Queue: b.q, Intake: b.intake, Runner: pool, Words: words{}, Now: time.Now, Enter: b.enter,
		CanCall:     func(context.Context, string) error { return b.uncalled },
		SyncTimeout: syncTimeout, SyncMaxBytes: syncMaxBytes, Stopping: stopping,
	})
	ctx, end := context.WithCancel(context.Background())
	var running, keeping sync.WaitGroup
	running.Go(func() { pool.Run(ctx) })
	keeping.Go(func() { b.q.Run(ctx) })
	return func() {
		stopDesk()
		end()
		running.Wait()
		pool.Drain(time.Minute)
		keeping.Wait()
		b.must(b.store.Close())
	}
}

func (b *bench) enter(string, int64) (leave func(), own bool) {
	if b.crowded {
		return nil, false
	}
	return func() {}, true
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// order is ann's, for the tool that runs while its client waits, on this input.
func (b *bench) order(input string, change ...func(*intake.Request)) *intake.Order {
	b.t.Helper()
	r := intake.Request{ID: "r", Owner: "ann", Tool: b.tool, Options: func(string) string { return "" }}
	for _, f := range change {
		f(&r)
	}
	o, err := b.intake.Begin(r)
	b.must(err)
	b.must(b.intake.Take(b.t.Context(), o, intake.Body{From: strings.NewReader(input), Length: int64(len(input))}))
	return o
}

// do makes an order and has it run.
func (b *bench) do(input string, change ...func(*intake.Request)) (fulfil.Answer, error) {
	b.t.Helper()
	return b.desk.Do(b.t.Context(), b.order(input, change...))
}

// done is do for orders that succeed.
func (b *bench) done(input string, change ...func(*intake.Request)) fulfil.Answer {
	b.t.Helper()
	a, err := b.do(input, change...)
	b.must(err)
	return a
}

// jobs are ann's.
func (b *bench) jobs() []job.Job {
	b.t.Helper()
	list, _, err := b.q.List(b.t.Context(), protocol.Filter{Owner: "ann", Limit: 100})
	b.must(err)
	return list
}

// used is what was charged to ann this month.
func (b *bench) used() int64 {
	b.t.Helper()
	_, u, _, err := b.q.UsageOf(b.t.Context(), "ann")
	b.must(err)
	return u.Jobs
}

// kept counts the files that are there.
func (b *bench) kept() (n int) {
	b.t.Helper()
	b.must(b.files.Walk(b.t.Context(), time.Now().Add(time.Hour), func(string) error { n++; return nil }))
	return n
}

// told is an answer as a failing test shows it.
func told(a fulfil.Answer) string {
	became := "no job"
	if a.Job != nil {
		became = fmt.Sprintf("job %s, %v", a.Job.ID, a.Job.Status)
	}
	return fmt.Sprintf("%s (waited for: %t, replayed: %t), answer %d %q with %+v", became, a.Waited, a.Replayed, a.Status, a.Body, a.Link)
}

// The wishes of clients.

func async(r *intake.Request) { r.Wish.Async = true }

func waits(d time.Duration) func(*intake.Request) {
	return func(r *intake.Request) { r.Wish.Waits, r.Wish.Wait = true, d }
}

func key(text string) func(*intake.Request) {
	return func(r *intake.Request) { r.Key = []string{text} }
}
