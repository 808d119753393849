package cluster_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

const (
	clients  = 6
	tryTime  = 8 * time.Second // for one call, at a server that may stand still
	fateTime = 8 * time.Minute // for the fate of a piece of work to be known: longer than the database is ever away
)

// A piece is one piece of work and what is known of it.
type piece struct {
	key      string // Idempotency-Key
	owner    string
	path     string // of its tool
	async    bool
	body     string
	want     string // the right output; empty if the body is broken
	id       string // of the job; empty for a call that was answered synchronously
	accepted bool   // else the quota refused it
	result   []byte // the synchronous answer
	failed   bool   // the synchronous answer was a failure of the input
	canceled bool   // asked for
}

// A load is clients who hand in work.
type load struct {
	c       *chaos
	seed    uint64
	keys    map[string]string // by owner
	stopped atomic.Bool
	all     sync.WaitGroup
	began   time.Time
	calls   atomic.Int64
	trouble atomic.Int64 // calls that were not answered, or with 5xx

	mu     sync.Mutex // guards the fields below
	pieces []*piece
	reads  map[string][]read // by job
}

func newLoad(c *chaos, seed uint64) *load {
	l := &load{c: c, seed: seed, keys: map[string]string{}, reads: map[string][]read{}, began: time.Now()}
	l.keys["ann"] = c.command("keys", "create", "--owner=ann", "--plan=unlimited")
	l.keys["bob"] = c.command("keys", "create", "--owner=bob", "--plan=small", "--config="+c.configs[0])
	return l
}

func (l *load) start() {
	for n := range clients {
		owner := "ann"
		if n == 0 {
			owner = "bob"
		}
		l.all.Go(func() {
			r := rand.New(rand.NewPCG(l.seed, uint64(n)+1))
			for !l.stopped.Load() && !l.c.t.Failed() {
				p := newPiece(r, owner)
				l.live(r, p)
				l.mu.Lock()
				l.pieces = append(l.pieces, p)
				l.mu.Unlock()
				pause(time.Duration(r.IntN(60)) * time.Millisecond)
			}
		})
	}
}

// stop ends the load; what is on its way finds out its fate first.
func (l *load) stop() {
	l.stopped.Store(true)
	l.all.Wait()
}

func newPiece(r *rand.Rand, owner string) *piece {
	p := &piece{key: fmt.Sprintf("key-%016x", r.Uint64()), owner: owner, path: formatter, async: r.IntN(4) > 0}
	if r.IntN(4) == 0 { // a tool that servers learn of and forget while it has jobs
		p.path, p.body = mirrorTool, fmt.Sprintf("%016x", r.Uint64())
		p.want = mirrored(p.body)
		return p
	}
	var b bytes.Buffer
	if r.IntN(3) == 0 { // an input that others have, too
		fmt.Fprintf(&b, `{"equal":%d,"list":[0`, r.IntN(3))
	} else {
		fmt.Fprintf(&b, `{"unique":"%016x","list":[0`, r.Uint64())
		for size := []int{50, 500, 5_000, 60_000}[r.IntN(4)]; b.Len() < size; {
			fmt.Fprintf(&b, `,%d`, r.IntN(1000))
		}
	}
	b.WriteString("]}")
	if r.IntN(6) == 0 {
		p.body = "[1,\n" + b.String()
		return p
	}
	var out bytes.Buffer
	_ = json.Indent(&out, b.Bytes(), "", " ") // it was made valid
	p.body, p.want = b.String(), out.String()
	return p
}

// ask makes a call at any server; ok is false if there was no answer that says
// anything.
func (l *load) ask(r *rand.Rand, p *piece, method, path, body string, headers ...string) (a answer, ok bool) {
	ctx, cancel := context.WithTimeout(context.Background(), tryTime)
	defer cancel()
	l.calls.Add(1)
	a, err := l.c.someAPI(r, l.keys[p.owner]).try(ctx, method, path, body, headers...)
	if err != nil || a.status >= 500 {
		l.trouble.Add(1)
		return a, false
	}
	return a, true
}

// live hands a piece in until its fate is known, and follows its job a while.
func (l *load) live(r *rand.Rand, p *piece) {
	headers := []string{"Idempotency-Key: " + p.key}
	if p.async {
		headers = append(headers, "Prefer: respond-async")
	}
	for until := time.Now().Add(fateTime); ; {
		a, ok := l.ask(r, p, http.MethodPost, p.path, p.body, headers...)
		if ok && l.take(p, a) {
			break
		}
		if time.Now().After(until) {
			l.c.t.Errorf("the fate of %s was not known after %s; the last answer was %s", p.key, fateTime, a)
			return
		}
		pause(time.Duration(50+r.IntN(300)) * time.Millisecond)
	}
	for n := r.IntN(8); p.id != "" && n > 0; n-- {
		if r.IntN(25) == 0 {
			if a, ok := l.ask(r, p, http.MethodPost, "/jobs/"+p.id+"/cancel", ""); !ok || a.status != http.StatusConflict {
				p.canceled = true // perhaps
			}
		}
		l.look(r, p)
		pause(time.Duration(r.IntN(150)) * time.Millisecond)
	}
}

// take reads an answer to a submission; it reports whether the fate is known.
func (l *load) take(p *piece, a answer) bool {
	switch a.status {
	case http.StatusAccepted:
		is := decode[api.Accepted](l.c.t, a)
		if p.id != "" && p.id != is.JobID {
			l.c.t.Errorf("key %s has two jobs: %s and %s", p.key, p.id, is.JobID)
		}
		p.id, p.accepted = is.JobID, true
	case http.StatusOK:
		p.result, p.accepted = a.body, true
	case http.StatusBadRequest:
		p.failed, p.accepted = true, true
		if p.want != "" || !strings.Contains(string(a.body), "INVALID_JSON") {
			l.c.t.Errorf("a good input got %s", a)
		}
	case http.StatusTooManyRequests:
		if strings.Contains(string(a.body), "QUOTA_EXCEEDED") {
			return true
		}
		return false // RATE_LIMITED: later
	case http.StatusNotFound:
		if p.path != mirrorTool {
			l.c.t.Errorf("a submission got %s", a)
		}
		return false // this server does not know the tool now
	default:
		l.c.t.Errorf("a submission got %s", a)
	}
	return p.accepted
}

// settle waits until nothing waits or runs.
func (l *load) settle() {
	r := rand.New(rand.NewPCG(l.seed, 99))
	for owner := range l.keys {
		serverproc.Until(l.c.t, fateTime, func() (bool, string) {
			a, ok := l.ask(r, &piece{owner: owner}, http.MethodGet, "/usage", "")
			if !ok || a.status != http.StatusOK {
				return false, a.String()
			}
			u := decode[api.Usage](l.c.t, a)
			return u.Queued == 0 && u.Running == 0, fmt.Sprintf("%s has %d queued, %d running", owner, u.Queued, u.Running)
		})
	}
}

func (l *load) summary() string {
	jobs, direct, refused, reads := 0, 0, 0, 0
	for _, p := range l.pieces {
		switch {
		case !p.accepted:
			refused++
		case p.id != "":
			jobs++
		default:
			direct++
		}
	}
	for _, list := range l.reads {
		reads += len(list)
	}
	return fmt.Sprintf("%d jobs, %d synchronous calls, %d refused by the quota, %d statuses read; %d calls, %d of them without an answer or with 5xx",
		jobs, direct, refused, reads, l.calls.Load(), l.trouble.Load())
}
