package proxies_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"claimcheck/api"
	"claimcheck/internal/serverproc"
)

const (
	mostMemory = 48 << 20 // that a proxy may take for a body of any size, in bytes: Apache, whose processes begin with nothing, takes 26 MiB
	mostDisk   = 1 << 20  // that it may have in its folder meanwhile
)

// largeBytes is the size of a large body: CLAIMCHECK_TEST_PROXIES MiB, 64 without it.
func largeBytes(t *testing.T) int64 {
	t.Helper()
	text := os.Getenv("CLAIMCHECK_TEST_PROXIES") //nolint:forbidigo // tests have no configuration but their environment
	if text == "" {
		return 64 << 20
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		t.Fatalf("CLAIMCHECK_TEST_PROXIES=%q, want a number of MiB", text)
	}
	return n << 20
}

// A body is a JSON array of strings of random letters, which no coding makes much
// smaller; its second half comes when it is let go.
type body struct {
	size, sent int64
	random     *rand.ChaCha8
	sum        hash.Hash
	half       chan struct{} // closed when the first half has been read
	goOn       chan struct{} // closed when the second half may come
}

func newBody(size int64) *body {
	return &body{size: size, random: rand.NewChaCha8([32]byte{3}), sum: sha256.New(), half: make(chan struct{}), goOn: make(chan struct{})}
}

// Read gives the text.
func (b *body) Read(p []byte) (int, error) {
	if b.sent == b.size {
		return 0, io.EOF
	}
	if b.sent == b.size/2 {
		close(b.half)
		<-b.goOn
	}
	end := b.size
	if b.sent < b.size/2 {
		end = b.size / 2
	}
	p = p[:min(int64(len(p)), end-b.sent, 1<<16)]
	_, _ = b.random.Read(p) // it never fails
	for i := range p {
		p[i] = b.at(b.sent+int64(i), p[i])
	}
	b.sent += int64(len(p))
	b.sum.Write(p)
	return len(p), nil
}

// at is the byte at a position, made of a random one. The text has a multiple of 1,024 bytes.
func (b *body) at(i int64, random byte) byte {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	const head, between, tail = `["`, `","`, `"]`
	switch within := i % 1024; {
	case i < int64(len(head)):
		return head[i]
	case i >= b.size-int64(len(tail)):
		return tail[i-b.size+int64(len(tail))]
	case i >= 1024 && within < int64(len(between)):
		return between[within]
	default:
		return letters[random&63]
	}
}

// folderBytes is what is in a folder and below it.
func folderBytes(t *testing.T, dir string) (sum int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return ignoreGone(err)
		}
		info, err := d.Info()
		if err != nil {
			return ignoreGone(err)
		}
		sum += info.Size()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// uploads and downloads of any size go through the proxy as they come: when the
// client has sent half, the server has nearly that, and the proxy has kept nothing.
func large(t *testing.T, w *world) {
	t.Helper()
	size := largeBytes(t)
	memory := w.proxy.Memory(t)
	b := newBody(size)
	loc := w.create(t, size)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	began := time.Now()
	type end struct {
		res *http.Response
		err error
	}
	over := make(chan end, 1)
	go func() {
		res, err := w.patch(ctx, loc, 0, size, b)
		over <- end{res, err}
	}()
	<-b.half
	serverproc.Until(t, patience, func() (bool, string) {
		there := folderBytes(t, w.server.Data)
		return there > size/2-(8<<20), fmt.Sprintf("of %d bytes that were sent %d are at the server, %d in the proxy's folder", size/2, there, folderBytes(t, w.proxy.Dir))
	})
	if kept := folderBytes(t, w.proxy.Dir); kept > mostDisk {
		t.Errorf("the proxy keeps %d bytes on its disk", kept)
	}
	close(b.goOn)
	e := <-over
	if e.err != nil {
		t.Fatal(e.err)
	}
	e.res.Body.Close()
	if e.res.StatusCode != http.StatusNoContent {
		t.Fatalf("the upload was answered %d, want 204", e.res.StatusCode)
	}
	key, sum := e.res.Header.Get("Upload-Key"), hex.EncodeToString(b.sum.Sum(nil))
	uploaded := time.Since(began)
	began = time.Now()
	file := w.formatted(t, key)
	ran := time.Since(began)
	began = time.Now()
	w.wantFile(ctx, t, file, size, sum)
	downloaded := time.Since(began)
	took := w.proxy.Memory(t) - memory
	if took > mostMemory {
		t.Errorf("the proxy took %d bytes of memory for it", took)
	}
	t.Logf("%d MiB behind %s: upload %s, work %s, download %s; the proxy had %d MiB at most, %.1f more than before", size>>20, w.kind.name,
		uploaded.Round(time.Second/10), ran.Round(time.Second/10), downloaded.Round(time.Second/10), w.proxy.Memory(t)>>20, float64(took)/(1<<20))
}

// create begins a resumable upload and returns its path.
func (w *world) create(t *testing.T, size int64) string {
	t.Helper()
	a := w.want(t, http.StatusCreated, http.MethodPost, "/files/", "", "Tus-Resumable", "1.0.0", "Upload-Length", strconv.FormatInt(size, 10),
		"Upload-Metadata", "filename "+base64.StdEncoding.EncodeToString([]byte("large.json")))
	path, ours := strings.CutPrefix(a.Header.Get("Location"), w.at)
	if !ours {
		t.Fatalf("the upload is at %q, want an address below %s", a.Header.Get("Location"), w.at)
	}
	return path
}

func (w *world) patch(ctx context.Context, path string, offset, size int64, from io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPatch, w.at+path, from)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	r.ContentLength = size
	for name, value := range map[string]string{
		"x-api-key": w.key, "Tus-Resumable": "1.0.0", "Upload-Offset": strconv.FormatInt(offset, 10), "Content-Type": "application/offset+octet-stream",
	} {
		r.Header.Set(name, value)
	}
	return w.http.Do(r)
}

// formatted has an upload minified by a job and returns the link to what it made.
func (w *world) formatted(t *testing.T, key string) string {
	t.Helper()
	text, err := json.Marshal(map[string]string{"file": key})
	if err != nil {
		t.Fatal(err)
	}
	a := w.want(t, http.StatusAccepted, http.MethodPost, "/json-minify-api", string(text), "x-source-type", "file", "Content-Type", "application/json", "Prefer", "respond-async")
	id := decode[api.Accepted](t, a.Body).JobID
	var is api.Status
	serverproc.Until(t, 20*time.Minute, func() (bool, string) {
		is = decode[api.Status](t, w.want(t, http.StatusOK, http.MethodGet, "/jobs/"+id, "", "Prefer", "wait=25").Body)
		return is.Status == "success" || is.Status == "failed", is.Status
	})
	if is.Status != "success" {
		t.Fatalf("the job failed: %+v", is.Error)
	}
	return decode[api.Result](t, is.Result).File
}

// wantFile downloads a file, whole and in ranges.
func (w *world) wantFile(ctx context.Context, t *testing.T, link string, size int64, sum string) {
	t.Helper()
	path, ours := strings.CutPrefix(link, w.at)
	if !ours {
		t.Fatalf("the file is at %q, want an address below %s", link, w.at)
	}
	res, err := w.opened(ctx, w.http, http.MethodGet, path, "")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got := sha256.New()
	first, err := io.CopyN(got, res.Body, size/2)
	if err != nil {
		t.Fatal(err)
	}
	w.want(t, http.StatusOK, http.MethodGet, "/healthz", "") // while the client is slow
	if kept := folderBytes(t, w.proxy.Dir); kept > mostDisk {
		t.Errorf("the proxy keeps %d bytes of an answer on its disk", kept)
	}
	n, err := io.Copy(got, res.Body)
	n += first
	if err != nil || n != size || hex.EncodeToString(got.Sum(nil)) != sum {
		t.Fatalf("%d bytes came with SHA-256 %x, %v; want %d with %s", n, got.Sum(nil), err, size, sum)
	}
	if res.ContentLength != size || res.Header.Get("Accept-Ranges") != "bytes" {
		t.Errorf("the length is said to be %d, ranges %q", res.ContentLength, res.Header.Get("Accept-Ranges"))
	}
	if a := w.want(t, http.StatusOK, http.MethodHead, path, ""); a.Header.Get("Content-Length") != strconv.FormatInt(size, 10) {
		t.Errorf("HEAD tells the length %q", a.Header.Get("Content-Length"))
	}
	for _, coding := range []string{"identity", "gzip"} { // a part of what a proxy has compressed is of no use
		tag := res.Header.Get("ETag")
		a := w.want(t, http.StatusPartialContent, http.MethodGet, path, "", "Range", fmt.Sprintf("bytes=%d-", size-3), "Accept-Encoding", coding, "If-Range", tag)
		if want := fmt.Sprintf("bytes %d-%d/%d", size-3, size-1, size); a.Header.Get("Content-Range") != want || len(a.Body) != 3 || a.Body[2] != ']' {
			t.Errorf("%s: the last three bytes are %q, %q, want %q", coding, a.Body, a.Header.Get("Content-Range"), want)
		}
	}
}

// resumed is an upload in parts that breaks off: what arrived is not lost.
func resumed(t *testing.T, w *world) {
	t.Helper()
	const size = 8 << 20
	path := w.create(t, size)
	b := newBody(size)
	ctx, cut := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		if res, err := w.patch(ctx, path, 0, size, b); err == nil {
			res.Body.Close()
		}
	}()
	<-b.half
	serverproc.Until(t, patience, func() (bool, string) {
		there := folderBytes(t, w.server.Data)
		return there > size/4, strconv.FormatInt(there, 10)
	})
	cut()
	close(b.goOn)
	<-over
	a := w.want(t, http.StatusOK, http.MethodHead, path, "", "Tus-Resumable", "1.0.0")
	offset, err := strconv.ParseInt(a.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || offset == 0 || offset > size {
		t.Fatalf("after the cut the offset is %q", a.Header.Get("Upload-Offset"))
	}
	again := newBody(size)
	close(again.goOn)
	if _, err := io.CopyN(io.Discard, again, offset); err != nil {
		t.Fatal(err)
	}
	res, err := w.patch(t.Context(), path, offset, size-offset, again)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusNoContent || res.Header.Get("Upload-Key") == "" {
		t.Fatalf("the rest was answered %d, key %q", res.StatusCode, res.Header.Get("Upload-Key"))
	}
	w.wantFile(t.Context(), t, w.formatted(t, res.Header.Get("Upload-Key")), size, hex.EncodeToString(again.sum.Sum(nil)))
}
