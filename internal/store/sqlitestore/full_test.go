package sqlitestore_test

import (
	"os"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
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
