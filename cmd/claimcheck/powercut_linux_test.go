package main_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"claimcheck/internal/serverproc"
)

const (
	plainCuts    = 4 // without CLAIMCHECK_TEST_POWERCUTS
	powerClients = 4
)

// powerPieces is how much work each client hands in to the first server, the
// second and the third; the second's is enough for SQLite's log to be written
// from its beginning again.
var powerPieces = []int{8, 90, 8}

// A recording is what servers did on a disk that was empty at first, and what
// clients learned from them.
type recording struct {
	base   string // the folder that the disk stands for; the data folder is in it
	key    string
	pieces map[string]*piece // by X-Request-Id
	steps  []step
}

// TestPowerCutLosesNothing records what servers write under load, replays it
// up to random points, takes away a random part of what was not yet fsynced,
// and starts the server on what is left.
func TestPowerCutLosesNothing(t *testing.T) {
	cuts := times(t, "CLAIMCHECK_TEST_POWERCUTS", plainCuts)
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	rec := record(t, r)
	t.Logf("%d cuts, seed %d; %d calls recorded, %d pieces of work", cuts, seed, len(rec.steps)/2, len(rec.pieces))

	points := rec.points(cuts, r)
	p := &powerCut{recording: rec, answered: map[string]bool{}}
	p.replay = newReplay(rec.base, p.said)
	for i, s := range rec.steps {
		if err := p.replay.step(s); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		for len(points) > 0 && points[0] == i {
			points = points[1:]
			own := r.Uint64()
			t.Run(fmt.Sprintf("after step %d, seed %d", i, own), func(t *testing.T) { p.check(t, rand.New(rand.NewPCG(own, 0))) })
		}
	}
	if len(p.answered) < len(rec.pieces) {
		t.Errorf("the log shows %d answers, want %d: it is not understood", len(p.answered), len(rec.pieces))
	}
}

// points chooses where to cut: anywhere, and as often just behind something
// that was written, where promises are fresh.
func (rec *recording) points(n int, r *rand.Rand) []int {
	var writes []int
	for i, s := range rec.steps {
		if s.end && strings.HasPrefix(s.call.name, "write") {
			writes = append(writes, i)
		}
	}
	points := make([]int, 0, n)
	for i := range n {
		if i%2 == 0 {
			points = append(points, r.IntN(len(rec.steps)))
		} else {
			points = append(points, writes[r.IntN(len(writes))])
		}
	}
	slices.Sort(points)
	return points
}

// record runs servers one after the other on a new folder, under strace, and
// hands in work. The first makes the folder and a key; each is stopped in good
// order.
func record(t *testing.T, r *rand.Rand) *recording {
	t.Helper()
	rec := &recording{base: filepath.Dir(serverproc.Folder(t)), pieces: map[string]*piece{}}
	data := filepath.Join(rec.base, "data")
	for i, pieces := range powerPieces {
		log := filepath.Join(t.TempDir(), fmt.Sprint("log", i))
		s := serverproc.Start(t, serverproc.Options{Data: data, Under: strace(t, log), Args: []string{"--workers=2"}})
		if rec.key == "" {
			rec.key = s.Key("ann", "--plan=unlimited")
		}
		rec.load(t, s, r, pieces)
		s.Stop()
		waitForLog(t, log, s.PID())
		steps, err := readLog(log)
		if err != nil {
			t.Fatalf("%s: %v", log, err)
		}
		rec.steps = append(rec.steps, steps...)
	}
	return rec
}

func (rec *recording) load(t *testing.T, s *serverproc.Server, r *rand.Rand, pieces int) {
	t.Helper()
	c := newCaller(s, rec.key)
	var mu sync.Mutex
	var clients sync.WaitGroup
	for range powerClients {
		own := rand.New(rand.NewPCG(r.Uint64(), 0))
		clients.Go(func() {
			for range pieces {
				p := newPiece(own)
				if err := p.send(t.Context(), c); err != nil {
					t.Errorf("%s: %v", p, err)
					return
				}
				mu.Lock()
				rec.pieces[p.id] = p
				mu.Unlock()
			}
		})
	}
	clients.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// A powerCut is a replay and what clients have been told so far.
type powerCut struct {
	*recording

	replay   *replay
	answered map[string]bool // pieces whose answer is with the client
	keyed    bool            // the key is with the operator
}

// said notes what was written to a client.
func (p *powerCut) said(text []byte) {
	if _, id := answerIn(text); id != "" && p.pieces[id] != nil {
		p.answered[id] = true
	}
	p.keyed = p.keyed || bytes.Contains(text, []byte(p.key))
}

// check cuts the power here and starts a server on what is left.
func (p *powerCut) check(t *testing.T, r *rand.Rand) {
	t.Helper()
	base := filepath.Dir(serverproc.Folder(t))
	disk := p.replay.disk
	whole, err := disk.cutPower(r).materialize(disk.root, base)
	if err != nil {
		t.Fatal(err)
	}
	for path, is := range whole {
		if first := strings.Split(path, "/"); len(first) > 2 && first[1] == "files" && first[2] != "tmp" && !is {
			t.Errorf("half a file is to be seen: %s", path)
		}
	}
	data := filepath.Join(base, "data")
	if _, err := os.Stat(data); err != nil && p.keyed {
		t.Fatalf("the data folder is gone with all that was promised: no fsync of the folder that it is in (%v)", err)
	}
	s := serverproc.Start(t, serverproc.Options{Data: data, Args: []string{"--max-attempts=100"}})
	defer s.Kill()
	c := newCaller(s, p.key)
	if !p.keyed {
		if a := c.get(t, "/usage"); a.status != http.StatusOK && a.status != http.StatusUnauthorized {
			t.Errorf("GET /usage: got %s, want 200 or 401", a)
		}
		return
	}
	files := map[string]bool{}
	for id := range p.answered {
		for _, f := range p.pieces[id].check(t, c) {
			files[f] = true
		}
	}
	u := c.quiet(t)
	if least, most := int64(len(p.answered)), int64(len(p.pieces)); u.Jobs.Used < least || u.Jobs.Used > most {
		t.Errorf("used: got %d, want %d to %d", u.Jobs.Used, least, most)
	}
	have := filesOf(t, s.Data)
	for f := range files {
		if !have[f] {
			t.Errorf("missing: %s", f)
		}
	}
	if strings.Contains(s.Log(), `"level":"ERROR"`) {
		t.Errorf("the server complains: %s", s.Log())
	}
}
