package bulk

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// retriesAtOnce is how many jobs of a bulk are submitted at the same time: they
// share the store's transactions.
const retriesAtOnce = 16

// answerMargin is how long before a remembered answer is forgotten nobody relies on
// it any more.
const answerMargin = time.Hour

var errUnknown = fault.New(fault.Conflict, "OUTCOME_UNKNOWN", "Whether the job was tried again is not known any more.")

// patience is how often some jobs are tried together, before it is found out which
// of them is the trouble.
const patience = 3

// batchTime is how long a batch may take, so that its progress is seen.
const batchTime = 2 * time.Second

// act does with the first of some jobs what the bulk is for, until stop is done or
// it has taken long enough, and returns what became of each of those. After each
// transaction it rests: others want to write, and to be answered.
func (b *Bulks) act(ctx, stop context.Context, w *work, ids []job.ID) (failures []error, err error) {
	for began := time.Now(); len(failures) < len(ids); {
		some := ids[len(failures):min(len(failures)+someJobs, len(ids))]
		at := time.Now()
		more, err := b.actOnSome(ctx, w, some)
		if err != nil {
			return nil, err
		}
		failures = append(failures, more...)
		rest(stop, time.Since(at)/restShare)
		if stop.Err() != nil || time.Since(began) > batchTime {
			break
		}
	}
	return failures, nil //nolint:nilerr // that it is to stop is no failure
}

// actOnSome deals with some jobs together or, where that fails again and again, one
// by one.
func (b *Bulks) actOnSome(ctx context.Context, w *work, ids []job.ID) ([]error, error) {
	if w.tries < patience {
		return b.actOn(ctx, w, ids)
	}
	failures := make([]error, len(ids))
	for i := range ids {
		one, failure := b.actOn(ctx, w, ids[i:i+1])
		if fault.Is(failure, fault.Unavailable) || ctx.Err() != nil {
			return nil, failure
		}
		if failure == nil {
			failure = one[0]
		} else {
			b.tell(ctx, "job "+ids[i].String()+" of bulk "+w.bulk.ID.String(), failure)
		}
		failures[i] = failure
	}
	return failures, nil
}

func (b *Bulks) actOn(ctx context.Context, w *work, ids []job.ID) ([]error, error) {
	is := &w.bulk
	m := &many{}
	if !is.Operator {
		m.owner = is.Owner
	}
	if w.doubt {
		m.again = is.Created
	}
	switch is.Action {
	case job.BulkCancel:
		return b.deeds.cancel(ctx, m, ids)
	case job.BulkDelete:
		return b.deeds.remove(ctx, m, ids)
	case job.BulkRetry:
	}
	return b.retry(ctx, w, m, ids)
}

// retry submits the work of some jobs again. What may have been submitted before,
// so long ago that its key is forgotten, is not.
func (b *Bulks) retry(ctx context.Context, w *work, m *many, ids []job.ID) ([]error, error) {
	failures := make([]error, len(ids))
	if w.doubt && b.now().Sub(w.noted) > protocol.AnswerLife-answerMargin {
		for i := range failures {
			failures[i] = errUnknown
		}
		return failures, nil
	}
	slots := make(chan struct{}, retriesAtOnce)
	var all sync.WaitGroup
	for i, id := range ids {
		slots <- struct{}{}
		all.Go(func() {
			failures[i] = b.deeds.retry(ctx, m, id, w.bulk.RequestID, keyOf(w.bulk.ID, id))
			<-slots
		})
	}
	all.Wait()
	for _, err := range failures {
		if err != nil && saysNothing(err) {
			return nil, err
		}
	}
	return failures, nil
}

// keyOf is the idempotency key of a job that a bulk tries again. No client can send
// such a one: it begins with a character that none of theirs has.
func keyOf(bulk, id job.ID) string { return "\x01bulk/" + bulk.String() + "/" + id.String() }

// codeOf is what is told of a job that was skipped.
func codeOf(err error) string {
	if e := fault.Of(err); e != nil {
		return e.Code
	}
	return "INTERNAL_ERROR"
}

// addSkips adds skipped jobs to those that are told one by one, while there is room.
func addSkips(is *job.Bulk, more []Skip) {
	if len(more) == 0 {
		return
	}
	skips := Skips(is)
	if len(skips) >= MaxSkips {
		return
	}
	skips = append(skips, more...)
	text, err := json.Marshal(skips[:min(len(skips), MaxSkips)])
	if err != nil {
		panic("bulk: skips: " + err.Error()) // texts always encode
	}
	is.Skips = text
}
