package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"claimcheck/client"
	"claimcheck/client/clienttest"
)

// large is what the tool copy makes of anything.
var large = bytes.Repeat([]byte("0123456789abcdef"), 1<<17) // 2 MiB

// copier is a server with a finished job whose file is large, and a client of it that
// makes short pauses.
func copier(t *testing.T) (s *clienttest.Server, c *client.Client, id string) {
	t.Helper()
	s = clienttest.New(t)
	s.Tool("copy", clienttest.Tool{Do: func(context.Context, clienttest.Input) (clienttest.Output, error) {
		return clienttest.Output{Data: large}, nil
	}})
	s.Tool("echo", clienttest.Tool{})
	c, err := client.New(s.URL, s.Key, client.WithMaxPause(10*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	ticket, err := c.Submit(t.Context(), "copy", strings.NewReader("1"), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Wait(t.Context(), ticket.JobID); err != nil {
		t.Fatal(err)
	}
	return s, c, ticket.JobID
}

// ranges are those that were asked for of files.
func ranges(s *clienttest.Server) (list []string) {
	for _, r := range s.Requests() {
		if strings.HasPrefix(r.Path, "/downloads/") && r.Method == http.MethodGet {
			list = append(list, r.Header.Get("Range"))
		}
	}
	return list
}

func TestADownloadThatIsCutGoesOn(t *testing.T) {
	s, c, id := copier(t)
	for range 7 { // more often than a request is tried
		s.Fault(clienttest.Fault{Path: "/downloads/", CutAfter: 200_000})
	}
	var b bytes.Buffer
	n, err := c.Download(t.Context(), id, &b)
	if err != nil || n != int64(len(large)) || !bytes.Equal(b.Bytes(), large) {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if got := ranges(s); len(got) != 8 || got[0] != "" || got[7] == "" {
		t.Errorf("asked for %q", got)
	}
}

func TestADownloadGetsAFreshLink(t *testing.T) {
	s, c, id := copier(t)
	s.Fault(clienttest.Fault{Path: "/downloads/", CutAfter: 200_000})
	var b bytes.Buffer
	n, err := c.Download(t.Context(), id, &b, client.WithProgress(func(done, total int64) {
		if total != int64(len(large)) {
			t.Errorf("%d of %d", done, total)
		}
		if done > 100_000 && done < 200_000 {
			s.ExpireLinks() // as often as that happens
		}
	}))
	if err != nil || n != int64(len(large)) || !bytes.Equal(b.Bytes(), large) {
		t.Fatalf("%d bytes, %v", n, err)
	}
	link, err := c.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	s.ExpireLinks()
	r, err := client.ResultOf(link)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.DownloadLink(t.Context(), r.File, io.Discard)
	wantError(t, err, http.StatusForbidden, "LINK_EXPIRED")
}

func TestAWriterThatFailsEndsTheDownload(t *testing.T) {
	s, c, id := copier(t)
	full := errors.New("the disk is full")
	if n, err := c.Download(t.Context(), id, failingWriter{full}); !errors.Is(err, full) || n != 0 {
		t.Errorf("%d bytes, %v", n, err)
	}
	if got := ranges(s); len(got) != 1 {
		t.Errorf("asked for %q", got)
	}
}

type failingWriter struct{ err error }

func (f failingWriter) Write([]byte) (int, error) { return 0, f.err }

// names are what is in a folder.
func names(t *testing.T, dir string) (list []string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		list = append(list, e.Name())
	}
	return list
}

func TestAFileIsThereWholeOrNotAtAll(t *testing.T) {
	s, c, id := copier(t)
	path := filepath.Join(t.TempDir(), "out.json")
	ctx, cancel := context.WithCancel(t.Context())
	stop := client.WithProgress(func(done, _ int64) {
		if done > 500_000 {
			cancel()
		}
	})
	n, err := c.DownloadFile(ctx, id, path, stop)
	if !errors.Is(err, context.Canceled) || n < 500_000 || n >= int64(len(large)) {
		t.Fatalf("%d bytes, %v", n, err)
	}
	left := names(t, filepath.Dir(path))
	if len(left) != 1 || !strings.HasPrefix(left[0], ".out.json.") || !strings.HasSuffix(left[0], ".part") {
		t.Fatalf("left: %q", left)
	}
	before := len(ranges(s))
	if n, err := c.DownloadFile(t.Context(), id, path); err != nil || n != int64(len(large)) {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if got := ranges(s)[before:]; len(got) != 1 || !strings.HasPrefix(got[0], "bytes=") {
		t.Errorf("asked for %q, want what was left", got)
	}
	text, err := os.ReadFile(path)
	if left := names(t, filepath.Dir(path)); err != nil || !bytes.Equal(text, large) || len(left) != 1 {
		t.Errorf("%d bytes, left %q, %v", len(text), left, err)
	}
}

func TestAPartThatIsSpoiltIsNotTakenForTheFile(t *testing.T) {
	_, c, id := copier(t)
	path := filepath.Join(t.TempDir(), "out.json")
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := c.DownloadFile(ctx, id, path, client.WithProgress(func(done, _ int64) {
		if done > 0 {
			cancel()
		}
	})); err == nil {
		t.Fatal("not ended")
	}
	part := filepath.Join(filepath.Dir(path), names(t, filepath.Dir(path))[0])
	if err := os.WriteFile(part, []byte("something else"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.DownloadFile(t.Context(), id, path); !errors.Is(err, client.ErrDigest) {
		t.Errorf("error %v, want ErrDigest", err)
	}
	if left := names(t, filepath.Dir(path)); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
	if err := os.WriteFile(part, bytes.Repeat(large, 2), 0o600); err != nil { // longer than the file
		t.Fatal(err)
	}
	if n, err := c.DownloadFile(t.Context(), id, path); err != nil || n != int64(len(large)) {
		t.Errorf("%d bytes, %v", n, err)
	}
	dead := strings.TrimSuffix(part, "part") + "ABC.part" // of a program that was killed, whole and not renamed
	if err := os.WriteFile(dead, large, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(dead, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.DownloadFile(t.Context(), id, path); err != nil || n != int64(len(large)) {
		t.Errorf("%d bytes, %v", n, err)
	}
	if left := names(t, filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left: %q", left)
	}
}

func TestTwoDownloadsToOnePathDoNoHarm(t *testing.T) {
	_, c, id := copier(t)
	path := filepath.Join(t.TempDir(), "out.json")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if n, err := c.DownloadFile(t.Context(), id, path); err != nil || n != int64(len(large)) {
				t.Errorf("%d bytes, %v", n, err)
			}
		})
	}
	all.Wait()
	text, err := os.ReadFile(path)
	if left := names(t, filepath.Dir(path)); err != nil || !bytes.Equal(text, large) || len(left) != 1 {
		t.Errorf("%d bytes, left %q, %v", len(text), left, err)
	}
}

// TestAStorageElsewhereGetsNoKey has a form, and links, that lead to another host.
func TestAStorageElsewhereGetsNoKey(t *testing.T) {
	var posted string
	storage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, values := range r.Header {
			if strings.Contains(strings.Join(values, ""), key) {
				t.Errorf("the key came in %s", name)
			}
		}
		if r.Method == http.MethodPost {
			if f, _, err := r.FormFile("file"); err != nil || r.FormValue("key") != "k/1" || r.ContentLength < 0 {
				t.Errorf("%v, %v, %d bytes", r.Form, err, r.ContentLength)
			} else if text, err := io.ReadAll(f); err == nil {
				posted = string(text)
			}
			w.WriteHeader(http.StatusNoContent)
			return
		}
		_, _ = io.WriteString(w, content)
	}))
	defer storage.Close()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/upload-api":
			reply(http.StatusOK, map[string]any{"upload_id": "upl_1", "upload": map[string]any{"url": storage.URL + "/bucket", "fields": map[string]string{"key": "k/1"}}})(w, r)
		case "/downloads/f.json":
			http.Redirect(w, r, storage.URL+"/bucket/f.json", http.StatusFound)
		case "/files": // a place for parts that leads elsewhere: only its name is taken
			w.Header().Set("Location", storage.URL+"/files/upl_2")
			w.Header().Set("Upload-Key", "k/2")
			w.Header().Set("Upload-Offset", "0")
			w.WriteHeader(http.StatusCreated)
		case "/files/upl_2":
			n, err := io.Copy(io.Discard, r.Body)
			if err != nil || r.Header.Get("X-Api-Key") != key || n != 9<<20 {
				t.Errorf("%d bytes with key %q, %v", n, r.Header.Get("X-Api-Key"), err)
			}
			w.Header().Set("Upload-Offset", "9437184")
			w.WriteHeader(http.StatusNoContent)
		default:
			t.Errorf("asked for %s", r.URL)
		}
	}))
	defer srv.Close()
	c, err := client.New(srv.URL, key)
	if err != nil {
		t.Fatal(err)
	}
	if k, err := c.Upload(t.Context(), "a.json", strings.NewReader("[1]"), 3); err != nil || k != "k/1" || posted != "[1]" {
		t.Errorf("form: key %s, %v, posted %q", k, err, posted)
	}
	if k, err := c.Upload(t.Context(), "a.json", bytes.NewReader(make([]byte, 9<<20)), -1); err != nil || k != "k/2" {
		t.Errorf("parts: key %s, %v", k, err)
	}
	var b bytes.Buffer
	if n, err := c.DownloadLink(t.Context(), srv.URL+"/downloads/f.json", &b); err != nil || b.String() != content {
		t.Errorf("download: %d bytes, %v", n, err)
	}
}

func TestNeitherKeyNorSignatureIsInAnError(t *testing.T) {
	c, err := client.New("http://127.0.0.1:1", key, client.WithTries(1))
	if err != nil {
		t.Fatal(err)
	}
	_, downloadErr := c.DownloadLink(t.Context(), "http://127.0.0.1:1/downloads/f.json?signature=secret", io.Discard)
	_, usageErr := c.Usage(t.Context())
	_, newErr := client.New("http://user:secret@host/?x", key)
	_, parseErr := client.New("http://user:secret@host:port/", key)
	_, keyErr := client.New("http://host", "secret key\n")
	for name, err := range map[string]error{"download": downloadErr, "usage": usageErr, "new": newErr, "parse": parseErr, "key": keyErr} {
		if err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), key) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// writeFile makes a file of so many bytes.
func writeFile(t *testing.T, name string, size int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, bytes.Repeat([]byte("x"), size), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
