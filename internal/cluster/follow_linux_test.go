package cluster_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"claimcheck/api"
)

// A follower reads the feed of an owner's ends at any server, from before there is
// any work.
type follower struct {
	l      *load
	owner  string
	cursor string
	seen   map[string]int // how often each job was told
}

// follow begins a feed of ann's.
func (l *load) follow() *follower {
	f := &follower{l: l, owner: "ann", seen: map[string]int{}}
	r := rand.New(rand.NewPCG(l.seed, 77))
	for f.cursor == "" && !l.c.t.Failed() {
		f.turn(r)
	}
	l.all.Go(func() {
		for !l.stopped.Load() && !l.c.t.Failed() {
			f.turn(r, "Prefer: wait=2")
		}
	})
	return f
}

// turn reads what has ended since.
func (f *follower) turn(r *rand.Rand, headers ...string) (news bool) {
	path := "/jobs?feed=1&limit=100"
	if f.cursor != "" {
		path += "&cursor=" + url.QueryEscape(f.cursor)
	}
	a, ok := f.l.ask(r, &piece{owner: f.owner}, http.MethodGet, path, "", headers...)
	if ok && a.status != http.StatusOK {
		f.l.c.t.Errorf("the feed answered %s", a)
	}
	if !ok || a.status != http.StatusOK {
		pause(50 * time.Millisecond)
		return false
	}
	page := decode[api.JobList](f.l.c.t, a)
	for _, text := range page.Jobs {
		var is api.Status
		if err := json.Unmarshal(text, &is); err != nil {
			f.l.c.t.Errorf("the feed told %s: %v", text, err)
		}
		f.seen[is.JobID]++
	}
	f.cursor = *page.NextCursor
	return len(page.Jobs) > 0
}

// check reads to the end of the feed, after all work has ended: each job was told,
// and once.
func (f *follower) check() {
	r := rand.New(rand.NewPCG(f.l.seed, 78))
	known := map[string]bool{}
	for _, p := range f.l.pieces {
		if p.owner == f.owner && p.id != "" {
			known[p.id] = true
		}
	}
	missing := func() (n int) {
		for id := range known {
			if f.seen[id] == 0 {
				n++
			}
		}
		return n
	}
	for until := time.Now().Add(time.Minute); missing() > 0 && time.Now().Before(until); {
		f.turn(r)
	}
	for f.turn(r) { // what is told a second time comes after that
	}
	for id, n := range f.seen {
		if n > 1 {
			f.l.c.t.Errorf("the feed told %d times of job %s", n, id)
		}
	}
	if n := missing(); n > 0 || len(known) == 0 {
		f.l.c.t.Errorf("the feed told of %d jobs and lacks %d of the %d that are known", len(f.seen), n, len(known))
	}
}
