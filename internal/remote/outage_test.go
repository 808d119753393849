package remote_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/attempt"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/fault"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/remote"
	"claimcheck/internal/store/sqlitestore"
	"claimcheck/internal/store/storetest"
	"claimcheck/internal/tool"
	"claimcheck/internal/tool/httptool"
)

// A shop is a desk on a store that can be away, with one tool that programs
// come for.
type shop struct {
	t     *testing.T
	store *storetest.Outage
	q     *queue.Queue
	desk  *remote.Desk
}

const shopLease = 5 * time.Minute

func openShop(t *testing.T) *shop {
	t.Helper()
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	embedded, err := sqlitestore.Open(t.Context(), sqlitestore.Options{Path: filepath.Join(dir, "test.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := embedded.Close(); err != nil {
			t.Error(err)
		}
	})
	blobs, err := dirblob.Open(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	tools, err := tool.NewSet(httptool.New(httptool.Config{Name: "far", Mode: tool.Pull}))
	if err != nil {
		t.Fatal(err)
	}
	s := &shop{t: t, store: &storetest.Outage{Store: embedded}}
	s.q, err = queue.New(t.Context(), queue.Config{
		Store: s.store, Blobs: blobs, Log: log, Now: time.Now, Random: rand.Reader,
		Plans: func(string) account.Plan { return account.Plan{} },
		Tools: func(name string) queue.ToolRules { return queue.ToolRules{Pull: name == "far", Timeout: time.Hour} },
		Node:  "test", Lease: shopLease, MaxAttempts: 2, Retention: time.Hour, CacheBytes: 1 << 20,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.desk = &remote.Desk{
		Queue: s.q, Tools: tools, Now: time.Now, Inputs: &attempt.Inputs{Queue: s.q, Blobs: blobs},
		Runner: &attempt.Runner{Blobs: blobs, Random: rand.Reader, Log: log, Grace: time.Second},
	}
	return s
}

// submit submits a job and returns its id.
func (s *shop) submit() job.ID {
	s.t.Helper()
	id := s.q.NewID()
	_, _, err := s.q.Submit(s.t.Context(), queue.Spec{ID: id, Owner: "ann", Tool: "far", RequestID: "r", Input: []byte("in"), InputSize: 2})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// lease submits a job and claims it.
func (s *shop) lease() remote.Ref {
	s.t.Helper()
	s.submit()
	got, err := s.desk.Claim(s.t.Context(), s.t.Context(), remote.Wish{KeyID: "k", Tools: []string{"far"}, Max: 1, Worker: "w"})
	if err != nil || len(got) != 1 {
		s.t.Fatalf("claimed %d, %v", len(got), err)
	}
	return got[0].Ref
}

// reports are what a program can say at the end, and what the job is then.
var reports = []struct {
	name   string
	say    func(ctx context.Context, d *remote.Desk, r remote.Ref) error
	status job.Status
	file   bool
}{
	{"a result", func(ctx context.Context, d *remote.Desk, r remote.Ref) error {
		return d.Finish(ctx, r, []byte(`{"a" : 1}`))
	}, job.Success, false},
	{"a file", func(ctx context.Context, d *remote.Desk, r remote.Ref) error { return d.Finish(ctx, r, nil) }, job.Success, true},
	{"a failure", func(ctx context.Context, d *remote.Desk, r remote.Ref) error {
		return d.Fail(ctx, r, remote.Failure{Code: "BAD_SOUND", Message: "no"})
	}, job.Failed, false},
	{"a failure to be tried again", func(ctx context.Context, d *remote.Desk, r remote.Ref) error {
		return d.Fail(ctx, r, remote.Failure{Code: "BUSY", Message: "no", Retry: true})
	}, job.Queued, false},
}

// TestWhatAProgramReportedIsNotCalledLost although it was recorded: neither when
// the answer of the commit is lost for a moment, nor when the program was told to
// come back and does so.
func TestWhatAProgramReportedIsNotCalledLost(t *testing.T) {
	for _, report := range reports {
		for _, deaf := range []bool{true, false} {
			for _, outage := range []time.Duration{3 * time.Second, 2 * time.Minute} {
				t.Run(fmt.Sprintf("%s, answer lost %t, away for %s", report.name, deaf, outage), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s := openShop(t)
						r := s.lease()
						if report.file {
							if err := s.desk.Put(t.Context(), r, remote.Said{ContentType: "text/plain"}, strings.NewReader(strings.Repeat("x", 2*job.MaxInlineBytes))); err != nil {
								t.Fatal(err)
							}
						}
						back := time.AfterFunc(outage, func() { s.store.Away.Store(false) })
						defer back.Stop()
						s.store.Away.Store(!deaf && outage > time.Minute)
						s.store.Deaf.Store(deaf)
						began := time.Now()
						err := report.say(t.Context(), s.desk, r)
						if took := time.Since(began); took > 15*time.Second {
							t.Errorf("the program was kept waiting for %s", took)
						}
						if outage > time.Minute {
							if !fault.Is(err, fault.Unavailable) {
								t.Fatalf("while the store is away: %v, want Unavailable", err)
							}
							<-time.After(outage + time.Second)
							err = report.say(t.Context(), s.desk, r)
						}
						if err != nil {
							t.Fatalf("got %v", err)
						}
						j, err := s.store.Get(t.Context(), r.Job)
						if err != nil || j.Status != report.status || j.Attempt != 1 || report.file && j.Output == "" {
							t.Errorf("the job is %+v, %v; want %s", j, err, report.status)
						}
						if err := s.desk.Finish(t.Context(), r, []byte("2")); !fault.Is(err, fault.LeaseLost) {
							t.Errorf("another outcome of the same attempt: %v, want a lost lease", err)
						}
						if _, _, err := s.desk.Renew(t.Context(), r, tool.Words{Progress: 1}); !fault.Is(err, fault.LeaseLost) {
							t.Errorf("a late sign of life: %v, want a lost lease", err)
						}
						if _, err := s.desk.Input(t.Context(), r); !fault.Is(err, fault.LeaseLost) {
							t.Errorf("a late read: %v, want a lost lease", err)
						}
						other := r
						other.KeyID = "another"
						if err := report.say(t.Context(), s.desk, other); !fault.Is(err, fault.LeaseLost) {
							t.Errorf("another key's report: %v, want a lost lease", err)
						}
					})
				})
			}
		}
	}
}

// A slowFile is a file that arrives in parts, a minute and a half apart.
type slowFile struct{ parts int }

func (f *slowFile) Read(p []byte) (int, error) {
	if f.parts--; f.parts < 0 {
		return 0, io.EOF
	}
	<-time.After(90 * time.Second)
	return copy(p, "part "), nil
}

// TestAFileArrivesThoughTheStoreIsAwayForAMoment: the store is away for a short
// time, twice; the second time (deaf) only after a change that it did and did not
// answer.
func TestAFileArrivesThoughTheStoreIsAwayForAMoment(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := openShop(t)
			r := s.lease()
			defer time.AfterFunc(100*time.Second, func() { s.store.Away.Store(true) }).Stop()
			defer time.AfterFunc(200*time.Second, func() { s.store.Away.Store(false) }).Stop()
			defer time.AfterFunc(359*time.Second, func() { s.store.Deaf.Store(deaf) }).Stop()
			defer time.AfterFunc(363*time.Second, func() { s.store.Away.Store(false) }).Stop()
			if err := s.desk.Put(t.Context(), r, remote.Said{ContentType: "text/plain"}, &slowFile{parts: 4}); err != nil {
				t.Fatal(err)
			}
			if err := s.desk.Finish(t.Context(), r, nil); err != nil {
				t.Fatal(err)
			}
			j, err := s.store.Get(t.Context(), r.Job)
			if err != nil || !strings.Contains(string(j.Result), "part part part part") {
				t.Errorf("%s, %v", j.Result, err)
			}
		})
	}
}
