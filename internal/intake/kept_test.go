package intake_test

import (
	"net/http"
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
	head := http.Header{}
	for name, value := range fields {
		head.Set(name, value)
	}
	r.Asks = func(field string) string { return firstOf(head[field]) }
	return r
}

func firstOf(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return lines[0]
}

// TestWhoAsksForNothingPaysNothing: the fields are looked for in a form in which
// looking costs nothing.
func TestWhoAsksForNothingPaysNothing(t *testing.T) {
	in := newIntake(t)
	head := http.Header{"X-Other": {"x"}}
	begin := func(asks func(string) string) float64 {
		return testing.AllocsPerRun(100, func() {
			r := request()
			r.Asks = asks
			if _, err := in.Begin(r); err != nil {
				t.Fatal(err)
			}
		})
	}
	without := begin(nil)
	if with := begin(head.Get); with > without {
		t.Errorf("%v allocations, and %v where nothing can be asked for", with, without)
	}
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
		{"on read", "x-delete", "on-read", job.Terms{DeleteOnRead: true}},
		{"on read, loudly", "x-delete", "On-Read", job.Terms{DeleteOnRead: true}},
		{"a name", "x-output-name", "Bericht für Zoë.json", job.Terms{OutputName: "Bericht für Zoë.json"}},
		{"a name in ASCII", "x-output-name", "utf-8'de'na%C3%AFve%20%25.txt", job.Terms{OutputName: "naïve %.txt"}},
		{"a name like the form", "x-output-name", "utf-8.txt", job.Terms{OutputName: "utf-8.txt"}},
		{"an address", "x-output-url", "https://bucket.example/a?sig=1", job.Terms{OutputURL: "https://bucket.example/a?sig=1"}},
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
		{"x-delete", "now", "on-read"},
		{"x-output-name", "a/b", "slashes"},
		{"x-output-name", ".profile", "slashes"},
		{"x-output-name", "na\xefve.txt", "UTF-8"},
		{"x-output-name", "utf-8''a%2Fb", "slashes"},
		{"x-output-name", "utf-8''%zz", "hexadecimal"},
		{"x-output-name", strings.Repeat("x", 241), "240"},
		{"x-output-url", "https://private/a?sig=geheim", "cannot be used. No."},
	} {
		_, err := in.Begin(asking(map[string]string{c.header: c.value}))
		e := fault.Of(err)
		if !fault.IsCode(err, "INVALID_OPTION") || !strings.Contains(e.Message, c.say) || !strings.HasPrefix(e.Message, c.header) || e.Details[0] != (fault.Detail{Name: "option", Value: c.header}) {
			t.Errorf("%s %q: %v %v", c.header, c.value, err, e)
		}
		if strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the address is told: %v", c.header, err)
		}
	}
}

func TestAnAddressThatIsSignedAnewIsTheSameOrder(t *testing.T) {
	in := newIntake(t)
	digest := func(fields map[string]string) [32]byte {
		o, err := in.Begin(asking(fields))
		if err != nil {
			t.Fatal(err)
		}
		if err := in.Take(t.Context(), o, text("x")); err != nil {
			t.Fatal(err)
		}
		return o.Digest()
	}
	one := digest(map[string]string{"x-output-url": "https://bucket.example/a?sig=1"})
	if one != digest(map[string]string{"x-output-url": "https://bucket.example/a?sig=2"}) {
		t.Error("signed anew it is another order")
	}
	for _, other := range []map[string]string{nil, {"x-output-url": "https://bucket.example/b?sig=1"}, {"x-output-url": "https://bucket.example/a?sig=1", "x-retention": "60"}} {
		if one == digest(other) {
			t.Errorf("%v is the same order", other)
		}
	}
}
