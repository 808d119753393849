package intake_test

import (
	"strings"
	"testing"
	"time"

	"claimcheck/internal/fault"
	"claimcheck/internal/intake"
	"claimcheck/internal/job"
)

// asking is a request with header fields.
func asking(fields map[string]string) intake.Request {
	r := request()
	r.Asks = func(name string) string { return fields[name] }
	return r
}

func TestWhatIsAskedForIsRead(t *testing.T) {
	in := newIntake(t)
	for _, c := range []struct {
		name, header, value string
		want                job.Terms
	}{
		{"a minute", "x-retention", "60", job.Terms{Retention: time.Minute}},
		{"as long as the plan", "x-retention", "3600", job.Terms{Retention: time.Hour}},
		{"of failures", "x-retention-failed", "61", job.Terms{RetentionFailed: 61 * time.Second}},
	} {
		o, err := in.Begin(asking(map[string]string{c.header: c.value}))
		if err != nil || o.About.Terms != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, o, err, c.want)
		}
	}
}

func TestWhatCannotBeAskedForIsRefused(t *testing.T) {
	in := newIntake(t)
	for _, c := range []struct{ header, value, say string }{
		{"x-retention", "59", "at least 60"},
		{"x-retention", "0", "at least 60"},
		{"x-retention", "-1", "at least 60"},
		{"x-retention", "1h", "at least 60"},
		{"x-retention", "99999999999999999999", "at least 60"},
		{"x-retention", "3601", "at most 3600 seconds"},
		{"x-retention-failed", "1.5", "at least 60"},
		{"x-retention-failed", "3601", "at most 3600 seconds"},
	} {
		_, err := in.Begin(asking(map[string]string{c.header: c.value}))
		e := fault.Of(err)
		if !fault.IsCode(err, "INVALID_OPTION") || !strings.Contains(e.Message, c.say) || !strings.HasPrefix(e.Message, c.header) || e.Details[0] != (fault.Detail{Name: "option", Value: c.header}) {
			t.Errorf("%s %q: %v %v", c.header, c.value, err, e)
		}
	}
}
