package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
)

func TestAPullWorkerIsToldOfTheDeadlineAndStoppedByIt(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	id := f.submit("transcribe", "in", "x-finish-by", "2")
	full := f.full(id)
	key := f.workKey("transcribe")
	l := f.claim(key, `{"wait":10}`)[0]
	if full.FinishBy == nil || l.Deadline == 0 || *full.FinishBy-l.Deadline > 1 || full.StartBy != nil {
		t.Errorf("the worker is told %d, the client %+v", l.Deadline, full)
	}
	is := f.finished(id)
	if is.Status != "failed" || is.Error.Code != "TIMEOUT" {
		t.Fatalf("it ended with %+v", is)
	}
	a := f.call("POST", "/work/"+l.Lease+"/heartbeat", `{}`, "x-api-key", key)
	f.want("heartbeat", a, 200, "")
	if !strings.Contains(string(a.body), `"cancel_requested":true`) {
		t.Errorf("the worker is told %s", a.body)
	}
	other := f.workKey("transcribe")
	f.want("another key's heartbeat", f.call("POST", "/work/"+l.Lease+"/heartbeat", `{}`, "x-api-key", other), 409, "LEASE_LOST")
	f.want("finish", f.call("POST", "/work/"+l.Lease+"/finish", `{"result":1}`, "x-api-key", key), 409, "LEASE_LOST")
	f.want("result", f.call("GET", "/jobs/"+id+"/result", ""), 424, "TIMEOUT")
}

func TestATargetThatCallsBackIsStoppedByTheDeadline(t *testing.T) {
	t.Parallel()
	s, told := callbacks(t, nil)
	f := serve(t, configOf(s, jsonMode))
	began := time.Now().Unix()
	id := f.submit("thumb", "in", "x-finish-by", "4")
	is := <-told
	if is.Deadline < began+3 || is.Deadline > time.Now().Unix()+4 || s.all()[0].header.Get("X-Claimcheck-Deadline") != fmt.Sprint(is.Deadline) {
		t.Errorf("told %+v in the body and %v in the header", is, s.all()[0].header)
	}
	if end := f.finished(id); end.Error == nil || end.Error.Code != "TIMEOUT" {
		t.Fatalf("it ended with %+v", end)
	}
	a := f.call("PATCH", is.CallbackURL, `{"progress":50}`, "x-api-key", "")
	f.want("a late sign of life", a, 200, "")
	if !strings.Contains(string(a.body), `"cancel_requested":true`) {
		t.Errorf("it is told %s", a.body)
	}
	f.want("a late success", f.call("PATCH", is.CallbackURL, `{"status":"success","result":1}`, "x-api-key", ""), 409, "LEASE_LOST")
}

func TestNobodyCameInTime(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	id := f.submit("transcribe", "in", "x-start-by", "1")
	f.submit("other", "in", "x-finish-by", "1")
	f.want("a call that is waited for", f.call("POST", "/transcribe-api", "in", "x-start-by", "1"), 504, "EXPIRED")
	if is := f.finished(id); is.Error == nil || is.Error.Code != "EXPIRED" {
		t.Errorf("it ended with %+v", is)
	}
	f.want("result", f.call("GET", "/jobs/"+id+"/result", ""), 424, "EXPIRED")
	f.until("what expired is given back", func() bool {
		var u api.Usage
		f.call("GET", "/usage", "").decode(t, &u)
		return u.Jobs.Used == 1
	})
}

func TestASynchronousCallHasADeadline(t *testing.T) {
	t.Parallel()
	f := serve(t, "")
	a := f.call("POST", "/json-minify-api", "[ 1 ]", "x-finish-by", "60", "Idempotency-Key", "k")
	f.want("in time", a, 200, "")
	b := f.call("POST", "/json-minify-api", "[ 1 ]", "x-finish-by", "60", "Idempotency-Key", "k")
	if b.status != 200 || b.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("again: %d %s", b.status, b.body)
	}
	f.want("another time", f.call("POST", "/json-minify-api", "[ 1 ]", "x-finish-by", "61", "Idempotency-Key", "k"), 422, "IDEMPOTENCY_CONFLICT")
}

func TestEndpointsAreToldTheDeadline(t *testing.T) {
	t.Parallel()
	s := newTarget(t, saysJSON("1"))
	f := serve(t, configOf(s))
	began := time.Now().Unix()
	if is := f.finished(f.submit("thumb", "in", "x-finish-by", "20")); is.Status != "success" {
		t.Fatalf("%+v", is)
	}
	f.finished(f.submit("thumb", "in", "x-finish-by", fmt.Sprint(began+2_000_000)))
	f.finished(f.submit("thumb", "in"))
	all := s.all()
	at := func(i int) int64 {
		n, err := strconv.ParseInt(all[i].header.Get("X-Claimcheck-Deadline"), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if near := at(0); near < began+19 || near > time.Now().Unix()+20 {
		t.Errorf("told %d, %d s ahead", near, near-began)
	}
	if far := at(1); far >= began+2_000_000 {
		t.Errorf("told %d, which is after the attempt's own end", far)
	}
	if h := all[2].header; h["X-Claimcheck-Deadline"] != nil {
		t.Errorf("without a deadline: %v", h)
	}
}

func TestDeadlinesInOtherWords(t *testing.T) {
	t.Parallel()
	f := serve(t, pullConfig)
	a := f.call("POST", "/v1/tools/transcribe:run", `{"content":"in","options":{"startBy":1}}`)
	var op struct{ Name string }
	a.decode(t, &op)
	f.until("it expires", func() bool {
		is := f.call("GET", "/v1/"+op.Name, "")
		return strings.Contains(string(is.body), `"code":4`) && strings.Contains(string(is.body), "EXPIRED")
	})
	if is := f.monitored(f.operate("transcribe", "in", "x-start-by", "1")); is.Status != "Failed" || is.Error.Code != "EXPIRED" {
		t.Errorf("in Azure's words: %+v", is)
	}
}

func TestWrongDeadlines(t *testing.T) {
	t.Parallel()
	f := serve(t, "")
	now := time.Now().Unix()
	for _, c := range []struct {
		headers []string
		option  string
		says    string
	}{
		{[]string{"x-start-by", "0"}, "x-start-by", "has passed already"},
		{[]string{"x-start-by", fmt.Sprint(now + 60), "x-finish-by", fmt.Sprint(now + 60)}, "x-finish-by", "later than x-start-by"},
		{[]string{"x-start-by", "60, 90"}, "x-start-by", "whole seconds"},
		{[]string{"x-finish-by", fmt.Sprint(now - 1)}, "x-finish-by", "has passed already"},
		{[]string{"x-finish-by", "2678401"}, "x-finish-by", "up to 2678400 it is seconds from now"},
		{[]string{"x-finish-by", fmt.Sprint(now + 2_679_000)}, "x-finish-by", "31 days"},
		{[]string{"x-start-by", "-1"}, "x-start-by", "whole seconds"},
		{[]string{"x-start-by", "1.5"}, "x-start-by", "whole seconds"},
		{[]string{"x-start-by", "soon"}, "x-start-by", "whole seconds"},
		{[]string{"x-start-by", "99999999999999999999"}, "x-start-by", "whole seconds"},
		{[]string{"x-start-by", "60", "x-finish-by", "30"}, "x-finish-by", "later than x-start-by"},
		{[]string{"x-run-at", fmt.Sprint(now + 100), "x-start-by", "60"}, "x-start-by", "later than x-run-at"},
		{[]string{"x-run-at", fmt.Sprint(now + 100), "x-finish-by", "60"}, "x-finish-by", "later than x-run-at"},
	} {
		a := f.call("POST", "/json-minify-api", "[]", c.headers...)
		f.want(fmt.Sprint(c.headers), a, http.StatusBadRequest, "INVALID_OPTION")
		var e struct {
			Details struct{ Message, Option string }
		}
		if err := json.Unmarshal(a.body, &e); err != nil || e.Details.Option != c.option || !strings.Contains(e.Details.Message, c.says) {
			t.Errorf("%v: %s", c.headers, a.body)
		}
	}
}

// TestWhatIsAskedForTwiceIsNotTakenOnce: a field that comes twice is one with both
// values (RFC 9110, section 5.3).
func TestWhatIsAskedForTwiceIsNotTakenOnce(t *testing.T) {
	t.Parallel()
	f := serve(t, "")
	req, err := http.NewRequestWithContext(t.Context(), "POST", f.url+"/json-formatter-api", strings.NewReader("[1]"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"X-Api-Key": {f.key}, "X-Start-By": {"60", "90"}}
	a := f.do(req)
	f.want("two deadlines", a, 400, "INVALID_OPTION")
	if !strings.Contains(string(a.body), "x-start-by must be whole seconds") {
		t.Errorf("got %s", a.body)
	}
}
