package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"claimcheck/internal/blob"
	"claimcheck/internal/fault"
)

// An appending is an append whose bytes the test gives one after the other.
type appending struct {
	*io.PipeWriter
	done chan struct{}
	n    int64
	err  error
}

// end ends the reader and waits for the append.
func (a *appending) end() {
	_ = a.Close() // a pipe's never fails
	<-a.done
}

// appendSlowly begins an append and returns when it has read a first byte.
func appendSlowly(t *testing.T, s Growth, key string, at int, first byte) *appending {
	t.Helper()
	r, w := io.Pipe()
	a := &appending{PipeWriter: w, done: make(chan struct{})}
	go func() {
		defer close(a.done)
		a.n, a.err = s.Append(context.WithoutCancel(t.Context()), key, int64(at), r)
		r.CloseWithError(errCut) // nobody reads any more
	}()
	t.Cleanup(a.end)
	if _, err := w.Write([]byte{first}); err != nil {
		<-a.done
		t.Fatalf("the append ended early: %v", a.err)
	}
	return a
}

func twoAppends(t *testing.T, s Growth) {
	want := content(1000, 8)
	begin(t, s, grown, 1000)
	first := appendSlowly(t, s, grown, 0, want[0])
	n, err := s.Append(t.Context(), grown, 0, bytes.NewReader(want))
	if wantConflict(t, "second append", err, blob.CodeLocked); n != 0 {
		t.Errorf("%d bytes of the second append are kept", n)
	}
	wantConflict(t, "finish", s.Finish(t.Context(), grown, 0), blob.CodeLocked)
	if n, err := s.Length(t.Context(), grown); err != nil || n != 0 {
		t.Errorf("length %d, %v while somebody appends, want 0: nothing is durable", n, err)
	}
	if _, err := first.Write(want[1:700]); err != nil {
		t.Fatal(err)
	}
	if first.end(); first.err != nil || first.n != 700 {
		t.Fatalf("first append: %d bytes, %v, want 700", first.n, first.err)
	}
	_, err = s.Append(t.Context(), grown, 0, bytes.NewReader(want))
	wantConflict(t, "append at the same offset afterwards", err, blob.CodeOffset)
	add(t, s, grown, 700, want[700:])
	finish(t, s, grown, want)
}

func racingAppends(t *testing.T, s Growth) {
	begin(t, s, grown, 1<<20)
	var at int
	var all []byte
	for round := range 5 {
		const racers, size = 8, 70_000
		var group sync.WaitGroup
		errs := make([]error, racers)
		for i := range racers {
			group.Go(func() {
				_, errs[i] = s.Append(t.Context(), grown, int64(at), bytes.NewReader(content(size, byte(round*racers+i))))
			})
		}
		group.Wait()
		winners := 0
		for i, err := range errs {
			if err == nil {
				winners++
				all = append(all, content(size, byte(round*racers+i))...)
			} else if !fault.IsCode(err, blob.CodeLocked) && !fault.IsCode(err, blob.CodeOffset) {
				t.Errorf("racer %d: %v", i, err)
			}
		}
		if winners != 1 {
			t.Fatalf("%d appends at %d were taken, want 1", winners, at)
		}
		at += size
		wantLength(t, s, grown, at)
	}
	finish(t, s, grown, all)
}

func removedInAppend(t *testing.T, s Growth) {
	for _, size := range []int{100, partBytes + 100} { // a tail, and a whole part
		begin(t, s, grown, 4*partBytes)
		add(t, s, grown, 0, content(1000, 1))
		a := appendSlowly(t, s, grown, 1000, 1)
		if err := s.Again(t).Remove(t.Context(), grown); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Write(content(size, 2)); err != nil && !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		if a.end(); a.n != 0 {
			t.Errorf("%d bytes of a removed file are kept", a.n)
		}
		wantGone(t, "append that was under way", a.err)
		_, err := s.Length(t.Context(), grown)
		wantGone(t, "length", err)
		wantKeys(t, s)
	}
}

func begunAgain(t *testing.T, s Growth) {
	for i := range 2 {
		want := content(partBytes+10, byte(i))
		begin(t, s, grown, int64(len(want)))
		add(t, s, grown, 0, want[:partBytes+i])
		if err := s.Remove(t.Context(), grown); err != nil {
			t.Fatal(err)
		}
		wantKeys(t, s)
		if err := s.Remove(t.Context(), grown); err != nil {
			t.Errorf("second removal: %v", err)
		}
		begin(t, s, grown, int64(len(want)))
		wantLength(t, s, grown, 0)
		add(t, s, grown, 0, want)
		finish(t, s, grown, want)
		if err := s.Remove(t.Context(), grown); err != nil {
			t.Fatal(err)
		}
		wantNone(t, s, grown)
	}
}

func finishedTakesNoMore(t *testing.T, s Growth) {
	want := content(1000, 9)
	begin(t, s, grown, 2000)
	add(t, s, grown, 0, want)
	finish(t, s, grown, want)
	for _, at := range []int64{0, 1000} {
		_, err := s.Append(t.Context(), grown, at, bytes.NewReader(want))
		wantConflict(t, "append", err, blob.CodeFinished)
	}
	if err := s.Finish(t.Context(), grown, 1000); err != nil {
		t.Errorf("second finish: %v", err)
	}
	wantConflict(t, "finish of another size", s.Finish(t.Context(), grown, 999), blob.CodeOffset)
	wantConflict(t, "begin", s.Begin(t.Context(), grown, 1000), "FILE_EXISTS")
	wantFile(t, s, grown, want)
}

func finishOfAnotherSize(t *testing.T, s Growth) {
	want := content(1000, 10)
	begin(t, s, grown, 1000)
	add(t, s, grown, 0, want[:900])
	for _, size := range []int64{-1, 0, 899, 901, 1000} {
		wantConflict(t, fmt.Sprintf("finish of %d bytes", size), s.Finish(t.Context(), grown, size), blob.CodeOffset)
	}
	add(t, s, grown, 900, want[900:])
	finish(t, s, grown, want)
}

func begunOnce(t *testing.T, s Growth) {
	begin(t, s, grown, 10)
	add(t, s, grown, 0, content(5, 1))
	wantConflict(t, "second begin", s.Begin(t.Context(), grown, 10), "FILE_EXISTS")
	wantConflict(t, "begin by another server", s.Again(t).Begin(t.Context(), grown, 10), "FILE_EXISTS")
	wantLength(t, s, grown, 5)
	const other = "uploads/ann/upl_00000000000000000000000000000002/A.json"
	put(t, s, other, content(5, 1))
	wantConflict(t, "begin where a file is", s.Begin(t.Context(), other, 10), "FILE_EXISTS")
}

func notThere(t *testing.T, s Growth) {
	_, err := s.Append(t.Context(), grown, 0, bytes.NewReader([]byte("x")))
	wantGone(t, "append", err)
	_, err = s.Length(t.Context(), grown)
	wantGone(t, "length", err)
	wantGone(t, "finish", s.Finish(t.Context(), grown, 0))
	wantKeys(t, s)
}

func oddGrowingKeys(t *testing.T, s Growth) {
	for _, key := range []string{
		"", "..", "inputs/a", "uploads", "uploads/a", "uploads/a/b", "uploads/a/b/..", "uploads/a/b/a.b.c", "uploads/a/b/a.json/c", "uploads/../b/a.json", "uploads/a/b/a.json\x00", "uploads/a/b/a.json=length", "inputs/a/b/c",
	} {
		_, appended := s.Append(t.Context(), key, 0, bytes.NewReader([]byte("x")))
		_, measured := s.Length(t.Context(), key)
		_, joined := s.Join(t.Context(), key, nil)
		for what, err := range map[string]error{"begin": s.Begin(t.Context(), key, 1), "append": appended, "length": measured, "finish": s.Finish(t.Context(), key, 0), "join": joined} {
			if err == nil || fault.Is(err, fault.NotFound) {
				t.Errorf("%s %q: got %v, want an error other than NotFound", what, key, err)
			}
		}
	}
	wantKeys(t, s)
}

func canceledGrowth(t *testing.T, s Growth) {
	begin(t, s, grown, 10)
	add(t, s, grown, 0, content(5, 1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, appended := s.Append(ctx, grown, 5, bytes.NewReader(content(5, 1)))
	_, measured := s.Length(ctx, grown)
	_, joined := s.Join(ctx, "uploads/ann/upl_2/a.json", nil)
	for what, err := range map[string]error{
		"begin": s.Begin(ctx, "uploads/ann/upl_2/a.json", 1), "append": appended, "length": measured, "finish": s.Finish(ctx, grown, 5), "join": joined,
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want context.Canceled", what, err)
		}
	}
	wantLength(t, s, grown, 5)
	wantKeys(t, s, grown)
}

func manyGrow(t *testing.T, s Growth) {
	key := func(i int) string { return fmt.Sprintf("uploads/ann/upl_%032x/a.json", i) }
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			want := content(10_000+i, byte(i))
			err := s.Begin(t.Context(), key(i), -1)
			for at := 0; at < len(want) && err == nil; at += 1000 {
				_, err = s.Append(t.Context(), key(i), int64(at), bytes.NewReader(want[at:min(at+1000, len(want))]))
			}
			if err == nil {
				err = s.Finish(t.Context(), key(i), int64(len(want)))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for i := range 8 {
		wantFile(t, s, key(i), content(10_000+i, byte(i)))
	}
}

func joined(t *testing.T, s Growth) {
	sizes := []int{3, 0, partBytes + 1, 1, 2 * partBytes, partBytes - 1, 100, partBytes, 7}
	var keys []string
	for i, size := range sizes {
		key := fmt.Sprintf("uploads/ann/upl_%032x/part.json", i)
		begin(t, s, key, int64(size))
		add(t, s, key, 0, content(size, byte(i)))
		if err := s.Finish(t.Context(), key, int64(size)); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	random := rand.New(rand.NewPCG(3, 4))
	orders := [][]int{{}, {1}, {0}, {1, 1}, {4}, {4, 0}, {0, 4}, {0, 3, 6}, {2, 2, 2}, {5, 5, 5}, {0, 1, 2, 3, 4, 5, 6, 7, 8}, random.Perm(len(sizes)), random.Perm(len(sizes))}
	for i, order := range orders {
		var from []string
		var want []byte
		for _, part := range order {
			from, want = append(from, keys[part]), append(want, content(sizes[part], byte(part))...)
		}
		whole := fmt.Sprintf("uploads/ann/upl_f%031x/whole.json", i)
		if n, err := s.Join(t.Context(), whole, from); err != nil || n != int64(len(want)) {
			t.Fatalf("join %v: %d bytes, %v, want %d", order, n, err, len(want))
		}
		wantFile(t, s, whole, want)
		wantLength(t, s, whole, len(want))
		if err := s.Remove(t.Context(), whole); err != nil {
			t.Fatal(err)
		}
	}
	for i, key := range keys {
		wantFile(t, s, key, content(sizes[i], byte(i)))
	}
	slices.Sort(keys)
	wantKeys(t, s, keys...)
}

func joinFails(t *testing.T, s Growth) {
	const part, other, whole = "uploads/ann/upl_1/a.json", "uploads/ann/upl_2/a.json", "uploads/ann/upl_3/a.json"
	put(t, s, part, content(partBytes, 1))
	begin(t, s, other, 10) // not finished
	add(t, s, other, 0, content(10, 1))
	for _, from := range [][]string{{other}, {part, other}, {part, "uploads/ann/upl_9/a.json"}} {
		_, err := s.Join(t.Context(), whole, from)
		wantGone(t, fmt.Sprintf("join %q", from), err)
		wantNone(t, s, whole)
		wantKeys(t, s, part, other)
	}
	put(t, s, whole, content(3, 3))
	_, err := s.Join(t.Context(), whole, []string{part})
	wantConflict(t, "join where a file is", err, "FILE_EXISTS")
	wantFile(t, s, whole, content(3, 3))
}

const (
	largeBytes  = 256 << 20
	flatBytes   = 48 << 20 // allocated in all, over and over again, for each of them
	largePieces = 3
)

// flatMemory has files much larger than the memory that is allocated meanwhile.
func flatMemory(t *testing.T, s Growth) {
	if testing.Short() {
		t.Skip("256 MiB")
	}
	allocated := func(what string, do func() error) {
		t.Helper()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := do(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > flatBytes {
			t.Errorf("%s: allocated %d MiB, at most %d", what, n>>20, flatBytes>>20)
		}
	}
	sum := sha256.New()
	content := rand.NewChaCha8([32]byte{5})
	begin(t, s, grown, largeBytes)
	allocated("append", func() error {
		at := int64(0)
		for i := range int64(largePieces) {
			piece := largeBytes*(i+1)/largePieces - at
			n, err := s.Append(t.Context(), grown, at, io.TeeReader(io.LimitReader(content, piece), sum))
			if at += n; err != nil || n != piece {
				return fmt.Errorf("%d of %d bytes: %w", n, piece, err)
			}
		}
		return s.Finish(t.Context(), grown, largeBytes)
	})
	const whole = "uploads/ann/upl_2/whole.json"
	allocated("join", func() error {
		_, err := s.Join(t.Context(), whole, []string{grown, grown})
		return err
	})
	again := sha256.New()
	r, err := s.Open(t.Context(), whole)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := range 2 {
		again.Reset()
		if _, err := io.CopyN(again, r, largeBytes); err != nil || !bytes.Equal(again.Sum(nil), sum.Sum(nil)) {
			t.Errorf("half %d of the joined file is not what was appended: %v", i, err)
		}
	}
	if r.Size() != 2*largeBytes {
		t.Errorf("the joined file has %d bytes", r.Size())
	}
}
