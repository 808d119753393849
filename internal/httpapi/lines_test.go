package httpapi_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
)

// A lineAnswer is one line of the answer to x-source-type: lines.
type lineAnswer struct {
	JobID   string `json:"job_id"`
	Status  string
	Error   string
	Details struct {
		Line, Column, Limit int
	}
}

var asLines = []string{"x-source-type: lines", "Content-Type: application/x-ndjson"}

// lines hands in lines and reads the answer.
func (f *fixture) lines(body string, headers ...string) (a answer, list []lineAnswer) {
	f.t.Helper()
	a = f.do("POST", "/json-minify-api", body, append(slices.Clone(asLines), headers...)...)
	if a.StatusCode != 202 || a.Header.Get("Content-Type") != "application/x-ndjson" || !strings.HasSuffix(string(a.body), "\n") {
		f.t.Fatalf("got %d %s %s", a.StatusCode, a.Header.Get("Content-Type"), a.body)
	}
	for line := range strings.Lines(string(a.body)) {
		var one lineAnswer
		f.must(json.Unmarshal([]byte(line), &one))
		list = append(list, one)
	}
	return a, list
}

// codes are what became of lines: + for a job.
func codes(list []lineAnswer) (all []string) {
	for _, l := range list {
		text := "+"
		if l.Error != "" {
			text = l.Error + " " + strconv.Itoa(l.Details.Line)
		}
		all = append(all, text)
	}
	return all
}

func (f *fixture) wantCodes(list []lineAnswer, want ...string) {
	f.t.Helper()
	if got := codes(list); !slices.Equal(got, want) {
		f.t.Errorf("got %q, want %q", got, want)
	}
}

func (f *fixture) wantUsed(used, queued int) {
	f.t.Helper()
	u := f.do("GET", "/usage", "")
	if !strings.Contains(string(u.body), fmt.Sprintf(`"used":%d,`, used)) || !strings.Contains(string(u.body), fmt.Sprintf(`"queued":%d`, queued)) {
		f.t.Errorf("usage %s, want %d used and %d queued", u.body, used, queued)
	}
}

func TestEachLineIsAJobAndIsAnsweredInOrder(t *testing.T) {
	f := newFixture(t, options{workers: 2})
	large := `["` + strings.Repeat("x", 100_000) + `"]`
	_, list := f.lines("\uFEFF[1]\r\n \t\r\n{\"a\": 2}\n\n{]\n"+large+"\n[\"last\"]  ", "x-group: night", `x-metadata: {"k":"v"}`, "Prefer: wait=20")
	f.wantCodes(list, "+", "+", "INVALID_JSON 5", "+", "+")
	if list[2].Details.Column != 2 {
		t.Errorf("column %d, want 2", list[2].Details.Column)
	}
	for i, want := range map[int]string{0: `[1]`, 1: `{\"a\":2}`, 4: `[\"last\"]`} {
		if a := f.finished(list[i].JobID); !strings.Contains(string(a.body), `"preview":"`+want+`"`) {
			t.Errorf("line %d: %s", i, a.body)
		}
	}
	f.finished(list[3].JobID)
	for id, prev := range map[string]string{list[1].JobID: list[0].JobID, list[3].JobID: list[1].JobID, list[4].JobID: list[3].JobID} {
		if id <= prev {
			t.Errorf("%s comes after %s", id, prev)
		}
	}
	if a := f.do("GET", "/jobs/"+list[1].JobID+"?view=full", ""); a.text(t, "group") != "night" || !strings.Contains(string(a.body), `"metadata":{"k":"v"}`) {
		t.Errorf("the call's group and metadata: %s", a.body)
	}
	if a := f.do("GET", "/jobs?limit=10", ""); strings.Count(string(a.body), `"job_id"`) != 4 {
		t.Errorf("jobs %s, want 4", a.body)
	}
	f.wantUsed(4, 0)
}

func TestATextInALineIsTakenOut(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	f.gate.openAll()
	a := f.do("POST", "/gate-api", `{"content":"a text"}`+"\n"+`{"content":""}`+"\n", asLines...)
	first, second, _ := strings.Cut(string(a.body), "\n")
	if !strings.Contains(second, `"message":"content is empty; put the input's text into it."`) {
		t.Errorf("the second line: %s", second)
	}
	if got := f.finished((answer{body: []byte(first)}).text(t, "job_id")); !strings.Contains(string(got.body), `"preview":"a text"`) {
		t.Errorf("got %s", got.body)
	}
}

func TestBodiesThatAreNoLinesAreRefused(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{SubmitPerMinute: 1000}})
	many := strings.Repeat("1\n", 1001)
	for _, c := range []struct {
		name, body string
		headers    []string
		code, says string
	}{
		{"empty", "", nil, "INVALID_REQUEST", "The body is empty; send one JSON value a line."},
		{"blank", "\n \r\n\t\n", nil, "INVALID_REQUEST", "The body is empty; send one JSON value a line."},
		{"too many", many, nil, "INVALID_REQUEST", "The body has more than 1000 lines; send them in several calls."},
		{"another type", "1\n", []string{"Content-Type: application/json"}, "UNSUPPORTED_MEDIA_TYPE", "With x-source-type: lines the Content-Type must be application/x-ndjson, one JSON value a line."},
		{"no type", "1\n", []string{"Content-Type: "}, "UNSUPPORTED_MEDIA_TYPE", "With x-source-type: lines the Content-Type must be application/x-ndjson, one JSON value a line."},
		{"on error", "1\n", []string{"x-on-error: halt"}, "INVALID_OPTION", "x-on-error must be skip or stop."},
		{"a time that has passed", "1\n", []string{"x-finish-by: 1600000000"}, "INVALID_OPTION", ""},
		{"option", "1\n", []string{"x-priority: 11"}, "INVALID_OPTION", ""},
		{"one address for all outputs", "1\n", []string{"x-output-url: https://bucket.example/a"}, "INVALID_OPTION", "x-output-url takes the output of one job; leave it out with x-source-type: lines."},
		{"source", "1\n", []string{"x-source-type: line"}, "INVALID_SOURCE_TYPE", "x-source-type must be body, url, file or lines."},
	} {
		status := 400
		if c.code == "UNSUPPORTED_MEDIA_TYPE" {
			status = 415
		}
		f.wantError(f.do("POST", "/json-minify-api", c.body, append(slices.Clone(asLines), c.headers...)...), status, c.code, c.says)
	}
	f.wantUsed(0, 0)
	if _, list := f.lines(many[2:]); len(list) != 1000 {
		t.Errorf("%d lines answered, want 1000", len(list))
	}
	f.wantUsed(1000, 1000)
}

func TestStopAcceptsAllOrNothing(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{JobsPerMonth: 5, MaxInputBytes: 200_000}})
	large := `["` + strings.Repeat("x", 100_000) + `"]` + "\n"
	stop := append(slices.Clone(asLines), "x-on-error: stop", "Idempotency-Key: k")
	for body, want := range map[string]lineAnswer{
		large + "\n2\n" + large + "nul\n5\n":               {Error: "INVALID_JSON", Details: struct{ Line, Column, Limit int }{5, 4, 0}},
		large + strings.Repeat("1\n", 5):                   {Error: "QUOTA_EXCEEDED", Details: struct{ Line, Column, Limit int }{6, 0, 5}},
		large + `["` + strings.Repeat("x", 200_000) + `"]`: {Error: "PAYLOAD_TOO_LARGE", Details: struct{ Line, Column, Limit int }{2, 0, 200_000}},
	} {
		a := f.do("POST", "/json-minify-api", body, stop...)
		var got lineAnswer
		f.must(json.Unmarshal(a.body, &got))
		if got.Error != want.Error || got.Details.Line != want.Details.Line || got.Details.Limit != want.Details.Limit || a.StatusCode < 400 {
			t.Errorf("got %d %s, want %+v", a.StatusCode, a.body, want)
		}
		f.wantUsed(0, 0)
		if files := f.stored(); len(files) > 0 {
			t.Errorf("files are left: %q", files)
		}
	}
	if _, list := f.lines(large+"2\n3\n4\n5\n", "x-on-error: stop"); len(list) != 5 {
		t.Errorf("%d lines answered, want 5", len(list))
	}
	f.wantUsed(5, 5)
	if files := f.stored(); len(files) != 1 {
		t.Errorf("files %q, want the one of the large line", files)
	}
}

func TestLimitsHoldOverTheLines(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{JobsPerMonth: 4, MaxQueuedJobs: 3, MaxInputBytes: 150_000}})
	large := `["` + strings.Repeat("x", 100_000) + `"]` + "\n"
	_, list := f.lines("1\n" + strings.Repeat("[1]", 50_001) + "\n2\n{\n3\n" + large + "5\n")
	f.wantCodes(list, "+", "PAYLOAD_TOO_LARGE 2", "+", "INVALID_JSON 4", "+", "TOO_MANY_JOBS 6", "TOO_MANY_JOBS 7")
	f.wantUsed(3, 3)
	if files := f.stored(); len(files) > 0 {
		t.Errorf("files are left of refused lines: %q", files)
	}
	f.do("POST", "/jobs/"+list[0].JobID+"/cancel", "")
	f.do("POST", "/jobs/"+list[2].JobID+"/cancel", "")
	_, list = f.lines("1\n2\n")
	f.wantCodes(list, "+", "QUOTA_EXCEEDED 2")
}

func TestTheSameLinesAreAnsweredTheSame(t *testing.T) {
	f := newFixture(t, options{})
	large := `["` + strings.Repeat("x", 100_000) + `"]` + "\n"
	body := strings.Repeat("1\n", 500) + "{\n" + large
	var group sync.WaitGroup
	answers := make([]answer, 4)
	for i := range answers {
		group.Go(func() {
			answers[i] = f.do("POST", "/json-minify-api", body, append(slices.Clone(asLines), "Idempotency-Key: k")...)
		})
	}
	group.Wait()
	replayed := 0
	for _, a := range answers {
		if a.StatusCode != 202 || string(a.body) != string(answers[0].body) || strings.Count(string(a.body), "\n") != 502 {
			t.Errorf("got %d, %d bytes, want the same %d", a.StatusCode, len(a.body), len(answers[0].body))
		}
		if a.Header.Get("Idempotent-Replayed") == "true" {
			replayed++
		}
	}
	if replayed != len(answers)-1 {
		t.Errorf("%d were replayed, want %d", replayed, len(answers)-1)
	}
	f.wantUsed(501, 501)
	if files := f.stored(); len(files) != 1 {
		t.Errorf("files %q, want one", files)
	}
	for _, other := range [][]string{{"x-on-error: stop"}, {"x-priority: 1"}, {"x-source-type: body"}} {
		a := f.do("POST", "/json-minify-api", body, append(append(slices.Clone(asLines), "Idempotency-Key: k"), other...)...)
		f.wantError(a, 422, "IDEMPOTENCY_CONFLICT", "")
	}
}

func TestAHundredLinesCountAsOneCall(t *testing.T) {
	f := newFixture(t, options{plan: account.Plan{SubmitPerMinute: 12}})
	left := func(n int) string {
		a, _ := f.lines(strings.Repeat("1\n", n))
		return a.Header.Get("X-Ratelimit-Remaining")
	}
	for n, want := range map[int]string{1: "11"} {
		if got := left(n); got != want {
			t.Errorf("after %d lines %s calls are left, want %s", n, got, want)
		}
	}
	if got := left(100); got != "10" {
		t.Errorf("after 100 lines %s calls are left, want 10", got)
	}
	if got := left(101); got != "8" {
		t.Errorf("after 101 lines %s calls are left, want 8", got)
	}
	f.wantError(f.do("POST", "/json-minify-api", strings.Repeat("1\n", 901), asLines...), 429, "RATE_LIMITED", "")
	f.wantUsed(202, 202)
}

func TestAClosedGroupTakesNoLines(t *testing.T) {
	f := newFixture(t, options{})
	_, list := f.lines("1\n2\n", "x-group: g")
	f.wantCodes(list, "+", "+")
	_, err := f.store.ChangeGroup(t.Context(), job.GroupName{Owner: "ann", Name: "g"}, func(g *job.Group) error {
		g.Closed = true
		return nil
	})
	f.must(err)
	_, list = f.lines("1\n2\n", "x-group: g")
	f.wantCodes(list, "GROUP_CLOSED 1", "GROUP_CLOSED 2")
}
