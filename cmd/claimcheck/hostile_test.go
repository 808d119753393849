package main_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

func TestAClientThatSendsItsHeadSlowlyIsCutOff(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{})
	for name, first := range map[string]string{"nothing": "", "half a head": "GET /healthz HTTP/1.1\r\nHost: x\r\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, began := dial(t, s), time.Now()
			w.say(first)
			drip := time.NewTicker(200 * time.Millisecond)
			defer drip.Stop()
			ended := make(chan error, 1)
			go func() { ended <- w.end() }()
			for open := true; open; {
				select {
				case <-drip.C:
					if first != "" {
						w.say("a")
					}
				case err := <-ended:
					if open = false; err != nil {
						t.Error(err)
					}
				}
			}
			if took := time.Since(began); took < 9*time.Second { // and before wireLimit, else end fails
				t.Errorf("closed after %s, want 10s", took)
			}
		})
	}
}

func TestStalledBodiesHoldNobodyUpAndLeaveNothing(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{Args: []string{"--workers=1"}})
	c := newCaller(s, s.Key("ann"))
	const stalled = 50
	half := strings.Repeat("[", 2*inlineBytes) // so much that files are begun
	var wires []*wire
	for range stalled {
		w := dial(t, s)
		w.say(fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nx-api-key: %s\r\nContent-Length: %d\r\n\r\n%s", formatter, c.key, 2*len(half), half))
		wires = append(wires, w)
	}
	serverproc.Until(t, jobLimit, func() (bool, string) {
		n := len(filesOf(t, s.Data))
		return n == stalled, fmt.Sprintf("%d files are begun, want %d", n, stalled)
	})
	if a := c.call(t, http.MethodPost, formatter, "[]"); a.status != http.StatusOK {
		t.Errorf("beside stalled bodies: got %s, want 200", a)
	}
	if n := len(filesOf(t, s.Data)); n != stalled {
		t.Errorf("a call was answered when %d of %d bodies still stalled, want it answered beside them all", n, stalled)
	}
	for i, w := range wires {
		if i > 0 {
			w.Close()
			continue
		}
		// This one says that it will send no more, and still listens.
		tcp, ok := w.Conn.(interface{ CloseWrite() error })
		if !ok || tcp.CloseWrite() != nil {
			t.Fatal("cannot close one half of the connection")
		}
		wantError(t, "half a body", w.hear(t, http.MethodPost), http.StatusBadRequest, "INVALID_REQUEST")
	}
	wantFiles(t, s.Data, nil)
	if u := c.quiet(t); u.Jobs.Used != 1 {
		t.Errorf("used: got %d, want 1: stalled bodies cost nothing", u.Jobs.Used)
	}
}

func TestABodyOverTheLimitIsRefusedBeforeItIsRead(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	config := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(config, fmt.Appendf(nil, "plans: {default: {max_input_bytes: %d}}\n", limit), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serverproc.Start(t, serverproc.Options{Args: []string{"--config=" + config}})
	c := newCaller(s, s.Key("ann"))
	head := "POST " + formatter + " HTTP/1.1\r\nHost: x\r\nx-api-key: " + c.key + "\r\n"
	refused := func(t *testing.T, w *wire) {
		t.Helper()
		a := w.hear(t, http.MethodPost)
		wantError(t, "a body over the limit", a, http.StatusRequestEntityTooLarge, "PAYLOAD_TOO_LARGE")
		if e, _ := envelopeOf(a); e.Details.Limit != limit {
			t.Errorf("details.limit: got %d, want %d", e.Details.Limit, limit)
		}
		if err := w.end(); err != nil {
			t.Error(err)
		}
	}
	t.Run("announced", func(t *testing.T) {
		w := dial(t, s)
		w.say(head + "Content-Length: 1000000000\r\n\r\n[") // and nothing more
		refused(t, w)
	})
	t.Run("announced, to be continued", func(t *testing.T) {
		w := dial(t, s)
		w.say(head + "Content-Length: 1000000000\r\nExpect: 100-continue\r\n\r\n")
		refused(t, w)
	})
	t.Run("in chunks without an end", func(t *testing.T) {
		w := dial(t, s)
		w.say(head + "Transfer-Encoding: chunked\r\n\r\n")
		chunk := fmt.Sprintf("%x\r\n%s\r\n", 1<<16, strings.Repeat(" ", 1<<16))
		sent := 0
		go func() {
			for sent < 100*limit {
				n, err := io.WriteString(w, chunk)
				if sent += n; err != nil {
					return
				}
			}
		}()
		refused(t, w)
	})
	t.Run("just within", func(t *testing.T) {
		body := `"` + strings.Repeat("x", limit-2) + `"`
		if a := c.call(t, http.MethodPost, formatter, body); a.status != http.StatusOK {
			t.Errorf("got %s, want 200", a)
		}
		wantError(t, "one byte more", c.call(t, http.MethodPost, formatter, body+" "), http.StatusRequestEntityTooLarge, "PAYLOAD_TOO_LARGE")
	})
	for name := range filesOf(t, s.Data) {
		if strings.HasPrefix(name, "tmp/") {
			t.Errorf("left over: %s", name)
		}
	}
	if u := c.quiet(t); u.Jobs.Used != 1 {
		t.Errorf("used: got %d, want 1: what is refused costs nothing", u.Jobs.Used)
	}
}

func TestHugeHeadsAreRefused(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{})
	small := serverproc.Start(t, serverproc.Options{Args: []string{"--max-header-bytes=8KiB"}})
	for _, c := range []struct {
		name string
		s    *serverproc.Server
		head string
		want int
	}{
		{"one long line", s, "X-Long: " + strings.Repeat("x", 80<<10) + "\r\n", http.StatusRequestHeaderFieldsTooLarge},
		{"many lines", s, strings.Repeat("X-Many: x\r\n", 10_000), http.StatusRequestHeaderFieldsTooLarge},
		{"a line without an end", s, "X-Long: " + strings.Repeat("x", 1<<20), http.StatusRequestHeaderFieldsTooLarge},
		{"much, but not too much", s, "X-Long: " + strings.Repeat("x", 60<<10) + "\r\n", http.StatusOK},
		{"too much for a smaller limit", small, "X-Long: " + strings.Repeat("x", 20<<10) + "\r\n", http.StatusRequestHeaderFieldsTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := dial(t, c.s)
			go w.say("GET /healthz HTTP/1.1\r\nHost: x\r\n" + c.head + "\r\n")
			if a := w.hear(t, http.MethodGet); a.status != c.want || strings.Contains(a.String(), "<") {
				t.Errorf("got %s, want %d", a, c.want)
			}
		})
	}
}

func TestFiveThousandIdleConnectionsHoldNobodyUp(t *testing.T) {
	t.Parallel()
	const idle = 5000
	if files := openFiles(); files < idle+200 {
		testneeds.Missing(t, fmt.Sprintf("%d open files for a process, there are %d (ulimit -n)", idle+200, files))
	}
	s := serverproc.Start(t, serverproc.Options{})
	c := newCaller(s, s.Key("ann", "--plan=unlimited"))
	open := func(n int, use bool) {
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() {
				for range n / 10 {
					w := dial(t, s)
					if !use {
						continue
					}
					w.say("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
					if a := w.hear(t, http.MethodGet); a.status != http.StatusOK {
						t.Errorf("an idle connection's first call: got %s, want 200", a)
					}
				}
			})
		}
		group.Wait()
	}
	open(idle/2, true)
	open(idle/2, false) // these say nothing at all, and are cut off after 10 s
	if n := metric(t, c, "process_open_fds"); n < idle {
		t.Errorf("the server has %v open files, want %d connections", n, idle)
	}
	for range 100 {
		began := time.Now()
		c.outputOf(t, c.finished(t, c.submit(t, formatter, "[]")))
		if took := time.Since(began); took > 5*time.Second { // one that waits for a connection to end takes 10 s
			t.Fatalf("beside %d idle connections a job took %s", idle, took)
		}
	}
}
