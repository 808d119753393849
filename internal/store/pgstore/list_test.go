package pgstore_test

import (
	"testing"
	"time"

	"claimcheck/internal/job"
	"claimcheck/internal/pgproc"
	"claimcheck/internal/store/pgstore"
)

// TestAListByMetadataReadsNoMoreThanItNeeds: the first of many jobs costs no
// more because there are many.
func TestAListByMetadataReadsNoMoreThanItNeeds(t *testing.T) {
	url := pgproc.Database(t)
	f := newFixture(t, pgstore.Options{URL: url})
	s := f.submission("ann")
	s.Job.Metadata = []byte(`{"a":"b"}`)
	f.noError(f.submit(s))
	sql(t, url, "CREATE TEMP TABLE many AS SELECT j.* FROM claimcheck.jobs j, generate_series(1, 30000); "+
		"UPDATE many SET id = gen_random_uuid(), result = convert_to(repeat('x', 1500), 'UTF8'); "+
		"INSERT INTO claimcheck.jobs SELECT * FROM many")
	took := func(value string, want int) time.Duration {
		began := time.Now()
		jobs, err := f.List(t.Context(), job.Filter{Owner: "ann", Limit: 1, Metadata: map[string]string{"a": value}})
		if err != nil || len(jobs) != want {
			t.Fatalf("%d jobs, %v, want %d", len(jobs), err, want)
		}
		return time.Since(began)
	}
	all, one := took("c", 0), took("b", 1)
	t.Logf("all jobs: %s, the first one: %s", all, one)
	if 4*one > all {
		t.Errorf("the first one took %s, all of them %s", one, all)
	}
}
