package s3blob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/blob/s3blob"
	"claimcheck/internal/fault"
)

// A bad way to the storage: fail says what becomes of a request.
type badWay struct {
	fail  func(r *http.Request) (*http.Response, error)
	calls atomic.Int64
}

func (b *badWay) RoundTrip(r *http.Request) (*http.Response, error) {
	b.calls.Add(1)
	if res, err := b.fail(r); res != nil || err != nil {
		if r.Body != nil {
			_, _ = io.Copy(io.Discard, r.Body)
			r.Body.Close()
		}
		return res, err
	}
	return http.DefaultTransport.RoundTrip(r)
}

func answerOf(r *http.Request, status int, code string) *http.Response {
	body := "<Error><Code>" + code + "</Code></Error>"
	return &http.Response{
		StatusCode: status, Request: r, Header: http.Header{"Content-Type": {"application/xml"}}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// openBy opens the store by a way that can be made bad afterwards.
func openBy(t *testing.T, b *blobtest.Bucket) (*s3blob.Store, *badWay) {
	t.Helper()
	way := &badWay{fail: func(*http.Request) (*http.Response, error) { return nil, nil }}
	o := options(t, b)
	o.Transport, o.Tries = way, 4
	s, err := s3blob.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s, way
}

func put(ctx context.Context, s *s3blob.Store, key string, content []byte) error {
	w, err := s.Create(ctx, key)
	if err != nil {
		return err
	}
	defer w.Abort()
	for piece := range slices.Chunk(content, 1<<20) {
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
	return w.Commit(ctx)
}

func read(s *s3blob.Store, key string) ([]byte, error) {
	r, err := s.Open(context.Background(), key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// large needs three parts.
var large = bytes.Repeat([]byte("0123456789abcde\n"), 40<<20/16)

func TestALargeFileIsSentInPartsAndAppearsWhole(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	s, way := openBy(t, b)
	parts := atomic.Int64{}
	way.fail = func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPut && r.URL.Query().Get("partNumber") != "" {
			parts.Add(1)
		}
		return nil, nil
	}
	w, err := s.Create(t.Context(), "outputs/a")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if _, err := w.Write(large); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(t.Context(), "outputs/a"); !fault.Is(err, fault.NotFound) {
		t.Errorf("before the commit: got %v", err)
	}
	if err := w.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := read(s, "outputs/a")
	if err != nil || sha256.Sum256(got) != sha256.Sum256(large) || parts.Load() != 3 {
		t.Errorf("got %d of %d bytes in %d parts: %v", len(got), len(large), parts.Load(), err)
	}
}

func TestPassingTroubleIsOvercome(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	s, way := openBy(t, b)
	failing := 0
	way.fail = func(r *http.Request) (*http.Response, error) { // two of three requests fail
		failing++
		switch failing % 3 {
		case 0:
			return nil, nil
		case 1:
			return answerOf(r, http.StatusServiceUnavailable, "SlowDown"), nil
		default:
			return nil, errors.New("connection reset by peer")
		}
	}
	small := []byte("small")
	if err := put(t.Context(), s, "inputs/a", small); err != nil {
		t.Fatal(err)
	}
	if got, err := read(s, "inputs/a"); err != nil || !bytes.Equal(got, small) {
		t.Errorf("got %q, %v", got, err)
	}
	if err := s.Remove(t.Context(), "inputs/a"); err != nil {
		t.Error(err)
	}
}

func TestLastingTroubleIsUnavailableAndLeavesNothing(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	s, way := openBy(t, b)
	if err := put(t.Context(), s, "inputs/there", []byte("x")); err != nil {
		t.Fatal(err)
	}
	for name, fail := range map[string]func(*http.Request) (*http.Response, error){
		"away": func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") },
		"refuses": func(r *http.Request) (*http.Response, error) {
			return answerOf(r, http.StatusForbidden, "AccessDenied"), nil
		},
		"breaks": func(r *http.Request) (*http.Response, error) { return answerOf(r, 500, "InternalError"), nil },
		"cannot complete": func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost && r.URL.Query().Get("uploadId") != "" || r.Method == http.MethodPut && r.URL.Query().Get("partNumber") == "" || r.Method == http.MethodHead {
				return answerOf(r, 500, "InternalError"), nil
			}
			return nil, nil
		},
		"takes no parts": func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPut || r.Method == http.MethodHead {
				return answerOf(r, 503, "SlowDown"), nil
			}
			return nil, nil
		},
	} {
		way.fail = fail
		for what, err := range map[string]error{
			"put small": put(t.Context(), s, "inputs/a", []byte("x")), "put large": put(t.Context(), s, "inputs/b", large), "open": func() error { _, err := read(s, "inputs/there"); return err }(),
		} {
			if e := fault.Of(err); e == nil || e.Kind != fault.Unavailable || strings.Contains(e.Message, "127.0.0.1") {
				t.Errorf("%s, %s: got %v, want Unavailable", name, what, err)
			}
		}
	}
	way.fail = func(*http.Request) (*http.Response, error) { return nil, nil }
	var keys []string
	err := s.Walk(t.Context(), time.Now().Add(48*time.Hour), func(key string) error { keys = append(keys, key); return nil })
	if err != nil || !slices.Equal(keys, []string{"inputs/there"}) {
		t.Errorf("left %q, %v", keys, err)
	}
	if begun := incomplete(t, b); len(begun) != 0 {
		t.Errorf("parts are left of %q", begun)
	}
}

func incomplete(t *testing.T, b *blobtest.Bucket) (keys []string) {
	t.Helper()
	for u := range client(t, b).ListIncompleteUploads(t.Context(), blobtest.BucketName, "", true) {
		if u.Err != nil {
			t.Fatal(u.Err)
		}
		keys = append(keys, u.Key)
	}
	return keys
}

func TestABrokenReadGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	s, way := openBy(t, b)
	if err := put(t.Context(), s, "inputs/a", large); err != nil {
		t.Fatal(err)
	}
	way.fail = func(r *http.Request) (*http.Response, error) { // each answer breaks after some bytes
		if r.Method != http.MethodGet {
			return nil, nil
		}
		res, err := http.DefaultTransport.RoundTrip(r)
		if err == nil {
			res.Body = &cut{res.Body, 9<<20 + 7}
		}
		return res, err
	}
	got, err := read(s, "inputs/a")
	if err != nil || !bytes.Equal(got, large) {
		t.Errorf("got %d of %d bytes: %v", len(got), len(large), err)
	}
}

type cut struct {
	io.ReadCloser
	left int
}

func (c *cut) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errors.New("connection reset by peer")
	}
	n, err := c.ReadCloser.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

func TestAFileThatChangesIsNotReadOn(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	s := open(t, b)
	if err := put(t.Context(), s, "inputs/a", []byte("first")); err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(t.Context(), "inputs/a")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := put(t.Context(), s, "inputs/a", []byte("other")); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); !fault.IsCode(err, "FILE_NOT_FOUND") {
		t.Errorf("got %q, %v, want FILE_NOT_FOUND", got, err)
	}
}

func TestASilentStorageIsGivenUp(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	o := options(t, b)
	if err := put(t.Context(), open(t, b), "inputs/there", large); err != nil {
		t.Fatal(err)
	}
	o.Silence, o.Tries = time.Second, 1
	s, err := s3blob.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(t.Context(), "inputs/there")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b.Pause()
	defer b.Resume()
	began := time.Now()
	var calls sync.WaitGroup
	for what, call := range map[string]func() error{
		"put small": func() error { return put(t.Context(), s, "inputs/a", []byte("x")) },
		"put large": func() error { return put(t.Context(), s, "inputs/b", large) },
		"read":      func() error { _, err := io.ReadAll(r); return err },
		"open":      func() error { _, err := s.Open(t.Context(), "inputs/there"); return err },
		"ping":      func() error { return s.Ping(t.Context()) },
		"walk":      func() error { return s.Walk(t.Context(), time.Now(), func(string) error { return nil }) },
	} {
		calls.Go(func() {
			if err := call(); !fault.Is(err, fault.Unavailable) {
				t.Errorf("%s: got %v, want Unavailable", what, err)
			}
		})
	}
	calls.Wait()
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %s", took)
	}
}
