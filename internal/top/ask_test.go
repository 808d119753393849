package top_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"claimcheck/client"
	"claimcheck/internal/top"
)

// asked asks a server that answers paths so; all others are 404.
func asked(t *testing.T, answers map[string]string) (v top.View, paths []string, err error) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		text, ok := answers[r.URL.Path]
		code := http.StatusOK
		if n, err := fmt.Sscanf(text, "%d", &code); err != nil || n == 0 {
			code = http.StatusOK
		}
		if !ok || r.Header.Get("X-Api-Key") != "k" {
			code = http.StatusNotFound
		}
		w.Header().Set("Date", time.Unix(1790813000, 0).UTC().Format(http.TimeFormat))
		w.Header().Set("Retry-After", "7")
		w.Header().Set("Location", "/usage")
		w.WriteHeader(code)
		if _, err := io.WriteString(w, strings.TrimLeft(text, "0123456789 ")); err != nil {
			t.Error(err)
		}
	}))
	defer srv.Close()
	v, err = top.NewAsker(srv.URL+"/", "k", srv.Client()).Ask(t.Context())
	return v, paths, err
}

const usage = `{"owner":"ann","plan":"gold","jobs":{"used":3,"limit":9},"running":1,"queued":2,"paused":true}`

func TestWhoIsNoOperatorIsToldOfItsOwnJobs(t *testing.T) {
	t.Parallel()
	job := func(id, status string, created int) string {
		return fmt.Sprintf(`{"job_id":%q,"status":%q,"tool":"thumb","created_at":%d,"updated_at":%d,"attempt":1,"max_attempts":4,"progress":40}`, id, status, created, created+5)
	}
	v, _, err := asked(t, map[string]string{
		"/admin/stats": `403 {"status":"error","error":"FORBIDDEN","details":{"message":"no"}}`, "/usage": usage,
		"/jobs": `{"jobs":[` + job("a", "processing", 1790812990) + `,` + job("b", "processing", 1790812900) + `,` + job("c", "failed", 1790812900) + `],"next_cursor":null}`,
	})
	if err != nil {
		t.Fatal(err)
	}
	if v.At != 1790813000 || v.Scope != "owner" || v.Queued != 2 || v.Processing != 1 || v.Partial || len(v.Slowest) != 3 || v.Slowest[0].ID != "b" || v.Slowest[2].Age != 10 || v.Slowest[2].Quiet != 5 {
		t.Errorf("got %+v", v)
	}
	if len(v.Owners) != 1 || v.Owners[0].Name != "ann" || v.Owners[0].Month.Limit != 9 || !v.Owners[0].Paused || v.Slowest[0].Owner != "ann" || *v.Slowest[0].Progress != 40 {
		t.Errorf("got %+v", v)
	}
}

func TestPagesThatAreNotReadAreTold(t *testing.T) {
	t.Parallel()
	v, paths, err := asked(t, map[string]string{"/admin/stats": `403 {}`, "/usage": usage, "/jobs": `{"jobs":[],"next_cursor":"more"}`})
	if err != nil || !v.Partial || len(paths) != 6 {
		t.Errorf("got %+v, %v, asked %q", v, err, paths)
	}
}

func TestWhatTheServerRefusesIsAnError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answers map[string]string
		status  int
		code    string
		calls   int
	}{
		{map[string]string{"/admin/stats": `401 {"status":"error","error":"UNAUTHORIZED","details":{"message":"no"}}`}, 401, "UNAUTHORIZED", 1},
		{map[string]string{"/admin/stats": `403 {}`, "/usage": `429 {"status":"error","error":"RATE_LIMITED","details":{"message":"slow"}}`}, 429, "RATE_LIMITED", 2},
		{map[string]string{"/admin/stats": `302`, "/usage": usage}, 302, "", 1}, // which would get the key
		{map[string]string{"/admin/stats": `503 <html>`}, 503, "", 1},
	} {
		_, paths, err := asked(t, c.answers)
		refused, ok := errors.AsType[*client.Error](err)
		if !ok || refused.HTTPStatus != c.status || refused.Code != c.code || refused.RetryAfter != 7*time.Second || len(paths) != c.calls {
			t.Errorf("%v: got %v, asked %q", c.answers, err, paths)
		}
	}
	if _, _, err := asked(t, map[string]string{"/admin/stats": "<html>"}); err == nil {
		t.Error("what is no JSON is taken")
	}
}
