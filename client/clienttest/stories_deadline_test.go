package clienttest_test

import (
	"net/http"
	"strings"
	"time"

	"claimcheck/api"
	"claimcheck/client"
)

func deadlines(w *world) {
	t := w.t
	c := w.client()
	late := submitted(w, c, "json-formatter", "[]", client.Options{StartWithin: time.Minute, FinishWithin: time.Hour})
	if s := must[api.Status](t)(c.Wait(w.ctx(), late)); s.Status != "success" { // it began in time
		t.Errorf("%+v", s)
	}
	f := must[client.Full](t)(c.GetFull(w.ctx(), late))
	if f.StartBy == nil || f.FinishBy == nil || *f.FinishBy-*f.StartBy != 3540 || *f.StartBy < f.CreatedAt {
		t.Errorf("told %v and %v", f.StartBy, f.FinishBy)
	}
	name := w.key[len(w.key)-8:] + "-deadlines"
	w.outside.gate(name) // that nobody opens
	id := submitted(w, c, "gate", "hold "+name, client.Options{FinishBy: time.Now().Add(2 * time.Second)})
	s := must[api.Status](t)(c.Wait(w.ctx(), id))
	wantCode(t, client.Failure(s), 0, "TIMEOUT")
	_, err := c.Result(w.ctx(), id)
	wantCode(t, err, 0, "TIMEOUT")
	for _, wrong := range []client.Options{{StartBy: time.Now().Add(-time.Hour)}, {FinishWithin: 32 * 24 * time.Hour}} {
		_, err := c.Submit(w.ctx(), "json-formatter", strings.NewReader("[]"), wrong)
		wantCode(t, err, http.StatusBadRequest, "INVALID_OPTION")
	}
	for _, wrong := range []client.Options{{StartBy: time.Now().Add(time.Hour), StartWithin: time.Hour}, {FinishWithin: -1}} {
		if _, err := c.Submit(w.ctx(), "json-formatter", strings.NewReader("[]"), wrong); err == nil {
			t.Errorf("%+v was sent", wrong)
		}
	}
}
