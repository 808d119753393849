package examples_test

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// TestNewmanFollowsAJob with both environments: it is handed in again after a 429, its
// id is taken over, it is asked for until it is finished, and its output is fetched.
func TestNewmanFollowsAJob(t *testing.T) {
	t.Parallel()
	for _, environment := range []string{localFile, hostedFile} {
		t.Run(environment, func(t *testing.T) {
			t.Parallel()
			d := newDoor(t, "", true)
			made := newman(t, environment, map[string]string{"base_url": d.URL, "api_key": d.key},
				"Pretty-prints JSON", "Status of a job", "The result, or why there is none", "An output file")
			if got, want := codes(made, "Pretty-prints JSON"), []int{http.StatusTooManyRequests, http.StatusAccepted}; !slices.Equal(got, want) {
				t.Errorf("the submission was answered %v, want %v", got, want)
			}
			statuses := codes(made, "Status of a job")
			if n := len(statuses); n < 3 || statuses[0] != http.StatusServiceUnavailable || slices.Contains(statuses[1:], http.StatusServiceUnavailable) {
				t.Errorf("the status was answered %v, want 503, unfinished and finished", statuses)
			}
			if got := codes(made, "An output file"); !slices.Equal(got, []int{http.StatusOK}) {
				t.Errorf("the download was answered %v, want 200", got)
			}
			list := call(t, d.server.URL, d.key, http.StatusOK, http.MethodGet, "/jobs", "").Body
			jobs := decode[api.JobList](t, list).Jobs
			if len(jobs) != 1 {
				t.Fatalf("%d jobs, want 1: the submission was sent again without its Idempotency-Key", len(jobs))
			}
			id := decode[api.Status](t, jobs[0]).JobID
			if n := len(d.passes(func(p pass) bool { return p.path == "/jobs/"+id })); n != len(statuses) {
				t.Errorf("%d requests for job %s, want %d; all requests:\n%s", n, id, len(statuses), d)
			}
			for _, p := range d.passes(func(p pass) bool { return (p.key == "") != strings.HasPrefix(p.path, "/downloads/") }) {
				t.Errorf("%s with the key %q", p.path, p.key)
			}
		})
	}
}

// TestNewmanRunsTheWholeCollection: each answer is one that the document describes,
// and the requests that build on each other find what they need. The folder Webhooks
// is left out: its address is elsewhere.
func TestNewmanRunsTheWholeCollection(t *testing.T) {
	t.Parallel()
	config := file(t, "claimcheck.yaml", "plans: {default: {submit_per_minute: 0, status_per_minute: 0}}\ntools:\n  - {name: transcribe, mode: pull, summary: Waits for a worker., extensions: [txt]}\n")
	s := serverproc.Start(t, serverproc.Options{Args: []string{"--config=" + config}})
	key := s.Key("ann")
	call(t, s.URL, key, http.StatusAccepted, http.MethodPost, "/transcribe-api", "words", "Prefer", "respond-async")
	made := newman(t, localFile, map[string]string{
		"base_url": s.URL, "api_key": key, "admin_key": s.Key("ops", "--scopes=admin"), "work_key": s.Key("workers", "--scopes=work", "--tools=transcribe"),
	}, "Tools", "Jobs", "Bulk", "Work", "Operators", "Account", "Files", "Dialects", "Server")
	// What cannot succeed after what came before: a job is over or removed by then, an attempt has ended, a signature
	// stands only in the address that a lease gives, and the server has no auth.jwt.
	refused := map[string]int{
		"Stops a job": http.StatusConflict, "One job of any owner": http.StatusNotFound,
		"Record a failure": http.StatusConflict, "The input of an attempt": http.StatusForbidden, "The file that an attempt made": http.StatusForbidden,
		"Report on an attempt": http.StatusForbidden, "The file that a target made": http.StatusForbidden,
		"Whose tokens are taken beside keys": http.StatusNotFound, "The same of one dialect": http.StatusNotFound,
	}
	var names []string
	for _, r := range made {
		names = append(names, r.Item.Name)
		if want := refused[r.Item.Name]; want != 0 && r.Response.Code != want || want == 0 && r.Response.Code >= http.StatusBadRequest {
			t.Errorf("%s: got %d, %s", r.Item.Name, r.Response.Code, text(r.Response.Stream.Data))
		}
	}
	slices.Sort(names)
	if n := len(slices.Compact(names)); n < 60 {
		t.Errorf("%d requests: %s", n, fmt.Sprint(names))
	}
}

// TestTheCommandOfTheGuideWorks as it stands there.
func TestTheCommandOfTheGuideWorks(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..")
	_, after, _ := strings.Cut(read(t, filepath.Join(root, "docs", "guides", "postman.md")), "```sh\n")
	command, _, found := strings.Cut(after, "```")
	if !found {
		t.Fatal("the guide has no command")
	}
	modules, err := filepath.Abs(filepath.Dir(testneeds.NodeModules(t, "newman")))
	if err != nil {
		t.Fatal(err)
	}
	testneeds.Node(t)
	s := serverproc.Start(t, serverproc.Options{})
	script := "set -eu\ncd " + root + "\nnewman() { " + filepath.Join(modules, ".bin", "newman") + " \"$@\" --color off; }\n" + command
	got := run(t, s.URL, s.Key("ann"), testneeds.Program(t, "a shell", "sh"), "-c", script)
	if got.code != 0 || !strings.Contains(got.stdout, "Status of a job: answers as described") {
		t.Errorf("exit code %d, printed %s and %s", got.code, got.stdout, got.stderr)
	}
}

func text(codes []int) string {
	var b bytes.Buffer
	for _, c := range codes {
		b.WriteByte(byte(c))
	}
	return b.String()
}
