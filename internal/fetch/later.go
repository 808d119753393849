package fetch

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// LongestAsked is how long a Retry-After is obeyed at most; a longer one counts
// as this.
const LongestAsked = 24 * time.Hour

// RetryAfter is how long an answer asks to be left alone (RFC 9110, section
// 10.2.3), rounded up to milliseconds; 0 if it asks for nothing, or for nothing
// that can be read. Seconds may have a fraction, as some servers write them. A
// date is compared with the answer's own Date, because the clocks of two
// machines differ, and with now where there is none.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, ok := seconds(text); ok {
		return seconds
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(strings.TrimSpace(h.Get("Date"))); err == nil {
		now = date
	}
	return min(max(at.Sub(now), 0), LongestAsked)
}

// seconds reads a number without sign or exponent, however large.
func seconds(text string) (time.Duration, bool) {
	if text == "" || text[0] == '.' || strings.Trim(text, "0123456789.") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(n, 1) { // two points
		return 0, false
	}
	n = min(n, LongestAsked.Seconds())
	return time.Duration(math.Ceil(n*1000)) * time.Millisecond, true
}
