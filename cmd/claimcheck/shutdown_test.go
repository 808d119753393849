package main_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// TestAStopFinishesShortJobsAndHandsBackLongOnes: who waits is answered while
// the short job still runs, which ends within the stop's patience; the long ones
// do not.
func TestAStopFinishesShortJobsAndHandsBackLongOnes(t *testing.T) {
	t.Parallel()
	g, data := newGate(t), serverproc.Folder(t)
	key := serverproc.Key(t, data, "ann", "--plan=unlimited")
	s := serverproc.Start(t, g.options(t, data, "--shutdown-timeout=4s", "--workers=4"))
	c := newCaller(s, key)

	answers := make(chan answer, 2)
	wait := func(path, body string, headers ...string) { // a call that is waited for when the stop comes
		sent := make(chan struct{})
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { close(sent) }})
		go func() {
			a, err := c.try(ctx, http.MethodPost, path, []byte(body), headers...)
			if err != nil {
				t.Errorf("a call that waits during the stop: %v, want an answer", err)
			}
			answers <- a
		}()
		<-sent
	}
	wait("/test-sleep-api", "10s waits") // a tool in the server itself, and no job until the stop
	wait(gateAPI, "waits", "Prefer", "respond-async, wait=25")
	short, long := c.submit(t, gateAPI, "short"), c.submit(t, gateAPI, "long")
	g.wait(t, "waits", "short", "long")

	s.Terminate()
	var waited []string
	for range 2 {
		a := <-answers
		if a.status != http.StatusAccepted {
			t.Fatalf("a call that waits during the stop: got %s, want 202", a)
		}
		waited = append(waited, decode[api.Accepted](t, a).JobID)
	}
	g.let("short")
	if code := s.Wait(); code != 0 {
		t.Errorf("the stop: exit code %d, want 0", code)
	}

	idle := serverproc.Start(t, g.options(t, data, "--workers=0"))
	c = newCaller(idle, key)
	if got := c.outputOf(t, c.status(t, short)); got != "short" {
		t.Errorf("the short job's output: got %q", got)
	}
	unfinished := append(waited, long)
	for _, id := range unfinished {
		if is := c.status(t, id); is.Status != "queued" {
			t.Errorf("after the stop: got %s, want queued", is.Status)
		}
	}
	idle.Stop()

	g.let("waits")
	g.let("long")
	s = serverproc.Start(t, g.options(t, data))
	c = newCaller(s, key)
	for _, id := range unfinished {
		c.outputOf(t, c.finished(t, id))
	}
	if u := c.quiet(t); u.Jobs.Used != 4 {
		t.Errorf("used: got %d, want 4", u.Jobs.Used)
	}
	s.Stop()
}

func TestAClientThatGoesAwayDoesNotLoseItsWork(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{})
	c := newCaller(s, s.Key("ann"))
	sent := make(chan struct{})
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { close(sent) }})
	ctx, leave := context.WithCancel(ctx)
	defer leave()
	left := make(chan error, 1)
	go func() {
		_, err := c.try(ctx, http.MethodPost, "/test-sleep-api", []byte("6s"))
		left <- err
	}()
	<-sent
	<-time.After(2 * time.Second) // nothing outside tells when it has begun
	leave()
	if err := <-left; err == nil {
		t.Fatal("an answer came, want to leave before it")
	}
	serverproc.Until(t, jobLimit, func() (bool, string) {
		u := c.usage(t)
		return u.Running == 1, "the abandoned call is not a running job"
	})
	if u := c.quiet(t); u.Jobs.Used != 1 || u.StoredBytes.Used == 0 {
		t.Errorf("got %+v, want 1 job used and its bytes stored", u)
	}
	if n := attemptsOf(t, c, "test-sleep"); n != 1 {
		t.Errorf("the tool ran %d times, want once", n)
	}
	if n := metric(t, c, `claimcheck_attempts_total{end="success",tool="test-sleep"}`); n != 1 {
		t.Errorf("successful attempts: got %v, want 1", n)
	}
}

func TestAStalledClientDoesNotKeepTheServerFromStopping(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{Args: []string{"--shutdown-timeout=1s"}})
	key := s.Key("ann")
	w := dial(t, s)
	w.say("POST " + formatter + " HTTP/1.1\r\nHost: x\r\nx-api-key: " + key + "\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("[", 50_000))
	serverproc.Until(t, jobLimit, func() (bool, string) { return len(filesOf(t, s.Data)) == 1, "the body's file is not begun" })
	began := time.Now()
	s.Stop()
	if took := time.Since(began); took > 15*time.Second { // a stalled body is given up after 20 s in any case
		t.Errorf("the stop took %s, want 1s", took)
	}
	serverproc.Start(t, serverproc.Options{Data: s.Data}).Stop()
	if files := filesOf(t, s.Data); len(files) > 0 {
		t.Errorf("left over: %v", files)
	}
}

// TestASecondSignalEndsTheServerAtOnce: one signal alone would have the server
// wait for the job, hand it back and end with exit code 0.
func TestASecondSignalEndsTheServerAtOnce(t *testing.T) {
	t.Parallel()
	g, data := newGate(t), serverproc.Folder(t)
	key := serverproc.Key(t, data, "ann")
	s := serverproc.Start(t, g.options(t, data))
	job := newCaller(s, key).submit(t, gateAPI, "in")
	g.wait(t, "in")
	s.Terminate()
	serverproc.Until(t, jobLimit, func() (bool, string) { return strings.Contains(s.Log(), `"msg":"stopping"`), "it is not stopping" })
	s.Terminate()
	if code := s.Wait(); code != -1 {
		t.Errorf("exit code %d, want the end by the signal", code)
	}
	g.let("in")
	s = serverproc.Start(t, g.options(t, data))
	c := newCaller(s, key)
	if got := c.outputOf(t, c.finished(t, job)); got != "in" {
		t.Errorf("output: got %q", got)
	}
}

func TestASecondServerOnTheFolderRefusesToStart(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{})
	r := serverproc.Run(t, nil, "serve", "--listen=127.0.0.1:0", "--data="+s.Data)
	wantSentence(t, r, 1, s.Data, "another claimcheck server is running on it")
	c := newCaller(s, s.Key("ann"))
	c.outputOf(t, c.finished(t, c.submit(t, formatter, "[]")))
}

func TestAPortInUseIsSaid(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := serverproc.Run(t, nil, "serve", "--listen="+l.Addr().String(), "--data="+serverproc.Folder(t))
	wantSentence(t, r, 1, l.Addr().String(), "address already in use")
}

// wantSentence checks that a command failed with one line on stderr that has
// these words, and printed nothing else.
func wantSentence(t *testing.T, r serverproc.Result, code int, words ...string) {
	t.Helper()
	if r.Code != code || r.Stdout != "" || strings.Count(r.Stderr, "\n") != 1 || !strings.HasPrefix(r.Stderr, "claimcheck: ") {
		t.Errorf("got exit code %d, stdout %q, stderr %q, want %d and one sentence on stderr", r.Code, r.Stdout, r.Stderr, code)
	}
	for _, w := range words {
		if !strings.Contains(r.Stderr, w) {
			t.Errorf("stderr %q does not say %q", r.Stderr, w)
		}
	}
}
