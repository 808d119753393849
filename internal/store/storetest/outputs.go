package storetest

import (
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// finished submits, claims and finishes a job with these outputs.
func (w *world) finished(outs ...*job.Output) job.Job {
	w.t.Helper()
	j := w.submit("ann")
	lease := w.must(j.ID, claim("w")).Ready.Lease
	for _, out := range outs[:max(0, len(outs)-1)] {
		w.must(j.ID, func(c *protocol.Change, _ *job.Job, _ protocol.Ledger) error {
			c.Output = out
			return nil
		})
	}
	var last *job.Output
	if len(outs) > 0 {
		last = outs[len(outs)-1]
	}
	return w.must(j.ID, finish(lease, last))
}

func outputRoundTrip(w *world) {
	inline, file, empty := w.output(job.ID{}, 1), w.output(job.ID{}, 2), w.output(job.ID{}, 3)
	inline.Data = []byte("a\x00b\xff\x00")
	file.File, file.Data, file.Size = true, nil, 1<<40
	empty.Data, empty.Size = []byte{}, 0
	j := w.finished(inline, file, empty)
	for _, want := range []*job.Output{inline, file, empty} {
		got, err := w.Output(w.ctx(), want.Token)
		w.noError(err)
		o := *want
		o.Owner, o.Job, o.Expires = "ann", j.ID, j.Expires
		w.equal("output", got, o)
	}
	w.has("ann", account.Counts{StoredBytes: 5 + 5 + 1<<40})
	_, err := w.Output(w.ctx(), "")
	w.isKind(err, fault.NotFound, "NOT_FOUND")
}

func outputExpires(w *world) {
	j := w.submit("ann")
	w.must(j.ID, claim("w"))
	out := w.output(j.ID, 1)
	out.Expires = w.now().Add(time.Second)
	w.must(j.ID, func(c *protocol.Change, _ *job.Job, _ protocol.Ledger) error {
		c.Output = out
		return nil
	})
	got, err := w.Output(w.ctx(), out.Token)
	w.noError(err)
	w.equal("expires while the job is unfinished", got.Expires, time.Time{})
	done := w.must(j.ID, giveUp)
	got, err = w.Output(w.ctx(), out.Token)
	w.noError(err)
	w.equal("expires with the job", got.Expires, done.Expires)
	w.clock.advance(2 * time.Hour)
	_, err = w.Output(w.ctx(), out.Token) // expired, but that is not for the store to say
	w.noError(err)
	_, n, err := w.Purge(w.ctx(), w.now(), 10)
	w.noError(err)
	w.equal("purged", n, 0) // it goes with its job
}

func outputExpiredJobs(w *world) {
	a := w.finished()
	w.clock.advance(time.Minute)
	b := w.finished()
	w.submit("ann")
	w.clock.advance(59*time.Minute - time.Millisecond)
	expired := func(limit int) []job.ID {
		ids, err := protocol.ExpiredJobs(w.ctx(), w, w.now(), limit)
		w.noError(err)
		return append([]job.ID{}, ids...)
	}
	w.equal("not yet", expired(10), []job.ID{})
	w.clock.advance(time.Millisecond)
	w.equal("one", expired(10), []job.ID{a.ID})
	w.clock.advance(time.Hour)
	w.equal("two", expired(10), []job.ID{a.ID, b.ID})
	w.equal("limit", expired(1), []job.ID{a.ID})
	w.must(a.ID, remove)
	w.equal("after deletion", expired(10), []job.ID{b.ID})
}

func outputPurge(w *world) {
	files, n, err := w.Purge(w.ctx(), w.now(), 10)
	w.noError(err)
	w.equal("empty store", n, len(files))
	for i := range 4 {
		out := w.output(job.ID{}, i)
		out.Expires = w.now().Add(time.Hour)
		if i%2 == 1 {
			out.File, out.Data = true, nil
		}
		w.noError(w.Submit(w.ctx(), &protocol.Submission{Owner: "ann", Output: out}))
	}
	s := w.keyed("ann", 1) // its answer is kept for 24 hours
	w.noError(w.Submit(w.ctx(), s))
	w.has("ann", account.Counts{Queued: 1, StoredBytes: 25})
	_, n, err = w.Purge(w.ctx(), w.now(), 10)
	w.noError(err)
	w.equal("nothing has expired", n, 0)

	w.clock.advance(time.Hour)
	var gone []string
	for _, want := range []int{3, 1, 0} {
		files, n, err := w.Purge(w.ctx(), w.now(), 3)
		w.noError(err)
		w.equal("purged", n, want)
		gone = append(gone, files...)
	}
	w.equal("files", sorted(gone), []string{job.OutputKey(w.output(job.ID{}, 1).Token), job.OutputKey(w.output(job.ID{}, 3).Token)})
	w.has("ann", account.Counts{Queued: 1, StoredBytes: 5})
	_, err = w.Output(w.ctx(), w.output(job.ID{}, 0).Token)
	w.isKind(err, fault.NotFound, "NOT_FOUND")

	w.clock.advance(24 * time.Hour)
	files, n, err = w.Purge(w.ctx(), w.now(), 10)
	w.noError(err)
	w.equal("answers purged", n, 1)
	w.equal("files of answers", len(files), 0)
	_, err = w.Get(w.ctx(), s.Job.ID) // the job is not touched
	w.noError(err)
}

func outputNamed(w *world) {
	file, inline, sync := w.output(job.ID{}, 1), w.output(job.ID{}, 2), w.output(job.ID{}, 3)
	file.File, file.Data = true, nil
	sync.File, sync.Data, sync.Expires = true, nil, w.now().Add(time.Hour)
	done := w.finished(file, inline)
	w.noError(w.Submit(w.ctx(), &protocol.Submission{Owner: "ann", Output: sync}))
	withInput := w.submit("ann", withFile(9))
	twin := withInput.ID
	twin[15] ^= 1
	keys := map[string]bool{
		job.OutputKey(file.Token):                     true,
		job.OutputKey(sync.Token):                     true,
		job.InputKey(withInput.ID):                    true,
		job.OutputKey(inline.Token):                   false,
		job.InputKey(done.ID):                         false,
		job.InputKey(twin):                            false,
		job.InputKey(w.ids.New()):                     false,
		job.OutputKey("unknown"):                      false,
		job.OutputKey(""):                             false,
		"inputs/":                                     false,
		"":                                            false,
		"uploads/" + withInput.ID.String():            false,
		withInput.ID.String():                         false,
		"inputs/" + withInput.ID.String() + "/":       false,
		"outputs/" + "' OR '1'='1":                    false,
		job.OutputKey(file.Token) + "\x00":            false,
		"inputs/FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF": false,
	}
	var ask []string
	var want []bool
	for key, named := range keys {
		ask, want = append(ask, key), append(want, named)
	}
	got, err := w.Named(w.ctx(), ask)
	w.noError(err)
	for i := range got {
		if got[i] != want[i] {
			w.t.Errorf("%q: named %t, want %t", ask[i], got[i], want[i])
		}
	}
	none, err := w.Named(w.ctx(), nil)
	w.noError(err)
	w.equal("none", len(none), 0)
}

func outputStoredBytes(w *world) {
	j := w.finished(w.output(job.ID{}, 1))
	k := w.submit("ann", withFile(1000))
	bob := w.submit("bob")
	w.has("ann", account.Counts{Queued: 1, StoredBytes: 1010})
	w.must(j.ID, remove)
	w.has("ann", account.Counts{Queued: 1, StoredBytes: 1000})
	w.must(k.ID, giveUp)
	w.has("ann", account.Counts{StoredBytes: 1000}) // kept until it expires
	w.must(k.ID, remove)
	w.must(bob.ID, remove)
	w.has("ann", account.Counts{})
	w.has("bob", account.Counts{})
}
