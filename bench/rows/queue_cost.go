package rows

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
	"claimcheck/internal/account"
	"claimcheck/internal/blob/dirblob"
	"claimcheck/internal/job"
	"claimcheck/internal/queue"
	"claimcheck/internal/store/sqlitestore"
)

const (
	costJobs  = 4000 // begun and ended in one measure
	costBatch = 64   // claimed at once, ended at once
)

// queueCost measures what the queue costs a job, from submission to end, with
// few and many jobs waiting and with few and many owners. The tool is nothing.
func queueCost(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	type setting struct{ waiting, owners int }
	measure := func(s setting) (float64, error) {
		b.Say("  %d jobs waiting, %d owners ...", s.waiting, s.owners)
		return costOf(ctx, b, s.waiting, s.owners)
	}
	var lines []table.Line
	for _, c := range []struct {
		what              string
		few, many         setting
		fewText, manyText string
	}{
		{"jobs waiting", setting{1000, 1}, setting{b.Stored, 1}, "1000", fmt.Sprint(b.Stored)},
		{"owners", setting{20_000, 1}, setting{20_000, 10_000}, "1", "10000"},
		{"owners", setting{20_000, 2 * costBatch}, setting{20_000, 10_000}, fmt.Sprint(2 * costBatch), "10000"},
	} {
		few, err := measure(c.few)
		if err != nil {
			return lines, err
		}
		many, err := measure(c.many)
		if err != nil {
			return lines, err
		}
		l := table.Line{
			What: fmt.Sprintf("queue's processor time for a job, submit, claim, finish, with %s against %s %s", c.manyText, c.fewText, c.what),
			Ours: fmt.Sprintf("%.0f µs", many), Other: fmt.Sprintf("%.0f µs", few), Result: fmt.Sprintf("%.2f", many/few),
		}
		lines = append(lines, l.Judged(many/few <= 1.25, "≤ 1.25 (does not grow)"))
	}
	return lines, nil
}

// costOf returns microseconds of processor time a job; time by the clock would
// mostly be that of the disk.
func costOf(ctx context.Context, b *rig.Rig, waiting, owners int) (_ float64, err error) {
	dir, err := b.NewFolder()
	if err != nil {
		return 0, err
	}
	store, err := sqlitestore.Open(ctx, sqlitestore.Options{Path: filepath.Join(dir, "claimcheck.db")})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	ids := job.NewIDSource(time.Now, rand.Reader, 0)
	err = rig.AtOnce(rig.Writers, waiting, func(i int) error {
		s := rig.Submission(ids.New())
		s.Owner = ownerName(i % owners)
		s.Job.Owner = s.Owner
		return store.Submit(ctx, s)
	})
	if err != nil {
		return 0, err
	}
	blobs, err := dirblob.Open(filepath.Join(dir, "files"))
	if err != nil {
		return 0, err
	}
	q, err := queue.New(ctx, queue.Config{
		Store: store, Blobs: blobs, Log: slog.New(slog.DiscardHandler), Now: time.Now, Random: rand.Reader,
		Plans: func(string) account.Plan { return account.Plan{Name: rig.Plan} },
		Node:  "bench", Lease: time.Minute, MaxAttempts: 4, Retention: time.Hour, Workers: costBatch, CacheBytes: 32 << 20,
	})
	if err != nil {
		return 0, err
	}
	if err := work(ctx, q, max(costJobs/4, owners), owners); err != nil { // every owner was asked for once
		return 0, err
	}
	least := 0.0
	for range b.Rounds { // the least: others use the cores, too
		began, err := rig.ProcessorTime()
		if err != nil {
			return 0, err
		}
		if err := work(ctx, q, costJobs, owners); err != nil {
			return 0, err
		}
		ended, err := rig.ProcessorTime()
		if err != nil {
			return 0, err
		}
		if took := float64((ended - began).Microseconds()) / costJobs; least == 0 || took < least {
			least = took
		}
	}
	return least, nil
}

func ownerName(i int) string { return fmt.Sprintf("%s-%d", rig.Owner, i) }

// work hands in, claims and ends so many jobs: as many wait afterwards as
// before.
func work(ctx context.Context, q *queue.Queue, jobs, owners int) error {
	for done := 0; done < jobs; done += costBatch {
		err := rig.AtOnce(costBatch, costBatch, func(i int) error {
			j, _, err := q.Submit(ctx, queue.Spec{
				ID: q.NewID(), Owner: ownerName((done + i) % owners), Tool: rig.Formatter, RequestID: "r", Input: rig.Input, InputSize: int64(len(rig.Input)),
			})
			if err == nil {
				q.Hint(&j, &account.Plan{})
			}
			return err
		})
		if err != nil {
			return err
		}
		claimed, err := q.Claim(ctx, costBatch)
		if err != nil {
			return err
		}
		if len(claimed) != costBatch {
			return fmt.Errorf("claimed %d of %d", len(claimed), costBatch)
		}
		err = rig.AtOnce(costBatch, costBatch, func(i int) error {
			_, err := q.Finish(ctx, claimed[i], queue.Outcome{Result: []byte(`{"ok":true}`)})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
