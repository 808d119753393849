package queue

import (
	"context"
	"sync"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// shareEvery is how often a server looks for what others have done on a shared
// store, should it not have been told.
const shareEvery = time.Second

// abroad is what the store's counts say of all servers together.
type abroad struct {
	asked chan struct{} // receives when a job of this process was changed by another

	mu      sync.Mutex // guards the fields below
	known   bool
	owners  map[string]account.Counts
	tools   map[string]toolCounts
	queued  int64
	running int64
}

// toolCounts are the unfinished jobs of one tool.
type toolCounts struct {
	running int64
	queued  map[string]int64 // by owner
}

// learn takes the store's counts. Where nobody else writes, what this process
// counts itself is as good, and is never late.
func (q *Queue) learn(backlog []account.ToolCount) {
	a := &q.abroad
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known && !q.Store.Shared() {
		return
	}
	before := a.owners
	a.known, a.owners, a.tools, a.queued, a.running = true, map[string]account.Counts{}, map[string]toolCounts{}, 0, 0
	for _, c := range backlog {
		n := a.owners[c.Owner]
		n.Queued += c.Queued
		n.Running += c.Running
		a.owners[c.Owner] = n
		a.tools[c.Tool] = a.tools[c.Tool].with(c)
		a.queued += c.Queued
		a.running += c.Running
	}
	for owner, n := range a.owners {
		q.counter(owner).Store(n.Queued + n.Running)
	}
	for owner := range before {
		if _, still := a.owners[owner]; !still {
			q.counter(owner).Store(0)
		}
	}
}

// with adds what is counted of one owner.
func (t toolCounts) with(c account.ToolCount) toolCounts {
	if t.queued == nil {
		t.queued = map[string]int64{}
	}
	t.running += c.Running
	t.queued[c.Owner] += c.Queued
	return t
}

// before is how many jobs of the tool come at most before an owner's last one,
// owners taking turns.
func (t toolCounts) before(owner string) (n int64) {
	own := t.queued[owner]
	for name, queued := range t.queued {
		if name != owner {
			n += min(queued, own)
		}
	}
	return n + max(own-1, 0)
}

// place tells where a waiting job stands: by what this process knows of the
// order, or, where others run the jobs, by the store's counts.
func (q *Queue) place(j *job.Job) place {
	p := q.lines.place(j)
	rules := q.rules(j.Tool)
	p.workers = int64(q.Workers)
	if rules.Pull {
		p.running, p.workers = p.toolRuns, max(p.toolRuns, 1) // programs elsewhere: as many as are seen
	}
	if !q.Store.Shared() {
		return p
	}
	a := &q.abroad
	a.mu.Lock()
	defer a.mu.Unlock()
	tool := a.tools[j.Tool]
	p.toolRuns = max(p.toolRuns, tool.running)
	p.ownRunning = max(p.ownRunning, a.owners[j.Owner].Running)
	if rules.Pull {
		p.running, p.workers = p.toolRuns, max(p.toolRuns, 1)
	} else {
		p.running = max(p.running, a.running)
		p.workers = max(p.workers, a.running, 1)
	}
	if q.concerns(j.Tool) {
		return p
	}
	p.own = max(a.owners[j.Owner].Queued-1, 0)
	others := max(a.queued-p.own-1, 0)
	p.ahead = p.own + min(others, (p.own+1)*max(int64(len(a.owners))-1, 0))
	p.likely = p.ahead
	p.toolMost = rules.MaxRunning
	if p.toolMost > 0 {
		p.ofTool = tool.before(j.Owner)
	}
	return p
}

// concerns reports whether this process gives jobs of a tool to workers: its
// own, or programs that come for them. Jobs of a tool that it does not know are
// for those that do.
func (q *Queue) concerns(tool string) bool {
	r := q.rules(tool)
	return !r.Unknown && (!q.Passive || r.Pull)
}

// push tells the scheduler of a job that waits, if it is any business of this
// process.
func (q *Queue) push(ctx context.Context, c job.Candidate, delayed bool) {
	if q.concerns(c.Tool) {
		q.lines.push(c, q.share(ctx, c.Owner), delayed)
	}
}

// heard takes news of other servers.
func (q *Queue) heard(n protocol.News) {
	if n.Missed {
		q.views.doubt()
		poke(q.abroad.asked)
	}
	for _, j := range n.Jobs {
		q.views.heard(j)
		if q.holds(j.ID) {
			poke(q.abroad.asked)
		}
	}
	for _, l := range n.Lines {
		if q.concerns(l.Tool) {
			q.lines.look(l.Owner, l.Tool, windowSize+1)
		}
	}
}

func (q *Queue) holds(id job.ID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.held[id] != nil
}

// watch asks where the jobs stand that run here or that somebody waits for:
// once a second, and when another server has changed one that runs here.
func (q *Queue) watch(ctx context.Context) {
	tick := time.NewTicker(shareEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-q.abroad.asked:
		}
		if err := q.watchOnce(ctx); err != nil && ctx.Err() == nil {
			q.Log.ErrorContext(ctx, "maintenance failed", "what", "jobs of this process", "err", err)
		}
	}
}

func (q *Queue) watchOnce(ctx context.Context) error {
	held := q.leases()
	ids := q.views.waited()
	for id := range held {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil
	}
	all, err := q.Store.Standing(ctx, ids)
	if err != nil {
		return err
	}
	there := make(map[job.ID]bool, len(all))
	for _, is := range all {
		there[is.ID] = true
		q.views.heard(protocol.Notice{ID: is.ID, Version: is.Version})
		switch lease, mine := held[is.ID]; {
		case !mine:
		case !same(lease, is.Lease):
			q.stop(is.ID, lease.Attempt, ErrLeaseLost)
		case is.CancelRequested:
			q.stop(is.ID, lease.Attempt, ErrCanceled)
		}
	}
	for _, id := range ids {
		if there[id] {
			continue
		}
		q.views.heard(protocol.Notice{ID: id})
		if lease, mine := held[id]; mine {
			q.stop(id, lease.Attempt, ErrLeaseLost)
		}
	}
	return nil
}

// leases returns the leases that this process gave.
func (q *Queue) leases() map[job.ID]job.Lease {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := make(map[job.ID]job.Lease, len(q.held))
	for id, h := range q.held {
		all[id] = h.lease
	}
	return all
}
