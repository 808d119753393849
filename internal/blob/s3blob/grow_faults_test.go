package s3blob_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"claimcheck/internal/blob/blobtest"
	"claimcheck/internal/blob/s3blob"
	"claimcheck/internal/fault"
)

const (
	grown  = "uploads/ann/upl_00000000000000000000000000000001/A.json"
	joined = "uploads/ann/upl_00000000000000000000000000000002/A.json"
	part   = "uploads/ann/upl_00000000000000000000000000000003/A.json"
)

// A run is appends and a finish, or a join, by one process, which may die.
type run struct {
	store *s3blob.Store
	key   string
	want  []byte
	acked int64 // bytes that were acknowledged
}

// steps are where the appends end: a tail, a part made of a tail and more with a
// new tail, no new byte, a tail that grows, a part and a tail.
var steps = []int{1000, 5<<20 + 1000, 5<<20 + 1000, 5<<20 + 2000, 10<<20 + 5}

func (r *run) grow(ctx context.Context) error {
	if _, err := r.store.Length(ctx, r.key); fault.Is(err, fault.NotFound) {
		if err := r.store.Begin(ctx, r.key, int64(len(r.want))); err != nil {
			return err
		}
	}
	at, err := r.store.Length(ctx, r.key)
	if err != nil {
		return err
	}
	if at < r.acked {
		return fmt.Errorf("%d bytes are left of %d that were acknowledged", at, r.acked)
	}
	for _, end := range steps {
		if int64(end) < at || at == int64(len(r.want)) {
			continue
		}
		n, err := r.store.Append(ctx, r.key, at, bytes.NewReader(r.want[at:end]))
		at += n
		r.acked = at
		if err != nil {
			return err
		}
	}
	return r.store.Finish(ctx, r.key, int64(len(r.want)))
}

func (r *run) join(ctx context.Context) error {
	if n, err := r.store.Length(ctx, r.key); err == nil && n == int64(len(r.want)) {
		return nil // by the process that died
	}
	_, err := r.store.Join(ctx, r.key, []string{part, grown, part})
	return err
}

// objects are all that there are in the bucket.
func objects(t *testing.T, b *blobtest.Bucket) (names []string) {
	t.Helper()
	for o := range client(t, b).ListObjects(t.Context(), blobtest.BucketName, minio.ListObjectsOptions{Recursive: true}) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		names = append(names, o.Key)
	}
	return names
}

var errDead = errors.New("the process is dead")

// deaths lets a process die before each request of what it does, or after each
// without the answer; the next one goes on. It returns how many died.
func deaths(t *testing.T, b *blobtest.Bucket, r run, do func(*run, context.Context) error, answerLost bool) (died int) {
	t.Helper()
	was := objects(t, b)
	for at := 1; ; at++ {
		o := options(t, b)
		o.Tries, o.Pause = 1, time.Millisecond
		way := &badWay{fail: func(*http.Request) (*http.Response, error) { return nil, nil }}
		o.Transport = way
		r := r
		var err error
		if r.store, err = s3blob.Open(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		requests := 0
		way.fail = func(q *http.Request) (*http.Response, error) {
			if answerLost && requests < at && (q.Method == http.MethodGet || q.Method == http.MethodHead) {
				return nil, nil // it changes nothing: as if it had not been made
			}
			if requests++; requests < at {
				return nil, nil
			}
			if requests == at && answerLost {
				if res, err := http.DefaultTransport.RoundTrip(q); err == nil {
					res.Body.Close()
				}
			}
			return nil, errDead
		}
		err = do(&r, t.Context())
		if err != nil && !errors.Is(err, errDead) && !fault.Is(err, fault.Unavailable) {
			t.Fatalf("died at request %d: %v", at, err)
		}
		alive := requests < at
		r.store = open(t, b)
		if err := do(&r, t.Context()); err != nil {
			t.Fatalf("after a death at request %d: %v", at, err)
		}
		if got, err := read(r.store, r.key); err != nil || !bytes.Equal(got, r.want) {
			t.Fatalf("after a death at request %d: %d bytes, not those that were appended: %v", at, len(got), err)
		}
		if err := r.store.Remove(t.Context(), r.key); err != nil {
			t.Fatal(err)
		}
		if left := objects(t, b); !slices.Equal(left, was) {
			t.Fatalf("after a death at request %d %q are left", at, left)
		}
		if err := r.store.Walk(t.Context(), time.Now().Add(48*time.Hour), func(string) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if begun := incomplete(t, b); len(begun) != 0 {
			t.Fatalf("after a death at request %d parts are left of %q", at, begun)
		}
		if alive {
			return died
		}
		died++
	}
}

func TestAProcessMayDieBetweenAnyTwoRequestsWhileAFileGrows(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	for _, answerLost := range []bool{false, true} {
		died := deaths(t, b, run{key: grown, want: large[:steps[len(steps)-1]]}, (*run).grow, answerLost)
		if t.Logf("%d deaths, answers lost: %v", died, answerLost); died < 16 {
			t.Errorf("only %d deaths", died)
		}
	}
}

func TestAProcessMayDieBetweenAnyTwoRequestsWhileFilesAreJoined(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	content := large[:6<<20]
	for key, size := range map[string]int{grown: len(content), part: 3} {
		if err := put(t.Context(), open(t, b), key, content[:size]); err != nil {
			t.Fatal(err)
		}
	}
	for _, answerLost := range []bool{false, true} {
		died := deaths(t, b, run{key: joined, want: slices.Concat(content[:3], content, content[:3])}, (*run).join, answerLost)
		if t.Logf("%d deaths, answers lost: %v", died, answerLost); died < 4 {
			t.Errorf("only %d deaths", died)
		}
	}
}

func TestPassingTroubleIsOvercomeWhileAFileGrows(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	s, way := openBy(t, b)
	requests := 0
	way.fail = func(q *http.Request) (*http.Response, error) { // every second request fails, also after it was carried out
		switch requests++; requests % 4 {
		case 1:
			return answerOf(q, http.StatusServiceUnavailable, "SlowDown"), nil
		case 3:
			if q.Method != http.MethodPut && q.Method != http.MethodGet { // those that can be made twice
				return nil, nil
			}
			res, err := http.DefaultTransport.RoundTrip(q)
			if err == nil {
				res.Body.Close()
				err = errors.New("connection reset by peer")
			}
			return nil, err
		}
		return nil, nil
	}
	r := &run{store: s, key: grown, want: large[:steps[len(steps)-1]]}
	if err := r.grow(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Join(t.Context(), joined, []string{grown, grown}); err != nil {
		t.Fatal(err)
	}
	if got, err := read(s, joined); err != nil || !bytes.Equal(got, slices.Concat(r.want, r.want)) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

func TestAnUploadThatGrowsForDaysIsNotTakenForAbandoned(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	s := open(t, b)
	if err := s.Begin(t.Context(), grown, 100); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), grown, 0, bytes.NewReader(large[:50])); err != nil {
		t.Fatal(err)
	}
	named := 0
	if err := s.Walk(t.Context(), time.Now().Add(1000*time.Hour), func(key string) error {
		if named++; key != grown {
			t.Errorf("there is %s", key)
		}
		return nil
	}); err != nil || named != 1 {
		t.Fatalf("named %d times, %v", named, err)
	}
	if n, err := s.Append(t.Context(), grown, 50, bytes.NewReader(large[50:100])); err != nil || n != 50 {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if err := s.Finish(t.Context(), grown, 100); err != nil {
		t.Fatal(err)
	}
	if got, err := read(s, grown); err != nil || !bytes.Equal(got, large[:100]) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

func TestAStorageThatFailsTakesNoMoreThanItSays(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	s, way := openBy(t, b)
	if err := s.Begin(t.Context(), grown, 100<<20); err != nil {
		t.Fatal(err)
	}
	parts := 0
	way.fail = func(q *http.Request) (*http.Response, error) { // the third part is refused
		if q.Method == http.MethodPut && q.URL.Query().Get("partNumber") != "" {
			if parts++; parts > 2 {
				return answerOf(q, http.StatusForbidden, "AccessDenied"), nil
			}
		}
		return nil, nil
	}
	n, err := s.Append(t.Context(), grown, 0, io.MultiReader(bytes.NewReader(large)))
	if !fault.Is(err, fault.Unavailable) || n != 10<<20 {
		t.Fatalf("%d bytes, %v, want two parts and UNAVAILABLE", n, err)
	}
	way.fail = func(*http.Request) (*http.Response, error) { return nil, nil }
	if is, err := s.Length(t.Context(), grown); err != nil || is != n {
		t.Errorf("length %d, %v, want %d", is, err, n)
	}
	if m, err := s.Append(t.Context(), grown, n, bytes.NewReader(large[n:])); err != nil || n+m != int64(len(large)) {
		t.Fatalf("%d bytes, %v", m, err)
	}
	if err := s.Finish(t.Context(), grown, int64(len(large))); err != nil {
		t.Fatal(err)
	}
	if got, err := read(s, grown); err != nil || !bytes.Equal(got, large) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

// TestALengthThatNoBucketKeepsIsRefusedAtTheBeginning: no number of parts is enough.
func TestALengthThatNoBucketKeepsIsRefusedAtTheBeginning(t *testing.T) {
	t.Parallel()
	b := blobtest.StartBucket(t)
	s := open(t, b)
	for _, size := range []int64{10_000*5<<30 + 1, math.MaxInt64} {
		if err := s.Begin(t.Context(), grown, size); !fault.IsCode(err, "FILE_TOO_LARGE") {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	if begun := incomplete(t, b); len(begun) != 0 {
		t.Errorf("begun are %q", begun)
	}
	if err := s.Begin(t.Context(), grown, 10_000*5<<30); err != nil {
		t.Error(err)
	}
}
