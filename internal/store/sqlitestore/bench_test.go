package sqlitestore_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"claimcheck/internal/account"
	"claimcheck/internal/job"
	"claimcheck/internal/store/protocol"
	"claimcheck/internal/store/sqlitestore"
)

func openBench(b *testing.B) (*sqlitestore.Store, *job.IDSource) {
	b.Helper()
	s, err := sqlitestore.Open(b.Context(), sqlitestore.Options{Path: filepath.Join(b.TempDir(), "claimcheck.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s, job.NewIDSource(time.Now, rand.Reader, 0)
}

// benchSubmission is a small job as the queue submits it: charged, with an
// input of 200 bytes.
func benchSubmission(id job.ID, owner string) *protocol.Submission {
	now := time.Now()
	j := &job.Job{
		ID: id, Owner: owner, Tool: "json-formatter", RequestID: "0f3a9c11-5a86-4a65-9d0a-6d2f6a3f0b11",
		Options: []byte(`{"tab_space":2}`), Input: job.Input{Size: 200}, Version: 1, Created: now, Updated: now,
		Ready: &job.Ready{},
	}
	return &protocol.Submission{Owner: owner, Job: j, Input: make([]byte, 200), Admit: func(l protocol.Ledger) error {
		u, err := l.Usage(owner, account.MonthOf(l.Now()))
		if err != nil {
			return err
		}
		u.Jobs++
		j.Charged.Month = account.MonthOf(l.Now())
		return nil
	}}
}

func BenchmarkGet(b *testing.B) {
	s, ids := openBench(b)
	var known []job.ID
	for range 1000 {
		id := ids.New()
		if err := s.Submit(b.Context(), benchSubmission(id, "owner")); err != nil {
			b.Fatal(err)
		}
		known = append(known, id)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		if _, err := s.Get(context.Background(), known[i%len(known)]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGetParallel(b *testing.B) {
	s, ids := openBench(b)
	id := ids.New()
	if err := s.Submit(b.Context(), benchSubmission(id, "owner")); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Get(context.Background(), id); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkSubmit measures durable submissions by n clients of four owners.
func BenchmarkSubmit(b *testing.B) {
	for _, clients := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s, ids := openBench(b)
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for c := range clients {
				wg.Go(func() {
					for range b.N/clients + 1 {
						if err := s.Submit(context.Background(), benchSubmission(ids.New(), fmt.Sprintf("owner%d", c%4))); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
		})
	}
}

// BenchmarkLife measures submitted, claimed and finished jobs: 64 clients
// submit, then they are claimed and finished in batches of 100.
func BenchmarkLife(b *testing.B) {
	s, ids := openBench(b)
	b.ReportAllocs()
	b.ResetTimer()
	for done := 0; done < b.N; {
		batch := make([]job.ID, min(6400, b.N-done))
		done += len(batch)
		for i := range batch {
			batch[i] = ids.New()
		}
		var wg sync.WaitGroup
		for c := range 64 {
			wg.Go(func() {
				for i := c; i < len(batch); i += 64 {
					if err := s.Submit(context.Background(), benchSubmission(batch[i], "owner")); err != nil {
						b.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for len(batch) > 0 {
			n := min(100, len(batch))
			benchChange(b, s, batch[:n], benchClaim)
			benchChange(b, s, batch[:n], benchFinish)
			batch = batch[n:]
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
}

func benchChange(b *testing.B, s *sqlitestore.Store, ids []job.ID, decide func(*protocol.Change, *job.Job, protocol.Ledger) error) {
	b.Helper()
	changes := make([]*protocol.Change, len(ids))
	for i, id := range ids {
		changes[i] = &protocol.Change{ID: id, Decide: decide}
	}
	if err := s.Change(context.Background(), changes); err != nil {
		b.Fatal(err)
	}
	for _, c := range changes {
		if c.Err != nil {
			b.Fatal(c.Err)
		}
	}
}

func benchClaim(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
	j.Status = job.Processing
	j.Attempt++
	j.Version++
	j.Updated, j.Started = l.Now(), l.Now()
	j.Ready.Lease = job.Lease{ID: j.ID, Worker: "w", Attempt: j.Attempt, Until: l.Now().Add(30 * time.Second)}
	return nil
}

var benchResult = []byte(`{"request_id":"0f3a9c11-5a86-4a65-9d0a-6d2f6a3f0b11","status":"success","preview":"{\n  \"name\": \"John\"\n}"}`)

func benchFinish(_ *protocol.Change, j *job.Job, l protocol.Ledger) error {
	j.Status = job.Success
	j.Version++
	j.Updated, j.Finished, j.Expires = l.Now(), l.Now(), l.Now().Add(time.Hour)
	j.Result, j.LinkAt = benchResult, 40
	j.Ready = nil
	return nil
}
