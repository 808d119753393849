package storetest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

var awkward = []string{
	"", "\x00", "a\x00b", "'; DROP TABLE jobs; --", `"`, "`", "%_\\", "emoji 👩‍👩‍👧‍👦", "naïve\u0301", "\ufeff", "\r\n\t", "NULL", "0",
	strings.Repeat("long ", 200),
}

// awkwardStrings: text comes back as it went in, and is compared exactly.
func awkwardStrings(w *world.World) {
	var ids []job.ID
	for _, text := range awkward {
		j := w.Job("owner"+text, func(j *job.Job) {
			j.Tool, j.RequestID = "tool"+text, text
			j.Options, j.Metadata, j.Terms, j.Input.Size = []byte(text), []byte(text), []byte(text), int64(len(text))
		})
		s := &protocol.Submission{Owner: j.Owner, Job: j, Input: []byte(text), Idempotency: &protocol.Idempotency{
			Key: text, Status: 202, Body: []byte(text), Output: text, Expires: w.Now().Add(time.Hour),
		}}
		w.NoError(w.Submit(w.Ctx(), s))
		ids = append(ids, j.ID)
		got, err := w.Get(w.Ctx(), j.ID)
		w.NoError(err)
		w.Equal("job", got, world.ClientView(*j))
		input, err := w.Input(w.Ctx(), j.ID)
		w.NoError(err)
		w.Equal("input", input, []byte(text))
		answer, err := w.Answer(w.Ctx(), j.Owner, text)
		w.NoError(err)
		w.Equal("answer", answer, s.Idempotency)
		w.Equal("list", w.ListIDs(protocol.Filter{Owner: j.Owner, Tools: []string{"tool" + text}}), []job.ID{j.ID})
		w.Has(j.Owner, account.Counts{Queued: 1, StoredBytes: int64(len(text))})
	}
	for i, text := range awkward {
		c, err := w.ChangeJob(ids[i], world.Claim("worker"+text))
		w.NoError(err)
		lease := c.Job.Ready.Lease
		w.Equal("worker", lease.Worker, "worker"+text)
		out := w.NewOutput(ids[i], i)
		out.Token, out.Name, out.ContentType, out.Data = "token"+text, text, text, []byte(text)
		out.Size = int64(len(text))
		done := w.Must(ids[i], func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
			err := world.Finish(lease, out)(c, j, l)
			j.Result, j.History = []byte(text), []byte(text)
			return err
		})
		got, err := w.Get(w.Ctx(), ids[i])
		w.NoError(err)
		w.Equal("finished job", got, done)
		kept, err := w.Output(w.Ctx(), out.Token)
		w.NoError(err)
		w.Equal("output's name", kept.Name, text)
		w.Equal("output's data", kept.Data, []byte(text))
	}
	w.Equal("backlog", w.ToolCounts(), []account.ToolCount{})
}

// awkwardLarge: a mebibyte in each long field, and bytes that are no text.
func awkwardLarge(w *world.World) {
	large := bytes.Repeat([]byte("\xff\xfe\x00\xc3("), 1<<20/5)
	s := world.Submission(w.Job("ann", func(j *job.Job) {
		j.Options, j.Metadata, j.Terms, j.Input.Size = large, large, large, int64(len(large))
		j.RequestID = strings.Repeat("r", 1<<20)
	}))
	s.Input = large
	w.NoError(w.Submit(w.Ctx(), s))
	lease := w.Must(s.Job.ID, world.Claim("w")).Ready.Lease
	out := w.NewOutput(s.Job.ID, 1)
	out.Data, out.Size = large, int64(len(large))
	done := w.Must(s.Job.ID, func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		err := world.Finish(lease, out)(c, j, l)
		j.Result, j.Error, j.History = large, large, large
		return err
	})
	w.Reopen()
	got, err := w.Get(w.Ctx(), s.Job.ID)
	w.NoError(err)
	w.Equal("job", got, done)
	input, err := w.Input(w.Ctx(), s.Job.ID)
	w.NoError(err)
	kept, err := w.Output(w.Ctx(), out.Token)
	w.NoError(err)
	if !bytes.Equal(input, large) || !bytes.Equal(kept.Data, large) {
		w.T.Fatal("large input or output is not as it was")
	}
}

// canceledContext: a caller that has given up gets its context's error and
// nothing is written.
func canceledContext(w *world.World) {
	ctx, cancel := context.WithCancel(w.Ctx())
	cancel()
	j := w.Job("ann")
	_, get := w.Get(ctx, j.ID)
	_, input := w.Input(ctx, j.ID)
	_, _, list := w.List(ctx, protocol.Filter{Owner: "ann", Limit: 1})
	_, answer := w.Answer(ctx, "ann", "k")
	_, ready := w.Ready(ctx, "ann", world.ToolName, job.Candidate{}, 1)
	_, _, usage := w.Usage(ctx, "ann", 1)
	_, _, sweep := w.Sweep(ctx, w.Now(), 1)
	_, _, promote := w.Promote(ctx, 1)
	c := &protocol.Change{ID: j.ID, Decide: world.Remove}
	change := w.Change(ctx, []*protocol.Change{c})
	for name, err := range map[string]error{
		"Submit": w.Submit(ctx, world.Submission(j)), "Change": change, "Change.Err": c.Err, "Get": get, "Input": input, "List": list,
		"Answer": answer, "Ready": ready, "Usage": usage, "Sweep": sweep, "Promote": promote,
		"CreateKey": w.CreateKey(ctx, w.NewKey("ann", 1)), "AddSecret": w.AddSecret(ctx, account.Secret{ID: "1"}, time.Time{}),
	} {
		if !errors.Is(err, context.Canceled) {
			w.T.Errorf("%s: got %v, want context.Canceled", name, err)
		}
	}
	_, err := w.Get(w.Ctx(), j.ID)
	w.IsKind(err, fault.NotFound, "JOB_NOT_FOUND")
	keys, err := w.Keys(w.Ctx())
	w.NoError(err)
	w.Equal("keys", len(keys), 0)
	w.Has("ann", account.Counts{})
}

func unknownThings(w *world.World) {
	for _, id := range []job.ID{{}, w.IDs.New(), {0: 0xff, 6: 0xff, 15: 0xff}} {
		_, err := w.Get(w.Ctx(), id)
		w.IsKind(err, fault.NotFound, "JOB_NOT_FOUND")
		_, err = w.Input(w.Ctx(), id)
		w.IsKind(err, fault.NotFound, "")
		_, err = w.ChangeJob(id, world.Remove)
		w.IsKind(err, fault.NotFound, "JOB_NOT_FOUND")
	}
	w.WantLastSeq(0)
	w.Equal("list", w.ListIDs(protocol.Filter{Owner: ""}), []job.ID{})
}
