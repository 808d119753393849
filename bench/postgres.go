package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// sharedRows are the rows about servers on PostgreSQL; --store names a cluster in
// which databases can be made.
func sharedRows() []row {
	return []row{
		{"shared submit", sharedSubmit},
		{"shared end to end", sharedEndToEnd},
		{"shared end to end against an earlier build", sharedEarlier},
		{"shared idle latency", sharedIdle},
		{"shared polling", sharedPolling},
		{"shared two servers", sharedTwo},
		{"shared status p50 by number of jobs", sharedByNumber},
	}
}

// query runs SQL on a database and scans the one row that it returns, if any is
// asked for.
func query(ctx context.Context, db, sql string, into ...any) error {
	c, err := pgx.Connect(ctx, db)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer func() { _ = c.Close(ctx) }() // it has nothing to lose
	if len(into) == 0 {
		_, err = c.Exec(ctx, sql)
	} else {
		err = c.QueryRow(ctx, sql).Scan(into...)
	}
	return err
}

// database makes an empty database; one that is there is used again if keep is
// set.
func (b *bench) database(ctx context.Context, name string, keep bool) (string, error) {
	u, err := url.Parse(b.store)
	if err != nil {
		return "", fmt.Errorf("read --store: %w", err)
	}
	u.Path = "/" + name
	if keep && query(ctx, u.String(), "SELECT 1") == nil {
		return u.String(), nil
	}
	if err := query(ctx, b.store, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		return "", fmt.Errorf("remove database %s: %w", name, err)
	}
	if err := query(ctx, b.store, "CREATE DATABASE "+name); err != nil {
		return "", fmt.Errorf("make database %s: %w", name, err)
	}
	return u.String(), nil
}

// serveShared makes a key and starts a server on a database.
func (b *bench) serveShared(ctx context.Context, db, roles string, flags ...string) (*server, error) {
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, b.program, "keys", "create", "--owner", owner, "--plan", plan, "--store", db, "--config", b.configPath()) //nolint:gosec // our own program
	cmd.Stderr = &stderr
	key, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("make a key: %w: %s", err, &stderr)
	}
	data, err := b.newFolder()
	if err != nil {
		return nil, err
	}
	p, err := b.start(ctx, data, append([]string{"--store", db, "--blobs", "file://" + filepath.Join(b.dir, "files"), "--roles", roles}, flags...)...)
	if err != nil {
		return nil, err
	}
	return &server{process: p, data: data, key: strings.TrimSpace(string(key)), client: newClient()}, nil
}

// onFresh does something with a server on an empty database.
func (b *bench) onFresh(ctx context.Context, roles string, do func(s *server, db string) ([]line, error)) (_ []line, err error) {
	db, err := b.database(ctx, "bench_fresh", false)
	if err != nil {
		return nil, err
	}
	s, err := b.serveShared(ctx, db, roles)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	return do(s, db)
}

// riverRates is what River reaches on the same cluster.
type riverRates struct {
	Inserts float64 `json:"inserts_per_second"`
	Jobs    float64 `json:"jobs_per_second"`
}

// river builds River's side once and runs it on an empty database.
func (b *bench) river(ctx context.Context) (r riverRates, err error) {
	program := filepath.Join(b.dir, "river")
	if _, err := os.Stat(program); err != nil {
		build := exec.CommandContext(ctx, "go", "build", "-o", program, ".") //nolint:gosec // our own program
		build.Dir = filepath.Join("bench", "river")
		if out, err := build.CombinedOutput(); err != nil {
			return r, fmt.Errorf("build River's side: %w: %s", err, out)
		}
	}
	db, err := b.database(ctx, "bench_river", false)
	if err != nil {
		return r, err
	}
	cmd := exec.CommandContext(ctx, program, "--url", db, "--span", b.round.String(), "--callers", fmt.Sprint(clients)) //nolint:gosec // our own program
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("run River's side: %w", err)
	}
	return r, json.Unmarshal(out, &r)
}

// sharedSubmit compares durable submissions over HTTP with River's library
// calls, in turns on the same cluster.
func sharedSubmit(ctx context.Context, b *bench) ([]line, error) {
	const least = 3000
	return b.onFresh(ctx, "api", func(s *server, _ string) ([]line, error) {
		l, err := b.submitLoad(s.key)
		if err != nil {
			return nil, err
		}
		var ours, theirs, ratios []float64
		for range b.rounds {
			got, err := l.run(ctx, s.url, b.round)
			if err != nil {
				return nil, err
			}
			other, err := b.river(ctx)
			if err != nil {
				return nil, err
			}
			ours, theirs, ratios = append(ours, got.perSecond), append(theirs, other.Inserts), append(ratios, got.perSecond/other.Inserts)
			b.say("  %.0f submits/s, River %.0f", got.perSecond, other.Inserts)
		}
		what := fmt.Sprintf("PostgreSQL: durable submit over HTTP, %d connections", clients)
		rates := line{what: what, ours: rate(median(ours)), result: rate(median(ours)), spread: spreadOf(ours)}
		ratio := line{
			what: what + ", against River's transactional inserts", ours: rate(median(ours)), other: rate(median(theirs)),
			result: fmt.Sprintf("%.2f", median(ratios)), spread: fmt.Sprintf("%.2f to %.2f", slices.Min(ratios), slices.Max(ratios)),
		}
		return []line{rates.atLeast(median(ours), least), ratio.judged(median(ratios) >= 1, "≥ 1")}, nil
	})
}

func spreadOf(rates []float64) string {
	return fmt.Sprintf("%.0f to %.0f", slices.Min(rates), slices.Max(rates))
}

// sharedEndToEnd measures jobs from submission to recorded success, and River's
// no-op jobs beside it.
func sharedEndToEnd(ctx context.Context, b *bench) ([]line, error) {
	const least = 2000
	return b.onFresh(ctx, "api,worker", func(s *server, _ string) ([]line, error) {
		l, err := b.submitLoad(s.key)
		if err != nil {
			return nil, err
		}
		var ours, theirs []float64
		var before int64
		for range b.rounds {
			began := time.Now()
			if _, err := l.run(ctx, s.url, b.round); err != nil {
				return nil, err
			}
			after, err := s.drained(ctx)
			if err != nil {
				return nil, err
			}
			ours = append(ours, float64(after-before)/time.Since(began).Seconds())
			b.say("  %d jobs in %s", after-before, time.Since(began).Round(time.Millisecond))
			before = after
			other, err := b.river(ctx)
			if err != nil {
				return nil, err
			}
			theirs = append(theirs, other.Jobs)
		}
		out := line{
			what: fmt.Sprintf("PostgreSQL: submit to recorded success over HTTP, %d connections; beside it River's no-op jobs, already inserted", clients),
			ours: rate(median(ours)), other: rate(median(theirs)), result: rate(median(ours)), spread: spreadOf(ours),
		}
		return []line{out.atLeast(median(ours), least)}, nil
	})
}

// sharedIdle measures a job's time on an idle server.
func sharedIdle(ctx context.Context, b *bench) ([]line, error) {
	const most = 8 * time.Millisecond
	return b.onFresh(ctx, "api,worker", func(s *server, _ string) ([]line, error) {
		const warmUp = 20
		var took []time.Duration
		for i := range b.latencies + warmUp {
			began := time.Now()
			id, err := s.submitOne(ctx)
			if err != nil {
				return nil, err
			}
			if err := s.finished(ctx, id, 0); err != nil {
				return nil, err
			}
			if i >= warmUp {
				took = append(took, time.Since(began))
			}
		}
		middle := quantile(took, 0.5)
		l := line{
			what: fmt.Sprintf("PostgreSQL: idle, submit to visible success, %d jobs, p50", b.latencies), ours: millis(middle), result: millis(middle),
			spread: millis(slices.Min(took)) + " to " + millis(slices.Max(took)) + ", p99 " + millis(quantile(took, 0.99)),
		}
		return []line{l.judged(middle <= most, "≤ "+most.String())}, nil
	})
}

// statements is how many transactions a database has seen.
const statements = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"

// statisticsLate is how long a session that has nothing to do may keep what it has
// counted to itself (PostgreSQL, pgstat.c: PGSTAT_IDLE_INTERVAL).
const statisticsLate = 11 * time.Second

// sharedPolling counts what the polls of unfinished jobs cost the database.
func sharedPolling(ctx context.Context, b *bench) ([]line, error) {
	const most = 500
	return b.onFresh(ctx, "api", func(s *server, db string) ([]line, error) {
		ids, err := s.submitMany(ctx, b.polled)
		if err != nil {
			return nil, err
		}
		file, err := b.writeIDs("unfinished", ids)
		if err != nil {
			return nil, err
		}
		l, err := b.statusLoad("unfinished", file, s.key, clients)
		if err != nil {
			return nil, err
		}
		var before, after float64
		time.Sleep(statisticsLate)
		if err := query(ctx, db, statements, &before); err != nil {
			return nil, err
		}
		began := time.Now()
		got, err := l.run(ctx, s.url, 3*b.round)
		if err != nil {
			return nil, err
		}
		took := time.Since(began)
		time.Sleep(statisticsLate)
		if err := query(ctx, db, statements, &after); err != nil {
			return nil, err
		}
		queries := (after - before) / took.Seconds()
		out := line{
			what: fmt.Sprintf("PostgreSQL: transactions a second for polls of %d unfinished jobs, %d connections, %s polls/s", b.polled, clients, rate(got.perSecond)),
			ours: rate(queries), result: rate(queries),
		}
		return []line{out.judged(queries < most, fmt.Sprintf("< %d", most))}, nil
	})
}
