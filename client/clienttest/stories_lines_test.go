package clienttest_test

import (
	"net/http"
	"strings"

	"claimcheck/api"
	"claimcheck/client"
)

func lines(w *world) {
	t := w.t
	c := w.client()
	const text = "[1]\r\n\n[2\n{\"a\": 3}"
	o := client.Options{IdempotencyKey: "lines", Metadata: map[string]string{"from": "lines"}}
	first := must[[]client.LineAnswer](t)(c.SubmitLines(w.ctx(), "json-formatter", strings.NewReader(text), o))
	if len(first) != 3 || first[0].Refusal != nil || first[2].Refusal != nil || first[1].JobID != "" {
		t.Fatalf("answered %+v", first)
	}
	wantCode(t, first[1].Refusal, 0, "INVALID_JSON")
	if first[1].Refusal.Line != 3 {
		t.Errorf("refused line %d, want 3", first[1].Refusal.Line)
	}
	for i, want := range map[int]string{0: "[\n 1\n]", 2: "{\n \"a\": 3\n}"} {
		s := must[api.Status](t)(c.Wait(w.ctx(), first[i].JobID))
		if s.Status != "success" {
			t.Errorf("%+v", s)
		}
		var b strings.Builder
		if _, err := c.Download(w.ctx(), first[i].JobID, &b); err != nil || b.String() != want {
			t.Errorf("%q, %v", b.String(), err)
		}
	}
	again := must[[]client.LineAnswer](t)(c.SubmitLines(w.ctx(), "json-formatter", strings.NewReader(text), o))
	if len(again) != 3 || again[0] != first[0] || again[2] != first[2] {
		t.Errorf("once more %+v", again)
	}
	o.AllOrNothing, o.IdempotencyKey = true, ""
	_, err := c.SubmitLines(w.ctx(), "json-formatter", strings.NewReader(text), o)
	wantCode(t, err, http.StatusBadRequest, "INVALID_JSON")
	if u := must[api.Usage](t)(c.Usage(w.ctx())); u.Jobs.Used != 2 {
		t.Errorf("%d jobs are charged, want 2", u.Jobs.Used)
	}
}
