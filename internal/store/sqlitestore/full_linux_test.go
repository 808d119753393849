package sqlitestore_test

import (
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/testneeds"
)

// TestDiskIsFullThenHasRoomAgain with a file system of 4 MiB.
func TestDiskIsFullThenHasRoomAgain(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		testneeds.Missing(t, "the right to mount a tmpfs (run as root): "+err.Error())
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	filler := filepath.Join(dir, "filler")
	for _, inputBytes := range []int{30_000, 100} {
		if err := os.WriteFile(filler, make([]byte, 2<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, "claimcheck.db")
		clock := time.Now()
		f := newFixture(t, sqlitestore.Options{Path: name, Now: func() time.Time { return clock }})
		var wg sync.WaitGroup
		var mu sync.Mutex
		var kept []job.ID
		for range 8 {
			wg.Go(func() {
				mine := f.fill(inputBytes)
				mu.Lock()
				defer mu.Unlock()
				kept = append(kept, mine...)
			})
		}
		wg.Wait()
		t.Logf("%d jobs of %d bytes had room", len(kept), inputBytes)
		f.checkFull(kept)
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		clock = clock.Add(2 * time.Second)
		for err := f.Ping(t.Context()); err != nil; err = f.Ping(t.Context()) {
			if !fault.Is(err, fault.Unavailable) {
				t.Fatal(err)
			}
			<-time.After(10 * time.Millisecond) // a file that had to be opened again
		}
		f.noError(f.submit(f.submission("bob", inputBytes)))
		f.noError(f.Close())
		for _, name := range []string{name, name + "-wal", name + "-shm"} {
			_ = os.Remove(name)
		}
	}
}

// TestFileSizeLimit: writing beyond the process's limit is an I/O error for
// SQLite, so that each refused commit is in doubt and the file is opened again.
func TestFileSizeLimit(t *testing.T) {
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	restore := func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			t.Error(err)
		}
	}
	defer restore()
	clock := time.Now()
	f := newFixture(t, sqlitestore.Options{Now: func() time.Time { return clock }})
	small := limit
	small.Cur = 3 << 20
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small); err != nil {
		t.Fatal(err)
	}
	var kept []job.ID
	refusals := 0
	for refusals < 5 {
		s := f.submission("ann", 30_000)
		err := f.submit(s)
		if err == nil {
			kept = append(kept, s.Job.ID)
			continue
		}
		f.unavailable(err, "")
		refusals++
		for { // it is opened again by itself, and reading goes on
			_, err := f.Get(t.Context(), s.Job.ID)
			if fault.Is(err, fault.NotFound) {
				break
			}
			f.unavailable(err, "")
		}
	}
	t.Logf("%d jobs had room", len(kept))
	f.checkFull(kept)
	restore()
	clock = clock.Add(2 * time.Second)
	f.noError(f.Ping(t.Context()))
	f.noError(f.submit(f.submission("ann", 30_000)))
	f.has("ann", int64(len(kept)+1), account.Counts{Queued: int64(len(kept) + 1), StoredBytes: 30_000 * int64(len(kept)+1)})
}
