package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"claimcheck/internal/resume"
)

// TestAnUploadWhoseSubmissionWasCutOffGoesOn changes what the command has kept to
// what a kill leaves: behind the upload and before the job was known, and the same
// when the upload has expired meanwhile.
func TestAnUploadWhoseSubmissionWasCutOffGoesOn(t *testing.T) {
	t.Parallel()
	s := newSubmitter(t)
	s.write("large.json", "["+strings.Repeat(`"0123456789abcdef",`, 500_000)+"0]")
	args := []string{"json-minify", "large.json", "--async", "--resume"}
	first, stderr, code := s.run(args...)
	if code != 0 {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	changeNote(t, s.dir, func(n *resume.Note) {
		if n.Upload == "" || n.JobID != strings.TrimSpace(first) {
			t.Errorf("kept was %+v, want an upload and job %s", n, first)
		}
		n.JobID = ""
	})
	again, stderr, code := s.run(args...)
	if code != 0 || again != first || len(s.jobs()) != 1 {
		t.Errorf("the upload is there: exit code %d, %s; got %s want %s, %d jobs", code, stderr, again, first, len(s.jobs()))
	}
	changeNote(t, s.dir, func(n *resume.Note) {
		n.JobID, n.Upload, n.IdempotencyKey = "", "ann/upl_00000000000000000000000000000000/large.json", "another"
	})
	last, stderr, code := s.run(args...)
	if code != 0 || last == first || len(s.jobs()) != 2 {
		t.Errorf("the upload is gone: exit code %d, %s; got %s, %d jobs", code, stderr, last, len(s.jobs()))
	}
}

// changeNote changes the one note that is kept below a home.
func changeNote(t *testing.T, home string, change func(*resume.Note)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(home, "claimcheck", "submitted", "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("notes %q, %v, want one", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var note resume.Note
	if err := json.Unmarshal(text, &note); err != nil {
		t.Fatal(err)
	}
	change(&note)
	if text, err = json.Marshal(note); err == nil {
		err = os.WriteFile(files[0], text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
