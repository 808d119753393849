// Package groups has the cases of the suite about groups of jobs, and about the order
// in which an owner's jobs end.
package groups

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

// Cases are the cases.
func Cases() world.Cases {
	return world.Cases{
		"a group counts its jobs":                      counts,
		"a group goes with its last job":               goes,
		"a group of the same name is its owner's":      owners,
		"admission sees the group":                     admission,
		"groups are listed, newest first":              listed,
		"jobs are listed by group":                     listedJobs,
		"a closed group is finished once":              finishedOnce,
		"a group that is closed last is finished once": closedLast,
		"the end of a group outlives it":               outlives,
		"groups are counted anew":                      recounted,
		"groups are exact with many callers":           manyCallers,
		"ends are numbered for those who ask":          numbered,
		"a feed is filtered and bounded":               feedFilters,
		"a feed misses nothing with many callers":      feedManyCallers,
	}
}

func in(group string) func(*job.Job) { return func(j *job.Job) { j.Group = group } }

func named(owner, name string) job.GroupName { return job.GroupName{Owner: owner, Name: name} }

// group returns a group, zero if there is none.
func group(w *world.World, owner, name string) job.Group {
	w.T.Helper()
	list, err := w.Groups(w.Ctx(), []job.GroupName{named(owner, name), named("nobody", name)})
	w.NoError(err)
	if len(list) == 0 {
		return job.Group{}
	}
	w.Equal("groups", len(list), 1)
	return list[0]
}

func ended(w *world.World, j *job.Job) {
	w.T.Helper()
	lease := w.Must(j.ID, world.Claim("w")).Ready.Lease
	w.Must(j.ID, world.Finish(lease, nil))
}

func counts(w *world.World) {
	a, b, c := w.SubmitJob("ann", in("g")), w.SubmitJob("ann", in("g")), w.SubmitJob("ann", in("g"))
	w.SubmitJob("ann")
	made := w.Now()
	w.Clock.Advance(time.Second)
	g := group(w, "ann", "g")
	w.Equal("new", g, job.Group{GroupName: named("ann", "g"), Version: 3, Kept: job.Tally{3}, Newest: c.ID, Created: made, Updated: made})
	w.Must(a.ID, world.Claim("w"))
	w.Equal("claimed", group(w, "ann", "g").Kept, job.Tally{2, 1})
	w.Must(a.ID, world.Beat)
	before := group(w, "ann", "g")
	w.Equal("a sign of life changes nothing", before.Version, int64(4))
	w.Must(b.ID, world.GiveUp)
	w.Must(a.ID, world.Requeue(time.Time{}, job.Clear))
	lease := w.Must(a.ID, world.Claim("w")).Ready.Lease
	w.Must(a.ID, world.Finish(lease, nil))
	w.Must(c.ID, world.GiveUp)
	g = group(w, "ann", "g")
	w.Equal("ended", g.Kept, job.Tally{0, 0, 1, 2})
	w.Equal("first error", string(g.FirstError), `{"code":"CANCELED"}`)
	w.Equal("of the first that failed", g.FirstJob, b.ID)
	w.Equal("updated", g.Updated, w.Now())
	w.Reopen()
	w.Equal("after reopening", group(w, "ann", "g"), g)
	got, err := w.Get(w.Ctx(), a.ID)
	w.NoError(err)
	w.Equal("the job's group", got.Group, "g")
}

// goes: what was removed after its end still counts, what was removed before does not.
func goes(w *world.World) {
	a, b, c := w.SubmitJob("ann", in("g")), w.SubmitJob("ann", in("g")), w.SubmitJob("ann", in("g"))
	ended(w, a)
	w.Must(b.ID, world.GiveUp)
	w.Must(a.ID, world.Remove)
	w.Must(b.ID, world.Remove)
	g := group(w, "ann", "g")
	w.Equal("kept", g.Kept, job.Tally{1})
	w.Equal("jobs", g.Jobs(), job.Tally{1, 0, 1, 1})
	_, err := w.ChangeGroup(w.Ctx(), named("ann", "g"), shut)
	w.NoError(err)
	w.Must(c.ID, world.Remove)
	w.Equal("after its last job", group(w, "ann", "g"), job.Group{})
	_, err = w.ChangeGroup(w.Ctx(), named("ann", "g"), shut)
	w.IsKind(err, fault.NotFound, "GROUP_NOT_FOUND")
	w.Clock.Advance(time.Second)
	d := w.SubmitJob("ann", in("g"))
	w.Equal("another one of its name", group(w, "ann", "g"),
		job.Group{GroupName: named("ann", "g"), Version: group(w, "ann", "g").Version, Kept: job.Tally{1}, Newest: d.ID, Created: w.Now(), Updated: w.Now()})
}

func shut(g *job.Group) error {
	g.Closed = true
	return nil
}

func owners(w *world.World) {
	w.SubmitJob("ann", in("g"))
	w.SubmitJob("bob", in("g"))
	w.SubmitJob("bob", in("g"))
	w.SubmitJob("bob", in("G"))
	w.Equal("ann's", group(w, "ann", "g").Kept, job.Tally{1})
	w.Equal("bob's", group(w, "bob", "g").Kept, job.Tally{2})
	w.Equal("bob's other", group(w, "bob", "G").Kept, job.Tally{1})
	_, err := w.ChangeGroup(w.Ctx(), named("ann", "g"), shut)
	w.NoError(err)
	w.Equal("bob's is open", group(w, "bob", "g").Closed, false)
	no := errors.New("no")
	_, err = w.ChangeGroup(w.Ctx(), named("bob", "g"), func(g *job.Group) error {
		g.Closed = true
		return no
	})
	if !errors.Is(err, no) {
		w.T.Errorf("got %v, want the decision's error", err)
	}
	w.Equal("after a refusal", group(w, "bob", "g").Closed, false)
}

func admission(w *world.World) {
	full := errors.New("full")
	for i := range 3 {
		s := world.Submission(w.Job("ann", in("g")))
		s.Admit = func(l protocol.Ledger) error {
			g, err := l.Group("ann", "g")
			if err != nil {
				return err
			}
			if g.Kept.All() >= 2 {
				return full
			}
			return nil
		}
		err := w.Submit(w.Ctx(), s)
		if refused := errors.Is(err, full); refused != (i == 2) {
			w.T.Fatalf("submission %d: %v", i, err)
		}
	}
	w.Equal("jobs", group(w, "ann", "g").Kept, job.Tally{2})
}

func listed(w *world.World) {
	var want []string
	for i := range 7 {
		name := fmt.Sprint("g", i)
		w.SubmitJob("ann", in(name))
		w.SubmitJob("bob", in(name))
		want = append([]string{name}, want...)
		if i%2 == 0 {
			w.Clock.Advance(time.Millisecond)
		}
	}
	var got []string
	var at protocol.GroupCursor
	for {
		list, next, err := w.ListGroups(w.Ctx(), "ann", at, 2)
		w.NoError(err)
		for _, g := range list {
			w.Equal("owner", g.Owner, "ann")
			got = append(got, g.Name)
		}
		if at = next; next == (protocol.GroupCursor{}) {
			break
		}
	}
	w.Equal("groups", got, want)
}

func listedJobs(w *world.World) {
	a := w.SubmitJob("ann", in("g"))
	w.SubmitJob("ann", in("h"))
	w.SubmitJob("ann")
	other := w.SubmitJob("bob", in("g"))
	w.Clock.Advance(time.Second)
	b := w.SubmitJob("ann", in("g"), world.WithTool("x"))
	w.Equal("ann's", w.ListIDs(protocol.Filter{Owner: "ann", Group: "g"}), []job.ID{b.ID, a.ID})
	w.Equal("ann's of a tool", w.ListIDs(protocol.Filter{Owner: "ann", Group: "g", Tools: []string{"x"}}), []job.ID{b.ID})
	w.Equal("of nobody", w.ListIDs(protocol.Filter{Owner: "ann", Group: "i"}), []job.ID{})
	everybodys := func(f protocol.Filter) (ids []job.ID) {
		f.Limit = 100
		jobs, _, err := w.List(w.Ctx(), f)
		w.NoError(err)
		for i := range jobs {
			ids = append(ids, jobs[i].ID)
		}
		return ids
	}
	w.Equal("everybody's", everybodys(protocol.Filter{Group: "g"}), []job.ID{b.ID, other.ID, a.ID})
	w.Equal("everybody's in trouble", everybodys(protocol.Filter{Group: "g", Trouble: job.TroubleStuck, StuckSince: w.Now().Add(time.Hour)}), []job.ID{a.ID, other.ID, b.ID})
	ids, _, err := w.Match(w.Ctx(), protocol.Filter{Owner: "ann", Group: "g"})
	w.NoError(err)
	w.Equal("matched", ids, []job.ID{b.ID, a.ID})
}

// told are a webhook's events of groups.
func told(w *world.World, hook string) (groups []job.Group) {
	w.T.Helper()
	for _, d := range w.DeliveriesOf(hook) {
		if d.Event != job.GroupFinished {
			continue
		}
		g, err := job.GroupOf(&d)
		w.NoError(err)
		groups = append(groups, g)
	}
	return groups
}

func finishedOnce(w *world.World) {
	w.Hook("ann", "wh_a", "https://a.example/", job.GroupFinished)
	w.Hook("ann", "wh_b", "https://b.example/", job.JobSucceeded, job.JobFailed)
	w.Hook("bob", "wh_c", "https://c.example/", job.GroupFinished)
	a, b := w.SubmitJob("ann", in("g")), w.SubmitJob("ann", in("g"))
	ended(w, a)
	for range 2 {
		g, err := w.ChangeGroup(w.Ctx(), named("ann", "g"), shut)
		w.NoError(err)
		w.Equal("closed", g.Closed, true)
	}
	w.Equal("told before its end", len(told(w, "wh_a")), 0)
	w.Must(b.ID, world.GiveUp)
	want := group(w, "ann", "g")
	got := told(w, "wh_a")
	w.Equal("told", len(got), 1)
	w.Equal("jobs", got[0].Jobs(), job.Tally{0, 0, 1, 1})
	w.Equal("what was told of", got[0].GroupName, want.GroupName)
	w.Equal("who did not ask", len(told(w, "wh_b")), 0)
	w.Equal("whose it is not", len(told(w, "wh_c")), 0)
	w.Must(a.ID, world.Remove)
	_, err := w.ChangeGroup(w.Ctx(), named("ann", "g"), shut)
	w.NoError(err)
	w.Equal("told again", len(told(w, "wh_a")), 1)
	targets := w.AllTargets(10)
	w.Equal("due", slices.ContainsFunc(targets, func(t job.Target) bool { return t.Name == "ann wh_a" }), true)
}

func closedLast(w *world.World) {
	w.Hook("ann", "wh_a", "https://a.example/", job.GroupFinished)
	a := w.SubmitJob("ann", in("g"))
	w.Must(a.ID, world.GiveUp)
	w.Equal("told while it is open", len(told(w, "wh_a")), 0)
	for range 2 {
		_, err := w.ChangeGroup(w.Ctx(), named("ann", "g"), shut)
		w.NoError(err)
		w.Equal("told", len(told(w, "wh_a")), 1)
	}
}

// outlives: the last unfinished job is removed, and the group with it.
func outlives(w *world.World) {
	w.Hook("ann", "wh_a", "https://a.example/", job.GroupFinished)
	a := w.SubmitJob("ann", in("g"))
	_, err := w.ChangeGroup(w.Ctx(), named("ann", "g"), shut)
	w.NoError(err)
	w.Must(a.ID, world.Remove)
	w.Equal("group", group(w, "ann", "g"), job.Group{})
	w.Equal("told", len(told(w, "wh_a")), 1)
	b := w.SubmitJob("ann", in("g"))
	_, err = w.ChangeGroup(w.Ctx(), named("ann", "g"), shut)
	w.NoError(err)
	w.Must(b.ID, world.GiveUp)
	w.Equal("told of the next one", len(told(w, "wh_a")), 2)
}

func recounted(w *world.World) {
	for i := range 5 {
		w.Must(w.SubmitJob("ann", in(fmt.Sprint("g", i))).ID, world.GiveUp)
		w.SubmitJob("bob", in(fmt.Sprint("g", i)))
	}
	seen := 0
	var at job.GroupName
	for {
		wrong, next, err := w.RecountGroups(w.Ctx(), at, 3, true)
		w.NoError(err)
		w.Equal("wrong", len(wrong), 0)
		if seen++; seen > 10 {
			w.T.Fatal("it does not end")
		}
		if at = next; next == (job.GroupName{}) {
			break
		}
	}
	w.Equal("pages of ten groups", seen, 4)
	w.Equal("as it was", group(w, "ann", "g0").Version, int64(2))
}

func manyCallers(w *world.World) {
	w.Hook("ann", "wh_a", "https://a.example/", job.GroupFinished)
	first := w.SubmitJob("ann", in("g"))
	var all sync.WaitGroup
	const callers, jobs = 8, 6
	for range callers {
		all.Go(func() {
			for range jobs {
				j := w.Job("ann", in("g"))
				if err := w.Submit(w.Ctx(), world.Submission(j)); err != nil {
					w.T.Error(err)
					return
				}
				c := &protocol.Change{ID: j.ID, Decide: world.GiveUp}
				if err := w.Change(w.Ctx(), []*protocol.Change{c}); err != nil || c.Err != nil {
					w.T.Error(err, c.Err)
				}
			}
		})
	}
	all.Wait()
	w.Equal("jobs", group(w, "ann", "g").Kept, job.Tally{1, 0, 0, callers * jobs})
	_, err := w.ChangeGroup(w.Ctx(), named("ann", "g"), shut)
	w.NoError(err)
	w.Must(first.ID, world.GiveUp)
	w.Equal("told", len(told(w, "wh_a")), 1)
	wrong, _, err := w.RecountGroups(w.Ctx(), job.GroupName{}, 10, false)
	w.NoError(err)
	w.Equal("counted anew", len(wrong), 0)
}
