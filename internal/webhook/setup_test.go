package webhook_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/fetch"
	"claimcheck/internal/fetch/fetchtest"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/sign"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/webhook"
)

// A got is a call as a receiver saw it.
type got struct {
	at     time.Time
	host   string
	header http.Header
	body   []byte
}

// A world is a queue on a real store, a sender, and receivers at the other ends
// of pipes: every host name with a point has a public address.
type world struct {
	t         *testing.T
	store     *sqlitestore.Store
	queue     *queue.Queue
	endpoints *webhook.Endpoints
	sender    *webhook.Sender
	signer    *sign.Signer
	caller    *fetch.Client
	receivers *fetchtest.Server
	bell      webhook.Bell
	stopped   func()       // ends the sender as a shutdown does
	seldom    bool         // senders that are started look seldom
	step      atomic.Int64 // of the clock that the store goes by
	paced     atomic.Int64 // calls that waited for a pace
	recovered atomic.Int64 // deliveries that are sent again by Recover

	mu      sync.Mutex // guards the fields below
	calls   []got
	answers map[string]http.HandlerFunc // by host; nobody else answers but with 200
	names   map[string]string           // addresses of hosts that are not public
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, bell: webhook.NewBell(), answers: map[string]http.HandlerFunc{}, names: map[string]string{}}
	dir := t.TempDir()
	var err error
	w.store, err = sqlitestore.Open(t.Context(), sqlitestore.Options{
		Path: filepath.Join(dir, "test.db"), Now: w.wall, OnDelivery: w.bell.Ring,
	})
	w.must(err)
	t.Cleanup(func() { w.must(w.store.Close()) })
	blobs, err := dirblob.Open(filepath.Join(dir, "files"))
	w.must(err)
	w.queue, err = queue.New(t.Context(), queue.Config{
		Store: w.store, Blobs: blobs, Log: slog.New(slog.DiscardHandler), Now: w.wall, Random: rand.Reader,
		Plans: func(string) account.Plan { return account.Plan{} },
		Node:  "test", Lease: time.Minute, MaxAttempts: 2, Retention: 1000 * time.Hour, CacheBytes: 1 << 20,
	})
	w.must(err)
	w.listen()
	w.endpoints = &webhook.Endpoints{Store: w.store, Now: w.wall, Random: rand.Reader, Check: func(text string) error {
		_, err := w.caller.CheckURL(text)
		return err
	}, Tool: func(name string) bool { return name == "t" || name == "u" }, Recovered: func(n int) { w.recovered.Add(int64(n)) }}
	w.signer, err = sign.Load(t.Context(), w.store, w.wall, rand.Reader, time.Hour)
	w.must(err)
	w.start(w.store)
	return w
}

// wall is the clock that the store goes by.
func (w *world) wall() time.Time { return time.Now().Add(time.Duration(w.step.Load())) }

// listen starts the receivers.
func (w *world) listen() {
	w.receivers = fetchtest.Start(w.t, http.HandlerFunc(w.receive))
	w.caller = fetch.New(fetch.Config{Resolver: w, Dial: w.receivers.Dial})
	w.t.Cleanup(w.caller.Close)
}

func (w *world) receive(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Error(err)
	}
	w.mu.Lock()
	w.calls = append(w.calls, got{at: time.Now(), host: r.Host, header: r.Header, body: body})
	answer := w.answers[r.Host]
	w.mu.Unlock()
	if answer != nil {
		answer(rw, r)
	}
}

// LookupNetIP is the receivers' name server.
func (w *world) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a := w.names[strings.TrimSuffix(host, ".")]; a != "" {
		return []netip.Addr{netip.MustParseAddr(a)}, nil
	}
	return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
}

// start starts a sender, as a process does.
func (w *world) start(outbox protocol.Outbox) {
	w.sender, w.stopped = w.another(outbox)
}

// another starts a sender, as another server does.
func (w *world) another(outbox protocol.Outbox) (sender *webhook.Sender, stopped func()) {
	sender = webhook.NewSender(webhook.Config{
		Store: outbox, Jobs: w.store, Caller: w.caller, Render: render{}, Log: slog.New(slog.DiscardHandler), Now: w.wall, Random: noSpread{}, Version: "1.2.3", Bell: w.bell,
		Keys: w.signer.WebhookKeys, Paced: func() { w.paced.Add(1) },
	})
	if w.seldom {
		sender.Seldom(time.Hour)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { sender.Run(ctx) })
	stopped = sync.OnceFunc(func() {
		cancel()
		running.Wait()
		sender.Drain(0)
	})
	w.t.Cleanup(stopped)
	return sender, stopped
}

type noSpread struct{}

func (noSpread) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// render is a renderer whose bodies have a result of the job's own size.
type render struct{}

func (render) JobBody(j *job.Job, result bool) []byte {
	b := []byte(`{"job_id":"` + j.ID.String() + `","status":"` + j.Status.String() + `"`)
	if result && j.Status == job.Success {
		b = append(append(b, `,"result":`...), j.Result...)
	}
	return append(b, '}')
}

func (render) GroupBody(g *job.Group) []byte { return []byte(`{"group":"` + g.Name + `"}`) }

func (render) ResultURL(id job.ID) string {
	return "https://api.example/jobs/" + id.String() + "/result"
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// answer sets how a host answers.
func (w *world) answer(host string, f http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[host] = f
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// add makes a webhook for both events.
func (w *world) add(owner, url string) job.Webhook {
	w.t.Helper()
	return w.ask(owner, asked(url, nil))
}

// ask makes a webhook that is asked for.
func (w *world) ask(owner string, a *webhook.Ask) job.Webhook {
	w.t.Helper()
	h, _, err := w.endpoints.Add(w.t.Context(), owner, a, nil)
	w.must(err)
	return h
}

// asked is what is asked of a webhook for both events.
func asked(url string, more func(*webhook.Ask)) *webhook.Ask {
	a := &webhook.Ask{URL: &url, Events: &[]string{"job.succeeded", "job.failed"}}
	if more != nil {
		more(a)
	}
	return a
}

// fail submits a job and cancels it.
func (w *world) fail(owner, url string) job.ID {
	w.t.Helper()
	id := w.queue.NewID()
	_, _, err := w.queue.Submit(w.t.Context(), queue.Spec{ID: id, Owner: owner, Tool: "t", RequestID: "r", Input: []byte("{}"), InputSize: 2, WebhookURL: url})
	w.must(err)
	_, err = w.queue.Cancel(w.t.Context(), owner, id)
	w.must(err)
	return id
}

// succeed submits a job and finishes it with a result.
func (w *world) succeed(owner, result string) job.ID {
	w.t.Helper()
	id := w.queue.NewID()
	_, _, err := w.queue.Submit(w.t.Context(), queue.Spec{ID: id, Owner: owner, Tool: "t", RequestID: "r", Input: []byte("{}"), InputSize: 2})
	w.must(err)
	claimed, err := w.queue.Claim(w.t.Context(), 1)
	w.must(err)
	if len(claimed) != 1 || claimed[0].Job.ID != id {
		w.t.Fatalf("claimed %v, want the job", claimed)
	}
	_, err = w.queue.Finish(w.t.Context(), claimed[0], queue.Outcome{Result: []byte(result)})
	w.must(err)
	return id
}

// long is after for hours and days: a sender is put in that looks seldom, except
// for what is due, and in the end the usual one.
func (w *world) long(d time.Duration) {
	w.t.Helper()
	synctest.Wait()
	again := func(seldom bool) {
		w.stopped()
		w.seldom = seldom
		w.start(w.store)
	}
	again(true)
	w.after(d)
	again(false)
}

// after lets time go by until all is quiet.
func (w *world) after(d time.Duration) {
	w.t.Helper()
	synctest.Wait()
	if d > 0 {
		<-time.After(d)
	}
	synctest.Wait()
}

// to returns the calls that a host got.
func (w *world) to(host string) []got {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []got
	for _, c := range w.calls {
		if c.host == host {
			list = append(list, c)
		}
	}
	return list
}

func (w *world) deliveries(h *job.Webhook) []job.Delivery {
	w.t.Helper()
	list, err := w.endpoints.Deliveries(w.t.Context(), h.Owner, h.ID, "", 100)
	w.must(err)
	return list
}

// now is a webhook as it is now.
func (w *world) now(h *job.Webhook) job.Webhook {
	w.t.Helper()
	list, err := w.store.Webhooks(w.t.Context(), h.Owner)
	w.must(err)
	for _, is := range list {
		if is.ID == h.ID {
			return is
		}
	}
	w.t.Fatalf("no webhook %s", h.ID)
	return job.Webhook{}
}

// event is the body of a call.
type event struct {
	Type      string
	Timestamp time.Time
	Data      struct {
		Sequence  int64
		Job       map[string]any
		ResultURL string `json:"result_url"`
		WebhookID string `json:"webhook_id"`
	}
}

func (c got) event(t *testing.T) event {
	t.Helper()
	var e event
	if err := json.Unmarshal(c.body, &e); err != nil {
		t.Fatalf("%s: %v", c.body, err)
	}
	return e
}
