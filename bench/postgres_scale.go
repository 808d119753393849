package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// sharedTwo compares one server with two on the same database, each loaded by
// half of the connections.
func sharedTwo(ctx context.Context, b *bench) ([]line, error) {
	return b.onFresh(ctx, "api", func(first *server, db string) (_ []line, err error) {
		second, err := b.serveShared(ctx, db, "api")
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, second.stop()) }()
		ids, err := first.submitMany(ctx, b.few)
		if err != nil {
			return nil, err
		}
		file, err := b.writeIDs("two", ids)
		if err != nil {
			return nil, err
		}
		status := func(connections int) (load, error) { return b.statusLoad("two", file, first.key, connections) }
		submit := func(connections int) (load, error) {
			l, err := b.submitLoad(first.key)
			l.connections = connections
			return l, err
		}
		var lines []line
		for _, c := range []struct {
			what string
			load func(int) (load, error)
		}{{"status reads", status}, {"submits", submit}} {
			l, err := b.oneAndTwo(ctx, c.what, c.load, first, second)
			if err != nil {
				return lines, err
			}
			lines = append(lines, l)
		}
		return lines, nil
	})
}

// oneAndTwo loads one server with 1, 8 and all connections, then two with as
// many each half.
func (b *bench) oneAndTwo(ctx context.Context, what string, newLoad func(int) (load, error), first, second *server) (line, error) {
	var curve strings.Builder
	var one, two float64
	for _, connections := range []int{2, 8, clients} {
		whole, err := newLoad(connections)
		if err != nil {
			return line{}, err
		}
		half, err := newLoad(connections / 2)
		if err != nil {
			return line{}, err
		}
		got, err := whole.run(ctx, first.url, b.round)
		if err != nil {
			return line{}, err
		}
		one = got.perSecond
		rates := [2]float64{}
		err = atOnce(2, 2, func(i int) error {
			s, err := half.run(ctx, []*server{first, second}[i].url, b.round)
			rates[i] = s.perSecond
			return err
		})
		if err != nil {
			return line{}, err
		}
		two = rates[0] + rates[1]
		_, _ = fmt.Fprintf(&curve, "%d connections: %s and %s; ", connections, rate(one), rate(two)) // into memory
		b.say("  %s, %d connections: one server %.0f/s, two %.0f/s", what, connections, one, two)
	}
	return line{
		what: "PostgreSQL: " + what + " at one server and at two, all on the same cores", ours: rate(two), other: rate(one),
		result: fmt.Sprintf("%.2f", two/one), spread: curve.String(),
	}, nil
}

// sqlFill stores finished jobs as the queue would leave them. %[1]d is how many,
// their ids begin with their time and go back a second for every 1,000.
const sqlFill = `INSERT INTO claimcheck.jobs (id, owner, tool, request_id, input_size, input_where, status, version, attempt, failures, losses,
		created, updated, started, finished, expires, link_at, charged_month, output, options, result)
	SELECT (lpad(to_hex(t.ms), 12, '0') || '7' || lpad(to_hex(n %% 4096), 3, '0') || '8' || substr(md5(n::text), 1, 15))::uuid,
		'` + owner + `', '` + formatter + `', md5(n::text), 30, 0, 2, 3, 1, 0, 0, t.ms, t.ms, t.ms, t.ms, t.ms + 31536000000, 0, 0, '',
		'{"tab_space":1}', convert_to('{"request_id":"' || md5(n::text) || '","status":"success","preview":"{\n \"name\": \"John\",\n \"age\": 30\n}"}', 'UTF8')
	FROM generate_series(1, %[1]d) n, LATERAL (SELECT (extract(epoch FROM now()) * 1000)::bigint - n AS ms) t`

// sharedByNumber compares the time of a cold status in a database of few jobs
// and one of very many.
func sharedByNumber(ctx context.Context, b *bench) ([]line, error) {
	const most = 1.3
	numbers := []int{10_000, 10 * b.stored}
	var p50 [2]time.Duration
	for i, n := range numbers {
		db, err := b.fillShared(ctx, n)
		if err != nil {
			return nil, err
		}
		if p50[i], err = b.coldShared(ctx, db, n); err != nil {
			return nil, err
		}
		b.say("  %d jobs: p50 %s", n, p50[i])
	}
	ratio := float64(p50[1]) / float64(p50[0])
	out := line{
		what: fmt.Sprintf("PostgreSQL: p50 of a status that no memory of ours has, %d jobs stored against %d", numbers[1], numbers[0]),
		ours: millis(p50[1]), other: millis(p50[0]), result: fmt.Sprintf("%.2f", ratio),
	}
	return []line{out.judged(ratio <= most, fmt.Sprintf("≤ %.1f", most))}, nil
}

// fillShared returns a database with n finished jobs, made if it is not there.
func (b *bench) fillShared(ctx context.Context, n int) (string, error) {
	db, err := b.database(ctx, fmt.Sprintf("bench_%d", n), true)
	if err != nil {
		return "", err
	}
	var have int
	if query(ctx, db, "SELECT count(*) FROM claimcheck.jobs", &have) == nil && have == n {
		return db, nil
	}
	s, err := b.serveShared(ctx, db, "api") // it makes the tables
	if err != nil {
		return "", err
	}
	if err := s.stop(); err != nil {
		return "", err
	}
	b.say("  storing %d jobs ...", n)
	if err := query(ctx, db, "TRUNCATE claimcheck.jobs"); err != nil {
		return "", fmt.Errorf("empty the table: %w", err)
	}
	if err := query(ctx, db, fmt.Sprintf(sqlFill, n)); err != nil {
		return "", fmt.Errorf("store jobs: %w", err)
	}
	return db, query(ctx, db, "VACUUM ANALYZE claimcheck.jobs")
}

// coldShared is the median time of a status by one connection, each of another
// job.
func (b *bench) coldShared(ctx context.Context, db string, n int) (_ time.Duration, err error) {
	s, err := b.serveShared(ctx, db, "api", "--cache-bytes=0")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	var joined string
	sample := min(n, 100_000)
	err = query(ctx, db, fmt.Sprintf("SELECT string_agg(id::text, '') FROM (SELECT id FROM claimcheck.jobs TABLESAMPLE BERNOULLI (%g) LIMIT %d) x",
		min(100, 150*float64(sample)/float64(n)), sample), &joined)
	if err != nil {
		return 0, fmt.Errorf("choose jobs: %w", err)
	}
	file, err := b.writeIDs("cold-shared", []string{joined})
	if err != nil {
		return 0, err
	}
	l, err := b.statusLoad("cold-shared", file, s.key, 1)
	if err != nil {
		return 0, err
	}
	if _, err := l.run(ctx, s.url, b.round); err != nil { // what the machine remembers of the file is the same for both
		return 0, err
	}
	got, err := l.run(ctx, s.url, 2*b.round)
	return got.p50, err
}
