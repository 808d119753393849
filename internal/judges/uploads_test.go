package judges_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"claimcheck/api"
	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/serverproc"
	"claimcheck/internal/testneeds"
)

// onEachStorage runs a test on a folder and on a bucket.
func onEachStorage(t *testing.T, run func(t *testing.T, s *service)) {
	t.Helper()
	t.Run("folder", func(t *testing.T) { run(t, start(t, "")) })
	t.Run("bucket", func(t *testing.T) {
		b := blobtest.StartBucket(t)
		s := serverproc.Start(t, serverproc.Options{Args: []string{"--blobs=s3://" + blobtest.BucketName + "?endpoint=" + b.Endpoint}, Env: b.Env()})
		run(t, &service{Server: s, key: s.Key("ann")})
	})
}

// document is one on the disk.
func document(t *testing.T) (path, text string) {
	t.Helper()
	text = `["` + strings.Repeat("x", 300_000) + `"]`
	path = filepath.Join(t.TempDir(), "any name.json")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, text
}

// TestRequestsUploads has Python's requests upload a file; the same program
// serves on every storage.
func TestRequestsUploads(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3" // apt's packages are for this one
	if _, err := os.Stat(python); err != nil {
		testneeds.Missing(t, "Python's requests (apt-get install python3-requests)")
	}
	onEachStorage(t, func(t *testing.T, s *service) {
		t.Helper()
		path, text := document(t)
		out, _ := run(t, python, filepath.Join("testdata", "upload.py"), s.URL, s.key, path)
		if want := fmt.Sprintf("204\n202\n%s %d\n", text[:40], len(text)); out != want {
			t.Errorf("got %q, want %q", out, want)
		}
	})
}

// TestCurlUploads has curl post the form.
func TestCurlUploads(t *testing.T) {
	t.Parallel()
	curl := testneeds.Program(t, "curl (apt-get install curl)", "curl")
	onEachStorage(t, func(t *testing.T, s *service) {
		t.Helper()
		path, _ := document(t)
		var u api.Upload
		if err := json.Unmarshal(s.call(t, http.StatusOK, http.MethodPost, "/upload-api", `{"filename":"a.json"}`), &u); err != nil {
			t.Fatal(err)
		}
		args := []string{"--silent", "--show-error", "--write-out", "%{http_code}"}
		for _, name := range slices.Sorted(maps.Keys(u.Upload.Fields)) {
			args = append(args, "--form-string", name+"="+u.Upload.Fields[name])
		}
		if out, _ := run(t, curl, append(args, "--form", "file=@"+path, u.Upload.URL)...); out != "204" {
			t.Errorf("got %s, want 204", out)
		}
	})
}
