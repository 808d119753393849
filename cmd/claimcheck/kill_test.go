package main_test

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"claimcheck/internal/serverproc"
)

const (
	killClients  = 6
	killAnswers  = 60 // at most, in a round before the kill
	plainKills   = 3  // rounds without CLAIMCHECK_TEST_KILLS
	collectLimit = 20 * time.Second
)

// times reads how often a test is to do something.
func times(t *testing.T, variable string, plain int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return plain
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, want a number", variable, text)
	}
	return n
}

// TestKillUnderLoadLosesNothing kills the server at random moments while
// clients hand in work, starts it again on the same folder, and in the end
// looks for everything that was accepted.
func TestKillUnderLoadLosesNothing(t *testing.T) {
	endUnderLoad(t, syscall.SIGKILL, times(t, "CLAIMCHECK_TEST_KILLS", plainKills))
}

// TestStopsUnderLoadLoseNothing is the same for stops in good order.
func TestStopsUnderLoadLoseNothing(t *testing.T) {
	endUnderLoad(t, syscall.SIGTERM, plainKills)
}

func endUnderLoad(t *testing.T, signal syscall.Signal, rounds int) {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("%d rounds, seed %d", rounds, seed)
	data := serverproc.Folder(t)
	l := &load{key: serverproc.Key(t, data, "ann", "--plan=unlimited"), signal: signal}
	r := rand.New(rand.NewPCG(seed, 0))
	args := []string{"--max-attempts=100"} // a job may be the only one running more than once when the process dies
	for range rounds {
		s := serverproc.Start(t, serverproc.Options{Data: data, Args: args})
		l.run(t, s, r)
	}
	s := serverproc.Start(t, serverproc.Options{Data: data, Args: args})
	c := newCaller(s, l.key)
	l.settle(t, c)
	files := map[string]bool{}
	for _, p := range l.known {
		for _, f := range p.check(t, c) {
			files[f] = true
		}
	}
	u := c.quiet(t)
	if least, most := int64(len(l.known)), int64(len(l.known)+len(l.unknown)); u.Jobs.Used < least || u.Jobs.Used > most {
		t.Errorf("used: got %d, want %d to %d: each accepted piece of work once (%d more may have been)", u.Jobs.Used, least, most, len(l.unknown))
	}
	wantFiles(t, data, files)
	t.Logf("%d pieces of work known, %d of unknown fate, %d files", len(l.known), len(l.unknown), len(files))
	s.Stop()
}

// A load is clients that hand in work, and what became of it.
type load struct {
	key    string
	signal syscall.Signal

	mu      sync.Mutex // guards the fields below
	known   []*piece   // an answer arrived
	unknown []*piece   // no answer arrived, and it cannot be asked again
	pending []*piece   // no answer arrived, or nothing was accepted; to be sent again
	answers int        // of this round
	enough  int        // answers after which the server gets the signal
	end     func()
}

// run lets clients hand in work until a random number of answers has arrived,
// then ends the server while the others wait for theirs.
func (l *load) run(t *testing.T, s *serverproc.Server, r *rand.Rand) {
	t.Helper()
	c := newCaller(s, l.key)
	pause := time.Duration(r.IntN(3_000)) * time.Microsecond
	l.end = sync.OnceFunc(func() { time.AfterFunc(pause, func() { _ = s.Signal(l.signal) }) })
	l.answers, l.enough = 0, 1+r.IntN(killAnswers)
	ctx, cancel := context.WithTimeout(t.Context(), jobLimit)
	defer cancel()
	var clients sync.WaitGroup
	for range killClients {
		own := rand.New(rand.NewPCG(r.Uint64(), 0))
		clients.Go(func() {
			for l.one(ctx, c, own) {
			}
		})
	}
	clients.Wait()
	want := 0
	if l.signal == syscall.SIGKILL {
		want = -1
	}
	if code := s.Wait(); code != want {
		t.Fatalf("the server ended with exit code %d, want %d", code, want)
	}
	if err := ctx.Err(); err != nil {
		t.Fatalf("the round did not end: %v", err)
	}
}

// one hands in one piece of work: again one that got no answer, or a new one.
func (l *load) one(ctx context.Context, c *caller, r *rand.Rand) bool {
	p := l.next(r)
	err := p.send(ctx, c)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err == nil && p.got.status == http.StatusServiceUnavailable: // it is stopping
		l.pending = append(l.pending, p)
	case err == nil:
		l.known = append(l.known, p)
		if l.answers++; l.answers >= l.enough {
			l.end()
		}
	case p.key != "":
		l.pending = append(l.pending, p)
	default:
		l.unknown = append(l.unknown, p)
	}
	return err == nil
}

func (l *load) next(r *rand.Rand) *piece {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.pending); n > 0 {
		p := l.pending[n-1]
		l.pending = l.pending[:n-1]
		return p
	}
	return newPiece(r)
}

// settle sends again what got no answer, and some that did: those must get the
// same answer.
func (l *load) settle(t *testing.T, c *caller) {
	t.Helper()
	for _, p := range l.pending {
		if err := p.send(t.Context(), c); err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		l.known = append(l.known, p)
	}
	for i, p := range l.known {
		if i%10 != 0 || p.key == "" {
			continue
		}
		before := *p.got
		if err := p.send(t.Context(), c); err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		if p.got.status != before.status || p.got.header.Get("Idempotent-Replayed") != "true" || p.essence(before) != p.essence(*p.got) {
			t.Errorf("%s: got first %s, then %s, want the same answer again", p, before, p.got)
		}
	}
}

// essence is an answer without what may differ from one process to the next:
// the address and the signature of links.
func (p *piece) essence(a answer) string {
	text := string(a.body)
	for {
		from := strings.Index(text, "http://")
		if from < 0 {
			return text
		}
		to := from + strings.IndexByte(text[from:], '"')
		link, _, _ := strings.Cut(text[from:to], "?")
		text = text[:from] + filepath.Base(link) + text[to:]
	}
}

// wantFiles waits until the data folder has these files and no other one; the
// collector removes what a crash left.
func wantFiles(t *testing.T, data string, want map[string]bool) {
	t.Helper()
	serverproc.Until(t, collectLimit, func() (bool, string) {
		have := filesOf(t, data)
		var wrong []string
		for f := range have {
			if !want[f] {
				wrong = append(wrong, "left over: "+f)
			}
		}
		for f := range want {
			if !have[f] {
				wrong = append(wrong, "missing: "+f)
			}
		}
		slices.Sort(wrong)
		return len(wrong) == 0, fmt.Sprintf("%d files, %d of them wrong: %.2000q", len(have), len(wrong), wrong)
	})
}

// filesOf returns the files of a data folder as inputs/<id>, outputs/<token>
// and tmp/<name>.
func filesOf(t *testing.T, data string) map[string]bool {
	t.Helper()
	have := map[string]bool{}
	root := filepath.Join(data, "files")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		within, err := filepath.Rel(root, path)
		first, _, _ := strings.Cut(filepath.ToSlash(within), "/")
		have[first+"/"+filepath.Base(path)] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return have
}
