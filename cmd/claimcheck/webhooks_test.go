package main_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// TestAWebhookSurvivesAKill lets the first call fail, kills the server and
// starts another on the same folder: it calls again, with the same id.
func TestAWebhookSurvivesAKill(t *testing.T) {
	t.Parallel()
	ids, down := make(chan string, 10), &atomic.Bool{}
	down.Store(true)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		ids <- r.Header.Get("Webhook-Id")
	}))
	defer receiver.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(receiver.URL, "http://"), ":")
	flags := []string{"--fetch-allow-networks=127.0.0.0/8", "--fetch-allow-ports=" + port}
	s := serverproc.Start(t, serverproc.Options{Args: flags})
	c := newCaller(s, s.Key("ann"))
	hook := receiver.URL + "/hook"
	ticket := decode[api.Accepted](t, c.call(t, http.MethodPost, formatter, "[]", "Prefer", "respond-async", "x-webhook-url", hook))
	c.finished(t, ticket.JobID)
	first := <-ids
	own := decode[api.WebhookSecret](t, c.get(t, "/webhooks/secret"))
	serverproc.Until(t, jobLimit, func() (bool, string) { // the failure is written down
		list := decode[api.Deliveries](t, c.get(t, "/webhooks/"+own.ID+"/deliveries")).Deliveries
		return len(list) == 1 && len(list[0].Attempts) == 1, "no attempt is in the log"
	})
	s.Kill()
	down.Store(false)
	s = serverproc.Start(t, serverproc.Options{Data: s.Data, Args: flags})
	select {
	case second := <-ids:
		if second != first {
			t.Errorf("called again as %s, first as %s", second, first)
		}
	case <-time.After(jobLimit):
		t.Error("not called again")
	}
	s.Stop()
}

func TestTheServerNeverCallsItself(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // a port that is free
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	_ = l.Close() // the server takes it
	_, port, _ := strings.Cut(at, ":")
	s := serverproc.Start(t, serverproc.Options{Args: []string{
		"--listen=" + at, "--fetch-allow-networks=127.0.0.0/8", "--fetch-allow-ports=" + port,
	}})
	c := newCaller(s, s.Key("ann"))
	for url, want := range map[string]int{
		"http://127.0.0.1:" + port + "/usage": http.StatusBadRequest, "http://localhost:" + port: http.StatusBadRequest,
		"http://127.0.0.2:" + port + "/": http.StatusCreated, "http://127.0.0.1:9/": http.StatusBadRequest,
	} {
		if a := c.call(t, http.MethodPost, "/webhooks", `{"url":"`+url+`","events":["job.failed"]}`); a.status != want {
			t.Errorf("%s: got %s, want %d", url, a, want)
		}
	}
}
