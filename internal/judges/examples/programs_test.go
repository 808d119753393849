package examples_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

const (
	good    = "{\"a\":[1,\n2]}"
	laidOut = "{\n  \"a\": [\n    1,\n    2\n  ]\n}"
	bad     = "{\"a\":\n  x}"
)

// TestProgramsPrintTheOutput on a way that is a little hard.
func TestProgramsPrintTheOutput(t *testing.T) {
	t.Parallel()
	for _, e := range examples {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			argv := e.argv(t)
			d := newDoor(t, "", false)
			got := run(t, d.URL, d.key, append(argv, file(t, "good.json", good))...)
			if got.code != 0 || got.stdout != laidOut {
				t.Fatalf("exit code %d, printed %q and %q; its requests:\n%s", got.code, got.stdout, got.stderr, d)
			}
			d.wantCareful(t, e.holds)
		})
	}
}

// wantCareful checks what the example asked for.
func (d *door) wantCareful(t *testing.T, holds bool) {
	t.Helper()
	count := func(status int) int { return len(d.passes(func(p pass) bool { return p.status == status })) }
	if n := count(http.StatusTooManyRequests); n != 1 {
		t.Errorf("%d answers 429, want 1: Retry-After is not obeyed", n)
	}
	if n := count(http.StatusServiceUnavailable); n != 1 {
		t.Errorf("%d answers 503, want 1", n)
	}
	if n := count(http.StatusNotModified); n == 0 && !holds {
		t.Errorf("no answer was 304; its requests:\n%s", d)
	}
	if n := len(d.passes(func(p pass) bool {
		return strings.HasPrefix(p.path, "/downloads/") && p.key == "" && p.status == http.StatusOK
	})); n != 1 {
		t.Errorf("%d downloads without a key, want 1; its requests:\n%s", n, d)
	}
	list := call(t, d.server.URL, d.key, http.StatusOK, http.MethodGet, "/jobs?tool=json-formatter", "")
	if jobs := decode[api.JobList](t, list.Body).Jobs; len(jobs) != 1 {
		t.Errorf("%d jobs, want 1: the submission was sent again without its Idempotency-Key", len(jobs))
	}
}

// TestProgramsTellWhatIsWrong: where the file is wrong, and that the key is.
func TestProgramsTellWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := serverproc.Start(t, serverproc.Options{})
	key := s.Key("ann")
	for _, e := range examples {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			argv := e.argv(t)
			name := file(t, "bad.json", bad)
			for _, c := range []struct{ what, key, want string }{
				{"a wrong file", key, name + ":2:3: JSON validation failed. (INVALID_JSON)\n"},
				{"a wrong key", "ck_wrong", "Missing authorizer context"},
			} {
				got := run(t, s.URL, c.key, append(argv, name)...)
				if got.code != 1 || got.stdout != "" || !strings.Contains(got.stderr, c.want) {
					t.Errorf("%s: exit code %d, printed %q and %q, want 1 and %q", c.what, got.code, got.stdout, got.stderr, c.want)
				}
				if strings.Contains(got.stderr, c.key) {
					t.Errorf("%s: the key is printed", c.what)
				}
			}
		})
	}
}

// TestExamplesAreShort keeps each to what can be read at a glance.
func TestExamplesAreShort(t *testing.T) {
	const most = 90
	for _, pattern := range []string{"curl/*.sh", "python/*.py", "node/*.mjs", "browser/*.html", "go/*.go", "openapi-typescript/*.ts"} {
		names, err := filepath.Glob(filepath.Join(folder, filepath.FromSlash(pattern)))
		if err != nil || len(names) == 0 {
			t.Errorf("no example %s, %v", pattern, err)
		}
		for _, name := range names {
			if n := strings.Count(read(t, name), "\n"); n > most {
				t.Errorf("%s has %d lines, at most %d", name, n, most)
			}
		}
	}
}
