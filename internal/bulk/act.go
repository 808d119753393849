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

// act does with some jobs what the bulk is for, and returns what became of each.
func (b *Bulks) act(ctx context.Context, w *work, ids []job.ID) ([]error, error) {
	if w.tries < patience {
		return b.actOn(ctx, w, ids)
	}
	failures := make([]error, len(ids))
	for i := range ids {
		one, err := b.actOn(ctx, w, ids[i:i+1])
		switch {
		case fault.Is(err, fault.Unavailable) || ctx.Err() != nil:
			return nil, err
		case err != nil:
			b.tell(ctx, "job "+ids[i].String()+" of bulk "+w.bulk.ID.String(), err)
			failures[i] = err
		default:
			failures[i] = one[0]
		}
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
	switch {
	case len(ids) == 0:
		return nil, nil
	case is.Action == job.BulkCancel:
		return b.deeds.cancel(ctx, m, ids)
	case is.Action == job.BulkDelete:
		return b.deeds.remove(ctx, m, ids)
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
