package storetest

import (
	"time"

	"claimcheck/internal/job"
)

// list returns the ids of a filter's jobs.
func (w *world) list(f job.Filter) []job.ID {
	w.t.Helper()
	if f.Limit == 0 {
		f.Limit = 100
	}
	jobs, err := w.List(w.ctx(), f)
	w.noError(err)
	ids := []job.ID{}
	for _, j := range jobs {
		if j.Ready != nil || j.Owner != f.Owner {
			w.t.Fatalf("list of %s shows %+v", f.Owner, j)
		}
		ids = append(ids, j.ID)
	}
	return ids
}

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
		filter job.Filter
		want   []job.ID
	}{
		{"all, newest first", job.Filter{Owner: "ann"}, []job.ID{c.ID, b.ID, a.ID}},
		{"another owner", job.Filter{Owner: "bob"}, []job.ID{other.ID}},
		{"nobody", job.Filter{Owner: "carl"}, []job.ID{}},
		{"tool", job.Filter{Owner: "ann", Tool: "x"}, []job.ID{c.ID, a.ID}},
		{"queued", job.Filter{Owner: "ann", Status: status(job.Queued)}, []job.ID{c.ID}},
		{"processing", job.Filter{Owner: "ann", Status: status(job.Processing)}, []job.ID{a.ID}},
		{"failed tool x", job.Filter{Owner: "ann", Status: status(job.Failed), Tool: "x"}, []job.ID{}},
		{"created after", job.Filter{Owner: "ann", CreatedAfter: start}, []job.ID{c.ID, b.ID}},
		{"created before", job.Filter{Owner: "ann", CreatedBefore: start.Add(2 * time.Second)}, []job.ID{b.ID, a.ID}},
		{"created between", job.Filter{Owner: "ann", CreatedAfter: start, CreatedBefore: start.Add(2 * time.Second)}, []job.ID{b.ID}},
		{"before an id", job.Filter{Owner: "ann", Before: c.ID}, []job.ID{b.ID, a.ID}},
		{"before another owner's id", job.Filter{Owner: "ann", Before: other.ID}, []job.ID{c.ID, b.ID, a.ID}},
		{"limit", job.Filter{Owner: "ann", Limit: 2}, []job.ID{c.ID, b.ID}},
	} {
		w.equal(f.name, w.list(f.filter), f.want)
	}
	jobs, err := w.List(w.ctx(), job.Filter{Owner: "bob", Limit: 1})
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
	var before job.ID
	for range 2 * len(want) {
		page := w.list(job.Filter{Owner: "ann", Before: before, Limit: 4})
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		before = page[len(page)-1]
		w.submit("ann") // newer than every page
		w.must(before, remove)
	}
	w.equal("pages", got, want)
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
		w.equal(f.name, w.list(job.Filter{Owner: "ann", Metadata: f.want}), f.ids)
	}
	w.equal("limit counts matches", w.list(job.Filter{Owner: "ann", Metadata: map[string]string{"size": "1"}, Limit: 1}), []job.ID{a.ID})
}
