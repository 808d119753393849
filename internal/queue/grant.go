package queue

import (
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

// A grant is a lease that this process gave.
type grant struct {
	lease  job.Lease
	remote bool // a remote program renews it
	owner  string
	tool   string
	since  time.Time         // when the attempt began
	stop   func(cause error) // nil until the attempt runs
	ended  error             // why the attempt must stop; nil while it may go on

	given    time.Time   // when, a monotonic reading
	bound    bool        // the attempt has begun
	settling bool        // the outcome is known and being recorded
	lapsed   bool        // its own clock ended it
	until    time.Time   // when its own clock ends it, a monotonic reading; moved by each renewal
	clock    *time.Timer // nil where nobody else can take the job
}

// end stops the attempt. The caller holds the queue's mutex.
func (g *grant) end(cause error) {
	g.ended = cause
	if g.stop != nil {
		g.stop(cause)
	}
}

// worked reports whether somebody works for the lease. The caller holds the
// queue's mutex.
func (g *grant) worked() bool { return g.settling || !fault.Is(g.ended, fault.LeaseLost) }

// An unsettled attempt is one of whose end its worker was told that it is not known
// whether it was recorded.
type unsettled struct {
	lease job.Lease
	since time.Time
	told  bool // the observer knows how it ended
}

// A coming grant is one that the store may have given already, while this process
// is not told of it yet. Others may know: who cancels the job meanwhile leaves word
// here, because there is no grant that could be ended.
type coming struct {
	claims  int   // that are under way
	attempt int   // that must stop
	cause   error // why; nil: none must
}

// A Claimed is a job under a lease of this process.
type Claimed struct {
	Job   job.Job
	Lease job.Lease
	Input []byte // of the store, if it was read with the claim; nil if it was not

	since time.Time // it was accepted, or its last attempt ended; known where it is traced

	Ran  time.Duration // how long the attempt ran, set by who ran it; 0: as long as it had its lease
	Said job.Said      // what the attempt has said that is to be recorded with its end, set by who ran it
}

// maxLeases is how many leases are read at once: more than any number of workers
// have.
const maxLeases = 100_000
