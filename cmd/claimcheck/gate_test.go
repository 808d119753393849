package main_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"

	"claimcheck/internal/serverproc"
)

// A gate is somebody's endpoint, the tool gate, that answers when the test lets
// it: with the body that it was sent, as text. A call of it is always a job; for
// one that is none until its time is up there is test-sleep.
type gate struct {
	*httptest.Server

	mu    sync.Mutex // guards the fields below
	asked []string   // bodies, sorted
	open  map[string]chan struct{}
}

// gateAPI is the path of the tool gate.
const gateAPI = "/gate-api"

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{open: map[string]chan struct{}{}}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the other side gave up
		}
		g.mu.Lock()
		g.asked = append(g.asked, string(body))
		slices.Sort(g.asked)
		open := g.of(string(body))
		g.mu.Unlock()
		select {
		case <-open:
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write(body)
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(func() {
		g.CloseClientConnections()
		g.Close()
	})
	return g
}

// of returns what is closed when a body may be answered; mu is locked.
func (g *gate) of(body string) chan struct{} {
	if g.open[body] == nil {
		g.open[body] = make(chan struct{})
	}
	return g.open[body]
}

// let has requests with a body answered, those that wait and those to come.
func (g *gate) let(body string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.of(body))
}

// wait waits until the endpoint was sent these bodies, in any order, and no others.
func (g *gate) wait(t *testing.T, bodies ...string) {
	t.Helper()
	slices.Sort(bodies)
	serverproc.Until(t, jobLimit, func() (bool, string) {
		g.mu.Lock()
		defer g.mu.Unlock()
		return slices.Equal(g.asked, bodies), "the endpoint was sent " + strconv.Itoa(len(g.asked)) + " bodies"
	})
}

// options are those of a server with the tool gate.
func (g *gate) options(t *testing.T, data string, args ...string) serverproc.Options {
	t.Helper()
	o := withTools(t, data, "tools:\n  - {name: gate, target: \""+g.URL+"\"}\n")
	o.Args = append(append(o.Args, "--sync-timeout=25s"), args...)
	return o
}
