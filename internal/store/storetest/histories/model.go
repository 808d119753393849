// Package histories tells a store many stories at random: callers who act on one
// job at once see what one after the other would have seen, and what is done in
// any order leaves what a model in memory has.
package histories

import (
	"cmp"
	"slices"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/meter"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// A model is a store as simple as it can be: maps, and every answer counted
// anew.
type model struct {
	now     func() time.Time
	jobs    map[job.ID]job.Job
	delayed map[job.ID]bool // waiting until promoted
	inputs  map[job.ID][]byte
	outputs map[string]job.Output
	answers map[[2]string]protocol.Idempotency // by owner and key
	usage   map[usageKey]account.Usage
	last    int64
}

type usageKey struct {
	owner string
	month int
}

func newModel(now func() time.Time) *model {
	return &model{
		now: now, jobs: map[job.ID]job.Job{}, delayed: map[job.ID]bool{}, inputs: map[job.ID][]byte{},
		outputs: map[string]job.Output{}, answers: map[[2]string]protocol.Idempotency{}, usage: map[usageKey]account.Usage{},
	}
}

// A modelLedger is the model as a decision sees it.
type modelLedger struct {
	m       *model
	charges map[usageKey]*account.Usage
}

func (l modelLedger) Now() time.Time { return world.Milli(l.m.now()) }

func (l modelLedger) Usage(owner string, month int) (*account.Usage, error) {
	key := usageKey{owner, month}
	if l.charges[key] == nil {
		u := l.m.usage[key]
		l.charges[key] = &u
	}
	return l.charges[key], nil
}

func (l modelLedger) Counts(owner string) (account.Counts, error) { return l.m.counts(owner), nil }

func (l modelLedger) Group(owner, name string) (job.Group, error) {
	g := job.Group{GroupName: job.GroupName{Owner: owner, Name: name}}
	for _, j := range l.m.jobs {
		if j.Owner == owner && j.Group == name {
			g.Kept[j.Status]++
		}
	}
	return g, nil
}

func (l modelLedger) Reserve(tool string, most int64) (bool, error) {
	for _, j := range l.m.jobs {
		if j.Tool == tool && j.Ready != nil && j.Ready.Lease.Taken() {
			most--
		}
	}
	return most > 0, nil
}

func (l modelLedger) Meter(tool, name string) (*meter.State, error) { return &meter.State{}, nil } // no decision of the histories asks

func (l modelLedger) Leased(tool string) (map[string]int64, error) {
	leased := map[string]int64{}
	for _, j := range l.m.jobs {
		if j.Tool == tool && j.Ready != nil && j.Ready.Lease.Taken() && j.Ready.Strand != "" {
			leased[j.Ready.Strand]++
		}
	}
	return leased, nil
}

// decide runs a decision and keeps its charges if it succeeds.
func (m *model) decide(f func(protocol.Ledger) error) error {
	l := modelLedger{m, map[usageKey]*account.Usage{}}
	if err := f(l); err != nil {
		return err
	}
	for key, u := range l.charges {
		m.usage[key] = *u
	}
	return nil
}

func (m *model) submit(s *protocol.Submission) error {
	if s.Idempotency != nil {
		if a := m.answer(s.Owner, s.Idempotency.Key); a != nil {
			s.Replay = a
			return nil
		}
	}
	err := m.decide(func(l protocol.Ledger) error {
		if s.Admit != nil {
			if err := s.Admit(l); err != nil {
				return err
			}
		}
		if s.Job != nil && m.taken(s.Job.ID.Seq()) {
			return fault.New(fault.Conflict, "ID_TAKEN", "taken")
		}
		return nil
	})
	if err != nil {
		return err
	}
	if s.Job != nil {
		m.put(*s.Job, nil)
		m.last = max(m.last, s.Job.ID.Seq())
		if s.Job.Input.InStore() {
			m.inputs[s.Job.ID] = s.Input
		}
	}
	if s.Output != nil {
		m.outputs[s.Output.Token] = *s.Output
	}
	if s.Idempotency != nil {
		m.answers[[2]string{s.Owner, s.Idempotency.Key}] = *s.Idempotency
	}
	return nil
}

func (m *model) taken(seq int64) bool {
	for id := range m.jobs {
		if id.Seq() == seq {
			return true
		}
	}
	return false
}

// put keeps a job; was is its part of the queue before, nil for a new one.
func (m *model) put(j job.Job, was *job.Ready) {
	if j.Ready != nil {
		r := *j.Ready
		r.RunAt = world.Milli(r.RunAt)
		m.date(was, &r)
		*j.Ready = r
		m.delayed[j.ID] = !r.RunAt.IsZero()
	}
	m.jobs[j.ID] = j
}

// date notes when a pause or a lease began; a time that has come is forgotten.
func (m *model) date(was, is *job.Ready) {
	now := world.Milli(m.now())
	is.Since = time.Time{}
	if is.Lease.Taken() {
		if was == nil || !was.Lease.Taken() || !was.Lease.Until.Equal(is.Lease.Until) {
			is.Lease.Since = now
		}
		return
	}
	switch {
	case !is.RunAt.After(now):
		is.RunAt = time.Time{}
	case was == nil: // as the client wishes
	case was.RunAt.Equal(is.RunAt):
		is.Since = was.Since
	default:
		is.Since = now
	}
}

// ChangeJob makes one change; it sets Job, Files and Err like a store.
func (m *model) change(c *protocol.Change) {
	was, ok := m.jobs[c.ID]
	if !ok {
		c.Err = fault.New(fault.NotFound, "JOB_NOT_FOUND", "Job not found")
		return
	}
	is := was
	if was.Ready != nil {
		r := *was.Ready
		is.Ready = &r
	}
	c.Output, c.Delete, c.Files = nil, false, nil
	if c.Err = m.decide(func(l protocol.Ledger) error { return c.Decide(c, &is, l) }); c.Err != nil {
		return
	}
	c.Job = is
	if c.Delete {
		m.remove(c, &was)
		return
	}
	if is.Ready == nil || was.Ready == nil || *is.Ready != *was.Ready {
		m.put(is, was.Ready)
	} else {
		m.jobs[c.ID] = is // a delayed job that is not touched waits for Promote
	}
	if out := c.Output; out != nil {
		o := *out
		o.Owner, o.Job = is.Owner, is.ID
		m.outputs[o.Token] = o
	}
	for token, o := range m.outputs {
		if o.Job == is.ID {
			o.Expires = is.Expires
			m.outputs[token] = o
		}
	}
}

func (m *model) remove(c *protocol.Change, was *job.Job) {
	if was.Input.Where == job.InFile {
		c.Files = append(c.Files, job.InputKey(c.ID))
	}
	for token, o := range m.outputs {
		if o.Job == c.ID {
			delete(m.outputs, token)
			if o.File {
				c.Files = append(c.Files, job.OutputKey(token))
			}
		}
	}
	delete(m.jobs, c.ID)
	delete(m.inputs, c.ID)
}

func (m *model) answer(owner, key string) *protocol.Idempotency {
	a, ok := m.answers[[2]string{owner, key}]
	if !ok || !a.Expires.After(world.Milli(m.now())) {
		return nil
	}
	return &a
}

func (m *model) counts(owner string) account.Counts {
	var n account.Counts
	for _, j := range m.jobs {
		if j.Owner != owner {
			continue
		}
		n.StoredBytes += j.Input.Kept()
		switch {
		case j.Ready == nil:
		case j.Ready.Lease.Taken():
			n.Running++
		default:
			n.Queued++
		}
	}
	for _, o := range m.outputs {
		if o.Owner == owner {
			n.StoredBytes += o.Size
		}
	}
	return n
}

// waiting returns the claimable jobs that pass, in the order of Ready.
func (m *model) waiting(pass func(job.Job) bool) []job.Candidate {
	found := []job.Candidate{}
	for id, j := range m.jobs {
		if j.Ready != nil && !j.Ready.Lease.Taken() && !m.delayed[id] && pass(j) {
			found = append(found, world.CandidateOf(&j))
		}
	}
	slices.SortFunc(found, func(a, b job.Candidate) int {
		return cmp.Or(-cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.ID.Seq(), b.ID.Seq()))
	})
	return found
}

// promote makes all due jobs claimable and returns the next time.
func (m *model) promote() (due []job.ID, next time.Time) {
	for id, j := range m.jobs {
		if j.Ready == nil || j.Ready.Lease.Taken() || !m.delayed[id] {
			continue
		}
		now := world.Milli(m.now())
		if at := j.Ready.RunAt; !at.After(now) || j.Ready.Since.After(now.Add(time.Second)) {
			due = append(due, id)
			m.delayed[id] = false
			j.Ready.RunAt, j.Ready.Since = time.Time{}, time.Time{}
		} else if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return due, next
}

// sweep forgets expired outputs and answers of synchronous calls.
func (m *model) sweep() (files []string, removed int) {
	for token, o := range m.outputs {
		if o.Job == (job.ID{}) && !o.Expires.After(world.Milli(m.now())) {
			delete(m.outputs, token)
			removed++
			if o.File {
				files = append(files, job.OutputKey(token))
			}
		}
	}
	for key, a := range m.answers {
		if !a.Expires.After(world.Milli(m.now())) {
			delete(m.answers, key)
			removed++
		}
	}
	return files, removed
}
