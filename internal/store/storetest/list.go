package storetest

import (
	"fmt"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/storetest/world"
)

func listFilters(w *world.World) {
	start := w.Now()
	a := w.SubmitJob("ann", world.WithTool("x"))
	w.Clock.Advance(time.Second)
	b := w.SubmitJob("ann", world.WithTool("y"))
	w.Clock.Advance(time.Second)
	c := w.SubmitJob("ann", world.WithTool("x"))
	other := w.SubmitJob("bob", world.WithTool("x"))
	w.Must(a.ID, world.Claim("w"))
	w.Must(b.ID, world.GiveUp)
	status := func(s ...job.Status) []job.Status { return s }
	for _, f := range []struct {
		name   string
		filter protocol.Filter
		want   []job.ID
	}{
		{"all, newest first", protocol.Filter{Owner: "ann"}, []job.ID{c.ID, b.ID, a.ID}},
		{"another owner", protocol.Filter{Owner: "bob"}, []job.ID{other.ID}},
		{"nobody", protocol.Filter{Owner: "carl"}, []job.ID{}},
		{"tool", protocol.Filter{Owner: "ann", Tools: []string{"x"}}, []job.ID{c.ID, a.ID}},
		{"queued", protocol.Filter{Owner: "ann", Status: status(job.Queued)}, []job.ID{c.ID}},
		{"processing", protocol.Filter{Owner: "ann", Status: status(job.Processing)}, []job.ID{a.ID}},
		{"failed tool x", protocol.Filter{Owner: "ann", Status: status(job.Failed), Tools: []string{"x"}}, []job.ID{}},
		{"queued or failed", protocol.Filter{Owner: "ann", Status: status(job.Queued, job.Failed)}, []job.ID{c.ID, b.ID}},
		{"either tool", protocol.Filter{Owner: "ann", Tools: []string{"y", "x"}}, []job.ID{c.ID, b.ID, a.ID}},
		{"created after", protocol.Filter{Owner: "ann", CreatedAfter: start}, []job.ID{c.ID, b.ID}},
		{"created before", protocol.Filter{Owner: "ann", CreatedBefore: start.Add(2 * time.Second)}, []job.ID{b.ID, a.ID}},
		{"created between", protocol.Filter{Owner: "ann", CreatedAfter: start, CreatedBefore: start.Add(2 * time.Second)}, []job.ID{b.ID}},
		{"before an id", protocol.Filter{Owner: "ann", Before: world.At(c)}, []job.ID{b.ID, a.ID}},
		{"before another owner's id", protocol.Filter{Owner: "ann", Before: world.At(other)}, []job.ID{c.ID, b.ID, a.ID}},
		{"before an id and a time", protocol.Filter{Owner: "ann", Before: world.At(c), CreatedBefore: start.Add(time.Second)}, []job.ID{a.ID}},
		{"before an id and a later time", protocol.Filter{Owner: "ann", Before: world.At(b), CreatedBefore: start.Add(2 * time.Second)}, []job.ID{a.ID}},
		{"before the beginning of time", protocol.Filter{Owner: "ann", CreatedBefore: time.Unix(0, 0)}, []job.ID{}},
		{"limit", protocol.Filter{Owner: "ann", Limit: 2}, []job.ID{c.ID, b.ID}},
	} {
		w.Equal(f.name, w.ListIDs(f.filter), f.want)
	}
	jobs, _, err := w.List(w.Ctx(), protocol.Filter{Owner: "bob", Limit: 1})
	w.NoError(err)
	w.Equal("job", jobs, []job.Job{world.ClientView(*other)})
}

func listPages(w *world.World) {
	want := []job.ID{}
	for range 25 {
		want = append([]job.ID{w.SubmitJob("ann").ID}, want...)
		w.SubmitJob("bob")
	}
	got := []job.ID{}
	var before protocol.Cursor
	for range 2 * len(want) {
		page, next := w.PageOf(protocol.Filter{Owner: "ann", Before: before, Limit: 4})
		got = append(got, page...)
		w.SubmitJob("ann") // newer than every page
		w.Must(page[len(page)-1], world.Remove)
		if before = next; next == (protocol.Cursor{}) {
			break
		}
	}
	w.Equal("pages", got, want)
	_, next := w.PageOf(protocol.Filter{Owner: "bob", Limit: 25})
	w.Equal("after a page that has all", next, protocol.Cursor{})
}

// listOrder: the order is that of creation, whatever the ids are: they are made
// when a request begins.
func listOrder(w *world.World) {
	slow, quick := w.Job("ann"), w.Job("ann")
	w.Clock.Advance(time.Second)
	for _, j := range []*job.Job{quick, slow} {
		j.Created = w.Now()
		w.NoError(w.Submit(w.Ctx(), world.Submission(j)))
		w.Clock.Advance(time.Second)
	}
	w.Equal("newest first", w.ListIDs(protocol.Filter{Owner: "ann"}), []job.ID{slow.ID, quick.ID})
	w.Equal("after", w.ListIDs(protocol.Filter{Owner: "ann", CreatedAfter: quick.Created}), []job.ID{slow.ID})
	w.Equal("before", w.ListIDs(protocol.Filter{Owner: "ann", CreatedBefore: slow.Created}), []job.ID{quick.ID})
	w.Equal("next", w.ListIDs(protocol.Filter{Owner: "ann", Before: world.At(slow)}), []job.ID{quick.ID})
}

// listRows: whatever is asked for, a page looks at so many jobs and says where
// to go on.
func listRows(w *world.World) {
	var all []job.Job
	for i := range 20 {
		tool := "common"
		if i == 3 || i == 4 {
			tool = "rare"
		}
		all = append(all, *w.SubmitJob("ann", world.WithTool(tool), func(j *job.Job) { j.Metadata = []byte(`{"tool":"` + tool + `"}`) }))
		w.SubmitJob("bob", world.WithTool("rare"))
		if i%2 == 0 {
			w.Clock.Advance(time.Second)
		}
	}
	for _, f := range []protocol.Filter{
		{Tools: []string{"rare"}}, {Metadata: map[string]string{"tool": "rare"}}, {Tools: []string{"rare"}, Status: []job.Status{job.Queued}, CreatedAfter: all[0].Created.Add(-1)},
	} {
		f.Owner, f.Rows, f.Limit = "ann", 6, 10
		var pages []int
		got := []job.ID{}
		for range 10 {
			ids, next := w.PageOf(f)
			got, pages = append(got, ids...), append(pages, len(ids))
			if f.Before = next; next == (protocol.Cursor{}) {
				break
			}
		}
		w.Equal("jobs", got, []job.ID{all[4].ID, all[3].ID})
		w.Equal("pages", pages, []int{0, 0, 2, 0})
	}
	ids, next := w.PageOf(protocol.Filter{Owner: "ann", Tools: []string{"rare"}, CreatedAfter: all[16].Created, Rows: 6})
	w.Equal("a range that was looked at whole", len(ids), 0)
	w.Equal("its next", next, protocol.Cursor{})
	for id := range 3 {
		w.Must(all[19-id].ID, world.GiveUp)
	}
	ids, next = w.PageOf(protocol.Filter{Owner: "ann", Status: []job.Status{job.Failed}, Limit: 2})
	w.Equal("enough", ids, []job.ID{all[19].ID, all[18].ID})
	w.Equal("then", w.ListIDs(protocol.Filter{Owner: "ann", Status: []job.Status{job.Failed}, Before: next}), []job.ID{all[17].ID})
}

// listExpired: what has expired is not listed, swept or not.
func listExpired(w *world.World) {
	a, b, c := w.SubmitJob("ann"), w.SubmitJob("ann"), w.SubmitJob("ann")
	at := w.Now().Add(time.Hour)
	w.Must(b.ID, world.GiveUp)
	for _, f := range []struct {
		now  time.Time
		want []job.ID
	}{
		{at.Add(-time.Millisecond), []job.ID{c.ID, b.ID, a.ID}},
		{at, []job.ID{c.ID, a.ID}},
		{time.Time{}, []job.ID{c.ID, b.ID, a.ID}},
	} {
		w.Equal("listed", w.ListIDs(protocol.Filter{Owner: "ann", Now: f.now}), f.want)
	}
	w.Equal("a full page", w.ListIDs(protocol.Filter{Owner: "ann", Now: at, Limit: 2}), []job.ID{c.ID, a.ID})
}

func listMetadata(w *world.World) {
	meta := func(s string) func(*job.Job) { return func(j *job.Job) { j.Metadata = []byte(s) } }
	a := w.SubmitJob("ann", meta(`{"color":"red","size":"1"}`))
	b := w.SubmitJob("ann", meta(`{"color":"red","size":"2"}`))
	w.SubmitJob("ann", meta(`{"color":"r\u0065d ","size":1}`))
	d := w.SubmitJob("ann", meta(`{"color":"\u0072ed","na\"me":"\u0000"}`))
	w.SubmitJob("ann")
	w.SubmitJob("bob", meta(`{"color":"red"}`))
	for _, f := range []struct {
		name string
		want map[string]string
		ids  []job.ID
	}{
		{"one", map[string]string{"color": "red"}, []job.ID{d.ID, b.ID, a.ID}},
		{"two", map[string]string{"color": "red", "size": "1"}, []job.ID{a.ID}},
		{"not a string", map[string]string{"size": "1"}, []job.ID{a.ID}},
		{"none", map[string]string{"color": "blue"}, []job.ID{}},
		{"empty value of an absent name", map[string]string{"shape": ""}, []job.ID{}},
	} {
		w.Equal(f.name, w.ListIDs(protocol.Filter{Owner: "ann", Metadata: f.want}), f.ids)
	}
	w.Equal("limit counts matches", w.ListIDs(protocol.Filter{Owner: "ann", Metadata: map[string]string{"size": "1"}, Limit: 1}), []job.ID{a.ID})
}

// listCodes: what a job failed with is told from its error; a job that did not fail
// has none, whatever is left of an earlier one.
func listCodes(w *world.World) {
	with := func(code string) *job.Job {
		j := w.SubmitJob("ann")
		w.Must(j.ID, func(c *protocol.Change, j *job.Job, l protocol.Ledger) error {
			err := world.GiveUp(c, j, l)
			j.Error = []byte(`{"code":"` + code + `","message":"CANCELED","details":{"code":"CANCELED"}}`)
			return err
		})
		return j
	}
	timeout, canceled, invalid := with("TIMEOUT"), with("CANCELED"), with(`IN\u0056ALID`)
	w.SubmitJob("ann")
	w.Finished()
	for _, f := range []struct {
		codes []string
		want  []job.ID
	}{
		{[]string{"TIMEOUT"}, []job.ID{timeout.ID}},
		{[]string{"CANCELED"}, []job.ID{canceled.ID}},
		{[]string{"INVALID", "TIMEOUT"}, []job.ID{invalid.ID, timeout.ID}},
		{[]string{"timeout"}, []job.ID{}},
		{[]string{""}, []job.ID{}},
	} {
		w.Equal(fmt.Sprint(f.codes), w.ListIDs(protocol.Filter{Owner: "ann", Codes: f.codes}), f.want)
	}
	w.Equal("and a status", w.ListIDs(protocol.Filter{Owner: "ann", Codes: []string{"TIMEOUT"}, Status: []job.Status{job.Success}}), []job.ID{})
}

// listFinished: by the time of the end; what is not finished is neither before nor
// after any time.
func listFinished(w *world.World) {
	first, second, open := w.SubmitJob("ann"), w.SubmitJob("ann"), w.SubmitJob("ann")
	w.Clock.Advance(time.Minute)
	w.Must(second.ID, world.GiveUp)
	middle := w.Now()
	w.Clock.Advance(time.Minute)
	w.Must(first.ID, world.GiveUp)
	for _, f := range []struct {
		name          string
		after, before time.Time
		want          []job.ID
	}{
		{"after", middle, time.Time{}, []job.ID{first.ID}},
		{"just after", middle.Add(-time.Millisecond), time.Time{}, []job.ID{second.ID, first.ID}},
		{"before", time.Time{}, middle.Add(time.Millisecond), []job.ID{second.ID}},
		{"at", time.Time{}, middle, []job.ID{}},
		{"between", middle, w.Now().Add(time.Hour), []job.ID{first.ID}},
		{"any", time.Time{}, time.Time{}, []job.ID{open.ID, second.ID, first.ID}},
	} {
		w.Equal(f.name, w.ListIDs(protocol.Filter{Owner: "ann", FinishedAfter: f.after, FinishedBefore: f.before}), f.want)
	}
}
