package rows

import (
	"context"
	"errors"
	"fmt"
	"time"

	"claimcheck/bench/rig"
	"claimcheck/bench/table"
)

// sqlFill stores finished jobs as the queue would leave them. %[1]d is how many,
// their ids begin with their time and go back a second for every 1,000.
const sqlFill = `INSERT INTO claimcheck.jobs (id, owner, tool, request_id, input_size, input_where, status, version, attempt, failures, losses,
		created, updated, started, finished, expires, link_at, charged_month, output, options, result)
	SELECT (lpad(to_hex(t.ms), 12, '0') || '7' || lpad(to_hex(n %% 4096), 3, '0') || '8' || substr(md5(n::text), 1, 15))::uuid,
		'` + rig.Owner + `', '` + rig.Formatter + `', md5(n::text), 30, 0, 2, 3, 1, 0, 0, t.ms, t.ms, t.ms, t.ms, t.ms + 31536000000, 0, 0, '',
		'{"tab_space":1}', convert_to('{"request_id":"' || md5(n::text) || '","status":"success","preview":"{\n \"name\": \"John\",\n \"age\": 30\n}"}', 'UTF8')
	FROM generate_series(1, %[1]d) n, LATERAL (SELECT (extract(epoch FROM now()) * 1000)::bigint - n AS ms) t`

// sharedByNumber compares the time of a cold status in a database of few jobs
// and one of very many.
func sharedByNumber(ctx context.Context, b *rig.Rig) ([]table.Line, error) {
	const most = 1.3
	numbers := []int{10_000, 10 * b.Stored}
	var p50 [2]time.Duration
	for i, n := range numbers {
		db, err := fillShared(ctx, b, n)
		if err != nil {
			return nil, err
		}
		if p50[i], err = coldShared(ctx, b, db, n); err != nil {
			return nil, err
		}
		b.Say("  %d jobs: p50 %s", n, p50[i])
	}
	ratio := float64(p50[1]) / float64(p50[0])
	out := table.Line{
		What: fmt.Sprintf("PostgreSQL: p50 of a status that no memory of ours has, %d jobs stored against %d", numbers[1], numbers[0]),
		Ours: table.Millis(p50[1]), Other: table.Millis(p50[0]), Result: fmt.Sprintf("%.2f", ratio),
	}
	return []table.Line{out.Judged(ratio <= most, fmt.Sprintf("≤ %.1f", most))}, nil
}

// fillShared returns a database with n finished jobs, made if it is not there.
func fillShared(ctx context.Context, b *rig.Rig, n int) (string, error) {
	db, err := b.Database(ctx, fmt.Sprintf("bench_%d", n), true)
	if err != nil {
		return "", err
	}
	var have int
	if rig.Query(ctx, db, "SELECT count(*) FROM claimcheck.jobs", &have) == nil && have == n {
		return db, nil
	}
	s, err := b.ServeShared(ctx, db, "api") // it makes the tables
	if err != nil {
		return "", err
	}
	if err := s.Stop(); err != nil {
		return "", err
	}
	b.Say("  storing %d jobs ...", n)
	if err := rig.Query(ctx, db, "TRUNCATE claimcheck.jobs"); err != nil {
		return "", fmt.Errorf("empty the table: %w", err)
	}
	if err := rig.Query(ctx, db, fmt.Sprintf(sqlFill, n)); err != nil {
		return "", fmt.Errorf("store jobs: %w", err)
	}
	return db, rig.Query(ctx, db, "VACUUM ANALYZE claimcheck.jobs")
}

// coldShared is the median time of a status by one connection, each of another
// job.
func coldShared(ctx context.Context, b *rig.Rig, db string, n int) (_ time.Duration, err error) {
	s, err := b.ServeShared(ctx, db, "api", "--cache-bytes=0")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	var joined string
	sample := min(n, 100_000)
	err = rig.Query(ctx, db, fmt.Sprintf("SELECT string_agg(id::text, '') FROM (SELECT id FROM claimcheck.jobs TABLESAMPLE BERNOULLI (%g) LIMIT %d) x",
		min(100, 150*float64(sample)/float64(n)), sample), &joined)
	if err != nil {
		return 0, fmt.Errorf("choose jobs: %w", err)
	}
	file, err := b.WriteIDs("cold-shared", []string{joined})
	if err != nil {
		return 0, err
	}
	l, err := b.StatusLoad("cold-shared", file, s.Key, 1)
	if err != nil {
		return 0, err
	}
	if _, err := l.Run(ctx, s.URL, b.Round); err != nil { // what the machine remembers of the file is the same for both
		return 0, err
	}
	got, err := l.Run(ctx, s.URL, 2*b.Round)
	return got.P50, err
}
