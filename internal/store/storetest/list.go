package storetest

import (
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
)

// list returns the ids of a filter's jobs.
func (w *world) list(f protocol.Filter) []job.ID {
	w.t.Helper()
	ids, _ := w.page(f)
	return ids
}

// page is list with where to go on.
func (w *world) page(f protocol.Filter) ([]job.ID, protocol.Cursor) {
	w.t.Helper()
	if f.Limit == 0 {
		f.Limit = 100
	}
	jobs, next, err := w.List(w.ctx(), f)
	w.noError(err)
	ids := []job.ID{}
	for _, j := range jobs {
		if j.Ready != nil || j.Owner != f.Owner {
			w.t.Fatalf("list of %s shows %+v", f.Owner, j)
		}
		ids = append(ids, j.ID)
	}
	return ids, next
}

// at is a job's position.
func at(j *job.Job) protocol.Cursor { return protocol.Cursor{Created: j.Created, ID: j.ID} }

func listFilters(w *world) {
	start := w.now()
	a := w.submit("ann", withTool("x"))
	w.clock.advance(time.Second)
	b := w.submit("ann", withTool("y"))
	w.clock.advance(time.Second)
	c := w.submit("ann", withTool("x"))
	other := w.submit("bob", withTool("x"))
	w.must(a.ID, claim("w"))
	w.must(b.ID, giveUp)
	status := func(s job.Status) *job.Status { return &s }
	for _, f := range []struct {
		name   string
		filter protocol.Filter
		want   []job.ID
	}{
		{"all, newest first", protocol.Filter{Owner: "ann"}, []job.ID{c.ID, b.ID, a.ID}},
		{"another owner", protocol.Filter{Owner: "bob"}, []job.ID{other.ID}},
		{"nobody", protocol.Filter{Owner: "carl"}, []job.ID{}},
		{"tool", protocol.Filter{Owner: "ann", Tool: "x"}, []job.ID{c.ID, a.ID}},
		{"queued", protocol.Filter{Owner: "ann", Status: status(job.Queued)}, []job.ID{c.ID}},
		{"processing", protocol.Filter{Owner: "ann", Status: status(job.Processing)}, []job.ID{a.ID}},
		{"failed tool x", protocol.Filter{Owner: "ann", Status: status(job.Failed), Tool: "x"}, []job.ID{}},
		{"created after", protocol.Filter{Owner: "ann", CreatedAfter: start}, []job.ID{c.ID, b.ID}},
		{"created before", protocol.Filter{Owner: "ann", CreatedBefore: start.Add(2 * time.Second)}, []job.ID{b.ID, a.ID}},
		{"created between", protocol.Filter{Owner: "ann", CreatedAfter: start, CreatedBefore: start.Add(2 * time.Second)}, []job.ID{b.ID}},
		{"before an id", protocol.Filter{Owner: "ann", Before: at(c)}, []job.ID{b.ID, a.ID}},
		{"before another owner's id", protocol.Filter{Owner: "ann", Before: at(other)}, []job.ID{c.ID, b.ID, a.ID}},
		{"before an id and a time", protocol.Filter{Owner: "ann", Before: at(c), CreatedBefore: start.Add(time.Second)}, []job.ID{a.ID}},
		{"before an id and a later time", protocol.Filter{Owner: "ann", Before: at(b), CreatedBefore: start.Add(2 * time.Second)}, []job.ID{a.ID}},
		{"before the beginning of time", protocol.Filter{Owner: "ann", CreatedBefore: time.Unix(0, 0)}, []job.ID{}},
		{"limit", protocol.Filter{Owner: "ann", Limit: 2}, []job.ID{c.ID, b.ID}},
	} {
		w.equal(f.name, w.list(f.filter), f.want)
	}
	jobs, _, err := w.List(w.ctx(), protocol.Filter{Owner: "bob", Limit: 1})
	w.noError(err)
	w.equal("job", jobs, []job.Job{clientView(*other)})
}

func listPages(w *world) {
	want := []job.ID{}
	for range 25 {
		want = append([]job.ID{w.submit("ann").ID}, want...)
		w.submit("bob")
	}
	got := []job.ID{}
	var before protocol.Cursor
	for range 2 * len(want) {
		page, next := w.page(protocol.Filter{Owner: "ann", Before: before, Limit: 4})
		got = append(got, page...)
		w.submit("ann") // newer than every page
		w.must(page[len(page)-1], remove)
		if before = next; next == (protocol.Cursor{}) {
			break
		}
	}
	w.equal("pages", got, want)
	_, next := w.page(protocol.Filter{Owner: "bob", Limit: 25})
	w.equal("after a page that has all", next, protocol.Cursor{})
}

// listOrder: the order is that of creation, whatever the ids are: they are made
// when a request begins.
func listOrder(w *world) {
	slow, quick := w.job("ann"), w.job("ann")
	w.clock.advance(time.Second)
	for _, j := range []*job.Job{quick, slow} {
		j.Created = w.now()
		w.noError(w.Submit(w.ctx(), submission(j)))
		w.clock.advance(time.Second)
	}
	w.equal("newest first", w.list(protocol.Filter{Owner: "ann"}), []job.ID{slow.ID, quick.ID})
	w.equal("after", w.list(protocol.Filter{Owner: "ann", CreatedAfter: quick.Created}), []job.ID{slow.ID})
	w.equal("before", w.list(protocol.Filter{Owner: "ann", CreatedBefore: slow.Created}), []job.ID{quick.ID})
	w.equal("next", w.list(protocol.Filter{Owner: "ann", Before: at(slow)}), []job.ID{quick.ID})
}

// listRows: whatever is asked for, a page looks at so many jobs and says where
// to go on.
func listRows(w *world) {
	var all []job.Job
	for i := range 20 {
		tool := "common"
		if i == 3 || i == 4 {
			tool = "rare"
		}
		all = append(all, *w.submit("ann", withTool(tool), func(j *job.Job) { j.Metadata = []byte(`{"tool":"` + tool + `"}`) }))
		w.submit("bob", withTool("rare"))
		if i%2 == 0 {
			w.clock.advance(time.Second)
		}
	}
	queued := job.Queued
	for _, f := range []protocol.Filter{
		{Tool: "rare"}, {Metadata: map[string]string{"tool": "rare"}}, {Tool: "rare", Status: &queued, CreatedAfter: all[0].Created.Add(-1)},
	} {
		f.Owner, f.Rows, f.Limit = "ann", 6, 10
		var pages []int
		got := []job.ID{}
		for range 10 {
			ids, next := w.page(f)
			got, pages = append(got, ids...), append(pages, len(ids))
			if f.Before = next; next == (protocol.Cursor{}) {
				break
			}
		}
		w.equal("jobs", got, []job.ID{all[4].ID, all[3].ID})
		w.equal("pages", pages, []int{0, 0, 2, 0})
	}
	ids, next := w.page(protocol.Filter{Owner: "ann", Tool: "rare", CreatedAfter: all[16].Created, Rows: 6})
	w.equal("a range that was looked at whole", len(ids), 0)
	w.equal("its next", next, protocol.Cursor{})
	for id := range 3 {
		w.must(all[19-id].ID, giveUp)
	}
	failed := job.Failed
	ids, next = w.page(protocol.Filter{Owner: "ann", Status: &failed, Limit: 2})
	w.equal("enough", ids, []job.ID{all[19].ID, all[18].ID})
	w.equal("then", w.list(protocol.Filter{Owner: "ann", Status: &failed, Before: next}), []job.ID{all[17].ID})
}

// listExpired: what has expired is not listed, swept or not.
func listExpired(w *world) {
	a, b, c := w.submit("ann"), w.submit("ann"), w.submit("ann")
	at := w.now().Add(time.Hour)
	w.must(b.ID, giveUp)
	for _, f := range []struct {
		now  time.Time
		want []job.ID
	}{
		{at.Add(-time.Millisecond), []job.ID{c.ID, b.ID, a.ID}},
		{at, []job.ID{c.ID, a.ID}},
		{time.Time{}, []job.ID{c.ID, b.ID, a.ID}},
	} {
		w.equal("listed", w.list(protocol.Filter{Owner: "ann", Now: f.now}), f.want)
	}
	w.equal("a full page", w.list(protocol.Filter{Owner: "ann", Now: at, Limit: 2}), []job.ID{c.ID, a.ID})
}

func listMetadata(w *world) {
	meta := func(s string) func(*job.Job) { return func(j *job.Job) { j.Metadata = []byte(s) } }
	a := w.submit("ann", meta(`{"color":"red","size":"1"}`))
	b := w.submit("ann", meta(`{"color":"red","size":"2"}`))
	w.submit("ann", meta(`{"color":"r\u0065d ","size":1}`))
	d := w.submit("ann", meta(`{"color":"\u0072ed","na\"me":"\u0000"}`))
	w.submit("ann")
	w.submit("bob", meta(`{"color":"red"}`))
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
		w.equal(f.name, w.list(protocol.Filter{Owner: "ann", Metadata: f.want}), f.ids)
	}
	w.equal("limit counts matches", w.list(protocol.Filter{Owner: "ann", Metadata: map[string]string{"size": "1"}, Limit: 1}), []job.ID{a.ID})
}
