package histories

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// ModelEqual does random operations on a store and on the model; after each
// one all that can be read must be the same.
func ModelEqual(w *world.World) {
	rapid.Check(w.T, func(rt *rapid.T) {
		g := newGame(w.T, rt, w.Place)
		defer g.close()
		rt.Repeat(map[string]func(*rapid.T){
			"submit": g.submit, "submit twice": g.submit, "sync": g.sync, "change": g.change, "change more": g.change,
			"promote": g.promote, "sweep": g.sweep, "time": g.pass, "reopen": g.reopen,
			"": g.check,
		})
	})
}

// A game is one store against one model.
type game struct {
	rt     *rapid.T
	store  world.Store
	open   func() world.Store
	clock  *world.Clock
	ids    *job.IDSource
	model  *model
	known  []job.ID
	tokens int
	counts protocol.Counts
}

var owners = []string{"ann", "bob"}

func newGame(t *testing.T, rt *rapid.T, place world.Place) *game {
	g := &game{rt: rt, clock: world.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	g.ids = job.NewIDSource(g.clock.Now, rand.Reader, 0)
	g.model = newModel(g.clock.Now)
	g.open = place(t, g.clock.Now)
	g.store = g.open()
	return g
}

func (g *game) close() { g.noError(g.store.Close()) }

func (g *game) noError(err error) {
	if err != nil {
		g.rt.Fatal(err)
	}
}

func (g *game) equal(what string, got, want any) {
	if diff := gocmp.Diff(want, got, world.EmptyIsNil); diff != "" {
		g.rt.Fatalf("%s differs (-model +store):\n%s", what, diff)
	}
}

// same fails unless both errors say the same.
func (g *game) same(got, want error) {
	switch {
	case got == nil && want == nil:
	case got == nil || want == nil || fault.KindOf(got) != fault.KindOf(want):
		g.rt.Fatalf("store said %v, model %v", got, want)
	}
}

var tools = []string{"x", "y"}

func (g *game) submit(rt *rapid.T) {
	now := world.Milli(g.clock.Now())
	j := &job.Job{
		ID: g.ids.New(), Owner: rapid.SampledFrom(owners).Draw(rt, "owner"), Tool: rapid.SampledFrom(tools).Draw(rt, "tool"),
		Version: 1, Created: now, Updated: now,
		Ready: &job.Ready{
			Priority:  rapid.IntRange(-2, 2).Draw(rt, "priority"),
			Probation: job.Probation(rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(rt, "probation")),
		},
	}
	if d := rapid.IntRange(-1, 3).Draw(rt, "delay"); d != 0 {
		j.Ready.RunAt = now.Add(time.Duration(d) * time.Minute)
	}
	if len(g.known) > 0 && rapid.IntRange(0, 9).Draw(rt, "take a known id") == 0 {
		j.ID = rapid.SampledFrom(g.known).Draw(rt, "known")
	}
	input := rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(rt, "input")
	j.Input = job.Input{Size: int64(len(input)), Where: rapid.SampledFrom([]job.Where{job.Inline, job.InFile, job.AtURL}).Draw(rt, "where")}
	s := &protocol.Submission{Owner: j.Owner, Job: j, Admit: g.admit(rt, j.Owner)}
	if j.Input.InStore() {
		s.Input = input
	}
	g.idempotency(rt, s)
	g.submitBoth(s)
}

// idempotency sometimes adds one of two keys.
func (g *game) idempotency(rt *rapid.T, s *protocol.Submission) {
	key := rapid.SampledFrom([]string{"", "", "k", "l"}).Draw(rt, "key")
	if key == "" {
		return
	}
	s.Idempotency = &protocol.Idempotency{
		Key: key, Digest: [32]byte{byte(g.tokens)}, Status: 202, Body: []byte("body"),
		Expires: world.Milli(g.clock.Now()).Add(5 * time.Minute),
	}
	if s.Job != nil {
		s.Idempotency.Job = s.Job.ID
	}
}

// admit charges, and refuses an owner with many jobs.
func (g *game) admit(rt *rapid.T, owner string) func(protocol.Ledger) error {
	month := rapid.IntRange(1, 2).Draw(rt, "month")
	most := rapid.Int64Range(1, 8).Draw(rt, "most")
	return func(l protocol.Ledger) error {
		if err := world.Charge(owner, month)(l); err != nil {
			return err
		}
		has, err := l.Counts(owner)
		if err == nil && has.Queued >= most {
			return fault.New(fault.Limited, "TOO_MANY_JOBS", "too many")
		}
		return err
	}
}

func (g *game) submitBoth(s *protocol.Submission) {
	twin := *s
	err := g.store.Submit(context.Background(), s)
	g.same(err, g.model.submit(&twin))
	g.equal("replay", s.Replay, twin.Replay)
	if err == nil && s.Job != nil && s.Replay == nil {
		g.known = append(g.known, s.Job.ID)
	}
}

func (g *game) sync(rt *rapid.T) {
	owner := rapid.SampledFrom(owners).Draw(rt, "owner")
	s := &protocol.Submission{Owner: owner, Admit: g.admit(rt, owner)}
	if rapid.Bool().Draw(rt, "has output") {
		s.Output = g.output(rt, owner)
		s.Output.Expires = world.Milli(g.clock.Now()).Add(3 * time.Minute)
	}
	g.idempotency(rt, s)
	g.submitBoth(s)
}

func (g *game) output(rt *rapid.T, owner string) *job.Output {
	g.tokens++
	o := &job.Output{
		Token: fmt.Sprintf("%032x", g.tokens), Owner: owner, Name: fmt.Sprint("x_", g.tokens), Size: 3,
		File: rapid.Bool().Draw(rt, "output is a file"), Created: world.Milli(g.clock.Now()),
	}
	if !o.File {
		o.Data = []byte("abc")
	}
	return o
}

// ChangeJob makes one to four changes, of the same job sometimes.
func (g *game) change(rt *rapid.T) {
	if len(g.known) == 0 {
		rt.Skip("no jobs")
	}
	n := rapid.IntRange(1, 4).Draw(rt, "changes")
	mine, twins := make([]*protocol.Change, n), make([]*protocol.Change, n)
	for i := range n {
		id := rapid.SampledFrom(g.known).Draw(rt, "job")
		decide := g.decision(rt)
		mine[i], twins[i] = &protocol.Change{ID: id, Decide: decide}, &protocol.Change{ID: id, Decide: decide}
	}
	g.noError(g.store.Change(context.Background(), mine))
	for i := range n {
		g.model.change(twins[i])
		g.same(mine[i].Err, twins[i].Err)
		if mine[i].Err == nil {
			g.equal("changed job", mine[i].Job, twins[i].Job)
			g.equal("files", world.Sorted(mine[i].Files), world.Sorted(twins[i].Files))
		}
	}
}

// Decision draws what is to become of a job; it is asked twice, by the store
// and by the model.
func (g *game) decision(rt *rapid.T) world.Decision {
	var out *job.Output
	if rapid.Bool().Draw(rt, "output") {
		out = g.output(rt, "")
	}
	runAt := time.Time{}
	if d := rapid.IntRange(0, 2).Draw(rt, "wait"); d > 0 {
		runAt = world.Milli(g.clock.Now()).Add(time.Duration(d) * time.Minute)
	}
	switch rapid.SampledFrom([]string{"claim", "claim", "claim", "finish", "finish", "give up", "requeue", "beat", "refund", "remove", "nothing"}).Draw(rt, "what") {
	case "claim":
		return world.Claim("w")
	case "finish":
		return func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
			if j.Ready == nil || !j.Ready.Lease.Taken() {
				return world.ErrLost
			}
			return world.Finish(j.Ready.Lease, out)(c, j, l)
		}
	case "give up":
		return world.GiveUp
	case "requeue":
		return world.Requeue(runAt, job.Probation(rapid.IntRange(0, 2).Draw(rt, "probation")))
	case "beat":
		return world.Beat
	case "refund":
		return refundAndRefuse
	case "remove":
		return world.Remove
	default:
		return func(c *protocol.Change, _ *job.Job, _ protocol.Ledger) error {
			c.Output = out
			return nil
		}
	}
}

// refundAndRefuse charges and then refuses: the charge must not be kept.
func refundAndRefuse(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
	if err := world.Charge(j.Owner, 1)(l); err != nil {
		return err
	}
	return errors.New("no")
}

func (g *game) promote(*rapid.T) {
	due, next, err := g.store.Promote(context.Background(), 1000)
	g.noError(err)
	ids := []job.ID{}
	for _, c := range due {
		ids = append(ids, c.ID)
	}
	wantIDs, wantNext := g.model.promote()
	g.equal("promoted", sortedIDs(ids), sortedIDs(wantIDs))
	g.equal("next", next, wantNext)
}

func sortedIDs(ids []job.ID) []job.ID {
	return append([]job.ID{}, slices.SortedFunc(slices.Values(ids), func(a, b job.ID) int { return slices.Compare(a[:], b[:]) })...)
}

func (g *game) sweep(*rapid.T) {
	files, n, err := g.store.Sweep(context.Background(), world.Milli(g.clock.Now()), 1000)
	g.noError(err)
	wantFiles, want := g.model.sweep()
	g.equal("swept", n, want)
	g.equal("swept files", world.Sorted(files), world.Sorted(wantFiles))
}

func (g *game) pass(rt *rapid.T) {
	if rapid.IntRange(0, 5).Draw(rt, "step") == 0 { // somebody sets the clock
		g.clock.Advance(time.Duration(rapid.IntRange(-400, 400).Draw(rt, "seconds of the step")) * time.Second)
		return
	}
	g.clock.Advance(time.Duration(rapid.IntRange(1, 120).Draw(rt, "seconds")) * time.Second)
}

func (g *game) reopen(rt *rapid.T) {
	if rapid.IntRange(0, 3).Draw(rt, "reopen") > 0 {
		rt.Skip("slow")
	}
	g.noError(g.store.Close())
	g.store = g.open()
}

// check compares all that can be read.
func (g *game) check(*rapid.T) {
	ctx := context.Background()
	for _, id := range g.known {
		want, ok := g.model.jobs[id]
		got, err := g.store.Get(ctx, id)
		if ok != (err == nil) {
			g.rt.Fatalf("job %s: got error %v, model has it: %t", id, err, ok)
		}
		g.equal("job", got, world.ClientView(want))
		input, err := g.store.Input(ctx, id)
		if _, ok := g.model.inputs[id]; ok != (err == nil) {
			g.rt.Fatalf("input of %s: got error %v, model has it: %t", id, err, ok)
		}
		g.equal("input", input, g.model.inputs[id])
	}
	for n := range g.tokens + 1 {
		token := fmt.Sprintf("%032x", n)
		want, ok := g.model.outputs[token]
		got, err := g.store.Output(ctx, token)
		if ok != (err == nil) {
			g.rt.Fatalf("output %s: got error %v, model has it: %t", token, err, ok)
		}
		g.equal("output", got, want)
	}
	for _, owner := range owners {
		g.checkOwner(ctx, owner)
	}
	suspects, err := protocol.Suspects(ctx, g.store, 1000)
	g.noError(err)
	want := g.model.waiting(func(j job.Job) bool { return j.Ready.Probation != job.Clear })
	slices.SortFunc(want, func(a, b job.Candidate) int { return slices.Compare(a.ID[:], b.ID[:]) })
	g.equal("suspects", append([]job.Candidate{}, suspects...), want)
	last, err := g.store.LastSeq(ctx)
	g.noError(err)
	if last != 0 {
		g.equal("last seq", last, g.model.last)
	}
}

func (g *game) checkOwner(ctx context.Context, owner string) {
	for _, tool := range tools {
		ready, err := g.store.Ready(ctx, owner, tool, job.Candidate{}, 1000)
		g.noError(err)
		g.equal("ready", append([]job.Candidate{}, ready...),
			g.model.waiting(func(j job.Job) bool { return j.Owner == owner && j.Tool == tool && j.Ready.Probation == job.Clear }))
	}
	for month := range 3 {
		is, err := g.store.Owner(ctx, owner, month)
		g.noError(err)
		g.equal("usage", is.Usage, g.model.usage[usageKey{owner, month}])
		g.equal("counts", is.Counts, g.model.counts(owner))
	}
	var sum account.Counts
	backlog, err := g.counts.Look(ctx, g.store)
	g.noError(err)
	for _, c := range backlog {
		if c.Owner == owner {
			sum.Queued += c.Queued
			sum.Running += c.Running
		}
	}
	want := g.model.counts(owner)
	want.StoredBytes = 0
	g.equal("backlog", sum, want)
	jobs, _, err := g.store.List(ctx, protocol.Filter{Owner: owner, Limit: 1000})
	g.noError(err)
	for i, j := range jobs {
		if i > 0 && (j.Created.After(jobs[i-1].Created) || j.Created.Equal(jobs[i-1].Created) && j.ID.Seq() >= jobs[i-1].ID.Seq()) {
			g.rt.Fatal("list is not newest first")
		}
		g.equal("listed job", j, world.ClientView(g.model.jobs[j.ID]))
	}
	for _, key := range []string{"k", "l"} {
		a, err := g.store.Answer(ctx, owner, key)
		g.noError(err)
		g.equal("answer", a, g.model.answer(owner, key))
	}
}
