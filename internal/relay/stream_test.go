package relay_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// event writes an event and sends it off.
func event(t *testing.T, w http.ResponseWriter, lines ...string) {
	t.Helper()
	for _, line := range lines {
		write(t, w, "%s\n", line)
	}
	write(t, w, "\n")
	if err := http.NewResponseController(w).Flush(); err != nil {
		t.Error(err)
	}
}

func stream(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
}

func TestEventsAreWrittenAsTheyCome(t *testing.T) {
	heard := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request, m asked) {
		stream(w)
		event(t, w, ": hello", "retry: 5")
		event(t, w, "id: 1", `data: {"jsonrpc":"2.0",`, `data:"method":"notifications/progress"}`)
		<-heard
		event(t, w, "event: message\r", fmt.Sprintf("data: {\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{}}\r", m.ID), "\r")
		<-r.Context().Done() // the answer was all
	})
	d := open(t, s.URL)
	d.say(`{"jsonrpc":"2.0","id":1,"method":"tools/call"}`)
	d.wants(`{"jsonrpc":"2.0","method":"notifications/progress"}`)
	close(heard)
	d.wants(`{"jsonrpc":"2.0","id":1,"result":{}}`)
	d.end()
}

func TestASubscriptionEndsWithItsServerOrTheInput(t *testing.T) {
	var over atomic.Bool
	s := serve(t, func(w http.ResponseWriter, r *http.Request, _ asked) {
		stream(w)
		event(t, w, `data: {"jsonrpc":"2.0","method":"notifications/tasks"}`)
		if !over.Load() {
			<-r.Context().Done()
		}
	})
	d := open(t, s.URL)
	d.say(`{"jsonrpc":"2.0","id":"s","method":"subscriptions/listen"}`)
	d.wants(`{"jsonrpc":"2.0","method":"notifications/tasks"}`)
	d.end() // and nothing is said of it
	over.Store(true)
	d = open(t, s.URL)
	d.say(`{"jsonrpc":"2.0","id":"s","method":"subscriptions/listen"}`)
	d.wants(`{"jsonrpc":"2.0","method":"notifications/tasks"}`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"s","reason":"the stream of events has ended: subscribe again"}}`)
	d.end()
}

func TestAStreamThatBreaksIsAnError(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, m asked) {
		stream(w)
		event(t, w, `data: no JSON`)
		write(t, w, `data: {"jsonrpc":"2.0","id":%s,"result":{}}`, m.ID) // without an end
		if m.Method == "cut" {
			panic(http.ErrAbortHandler)
		}
	})
	for _, method := range []string{"cut", "short"} {
		d := open(t, s.URL)
		d.say(`{"jsonrpc":"2.0","id":1,"method":"` + method + `"}`)
		if got := d.hear(); !strings.HasPrefix(got, `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"the connection to http://127.0.0.1:`) || !strings.Contains(got, "job_list") {
			t.Errorf("%s: got %s", method, got)
		}
		if log := d.end(); !strings.Contains(log, "dropped") {
			t.Errorf("log: %s", log)
		}
	}
}

func TestAServerThatIsAwayIsAskedAgain(t *testing.T) {
	away := httptest.NewServer(nil)
	url := away.URL
	away.Close()
	d := open(t, url)
	for range 2 {
		d.say(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x",` + version + `}}`)
		if got := d.hear(); !strings.HasPrefix(got, `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no answer from `+url) {
			t.Errorf("got %s", got)
		}
	}
	d.say(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	if log := d.end(); !strings.Contains(log, "not delivered") {
		t.Errorf("log: %s", log)
	}
	var calls atomic.Int64
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, m asked) {
		if calls.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		done(t, w, m.ID, `1`)
	})
	d = open(t, s.URL)
	d.say(`{"jsonrpc":"2.0","id":1,"method":"x"}`)
	if got := d.hear(); !strings.Contains(got, `"id":1,"error":{"code":-32000,"message":"the connection to `+s.URL+` was lost`) {
		t.Errorf("got %s", got)
	}
	d.say(`{"jsonrpc":"2.0","id":2,"method":"x"}`)
	d.wants(`{"jsonrpc":"2.0","id":2,"result":1}`)
	d.end()
}

func TestRefusalsThatAreNotOfMCPBecomeErrors(t *testing.T) {
	var code int
	var body string
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ asked) {
		w.Header().Set("Location", "https://elsewhere.example.org/")
		w.WriteHeader(code)
		write(t, w, "%s", body)
	})
	for _, c := range []struct {
		code       int
		body, want string
	}{
		{401, `{"status":"error","error":"UNAUTHORIZED","details":{"message":"Missing authorizer context"}}`, `"message":"UNAUTHORIZED: Missing authorizer context: the key is not good, claimcheck login takes another","data":{"status":401,"code":"UNAUTHORIZED"}`},
		{503, `{"status":"error","error":"UNAVAILABLE","details":{"message":"soon"},"retry_after":3}`, `"message":"UNAVAILABLE: soon","data":{"status":503,"code":"UNAVAILABLE","retry_after":3}`},
		{404, `<html>`, `"the server answered HTTP 404 and not in MCP: is this the address of a claimcheck server?","data":{"status":404}`},
		{302, ``, `HTTP 302 and not in MCP`},
		{202, ``, `HTTP 202 and not in MCP`},
		{200, `{"jsonrpc":"2.0","id":8,"result":{}}`, `HTTP 200 and not in MCP`},
		{400, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"m"}}`, `"id":1,"error":{"code":-32600,"message":"m"}`},
	} {
		code, body = c.code, c.body
		d := open(t, s.URL)
		d.say(`{"jsonrpc":"2.0","id":1,"method":"x"}`)
		if got := d.hear(); !strings.HasPrefix(got, `{"jsonrpc":"2.0","id":1,"error":`) || !strings.Contains(got, c.want) {
			t.Errorf("%d %s: got %s", c.code, c.body, got)
		}
		d.end()
	}
}
