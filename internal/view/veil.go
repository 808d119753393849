package view

import (
	"sync"
	"sync/atomic"
	"time"

	"claimcheck/internal/job"
)

// A Veil hides claims of which nobody is told yet. Jobs that are claimed ahead of
// the workers are not running yet, and some never do: what runs before them may
// take longer than jobs did lately, and then they are handed back. So nobody is
// told of such a claim before the attempt begins: until then clients see the job
// as it was. That is possible where all of them ask this process; in a
// cluster nothing is claimed ahead. The zero value hides nothing; it is safe
// for concurrent use.
type Veil struct {
	n  atomic.Int64 // claims; most of the time there are none
	mu sync.Mutex   // guards the field below
	of map[job.ID]Unclaimed
}

// An Unclaimed is what a claim changed of a job.
type Unclaimed struct {
	Attempt          int
	version          int64
	updated, started time.Time
}

// Cover hides the claim of a job that is about to be claimed.
func (v *Veil) Cover(j *job.Job) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.of == nil {
		v.of = map[job.ID]Unclaimed{}
	}
	v.of[j.ID] = Unclaimed{Attempt: j.Attempt, version: j.Version, updated: j.Updated, started: j.Started}
	v.n.Store(int64(len(v.of)))
}

// Covered returns what a job was before its claim, if that is hidden.
func (v *Veil) Covered(id job.ID) (was Unclaimed, ok bool) {
	if v.n.Load() == 0 {
		return was, false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	was, ok = v.of[id]
	return was, ok
}

// Lift hides a job's claim no more, and reports whether it was hidden.
func (v *Veil) Lift(id job.ID) bool {
	_, ok := v.Covered(id)
	if ok {
		v.mu.Lock()
		defer v.mu.Unlock()
		delete(v.of, id)
		v.n.Store(int64(len(v.of)))
	}
	return ok
}

// Show makes a job that was read from the store what clients may see of it.
func (v *Veil) Show(j *job.Job) {
	if was, ok := v.Covered(j.ID); ok && was.Fits(j) {
		was.Undo(j)
	}
}

// Fits reports whether nothing has happened to a job but the claim.
func (u *Unclaimed) Fits(j *job.Job) bool {
	return j.Status == job.Processing && j.Version == u.version+1 && j.Attempt == u.Attempt+1
}

// Undo makes a job what it was before the claim.
func (u *Unclaimed) Undo(j *job.Job) {
	j.Status, j.Attempt, j.Version, j.Updated, j.Started = job.Queued, u.Attempt, u.version, u.updated, u.started
}
