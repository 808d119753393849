package storetest

import (
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

func outputRoundTrip(w *world.World) {
	inline, file, empty := w.NewOutput(job.ID{}, 1), w.NewOutput(job.ID{}, 2), w.NewOutput(job.ID{}, 3)
	inline.Data = []byte("a\x00b\xff\x00")
	file.File, file.Data, file.Size = true, nil, 1<<40
	file.Filename, file.OnRead = "naïve \x00 日本.json", true
	empty.Data, empty.Size = []byte{}, 0
	j := w.Finished(inline, file, empty)
	for _, want := range []*job.Output{inline, file, empty} {
		got, err := w.Output(w.Ctx(), want.Token)
		w.NoError(err)
		o := *want
		o.Owner, o.Job, o.Expires = "ann", j.ID, j.Expires
		w.Equal("output", got, o)
	}
	w.Has("ann", account.Counts{StoredBytes: 5 + 5 + 1<<40})
	_, err := w.Output(w.Ctx(), "")
	w.IsKind(err, fault.NotFound, "NOT_FOUND")
}

func outputExpires(w *world.World) {
	j := w.SubmitJob("ann")
	w.Must(j.ID, world.Claim("w"))
	out := w.NewOutput(j.ID, 1)
	out.Expires = w.Now().Add(time.Second)
	w.Must(j.ID, func(c *protocol.Change, _ *job.Job, _ protocol.Ledger) error {
		c.Output = out
		return nil
	})
	got, err := w.Output(w.Ctx(), out.Token)
	w.NoError(err)
	w.Equal("expires while the job is unfinished", got.Expires, time.Time{})
	done := w.Must(j.ID, world.GiveUp)
	got, err = w.Output(w.Ctx(), out.Token)
	w.NoError(err)
	w.Equal("expires with the job", got.Expires, done.Expires)
	w.Clock.Advance(2 * time.Hour)
	_, err = w.Output(w.Ctx(), out.Token) // expired, but that is not for the store to say
	w.NoError(err)
	_, n, err := w.Sweep(w.Ctx(), w.Now(), 10)
	w.NoError(err)
	w.Equal("swept", n, 0) // it goes with its job
}

func outputExpiredJobs(w *world.World) {
	a := w.Finished()
	w.Clock.Advance(time.Minute)
	b := w.Finished()
	w.SubmitJob("ann")
	w.Clock.Advance(59*time.Minute - time.Millisecond)
	expired := func(limit int) []job.ID {
		ids, err := protocol.ExpiredJobs(w.Ctx(), w, w.Now(), limit)
		w.NoError(err)
		return append([]job.ID{}, ids...)
	}
	w.Equal("not yet", expired(10), []job.ID{})
	w.Clock.Advance(time.Millisecond)
	w.Equal("one", expired(10), []job.ID{a.ID})
	w.Clock.Advance(time.Hour)
	w.Equal("two", expired(10), []job.ID{a.ID, b.ID})
	w.Equal("limit", expired(1), []job.ID{a.ID})
	w.Must(a.ID, world.Remove)
	w.Equal("after deletion", expired(10), []job.ID{b.ID})
}

func outputSweep(w *world.World) {
	files, n, err := w.Sweep(w.Ctx(), w.Now(), 10)
	w.NoError(err)
	w.Equal("empty store", n, len(files))
	for i := range 4 {
		out := w.NewOutput(job.ID{}, i)
		out.Expires = w.Now().Add(time.Hour)
		if i%2 == 1 {
			out.File, out.Data = true, nil
		}
		w.NoError(w.Submit(w.Ctx(), &protocol.Submission{Owner: "ann", Output: out}))
	}
	s := w.Keyed("ann", 1) // its answer is kept for 24 hours
	w.NoError(w.Submit(w.Ctx(), s))
	w.Has("ann", account.Counts{Queued: 1, StoredBytes: 25})
	_, n, err = w.Sweep(w.Ctx(), w.Now(), 10)
	w.NoError(err)
	w.Equal("nothing has expired", n, 0)

	w.Clock.Advance(time.Hour)
	var gone []string
	for _, want := range []int{3, 1, 0} {
		files, n, err := w.Sweep(w.Ctx(), w.Now(), 3)
		w.NoError(err)
		w.Equal("swept", n, want)
		gone = append(gone, files...)
	}
	w.Equal("files", world.Sorted(gone), []string{job.OutputKey(w.NewOutput(job.ID{}, 1).Token), job.OutputKey(w.NewOutput(job.ID{}, 3).Token)})
	w.Has("ann", account.Counts{Queued: 1, StoredBytes: 5})
	_, err = w.Output(w.Ctx(), w.NewOutput(job.ID{}, 0).Token)
	w.IsKind(err, fault.NotFound, "NOT_FOUND")

	w.Clock.Advance(24 * time.Hour)
	files, n, err = w.Sweep(w.Ctx(), w.Now(), 10)
	w.NoError(err)
	w.Equal("answers swept", n, 1)
	w.Equal("files of answers", len(files), 0)
	_, err = w.Get(w.Ctx(), s.Job.ID) // the job is not touched
	w.NoError(err)
}

func outputNamed(w *world.World) {
	file, inline, sync := w.NewOutput(job.ID{}, 1), w.NewOutput(job.ID{}, 2), w.NewOutput(job.ID{}, 3)
	file.File, file.Data = true, nil
	sync.File, sync.Data, sync.Expires = true, nil, w.Now().Add(time.Hour)
	done := w.Finished(file, inline)
	w.NoError(w.Submit(w.Ctx(), &protocol.Submission{Owner: "ann", Output: sync}))
	withInput := w.SubmitJob("ann", world.WithFile(9))
	twin := withInput.ID
	twin[15] ^= 1
	keys := map[string]bool{
		job.OutputKey(file.Token):                     true,
		job.OutputKey(sync.Token):                     true,
		job.InputKey(withInput.ID):                    true,
		job.OutputKey(inline.Token):                   false,
		job.InputKey(done.ID):                         false,
		job.InputKey(twin):                            false,
		job.InputKey(w.IDs.New()):                     false,
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
	got, err := w.Named(w.Ctx(), ask)
	w.NoError(err)
	w.Equal("answers", len(got), len(want))
	for i := range got {
		if got[i] != want[i] {
			w.T.Errorf("%q: named %t, want %t", ask[i], got[i], want[i])
		}
	}
	none, err := w.Named(w.Ctx(), nil)
	w.NoError(err)
	w.Equal("none", len(none), 0)
}

func outputStoredBytes(w *world.World) {
	j := w.Finished(w.NewOutput(job.ID{}, 1))
	k := w.SubmitJob("ann", world.WithFile(1000))
	bob := w.SubmitJob("bob")
	w.Has("ann", account.Counts{Queued: 1, StoredBytes: 1010})
	w.Must(j.ID, world.Remove)
	w.Has("ann", account.Counts{Queued: 1, StoredBytes: 1000})
	w.Must(k.ID, world.GiveUp)
	w.Has("ann", account.Counts{StoredBytes: 1000}) // kept until it expires
	w.Must(k.ID, world.Remove)
	w.Must(bob.ID, world.Remove)
	w.Has("ann", account.Counts{})
	w.Has("bob", account.Counts{})
}
