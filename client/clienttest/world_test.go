package clienttest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/client"
	"claimcheck/client/clienttest"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/proxyproc"
	"claimcheck/internal/serverproc"
)

// patience is how long anything may take on a slow machine.
const patience = 60 * time.Second

func TestMain(m *testing.M) {
	pgproc.Main(m)
	serverproc.Clean()
}

// A world is a server that a story has for itself, or an owner of one.
type world struct {
	t        *testing.T
	url, key string
	outside  *outside
}

// client returns a client of the server.
func (w *world) client(options ...client.Option) *client.Client {
	w.t.Helper()
	c, err := client.New(w.url, w.key, options...)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// ctx ends when the story has had patience enough.
func (w *world) ctx() context.Context {
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	w.t.Cleanup(cancel)
	return ctx
}

// An outside is what is around a server: it does the work of the tool gate, has
// inputs to be fetched, and receives webhooks.
type outside struct {
	srv *httptest.Server

	mu    sync.Mutex // guards the fields below
	gates map[string]*gate
	calls map[string]chan *http.Request // by path
}

// A gate is work that goes on until a story lets it.
type gate struct {
	begun, open chan struct{}
	begin       func() // closes begun, once
}

func newOutside(t *testing.T) *outside {
	t.Helper()
	o := &outside{gates: map[string]*gate{}, calls: map[string]chan *http.Request{}}
	o.srv = httptest.NewServer(o)
	t.Cleanup(o.srv.Close)
	return o
}

// gate is the gate of a name.
func (o *outside) gate(name string) *gate {
	o.mu.Lock()
	defer o.mu.Unlock()
	g := o.gates[name]
	if g == nil {
		g = &gate{begun: make(chan struct{}), open: make(chan struct{})}
		g.begin = sync.OnceFunc(func() { close(g.begun) })
		o.gates[name] = g
	}
	return g
}

// receiver is an address that may be called; what comes is in the channel.
func (o *outside) receiver(name string) (address string, calls <-chan *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := make(chan *http.Request, 10)
	o.calls["/hooks/"+name] = c
	return o.srv.URL + "/hooks/" + name, c
}

// ServeHTTP is the tool gate, the input in.json, and the receivers.
func (o *outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if r.URL.Path == "/in.json" {
		_, _ = io.WriteString(w, `{"from":"outside"}`)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/hooks/") {
		o.mu.Lock()
		calls := o.calls[r.URL.Path]
		o.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		calls <- r
		return
	}
	if name, ok := strings.CutPrefix(string(body), "tell "); ok {
		w.Header().Set("Content-Type", "text/event-stream")
		o.tell(r.Context(), name, func(said api.WorkProgress) {
			text, err := json.Marshal(said)
			if err != nil {
				panic(err) // texts and numbers always encode
			}
			_, _ = fmt.Fprintf(w, "event: progress\ndata: %s\n\n", text)
			_ = http.NewResponseController(w).Flush()
		})
		_, _ = io.WriteString(w, "event: result\ndata: {\"said\":1.50}\n\n")
		return
	}
	out, status := o.work(r.Context(), body)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, out)
}

// tell is what the tool gate does for "tell NAME": it says something, waits, and says
// more.
func (o *outside) tell(ctx context.Context, name string, say func(api.WorkProgress)) {
	g := o.gate(name)
	say(api.WorkProgress{Progress: 40, Message: "page 3", Log: []string{"a", "b"}, Output: "Hel"})
	g.begin()
	select {
	case <-g.open:
	case <-ctx.Done():
	}
	say(api.WorkProgress{Progress: 50, Output: "lo"})
}

// work is what the tool gate does: "hold NAME" waits, "refuse" is refused.
func (o *outside) work(ctx context.Context, input []byte) (out string, status int) {
	word, name, _ := strings.Cut(string(input), " ")
	switch word {
	case "hold":
		g := o.gate(name)
		g.begin()
		select {
		case <-g.open:
		case <-ctx.Done():
		}
		return `{"held":true}`, http.StatusOK
	case "refuse":
		return `{"error":{"code":"NO_WAY","message":"Not this one."}}`, http.StatusUnprocessableEntity
	default:
		return `{"said":1.50}`, http.StatusOK
	}
}

// fake is a world of this package's server.
func fake(t *testing.T) *world {
	t.Helper()
	s, o := clienttest.New(t), newOutside(t)
	s.Tool("json-formatter", clienttest.Tool{Do: format, Extensions: []string{"json"}, Options: []api.ToolOption{tabSpace}})
	s.Tool("gate", clienttest.Tool{Async: true, Extensions: []string{"txt"}, Do: func(ctx context.Context, in clienttest.Input) (clienttest.Output, error) {
		if name, ok := strings.CutPrefix(string(in.Body), "tell "); ok {
			o.tell(ctx, name, in.Say)
		}
		out, status := o.work(ctx, in.Body)
		if status != http.StatusOK {
			return clienttest.Output{}, clienttest.Fail("NO_WAY", "Not this one.", nil)
		}
		return clienttest.Output{JSON: json.RawMessage(out)}, nil
	}})
	return &world{t, s.URL, s.Key, o}
}

var tabSpace = api.ToolOption{Header: "x-tab-space", Kind: "integer", Default: "1", Min: new(int), Max: sixteen()}

func sixteen() *int { n := 16; return &n }

// format lays JSON out as the server's tool does.
func format(_ context.Context, in clienttest.Input) (clienttest.Output, error) {
	var b bytes.Buffer
	if err := json.Indent(&b, bytes.TrimSpace(in.Body), "", " "); err != nil {
		line, column := 1, 1
		if bad, ok := errors.AsType[*json.SyntaxError](err); ok {
			before := in.Body[:max(bad.Offset-1, 0)]
			line += bytes.Count(before, []byte("\n"))
			column = len(before) - bytes.LastIndexByte(before, '\n')
		}
		return clienttest.Output{}, clienttest.Fail("INVALID_JSON", "JSON validation failed.", map[string]any{"line": line, "column": column, "reason": "Something else was expected here."})
	}
	return clienttest.Output{Data: b.Bytes()}, nil
}

const configuration = `workers: 16
max_attempts: 1
sync_timeout: 25s
fetch: {allow_networks: [127.0.0.0/8], allow_ports: [%[2]s]}
tools:
  - {name: gate, target: "%[1]s/work", extensions: [txt], max_attempts: 1}
`

// served returns what makes worlds of one real server, each of an owner of its own.
func served(t *testing.T, flags ...string) func(t *testing.T) *world {
	t.Helper()
	o := newOutside(t)
	u, err := url.Parse(o.srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "claimcheck.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, configuration, o.srv.URL, u.Port()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serverproc.Start(t, serverproc.Options{Args: append([]string{"--config=" + file}, flags...)})
	var store []string
	for _, f := range flags {
		if strings.HasPrefix(f, "--store=") {
			store = append(store, f)
		}
	}
	n, address := 0, s.URL
	for _, f := range flags {
		if public, ok := strings.CutPrefix(f, "--public-url="); ok {
			address = public
		}
	}
	var mu sync.Mutex
	return func(t *testing.T) *world {
		t.Helper()
		mu.Lock()
		n++
		owner := fmt.Sprint("owner-", n)
		mu.Unlock()
		return &world{t, address, s.Key(owner, append(store, "--plan=unlimited")...), o}
	}
}

// TestStories plays each story on this package's server and on real ones.
func TestStories(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) func(t *testing.T) *world{
		"fake": func(*testing.T) func(t *testing.T) *world { return fake },
		"sqlite": func(t *testing.T) func(t *testing.T) *world {
			t.Helper()
			return served(t)
		},
		"below a path": func(t *testing.T) func(t *testing.T) *world {
			t.Helper()
			listen := proxyproc.FreeAddress(t)
			return served(t, "--listen="+listen, "--public-url="+proxyproc.Below(t, listen, "/team/jobs-1.0", true))
		},
		"postgres": func(t *testing.T) func(t *testing.T) *world {
			t.Helper()
			return served(t, "--store="+pgproc.Database(t), "--blobs=file://"+t.TempDir())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			world := open(t)
			for name, play := range stories {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					play(world(t))
				})
			}
		})
	}
}

// stories are what clients do, by name.
var stories = map[string]func(*world){
	"work is handed in, waited for and had":   workIsDone,
	"a call is answered at once":              atOnce,
	"an input that is wrong":                  wrongInput,
	"a refusal of the tool":                   toolRefuses,
	"a job is watched":                        watched,
	"what is said while it runs is heard":     heard,
	"watching ends when the caller wants":     watchingEnds,
	"waiting ends when the caller wants":      waitingEnds,
	"a job of its own kind is told in full":   inFull,
	"jobs are listed":                         listed,
	"many jobs are asked for":                 batch,
	"a job is canceled":                       canceled,
	"jobs end by themselves":                  deadlines,
	"a job is done again":                     again,
	"a job is deleted":                        deleted,
	"the same submission is one job":          once,
	"a small file is uploaded":                smallUpload,
	"a large file is uploaded in parts":       largeUpload,
	"a stream of unknown length is uploaded":  streamUpload,
	"files are submitted":                     files,
	"an address is submitted":                 address,
	"a file is downloaded":                    downloaded,
	"webhooks come and are believed":          webhooks,
	"a submission has a webhook of its own":   ownWebhook,
	"a webhook fits its receiver":             fittedWebhook,
	"a bulk":                                  bulk,
	"many jobs in one call":                   lines,
	"tools and usage are told":                told,
	"who is not known, and what is not there": refused,
}
