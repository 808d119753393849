package packages_test

import (
	"net/http"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/tool/datatool"
)

// A telling is one story told in one language.
type telling struct {
	*world
	t        *testing.T
	settings map[string]any
	key      string
	by       string // the teller
	folder   string // where it may write
}

// A story is what one program does, in any language, and what must come of it.
type story struct {
	name string
	plan string // the owner's; open where it is empty
	tell string // the function that tells it, where it is not called like the story
	// set makes what the story needs, and says what happens on the line.
	set func(t *telling) hook
	// during is what happens meanwhile.
	during func(t *telling)
	// want is the outcome, of which after may look at more.
	want  any
	after func(t *telling, outcome any)
}

// table are all stories.
func table() []story {
	return slices.Concat(answers(), lines(), files(), asked())
}

// jsonTools are the built-in tools whose names begin with json-, as /tools lists them.
func jsonTools() (names []string) {
	for _, t := range datatool.Tools() {
		if name := t.Spec().Name; strings.HasPrefix(name, "json-") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// TestTheSameStoriesInEachLanguage tells each story of the table in each language,
// on a server of the language's own.
func TestTheSameStoriesInEachLanguage(t *testing.T) {
	t.Parallel()
	for name, open := range tellers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			by := open(t)
			w := newWorldBelow(t, by.origin, by.below)
			for _, s := range table() {
				t.Run(s.name, func(t *testing.T) { w.tell(t, by, &s) })
				w.t = t
			}
		})
	}
}

func (w *world) tell(t *testing.T, by teller, s *story) {
	t.Helper()
	if s.plan == "" {
		s.plan = "open"
	}
	w.t = t
	now := &telling{world: w, t: t, by: by.name, folder: t.TempDir()}
	now.key = w.server.Key(strings.ReplaceAll(s.name, " ", "-"), "--plan="+s.plan)
	now.settings = map[string]any{"url": w.URL, "key": now.key, "folder": now.folder, "now": time.Now().Unix(), "nobody": nobody, "request_id": requestID}
	var h hook
	if s.set != nil {
		h = s.set(now)
	}
	w.begin(h)
	function := s.tell
	if function == "" {
		function = strings.ReplaceAll(s.name, " ", "_")
	}
	end := by.begin(t, function, now.settings)
	if s.during != nil {
		s.during(now)
	}
	got := told(t, end())
	w.release("") // what still ran when a server is killed twice would run alone
	if want := plain(t, s.want); s.want != nil && !reflect.DeepEqual(got, want) {
		t.Errorf("it ends with\n%s\nwant\n%s", show(got), show(want))
	}
	if s.after != nil {
		s.after(now, got)
	}
}

const (
	nobody    = "01997f3e-5b80-7c41-9d02-6f1a8be3d274"
	requestID = "3f0d7a52-91c4-4be8-8a67-c25d1e904bf6"
)

// object is a JSON object.
type object = map[string]any

// plain is a value as it comes out of JSON.
func plain(t *testing.T, v any) (as any) {
	t.Helper()
	decode(t, []byte(show(v)), &as)
	return as
}

// refusal is what a caller is told of a request that was refused.
func refusal(status int, code, message string) object {
	return problem("ClaimcheckError", status, code, message)
}

func problem(kind string, status int, code, message string, details ...string) object {
	if details == nil {
		details = []string{}
	}
	return object{
		"type": kind, "code": code, "message": message, "http_status": status, "line": nil, "column": nil, "request_id": status != 0,
		"retry_after": status == http.StatusTooManyRequests, "details": details,
	}
}

// broken is what a caller is told of an input that is wrong in line 2, column 6.
func broken(kind string, status int) object {
	p := problem(kind, status, "INVALID_JSON", "JSON validation failed.", "column", "line", "reason")
	p["line"], p["column"] = 2, 6
	return p
}

// answers are the stories of what is told.
func answers() []story {
	pretty := "{\n  \"a\": [\n    1,\n    2\n  ]\n}"
	return []story{
		{name: "success", after: func(t *telling, outcome any) {
			got, _ := outcome.(object)
			job, _ := got["job"].(string)
			if raw := string(t.call(t.key, http.StatusOK, http.MethodGet, "/jobs/"+job+"/result", "")); got["raw"] != raw {
				t.t.Errorf("the result is %v, want %s", got["raw"], raw)
			}
			delete(got, "job")
			delete(got, "raw")
			want := object{"ran": pretty, "request_id": requestID, "accepted": "accepted", "status": "success", "same": true, "text": pretty, "link": pretty}
			if !reflect.DeepEqual(got, want) {
				t.t.Errorf("got %s, want %s", show(got), show(want))
			}
		}},
		{name: "failure", want: object{
			"run": broken("ClaimcheckError", http.StatusBadRequest), "status": "failed", "code": "INVALID_JSON",
			"result": broken("JobFailed", http.StatusBadRequest), "download": broken("JobFailed", 0), "job": broken("JobFailed", 0),
		}},
		{name: "unauthorized", want: refusal(http.StatusUnauthorized, "UNAUTHORIZED", "Missing authorizer context")},
		{name: "not found", set: func(t *telling) hook {
			t.settings["foreign"] = t.closed(t.server.Key("another", "--plan=open"), "foreign")
			return nil
		}, want: object{
			"unknown":   refusal(http.StatusNotFound, "JOB_NOT_FOUND", "Job not found"),
			"malformed": refusal(http.StatusBadRequest, "INVALID_JOB_ID", "job_id must be a UUID, 32 hexadecimal digits written as 8-4-4-4-12"),
			"foreign":   refusal(http.StatusForbidden, "FORBIDDEN", "Access denied"),
			"tool":      refusal(http.StatusNotFound, "NOT_FOUND", "There is nothing at this path."),
		}},
		{name: "quota", plan: "month", after: func(t *telling, outcome any) {
			got, _ := outcome.(object)
			second, _ := got["second"].(object)
			if got["first"] != "success" || second["code"] != "QUOTA_EXCEEDED" || second["http_status"] != 429. || second["retry_after"] != true {
				t.t.Errorf("got %s", show(got))
			}
			if n := len(t.requests(func(s *seen) bool { return s.method == http.MethodPost })); n != 2 {
				t.t.Errorf("%d submissions, want 2: nobody waits for a month", n)
			}
		}},
		{name: "limited", plan: "slow", want: object{"waited": true}, after: func(t *telling, _ any) {
			all := t.requests(func(*seen) bool { return true })
			for i, s := range all {
				if s.status != http.StatusTooManyRequests {
					continue
				}
				wait, err := time.ParseDuration(s.retryAfter + "s")
				if err != nil || wait < time.Second || i+1 == len(all) || all[i+1].at.Sub(s.answered) < wait-50*time.Millisecond {
					t.t.Errorf("after 429 with Retry-After %q the next of %d requests came too soon", s.retryAfter, len(all))
				}
			}
		}},
		{name: "lists", set: func(t *telling) hook {
			return func(w http.ResponseWriter, r *http.Request) bool { // the first page has no jobs and is not the last
				q := r.URL.Query()
				switch {
				case r.URL.Path != "/jobs" || q.Get("limit") != "2":
				case q.Get("cursor") == "":
					w.Header().Set("Content-Type", "application/json")
					w.Header().Set("Access-Control-Allow-Origin", "*")
					_, _ = w.Write([]byte(`{"jobs":[],"next_cursor":"begin"}`)) // the client may go
					return true
				case q.Get("cursor") == "begin":
					q.Del("cursor")
					r.URL.RawQuery = q.Encode()
				}
				return false
			}
		}, want: object{"all": true, "failed": true, "tool": "json-formatter", "none": []any{}, "wrong": "INVALID_REQUEST"}},
		{name: "change", set: func(t *telling) hook {
			t.settings["job"] = t.closed(t.key, "change")
			return nil
		}, want: object{"canceled": true, "over": "CANCELED", "finished": "JOB_FINISHED", "again": "success", "gone": "JOB_NOT_FOUND", "twice": "JOB_NOT_FOUND"}},
		{name: "timeout", set: func(t *telling) hook {
			t.settings["job"] = t.closed(t.key, "timeout")
			return nil
		}, want: []any{"processing", "processing", "processing"}, after: func(t *telling, _ any) { t.release("timeout") }},
		{name: "about", want: object{"owner": "about", "tools": jsonTools(), "option": "x-tab-space"}},
		{name: "token", want: "success"},
		{name: "webhook", set: deliveries, want: object{
			"good": "job.succeeded", "early": "job.succeeded", "late": "job.succeeded", "too early": "refused", "too late": "refused", "changed": "refused",
			"other": "refused", "other call": "refused", "unsigned": "refused", "rotated": []any{"webhook.test", "webhook.test", "refused"},
		}},
	}
}

// left are the names of the files in the folder of a telling.
func (t *telling) left() []string {
	t.t.Helper()
	names, err := filepath.Glob(filepath.Join(t.folder, "*"))
	if err != nil {
		t.t.Fatal(err)
	}
	for i, n := range names {
		names[i] = filepath.Base(n)
	}
	return names
}
