package httpapi_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/attempt"
	"claimcheck/internal/auth"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/care"
	"claimcheck/internal/clock"
	"claimcheck/internal/deposit"
	"claimcheck/internal/fault"
	"claimcheck/internal/fetch"
	"claimcheck/internal/httpapi"
	"claimcheck/internal/onread"
	"claimcheck/internal/pause"
	"claimcheck/internal/queue"
	"claimcheck/internal/routes/about"
	"claimcheck/internal/routes/files"
	"claimcheck/internal/routes/follow"
	"claimcheck/internal/routes/hooks"
	"claimcheck/internal/routes/lines"
	"claimcheck/internal/routes/work"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/sign"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/tool"
	"claimcheck/internal/tool/datatool"
	"claimcheck/internal/upload"
	"claimcheck/internal/webhook"
	"claimcheck/internal/worker"
)

// A fixture is a server on a real store and real files, its clock under the
// test's control.
type fixture struct {
	t        *testing.T
	store    *sqlitestore.Store
	bell     webhook.Bell
	queue    *queue.Queue
	uploads  *upload.Uploads
	keeper   *care.Keeper
	pool     *worker.Pool
	keys     *auth.Keys
	server   *httpapi.Server
	url      string
	plans    map[string]account.Plan
	key      string // of owner ann
	gate     *gatedTool
	fetch    *fetch.Client
	files    string // the folder of files
	routes   *routeLog
	stop     context.CancelFunc
	logged   *serverproc.Log
	logWaits serverproc.Log // how requests that waited were answered
	offset   time.Duration
	offsets  sync.Mutex
}

type options struct {
	workers     int
	syncTimeout time.Duration
	plan        account.Plan
	cors        []string
	ports       []uint16 // of this machine, where remote inputs may be
	poster      files.Poster
	maxHeld     int64
	dialects    []httpapi.Mount
	routes      []httpapi.Route // beside the usual ones
	audit       httpapi.Audit   // nil: the store
}

func (f *fixture) now() time.Time {
	f.offsets.Lock()
	defer f.offsets.Unlock()
	return time.Now().Add(f.offset)
}

func (f *fixture) advance(d time.Duration) {
	f.offsets.Lock()
	defer f.offsets.Unlock()
	f.offset += d
}

func newFixture(t *testing.T, o options) *fixture {
	t.Helper()
	if o.syncTimeout == 0 {
		o.syncTimeout = 25 * time.Second
	}
	o.plan.Name = "default"
	f := &fixture{
		t: t, bell: webhook.NewBell(), gate: newGatedTool(), routes: &routeLog{}, logged: &serverproc.Log{},
		plans: map[string]account.Plan{"default": o.plan, "unlimited": {Name: "unlimited"}},
	}
	dir := t.TempDir()
	log := slog.New(slog.NewJSONHandler(f.logged, nil))
	var err error
	f.store, err = sqlitestore.Open(t.Context(), sqlitestore.Options{Path: filepath.Join(dir, "test.db"), Now: f.now, Log: log, OnDelivery: f.bell.Ring})
	f.must(err)
	f.files = filepath.Join(dir, "files")
	blobs, err := dirblob.Open(f.files)
	f.must(err)
	signer, err := sign.Load(t.Context(), f.store, f.now, rand.Reader, time.Hour)
	f.must(err)
	f.keys = auth.New(f.store, f.now, rand.Reader, 0)
	plan := func(name string) account.Plan { return f.plans[name] }
	wall := clock.New(f.now)
	f.queue, err = queue.New(t.Context(), queue.Config{
		Store: f.store, Blobs: blobs, Log: log, Now: f.now, Clock: wall, Random: rand.Reader, Plans: plan,
		Node: "test", Lease: 30 * time.Second, MaxAttempts: 2, Retention: 72 * time.Hour, CacheBytes: 1 << 20,
	})
	f.must(err)
	f.uploads = upload.New(upload.Config{
		Store: f.store, Blobs: blobs, Log: log, Now: f.now, Random: rand.Reader, PlanOf: f.queue.PlanOf, RetentionOf: f.queue.RetentionOf,
	})
	f.keeper = care.New(care.Config{Store: f.store, Jobs: f.queue, Uploads: f.uploads, Blobs: blobs, Log: log, Clock: wall})
	set, err := tool.NewSet(append(datatool.Tools(), f.gate)...)
	f.must(err)
	f.fetch = fetch.New(fetch.Config{AllowNetworks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, AllowPorts: o.ports})
	runner := &attempt.Runner{Blobs: blobs, Random: rand.Reader, Log: log, Grace: time.Second}
	puts := &deposit.Depositor{Caller: f.fetch, Blobs: blobs, Now: f.now, Timeout: time.Minute}
	f.pool = worker.New(worker.Config{
		Deposit: puts.Outcome,
		Queue:   f.queue, Tools: set, Inputs: &attempt.Inputs{Queue: f.queue, Blobs: blobs, Fetch: f.fetch}, Runner: runner, Log: log, Workers: o.workers, SyncSlots: 4,
		JobTimeout: time.Minute, Ran: func(context.Context, string, time.Duration) {},
	})
	stopping, stop := context.WithCancel(context.Background())
	f.stop = stop
	ts := httptest.NewUnstartedServer(nil)
	f.url = "http://" + ts.Listener.Addr().String()
	endpoints := f.webhooks()
	reads := &onread.Marks{Jobs: f.queue, Log: log}
	inOut := files.Config{Queue: f.queue, Reads: reads, Uploads: f.uploads, Blobs: blobs, Signer: signer, Poster: o.poster, PublicURL: f.url, Log: log, Now: f.now}
	f.server = httpapi.New(httpapi.Config{
		Queue: f.queue, Uploads: f.uploads, Runner: f.pool, Keys: f.keys, Signer: signer, Blobs: blobs, Tools: set, Plans: plan, Log: log, Now: f.now,
		PublicURL: f.url, SyncTimeout: o.syncTimeout, SyncMaxBytes: 1 << 20, LinkExpiry: time.Hour, CORSOrigins: o.cors, MaxHeld: o.maxHeld, Dialects: o.dialects,
		Stopping: stopping, Ready: f.store.Ping, Webhooks: endpoints, Routes: slices.Concat(about.Routes(f.about()), files.Routes(inOut), hooks.Routes(hooks.Config{Endpoints: endpoints, PublicURL: f.url, Keys: signer.WebhookKeys}), follow.Routes(f.queue.Words()), work.Routes(work.Config{}), o.routes), Audit: cmp.Or[httpapi.Audit](o.audit, f.store), Reads: reads, Lines: lines.Submit(f.url), CheckURL: f.checkURL, CheckPut: f.checkPut, Metrics: http.NotFoundHandler(), Observer: f.routes,
	})
	ts.Config.Handler = f.server
	ts.Start()
	f.runUntilTheEnd(ts)
	f.key = f.newKey(auth.NewKey{Owner: "ann"})
	return f
}

func (f *fixture) about() about.Config {
	return about.Config{
		OpenAPI: func() ([]byte, error) { return []byte("{}"), nil }, Usage: f.queue, PublicURL: f.url,
		Paused: func(owner string) bool { return f.queue.Pauses().Paused(pause.Owner, owner) },
	}
}

func (f *fixture) checkURL(text string) error {
	_, err := f.fetch.CheckURL(text)
	return err
}

func (f *fixture) checkPut(text string) error {
	_, err := f.fetch.CheckPut(text)
	return err
}

// runUntilTheEnd starts workers and maintenance, and stops all in the order of
// a shutdown when the test ends.
func (f *fixture) runUntilTheEnd(ts *httptest.Server) {
	keep, endKeep := context.WithCancel(context.Background())
	claim, endClaim := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { f.queue.Run(keep) })
	all.Go(func() { f.keeper.Run(keep) })
	claimed := make(chan struct{})
	go func() {
		defer close(claimed)
		f.pool.Run(claim)
	}()
	f.t.Cleanup(func() {
		f.gate.openAll()
		f.stop()
		endClaim()
		<-claimed
		ts.Close()
		f.pool.Drain(5 * time.Second)
		endKeep()
		all.Wait()
		f.must(f.store.Close())
	})
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) newKey(k auth.NewKey) string {
	f.t.Helper()
	secret, _, err := f.keys.Create(f.t.Context(), k)
	f.must(err)
	return secret
}

// An answer is what came back, its body read.
type answer struct {
	*http.Response
	body []byte
}

// do makes a request with ann's key; header lines are "Name: value", an empty
// value removes the header.
func (f *fixture) do(method, path, body string, headers ...string) answer {
	f.t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	if !strings.HasPrefix(path, "http") {
		path = f.url + path
	}
	req, err := http.NewRequestWithContext(f.t.Context(), method, path, r)
	f.must(err)
	req.Header.Set("x-api-key", f.key)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if value == "" {
			req.Header.Del(name)
		} else {
			req.Header.Set(name, value)
		}
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	f.must(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	f.must(err)
	return answer{res, b}
}

func (a answer) member(t *testing.T, name string) any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(a.body, &m); err != nil {
		t.Fatalf("%s is not JSON: %v", a.body, err)
	}
	return m[name]
}

func (a answer) text(t *testing.T, name string) string {
	t.Helper()
	s, ok := a.member(t, name).(string)
	if !ok {
		t.Fatalf("%s has no text member %s", a.body, name)
	}
	return s
}

// wantError checks status, code and message of the envelope.
func (f *fixture) wantError(a answer, status int, code, message string) {
	f.t.Helper()
	var e struct {
		Status  string
		Error   string
		Details struct{ Message string }
	}
	if err := json.Unmarshal(a.body, &e); err != nil {
		f.t.Fatalf("not the envelope: %d %q", a.StatusCode, a.body)
	}
	if a.StatusCode != status || e.Status != "error" || e.Error != code || message != "" && e.Details.Message != message {
		f.t.Errorf("got %d %s, want %d %s %q", a.StatusCode, a.body, status, code, message)
	}
}

// finished polls until the job is over and returns its status answer.
func (f *fixture) finished(id string) answer {
	f.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for range 5000 {
		a := f.do("GET", "/jobs/"+id, "")
		if s := a.text(f.t, "status"); s == "success" || s == "failed" {
			return a
		}
		<-tick.C
	}
	f.t.Fatal("the job does not end")
	return answer{}
}

// A gatedTool copies its input once it is let through; the input fail or panic
// does that instead, code:X fails with that code.
type gatedTool struct {
	open chan struct{}
	once sync.Once
	runs chan struct{} // receives at each beginning
}

func newGatedTool() *gatedTool {
	return &gatedTool{open: make(chan struct{}), runs: make(chan struct{}, 100)}
}

func (g *gatedTool) openAll() { g.once.Do(func() { close(g.open) }) }

func (g *gatedTool) Spec() tool.Spec {
	return tool.Spec{Name: "gate", Extensions: []string{"txt"}, OutputExt: "html", ContentType: "text/html", Text: true}
}

func (g *gatedTool) Run(ctx context.Context, c tool.Call) error {
	in, err := io.ReadAll(c.Input)
	if err != nil {
		return err
	}
	g.runs <- struct{}{}
	switch string(in) {
	case "fail":
		return errors.New("it is /our/fault")
	case "panic":
		panic("at /some/path")
	}
	if code, ok := strings.CutPrefix(string(in), "code:"); ok {
		return fault.New(fault.Rejected, code, "Refused.").With("status", 503).With("title", "theirs").With("line", 4)
	}
	select {
	case <-g.open:
	case <-ctx.Done():
		return ctx.Err()
	}
	_, err = io.Copy(c.Output, bytes.NewReader(in))
	return err
}

type routeLog struct {
	mu  sync.Mutex
	all []string
}

func (r *routeLog) Answered(route string, _ int, _ time.Duration, _ string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, route)
}
