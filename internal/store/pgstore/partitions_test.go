package pgstore_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/store/pgstore"
	"claimcheck/internal/store/protocol"
)

// partitions are the names of a table's, without the default one.
func partitions(t *testing.T, url, table string) []string {
	t.Helper()
	out := sql(t, url, "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'claimcheck."+table+
		"'::regclass AND c.relname NOT LIKE '%default' ORDER BY 1")
	return strings.Fields(out)
}

func sql(t *testing.T, url, text string) string {
	t.Helper()
	return pgproc.Shared(t).Exec(t, url[strings.LastIndex(url, "/")+1:], text)
}

func TestMonthsHavePartitions(t *testing.T) {
	url := pgproc.Database(t)
	f := newFixture(t, pgstore.Options{URL: url})
	now := f.Now()
	for _, table := range []string{"jobs", "inputs", "outputs"} {
		var want []string
		for ahead := range 3 {
			m := time.Date(now.Year(), now.Month()+time.Month(ahead), 1, 0, 0, 0, 0, time.UTC)
			want = append(want, fmt.Sprintf("%s_%04d_%02d", table, m.Year(), m.Month()))
		}
		if got := partitions(t, url, table); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s has %v, want %v", table, got, want)
		}
	}
	s := f.submission("ann")
	f.noError(f.submit(s))
	place := fmt.Sprintf("SELECT tableoid::regclass FROM claimcheck.%%s WHERE id = '%s'", s.Job.ID)
	for _, table := range []string{"jobs", "inputs"} {
		if got := sql(t, url, fmt.Sprintf(place, table)); !strings.Contains(got, table+"_20") {
			t.Errorf("a new row of %s is in %q", table, got)
		}
	}
}

func TestAnEmptyPartitionOfThePastIsDropped(t *testing.T) {
	url := pgproc.Database(t)
	f := newFixture(t, pgstore.Options{URL: url})
	bound := func(month string) string {
		at, err := time.Parse("2006-01", month)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%08x-%04x-7000-0000-000000000000", at.UnixMilli()>>16, at.UnixMilli()&0xffff)
	}
	for _, table := range []string{"jobs", "inputs", "outputs"} {
		for _, m := range [][2]string{{"2024-01", "2024-02"}, {"2024-02", "2024-03"}} {
			sql(t, url, fmt.Sprintf("CREATE TABLE claimcheck.%s_%s PARTITION OF claimcheck.%s FOR VALUES FROM ('%s') TO ('%s')",
				table, strings.ReplaceAll(m[0], "-", "_"), table, bound(m[0]), bound(m[1])))
		}
	}
	old := f.submission("ann") // an old job keeps its month
	at := time.Date(2024, 2, 3, 0, 0, 0, 0, time.UTC)
	old.Job.ID = job.NewIDSource(func() time.Time { return at }, zeros{}, 0).New()
	f.noError(f.submit(old))
	f.noError(f.Tidy(t.Context()))
	for _, table := range []string{"jobs", "inputs"} {
		if got := strings.Join(partitions(t, url, table), " "); strings.Contains(got, "2024_01") || !strings.Contains(got, table+"_2024_02") {
			t.Errorf("%s has %s, want the month of the old job and no other of 2024", table, got)
		}
	}
	c := &protocol.Change{ID: old.Job.ID, Decide: func(c *protocol.Change, _ *job.Job, _ protocol.Ledger) error {
		c.Delete = true
		return nil
	}}
	f.noError(f.Change(t.Context(), []*protocol.Change{c}))
	f.noError(f.Tidy(t.Context()))
	for _, table := range []string{"jobs", "inputs", "outputs"} {
		if got := strings.Join(partitions(t, url, table), " "); strings.Contains(got, "2024") {
			t.Errorf("%s still has %s", table, got)
		}
	}
}

// TestALongReaderDoesNotMakeEverybodyWaitForAPartition: making one locks the
// default partition, and whoever reads jobs queues behind who wants that lock.
func TestALongReaderDoesNotMakeEverybodyWaitForAPartition(t *testing.T) {
	url := pgproc.Database(t)
	f := newFixture(t, pgstore.Options{URL: url})
	made := partitions(t, url, "jobs")
	sql(t, url, "DROP TABLE claimcheck."+made[len(made)-1])
	dump := session(t, url)
	run(t, dump, "BEGIN")
	run(t, dump, "LOCK TABLE claimcheck.jobs IN ACCESS SHARE MODE")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second) // the reader would be waited for without an end
	defer cancel()
	tidied := make(chan error, 1)
	go func() { tidied <- f.Tidy(ctx) }()
	for tidying := true; tidying; {
		_, _, err := f.List(ctx, protocol.Filter{Owner: "ann", Limit: 10})
		f.noError(err)
		select {
		case err := <-tidied:
			f.noError(err)
			tidying = false
		default:
		}
	}
	run(t, dump, "COMMIT")
	f.noError(f.Tidy(t.Context()))
	if got := partitions(t, url, "jobs"); len(got) != len(made) {
		t.Errorf("there are %v, want %v", got, made)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// TestQueriesUseTheirIndex: what is asked often reads few rows, however many there
// are.
func TestQueriesUseTheirIndex(t *testing.T) {
	url := pgproc.Database(t)
	f := newFixture(t, pgstore.Options{URL: url})
	for range 20 {
		f.noError(f.submit(f.submission("ann")))
	}
	id := f.ids.New().String()
	for query, index := range map[string]string{
		"SELECT * FROM claimcheck.jobs WHERE id = ANY(ARRAY['" + id + "']::uuid[])":                                                                              "_pkey",
		"SELECT * FROM claimcheck.jobs WHERE owner = 'ann' AND (created, id) < (5, '" + id + "') ORDER BY created DESC, id DESC LIMIT 50":                        "owner_created_id_idx",
		"SELECT id FROM claimcheck.jobs WHERE expires > 0 AND expires <= 5 ORDER BY expires LIMIT 9":                                                             "expires_idx",
		"SELECT * FROM claimcheck.outputs WHERE token = 'x'":                                                                                                     "token_idx",
		"SELECT id FROM claimcheck.ready WHERE owner = 'ann' AND tool = 'x' AND state = 0 AND probation = 0 AND priority < 9 ORDER BY priority DESC, id LIMIT 9": "ready_claimable",
		"SELECT id FROM claimcheck.ready WHERE state = 2 AND lease_until <= 5 ORDER BY lease_until LIMIT 9":                                                      "ready_leased",
		"SELECT run_at FROM claimcheck.ready WHERE state = 1 ORDER BY run_at LIMIT 1":                                                                            "ready_delayed",
		"SELECT since FROM claimcheck.ready WHERE state = 1 AND since > 0 ORDER BY since DESC LIMIT 1":                                                           "ready_pauses",
		"SELECT since FROM claimcheck.deliveries WHERE state = 0 AND since > 0 ORDER BY since DESC LIMIT 1":                                                      "deliveries_pauses",
		"SELECT id FROM claimcheck.ready WHERE state = 0 AND probation > 0 ORDER BY id LIMIT 9":                                                                  "ready_suspects",
		"SELECT sum(running) FROM claimcheck.counts WHERE tool = 'x' AND running > 0":                                                                            "counts_by_tool",
		"SELECT 1 FROM claimcheck.answers WHERE expires <= 5":                                                                                                    "answers_by_expiry",
		"SELECT min(target) FROM claimcheck.deliveries WHERE state = 0":                                                                                          "deliveries_pending",
		"SELECT id FROM claimcheck.uploads WHERE NOT done AND created > 5 ORDER BY created DESC LIMIT 9":                                                         "uploads_begun",
		"SELECT 1 FROM claimcheck.uploads WHERE jobs = 0 AND expires <= 5":                                                                                       "uploads_by_expiry",
	} {
		plan := sql(t, url, "SET enable_seqscan = off; SET enable_bitmapscan = off; EXPLAIN "+query)
		if !strings.Contains(plan, index) || strings.Contains(plan, "Seq Scan") {
			t.Errorf("plan of %s\n%s\nwant one that uses %s", query, plan, index)
		}
	}
}
