// Package unit has what one transaction works on: the rows that its decisions are
// about, locked and read beforehand, changed in memory, and written at once at the
// end. It decides nothing.
package unit

import (
	"sync"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/pgstore/pg"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/record"
)

// A Unit is what one transaction works on: rows as they were when they were
// locked, and as they are to be. Decisions change it in memory, so that one that
// is refused leaves nothing behind; what differs is written at once at the end.
type Unit struct {
	*pg.Tx

	Now    time.Time     // of the transaction, once its locks are had
	Ledger record.Ledger // shows the unit to decisions
	Wrote  bool          // something differs, or was written by a task
	Due    bool          // a delivery that is due was written

	limited *sync.Map // names of tools whose counters decisions ask for
	jobs    map[job.ID]*jobState
	owners  map[string]*Owner
	usage   map[record.Month]*record.Usage
	answers map[AnswerKey]*answerState
	uploads map[string]*uploadState
	groups  map[job.GroupName]*record.Group
	grouped []job.GroupName             // foreseen, to be read with their owners
	running map[string]int64            // of a tool, as committed; its counter is locked
	leased  map[string]map[string]int64 // of a tool, by strand, likewise
	meters  map[record.MeterName]*record.Meter
	changed []*jobState // in the order in which they were first touched
	outputs []job.Output
	made    []job.Delivery
}

// A jobState is a job in a unit.
type jobState struct {
	was, is job.Job
	stored  bool   // it is in the database
	tx      uint32 // which wrote it, as rows have it
	gone    bool   // it is to be removed, or was never there
	touched bool
	input   []byte          // of a new job, inline, or of a stored one if it was wanted
	names   []string        // outputs of this unit that belong to it, files first seen here
	freed   int64           // bytes of those, for when they are removed
	emptied *record.Changed // the change that removed it, or its outputs
	until   time.Time       // when its input goes, if this unit says so
	lost    bool            // its input goes, and it stays
	words   *record.Words   // what it has said; nil unless something is added
}

// New returns the unit of a transaction. limited is what units of a process share:
// the names of tools whose counters decisions have asked for.
func New(t *pg.Tx, limited *sync.Map) *Unit {
	u := &Unit{
		Tx: t, limited: limited,
		jobs: map[job.ID]*jobState{}, owners: map[string]*Owner{}, usage: map[record.Month]*record.Usage{}, answers: map[AnswerKey]*answerState{},
		uploads: map[string]*uploadState{}, running: map[string]int64{}, leased: map[string]map[string]int64{}, meters: map[record.MeterName]*record.Meter{},
	}
	u.Ledger.Books = u
	return u
}

// touch notes that a job differs from what is stored.
func (u *Unit) touch(j *jobState) {
	u.Wrote = true
	if !j.touched {
		j.touched = true
		u.changed = append(u.changed, j)
	}
}

// tell notes that what this transaction wrote is told on: if it is not confirmed
// yet, this unit's own commit is to confirm it.
func (u *Unit) tell(tx uint32) {
	if tx != 0 && u.DB.Unconfirmed(tx) {
		u.Wrote = true
	}
}

// News is what a unit has changed, for the feed.
func (u *Unit) News() (jobs []protocol.Notice, lines []protocol.Line) {
	for _, j := range u.changed {
		if j.gone {
			if j.stored {
				jobs = append(jobs, protocol.Notice{ID: j.was.ID})
			}
			continue
		}
		jobs = append(jobs, protocol.Notice{ID: j.is.ID, Version: j.is.Version, Said: j.words != nil})
		r := j.is.Ready
		if r != nil && !r.Lease.Taken() && (j.was.Ready == nil || *j.was.Ready != *r) {
			lines = append(lines, protocol.Line{Owner: j.is.Owner, Tool: j.is.Tool})
		}
	}
	return jobs, lines
}
