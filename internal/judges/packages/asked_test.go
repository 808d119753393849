package packages_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

// asked are the stories of what is asked for beside the work, and of what is told
// while it goes on and when it has ended.
func asked() []story {
	return []story{
		{name: "words", set: func(t *telling) hook {
			var a api.Accepted
			decode(t.t, t.call(t.key, http.StatusAccepted, http.MethodPost, "/aloud-api", t.t.Name(), "Prefer", "respond-async"), &a)
			t.settings["job"] = a.JobID
			serverproc.Until(t.t, time.Minute, func() (bool, string) { // else its status is told twice before its end
				var is api.Status
				decode(t.t, t.call(t.key, http.StatusOK, http.MethodGet, "/jobs/"+a.JobID, ""), &is)
				return is.Status == "processing", is.Status
			})
			return times(func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/events") }, func(n int, w http.ResponseWriter, r *http.Request) bool {
				switch n {
				case 1:
					t.proxy.ServeHTTP(&listener{ResponseWriter: w, heard: func(all string) {
						if strings.Contains(all, "half a league, ") && strings.HasSuffix(all, "\n\n") {
							panic(http.ErrAbortHandler) // the line is cut
						}
					}}, r)
				case 2:
					t.proxy.ServeHTTP(&listener{ResponseWriter: w, heard: func(string) {
						t.release(t.t.Name()) // the server listens
					}}, r)
				}
				return n <= 2
			})
		}, after: func(t *telling, _ any) {
			all := t.requests(func(s *seen) bool { return s.method == http.MethodGet && strings.Contains(s.path, "/events") })
			if len(all) != 4 || all[0].header.Get("Last-Event-ID") != "" || all[2].header.Get("Last-Event-ID") == "" {
				t.t.Fatalf("%d streams, want one that is cut, one that goes on, one after an event and one more", len(all))
			}
			// fetch may lose with the line what its reader had not read yet, all of it; requests does not.
			if t.by == "python" && all[1].header.Get("Last-Event-ID") == "" {
				t.t.Error("the second stream begins anew")
			}
		}, want: object{
			"message": []string{"reading", "writing"}, "progress": true, "log": []string{"one", "two", "three"}, "output": []string{"half a league, ", "onward"},
			"status": []string{"processing", "success"}, "once": true, "later": []any{[]string{"writing"}, []string{"onward"}, []string{"success"}},
			"kept": []string{"one", "two", "three"}, "dropped": 0, "watch": []string{"success"},
		}},
		{name: "many", want: object{
			"begin": []any{}, "over": []any{true, false, 3, object{"queued": 0, "processing": 0, "success": 2, "failed": 1}}, "first error": true,
			"late": object{"queued": 1, "processing": 0, "success": 2, "failed": 1}, "fed": true, "sizes": []int{2, 1},
			"last": []any{[]any{true, "failed", "many"}}, "none": []any{}, "listed": 4, "closed": true, "again": "GROUP_CLOSED", "unknown": "GROUP_NOT_FOUND",
			"now": object{"queued": 0, "processing": 0, "success": 2, "failed": 2},
		}},
		{name: "terms", after: func(t *telling, outcome any) {
			got, _ := outcome.(object)
			link, _ := got["link"].(string)
			delete(got, "link")
			want := plain(t.t, object{"start_by": 3600, "finish_by": true, "group": "terms", "late": "TIMEOUT", "wrong": []string{"option"}, "url": []string{"option"}})
			if show(got) != show(want) {
				t.t.Errorf("got %s, want %s", show(got), show(want))
			}
			posts := t.requests(func(s *seen) bool { return s.method == http.MethodPost })
			for name, value := range map[string]string{"x-finish-by": "7200", "x-retention": "120", "x-retention-failed": "90", "x-delete": "on-read"} {
				if is := posts[0].header.Get(name); is != value {
					t.t.Errorf("%s is %q, want %q", name, is, value)
				}
			}
			if is := posts[len(posts)-1].header.Get("x-output-url"); is != "http://192.0.2.1/out" {
				t.t.Errorf("x-output-url is %q", is)
			}
			resp, err := http.Head(link)
			if err != nil {
				t.t.Fatal(err)
			}
			resp.Body.Close()
			if is := resp.Header.Get("Content-Disposition"); !strings.Contains(is, "filename*=UTF-8''Zo%C3%AB") {
				t.t.Errorf("the output is called %s", is)
			}
		}},
	}
}

// A listener hears all that goes through so far.
type listener struct {
	http.ResponseWriter
	heard func(all string)
	gone  []byte
}

// Write passes bytes on.
func (l *listener) Write(p []byte) (int, error) {
	n, err := l.ResponseWriter.Write(p)
	l.gone = append(l.gone, p[:n]...)
	_ = http.NewResponseController(l.ResponseWriter).Flush() // the client may go
	l.heard(string(l.gone))
	return n, err
}

// Unwrap is for [http.ResponseController].
func (l *listener) Unwrap() http.ResponseWriter { return l.ResponseWriter }

// speak is a tool that says what it does; its second half waits for the gate that
// its input names.
func (w *world) speak(rw http.ResponseWriter, r *http.Request) {
	name, err := io.ReadAll(r.Body)
	if err != nil {
		return // the server was killed
	}
	rw.Header().Set("Content-Type", "text/event-stream")
	say := func(event, data string) {
		_, _ = fmt.Fprintf(rw, "event: %s\ndata: %s\n\n", event, data) // the server may have been killed
		_ = http.NewResponseController(rw).Flush()                     // the same
	}
	say("message", `"reading"`)
	say("log", `["one","two"]`)
	say("output", `"half a league, "`)
	select {
	case <-w.gate(string(name)).over:
	case <-r.Context().Done():
		return
	}
	say("progress", "40") // perhaps never told: what comes next may be quicker
	say("message", `"writing"`)
	say("log", `"three"`)
	say("output", `"onward"`)
	say("result", `{"words":4}`)
}
