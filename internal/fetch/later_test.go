package fetch_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"claimcheck/internal/fetch"
)

func TestRetryAfter(t *testing.T) {
	const day = 24 * time.Hour
	now := time.Date(2026, 10, 21, 7, 28, 0, 0, time.UTC)
	for _, c := range []struct {
		asked, date string
		want        time.Duration
	}{
		{"", "", 0},
		{"0", "", 0},
		{"60", "", time.Minute},
		{" 60 ", "", time.Minute},
		{"007", "", 7 * time.Second},
		{"86400", "", day},
		{"86401", "", day},
		{"2147483647", "", day},
		{"2147483648", "", day},
		{"9223372036854775808", "", day},
		{strings.Repeat("9", 400), "", day},
		{"0.25", "", 250 * time.Millisecond},
		{"1.0001", "", 1001 * time.Millisecond},
		{"1.", "", time.Second},
		{"1.2.3", "", 0},
		{".", "", 0},
		{"-1", "", 0},
		{"+1", "", 0},
		{"1e3", "", 0},
		{"0x10", "", 0},
		{"NaN", "", 0},
		{"inf", "", 0},
		{"soon", "", 0},
		{"60, 120", "", 0},

		{"Wed, 21 Oct 2026 07:28:30 GMT", "", 30 * time.Second},
		{"Wednesday, 21-Oct-26 07:28:30 GMT", "", 30 * time.Second},
		{"Wed Oct 21 07:28:30 2026", "", 30 * time.Second},
		{"Wed, 21 Oct 2026 07:27:30 GMT", "", 0},
		{"Sat, 21 Oct 2826 07:28:30 GMT", "", day},
		{"Mon, 01 Jan 0001 00:00:00 GMT", "", 0},
		{"Wed, 21 Oct 2026 09:28:30 GMT", "Wed, 21 Oct 2026 09:28:00 GMT", 30 * time.Second}, // its clock is two hours ahead
		{"Wed, 21 Oct 2026 05:28:30 GMT", "Wed, 21 Oct 2026 05:28:00 GMT", 30 * time.Second},
		{"Wed, 21 Oct 2026 07:28:30 GMT", "yesterday", 30 * time.Second},
	} {
		h := http.Header{}
		h.Set("Retry-After", c.asked)
		h.Set("Date", c.date)
		if got := fetch.RetryAfter(h, now); got != c.want {
			t.Errorf("Retry-After %.60q, Date %q: got %v, want %v", c.asked, c.date, got, c.want)
		}
	}
	if got := fetch.RetryAfter(http.Header{}, now); got != 0 {
		t.Errorf("without the field: got %v", got)
	}
}
