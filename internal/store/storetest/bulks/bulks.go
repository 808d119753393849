// Package bulks has the cases of the suite about what is done with many jobs at once,
// and about the lists of operators.
package bulks

import (
	"errors"
	"sync"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// bulk is a new one of ann's that is being dealt with.
func bulk(w *world.World, change ...func(*job.Bulk)) job.Bulk {
	b := job.Bulk{
		ID: w.IDs.New(), Owner: "ann", Action: job.BulkRetry, State: job.BulkProcessing, Version: 1, RequestID: "r\x00\xff", Matched: 5,
		Created: w.Now(), Updated: w.Now(), Worker: "w", Until: w.Now().Add(time.Minute),
	}
	for _, f := range change {
		f(&b)
	}
	return b
}

func addBulk(w *world.World, change ...func(*job.Bulk)) job.Bulk {
	w.T.Helper()
	b := bulk(w, change...)
	w.NoError(w.AddBulk(w.Ctx(), &b, func(int64) error { return nil }))
	return b
}

func bulkRoundTrip(w *world.World) {
	b := addBulk(w)
	got, err := w.Bulk(w.Ctx(), b.ID)
	w.NoError(err)
	w.Equal("bulk", got, b)
	_, err = w.Bulk(w.Ctx(), w.IDs.New())
	w.IsKind(err, fault.NotFound, "BULK_NOT_FOUND")
	w.IsKind(w.AddBulk(w.Ctx(), &b, func(int64) error { return nil }), fault.Conflict, "BULK_TAKEN")
	w.Clock.Advance(time.Second)
	changed, err := w.ChangeBulk(w.Ctx(), b.ID, func(b *job.Bulk, now time.Time) error {
		w.Equal("time", now, w.Now())
		b.ID, b.Owner, b.Operator, b.Action, b.RequestID, b.Created = job.ID{1}, "bob", true, job.BulkDelete, "other", now // they stay
		b.State, b.Version, b.Matched, b.Next, b.Done, b.Skipped, b.Skips = job.BulkEnded, 2, 6, 4, 3, 1, []byte(`[{}]`)
		b.Updated, b.Expires, b.Worker, b.Until = now, now.Add(time.Hour), "", time.Time{}
		return nil
	})
	w.NoError(err)
	want := b
	want.State, want.Version, want.Matched, want.Next, want.Done, want.Skipped, want.Skips = job.BulkEnded, 2, 6, 4, 3, 1, []byte(`[{}]`)
	want.Updated, want.Expires, want.Worker, want.Until = w.Now(), w.Now().Add(time.Hour), "", time.Time{}
	w.Equal("changed", changed, want)
	no := errors.New("no")
	_, err = w.ChangeBulk(w.Ctx(), b.ID, func(b *job.Bulk, _ time.Time) error {
		b.Done = 100
		return no
	})
	if !errors.Is(err, no) {
		w.T.Errorf("got %v, want the decision's error", err)
	}
	_, err = w.ChangeBulk(w.Ctx(), w.IDs.New(), func(*job.Bulk, time.Time) error { return nil })
	w.IsKind(err, fault.NotFound, "BULK_NOT_FOUND")
	w.Reopen()
	got, err = w.Bulk(w.Ctx(), b.ID)
	w.NoError(err)
	w.Equal("after reopening", got, want)
}

// bulkAdmission: the bulks of the same owner, or of the operator of that name, that
// are not final are counted; however many ask at once, each sees those before it.
func bulkAdmission(w *world.World) {
	counted := func(change ...func(*job.Bulk)) (n int64) {
		b := bulk(w, change...)
		no := errors.New("no")
		err := w.AddBulk(w.Ctx(), &b, func(unended int64) error {
			n = unended
			return no
		})
		if !errors.Is(err, no) {
			w.T.Errorf("got %v, want the refusal", err)
		}
		_, err = w.Bulk(w.Ctx(), b.ID)
		w.IsKind(err, fault.NotFound, "BULK_NOT_FOUND")
		return n
	}
	operator := func(b *job.Bulk) { b.Operator = true }
	addBulk(w)
	addBulk(w, func(b *job.Bulk) { b.State = job.BulkChoosing })
	addBulk(w, func(b *job.Bulk) { b.State = job.BulkDone })
	addBulk(w, func(b *job.Bulk) { b.State = job.BulkEnded })
	addBulk(w, operator)
	addBulk(w, func(b *job.Bulk) { b.Owner = "bob" })
	w.Equal("ann's", counted(), int64(2))
	w.Equal("the operator's", counted(operator), int64(1))
	w.Equal("nobody's", counted(func(b *job.Bulk) { b.Owner = "carl" }), int64(0))
	const most = 3
	full := fault.New(fault.Limited, "FULL", "full")
	var all sync.WaitGroup
	var mu sync.Mutex
	added := 0
	for range 10 {
		b := bulk(w, func(b *job.Bulk) { b.Owner = "dora" })
		all.Go(func() {
			err := w.AddBulk(w.Ctx(), &b, func(unended int64) error {
				if unended >= most {
					return full
				}
				return nil
			})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				added++
			} else if !fault.IsCode(err, "FULL") {
				w.T.Error(err)
			}
		})
	}
	all.Wait()
	w.Equal("added at once", added, most)
}

// bulkDue: due is what is not final and has nobody who deals with it, the longest
// left alone first.
func bulkDue(w *world.World) {
	first := addBulk(w)
	w.Clock.Advance(time.Second)
	left := addBulk(w, func(b *job.Bulk) { b.Worker, b.Until = "", time.Time{} })
	choosing := addBulk(w, func(b *job.Bulk) { b.State, b.Until = job.BulkChoosing, w.Now().Add(time.Second) })
	addBulk(w, func(b *job.Bulk) { b.State, b.Worker = job.BulkDone, "" })
	ahead := addBulk(w, func(b *job.Bulk) { b.Updated, b.Until = w.Now().Add(time.Hour), w.Now().Add(2*time.Hour) }) // by a clock that was set back since
	due := func(want ...job.Bulk) {
		w.T.Helper()
		got, err := w.DueBulks(w.Ctx(), w.Now(), 10)
		w.NoError(err)
		w.Equal("due", got, want)
	}
	due(left, ahead)
	w.Clock.Advance(time.Second)
	due(left, choosing, ahead)
	w.Clock.Advance(time.Minute)
	due(first, left, choosing, ahead)
	got, err := w.DueBulks(w.Ctx(), w.Now(), 2)
	w.NoError(err)
	w.Equal("due with a limit", got, []job.Bulk{first, left})
}

func bulkJobs(w *world.World) {
	b := addBulk(w)
	long := make([]job.ID, 5000)
	for i := range long {
		long[i] = w.IDs.New()
	}
	w.NoError(w.PutBulkJobs(w.Ctx(), b.ID, 0, long))
	w.NoError(w.PutBulkJobs(w.Ctx(), b.ID, 1, long[:1]))
	w.NoError(w.PutBulkJobs(w.Ctx(), b.ID, 1, long[1:3])) // it stays as it is
	w.Reopen()
	for part, want := range [][]job.ID{long, long[:1], {}} {
		got, err := w.BulkJobs(w.Ctx(), b.ID, int64(part))
		w.NoError(err)
		w.Equal("ids", append([]job.ID{}, got...), want)
	}
	got, err := w.BulkJobs(w.Ctx(), w.IDs.New(), 0)
	w.NoError(err)
	w.Equal("of another", len(got), 0)
}

func bulkSweep(w *world.World) {
	ended := func(life time.Duration) func(*job.Bulk) {
		return func(b *job.Bulk) { b.State, b.Expires = job.BulkDone, w.Now().Add(life) }
	}
	short, long, open := addBulk(w, ended(time.Minute)), addBulk(w, ended(time.Hour)), addBulk(w)
	for _, b := range []job.Bulk{short, long, open} {
		w.NoError(w.PutBulkJobs(w.Ctx(), b.ID, 0, []job.ID{b.ID}))
	}
	swept := func(now time.Time, limit, want int) {
		w.T.Helper()
		n, err := w.SweepBulks(w.Ctx(), now, limit)
		w.NoError(err)
		w.Equal("swept", n, want)
	}
	swept(short.Expires.Add(-time.Millisecond), 10, 0)
	swept(short.Expires, 10, 1)
	_, err := w.Bulk(w.Ctx(), short.ID)
	w.IsKind(err, fault.NotFound, "BULK_NOT_FOUND")
	for _, b := range []job.Bulk{short, long, open} {
		ids, err := w.BulkJobs(w.Ctx(), b.ID, 0)
		w.NoError(err)
		w.Equal("ids are kept", len(ids) == 1, b.ID != short.ID)
	}
	addBulk(w, ended(time.Hour))
	swept(long.Expires, 1, 1)
	swept(long.Expires, 10, 1)
	swept(w.Now().Add(1000*time.Hour), 10, 0) // what is not final stays
}

// bulkMatch: what is matched is what is listed, a whole look at a time.
func bulkMatch(w *world.World) {
	want := []job.ID{}
	for i := range 30 {
		j := w.SubmitJob("ann", world.WithTool([]string{"x", "y"}[i%2]))
		if i%2 == 0 {
			want = append([]job.ID{j.ID}, want...)
		}
		w.SubmitJob("bob", world.WithTool("x"))
	}
	f := protocol.Filter{Owner: "ann", Tools: []string{"x"}, Rows: 20, Limit: 1}
	got := []job.ID{}
	pages := 0
	for {
		ids, next, err := w.Match(w.Ctx(), f)
		w.NoError(err)
		pages++
		got = append(got, ids...)
		if f.Before = next; next == (protocol.Cursor{}) {
			break
		}
	}
	w.Equal("matched", got, want)
	w.Equal("pages", pages, 2)
	ids, next, err := w.Match(w.Ctx(), protocol.Filter{Owner: "carl"})
	w.NoError(err)
	w.Equal("nobody's", len(ids), 0)
	w.Equal("nobody's end", next, protocol.Cursor{})
}

// Cases are the cases of bulks and of operators' lists.
func Cases() world.Cases {
	return world.Cases{
		"bulk is read back":                             bulkRoundTrip,
		"bulks of an owner are counted":                 bulkAdmission,
		"bulks that nobody deals with are due":          bulkDue,
		"ids of a bulk are kept":                        bulkJobs,
		"bulks are swept with their ids":                bulkSweep,
		"what is matched is what is listed":             bulkMatch,
		"list of all owners is in order":                listAll,
		"list of trouble is of unfinished jobs":         listTrouble,
		"list of trouble looks at a bounded number":     listTroublePages,
		"list of what is stuck knows what should begin": listStuck,
	}
}
