package main_test

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

func TestAStopFinishesShortJobsAndHandsBackLongOnes(t *testing.T) {
	t.Parallel()
	const patience = 2 * time.Second
	data := serverproc.Folder(t)
	key := serverproc.Key(t, data, "ann", "--plan=unlimited")
	s := serverproc.Start(t, serverproc.Options{Data: data, Args: []string{"--shutdown-timeout=" + patience.String(), "--workers=4"}})
	c := newCaller(s, key)

	answers := make(chan answer, 2)
	hold := func(headers ...string) { // a call that is waited for when the stop comes
		a, err := c.try(t.Context(), http.MethodPost, "/test-sleep-api", []byte("5s held"), headers...)
		if err != nil {
			t.Errorf("a call held during the stop: %v, want an answer", err)
		}
		answers <- a
	}
	go hold()
	go hold("Prefer", "respond-async, wait=20")
	short, long := c.submit(t, "/test-sleep-api", "1s short"), c.submit(t, "/test-sleep-api", "5s long")
	for _, id := range []string{short, long} {
		serverproc.Until(t, jobLimit, func() (bool, string) { is := c.status(t, id).Status; return is == "processing", id + " is " + is })
	}
	serverproc.Until(t, jobLimit, func() (bool, string) { u := c.usage(t); return u.Running == 3, "not 3 jobs are running" })

	began := time.Now()
	s.Terminate()
	var held []string
	for range 2 {
		a := <-answers
		if a.status != http.StatusAccepted {
			t.Fatalf("a call held during the stop: got %s, want 202", a)
		}
		held = append(held, decode[api.Accepted](t, a).JobID)
	}
	if took := time.Since(began); took > patience {
		t.Errorf("the held calls were answered after %s, want at once", took)
	}
	if code, took := s.Wait(), time.Since(began); code != 0 || took > patience+2*time.Second {
		t.Errorf("the stop: exit code %d after %s, want 0 within %s", code, took, patience)
	}

	idle := serverproc.Start(t, serverproc.Options{Data: data, Args: []string{"--workers=0"}})
	c = newCaller(idle, key)
	if got := c.outputOf(t, c.status(t, short)); got != "short" {
		t.Errorf("the short job's output: got %q", got)
	}
	unfinished := append(held, long)
	for _, id := range unfinished {
		if is := c.status(t, id); is.Status != "queued" {
			t.Errorf("after the stop: got %s, want queued", is.Status)
		}
	}
	idle.Stop()

	s = serverproc.Start(t, serverproc.Options{Data: data})
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
	ctx, leave := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer leave()
	if a, err := c.try(ctx, http.MethodPost, "/test-sleep-api", []byte("2s")); err == nil {
		t.Fatalf("got %s, want to leave before the answer", a)
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
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the stop took %s, want 1s", took)
	}
	serverproc.Start(t, serverproc.Options{Data: s.Data}).Stop()
	if files := filesOf(t, s.Data); len(files) > 0 {
		t.Errorf("left over: %v", files)
	}
}

func TestASecondSignalEndsTheServerAtOnce(t *testing.T) {
	t.Parallel()
	data := serverproc.Folder(t)
	key := serverproc.Key(t, data, "ann")
	s := serverproc.Start(t, serverproc.Options{Data: data})
	c := newCaller(s, key)
	job := c.submit(t, "/test-sleep-api", "2s")
	serverproc.Until(t, jobLimit, func() (bool, string) { is := c.status(t, job).Status; return is == "processing", is })
	began := time.Now()
	s.Terminate()
	serverproc.Until(t, jobLimit, func() (bool, string) { return strings.Contains(s.Log(), `"msg":"stopping"`), "it is not stopping" })
	s.Terminate()
	if code, took := s.Wait(), time.Since(began); code == 0 || took > 1500*time.Millisecond {
		t.Errorf("exit code %d after %s, want to be ended by the signal at once", code, took)
	}
	s = serverproc.Start(t, serverproc.Options{Data: data})
	c = newCaller(s, key)
	c.outputOf(t, c.finished(t, job))
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
