package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
)

// A Growth is a storage of files that grow.
type Growth struct {
	blob.Store
	blob.Grower
	// Again opens the same storage as the next process does, or another server.
	Again func(t *testing.T) Growth
}

// RunGrowth runs the suite that every [blob.Grower] must pass. open returns an
// empty storage for one test.
func RunGrowth(t *testing.T, open func(t *testing.T) Growth) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s Growth)
	}{
		{"what was appended is a file when it is finished", growsToAFile},
		{"parts and their edges", partEdges},
		{"many small appends", smallAppends},
		{"an append goes on where the last one was, also in another process", goesOn},
		{"what came before a failure of the reader is kept", readerFails},
		{"what came before the end of the context is kept", contextEnds},
		{"an append elsewhere than at the end is refused", wrongOffset},
		{"one of two appends at once is refused", twoAppends},
		{"of many appends at one offset one is taken", racingAppends},
		{"a removal ends an append", removedInAppend},
		{"what is removed can be begun again", begunAgain},
		{"a finished file takes no more", finishedTakesNoMore},
		{"a finish of another size is refused", finishOfAnotherSize},
		{"a file is begun once", begunOnce},
		{"what is not there is not found", notThere},
		{"keys that are no upload's are refused", oddGrowingKeys},
		{"a canceled call changes nothing", canceledGrowth},
		{"many files grow at once", manyGrow},
		{"files are joined", joined},
		{"a join that fails leaves nothing", joinFails},
		{"memory is flat", flatMemory},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// grown names the growing file of a test.
const grown = "uploads/ann/upl_00000000000000000000000000000001/A.json"

func begin(t *testing.T, s Growth, key string, size int64) {
	t.Helper()
	if err := s.Begin(t.Context(), key, size); err != nil {
		t.Fatalf("begin %q: %v", key, err)
	}
}

// add appends all of b.
func add(t *testing.T, s Growth, key string, at int, b []byte) {
	t.Helper()
	n, err := s.Append(t.Context(), key, int64(at), bytes.NewReader(b))
	if err != nil || n != int64(len(b)) {
		t.Fatalf("append at %d: %d of %d bytes, %v", at, n, len(b), err)
	}
	wantLength(t, s, key, at+len(b))
}

func wantLength(t *testing.T, s Growth, key string, want int) {
	t.Helper()
	if n, err := s.Length(t.Context(), key); err != nil || n != int64(want) {
		t.Fatalf("length %d, %v, want %d", n, err, want)
	}
}

func finish(t *testing.T, s Growth, key string, want []byte) {
	t.Helper()
	wantNone(t, s, key)
	wantKeys(t, s, key)
	if err := s.Finish(t.Context(), key, int64(len(want))); err != nil {
		t.Fatalf("finish: %v", err)
	}
	wantFile(t, s, key, want)
	wantLength(t, s, key, len(want))
	wantKeys(t, s, key)
}

// wantConflict wants a refusal with a code.
func wantConflict(t *testing.T, what string, err error, code string) {
	t.Helper()
	if !fault.Is(err, fault.Conflict) || !fault.IsCode(err, code) {
		t.Errorf("%s: got %v, want %s", what, err, code)
	}
}

func wantGone(t *testing.T, what string, err error) {
	t.Helper()
	if !fault.Is(err, fault.NotFound) || !fault.IsCode(err, "NOT_FOUND") {
		t.Errorf("%s: got %v, want NOT_FOUND", what, err)
	}
}

func growsToAFile(t *testing.T, s Growth) {
	want := content(1_234_567, 1)
	begin(t, s, grown, int64(len(want)))
	wantLength(t, s, grown, 0)
	at := 0
	for _, end := range []int{0, 1, 1, 100_000, 1_200_000, len(want)} {
		add(t, s, grown, at, want[at:end])
		at = end
	}
	finish(t, s, grown, want)
	r, err := s.Open(t.Context(), grown)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if r.ETag() == "" {
		t.Error("the file has no tag")
	}
}

// partBytes is how large the parts of a small file are on a bucket.
const partBytes = 5 << 20

func partEdges(t *testing.T, s Growth) {
	for i, ends := range [][]int{
		{0},
		{1},
		{partBytes - 1},
		{partBytes},
		{partBytes + 1},
		{3*partBytes + 7},
		{1, partBytes},
		{partBytes - 1, partBytes, partBytes + 1},
		{partBytes - 1, partBytes + 1, 2 * partBytes},
		{partBytes, partBytes, 2*partBytes + 1},
		{7, 2*partBytes + 1, 2*partBytes + 2},
	} {
		want := content(ends[len(ends)-1], byte(i))
		key := fmt.Sprintf("uploads/ann/upl_%032x/A.json", i)
		begin(t, s, key, int64(len(want)))
		at := 0
		for _, end := range ends {
			add(t, s, key, at, want[at:end])
			at = end
		}
		finish(t, s, key, want)
		if err := s.Remove(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		wantKeys(t, s)
	}
}

func smallAppends(t *testing.T, s Growth) {
	want := content(60_000, 3)
	begin(t, s, grown, -1)
	random := rand.New(rand.NewPCG(1, 2))
	for at := 0; at < len(want); {
		end := min(at+random.IntN(1000), len(want))
		add(t, s, grown, at, want[at:end])
		at = end
	}
	finish(t, s, grown, want)
}

func goesOn(t *testing.T, s Growth) {
	want := content(2*partBytes+12_345, 4)
	begin(t, s, grown, int64(len(want)))
	at := 0
	for _, end := range []int{10, partBytes + 10, partBytes + 11, 2*partBytes + 12_000, len(want)} {
		add(t, s, grown, at, want[at:end])
		at = end
		s = s.Again(t)
		wantLength(t, s, grown, at)
	}
	finish(t, s, grown, want)
	s = s.Again(t)
	wantFile(t, s, grown, want)
	wantLength(t, s, grown, len(want))
}

var errCut = errors.New("connection reset by peer")

// cutReader gives b and then fails.
func cutReader(b []byte) io.Reader { return io.MultiReader(bytes.NewReader(b), failing{}) }

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errCut }

func readerFails(t *testing.T, s Growth) {
	want := content(3*partBytes+1, 5)
	begin(t, s, grown, int64(len(want)))
	at := 0
	for _, end := range []int{0, 1, 4321, partBytes - 1, partBytes, partBytes, 2*partBytes + 1, 3 * partBytes} {
		n, err := s.Append(t.Context(), grown, int64(at), cutReader(want[at:end]))
		if !errors.Is(err, errCut) || n != int64(end-at) {
			t.Fatalf("append at %d: %d of %d bytes, %v, want the reader's error", at, n, end-at, err)
		}
		at = end
		wantLength(t, s, grown, at)
	}
	s = s.Again(t)
	add(t, s, grown, at, want[at:])
	finish(t, s, grown, want)
}

// An ending reader ends a context after so many bytes, and gives on.
type ending struct {
	from io.Reader
	left int
	end  func()
}

func (e *ending) Read(p []byte) (int, error) {
	if e.left == 0 {
		e.end()
	}
	if e.left > 0 {
		p = p[:min(len(p), e.left)]
	}
	n, err := e.from.Read(p)
	e.left -= n
	return n, err
}

func contextEnds(t *testing.T, s Growth) {
	want := content(2*partBytes, 6)
	begin(t, s, grown, int64(len(want)))
	at := 0
	for _, least := range []int{1000, partBytes + 1} {
		ctx, cancel := context.WithCancel(t.Context())
		n, err := s.Append(ctx, grown, int64(at), &ending{bytes.NewReader(want[at:]), least, cancel})
		cancel()
		if !errors.Is(err, context.Canceled) || n < int64(least) || n >= int64(len(want)-at) {
			t.Fatalf("%d bytes are kept, %v, want %d, some more perhaps, and the context's end", n, err, least)
		}
		at += int(n)
		wantLength(t, s, grown, at)
	}
	add(t, s, grown, at, want[at:])
	finish(t, s, grown, want)
}

func wrongOffset(t *testing.T, s Growth) {
	want := content(1000, 7)
	begin(t, s, grown, 1000)
	add(t, s, grown, 0, want[:500])
	for _, at := range []int64{-1, 0, 499, 501, 1000, 1 << 60} {
		n, err := s.Append(t.Context(), grown, at, bytes.NewReader(content(10, 99)))
		wantConflict(t, fmt.Sprintf("append at %d", at), err, blob.CodeOffset)
		if e := fault.Of(err); n != 0 || len(e.Details) != 1 || e.Details[0] != (fault.Detail{Name: "offset", Value: int64(500)}) {
			t.Errorf("append at %d: %d bytes, details %v, want the offset", at, n, e.Details)
		}
	}
	add(t, s, grown, 500, want[500:])
	finish(t, s, grown, want)
}
