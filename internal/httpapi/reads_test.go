package httpapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/job"
)

const retentionOfTests = 72 * time.Hour

// once hands in a document whose job is to go when it was read.
func (f *fixture) once(tool, body string, headers ...string) (id string) {
	f.t.Helper()
	a := f.do("POST", tool, body, append([]string{"Prefer: respond-async", "x-delete: on-read"}, headers...)...)
	if a.StatusCode != http.StatusAccepted {
		f.t.Fatalf("got %d %s", a.StatusCode, a.body)
	}
	id = a.text(f.t, "job_id")
	f.until("the job is finished", func() bool { return f.jobOf(id).Status.Final() })
	return id
}

func (f *fixture) jobOf(id string) job.Job {
	f.t.Helper()
	parsed, err := job.ParseID(id)
	f.must(err)
	snap, err := f.queue.Get(f.t.Context(), "ann", parsed)
	f.must(err)
	return snap.Job
}

func (f *fixture) until(what string, so func() bool) {
	f.t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-tick.C {
		if so() {
			return
		}
	}
	f.t.Fatalf("%s: it does not come to that", what)
}

// dated reports whether a job is to go soon.
func (f *fixture) dated(id string) bool {
	f.t.Helper()
	j := f.jobOf(id)
	return j.Expires.Sub(j.Finished) < retentionOfTests
}

// TestWhatIsReadByItsStatus: a failure has no file, so that its status is all of its
// outcome.
func TestWhatIsReadByItsStatus(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	for name, read := range map[string]func(id string) answer{
		"status":    func(id string) answer { return f.do("GET", "/jobs/"+id, "") },
		"alias":     func(id string) answer { return f.do("GET", "/status-api/"+id, "") },
		"full view": func(id string) answer { return f.do("GET", "/jobs/"+id+"?view=full", "") },
		"held":      func(id string) answer { return f.do("GET", "/jobs/"+id, "", "Prefer: wait=1") },
		"ids":       func(id string) answer { return f.do("GET", "/jobs?ids="+id, "") },
		"result":    func(id string) answer { return f.do("GET", "/jobs/"+id+"/result", "") },
		"events":    func(id string) answer { return f.do("GET", "/jobs/"+id+"/events", "") },
	} {
		id := f.once("/json-formatter-api", "no JSON")
		tag := f.do("HEAD", "/jobs/"+id, "").Header.Get("ETag")
		for _, unread := range []answer{
			f.do("HEAD", "/jobs/"+id+"/result", ""),
			f.do("GET", "/jobs/"+id, "", "If-None-Match: "+tag),
			f.do("GET", "/jobs", ""), f.do("GET", "/jobs?view=full", ""),
			f.do("GET", "/usage", ""),
		} {
			if unread.StatusCode >= http.StatusInternalServerError {
				t.Fatalf("%s: %d %s", name, unread.StatusCode, unread.body)
			}
		}
		if f.dated(id) {
			t.Errorf("%s: HEAD, 304 or a list count as reading", name)
		}
		if a := read(id); !strings.Contains(string(a.body), "INVALID_JSON") {
			t.Fatalf("%s: %d %s", name, a.StatusCode, a.body)
		}
		f.until(name, func() bool { return f.dated(id) })
		if left := f.jobOf(id).Expires.Sub(f.now()); left > time.Minute {
			t.Errorf("%s: it goes in %s", name, left)
		}
	}
}

func TestACallThatIsWaitedForIsReadByItsAnswer(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	f.wantError(f.do("POST", "/json-formatter-api", "no JSON", "x-delete: on-read"), http.StatusBadRequest, "INVALID_JSON", "")
	id := f.do("GET", "/jobs", "").member(t, "jobs").([]any)[0].(map[string]any)["job_id"].(string) //nolint:errcheck,forcetypeassert // else the test ends
	f.until("the answer was read", func() bool { return f.dated(id) })
	f.advance(time.Minute)
	f.wantError(f.do("GET", "/jobs/"+id, ""), http.StatusNotFound, "JOB_NOT_FOUND", "")
}

// TestAFileIsReadByItsLastByte: in the row, and in a file.
func TestAFileIsReadByItsLastByte(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	for _, size := range []int{10, 200_000} {
		in := `"` + strings.Repeat("x", size) + `"`
		id := f.once("/json-minify-api", in, "x-output-name: Zoë")
		status := f.finished(id)
		result := f.do("GET", "/jobs/"+id+"/result", "")
		link := result.text(t, "file")
		tag := f.do("HEAD", link, "").Header.Get("ETag")
		f.do("GET", link, "", "Range: bytes=1-")
		f.do("GET", link, "", "Range: bytes=0-3")
		f.do("GET", link, "", "Range: bytes=999999-")
		f.do("GET", link, "", "If-None-Match: "+tag)
		f.do("GET", "/usage", "")
		if f.dated(id) {
			t.Errorf("%d bytes: read without its file: %s", size, status.body)
		}
		whole := f.do("GET", link, "", "Range: bytes=0-")
		if string(whole.body) != in || whole.Header.Get("Content-Disposition") != `attachment; filename="Zo_.json"; filename*=UTF-8''Zo%C3%AB.json` {
			t.Fatalf("%d bytes: %d, %d bytes, %s", size, whole.StatusCode, len(whole.body), whole.Header.Get("Content-Disposition"))
		}
		f.until("the file was read", func() bool { return f.dated(id) })
		if again := f.do("GET", link, ""); string(again.body) != in {
			t.Errorf("%d bytes: within the minute: %d %.200s", size, again.StatusCode, again.body)
		}
		f.advance(time.Minute)
		f.wantError(f.do("GET", link, ""), http.StatusNotFound, "NOT_FOUND", "")
		f.wantError(f.do("GET", "/jobs/"+id, ""), http.StatusNotFound, "JOB_NOT_FOUND", "")
		f.must(f.keeper.Sweep(t.Context()))
		if files := f.stored(); len(files) != 0 {
			t.Errorf("%d bytes: %v are left", size, files)
		}
	}
}

// TestAFileThatDoesNotArriveIsNotRead: it is longer than what the buffers of a
// connection take.
func TestAFileThatDoesNotArriveIsNotRead(t *testing.T) {
	f := newFixture(t, options{workers: 1})
	f.gate.openAll()
	id := f.once("/gate-api", strings.Repeat("x", 32<<20))
	link := f.do("GET", "/jobs/"+id+"/result", "").text(t, "file")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	f.must(err)
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	f.must(err)
	if _, err := res.Body.Read(make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	f.must(res.Body.Close())
	f.until("the download has ended", func() bool {
		f.routes.mu.Lock()
		defer f.routes.mu.Unlock()
		return slices.Contains(f.routes.all, "/downloads/{name}")
	})
	if f.dated(id) {
		t.Error("a part of it counts as all")
	}
}
