package job_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/job"
)

func TestParseIDTakesAnyUUIDInEitherCase(t *testing.T) {
	for _, s := range []string{
		"a1b2c3d4-e5f6-7890-abcd-ef1234567890",
		"A1B2C3D4-E5F6-7890-ABCD-EF1234567890",
		"00000000-0000-0000-0000-000000000000",
		"ffffffff-ffff-ffff-ffff-ffffffffffff",
	} {
		id, err := job.ParseID(s)
		if err != nil || id.String() != strings.ToLower(s) {
			t.Errorf("%s: got %s, %v", s, id, err)
		}
	}
}

func TestParseIDRefusesEverythingElse(t *testing.T) {
	for _, s := range []string{
		"", "1", "a1b2c3d4e5f67890abcdef1234567890", "{a1b2c3d4-e5f6-7890-abcd-ef1234567890}",
		"a1b2c3d4-e5f6-7890-abcd-ef123456789", "a1b2c3d4-e5f6-7890-abcd-ef12345678901",
		"g1b2c3d4-e5f6-7890-abcd-ef1234567890", "a1b2c3d4_e5f6-7890-abcd-ef1234567890",
		"a1b2c3d-4e5f6-7890-abcd-ef1234567890", "a1b2c3d4-e5f6-7890-abcd-ef123456789é"[:36],
		"-a1b2c3d-e5f6-7890-abcd-ef1234567890", "a1b2c3d4-e5f6-7890-abcd--f1234567890",
	} {
		if id, err := job.ParseID(s); !fault.IsCode(err, "INVALID_JOB_ID") {
			t.Errorf("%q: got %s, %v; want INVALID_JOB_ID", s, id, err)
		}
	}
	if _, err := job.ParseID(""); fault.Of(err).Message != "job_id is required" {
		t.Errorf("a missing id: %v", err)
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("a1b2c3d4-e5f6-7890-abcd-ef1234567890")
	f.Add("A1B2C3D4-E5F6-7890-ABCD-EF123456789-")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := job.ParseID(s)
		if err == nil && id.String() != strings.ToLower(s) {
			t.Errorf("%q became %s", s, id)
		}
	})
}

func TestIDsGrowAlsoWhenTheClockGoesBack(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	ids := job.NewIDSource(func() time.Time { return now }, rand.Reader, 0)
	last := ids.New()
	for i := range 20_000 { // more than a millisecond has counters
		if i == 10_000 {
			now = now.Add(-time.Hour)
		}
		id := ids.New()
		if id.Seq() <= last.Seq() || id.String() <= last.String() {
			t.Fatalf("%s does not come after %s", id, last)
		}
		if id[6]>>4 != 7 || id[8]>>6 != 2 {
			t.Fatalf("%s is not of version 7", id)
		}
		last = id
	}
	restarted := job.NewIDSource(func() time.Time { return now }, rand.Reader, last.Seq())
	if id := restarted.New(); id.Seq() <= last.Seq() {
		t.Errorf("after a restart %s does not come after %s", id, last)
	}
}

func TestIDsTellTheirTime(t *testing.T) {
	now := time.UnixMilli(1_800_000_123_456)
	id := job.NewIDSource(func() time.Time { return now }, rand.Reader, 0).New()
	if got := id.Seq() >> 12; got != now.UnixMilli() {
		t.Errorf("got %d ms, want %d", got, now.UnixMilli())
	}
}
