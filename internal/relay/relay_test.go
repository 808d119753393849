package relay_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/relay"
)

// patience is how long something may take on a slow machine.
const patience = 30 * time.Second

// A desk is a relay with somebody who types messages and reads answers.
type desk struct {
	t     *testing.T
	keys  *io.PipeWriter
	lines *bufio.Scanner
	log   *bytes.Buffer // to be read when the relay has ended
	stop  context.CancelFunc
	ended chan error
}

// open starts a relay to a server.
func open(t *testing.T, url string) *desk {
	t.Helper()
	in, keys := io.Pipe()
	shown, out := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	d := &desk{t: t, keys: keys, lines: bufio.NewScanner(shown), log: &bytes.Buffer{}, stop: stop, ended: make(chan error, 1)}
	d.lines.Buffer(nil, 1<<20)
	calls := &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	go func() {
		err := relay.Run(ctx, relay.Settings{URL: url, Key: "ck_1", HTTP: calls, Log: slog.New(slog.NewTextHandler(d.log, nil))}, in, out)
		_ = out.Close()
		calls.CloseIdleConnections()
		d.ended <- err
	}()
	t.Cleanup(func() {
		stop()
		_ = keys.Close()
		_ = shown.Close()
	})
	return d
}

// say types lines.
func (d *desk) say(lines ...string) {
	d.t.Helper()
	for _, line := range lines {
		if _, err := io.WriteString(d.keys, line+"\n"); err != nil {
			d.t.Fatal(err)
		}
	}
}

// hear reads the next line.
func (d *desk) hear() string {
	d.t.Helper()
	if !d.lines.Scan() {
		d.t.Fatalf("no line: %v", d.lines.Err())
	}
	if !json.Valid(d.lines.Bytes()) {
		d.t.Errorf("%q is no JSON", d.lines.Text())
	}
	return d.lines.Text()
}

// wants reads the next lines, which come in any order.
func (d *desk) wants(lines ...string) {
	d.t.Helper()
	var got []string
	for range lines {
		got = append(got, d.hear())
	}
	slices.Sort(got)
	slices.Sort(lines)
	if !slices.Equal(got, lines) {
		d.t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(lines, "\n     "))
	}
}

// end closes the input, wants nothing more to come, and returns the log.
func (d *desk) end() (log string) {
	d.t.Helper()
	_ = d.keys.Close()
	return d.over()
}

// over wants nothing more to come, and returns the log.
func (d *desk) over() (log string) {
	d.t.Helper()
	for d.lines.Scan() {
		d.t.Errorf("got %s, want nothing more", d.lines.Text())
	}
	select {
	case err := <-d.ended:
		if err != nil {
			d.t.Errorf("the relay ended with %v", err)
		}
	case <-time.After(patience):
		d.t.Fatal("the relay does not end")
	}
	return d.log.String()
}

// A server answers by what it is asked for; seen are the requests.
type server struct {
	*httptest.Server

	mu   sync.Mutex
	seen []*http.Request
}

// serve starts one; each call is told the message and writes the answer.
func serve(t *testing.T, answer func(w http.ResponseWriter, r *http.Request, m asked)) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		s.seen = append(s.seen, r)
		s.mu.Unlock()
		if r.Method != http.MethodPost || r.Header.Get("X-Api-Key") != "ck_1" || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Accept") != "application/json, text/event-stream" {
			t.Errorf("%s with %v", r.Method, r.Header)
		}
		var m asked
		_ = json.Unmarshal(body, &m) // as far as it goes
		m.text = string(body)
		answer(w, r, m)
	}))
	t.Cleanup(s.Close)
	return s
}

// requests are those that have come.
func (s *server) requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

type asked struct {
	ID     json.RawMessage
	Method string
	Params struct {
		Cursor string
		Name   string
	}
	text string
}

// write writes to an answer.
func write(t *testing.T, w io.Writer, format string, args ...any) {
	t.Helper()
	if _, err := fmt.Fprintf(w, format, args...); err != nil {
		t.Error(err)
	}
}

// done answers a request with a result.
func done(t *testing.T, w http.ResponseWriter, id json.RawMessage, result string) {
	t.Helper()
	w.Header().Set("Content-Type", "application/json")
	write(t, w, "{\"jsonrpc\":\"2.0\",\n \"id\":%s, \"result\":%s}\n", id, result)
}

func TestRequestsAreForwardedSideBySide(t *testing.T) {
	first := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, m asked) {
		if m.Method == "slow" {
			<-first
		}
		done(t, w, m.ID, `{"of":"`+m.Method+`"}`)
	})
	d := open(t, s.URL)
	d.say(`{"jsonrpc":"2.0","id":1,"method":"slow"}`, ``, "\t"+`{"jsonrpc":"2.0","id":"1","method":"fast"}`+"\r")
	if got := d.hear(); got != `{"jsonrpc":"2.0","id":"1","result":{"of":"fast"}}` {
		t.Errorf("first: got %s", got)
	}
	close(first)
	d.wants(`{"jsonrpc":"2.0","id":1,"result":{"of":"slow"}}`)
	if log := d.end(); log != "" {
		t.Errorf("log: %s", log)
	}
}

func TestTheLastAnswersAreWaitedForAtTheEndOfInput(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, m asked) {
		close(begun)
		<-ended
		done(t, w, m.ID, `1`)
	})
	d := open(t, s.URL)
	if _, err := io.WriteString(d.keys, `{"jsonrpc":"2.0","id":1,"method":"x"}`); err != nil { // no line break
		t.Fatal(err)
	}
	_ = d.keys.Close()
	<-begun
	close(ended)
	d.wants(`{"jsonrpc":"2.0","id":1,"result":1}`)
	d.over()
}

func TestASignalEndsTheRelayAtOnce(t *testing.T) {
	begun := make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request, _ asked) {
		close(begun)
		<-r.Context().Done()
	})
	d := open(t, s.URL)
	d.say(`{"jsonrpc":"2.0","id":1,"method":"x"}`)
	<-begun
	d.stop()
	d.over()
}

func TestACancelledRequestIsNotWaitedFor(t *testing.T) {
	begun, gone := make(chan struct{}), make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request, m asked) {
		if m.Method != "slow" {
			done(t, w, m.ID, `1`)
			return
		}
		close(begun)
		<-r.Context().Done()
		close(gone)
	})
	d := open(t, s.URL)
	d.say(`{"jsonrpc":"2.0","id":"a","method":"slow"}`)
	<-begun
	d.say(
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled"}`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"\u0061","reason":"bored"}}`,
	)
	<-gone
	d.say(`{"jsonrpc":"2.0","id":"b","method":"fast"}`)
	d.wants(`{"jsonrpc":"2.0","id":"b","result":1}`)
	d.end()
	if n := len(s.requests()); n != 2 {
		t.Errorf("got %d requests, want the two: cancelling is no message to the server", n)
	}
}

func TestNotificationsAreForwarded(t *testing.T) {
	came := make(chan string, 1)
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, m asked) {
		w.WriteHeader(http.StatusAccepted)
		came <- m.text
	})
	d := open(t, s.URL)
	const text = `{"jsonrpc":"2.0","method":"notifications/initialized"}`
	d.say(text)
	if got := <-came; got != text {
		t.Errorf("got %s", got)
	}
	if log := d.end(); log != "" {
		t.Errorf("log: %s", log)
	}
}

func TestWhatIsNoRequestIsToldOnlyWhereItCanBe(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, m asked) {
		switch {
		case strings.HasPrefix(m.text, "["):
			write(t, w, `[{"jsonrpc":"2.0","id":1,"result":{}}]`)
		case m.Method == "":
			w.WriteHeader(http.StatusBadRequest)
			write(t, w, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no method"}}`)
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	})
	for in, want := range map[string]string{
		`{"jsonrpc":`:              `"id":null,"error":{"code":-32700,`,
		"{\"a\":\"\x01\"}":         `"id":null,"error":{"code":-32700,`,
		`7`:                        `"id":null,"error":{"code":-32600,"message":"no method"}`,
		`{"jsonrpc":"2.0","id":3}`: `{"jsonrpc":"2.0","id":3,"error":{"code":-32600,"message":"no method"}}`,
		`[{"jsonrpc":"2.0","id":1,"method":"ping"}]`:      `[{"jsonrpc":"2.0","id":1,"result":{}}]`,
		strings.Repeat(" ", relay.MaxMessageBytes) + `{}`: `"id":null,"error":{"code":-32600,"message":"the message is longer than`,
	} {
		d := open(t, s.URL)
		d.say(in)
		if got := d.hear(); !strings.Contains(got, want) {
			t.Errorf("%.60s: got %s, want %s", in, got, want)
		}
		d.end()
	}
	d := open(t, s.URL)
	d.say(`{"jsonrpc":"2.0","id":1,"result":{}}`, `{"jsonrpc":"2.0","method":"notifications/odd"}`)
	if log := d.end(); !strings.Contains(log, "dropped") || !strings.Contains(log, "refused") {
		t.Errorf("log: %s", log)
	}
}

func TestIDsAndNumbersOfRequestsAreLimited(t *testing.T) {
	var begun sync.WaitGroup
	begun.Add(relay.MaxInFlight)
	ended := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, m asked) {
		begun.Done()
		<-ended
		done(t, w, m.ID, `1`)
	})
	d := open(t, s.URL)
	var want []string
	for i := range relay.MaxInFlight {
		d.say(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"x"}`, i))
		want = append(want, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":1}`, i))
	}
	begun.Wait()
	for line, message := range map[string]string{`{"jsonrpc":"2.0","id":7,"method":"x"}`: "another request of this id", `{"jsonrpc":"2.0","id":"x","method":"x"}`: "wait for one of them"} {
		d.say(line)
		if got := d.hear(); !strings.Contains(got, message) {
			t.Errorf("got %s, want %s", got, message)
		}
	}
	close(ended)
	d.wants(want...)
	d.end()
}

// brokenPipe is an output that nobody reads any more.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestAnOutputThatNobodyReadsEndsTheRelay(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, m asked) { done(t, w, m.ID, `1`) })
	in, keys := io.Pipe()
	go func() {
		if _, err := io.WriteString(keys, `{"jsonrpc":"2.0","id":1,"method":"x"}`+"\n"); err != nil {
			t.Error(err)
		}
	}()
	err := relay.Run(t.Context(), relay.Settings{URL: s.URL, Key: "ck_1", HTTP: s.Client(), Log: slog.New(slog.DiscardHandler)}, in, brokenPipe{})
	if err == nil || !strings.Contains(err.Error(), "broken pipe") {
		t.Errorf("got %v", err)
	}
}
