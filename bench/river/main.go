// Command river does with River (github.com/riverqueue/river) what bench-pg
// measures of claimcheck: transactional inserts of jobs by 64 callers, and no-op
// jobs from insertion to completion. It is a module of its own so that nothing
// of it is in the program's.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// noArgs is a job of about the size that the other side hands in.
type noArgs struct {
	Document string `json:"document"`
}

// Kind names the job.
func (noArgs) Kind() string { return "nothing" }

type noWorker struct {
	river.WorkerDefaults[noArgs]

	done *atomic.Int64
}

// Work counts the job and does nothing else: what is measured is the queue.
func (w *noWorker) Work(context.Context, *river.Job[noArgs]) error {
	w.done.Add(1)
	return nil
}

// result is what is printed.
type result struct {
	InsertsPerSecond float64 `json:"inserts_per_second"`
	JobsPerSecond    float64 `json:"jobs_per_second"`
}

func main() {
	url := flag.String("url", "", "database")
	callers := flag.Int("callers", 64, "callers at once")
	span := flag.Duration("span", 5*time.Second, "of each measurement")
	flag.Parse()
	r, err := measure(context.Background(), *url, *callers, *span)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, url string, callers int, span time.Duration) (r result, err error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return r, err
	}
	c.MaxConns = int32(callers) //nolint:gosec // a small number
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return r, err
	}
	defer pool.Close()
	driver := riverpgxv5.New(pool)
	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		return r, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return r, err
	}
	var done atomic.Int64
	workers := river.NewWorkers()
	river.AddWorker(workers, &noWorker{done: &done})
	client, err := river.NewClient(driver, &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 100}}, Workers: workers,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return r, err
	}
	n, took, err := insert(ctx, pool, client, callers, span)
	if err != nil {
		return r, err
	}
	r.InsertsPerSecond = float64(n) / took.Seconds()
	r.JobsPerSecond, err = work(ctx, client, &done, n)
	return r, err
}

// insert has callers insert a job in a transaction of its own, again and again.
func insert(ctx context.Context, pool *pgxpool.Pool, client *river.Client[pgx.Tx], callers int, span time.Duration) (int64, time.Duration, error) {
	var inserted atomic.Int64
	var failed atomic.Value
	var wg sync.WaitGroup
	began := time.Now()
	for range callers {
		wg.Go(func() {
			for time.Since(began) < span {
				err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
					_, err := client.InsertTx(ctx, tx, noArgs{Document: `{"a":[1,2,3],"b":"text"}`}, nil)
					return err
				})
				if err != nil {
					failed.Store(err)
					return
				}
				inserted.Add(1)
			}
		})
	}
	wg.Wait()
	if err, ok := failed.Load().(error); ok {
		return 0, 0, err
	}
	return inserted.Load(), time.Since(began), nil
}

// work completes the inserted jobs.
func work(ctx context.Context, client *river.Client[pgx.Tx], done *atomic.Int64, n int64) (float64, error) {
	began := time.Now()
	if err := client.Start(ctx); err != nil {
		return 0, err
	}
	for done.Load() < n && time.Since(began) < time.Minute {
		<-time.After(10 * time.Millisecond)
	}
	if err := client.Stop(ctx); err != nil { // which waits for completions to be recorded
		return 0, err
	}
	return float64(done.Load()) / time.Since(began).Seconds(), nil
}
