package google_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestVerbsAreNoPartOfAName: a verb that there is not is no path, and one that there
// is takes POST alone.
func TestVerbsAreNoPartOfAName(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	path := s.run("test-sleep", `{"content":"10m"}`)
	for _, c := range [][2]string{{"GET", path + ":wait"}, {"GET", path + ":cancel"}, {"DELETE", path + ":cancel"}, {"PUT", path + "%3Await"}} {
		a := s.call(c[0], c[1], "")
		if s.wantRefused(a, 405, "UNIMPLEMENTED", "METHOD_NOT_ALLOWED"); a.Header.Get("Allow") != "POST" {
			t.Errorf("%s %s takes %q", c[0], c[1], a.Header.Get("Allow"))
		}
	}
	for _, verb := range []string{":run", ":Cancel", ":", ":cancel:cancel", ":wait:wait"} {
		s.wantRefused(s.call("POST", path+verb, "{}"), 404, "NOT_FOUND", "NOT_FOUND")
	}
	if op := decode[operation](t, s.call("GET", path, "")); *op.Done {
		t.Errorf("changed by a verb that there is not: %+v", op)
	}
}

// TestNothingIsSaidTwice: neither in another case, nor by the other name that
// protobuf's JSON has for it.
func TestNothingIsSaidTwice(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	path := s.run("test-sleep", `{"content":"10m"}`)
	const run = "/v1/tools/json-formatter:run"
	for _, c := range [][3]string{
		{"POST", run, `{"content":1,"Content":2}`},
		{"POST", run, `{"content":1,"options":{},"OPTIONS":{"priority":1}}`},
		{"POST", run, `{"content":1,"requestId":"a","request_id":"a"}`},
		{"POST", path + ":wait", `{"timeout":"0s","timeout":"0s"}`},
		{"POST", path + ":wait", `{"timeout":"0s","Timeout":"0s"}`},
		{"POST", path + ":wait", `{"timeout":"0s"} {}`},
		{"GET", "/v1/operations?pageSize=1&page_size=2", ""},
		{"GET", "/v1/operations?pageToken=&page_token=", ""},
	} {
		s.wantRefused(s.call(c[0], c[1], c[2]), 400, "INVALID_ARGUMENT", "INVALID_REQUEST")
	}
	first := s.call("POST", run, `{"content":1,"request_id":"r"}`)
	again := s.call("POST", run, `{"content":1,"requestId":"r"}`)
	if a, b := decode[operation](t, first).Name, decode[operation](t, again).Name; first.Status != 200 || a != b {
		t.Errorf("by either name: %s and %s", first, again)
	}
	if a := s.call("GET", "/v1/operations?pageSize=99999999999999999999", ""); a.Status != http.StatusOK { // as many as a page has
		t.Errorf("a large page: %s", a)
	}
}

// TestRefusalsNameWhatWasSent: an option as the call named it, and requestId.
func TestRefusalsNameWhatWasSent(t *testing.T) {
	t.Parallel()
	s := start(t, "plans: {default: {jobs_per_month: 9}}\n")
	const run = "/v1/tools/json-formatter:run"
	s.call("POST", run, `{"content":1,"requestId":"used"}`)
	for _, c := range []struct {
		body, says, option string
		headers            []string
	}{
		{`{"content":1,"options":{"tabSpace":99}}`, "options.tabSpace must be ", "tabSpace", nil},
		{`{"content":1,"options":{"x_tab_space":"y"}}`, "options.x_tab_space must be ", "x_tab_space", nil},
		{`{"content":1,"options":{"priority":11}}`, "options.priority must be ", "priority", nil},
		{`{"content":1,"options":{"runAt":1e10}}`, "options.runAt must be ", "runAt", nil},
		{`{"content":1,"options":{"metadata":[]}}`, "options.metadata must be ", "metadata", nil},
		{`{"content":1,"requestId":"a\u0000"}`, "requestId must be ", "", nil},
		{`{"content":2,"requestId":"used"}`, "This requestId was used ", "", nil},
		{`{"content":2}`, "This Idempotency-Key was used ", "", []string{"Idempotency-Key", "used"}},
	} {
		a := s.call("POST", run, c.body, c.headers...)
		e := decode[struct{ Error rpcStatus }](t, a).Error
		if !strings.HasPrefix(e.Message, c.says) || len(e.Details) != 1 || e.Details[0].Metadata["option"] != c.option {
			t.Errorf("%s: %s", c.body, a)
		}
	}
}

// TestWaitWithoutRoomAnswersAtOnce: WaitOperation may answer before the time is over
// (operations.proto), which tells more than a refusal.
func TestWaitWithoutRoomAnswersAtOnce(t *testing.T) {
	t.Parallel()
	s := start(t, "", "--max-held=1")
	path := s.run("test-sleep", `{"content":"10m"}`)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	stream, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/jobs/"+path[len("/v1/operations/"):]+"/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	stream.Header.Set("X-Api-Key", s.key)
	res, err := http.DefaultClient.Do(stream)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := res.Body.Read(make([]byte, 1)); err != nil {
		t.Fatal(err) // nobody has the room
	}
	a := s.call("POST", path+":wait", `{"timeout":"20s"}`)
	if op := decode[operation](t, a); a.Status != http.StatusOK || *op.Done || a.Header.Get("Retry-After") == "" {
		t.Errorf("got %s", a)
	}
}

// TestPagesSpeakGoogle: google-gax sends fields of its own, also from a page.
func TestPagesSpeakGoogle(t *testing.T) {
	t.Parallel()
	s := start(t, "cors_origins: https://page.example\n")
	path := "/v1/operations?filter=" + url.QueryEscape("done=true")
	asked := s.call("OPTIONS", path, "", "Origin", "https://page.example", "Access-Control-Request-Method", "GET")
	for _, name := range []string{"x-api-key", "X-Goog-Api-Client", "X-Goog-Request-Params"} {
		if !strings.Contains(asked.Header.Get("Access-Control-Allow-Headers"), name) {
			t.Errorf("%s may not be sent: %v", name, asked.Header)
		}
	}
}
