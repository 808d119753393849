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
)

var awkward = []string{
	"", "\x00", "a\x00b", "'; DROP TABLE jobs; --", `"`, "`", "%_\\", "emoji 👩‍👩‍👧‍👦", "naïve\u0301", "\ufeff", "\r\n\t", "NULL", "0",
	strings.Repeat("long ", 200),
}

// awkwardStrings: text comes back as it went in, and is compared exactly.
func awkwardStrings(w *world) {
	var ids []job.ID
	for _, text := range awkward {
		j := w.job("owner"+text, func(j *job.Job) {
			j.Tool, j.RequestID = "tool"+text, text
			j.Options, j.Metadata, j.Input.Size = []byte(text), []byte(text), int64(len(text))
		})
		s := &protocol.Submission{Owner: j.Owner, Job: j, Input: []byte(text), Idempotency: &protocol.Idempotency{
			Key: text, Status: 202, Body: []byte(text), Output: text, Expires: w.now().Add(time.Hour),
		}}
		w.noError(w.Submit(w.ctx(), s))
		ids = append(ids, j.ID)
		got, err := w.Get(w.ctx(), j.ID)
		w.noError(err)
		w.equal("job", got, clientView(*j))
		input, err := w.Input(w.ctx(), j.ID)
		w.noError(err)
		w.equal("input", input, []byte(text))
		answer, err := w.Answer(w.ctx(), j.Owner, text)
		w.noError(err)
		w.equal("answer", answer, s.Idempotency)
		w.equal("list", w.list(protocol.Filter{Owner: j.Owner, Tool: "tool" + text}), []job.ID{j.ID})
		w.has(j.Owner, account.Counts{Queued: 1, StoredBytes: int64(len(text))})
	}
	for i, text := range awkward {
		c, err := w.change(ids[i], claim("worker"+text))
		w.noError(err)
		lease := c.Job.Ready.Lease
		w.equal("worker", lease.Worker, "worker"+text)
		out := w.output(ids[i], i)
		out.Token, out.Name, out.ContentType, out.Data = "token"+text, text, text, []byte(text)
		out.Size = int64(len(text))
		done := w.must(ids[i], func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
			err := finish(lease, out)(c, j, l)
			j.Result, j.History = []byte(text), []byte(text)
			return err
		})
		got, err := w.Get(w.ctx(), ids[i])
		w.noError(err)
		w.equal("finished job", got, done)
		kept, err := w.Output(w.ctx(), out.Token)
		w.noError(err)
		w.equal("output's name", kept.Name, text)
		w.equal("output's data", kept.Data, []byte(text))
	}
	w.equal("backlog", w.backlog(), []account.ToolCount{})
}

// awkwardLarge: a mebibyte in each long field, and bytes that are no text.
func awkwardLarge(w *world) {
	large := bytes.Repeat([]byte("\xff\xfe\x00\xc3("), 1<<20/5)
	s := submission(w.job("ann", func(j *job.Job) {
		j.Options, j.Metadata, j.Input.Size = large, large, int64(len(large))
		j.RequestID = strings.Repeat("r", 1<<20)
	}))
	s.Input = large
	w.noError(w.Submit(w.ctx(), s))
	lease := w.must(s.Job.ID, claim("w")).Ready.Lease
	out := w.output(s.Job.ID, 1)
	out.Data, out.Size = large, int64(len(large))
	done := w.must(s.Job.ID, func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
		err := finish(lease, out)(c, j, l)
		j.Result, j.Error, j.History = large, large, large
		return err
	})
	w.reopen()
	got, err := w.Get(w.ctx(), s.Job.ID)
	w.noError(err)
	w.equal("job", got, done)
	input, err := w.Input(w.ctx(), s.Job.ID)
	w.noError(err)
	kept, err := w.Output(w.ctx(), out.Token)
	w.noError(err)
	if !bytes.Equal(input, large) || !bytes.Equal(kept.Data, large) {
		w.t.Fatal("large input or output is not as it was")
	}
}

// canceledContext: a caller that has given up gets its context's error and
// nothing is written.
func canceledContext(w *world) {
	ctx, cancel := context.WithCancel(w.ctx())
	cancel()
	j := w.job("ann")
	_, get := w.Get(ctx, j.ID)
	_, input := w.Input(ctx, j.ID)
	_, _, list := w.List(ctx, protocol.Filter{Owner: "ann", Limit: 1})
	_, answer := w.Answer(ctx, "ann", "k")
	_, ready := w.Ready(ctx, "ann", toolName, job.Candidate{}, 1)
	_, _, usage := w.Usage(ctx, "ann", 1)
	_, _, purge := w.Purge(ctx, w.now(), 1)
	_, _, promote := w.Promote(ctx, 1)
	c := &protocol.Change{ID: j.ID, Decide: remove}
	change := w.Change(ctx, []*protocol.Change{c})
	for name, err := range map[string]error{
		"Submit": w.Submit(ctx, submission(j)), "Change": change, "Change.Err": c.Err, "Get": get, "Input": input, "List": list,
		"Answer": answer, "Ready": ready, "Usage": usage, "Purge": purge, "Promote": promote,
		"CreateKey": w.CreateKey(ctx, w.key("ann", 1)), "AddSecret": w.AddSecret(ctx, account.Secret{ID: "1"}, time.Time{}),
	} {
		if !errors.Is(err, context.Canceled) {
			w.t.Errorf("%s: got %v, want context.Canceled", name, err)
		}
	}
	_, err := w.Get(w.ctx(), j.ID)
	w.isKind(err, fault.NotFound, "JOB_NOT_FOUND")
	keys, err := w.Keys(w.ctx())
	w.noError(err)
	w.equal("keys", len(keys), 0)
	w.has("ann", account.Counts{})
}

func unknownThings(w *world) {
	for _, id := range []job.ID{{}, w.ids.New(), {0: 0xff, 6: 0xff, 15: 0xff}} {
		_, err := w.Get(w.ctx(), id)
		w.isKind(err, fault.NotFound, "JOB_NOT_FOUND")
		_, err = w.Input(w.ctx(), id)
		w.isKind(err, fault.NotFound, "")
		_, err = w.change(id, remove)
		w.isKind(err, fault.NotFound, "JOB_NOT_FOUND")
	}
	w.lastSeq(0)
	w.equal("list", w.list(protocol.Filter{Owner: ""}), []job.ID{})
}
