package clienttest_test

import (
	"slices"
	"strings"
	"time"

	"claimcheck/api"
	"claimcheck/client"
)

func heard(w *world) {
	t := w.t
	c := w.client()
	gate := "words of " + t.Name()
	id := submitted(w, c, "gate", "tell "+gate, client.Options{})
	g := w.outside.gate(gate)
	<-g.begun
	said, statuses := "", ""
	for e, err := range c.Events(w.ctx(), id) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Status != nil {
			statuses = e.Status.Status
			continue
		}
		if e.Progress > 0 { // how far it is, where that changes while the stream is open
			if e.Attempt != 1 || e.Message+e.Output+strings.Join(e.Log, "") != "" || !slices.Contains([]int{40, 50, 100}, e.Progress) { // 100: it has ended, which is told next
				t.Errorf("%+v", e.JobWords)
			}
			continue
		}
		if e.Attempt != 1 || e.At == 0 || e.Dropped != 0 {
			t.Errorf("%+v", e.JobWords)
		}
		said += strings.Join(e.Log, "|") + e.Message + e.Output + "|"
		if e.Output == "Hel" {
			for must[client.Full](t)(c.GetFull(w.ctx(), id)).Message != "page 3" { // within a second
				<-time.After(10 * time.Millisecond)
			}
			close(g.open)
		}
	}
	if said != "page 3|a|b|Hel|lo|" || statuses != "success" {
		t.Errorf("heard %q, at the end %s", said, statuses)
	}
	if l := must[api.JobLog](t)(c.Log(w.ctx(), id)); len(l.Lines) != 2 || l.Lines[0].Text != "a" || l.Lines[1].Text != "b" || l.Dropped != 0 {
		t.Errorf("log %+v", l)
	}
	last := must[api.Status](t)(c.Get(w.ctx(), id))
	for s, err := range c.Watch(w.ctx(), id) { // whoever wants statuses alone is told nothing else
		if err != nil || s.Status != last.Status {
			t.Errorf("%+v, %v", s, err)
		}
	}
	_, err := c.Log(w.ctx(), unknownID)
	wantCode(t, err, 404, "JOB_NOT_FOUND")
}
