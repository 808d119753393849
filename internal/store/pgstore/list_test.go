package pgstore_test

import (
	"strings"
	"testing"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/store/pgstore"
	"claimcheck/internal/store/protocol"
)

// TestAPageOfAListLooksAtABoundedNumberOfJobs: whatever is asked for, and
// nothing is sorted.
func TestAPageOfAListLooksAtABoundedNumberOfJobs(t *testing.T) {
	url := pgproc.Database(t)
	f := newFixture(t, pgstore.Options{URL: url})
	s := f.submission("ann")
	s.Job.Metadata = []byte(`{"a":"b"}`)
	f.noError(f.submit(s))
	const many = 20_000
	sql(t, url, "CREATE TEMP TABLE many AS SELECT j.*, n FROM claimcheck.jobs j, generate_series(1, 20000) n; "+
		"UPDATE many SET id = gen_random_uuid(), created = created - n / 4, result = convert_to(repeat('x', 1500), 'UTF8'); "+
		"ALTER TABLE many DROP COLUMN n; INSERT INTO claimcheck.jobs SELECT * FROM many; ANALYZE claimcheck.jobs")
	for name, filter := range map[string]protocol.Filter{
		"metadata": {Metadata: map[string]string{"a": "c"}}, "status": {Status: []job.Status{job.Failed}}, "tool": {Tools: []string{"none"}}, "error": {Codes: []string{"TIMEOUT"}},
	} {
		filter.Owner, filter.Limit = "ann", 50
		pages, began := 1, time.Now()
		for ; ; pages++ {
			jobs, next, err := f.List(t.Context(), filter)
			f.noError(err)
			if len(jobs) != 0 {
				t.Fatalf("%s: %d jobs, want none", name, len(jobs))
			}
			if filter.Before = next; next == (protocol.Cursor{}) {
				break
			}
		}
		t.Logf("%s: %d pages in %s", name, pages, time.Since(began))
		if want := many/4096 + 1; pages != want {
			t.Errorf("%s: %d pages, want %d", name, pages, want)
		}
	}
	jobs, next, err := f.List(t.Context(), protocol.Filter{Owner: "ann", Limit: 5000, CreatedAfter: s.Job.Created.Add(-10 * time.Millisecond)})
	if f.noError(err); len(jobs) != 40 || next != (protocol.Cursor{}) {
		t.Errorf("the last 10 ms have %d jobs and go on at %v, want 40 and an end", len(jobs), next)
	}
	values := strings.NewReplacer("$1", "true", "$2", "true", "$3", "9000000000000000", "$4", "'00000000-0000-0000-0000-000000000000'", "$5", "0", "$6", "51", "$7", "'ann'")
	for _, list := range []string{pgstore.SQLList, pgstore.SQLListAll} {
		plan := sql(t, url, "EXPLAIN (COSTS off) "+values.Replace(list))
		if strings.Contains(plan, "->  Sort") || strings.Contains(plan, "Seq Scan") {
			t.Errorf("the list is read by\n%s", plan)
		}
	}
}
