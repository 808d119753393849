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
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/testneeds"
)

// fill submits jobs with inputs of so many bytes until one is refused and there
// is no room for a probe either. It returns those that were accepted.
func (f *fixture) fill(inputBytes int) []job.ID {
	f.t.Helper()
	var kept []job.ID
	for {
		s := f.submission("ann", inputBytes)
		err := f.submit(s)
		if err == nil {
			kept = append(kept, s.Job.ID)
			continue
		}
		f.unavailable(err, "")
		if f.Ping(f.t.Context()) != nil {
			if f.stored(s.Job.ID) {
				f.t.Error("a refused job is stored")
			}
			return kept
		}
	}
}

func (f *fixture) checkFull(kept []job.ID) {
	f.t.Helper()
	for _, id := range kept {
		if !f.stored(id) {
			f.t.Fatal("an accepted job is gone")
		}
	}
	u, n, err := f.usage(f.t.Context(), "ann", 7)
	f.noError(err)
	if u.Jobs != int64(len(kept)) || n.Queued != u.Jobs {
		f.t.Fatalf("%d jobs were accepted, counted %+v and %+v", len(kept), u, n)
	}
	f.unavailable(f.Ping(f.t.Context()), "")
}

func remove(c *protocol.Change, _ *job.Job, _ protocol.Ledger) error {
	c.Delete = true
	return nil
}

// TestFileIsFullThenHasRoomAgain with SQLite's own limit of the file's size.
func TestFileIsFullThenHasRoomAgain(t *testing.T) {
	clock := time.Now()
	f := newFixture(t, sqlitestore.Options{MaxPages: 300, Now: func() time.Time { return clock }})
	kept := f.fill(20_000)
	if len(kept) < 10 {
		t.Fatalf("only %d jobs had room", len(kept))
	}
	f.checkFull(kept)
	err := f.change(kept[0], benchClaim) // needs no room
	f.noError(err)
	for _, id := range kept[1:8] {
		err := f.change(id, remove)
		f.noError(err)
	}
	clock = clock.Add(2 * time.Second)
	f.noError(f.Ping(t.Context()))
	f.noError(f.submit(f.submission("bob", 20_000)))
}

// TestSmallOnesGoOnInAFullFile: of a batch that does not fit, each that fits is
// accepted.
func TestSmallOnesGoOnInAFullFile(t *testing.T) {
	f := newFixture(t, sqlitestore.Options{MaxPages: 300})
	kept := f.fill(20_000)
	large := f.submission("bob", 20_000)
	var claimErr error
	errs := f.together(
		func() error { return f.submit(large) },
		func() error {
			claimErr = f.change(kept[0], benchClaim)
			return nil
		},
	)
	f.unavailable(errs[0], "")
	f.noError(claimErr)
	if f.stored(large.Job.ID) {
		t.Error("a refused job is stored")
	}
}

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

// TestLogStaysSmall: under load by writers and readers the log is copied into
// the file and begun anew.
func TestLogStaysSmall(t *testing.T) {
	f := newFixture(t, sqlitestore.Options{})
	first := waitingJob(f)
	stop := make(chan struct{})
	var readers, writers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if !f.stored(first) {
					t.Error("a job is gone")
				}
			}
		})
	}
	var most int64
	for range 8 {
		writers.Go(func() {
			for range 250 {
				if err := f.submit(f.submission("ann", 30_000)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	info, err := os.Stat(f.path + "-wal")
	f.noError(err)
	most = info.Size()
	if limit := int64(48 << 20); most > limit {
		t.Errorf("the log has %d bytes after 60 MB of inputs, want at most %d", most, limit)
	}
	t.Logf("log of %d bytes", most)
	f.noError(f.Close())
	if info, err := os.Stat(f.path + "-wal"); err == nil && info.Size() > 0 {
		t.Errorf("the log has %d bytes after Close", info.Size())
	}
}
